"""The values of `format` that are validated; JSON Schema ignores any other."""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from uuid import UUID

from jsonschema import FormatChecker
from rfc3986_validator import validate_rfc3986

from pytest_apismoke.schemas.patterns import compile_pattern

#: E.164: a plus sign, a country code that does not begin with 0, at most 15 digits (ITU-T E.164).
E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)

#: An email address (RFC 5321, 4.1.2): a dotted or quoted local part, and a domain.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_QUOTED = r'"(?:[^"\\\r\n]|\\.)*"'
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?:{_LABEL}(?:\.{_LABEL})*|\[(?P<address>[^\]]+)\])",
    re.ASCII,
)
_LONGEST_EMAIL = 254
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(
    r"""
    (?P<hour>[01]\d|2[0-3]) : (?P<minute>[0-5]\d) : (?P<second>[0-5]\d|60) (?:\.\d+)?
    (?:Z | (?P<sign>[+-]) (?P<hours>[01]\d|2[0-3]) : (?P<minutes>[0-5]\d))
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_LEAP_MINUTE, _DAY_MINUTES = 23 * 60 + 59, 24 * 60
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: The address in the authority of a URI (RFC 3986, 3.2.2).
_BRACKETS = re.compile(r"(?:[^:/?#]+:)?//[^/?#]*\[(?P<address>[^\]]*)\]")

CHECKER = FormatChecker(formats=("ipv4", "ipv6"))


@CHECKER.checks("e164")
def is_e164(value: object) -> bool:
    """Whether a string is a phone number in E.164 form; true for values of other types."""
    return not isinstance(value, str) or E164.fullmatch(value) is not None


@CHECKER.checks("email")
def is_email(value: object) -> bool:
    """Whether a string is an email address (RFC 5321)."""
    if not isinstance(value, str):
        return True
    found = _EMAIL.fullmatch(value) if len(value) <= _LONGEST_EMAIL else None
    return found is not None and (found["address"] is None or _is_address(found["address"]))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text[5:] if text[:5].lower() == "ipv6:" else text)
    except ValueError:
        return False
    return True


@CHECKER.checks("uuid")
def is_uuid(value: object) -> bool:
    """Whether a string is a UUID with its hyphens (RFC 9562)."""
    return not isinstance(value, str) or (_UUID.fullmatch(value) is not None and bool(UUID(value)))


@CHECKER.checks("uri")
def is_uri(value: object) -> bool:
    """Whether a string is an absolute URI (RFC 3986)."""
    return not isinstance(value, str) or _is_rfc3986(value, "URI")


@CHECKER.checks("uri-reference")
def is_uri_reference(value: object) -> bool:
    """Whether a string is a URI or a relative reference (RFC 3986)."""
    return not isinstance(value, str) or _is_rfc3986(value, "URI_reference")


@CHECKER.checks("date-time")
def is_date_time(value: object) -> bool:
    """Whether a string is a date with a time and an offset (RFC 3339, 5.6)."""
    if not isinstance(value, str):
        return True
    day, separator, time = value[:10], value[10:11], value[11:]
    return separator in ("T", "t") and is_date(day) and is_time(time)


@CHECKER.checks("time")
def is_time(value: object) -> bool:
    """Whether a string is a time of day with an offset (RFC 3339, 5.6).

    A leap second is the last of a day in UTC.
    """
    if not isinstance(value, str):
        return True
    found = _TIME.fullmatch(value)
    if found is None or found["second"] != "60":
        return found is not None
    offset = int(found["hours"] or 0) * 60 + int(found["minutes"] or 0)
    local = int(found["hour"]) * 60 + int(found["minute"])
    in_utc = local + offset if found["sign"] == "-" else local - offset
    return in_utc % _DAY_MINUTES == _LEAP_MINUTE


@CHECKER.checks("date")
def is_date(value: object) -> bool:
    """Whether a string is a date that exists (RFC 3339, 5.6)."""
    if not isinstance(value, str):
        return True
    if _DATE.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@CHECKER.checks("regex")
def is_regex(value: object) -> bool:
    """Whether a string is a regular expression (ECMA 262)."""
    return not isinstance(value, str) or (is_pattern(value) and compile_pattern(value).is_ecma)


def is_pattern(value: object) -> bool:
    """Whether a string is a regular expression that a contract may have: also one of Python."""
    if not isinstance(value, str):
        return True
    try:
        compile_pattern(value)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


#: The formats of schemas themselves, by their metaschemas.
OF_SCHEMAS = FormatChecker(formats=())
OF_SCHEMAS.checkers = {**CHECKER.checkers, "regex": (is_pattern, ())}


def _is_rfc3986(text: str, rule: str) -> bool:
    # The library's own patterns let a line break behind the text pass, and a zero in front of a
    # number of an address in brackets.
    if "\n" in text or not validate_rfc3986(text, rule=rule):
        return False
    found = _BRACKETS.match(text)
    return found is None or found["address"][:1] in "vV" or _is_address(found["address"])
