"""Whether a name is one that a programmer gave, or data: an id, a date, an address. Pure."""

from __future__ import annotations

import re

from pytest_apismoke.redaction import REPLACEMENT
from pytest_apismoke.redaction.token_patterns import contains_token

#: No programmer types a longer name.
_LONGEST_NAME = 64
#: How often random text goes from letters to digits or back; a name with a digit does it once
#: or twice.
_RANDOM_TURNS = 3
#: Where it has digits: the share of its characters that are of another kind than the one before.
#: Of a name in camel case a quarter is, of base64 more than half.
_RANDOM_SHARE = 0.35
#: The same where it has none.
_RANDOM_CASES = 0.4

_FORMS = re.compile(
    r"""
    [+-]?\d+([.,]\d+)*                                  # a number, a phone number, a version
    | \d{4}-\d\d(-\d\d)?([T\x20].*)?                    # a month, a date, a date and a time
    | [0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}       # a UUID
    | (?=.*\d)[0-9a-f]{10,}                             # a digest
    | [^@\s]+@[^@\s]+                                   # an address
    | [a-z][a-z0-9+.-]*://.*                            # a URL
    | /.*                                               # a path
    | (\d{1,3}\.){3}\d{1,3}(:\d+)?                      # an address of the network
    | [0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*                 # the same, of IPv6
    | [a-z]{1,12}[_:-](\d{2,}|(?=.*\d)[0-9a-f]{6,})     # an id with its kind in front: ord_17
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)
#: What mixes letters with so many digits is an id; a name counts to less (`sha256`, `line1`).
_MANY_DIGITS = 5
#: So often random text goes to and fro between letters and digits, with so many of the latter,
#: even where it is short; a curve's name (`secp256r1`) does so less often.
_SHORT_TURNS = 4
_SOME_DIGITS = 4
#: What a standard is called after has many digits, and is no data.
_STANDARD = re.compile(r"(iso|iec|ieee|rfc|en|din)\d+", re.IGNORECASE | re.ASCII)
_PART = re.compile(r"[^\W_]+")
#: Base64, a token, an id such as cus_NffrFeUfNV2Hib: long, and without a word's regularity.
_OPAQUE = re.compile(r"[A-Za-z0-9_.~+/=-]{16,}")
_TURN = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")
_CHANGE = re.compile(rf"{_TURN.pattern}|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])")


def looks_like_data(name: str) -> bool:
    """Whether a member's name, or a segment of a path, is likely to differ from answer to answer.

    A few names that were given on purpose look so too (`sha_256`, `first name`); what is lost then
    is only that a contract names them.
    """
    return (
        len(name) > _LONGEST_NAME
        or REPLACEMENT in name
        # Nobody has to quote a name that was given for a program.
        or re.search(r"\s", name) is not None
        or _FORMS.fullmatch(name) is not None
        or any(map(_is_numbered, _PART.findall(name)))
        or looks_random(name)
        or contains_token(name)
    )


def _is_numbered(part: str) -> bool:
    """Whether a part of a name, without underscores, looks like an id: abcdef123456, a1b2c3d4."""
    digits = sum(letter.isdigit() for letter in part)
    if digits == len(part) or _STANDARD.fullmatch(part):
        return False
    turns = len(_TURN.findall(part))
    return digits >= _MANY_DIGITS or (turns >= _SHORT_TURNS and digits >= _SOME_DIGITS)


def looks_random(name: str) -> bool:
    """Whether it is text as base64 has it: long, and to and fro between kinds of letters."""
    turns = len(_TURN.findall(name))
    share = len(_CHANGE.findall(name)) / max(len(name), 1)
    is_random = turns >= _RANDOM_TURNS or share > (_RANDOM_SHARE if turns else _RANDOM_CASES)
    return is_random and _OPAQUE.fullmatch(name) is not None
