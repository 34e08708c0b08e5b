"""Finds drift: properties of a valid response that its schema does not declare, and the reverse.

Places in the response are JSON Pointers in which `*` stands for an index, or for a key that is data
or may be a secret. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.redaction import is_sensitive
from pytest_apismoke.schemas.dynamic_keys import looks_like_data
from pytest_apismoke.schemas.jsonschema_internals import SchemaResolver
from pytest_apismoke.schemas.patterns import Pattern, compile_pattern
from pytest_apismoke.schemas.ref_cycles import followed
from pytest_apismoke.schemas.write_only import is_null, is_write_only, listed

#: The most places of either kind that are reported.
AT_MOST = 50
#: The longest pointer that is followed, in characters; a longer one would not be read.
DEEPEST = 500

_BRANCHES = ("oneOf", "anyOf")
_CONDITIONAL = ("if", "then", "else")
_REST = ("additionalProperties", "unevaluatedProperties")

#: A schema and the resolver for its references.
_Scoped = tuple[Any, SchemaResolver]
#: A pointer, whether it leads through a sensitive key, the value there, and its schemas.
_Place = tuple[str, bool, Any, list[_Scoped]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The places that are present but not declared, and those that are declared but not present."""

    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(slots=True)
class _Shape:
    """The properties and items that several schemas of one value declare together.

    `expected` are the properties declared in every branch; `required` are declared by being
    required, even where no schema describes them.
    """

    properties: dict[str, list[_Scoped]]
    expected: tuple[str, ...]
    patterns: list[tuple[Pattern, _Scoped]]
    rest: list[_Scoped]
    items: list[_Scoped]
    leading: list[list[_Scoped]]
    is_open: bool
    required: set[str]

    def declared(self, name: str) -> list[_Scoped] | None:
        """The schemas for a key that no `properties` has; None where nothing declares it."""
        matching = [scoped for pattern, scoped in self.patterns if pattern.search(name)]
        is_declared = self.is_open or name in self.required
        return matching or self.rest or ([] if is_declared else None)


def drift(value: Any, schema: Any, resolver: SchemaResolver) -> Drift:
    """The drift between a value and its schema.

    An object may have any property where its schema names none, or has `additionalProperties`
    other than false. A property counts as declared when any branch declares it, and as absent only
    when every branch does.

    Args:
        value: a JSON value that is valid against the schema.
        schema: a JSON Schema, or a schema of an OpenAPI document.
        resolver: the resolver for the schema's references.

    """
    return _Walk().run(value, schema, resolver)


class _Walk:
    def __init__(self) -> None:
        self._shapes: dict[tuple[int, ...], _Shape] = {}
        self._undeclared: dict[str, None] = {}
        self._expected: dict[str, None] = {}
        self._present: set[str] = set()

    def run(self, value: Any, schema: Any, resolver: SchemaResolver) -> Drift:
        # A stack instead of recursion: a response may be nested as deeply as it parses.
        todo: list[_Place] = [("", False, value, [(schema, resolver)])]
        while todo:
            pointer, is_hidden, current, schemas = todo.pop()
            if isinstance(current, dict):
                todo += self._object(pointer, is_hidden, current, self._shape(schemas))
            elif isinstance(current, list):
                todo += self._list(pointer, is_hidden, current, self._shape(schemas))
        unseen = [place for place in self._expected if place not in self._present]
        return Drift(
            undeclared=tuple(sorted(self._undeclared)[:AT_MOST]),
            unseen=tuple(sorted(unseen)[:AT_MOST]),
        )

    def _object(
        self, pointer: str, is_hidden: bool, value: dict[str, Any], shape: _Shape
    ) -> Iterator[_Place]:
        for name in shape.expected:
            self._expected[f"{pointer}/{step(name)}"] = None
        for name, inner in value.items():
            schemas = shape.properties.get(name)
            if schemas is not None:
                place = f"{pointer}/{step(name)}"
                self._present.add(place)
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
        self, pointer: str, is_hidden: bool, value: list[Any], shape: _Shape
    ) -> Iterator[_Place]:
        place = f"{pointer}/*"
        for index, item in enumerate(value):
            schemas = shape.leading[index] if index < len(shape.leading) else shape.items
            if schemas and isinstance(item, (dict, list)) and len(place) < DEEPEST:
                yield place, is_hidden, item, schemas

    def _shape(self, schemas: Sequence[_Scoped]) -> _Shape:
        key = tuple(id(schema) for schema, _ in schemas)
        if key not in self._shapes:
            self._shapes[key] = _shape_of(schemas)
        return self._shapes[key]


