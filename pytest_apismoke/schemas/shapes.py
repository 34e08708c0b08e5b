"""What several schemas declare together for one value: its properties and its items. Pure.

A schema, those that it refers to and the branches of its unions all speak of the same value.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.jsonschema_internals import SchemaResolver
from pytest_apismoke.schemas.patterns import Pattern, compile_pattern
from pytest_apismoke.schemas.ref_cycles import followed
from pytest_apismoke.schemas.write_only import is_null, is_write_only, listed

_BRANCHES = ("oneOf", "anyOf")
_CONDITIONAL = ("if", "then", "else")
_REST = ("additionalProperties", "unevaluatedProperties")

#: The places of one shape whose pointers are kept.
_KEPT_PLACES = 100

#: A schema and the resolver for its references.
Scoped = tuple[Any, SchemaResolver]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The pointers of the properties of a shape that stands at one place of a response.

    `declared` has those that `properties` has, `expected` those of `Shape.expected`.
    """

    declared: dict[str, str]
    expected: dict[str, None]


@dataclasses.dataclass(slots=True)
class Shape:
    """The properties and items that several schemas of one value declare together.

    `expected` are the properties declared in every branch; `required` are declared by being
    required, even where no schema describes them.
    """

    properties: dict[str, list[Scoped]]
    expected: tuple[str, ...]
    patterns: list[tuple[Pattern, Scoped]]
    rest: list[Scoped]
    items: list[Scoped]
    leading: list[list[Scoped]]
    is_open: bool
    required: set[str]
    _places: dict[str, Places] = dataclasses.field(default_factory=dict)

    def places(self, pointer: str) -> Places:
        """The pointers of its properties, for where it stands itself."""
        found = self._places.get(pointer)
        if found is None:
            declared = {name: f"{pointer}/{step(name)}" for name in self.properties}
            expected = dict.fromkeys(declared[name] for name in self.expected)
            found = Places(declared=declared, expected=expected)
            # Responses may have any number of places: the names of patterns are theirs.
            if len(self._places) < _KEPT_PLACES:
                self._places[pointer] = found
        return found

    def declared(self, name: str) -> list[Scoped] | None:
        """The schemas for a key that no `properties` has; None where nothing declares it."""
        matching = [scoped for pattern, scoped in self.patterns if pattern.search(name)]
        is_declared = self.is_open or name in self.required
        return matching or self.rest or ([] if is_declared else None)

    def of_item(self, index: int) -> list[Scoped]:
        """The schemas for an item."""
        return self.leading[index] if index < len(self.leading) else self.items


class Shapes:
    """The shapes of the schemas of some documents, which must not change; each is built once."""

    def __init__(self) -> None:
        # By identity: the documents live as long as this.
        self._known: dict[tuple[int, ...], Shape] = {}

    def of(self, schemas: Sequence[Scoped]) -> Shape:
        """What some schemas of one value declare together."""
        key = tuple(id(schema) for schema, _ in schemas)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _shape_of(schemas)
        return found


def _shape_of(schemas: Sequence[Scoped]) -> Shape:
    shape = Shape({}, (), [], [], [], [], is_open=False, required=set())
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


def _take_items(shape: Shape, schema: dict[str, Any], resolver: SchemaResolver) -> None:
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
    schemas: Iterable[Scoped],
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
