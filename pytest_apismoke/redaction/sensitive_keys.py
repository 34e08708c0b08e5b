"""Recognise headers, properties and URL parameters that hold a secret, by their names. Pure."""

from __future__ import annotations

import functools
import re

from pytest_apismoke.late_pattern import late_pattern

#: Keys that look sensitive but hold no secret.
_HARMLESS_KEYS = frozenset({"token_type", "expires_in"})
#: The usual ones, which need no pattern; each is one by the patterns too.
_USUAL_KEYS = frozenset(
    ("password", "token", "access_token", "refresh_token", "authorization", "cookie", "set-cookie")
)
#: Matched against keys in lower case whose words are joined by underscores. Distinctive words match
#: anywhere in a key (`accesstoken`), ambiguous ones only as whole words: "compass" is not "pass".
_SENSITIVE = late_pattern(
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
#: What stands in every sensitive key in lower case, and in the names of the headers that are looked
#: for in text. Without an i or s in those: other letters count as these where case does not.
_STEMS = (
    *("pass", "secret", "token", "credential", "pwd", "jwt", "sig", "cvv", "cvc", "otp", "sess"),
    *("author", "cook"),
)
#: What makes a key of any kind a sensitive one.
_KINDS_OF_KEY = ("api", "private", "access", "signing", "encryption", "master", "shared")
#: Names of counts: of the tokens that a language model reads and writes, and of how many tokens
#: there are. Only the plural, or a word for a number behind it: an `input_token` may be a secret.
_COUNT_OF_TOKENS = late_pattern(
    r"""
      ^(max|min|maximum|minimum|num|n|number_of|no_of|total|average|avg)(_\w+)?_?tokens(_to_\w+)?$
    | (^|_)(input|output|prompt|completion|cached|reasoning|thinking|thoughts|prediction|context
        |audio|text|image|budget|remaining)_tokens$
    | (^|_)tokens?_(count|counts|limit|limits|budget|usage|quota)$
    | (^|_)tokens_(used|consumed|remaining|left|per_\w+)$
    | (^|_)(input|output|prompt|completion|candidates|cache)_tokens?_details$
    | (^|_)rate_?limit_(\w+_)?tokens(_\w+)?$
    """,
    re.VERBOSE,
)
#: A number below a name that ends so is a count; a single token or code may be a number too.
_TOKENS = late_pattern(r"(^|_)tokens$")
#: URL parameters whose names are often harmless: they count as secret only with a long value.
_AMBIGUOUS_PARAMETER = late_pattern(r"(^|_)(key|auth|code)$")
_LONG_VALUE = 16
_WORD_START = late_pattern(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN_WORDS = late_pattern(r"[\W_]+")


def may_name_secret(text: str) -> bool:
    """Whether a text, or a part of it, can have a sensitive key: a cheap and cautious answer."""
    lowered = text.lower()
    for stem in _STEMS:
        if stem in lowered:
            return True
    return "key" in lowered and any(kind in lowered for kind in _KINDS_OF_KEY)


@functools.lru_cache(maxsize=4096)
def is_sensitive(key: str) -> bool:
    """Whether the value of this header or JSON property is always redacted."""
    lowered = key.lower()
    if lowered in _USUAL_KEYS or lowered in _HARMLESS_KEYS or not may_name_secret(lowered):
        return lowered in _USUAL_KEYS
    return _is_sensitive_by_patterns(key)


def _is_sensitive_by_patterns(key: str) -> bool:
    words = _words(key)
    if words in _HARMLESS_KEYS or _COUNT_OF_TOKENS.search(words):
        return False
    return _SENSITIVE.search(words) is not None


def is_secret_property(key: str, value: object) -> bool:
    """Whether a property's value is a secret itself: booleans, null, objects and counts are not."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, list)):
        return False
    is_count = isinstance(value, (int, float)) and _TOKENS.search(_words(key)) is not None
    return is_sensitive(key) and not is_count


def is_sensitive_parameter(name: str, value: str) -> bool:
    """Whether a URL parameter holds a secret: by its name, and `key` or `code` if it is long."""
    is_ambiguous = (
        len(value) >= _LONG_VALUE and _AMBIGUOUS_PARAMETER.search(_words(name)) is not None
    )
    return is_sensitive(name) or is_ambiguous


def _words(key: str) -> str:
    return _BETWEEN_WORDS.sub("_", _WORD_START.sub("_", key)).strip("_").lower()
