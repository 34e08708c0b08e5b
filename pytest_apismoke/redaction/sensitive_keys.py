"""Which names say that what stands behind them is a secret. Pure."""

from __future__ import annotations

import functools
import re

#: Names that look sensitive but hold no secret.
_HARMLESS_NAMES = frozenset({"token_type", "expires_in"})
#: Matched against names in lower case whose words are joined by underscores. What is distinctive
#: is looked for anywhere in a name (`accesstoken`); what other words end with, as a word only:
#: a compass is no pass, and an author no authorization.
_SENSITIVE = re.compile(
    r"""
      (^|_|user|db)pass$
    | pass_?w(or)?ds?(_?\d+|_?(hash(ed)?|hashes|digest|salt|confirm(ation)?|repeat))?$
    | pass(phrase|code)s?$
    | secret(?!ar[iy])
    | token(?!i[sz])
    | credential
    | (api|private)_?key
    | (access|signing|encryption|master|shared)_?keys?(_id)?$
    | (^|_)(pwd|jwt|sig|signature|cvv|cvc)s?$
    | (^|_)t?otps?(_?codes?)?$
    | ^(proxy_)?authorization$
    | ^(set_)?cookie$
    | (^|_|j)session_?(id|key)$ | (^|_|php)sessid$
    """,
    re.VERBOSE,
)
#: Parameters of a URL that carry a secret under a name that is often harmless, if it is so long.
_MAY_BE_SECRET = re.compile(r"(^|_)(key|auth|code)$")
_LONG_VALUE = 16
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@functools.lru_cache(maxsize=4096)
def is_sensitive(name: str) -> bool:
    """Whether a header or a JSON member of this name is blanked whatever its value."""
    words = _words(name)
    return words not in _HARMLESS_NAMES and _SENSITIVE.search(words) is not None


def is_secret_parameter(name: str, value: str) -> bool:
    """Whether a parameter of a URL holds a secret, by its name; `key` only where it is long."""
    may_be = len(value) >= _LONG_VALUE and _MAY_BE_SECRET.search(_words(name)) is not None
    return is_sensitive(name) or may_be


def _words(name: str) -> str:
    return _BETWEEN_WORDS.sub("_", _WORD_BEGINS.sub("_", name)).strip("_").lower()
