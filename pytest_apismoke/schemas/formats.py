"""The values of `format` that are validated; JSON Schema ignores any other."""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from uuid import UUID

import idna
from jsonschema import FormatChecker

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.schemas.patterns import compile_pattern

#: E.164: a plus sign, a country code that does not begin with 0, at most 15 digits (ITU-T E.164).
E164 = late_pattern(r"\+[1-9]\d{1,14}", re.ASCII)

#: An email address (RFC 5321, 4.1.2): a dotted or quoted local part, and a domain.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_QUOTED = r'"(?:[^"\\\r\n]|\\.)*"'
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = late_pattern(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?:{_LABEL}(?:\.{_LABEL})*|\[(?P<address>[^\]]+)\])",
    re.ASCII,
)
_LONGEST_EMAIL = 254
_UUID = late_pattern(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = late_pattern(
    r"""
    (?P<hour>[01]\d|2[0-3]) : (?P<minute>[0-5]\d) : (?P<second>[0-5]\d|60) (?:\.\d+)?
    (?:Z | (?P<sign>[+-]) (?P<hours>[01]\d|2[0-3]) : (?P<minutes>[0-5]\d))
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_LEAP_MINUTE, _DAY_MINUTES = 23 * 60 + 59, 24 * 60
_DATE = late_pattern(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: A URI and a reference (RFC 3986, appendix A); the address in brackets is left to a library.
_SEGMENT = r"(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_USER, _NAME = _SEGMENT.replace("@", ""), _SEGMENT.replace(":@", "")
_ADDRESS = r"\[(?:[vV][0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+|(?P<address>[0-9A-Fa-f:.]*))\]"
_AFTER_SCHEME = rf"""
    (?: // (?:{_USER}*@)? (?:{_ADDRESS}|{_NAME}*) (?::\d*)? (?:/{_SEGMENT}*)*
      | /? (?:{_SEGMENT}+(?:/{_SEGMENT}*)*)? )
    (?:\?(?:{_SEGMENT}|[/?])*)? (?:\#(?:{_SEGMENT}|[/?])*)?
    """
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"
_URI = late_pattern(_SCHEME + _AFTER_SCHEME, re.ASCII | re.VERBOSE)
#: Without a scheme, no colon is in the first segment.
_REFERENCE = late_pattern(rf"(?:{_SCHEME}|(?![^/?\#]*:)){_AFTER_SCHEME}", re.ASCII | re.VERBOSE)

#: A duration (RFC 3339, appendix A): each unit at most once, from the largest to the smallest,
#: without a gap, and weeks alone.
_DURATION = late_pattern(
    r"""
    P (?: \d+W
      | (?=\d|T\d) (?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)?
        (?: T (?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))? )
    """,
    re.ASCII | re.VERBOSE,
)
_POINTER = r"(?:/(?:[^~/]|~[01])*)*"
_JSON_POINTER = late_pattern(_POINTER, re.DOTALL)
_RELATIVE_JSON_POINTER = late_pattern(rf"(?:0|[1-9]\d*)(?:#|{_POINTER})", re.ASCII | re.DOTALL)
_HOST_LABEL = late_pattern(_LABEL)
_LONGEST_HOST = 253
#: The separators of labels (RFC 3490, 3.1).
_DOTS = ".\u3002\uff0e\uff61"
#: A URI template (RFC 6570, 2): literals, and expressions of an operator and variables.
_CHAR = r"(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})"
_VARIABLE = rf"{_CHAR}(?:\.?{_CHAR})*(?::[1-9]\d{{0,3}}|\*)?"
_TEMPLATE = late_pattern(
    rf"""(?:[^\x00-\x20\x7f"%<>\\^`{{|}}]|%[0-9A-Fa-f]{{2}}"""
    rf"""|{{[+#./;?&=,!@|]?{_VARIABLE}(?:,{_VARIABLE})*}})*""",
)

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
    return not isinstance(value, str) or _is_uri(_URI.fullmatch(value))


@CHECKER.checks("uri-reference")
def is_uri_reference(value: object) -> bool:
    """Whether a string is a URI or a relative reference (RFC 3986)."""
    return not isinstance(value, str) or _is_uri(_REFERENCE.fullmatch(value))


def _is_uri(found: re.Match[str] | None) -> bool:
    """Whether a URI is one by its pattern and its address in brackets, if it has one."""
    # Without the `ipv6:` of an email address, as the pattern says.
    return found is not None and (
        found["address"] is None or (":" in found["address"] and _is_address(found["address"]))
    )


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


@CHECKER.checks("duration")
def is_duration(value: object) -> bool:
    """Whether a string is a duration such as P3DT4H (RFC 3339, appendix A)."""
    return not isinstance(value, str) or _DURATION.fullmatch(value) is not None


@CHECKER.checks("hostname")
def is_hostname(value: object) -> bool:
    """Whether a string is the name of a host (RFC 1123, 2.1), its A-labels by IDNA 2008."""
    if not isinstance(value, str):
        return True
    return len(value) <= _LONGEST_HOST and all(map(_is_host_label, value.split(".")))


def _is_host_label(label: str) -> bool:
    if _HOST_LABEL.fullmatch(label) is None or label[2:4] != "--":
        return _HOST_LABEL.fullmatch(label) is not None
    # Two hyphens there are reserved (RFC 5891, 4.2.3.1).
    try:
        return label[:4].lower() == "xn--" and bool(idna.ulabel(label))
    except idna.IDNAError:
        return False


@CHECKER.checks("idn-hostname")
def is_idn_hostname(value: object) -> bool:
    """Whether a string is an internationalised name of a host (RFC 5890, 2.3.2.3; IDNA 2008)."""
    if not isinstance(value, str):
        return True
    try:
        # The library takes a dot at the end for the root of all names.
        return value[-1:] not in _DOTS and bool(idna.encode(value))
    except (idna.IDNAError, UnicodeError):
        return False


@CHECKER.checks("json-pointer")
def is_json_pointer(value: object) -> bool:
    """Whether a string is a JSON Pointer (RFC 6901, 5)."""
    return not isinstance(value, str) or _JSON_POINTER.fullmatch(value) is not None


@CHECKER.checks("relative-json-pointer")
def is_relative_json_pointer(value: object) -> bool:
    """Whether a string is a Relative JSON Pointer (draft-bhutton-relative-json-pointer-00)."""
    return not isinstance(value, str) or _RELATIVE_JSON_POINTER.fullmatch(value) is not None


@CHECKER.checks("uri-template")
def is_uri_template(value: object) -> bool:
    """Whether a string is a URI template (RFC 6570)."""
    return not isinstance(value, str) or _TEMPLATE.fullmatch(value) is not None


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
