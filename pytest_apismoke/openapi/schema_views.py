"""Reads the schemas of a spec as views: the same for the same meaning, however it is written. Pure.

References are followed, the parts of `allOf` are merged, and a null that may come is a type,
whether 3.0 says `nullable`, 3.1 lists types, or `anyOf` has a branch for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pytest_apismoke.openapi.refs import Node
from pytest_apismoke.openapi.schema_view import (
    EXACT,
    LOWER,
    SILENT,
    UPPER,
    Branches,
    Part,
    View,
    list_in,
    listed,
    text_of,
)
from pytest_apismoke.schemas.ref_cycles import followed

#: Keywords that are compared as they are written.
_WRITTEN = (
    *("not", "if", "then", "else", "contains", "minContains", "maxContains", "propertyNames"),
    *("dependentRequired", "dependentSchemas", "patternProperties", "unevaluatedItems"),
)
_NOTHING: dict[str, Any] = {"enum": []}
#: How deep the text of a schema goes that stands for it; deeper ones are equal soon enough.
_DEPTH = 4

#: The resolver for the references inside a schema, given that of the object around it.
Inside = Callable[[Any, Any], Any]


class Views:
    """The views of the schemas of one spec, each made once.

    Args:
        version: the first two numbers of the spec's version.
        inside: the resolver inside a schema.

    """

    def __init__(self, version: str, inside: Inside) -> None:
        self._version = version
        self._inside = inside
        self._known: dict[tuple[int, ...], View] = {}
        self._texts: dict[tuple[int, int], str] = {}

    def of(self, nodes: Iterable[Node]) -> View:
        """The view of schemas that all apply to one value."""
        nodes = tuple(nodes)
        ids = tuple(id(node.value) for node in nodes)
        if ids not in self._known:
            parts: dict[int, Part] = {}
            seen: set[int] = set()
            for node in nodes:
                self._collect(node, parts, seen, or_null=False)
            choices = self._merge_choices(parts, seen)
            self._known[ids] = View(
                key=tuple((one, part.or_null) for one, part in parts.items()),
                schemas=nodes,
                parts=tuple(parts.values()),
                choices=choices,
            )
        return self._known[ids]

    def _collect(
        self, node: Node, parts: dict[int, Part], seen: set[int], *, or_null: bool
    ) -> None:
        """Adds the schema, what it refers to, and the parts of its `allOf`."""
        todo = [(node, or_null)]
        while todo:
            (value, resolver), null = todo.pop()
            value = _NOTHING if value is False else value
            if not isinstance(value, dict) or id(value) in seen:
                continue
            seen.add(id(value))
            if "$id" in value and self._version != "3.0":
                resolver = self._inside(value, resolver)
            null = null or (self._version == "3.0" and value.get("nullable") is True)
            for keyword in ("$ref", "$dynamicRef"):
                ref = value.get(keyword)
                if isinstance(ref, str) and (leads := followed(ref, resolver)):
                    todo.append((Node(*leads), null))
            if isinstance(value.get("$ref"), str) and self._version == "3.0":
                # What stands beside it is ignored there, but for the null that its author means.
                continue
            if not _only_leads_on(value):
                parts[id(value)] = Part(Node(value, resolver), null)
            todo += [(Node(one, resolver), null) for one in list_in(value.get("allOf"))]

    def _merge_choices(self, parts: dict[int, Part], seen: set[int]) -> tuple[Branches, ...]:
        """Merges what is an alternative of null alone, and returns the other alternatives."""
        found: list[Branches] = []
        looked_at: set[int] = set()
        while todo := [part for one, part in parts.items() if one not in looked_at]:
            looked_at |= set(parts)
            for part in todo:
                for keyword in ("anyOf", "oneOf"):
                    inner = [part.inner(one) for one in list_in(part.says.get(keyword))]
                    branches = [one for one in inner if not _is_null(one.value)]
                    or_null = part.or_null or len(branches) < len(inner)
                    if len(branches) == 1:
                        self._collect(branches[0], parts, seen, or_null=or_null)
                    elif inner and all(map(_is_type_alone, branches)):
                        # The view keeps it, so that no other object gets its id.
                        types = [one for each in branches for one in listed(each.value["type"])]
                        folded = {"type": types or ["null"]}
                        parts[id(folded)] = Part(Node(folded, part.node.resolver), or_null)
                    elif branches:
                        found.append(Branches(tuple(branches), or_null))
        return tuple(found)

    def text(self, node: Node, depth: int = _DEPTH) -> str:
        """A text that two schemas have in common if they say the same, to a certain depth."""
        view = self.of([node])
        known = (id(view), depth)
        if known not in self._texts:
            self._texts[known] = ""
            self._texts[known] = text_of(self._said(view, depth))
        return self._texts[known]

    def _said(self, view: View, depth: int) -> dict[str, Any]:
        said: dict[str, Any] = {
            "types": None if view.types is None else sorted(view.types),
            "required": sorted(view.required),
            "values": None if view.values is None else sorted(view.values),
            "bounds": [view.bound(keyword) for keyword in (*UPPER, *LOWER)],
            "exact": [sorted(view.exact(keyword)) for keyword in EXACT],
            "closed": view.is_closed,
            "properties": sorted(view.properties),
        }
        if depth > 0:
            said |= {
                "properties": {
                    name: [self.text(one, depth - 1) for one in nodes]
                    for name, nodes in view.properties.items()
                },
                "items": [self.text(one, depth - 1) for one in view.inner("items")],
                "written": self.written(view, depth - 1),
                "choices": [
                    sorted(self.text(one, depth - 1) for one in choice.nodes)
                    for choice in view.choices
                ],
            }
        return said

    def written(self, view: View, depth: int = _DEPTH) -> Mapping[str, str]:
        """The keywords that are compared as they are written, each with its text."""
        return {
            keyword: text_of(
                [self._spelt(part.inner(part.says[keyword]), depth) for part in having]
            )
            for keyword in _WRITTEN
            if (having := [part for part in view.parts if keyword in part.says])
        }

    def _spelt(self, node: Node, depth: int) -> Any:
        """A value with the schemas in it as their texts."""
        value = node.value
        if isinstance(value, list):
            return [self._spelt(Node(one, node.resolver), depth) for one in value]
        if not isinstance(value, dict) or depth <= 0:
            return value if not isinstance(value, dict) else None
        if isinstance(value.get("$ref"), str):
            return self.text(node, depth - 1)
        return {
            key: self._spelt(Node(one, node.resolver), depth - 1)
            for key, one in sorted(value.items())
            if key not in SILENT
        }


def _is_null(schema: Any) -> bool:
    """Whether a branch allows null and nothing else."""
    if not isinstance(schema, dict):
        return False
    if "type" in schema:
        return schema["type"] in ("null", ["null"])
    return schema.get("enum") == [None] or schema.get("const", ...) is None


def _only_leads_on(schema: Mapping[str, Any]) -> bool:
    """Whether a schema says nothing of its own: then it is the same as what it leads to."""
    leads = "$ref" in schema or "allOf" in schema
    return leads and all(
        key in ("$ref", "allOf", *(SILENT - {"readOnly", "writeOnly"})) or key.startswith("x-")
        for key in schema
    )


def _is_type_alone(node: Node) -> bool:
    value = node.value
    return (
        isinstance(value, dict)
        and isinstance(value.get("type"), (str, list))
        and all(key in SILENT or key == "type" or key.startswith("x-") for key in value)
        and not {"object", "array"} & set(listed(value["type"]))
    )


def branch_name(node: Node) -> Iterator[str]:
    """The names by which a branch may be known: that of its component, and its title."""
    if isinstance(node.value, dict):
        for value in (node.value.get("$ref"), node.value.get("title")):
            if isinstance(value, str):
                yield value.rpartition("/")[2]
