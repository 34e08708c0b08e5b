"""The places of schema objects in their documents, for messages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.records import dataclass

#: Gives the place of a schema object in its contract; empty where it is unknown.
PlaceOf = Callable[[Any], str]


def pointer_of(path: Iterable[str | int]) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{step(name)}" for name in path)


def places(documents: Mapping[str, Any]) -> PlaceOf:
    """A function that finds the place of a schema object by its identity.

    jsonschema's errors refer to the very objects of the parsed documents. The documents are walked
    once, when the first place is wanted; they must not change.

    Args:
        documents: parsed schemas by the label that a message shows, such as a path.

    """
    known: dict[int, _Known] = {}

    def place_of(schema: Any) -> str:
        if not known:
            # At once: another thread may ask meanwhile.
            known.update(_learned(documents))
        names: list[str] = []
        place = known.get(id(schema))
        if place is None:
            return ""
        while place.parent is not None:
            names.append(place.name)
            place = known[place.parent]
        return place_in(place.name, pointer_of(reversed(names)))

    return place_of


def place_in(label: str, pointer: str) -> str:
    """A place in a document; the label of a schema inside of a check has a pointer already.

    Args:
        label: how a message names the document.
        pointer: a JSON Pointer into it.

    """
    return f"{label}{pointer}" if "#/" in label else f"{label}#{pointer}"


@dataclass(frozen=True, slots=True)
class _Known:
    """The place of an object: its key in its parent, or the label of its document."""

    name: str
    parent: int | None


def _learned(documents: Mapping[str, Any]) -> dict[int, _Known]:
    known: dict[int, _Known] = {}
    for label, document in documents.items():
        _learn(known, label, document)
    return known


def _learn(known: dict[int, _Known], label: str, document: Any) -> None:
    known.setdefault(id(document), _Known(label, None))
    todo: list[Any] = [document]
    while todo:
        value = todo.pop()
        entries: Iterable[tuple[object, Any]] = ()
        if isinstance(value, dict):
            entries = value.items()
        elif isinstance(value, list):
            entries = enumerate(value)
        for name, inner in entries:
            if isinstance(inner, (dict, list)) and id(inner) not in known:
                known[id(inner)] = _Known(str(name), id(value))
                todo.append(inner)
