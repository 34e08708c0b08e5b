"""Finds names that stand twice in one object of a response, of which a parser keeps one. Pure."""

from __future__ import annotations

import json
from typing import Any

from pytest_apismoke.schemas.findings import Finding
from pytest_apismoke.schemas.policy import REPEATED_NAME

_Path = tuple[str | int, ...]


def repeated_names(body: bytes) -> tuple[Finding, ...]:
    """The names that an object of a body has more than once; none in what is no JSON.

    Args:
        body: of a response, without its content coding.

    """
    # By identity: all of them are kept, also those that another one of their name has replaced.
    found: dict[int, tuple[dict[str, Any], list[str]]] = {}

    def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            found[id(value)] = value, sorted({name for name in names if names.count(name) > 1})
        return value

    try:
        whole = json.loads(body.decode("utf-8-sig"), object_pairs_hook=without_repetition)
    except (ValueError, RecursionError):
        return ()
    return tuple(map(_finding, _places(whole, found))) if found else ()


def _places(whole: Any, found: dict[int, tuple[dict[str, Any], list[str]]]) -> list[_Path]:
    """Where the names stand, with `*` for any index; each place once."""
    places: dict[_Path, None] = {}
    todo: list[tuple[_Path, Any]] = [((), whole)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            _, names = found.get(id(value), (value, []))
            places |= dict.fromkeys((*path, name) for name in names)
            todo += [((*path, name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            # Alike for any item, and in the place of the first one.
            todo += [((*path, 0), inner) for inner in value]
    return sorted(places, key=lambda path: [str(name) for name in path])


def _finding(path: _Path) -> Finding:
    return Finding(
        path=path,
        keyword=REPEATED_NAME.keyword,
        expected="one property of a name",
        actual="several",
        case=REPEATED_NAME,
    )
