"""References that lead nowhere: to nothing, or through nothing but references back to themselves.

A recursive schema is fine as long as every round passes through a property or an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from referencing import Resource
from referencing.exceptions import Unresolvable

#: Keywords that apply a schema to the very same value: a list of schemas, one, or named ones.
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_NAMED = ("dependentSchemas", "dependencies")
#: Keywords whose value is a reference; the second follows where it is applied from, too.
_REFERENCES = ("$ref", "$dynamicRef")
#: A schema object, and the resolver of `referencing` for its references.
_Scoped = tuple[dict[str, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A reference that leads nowhere; `schema` is the object that has it under `keyword`."""

    schema: Any
    ref: str
    keyword: str = "$ref"
    is_cycle: bool = False


def problems(resource: Resource[Any], resolver: Any) -> Iterator[Problem]:
    """Every reference of a schema that leads nowhere.

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
    """The value that a reference leads to, with the resolver there; None for nowhere.

    Args:
        ref: the reference.
        scope: a resolver of `referencing` for the place that it stands in.

    """
    try:
        resolved = scope.lookup(ref)
    except (Unresolvable, LookupError, TypeError, ValueError):
        # The others: a pointer into a number, or a name where a list's index should be.
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
    """The ids of the schemas that, applied to a value, are applied to the same value again.

    A schema on the way from one such cycle to another counts as in a cycle too.

    Args:
        schemas: objects of documents that do not change meanwhile, each with its resolver.

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
    """The nodes from which a cycle is reached: those that no topological order has."""
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError:
        # It goes on as far as the cycles allow.
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
