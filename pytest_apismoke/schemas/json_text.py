"""Parses the JSON of contract files; an error gives its line and column."""

from __future__ import annotations

import json
from typing import Any

from pytest_apismoke.errors import misconfigured

#: The deepest nesting of an OpenAPI document that is read; code that walks it may recurse.
DEEPEST = 200


def is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects are nested more than so many levels deep."""
    # Level by level instead of recursively: a value may be nested as deeply as it parses.
    current = [value] if isinstance(value, (dict, list)) else []
    for _ in range(levels):
        if not current:
            return False
        current = [
            inner
            for one in current
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
    return bool(current)


def parse_json(text: str, label: str) -> Any:
    """The JSON value of a contract file.

    Args:
        text: the file's content.
        label: how a message names the file.

    Raises:
        SmokeError: (`usage`) when it is not JSON, or an object has a key twice.

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
        raise ValueError(f"the key {twice!r} twice in one object")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name}, which is not JSON")
