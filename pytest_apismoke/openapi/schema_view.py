"""What the schema objects of one place of a body say together. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from pytest_apismoke.openapi.refs import Node

#: Keywords that bound a value from above and from below.
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
#: Keywords that can only be compared for being there: one more of them allows less.
EXACT = ("format", "pattern", "multipleOf", "uniqueItems")
#: Keywords that say nothing about the value.
SILENT = frozenset(
    {
        *("title", "description", "summary", "example", "examples", "default", "deprecated"),
        *("externalDocs", "xml", "$comment", "$id", "$anchor", "$schema", "$defs", "definitions"),
        *("discriminator", "readOnly", "writeOnly", "$dynamicAnchor"),
    }
)
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


class Part(NamedTuple):
    """One of the schema objects that apply to a value; `or_null` tells that null may come too."""

    node: Node
    or_null: bool

    @property
    def says(self) -> dict[str, Any]:
        """The keywords of the object."""
        value: dict[str, Any] = self.node.value
        return value

    def inner(self, value: Any) -> Node:
        """A schema inside the object."""
        return Node(value, self.node.resolver)


class Branches(NamedTuple):
    """The alternatives of an `anyOf` or `oneOf`, without that for null."""

    nodes: tuple[Node, ...]
    or_null: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """What the schema objects of one place say together.

    `key` is the same for two views of the same objects; `schemas` are those that it was made of,
    and `choices` the alternatives in them that could not be merged.
    """

    key: tuple[tuple[int, bool], ...]
    parts: tuple[Part, ...] = field(repr=False)
    schemas: tuple[Node, ...] = field(repr=False)
    choices: tuple[Branches, ...] = ()

    @cached_property
    def types(self) -> frozenset[str] | None:
        """The types that a value may have, an integer being a number too; None for any."""
        found: frozenset[str] | None = None
        for part in self.parts:
            types = _types_of(part.says)
            if types is not None:
                types = types | {"null"} if part.or_null else types
                found = types if found is None else found & types
        return found

    @cached_property
    def properties(self) -> Mapping[str, tuple[Node, ...]]:
        """The schemas of each property."""
        found: dict[str, tuple[Node, ...]] = {}
        for part in self.parts:
            for name, schema in object_in(part.says.get("properties")).items():
                found[name] = (*found.get(name, ()), part.inner(schema))
        return found

    @cached_property
    def required(self) -> frozenset[str]:
        """The properties that have to be there."""
        return frozenset(
            name
            for part in self.parts
            for name in list_in(part.says.get("required"))
            if isinstance(name, str)
        )

    @property
    def is_closed(self) -> bool:
        """Whether other properties are refused."""
        words = ("additionalProperties", "unevaluatedProperties")
        return any(part.says.get(word) is False for part in self.parts for word in words)

    def inner(self, keyword: str) -> tuple[Node, ...]:
        """The schemas under a keyword that has one schema."""
        found = (part.inner(part.says[keyword]) for part in self.parts if keyword in part.says)
        return tuple(node for node in found if isinstance(node.value, (dict, bool)))

    @property
    def first_items(self) -> tuple[Node, ...]:
        """The schemas of the first items of an array, which have one each."""
        return tuple(
            part.inner(one) for part in self.parts for one in list_in(part.says.get("prefixItems"))
        )

    @cached_property
    def values(self) -> Mapping[str, Any] | None:
        """The values that are allowed, by their text; None for any. Null is among the types."""
        found: dict[str, Any] | None = None
        for part in self.parts:
            listed = [part.says["const"]] if "const" in part.says else part.says.get("enum")
            if isinstance(listed, list) and listed:
                values = {text_of(one): one for one in listed if one is not None}
                found = values if found is None else {k: v for k, v in found.items() if k in values}
        return found

    def bound(self, keyword: str) -> float | None:
        """The narrowest value of a keyword that bounds a number or a length."""
        found = [one for part in self.parts if (one := _bound(part.says, keyword)) is not None]
        return (min if keyword in UPPER else max)(found) if found else None

    def exact(self, keyword: str) -> frozenset[str]:
        """What a keyword says, as texts."""
        found = (part.says.get(keyword) for part in self.parts)
        return frozenset(text_of(one) for one in found if one not in (None, False))

    def has(self, keyword: str) -> bool:
        """Whether a switch such as `readOnly` is on."""
        return any(part.says.get(keyword) is True for part in self.parts)

    @property
    def is_bare(self) -> bool:
        """Whether it says nothing but its alternatives."""
        silent = SILENT | {"anyOf", "oneOf", "$ref", "allOf", "nullable"}
        return all(key in silent or key.startswith("x-") for p in self.parts for key in p.says)


def _types_of(says: Mapping[str, Any]) -> frozenset[str] | None:
    """The types that one object names or implies; None where any will do."""
    named = [one for one in listed(says.get("type")) if isinstance(one, str)]
    values = says.get("enum", [says["const"]] if "const" in says else None)
    if not named and isinstance(values, list):
        # The values tell their types; where there are none, nothing is allowed.
        return _widened(map(_type_of, values))
    if not named and any(key in says for key in ("properties", "additionalProperties")):
        named = ["object"]
    if not named and ("items" in says or "prefixItems" in says):
        named = ["array"]
    return _widened(named) if named else None


def _widened(names: Iterable[str]) -> frozenset[str]:
    found = frozenset(names)
    return found | {"integer"} if "number" in found else found


def _type_of(value: Any) -> str:
    return _TYPES.get(type(value), "array" if isinstance(value, list) else "object")


def _bound(says: Mapping[str, Any], keyword: str) -> float | None:
    value = says.get(keyword)
    if keyword.startswith("exclusive"):
        # In 3.0 it is a switch beside the other one.
        value = says.get(f"m{keyword[10:]}") if value is True else value
    elif says.get(f"exclusiveM{keyword[1:]}") is True:
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None


def text_of(value: Any) -> str:
    """A text that equal JSON values have in common."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def object_in(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_in(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def listed(value: Any) -> list[Any]:
    """The value if it is a list, else a list of it; nothing is an empty one."""
    return value if isinstance(value, list) else [] if value is None else [value]
