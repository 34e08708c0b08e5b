"""Infers a JSON Schema from sample responses, with the library genson.

An inferred schema contains no value of a sample, and no key that is data or a secret.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from genson import SchemaNode
from genson.schema.strategies import BASIC_SCHEMA_STRATEGIES, Number, Object, String

from pytest_apismoke.documents import step
from pytest_apismoke.infer import claims
from pytest_apismoke.redaction import Redactor, is_sensitive
from pytest_apismoke.redaction.token_patterns import contains_token
from pytest_apismoke.schemas.dynamic_keys import looks_like_data

#: The most keys of an object whose values are all of one type; with more it is a map.
_MOST_NAMES = 64
#: The same where the samples have no key in common.
_MOST_NAMES_NOT_SHARED = 8
#: The most keys of an object, whatever the types of its values; with more it is a map.
_MOST_NAMES_AT_ALL = 500


def infer(samples: Sequence[Any], redactor: Redactor) -> dict[str, Any]:
    """A JSON Schema (2020-12) against which every sample is valid.

    Properties that are in every sample are required. What else the samples give reason to claim,
    and which of it is a guess, `claims` decides.
    Keys that look like data or contain a secret are left out: the schema of their values becomes
    `additionalProperties`. Below a sensitive key, no key and no format is written.

    Args:
        samples: JSON values, at least one.
        redactor: knows the secrets of this run.

    Raises:
        RecursionError: when a sample is nested too deeply.

    """
    kind: Any = type("_NodeOfOneSchema", (_Node,), {"redactor": redactor})
    kind.hidden = type("_HiddenNode", (kind,), {"is_hidden": True})
    node = kind()
    for sample in samples:
        node.add_object(sample)
    return {"$schema": claims.DIALECT, **node.to_schema()}


def open_places(schema: Mapping[str, Any], pointer: str = "") -> Iterator[str]:
    """The places of which an inferred schema says nothing yet, such as `/items/*/note`."""
    types = schema.get("type", [])
    if not types or types == "null":
        yield pointer or "/"
    if "array" in types and "items" not in schema:
        yield f"{pointer}/*"
    for name, inner in schema.get("properties", {}).items():
        yield from open_places(inner, f"{pointer}/{step(name)}")
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from open_places(schema[keyword], f"{pointer}/*")


class _String(String):  # type: ignore[misc]  # genson ships no types
    """Strings, and what they give reason to claim."""

    def __init__(self, node_class: type[_Node]) -> None:
        super().__init__(node_class)
        self._strings = claims.Strings()

    def add_object(self, obj: str) -> None:
        self._strings.add(obj)

    def to_schema(self) -> dict[str, Any]:
        return {"type": "string"} if self.node_class.is_hidden else self._strings.schema()


class _Number(Number):  # type: ignore[misc]  # genson ships no types
    """Numbers, which are integers only where their name says so."""

    def to_schema(self) -> dict[str, Any]:
        is_whole = super().to_schema()["type"] == "integer"
        return claims.number(self.node_class.name, is_whole=is_whole)


class _Object(Object):  # type: ignore[misc]  # genson ships no types
    """Objects: records with named properties, maps whose keys are data, or both.

    The kind is decided once all samples are known.
    """

    def __init__(self, node_class: type[_Node]) -> None:
        super().__init__(node_class)
        self._seen: list[dict[str, Any]] = []

    def add_object(self, obj: dict[str, Any]) -> None:
        self._seen.append(obj)

    def to_schema(self) -> dict[str, Any]:
        counts = Counter(name for one in self._seen for name in one)
        names = self._names(counts)
        schema: dict[str, Any] = {"type": "object"}
        required = [name for name in names if counts[name] == len(self._seen)]
        if required:
            schema["required"] = required
        if names:
            schema["properties"] = {name: self._property(name) for name in names}
        if len(names) < len(counts):
            values = (value for one in self._seen for name, value in one.items())
            rest = (value for one in self._seen for name, value in one.items() if name not in names)
            schema["additionalProperties"] = self._merged(rest if names else values)
        return schema

    def _names(self, counts: Mapping[str, int]) -> dict[str, None]:
        """The keys that are names rather than data, in the order of the samples."""
        # Where one key has the form of a secret, the others may be secrets of an unknown form.
        if self.node_class.is_hidden or any(map(contains_token, counts)):
            return {}
        names = dict.fromkeys(name for name in counts if not self._is_data(name))
        mostly_data = len(names) * 2 < len(counts)
        return {} if mostly_data or self._is_map(counts) else names

    def _is_data(self, name: str) -> bool:
        redactor: Redactor = self.node_class.redactor
        return looks_like_data(name) or redactor.text(name) != name

    def _is_map(self, counts: Mapping[str, int]) -> bool:
        if len(counts) > _MOST_NAMES_AT_ALL:
            return True
        shared = any(count == len(self._seen) for count in counts.values())
        if len(counts) <= (_MOST_NAMES if shared else _MOST_NAMES_NOT_SHARED):
            return False
        values = (value for one in self._seen for value in one.values() if value is not None)
        return len({type(value) for value in values}) <= 1

    def _property(self, name: str) -> dict[str, Any]:
        kind = self.node_class.hidden if is_sensitive(name) else self.node_class
        if not kind.is_hidden:
            kind = type("_NamedNode", (self.node_class,), {"name": name})
        return self._merged((one[name] for one in self._seen if name in one), kind)

    def _merged(self, values: Iterator[Any], kind: type[_Node] | None = None) -> dict[str, Any]:
        node = (kind or self.node_class)()
        for value in values:
            node.add_object(value)
        schema: dict[str, Any] = node.to_schema()
        return schema


class _Node(SchemaNode):  # type: ignore[misc]  # genson ships no types
    """A place in the samples; `hidden` is the class for places below a sensitive key.

    The `name` is that of the property here, or of the one that has the list or the map.
    """

    STRATEGIES = (_String, _Number, _Object, *BASIC_SCHEMA_STRATEGIES)
    redactor: ClassVar[Redactor]
    name: ClassVar[str] = ""
    is_hidden: ClassVar[bool] = False
    hidden: ClassVar[type[_Node]]

    def to_schema(self) -> dict[str, Any]:
        """One schema for all types here; a keyword for one type ignores values of the others."""
        found = super().to_schema()
        schemas = found.get("anyOf", [found])
        types: list[str] = []
        comments: list[str] = []
        keywords: dict[str, Any] = {}
        for schema in schemas:
            kind = schema.get("type", [])
            types += [kind] if isinstance(kind, str) else kind
            comments += [schema["$comment"]] if "$comment" in schema else []
            keywords.update({name: value for name, value in schema.items() if name != "type"})
        if comments:
            keywords["$comment"] = " ".join(comments)
        types.sort(key=lambda name: (name == "null", name))
        if types == ["null"]:
            return {"description": claims.NULL_SO_FAR}
        return {"type": types[0] if len(types) == 1 else types, **keywords} if types else {}
