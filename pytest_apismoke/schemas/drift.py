"""Where an answer and its schema have drifted apart without breaking the contract. Pure.

What came and is declared nowhere, and what is declared and did not come: places in the answer, as
JSON Pointers in which `*` stands for an index, or for a name that is data or may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.redaction import is_sensitive
from pytest_apismoke.schemas.dynamic_keys import looks_like_data
from pytest_apismoke.schemas.patterns import Pattern, compile_pattern
from pytest_apismoke.schemas.ref_cycles import followed
from pytest_apismoke.schemas.write_only import is_null, is_only_sent, listed

#: No more places of either kind are told.
AT_MOST = 50
#: What lies deeper, in characters of its pointer, is not looked at: nobody would read it.
DEEPEST = 500

_BRANCHES = ("oneOf", "anyOf")
_CONDITIONAL = ("if", "then", "else")
_REST = ("additionalProperties", "unevaluatedProperties")

#: A schema and the resolver for its references.
_Scoped = tuple[Any, Any]
#: A pointer, whether it leads through a sensitive name, the value there, and what holds for it.
_Place = tuple[str, bool, Any, list[_Scoped]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The places that came undeclared, and those that are declared and did not come."""

    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(slots=True)
class _Shape:
    """What several schemas that hold for one value say of its members together.

    `owed` are the members that every value of this kind may have, whatever branch it takes;
    `required` are those that are wanted, and so declared, though nothing else may be said of them.
    """

    members: dict[str, list[_Scoped]]
    owed: tuple[str, ...]
    patterns: list[tuple[Pattern, _Scoped]]
    rest: list[_Scoped]
    items: list[_Scoped]
    leading: list[list[_Scoped]]
    is_open: bool
    required: set[str]

    def declared(self, name: str) -> list[_Scoped] | None:
        """The schemas for a member that no list of names has; None where nothing declares it."""
        matching = [scoped for pattern, scoped in self.patterns if pattern.search(name)]
        is_declared = self.is_open or name in self.required
        return matching or self.rest or ([] if is_declared else None)


def drift(value: Any, schema: Any, resolver: Any) -> Drift:
    """How a value and its schema have drifted apart.

    An object is free in its members where its schema names none, or says `additionalProperties`
    with anything but false. Of several branches, any may declare a member; none is missed for
    belonging to one of them.

    Args:
        value: a JSON value.
        schema: a JSON Schema, or a schema of an API description.
        resolver: a resolver of `referencing` for the schema's references.

    """
    return _Walk().run(value, schema, resolver)


class _Walk:
    def __init__(self) -> None:
        self._shapes: dict[tuple[int, ...], _Shape] = {}
        self._undeclared: dict[str, None] = {}
        self._owed: dict[str, None] = {}
        self._came: set[str] = set()

    def run(self, value: Any, schema: Any, resolver: Any) -> Drift:
        # With a stack of its own instead of Python's: an answer may be nested as deep as it parses.
        todo: list[_Place] = [("", False, value, [(schema, resolver)])]
        while todo:
            pointer, is_hidden, current, schemas = todo.pop()
            if isinstance(current, dict):
                todo += self._object(pointer, is_hidden, current, self._shape(schemas))
            elif isinstance(current, list):
                todo += self._list(pointer, is_hidden, current, self._shape(schemas))
        unseen = [place for place in self._owed if place not in self._came]
        return Drift(
            undeclared=tuple(sorted(self._undeclared)[:AT_MOST]),
            unseen=tuple(sorted(unseen)[:AT_MOST]),
        )

    def _object(
        self, pointer: str, is_hidden: bool, value: dict[str, Any], shape: _Shape
    ) -> Iterator[_Place]:
        for name in shape.owed:
            self._owed[f"{pointer}/{step(name)}"] = None
        for name, member in value.items():
            schemas = shape.members.get(name)
            if schemas is not None:
                place = f"{pointer}/{step(name)}"
                self._came.add(place)
            else:
                # Names that the schema writes are no secrets.
                is_told = not (is_hidden or looks_like_data(name))
                place = f"{pointer}/{step(name) if is_told else '*'}"
                schemas = shape.declared(name)
                if schemas is None:
                    self._undeclared[place] = None
                    continue
                if shape.rest:
                    # The names of a map are data.
                    place = f"{pointer}/*"
            if schemas and isinstance(member, (dict, list)) and len(place) < DEEPEST:
                yield place, is_hidden or is_sensitive(name), member, schemas

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
    owed: dict[str, None] = {}
    for schema, resolver, always in _applied(schemas):
        properties = schema.get("properties")
        for name, member in (properties if isinstance(properties, dict) else {}).items():
            # A member that is refused is not declared.
            if member is False:
                continue
            shape.members.setdefault(name, []).append((member, resolver))
            if always:
                owed[name] = None
        shape.required |= {name for name in listed(schema, "required") if isinstance(name, str)}
        patterns = schema.get("patternProperties")
        for pattern, member in (patterns if isinstance(patterns, dict) else {}).items():
            compiled = _compiled(pattern)
            if compiled is not None:
                shape.patterns.append((compiled, (member, resolver)))
        for keyword in _REST:
            rest = schema.get(keyword)
            if isinstance(rest, dict):
                shape.rest.append((rest, resolver))
            shape.is_open = shape.is_open or rest is True
        _take_items(shape, schema, resolver)
    shape.owed = tuple(
        name for name in owed if not any(is_only_sent(name, *scoped) for scoped in schemas)
    )
    # A schema that names no member leaves them to the API.
    shape.is_open = shape.is_open or not (shape.members or shape.patterns)
    return shape


def _take_items(shape: _Shape, schema: dict[str, Any], resolver: Any) -> None:
    items, leading = schema.get("items"), schema.get("prefixItems")
    if isinstance(items, list):
        # Before 2020-12 this was the word for the leading ones.
        items, leading = schema.get("additionalItems"), items
    for index, item in enumerate(leading if isinstance(leading, list) else ()):
        if index == len(shape.leading):
            shape.leading.append([])
        shape.leading[index].append((item, resolver))
    for one in (items, schema.get("unevaluatedItems")):
        if isinstance(one, dict):
            shape.items.append((one, resolver))


def _applied(schemas: Iterable[_Scoped]) -> Iterator[tuple[dict[str, Any], Any, bool]]:
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
    """What the mapping of a discriminator leads to: the kinds that a base schema knows of."""
    told = schema.get("discriminator")
    mapping = told.get("mapping") if isinstance(told, dict) else None
    return [ref for ref in mapping.values() if "/" in str(ref)] if isinstance(mapping, dict) else []


def _compiled(pattern: str) -> Pattern | None:
    try:
        return compile_pattern(pattern)
    except re.error:
        return None
