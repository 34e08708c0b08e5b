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
    for schema, scope in subschemas(resource, resolver):
        for keyword, ref in _references(schema):
            if followed(ref, scope) is None:
                yield Problem(schema=schema, ref=ref, keyword=keyword)
            elif comes_back(schema, scope):
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


def comes_back(schema: dict[str, Any], scope: Any) -> bool:
    """Whether applying a schema to a value applies it to the same value again."""
    todo = _in_place(schema, scope)
    seen: set[int] = set()
    while todo:
        current, inside = todo.pop()
        if current is schema:
            return True
        if id(current) in seen:
            continue
        seen.add(id(current))
        todo += _in_place(current, inside)
    return False


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
