"""Tells keys that are data, such as ids, dates and addresses, from names that programmers give."""

from __future__ import annotations

import re

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import REPLACEMENT
from pytest_apismoke.redaction.token_patterns import contains_token

#: The longest name that a programmer gives, in characters.
_LONGEST_NAME = 64
#: From how many changes between letters and digits on a string counts as random; a name with a
#: digit has one or two.
_RANDOM_TURNS = 3
#: The share of characters that differ in kind from the one before, in a string with digits: a
#: quarter in a camel-case name, more than half in base64.
_RANDOM_SHARE = 0.35
#: The same for a string without digits.
_RANDOM_CASES = 0.4

_FORMS = late_pattern(
    r"""
    [+-]?\d+([.,]\d+)*                                  # a number, a phone number, a version
    | \d{4}-\d\d(-\d\d)?([T\x20].*)?                    # a month, a date, a date and a time
    | [0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}       # a UUID
    | (?=.*\d)[0-9a-f]{10,}                             # a digest
    | [^@\s]+@[^@\s]+                                   # an email address
    | [a-z][a-z0-9+.-]*://.*                            # a URL
    | /.*                                               # a path
    | (\d{1,3}\.){3}\d{1,3}(:\d+)?                      # an IPv4 address
    | [0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*                 # an IPv6 address
    | [a-z]{1,12}[_:-](\d{2,}|(?=.*\d)[0-9a-f]{6,})     # an id with its kind in front: ord_17
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)
#: From how many digits on a word with letters is an id; names have fewer (`sha256`, `line1`).
_MANY_DIGITS = 5
#: From how many changes between letters and digits, and how many digits, a short word is an id; the
#: name of a curve (`secp256r1`) has fewer.
_SHORT_TURNS = 4
_SOME_DIGITS = 4
#: The names of standards have many digits, and are no data.
_STANDARD = late_pattern(r"(iso|iec|ieee|rfc|en|din)\d+", re.IGNORECASE | re.ASCII)
_PART = late_pattern(r"[^\W_]+")
#: The characters of base64, tokens, and ids such as cus_NffrFeUfNV2Hib.
_OPAQUE = late_pattern(r"[A-Za-z0-9_.~+/=-]{16,}")
_TURN = late_pattern(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")
_CHANGE = late_pattern(rf"{_TURN.pattern}|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])")


def looks_like_data(name: str) -> bool:
    """Whether a key, or a segment of a path, is likely to differ from response to response.

    A few names that programmers give look like data too (`sha_256`, `first name`); a contract then
    only fails to name them.
    """
    return (
        len(name) > _LONGEST_NAME
        or REPLACEMENT in name
        # Names for a program have no spaces.
        or re.search(r"\s", name) is not None
        or _FORMS.fullmatch(name) is not None
        or any(map(_is_numbered, _PART.findall(name)))
        or looks_random(name)
        or contains_token(name)
    )


def _is_numbered(part: str) -> bool:
    """Whether a word looks like an id: abcdef123456, a1b2c3d4."""
    digits = sum(letter.isdigit() for letter in part)
    if digits == len(part) or _STANDARD.fullmatch(part):
        return False
    turns = len(_TURN.findall(part))
    return digits >= _MANY_DIGITS or (turns >= _SHORT_TURNS and digits >= _SOME_DIGITS)


def looks_random(name: str) -> bool:
    """Whether a string looks like base64: long, with many changes between kinds of characters."""
    turns = len(_TURN.findall(name))
    share = len(_CHANGE.findall(name)) / max(len(name), 1)
    is_random = turns >= _RANDOM_TURNS or share > (_RANDOM_SHARE if turns else _RANDOM_CASES)
    return is_random and _OPAQUE.fullmatch(name) is not None
