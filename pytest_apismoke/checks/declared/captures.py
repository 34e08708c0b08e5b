"""Values that one check takes from an answer, and the places where later checks put them. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from pytest_apismoke.documents import ABSENT, describe, lookup
from pytest_apismoke.errors import Category, fail

#: What can be captured: a boolean or a null in a URL means something else to every backend.
Captured = str | int | float

#: How a capture may be called.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ESCAPED = {"{{": "{", "}}": "}"}
#: No id is longer, in characters and in digits.
_LONGEST, _MOST_DIGITS = 2000, 100


def placeholders(text: str) -> tuple[str, ...]:
    """The names of the captures that a text uses: `{name}`; `{{` and `}}` stand for braces.

    Raises:
        ValueError: when a brace stands alone, or no name stands between two; its text completes
            "seen ...".

    """
    names = []
    for found in _BRACES.finditer(text):
        name, place = found[1], f"at character {found.start() + 1}"
        if name is not None and NAME.fullmatch(name):
            names.append(name)
        elif name is not None:
            raise ValueError(f"{found[0]!r} {place}, which is no name of a capture")
        elif found[0] not in _ESCAPED:
            raise ValueError(f"a {found[0]!r} {place} that stands alone")
    return tuple(names)


def fill(text: str, values: Mapping[str, Captured]) -> str:
    """The text with each placeholder replaced by what was captured.

    Args:
        text: one that `placeholders` accepts.
        values: what was captured, by its name; has all that the text uses.

    """
    return _BRACES.sub(lambda found: _ESCAPED.get(found[0]) or str(values[found[1]]), text)


def fill_path(text: str, values: Mapping[str, Captured]) -> str:
    """As `fill`, each value percent-encoded, so that it stays within its segment of the path.

    Raises:
        SmokeError: (`invalid`) when the values would lead to another path: `.` and `..`, which no
            encoding protects.

    """
    encoded = {name: quote(str(value), safe="") for name, value in values.items()}
    path = fill(text, encoded)
    for segment, template in zip(path.split("/"), text.split("/"), strict=True):
        if segment in (".", "..") and segment != template:
            name = placeholders(template)[0]
            raise fail(
                Category.INVALID,
                expected=f"a captured {name!r} that can stand in a path",
                seen=f"the segment {segment!r}",
                where=text,
                hint="no id is a dot; look at the answer that it was captured from",
            )
    return path


def fits_a_header(text: str) -> bool:
    """Whether a header can carry a text: printable ASCII without outer spaces (RFC 9110, 5.5)."""
    return text.strip() == text and all(" " <= character <= "~" for character in text)


def fill_header(text: str, values: Mapping[str, Captured]) -> str:
    """As `fill`.

    Raises:
        SmokeError: (`invalid`) when no header can carry what comes of it.

    """
    filled = fill(text, values)
    if fits_a_header(filled):
        return filled
    names = placeholders(text)
    name = next((name for name in names if not fits_a_header(str(values[name]))), names[0])
    raise fail(
        Category.INVALID,
        expected=f"a captured {name!r} that can stand in a header",
        seen=describe(values[name]),
        where=text,
        hint="a header carries the printable characters of ASCII, without outer spaces; look at the"
        " answer that it was captured from",
    )


def fill_json(value: Any, values: Mapping[str, Captured]) -> Any:
    """A JSON value, its texts filled in; one that is exactly `{name}` takes the value's type."""
    if isinstance(value, str):
        names = placeholders(value)
        return values[names[0]] if names and value == f"{{{names[0]}}}" else fill(value, values)
    if isinstance(value, list):
        return [fill_json(item, values) for item in value]
    if isinstance(value, dict):
        return {name: fill_json(member, values) for name, member in value.items()}
    return value


def capture(
    document: Any, captures: Iterable[tuple[str, str]], *, where: str = ""
) -> dict[str, Captured]:
    """Takes values from an answer.

    Args:
        document: the answer's JSON value.
        captures: pairs of a name and the JSON Pointer to its value.
        where: how a message names the request.

    Raises:
        SmokeError: (`invalid`) when there is no text and no number at a pointer, or one that can't
            be put into a URL.

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
        expected=f"a text or a number at {pointer or '/'} to capture as {name!r}",
        seen=problem,
        where=where,
        hint=f"correct the JSON Pointer of {name!r}, or see to it that the account has what it"
        " points at; null, true, false, lists, objects and empty texts can't be put into a path",
    )


def _problem(document: Any, value: Any, pointer: str) -> str:
    """Why a value can't be captured, as a phrase; empty when it can."""
    if value is ABSENT:
        return _what_is_there(document, pointer)
    if isinstance(value, str) and value:
        if len(value) > _LONGEST:
            return f"{describe(value)}, more than {_LONGEST}"
        # Also half of a surrogate pair, which JSON can express and UTF-8 can't.
        return "" if value.isprintable() else f"{describe(value)}, with characters no id has"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "an empty text" if value == "" else describe(value)
    if isinstance(value, float):
        return "" if math.isfinite(value) else describe(value)
    return "" if abs(value) < 10**_MOST_DIGITS else f"a number of more than {_MOST_DIGITS} digits"


def _what_is_there(document: Any, pointer: str) -> str:
    """How far a pointer leads that leads nowhere."""
    above = pointer
    while above and lookup(document, above) is ABSENT:
        above = above.rpartition("/")[0]
    name = above or "the answer"
    return f"nothing there; {name} is {describe(lookup(document, above))}"
