"""Finds the line of a place in a JSON document. Pure.

The parser of the standard library keeps no positions, but says where each value ends: so this walks
down to the place, and passes over everything beside it.
"""

from __future__ import annotations

import json

from pytest_apismoke.documents import name_of
from pytest_apismoke.late_pattern import late_pattern

_BLANK = late_pattern(r"[ \t\r\n]*")


def line_in_json(text: str, pointer: str) -> int:
    """The line, from 1, of what a JSON Pointer leads to; else of the nearest thing around it.

    Args:
        text: a valid JSON document.
        pointer: into it.

    """
    line_at = value_at = _behind_blanks(text, 0)
    for token in pointer.split("/")[1:]:
        found = _child(text, value_at, name_of(token))
        if found is None:
            break
        line_at, value_at = found
    return text.count("\n", 0, line_at) + 1


def _child(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Where the key, or the item, of a name stands in the value at an offset, and its value."""
    bracket = text[at]
    if bracket not in "{[":
        return None
    at = _behind_blanks(text, at + 1)
    index = 0
    while text[at] not in "}]":
        key, start = str(index), at
        if bracket == "{":
            key, at = json.JSONDecoder().raw_decode(text, at)
            # The colon is behind blanks, and so is the value.
            at = _behind_blanks(text, _behind_blanks(text, at) + 1)
        if key == name:
            return start, at
        _, at = json.JSONDecoder().raw_decode(text, at)
        at = _behind_blanks(text, at)
        if text[at] == ",":
            at = _behind_blanks(text, at + 1)
        index += 1
    return None


def _behind_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
