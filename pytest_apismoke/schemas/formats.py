"""The values of `format` that are validated; JSON Schema ignores any other."""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from uuid import UUID

from jsonschema import FormatChecker
from rfc3339_validator import validate_rfc3339
from rfc3986_validator import validate_rfc3986

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
_TIME = re.compile(r"\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

CHECKER = FormatChecker(formats=("ipv4", "ipv6", "regex"))


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
    return not isinstance(value, str) or bool(validate_rfc3986(value, rule="URI"))


@CHECKER.checks("uri-reference")
def is_uri_reference(value: object) -> bool:
    """Whether a string is a URI or a relative reference (RFC 3986)."""
    return not isinstance(value, str) or bool(validate_rfc3986(value, rule="URI_reference"))


@CHECKER.checks("date-time")
def is_date_time(value: object) -> bool:
    """Whether a string is a date with a time and an offset (RFC 3339, 5.6)."""
    return not isinstance(value, str) or (value.isascii() and _is_rfc3339(value))


@CHECKER.checks("time")
def is_time(value: object) -> bool:
    """Whether a string is a time of day with an offset (RFC 3339, 5.6)."""
    if not isinstance(value, str):
        return True
    return _TIME.fullmatch(value) is not None and _is_rfc3339(f"2000-01-01T{value}")


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


def _is_rfc3339(text: str) -> bool:
    return bool(validate_rfc3339(text.upper()))