def _shape_of(schemas: Sequence[_Scoped]) -> _Shape:
    shape = _Shape({}, (), [], [], [], [], is_open=False, required=set())
    expected: dict[str, None] = {}
    for schema, resolver, always in _applied(schemas):
        properties = schema.get("properties")
        for name, subschema in (properties if isinstance(properties, dict) else {}).items():
            # A property that the schema forbids is not declared.
            if subschema is False:
                continue
            shape.properties.setdefault(name, []).append((subschema, resolver))
            if always:
                expected[name] = None
        shape.required |= {name for name in listed(schema, "required") if isinstance(name, str)}
        patterns = schema.get("patternProperties")
        for pattern, subschema in (patterns if isinstance(patterns, dict) else {}).items():
            compiled = _compiled(pattern)
            if compiled is not None:
                shape.patterns.append((compiled, (subschema, resolver)))
        for keyword in _REST:
            rest = schema.get(keyword)
            if isinstance(rest, dict):
                shape.rest.append((rest, resolver))
            shape.is_open = shape.is_open or rest is True
        _take_items(shape, schema, resolver)
    shape.expected = tuple(
        name for name in expected if not any(is_write_only(name, *scoped) for scoped in schemas)
    )
    # A schema that names no property allows any.
    shape.is_open = shape.is_open or not (shape.properties or shape.patterns)
    return shape


def _take_items(shape: _Shape, schema: dict[str, Any], resolver: SchemaResolver) -> None:
    items, leading = schema.get("items"), schema.get("prefixItems")
    if isinstance(items, list):
        # Before 2020-12, a list of `items` had the meaning of `prefixItems`.
        items, leading = schema.get("additionalItems"), items
    for index, item in enumerate(leading if isinstance(leading, list) else ()):
        if index == len(shape.leading):
            shape.leading.append([])
        shape.leading[index].append((item, resolver))
    for one in (items, schema.get("unevaluatedItems")):
        if isinstance(one, dict):
            shape.items.append((one, resolver))


def _applied(
    schemas: Iterable[_Scoped],
) -> Iterator[tuple[dict[str, Any], SchemaResolver, bool]]:
    """Every schema object that may apply to the same value, and whether it always does."""
    todo = [(schema, resolver, True) for schema, resolver in schemas]
    seen: set[tuple[int, bool]] = set()
    while todo:
        schema, resolver, always = todo.pop()
        if not isinstance(schema, dict) or (id(schema), always) in seen:
            continue
        seen.add((id(schema), always))
        yield schema, resolver, always
        if isinstance(ref := schema.get("$ref"), str):
            leads = followed(ref, resolver)
            todo += [(*leads, always)] if leads is not None else []
        todo += [(part, resolver, always) for part in listed(schema, "allOf")]
        for keyword in _BRANCHES:
            branches = [b for b in listed(schema, keyword) if not is_null(b)]
            # One branch besides null is no choice.
            todo += [(branch, resolver, always and len(branches) == 1) for branch in branches]
        todo += [(schema[name], resolver, False) for name in _CONDITIONAL if name in schema]
        todo += [({"$ref": ref}, resolver, False) for ref in _mapped(schema)]
        dependent = schema.get("dependentSchemas")
        if isinstance(dependent, dict):
            todo += [(one, resolver, False) for one in dependent.values()]


def _mapped(schema: dict[str, Any]) -> list[str]:
    """The references in the mapping of a discriminator: the subtypes that a base schema knows."""
    discriminator = schema.get("discriminator")
    mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
    return [ref for ref in mapping.values() if "/" in str(ref)] if isinstance(mapping, dict) else []


def _compiled(pattern: str) -> Pattern | None:
    try:
        return compile_pattern(pattern)
    except re.error:
        return None
