"""`writeOnly` properties: never required in a response, reported when present.

A property is `writeOnly` when any part of the schema that always applies says so: behind a
reference, in a part of `allOf`, or in the only branch of `oneOf` or `anyOf` besides null.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_apismoke.schemas.jsonschema_internals import SchemaResolver, once
from pytest_apismoke.schemas.ref_cycles import followed

_BRANCHES = ("oneOf", "anyOf")


def is_write_only(name: str, schema: Any, resolver: SchemaResolver) -> bool:
    """Whether a schema declares a property as `writeOnly`; see `is_marked`."""
    return is_marked(name, schema, resolver, "writeOnly")


def is_marked(name: str, schema: Any, resolver: SchemaResolver, keyword: str) -> bool:
    """Whether a schema declares a property with a keyword that is true, such as `readOnly`.

    Args:
        name: the property's key.
        schema: the schema of the object that has the property.
        resolver: the resolver for the schema's references.
        keyword: the keyword.

    """
    return once(_is_marked, schema, resolver, name, keyword)


def _is_marked(schema: Any, resolver: SchemaResolver, name: str, keyword: str) -> bool:
    for current, scope in _always(schema, resolver):
        properties = current.get("properties")
        inner = properties.get(name) if isinstance(properties, dict) else None
        if any(one.get(keyword) is True for one, _ in _always(inner, scope)):
            return True
    return False


def _always(
    schema: Any, resolver: SchemaResolver
) -> Iterator[tuple[dict[str, Any], SchemaResolver]]:
    """A schema and every subschema that applies whenever it does, each with its resolver."""
    todo = [(schema, resolver)]
    seen: set[int] = set()
    while todo:
        current, scope = todo.pop()
        if not isinstance(current, dict) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current, scope
        if isinstance(ref := current.get("$ref"), str):
            leads = followed(ref, scope)
            todo += [leads] if leads is not None else []
        todo += [(part, scope) for part in listed(current, "allOf")]
        for keyword in _BRANCHES:
            branches = [one for one in listed(current, keyword) if not is_null(one)]
            todo += [(branches[0], scope)] if len(branches) == 1 else []


def listed(schema: dict[str, Any], keyword: str) -> list[Any]:
    """The list under a keyword; empty where there is none."""
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


def is_null(schema: Any) -> bool:
    """Whether a schema allows nothing but null."""
    return isinstance(schema, dict) and schema.get("type") == "null"
