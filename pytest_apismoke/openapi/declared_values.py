"""What a schema declares of a value, for one who wants to take a property of it. Pure.

Only what holds for every value counts: of `oneOf` and `anyOf` what all branches declare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import reduce
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.records import dataclass

#: Levels of `allOf` and of branches that are followed; a cycle ends here.
_DEEPEST = 8
_NUMBERS = frozenset({"integer", "number"})
_ANY = frozenset({"string", "integer", "number", "boolean", "object", "array"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a schema declares of a value.

    `types` are those it may have besides null. `properties` maps a name to the schemas of which its
    value fits one; `required` are those that must be there. `formats` and `enum` restrict a scalar.
    `name` is that of the component that describes the value, empty where there is none.
    """

    types: frozenset[str] = _ANY
    is_nullable: bool = True
    properties: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: tuple[Node, ...] = ()
    formats: frozenset[str] = frozenset()
    enum: tuple[Any, ...] | None = None
    is_write_only: bool = False
    name: str = ""

    @property
    def scalar(self) -> str:
        """`string`, `integer` or `number`, null aside: what fits into a path; else empty."""
        if self.is_write_only:
            return ""
        if self.types and self.types <= _NUMBERS:
            return "number" if "number" in self.types else "integer"
        return "string" if self.types == {"string"} else ""

    @property
    def is_object(self) -> bool:
        """Whether it is always an object."""
        return self.types == {"object"} and not self.is_nullable

    @property
    def is_list(self) -> bool:
        """Whether it is always a list."""
        return self.types == {"array"} and not self.is_nullable


def declared_by(*nodes: Node, depth: int = 0) -> Declared:
    """What is declared of a value that fits one of some schemas."""
    if depth > _DEEPEST or not nodes:
        return Declared()
    if len(nodes) > 1:
        return _of_branches(nodes, depth)
    (node,) = nodes
    schema, resolver = resolve(node.value, node.resolver)
    if not isinstance(schema, dict):
        return Declared()
    parts = [_of_keywords(schema, resolver)]
    inner = [Node(raw, resolver) for raw in _list(schema, "allOf")]
    parts += (declared_by(one, depth=depth + 1) for one in inner)
    for keyword in ("oneOf", "anyOf"):
        branches = tuple(Node(raw, resolver) for raw in _list(schema, keyword))
        parts += [_of_branches(branches, depth)] if branches else []
    found = reduce(_both, parts)
    if node.value.get("nullable") is True or schema.get("nullable") is True:
        # Wherever it stands, its author means that null is possible.
        found = replace(found, is_nullable=True)
    return replace(found, name=_component(node.value) or found.name)


def at_pointer(node: Node, pointer: str) -> tuple[Declared, bool] | None:
    """What is declared at a JSON Pointer, and whether everything on the way is required.

    None where the schema declares no such place.
    """
    found, is_required = declared_by(node), True
    for name in pointer.split("/")[1:]:
        if found.is_list and name.isdecimal() and found.items:
            found = declared_by(*found.items)
            continue
        known = {step(key): key for key in found.properties}
        if name not in known:
            return None
        is_required = is_required and known[name] in found.required and not found.is_nullable
        found = declared_by(*found.properties[known[name]])
    return found, is_required


def _of_keywords(schema: Mapping[str, Any], resolver: Any) -> Declared:
    properties, items, enum = (schema.get(name) for name in ("properties", "items", "enum"))
    properties = properties if isinstance(properties, dict) else {}
    enum = [schema["const"]] if "const" in schema else enum
    types = schema.get("type")
    types = types if isinstance(types, list) else [types] if isinstance(types, str) else []
    if not types and (properties or isinstance(items, dict)):
        types = ["object" if properties else "array"]
    is_open = not types and not isinstance(enum, list)
    return Declared(
        types=frozenset(types) & _ANY if types else _ANY,
        is_nullable=is_open or "null" in types or (isinstance(enum, list) and None in enum),
        properties={name: (Node(raw, resolver),) for name, raw in properties.items()},
        required=frozenset(name for name in _list(schema, "required") if isinstance(name, str)),
        items=(Node(items, resolver),) if isinstance(items, dict) else (),
        formats=frozenset({str(schema["format"])} if "format" in schema else ()),
        enum=tuple(enum) if isinstance(enum, list) else None,
        is_write_only=schema.get("writeOnly") is True,
    )


def _both(one: Declared, other: Declared) -> Declared:
    """What is declared of a value that fits both."""
    return Declared(
        types=_with_integers(one.types) & _with_integers(other.types),
        is_nullable=one.is_nullable and other.is_nullable,
        properties={**one.properties, **other.properties},
        required=one.required | other.required,
        items=other.items or one.items,
        formats=one.formats | other.formats,
        enum=one.enum if other.enum is None else other.enum,
        is_write_only=one.is_write_only or other.is_write_only,
        name=one.name or other.name,
    )


def _of_branches(branches: Sequence[Node], depth: int) -> Declared:
    known = [declared_by(one, depth=depth + 1) for one in branches]
    # A branch for null alone adds no more than null.
    real = [one for one in known if one.types or not one.is_nullable]
    if len(real) < 2:
        return (
            replace(real[0], is_nullable=len(real) < len(known) or real[0].is_nullable)
            if (real)
            else Declared(types=frozenset())
        )
    shared = [name for name in real[0].properties if all(name in one.properties for one in real)]
    return Declared(
        types=_union(one.types for one in real),
        is_nullable=any(one.is_nullable for one in known),
        properties={
            name: tuple(node for one in real for node in one.properties[name]) for name in shared
        },
        required=frozenset.intersection(*(one.required for one in real)),
        items=tuple(node for one in real for node in one.items) if _all_lists(real) else (),
        formats=_union(one.formats for one in real),
        is_write_only=any(one.is_write_only for one in real),
    )


def _with_integers(types: frozenset[str]) -> frozenset[str]:
    """The types with the integers, if each number fits: one of those is a number too."""
    return types | {"integer"} if "number" in types else types


def _all_lists(known: Iterable[Declared]) -> bool:
    return all(one.items for one in known)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def _list(schema: Mapping[str, Any], name: str) -> list[Any]:
    value = schema.get(name)
    return value if isinstance(value, list) else []


def _component(schema: Any) -> str:
    """The last part of the reference to a component; empty where the schema stands itself."""
    ref = schema.get("$ref") if isinstance(schema, dict) else None
    return ref.rpartition("/")[2] if isinstance(ref, str) else ""
