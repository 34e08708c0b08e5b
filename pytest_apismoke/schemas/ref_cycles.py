"""References that lead nowhere: to nothing, or through nothing but other references to themselves.

A schema may well be recursive, as long as every round passes through a member or an item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from referencing import Resource
from referencing.exceptions import Unresolvable

#: Keywords that apply a schema to the very same value: a list of schemas, one, or named ones.
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_NAMED = ("dependentSchemas", "dependencies")
#: Keywords whose value is a reference; the second follows where it is applied from, too.
_REFERENCES = ("$ref", "$dynamicRef")


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
    circles = RefCycles()
    for schema, scope in subschemas(resource, resolver):
        for keyword, ref in _references(schema):
            if followed(ref, scope) is None:
                yield Problem(schema=schema, ref=ref, keyword=keyword)
            elif circles.comes_back(schema, scope):
                yield Problem(schema=schema, ref=ref, keyword=keyword, is_cycle=True)
                break


def _references(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for keyword in _REFERENCES:
        if isinstance(ref := schema.get(keyword), str):
            yield keyword, ref


def followed(ref: str, scope: Any) -> tuple[Any, Any] | None:
    """What a reference leads to and the resolver for the references there, or None for nowhere.

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


def subschemas(resource: Resource[Any], resolver: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every schema object of a document, each with the resolver for its references."""
    todo = [(resource, resolver.in_subresource(resource))]
    while todo:
        current, scope = todo.pop()
        if isinstance(current.contents, dict):
            yield current.contents, scope
        todo += [(inner, scope.in_subresource(inner)) for inner in current.subresources()]


class RefCycles:
    """Tells of schemas whether applying one to a value applies it to the same value again.

    Remembers what it has seen: each schema is looked into once, however many lead to it.
    """

    def __init__(self) -> None:
        self._in_circle: dict[int, bool] = {}

    def comes_back(self, schema: dict[str, Any], scope: Any) -> bool:
        """Whether a schema is in a circle of such that apply each other.

        Args:
            schema: an object of a document that does not change meanwhile.
            scope: a resolver for its references.

        """
        if id(schema) not in self._in_circle:
            self._look_from(schema, scope)
        return self._in_circle[id(schema)]

    def _look_from(self, schema: dict[str, Any], scope: Any) -> None:
        """Tarjan's strongly connected components, with a stack of its own."""
        order: dict[int, int] = {}
        lowest: dict[int, int] = {}
        open_: list[int] = []
        to_themselves: set[int] = set()
        way: list[tuple[dict[str, Any], list[tuple[dict[str, Any], Any]]]] = []

        def enter(one: dict[str, Any], inside: Any) -> None:
            order[id(one)] = lowest[id(one)] = len(order)
            open_.append(id(one))
            way.append((one, _in_place(one, inside)))

        enter(schema, scope)
        while way:
            one, rest = way[-1]
            here = id(one)
            if rest:
                other, inside = rest.pop()
                if id(other) in self._in_circle:
                    continue
                if id(other) not in order:
                    enter(other, inside)
                else:
                    # A schema may apply itself without any other.
                    to_themselves |= {here} if other is one else set()
                    lowest[here] = min(lowest[here], order[id(other)])
                continue
            way.pop()
            if way:
                before = id(way[-1][0])
                lowest[before] = min(lowest[before], lowest[here])
            if lowest[here] == order[here]:
                at = len(open_) - 1
                while open_[at] != here:
                    at -= 1
                members = open_[at:]
                del open_[at:]
                is_circle = len(members) > 1 or here in to_themselves
                self._in_circle |= dict.fromkeys(members, is_circle)


def _in_place(schema: dict[str, Any], scope: Any) -> list[tuple[dict[str, Any], Any]]:
    inner: list[Any] = [schema[name] for name in _SINGLE if name in schema]
    for name in _LISTS:
        inner += schema[name] if isinstance(schema.get(name), list) else []
    for name in _NAMED:
        inner += schema[name].values() if isinstance(schema.get(name), dict) else []
    found = [(member, scope) for member in inner if isinstance(member, dict)]
    for _, ref in _references(schema):
        leads = followed(ref, scope)
        if leads is not None and isinstance(leads[0], dict):
            found.append(leads)
    return found
