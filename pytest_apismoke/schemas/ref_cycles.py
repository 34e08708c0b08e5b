"""Finds references that cannot be resolved, and schemas that apply themselves to the same value.

A recursive schema is fine where each round passes through a property or an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from referencing import Resource
from referencing.exceptions import Unresolvable

from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.jsonschema_internals import lookup

#: Keywords that apply subschemas to the same value: lists of schemas, single ones, maps.
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_NAMED = ("dependentSchemas", "dependencies")
#: Keywords whose value is a reference; a dynamic one depends on the schemas it is applied from.
_REFERENCES = ("$ref", "$dynamicRef")
#: A schema object, and the resolver of `referencing` for its references.
_Scoped = tuple[dict[str, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A reference that cannot be resolved; `schema` is the object that has it under `keyword`."""

    schema: Any
    ref: str
    keyword: str = "$ref"
    is_cycle: bool = False


def problems(resource: Resource[Any], resolver: Any) -> Iterator[Problem]:
    """Every reference of a schema that cannot be resolved, or leads back to itself.

    Args:
        resource: the schema.
        resolver: a resolver of `referencing` whose base is the schema's.

    """
    schemas = list(subschemas(resource, resolver))
    in_cycles = cyclic(schemas)
    for schema, scope in schemas:
        for keyword, ref in _references(schema):
            if followed(ref, scope) is None:
                yield Problem(schema=schema, ref=ref, keyword=keyword)
            elif id(schema) in in_cycles:
                yield Problem(schema=schema, ref=ref, keyword=keyword, is_cycle=True)
                break


def _references(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for keyword in _REFERENCES:
        if isinstance(ref := schema.get(keyword), str):
            yield keyword, ref


def followed(ref: str, scope: Any) -> tuple[Any, Any] | None:
    """The value that a reference leads to, and the resolver there; None where it leads nowhere.

    Args:
        ref: the reference.
        scope: the resolver of `referencing` for the object that has it.

    """
    try:
        resolved = lookup(scope, ref)
    except (Unresolvable, LookupError, TypeError, ValueError):
        # The others: a pointer into a number, or a name in place of an array index.
        return None
    return resolved.contents, resolved.resolver


def subschemas(resource: Resource[Any], resolver: Any) -> Iterator[_Scoped]:
    """Every schema object of a document, each with the resolver for its references."""
    todo = [(resource, resolver.in_subresource(resource))]
    while todo:
        current, scope = todo.pop()
        if isinstance(current.contents, dict):
            yield current.contents, scope
        todo += [(inner, scope.in_subresource(inner)) for inner in current.subresources()]


def cyclic(schemas: Iterable[_Scoped]) -> set[int]:
    """The ids of the schemas whose validation of a value would never end.

    Those are in a cycle of schemas that apply each other to the same value, or between two cycles.

    Args:
        schemas: schema objects, each with its resolver; the documents must not change meanwhile.

    """
    leads: dict[int, set[int]] = {}
    todo = list(schemas)
    while todo:
        schema, scope = todo.pop()
        if id(schema) not in leads:
            applied = _in_place(schema, scope)
            leads[id(schema)] = {id(other) for other, _ in applied}
            todo += applied
    if not (leading_in := _unsorted(leads)):
        return set()
    led_from: dict[int, set[int]] = {one: set() for one in leading_in}
    for one in leading_in:
        for other in leads[one] & leading_in:
            led_from[other].add(one)
    return _unsorted(led_from)


def _unsorted(graph: Mapping[int, set[int]]) -> set[int]:
    """The nodes that lead into a cycle, which no topological order contains."""
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError:
        # The sorter still returns the nodes that do not depend on a cycle.
        left = set(graph)
        while ready := sorter.get_ready():
            left.difference_update(ready)
            sorter.done(*ready)
        return left
    return set()


def _in_place(schema: dict[str, Any], scope: Any) -> list[_Scoped]:
    """The schemas that one applies to the same value."""
    inner: list[Any] = [schema[name] for name in _SINGLE if name in schema]
    for name in _LISTS:
        inner += schema[name] if isinstance(schema.get(name), list) else []
    for name in _NAMED:
        inner += schema[name].values() if isinstance(schema.get(name), dict) else []
    found = [(one, scope) for one in inner if isinstance(one, dict)]
    for _, ref in _references(schema):
        target = followed(ref, scope)
        if target is not None and isinstance(target[0], dict):
            found.append(target)
    return found
