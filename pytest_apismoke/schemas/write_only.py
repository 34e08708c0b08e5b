"""Members that are only ever sent (`writeOnly`): the one rule for what owes them, and misses them.

A schema says so of a member in any part of it that always holds: behind references, in the parts
of `allOf`, and in the only branch of `oneOf` or `anyOf` besides null.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_apismoke.schemas.ref_cycles import followed

_BRANCHES = ("oneOf", "anyOf")


def is_only_sent(name: str, schema: Any, resolver: Any) -> bool:
    """Whether a schema says of a member that no answer has to have it, and none may.

    Args:
        name: of the member.
        schema: of the object that the member is in.
        resolver: a resolver of `referencing` for the schema's references.

    """
    for current, scope in _always(schema, resolver):
        properties = current.get("properties")
        member = properties.get(name) if isinstance(properties, dict) else None
        if any(one.get("writeOnly") is True for one, _ in _always(member, scope)):
            return True
    return False


def _always(schema: Any, resolver: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """A schema and everything that holds wherever it holds, each with its resolver."""
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
    """The schemas of a keyword; none where it is not there, or no list."""
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


def is_null(schema: Any) -> bool:
    """Whether a schema allows nothing but null."""
    return isinstance(schema, dict) and schema.get("type") == "null"
