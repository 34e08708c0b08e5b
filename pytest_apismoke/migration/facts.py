"""One JSON Schema of what is said about the values of an answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_apismoke.migration.model import Fact
from pytest_apismoke.redaction import is_sensitive


def schema_of(facts: Sequence[Fact]) -> dict[str, Any]:
    """The schema; empty without facts. Values below sensitive names are left out of it."""
    root: dict[str, Any] = {}
    for fact in facts:
        node = root
        for step in fact.steps:
            node = _inside(node, step)
        for name, value in _told(fact).items():
            node.setdefault(name, value)
    return root


def pointer_of(steps: Sequence[str | int]) -> str:
    """The JSON Pointer (RFC 6901) to a value."""
    return "".join(f"/{str(one).replace('~', '~0').replace('/', '~1')}" for one in steps)


def is_writable(value: object) -> bool:
    """Whether TOML can hold a value: it has no null."""
    return "null" not in json.dumps(value) or _has_no_null(value)


def _has_no_null(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_has_no_null, value.values()))
    if isinstance(value, list):
        return all(map(_has_no_null, value))
    return value is not None


def _told(fact: Fact) -> Mapping[str, Any]:
    names = (one for one in fact.steps if isinstance(one, str))
    if not any(map(is_sensitive, names)):
        return fact.keywords
    return {name: one for name, one in fact.keywords.items() if name not in ("const", "enum")}


def _inside(node: dict[str, Any], step: str | int) -> dict[str, Any]:
    if isinstance(step, str):
        node.setdefault("type", "object")
        required: list[str] = node.setdefault("required", [])
        if step not in required:
            required.append(step)
        named: dict[str, Any] = node.setdefault("properties", {}).setdefault(step, {})
        return named
    node.setdefault("type", "array")
    items: list[dict[str, Any]] = node.setdefault("prefixItems", [])
    while len(items) <= step:
        items.append({})
    node["minItems"] = max(node.get("minItems", 0), step + 1)
    return items[step]
