"""Loads TOML; a syntax error names its line and column."""

from __future__ import annotations

import sys
from datetime import date, time
from typing import Any

from pytest_apismoke.documents import describe
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.late_pattern import late_pattern

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Programs differ in how they read numbers with more bits.
MOST_BITS = 64
#: The end of the parser's messages; only Python 3.14 and later have it as attributes.
_PLACE = late_pattern(r" \(at (?:line (\d+), column (\d+)|(end of document))\)$")


def parse_toml(text: str, label: str) -> dict[str, Any]:
    """The table that a TOML document holds.

    Args:
        text: the file's content.
        label: the name of the file in messages.

    Raises:
        SmokeError: (`usage`) when it is not TOML.

    """
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        seen, where = "TOML that is nested too deeply", label
    # Also a number with more digits than Python converts, which the parser lets through.
    except ValueError as error:
        seen, where = _message_and_place(str(error), label)
    else:
        return table
    raise misconfigured(expected="valid TOML", seen=seen, where=where, hint="correct the file")


def _message_and_place(message: str, label: str) -> tuple[str, str]:
    """The parser's message without its place, and the place with the file."""
    place = _PLACE.search(message)
    if place is None:
        return message, label
    line, column, _ = place.groups()
    where = f"{label}, line {line}, column {column}" if line else f"{label}, at its end"
    return message[: place.start()], where


def in_words(value: object) -> str:
    """Describe a TOML value in words that fit a message."""
    if isinstance(value, (date, time)):
        return f"the date or time {value}"
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return f"a number of more than {MOST_BITS} bits"
    return "a table" if isinstance(value, dict) else describe(value)
