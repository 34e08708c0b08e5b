"""Capture values from a response, and fill them into the requests of later checks. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from pytest_apismoke.documents import ABSENT, describe, lookup
from pytest_apismoke.errors import Category, fail
from pytest_apismoke.late_pattern import late_pattern

#: The types that can be captured; a boolean or null in a URL has no common notation.
Captured = str | int | float

#: A valid capture name.
NAME = late_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES = late_pattern(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ESCAPED = {"{{": "{", "}}": "}"}
#: The longest captured string in characters, and integer in digits; no real id is longer.
_MAX_LENGTH, _MAX_DIGITS = 2000, 100


def placeholders(template: str) -> tuple[str, ...]:
    """The names of the placeholders `{name}` in a template; `{{` and `}}` are literal braces.

    Raises:
        ValueError: for an unpaired brace or an invalid name; the message completes "seen ...".

    """
    names = []
    for found in _BRACES.finditer(template):
        name, place = found[1], f"at character {found.start() + 1}"
        if name is not None and NAME.fullmatch(name):
            names.append(name)
        elif name is not None:
            raise ValueError(f"{found[0]!r} {place}, which is not a capture name")
        elif found[0] not in _ESCAPED:
            raise ValueError(f"an unpaired {found[0]!r} {place}")
    return tuple(names)


def pattern_of(template: str) -> re.Pattern[str]:
    """Matches the paths that a template can become, see `fill_path`."""
    parts, end = [], 0
    for found in _BRACES.finditer(template):
        parts.append(re.escape(template[end : found.start()]))
        literal = _ESCAPED.get(found[0])
        parts.append("[^/]+" if literal is None else re.escape(literal))
        end = found.end()
    return re.compile("".join(parts) + re.escape(template[end:]))


def fill(template: str, values: Mapping[str, Captured]) -> str:
    """Replace each placeholder by the captured value.

    Args:
        template: a string that `placeholders` accepts.
        values: the captured values by name, including every one that the template uses.

    """
    return _BRACES.sub(lambda found: _ESCAPED.get(found[0]) or str(values[found[1]]), template)


def fill_path(template: str, values: Mapping[str, Captured]) -> str:
    """Like `fill`, but percent-encode each value, which keeps it inside its path segment.

    Raises:
        SmokeError: (`invalid`) when a segment becomes `.` or `..`, which no encoding protects.

    """
    encoded = {name: quote(str(value), safe="") for name, value in values.items()}
    path = fill(template, encoded)
    for segment, original in zip(path.split("/"), template.split("/"), strict=True):
        if segment in (".", "..") and segment != original:
            name = placeholders(original)[0]
            raise fail(
                Category.INVALID,
                expected=f"a captured {name!r} that fits into a path",
                seen=f"the segment {segment!r}",
                where=template,
                hint="look at the response that it was captured from: a dot is no id",
            )
    return path


def _is_header_value(value: str) -> bool:
    """Whether a string is printable ASCII without leading or trailing spaces (RFC 9110, 5.5)."""
    return value.strip() == value and all(" " <= character <= "~" for character in value)


def fill_header(template: str, values: Mapping[str, Captured]) -> str:
    """Like `fill`.

    Raises:
        SmokeError: (`invalid`) when the result is not a valid header value.

    """
    filled = fill(template, values)
    if _is_header_value(filled):
        return filled
    names = placeholders(template)
    name = next((name for name in names if not _is_header_value(str(values[name]))), names[0])
    raise fail(
        Category.INVALID,
        expected=f"a captured {name!r} that fits into a header",
        seen=describe(values[name]),
        where=template,
        hint="a header carries printable ASCII characters without spaces at either end; look at the"
        " response that it was captured from",
    )


def fill_json(value: Any, values: Mapping[str, Captured]) -> Any:
    """Like `fill`, for every string in a JSON value; exactly `{name}` keeps the captured type."""
    if isinstance(value, str):
        names = placeholders(value)
        return values[names[0]] if names and value == f"{{{names[0]}}}" else fill(value, values)
    if isinstance(value, list):
        return [fill_json(item, values) for item in value]
    if isinstance(value, dict):
        return {name: fill_json(item, values) for name, item in value.items()}
    return value


def leads_into_a_list(pointer: str) -> bool:
    """Whether a JSON Pointer leads to an item of a list, or to something inside one."""
    return any(step.isdecimal() for step in pointer.split("/"))


def absent(
    document: Any,
    captures: Iterable[tuple[str, str]],
    *,
    of: str,
    may_be_empty: bool,
    may_lack: Collection[str] = (),
) -> dict[str, str]:
    """The captures whose values may be absent and are: a clause that says why, by name.

    Args:
        document: the JSON value of the body.
        captures: pairs of a name and the JSON Pointer to its value.
        of: the check whose response it is, as the clauses name it.
        may_be_empty: whether the lists that they lead into may have no item.
        may_lack: names of captures whose value may be absent or null where there is an item.

    """
    found = {}
    for name, pointer in captures:
        empty = _empty_list(document, pointer)
        if empty is not None and may_be_empty:
            found[name] = f"{f'{empty} of ' if empty else ''}{of} is empty"
        elif empty is None and name in may_lack and lookup(document, pointer) in (ABSENT, None):
            found[name] = f"{of} has no {pointer}"
    return found


def _empty_list(document: Any, pointer: str) -> str | None:
    """The pointer to the empty list on the way; None if there is none."""
    steps = pointer.split("/")
    for count in range(1, len(steps)):
        above = "/".join(steps[:count])
        if lookup(document, above) == [] and steps[count].isdecimal():
            return above
    return None


def capture(
    document: Any, captures: Iterable[tuple[str, str]], *, where: str = ""
) -> dict[str, Captured]:
    """Capture values from a response.

    Args:
        document: the JSON value of the body.
        captures: pairs of a name and the JSON Pointer to its value.
        where: the request, as messages name it.

    Raises:
        SmokeError: (`invalid`) when a pointer leads to no string or number, or to one that is unfit
            for a URL.

    """
    return {name: _captured(document, name, pointer, where) for name, pointer in captures}


def _captured(document: Any, name: str, pointer: str, where: str) -> Captured:
    value = lookup(document, pointer)
    problem = _problem(document, value, pointer)
    if not problem:
        found: Captured = value
        return found
    raise fail(
        Category.INVALID,
        expected=f"a string or a number at {pointer or '/'} to capture as {name!r}",
        seen=problem,
        where=where,
        hint=f"correct the JSON Pointer of {name!r}, or create the data that it points at; null,"
        " true, false, lists, objects and empty strings can't be put into a path",
    )


def _problem(document: Any, value: Any, pointer: str) -> str:
    """Why a value can't be captured, as a phrase; empty when it can be."""
    if value is ABSENT:
        return _deepest_existing(document, pointer)
    if isinstance(value, str) and value:
        if len(value) > _MAX_LENGTH:
            return f"{describe(value)}, more than {_MAX_LENGTH}"
        # This includes lone surrogates, which JSON can express and UTF-8 can't.
        return "" if value.isprintable() else f"{describe(value)}, with unprintable characters"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "an empty string" if value == "" else describe(value)
    if isinstance(value, float):
        return "" if math.isfinite(value) else describe(value)
    return "" if abs(value) < 10**_MAX_DIGITS else f"a number of more than {_MAX_DIGITS} digits"


def _deepest_existing(document: Any, pointer: str) -> str:
    """Describe the deepest existing value on the way of a pointer that leads nowhere."""
    above = pointer
    while above and lookup(document, above) is ABSENT:
        above = above.rpartition("/")[0]
    name = above or "the response"
    return f"nothing there; {name} is {describe(lookup(document, above))}"
