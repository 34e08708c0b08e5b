"""The beginnings of bodies as text that can be read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pytest_apismoke.late_pattern import late_pattern

#: A token of JSON; what is between two of them is white space.
_TOKEN = late_pattern(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_INDENT, _COLON = "  ", ":"


def body_text(excerpt: str) -> str:
    """The beginning of a body: JSON that is there as a whole in lines, all else as it is.

    Its tokens stay as they are: a number keeps its digits, an object a property that it has twice.
    """
    if excerpt[:1] not in ("{", "["):
        return excerpt
    try:
        json.loads(excerpt)
    except (ValueError, RecursionError):
        return excerpt
    return "".join(_indented(_TOKEN.findall(excerpt)))


def _indented(tokens: list[str]) -> Iterator[str]:
    depth = 0
    last = ""
    for token in tokens:
        if token in ("}", "]"):
            depth -= 1
            # An empty one stays on its line.
            yield token if last in ("{", "[") else f"\n{_INDENT * depth}{token}"
        else:
            if last in ("{", "[", ","):
                yield f"\n{_INDENT * depth}"
            yield ": " if token == _COLON else token
            depth += token in ("{", "[")
        last = token
