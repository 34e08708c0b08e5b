"""Finds drift: properties of a valid response that its schema does not declare, and the reverse.

Places in the response are JSON Pointers in which `*` stands for an index, or for a key that is data
or may be a secret. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import is_sensitive
from pytest_apismoke.schemas.dynamic_keys import looks_like_data
from pytest_apismoke.schemas.jsonschema_internals import SchemaResolver
from pytest_apismoke.schemas.shapes import Scoped, Shape, Shapes

#: The most places of either kind that are reported.
AT_MOST = 50
#: The longest pointer that is followed, in characters; a longer one would not be read.
DEEPEST = 500

#: A pointer, whether it leads through a sensitive key, the value there, and its schemas.
_Place = tuple[str, bool, Any, list[Scoped]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The places that are present but not declared, and those that are declared but not present."""

    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def drift(value: Any, schema: Any, resolver: SchemaResolver, shapes: Shapes | None = None) -> Drift:
    """The drift between a value and its schema.

    An object may have any property where its schema names none, or has `additionalProperties`
    other than false. A property counts as declared when any branch declares it, and as absent only
    when every branch does.

    Args:
        value: a JSON value that is valid against the schema.
        schema: a JSON Schema, or a schema of an OpenAPI document.
        resolver: the resolver for the schema's references.
        shapes: those of its document, which hold what was built for other values.

    """
    return _Walk(shapes or Shapes()).run(value, schema, resolver)


class _Walk:
    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._undeclared: dict[str, None] = {}
        self._expected: dict[str, None] = {}
        self._present: set[str] = set()

    def run(self, value: Any, schema: Any, resolver: SchemaResolver) -> Drift:
        # A stack instead of recursion: a response may be nested as deeply as it parses.
        todo: list[_Place] = [("", False, value, [(schema, resolver)])]
        while todo:
            pointer, is_hidden, current, schemas = todo.pop()
            if isinstance(current, dict):
                todo += self._object(pointer, is_hidden, current, self._shapes.of(schemas))
            elif isinstance(current, list):
                todo += self._list(pointer, is_hidden, current, self._shapes.of(schemas))
        unseen = [place for place in self._expected if place not in self._present]
        return Drift(
            undeclared=tuple(sorted(self._undeclared)[:AT_MOST]),
            unseen=tuple(sorted(unseen)[:AT_MOST]),
        )

    def _object(
        self, pointer: str, is_hidden: bool, value: dict[str, Any], shape: Shape
    ) -> Iterator[_Place]:
        places = shape.places(pointer)
        self._expected |= places.expected
        for name, inner in value.items():
            place = places.declared.get(name)
            if place is not None:
                self._present.add(place)
                if not isinstance(inner, (dict, list)):
                    continue
                schemas: list[Scoped] | None = shape.properties[name]
            else:
                # Keys that the schema names are no secrets.
                is_shown = not (is_hidden or looks_like_data(name))
                place = f"{pointer}/{step(name) if is_shown else '*'}"
                schemas = shape.declared(name)
                if schemas is None:
                    self._undeclared[place] = None
                    continue
                if shape.rest:
                    # The keys of a map are data.
                    place = f"{pointer}/*"
            if schemas and isinstance(inner, (dict, list)) and len(place) < DEEPEST:
                yield place, is_hidden or is_sensitive(name), inner, schemas

    def _list(
        self, pointer: str, is_hidden: bool, value: list[Any], shape: Shape
    ) -> Iterator[_Place]:
        place = f"{pointer}/*"
        for index, item in enumerate(value):
            if not isinstance(item, (dict, list)):
                continue
            schemas = shape.of_item(index)
            if schemas and len(place) < DEEPEST:
                yield place, is_hidden, item, schemas
