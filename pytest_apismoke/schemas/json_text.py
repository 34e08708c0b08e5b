"""Reads the text of a contract file; a mistake says where it stands."""

from __future__ import annotations

import json
from typing import Any

from pytest_apismoke.errors import misconfigured

#: Nobody writes an API description deeper than this; what walks through one may call itself.
DEEPEST = 200


def is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other more than so many times."""
    # Level by level instead of recursively: a value may be nested as deep as it parses.
    current = [value]
    for _ in range(levels):
        inner = [one.values() if isinstance(one, dict) else one for one in current if _holds(one)]
        current = [member for members in inner for member in members]
    return any(map(_holds, current))


def _holds(value: Any) -> bool:
    return isinstance(value, (dict, list))


def parse_json(text: str, label: str) -> Any:
    """A JSON text as a value.

    Args:
        text: the file's content.
        label: how a message names the file.

    Raises:
        SmokeError: (`usage`) when it is not JSON, or names a member of an object twice.

    """
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        seen, where = error.msg, f"{label}, line {error.lineno}, column {error.colno}"
    except RecursionError:
        seen, where = "JSON that is nested too deeply", label
    except ValueError as error:
        seen, where = str(error), label
    raise misconfigured(expected="valid JSON", seen=seen, where=where, hint="correct the file")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {twice!r} twice in one object")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name}, which is not JSON")
