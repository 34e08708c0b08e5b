"""Infers a schema from samples: what all answers so far have in common; the only user of genson.

A schema that was inferred never holds a value, and of the names only those that somebody gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from genson import SchemaNode
from genson.schema.strategies import BASIC_SCHEMA_STRATEGIES, Object, String

from pytest_apismoke.documents import step
from pytest_apismoke.redaction import Redactor, is_sensitive
from pytest_apismoke.redaction.token_patterns import contains_token
from pytest_apismoke.schemas.dynamic_keys import looks_like_data
from pytest_apismoke.schemas.formats import (
    is_date,
    is_date_time,
    is_e164,
    is_email,
    is_uri,
    is_uuid,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NULL_SO_FAR = "null in every sample: what else it may be is not known yet"

#: The formats that a contract's check really looks at, and that a text does not have by chance.
_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date-time": is_date_time,
    "date": is_date,
    "uuid": is_uuid,
    "email": is_email,
    "e164": is_e164,
    # Any word before a colon is the scheme of some URI.
    "uri": lambda text: "://" in text and is_uri(text),
}
#: An object with more names than this, whose values are all of one type, is taken for a map.
_MOST_NAMES = 64
#: The same for objects that have no name in common.
_MOST_NAMES_NOT_SHARED = 8
#: Nobody has given more names than this to the members of one object, whatever their types.
_MOST_NAMES_AT_ALL = 500


def infer(samples: Sequence[Any], redactor: Redactor) -> dict[str, Any]:
    """The JSON Schema (2020-12) that every sample is valid against.

    Members that are in every sample are required; others may be there. A text's format is named
    where every text seen has it. Names that look like data, or hold a secret, are not written:
    what stands behind them becomes `additionalProperties`. Below a member with a sensitive name
    no name is written, and no format.

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
    return {"$schema": DIALECT, **node.to_schema()}


def open_places(schema: Mapping[str, Any], pointer: str = "") -> Iterator[str]:
    """Where a schema that was inferred says nothing yet, for a reader: `/items/*/note`."""
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


class _Text(String):  # type: ignore[misc]  # genson ships no types
    """Texts, and the formats that all of them have."""

    def __init__(self, node_class: type[_Node]) -> None:
        super().__init__(node_class)
        self._formats = list(_FORMATS)

    def add_object(self, obj: str) -> None:
        self._formats = [name for name in self._formats if _FORMATS[name](obj)]

    def to_schema(self) -> dict[str, Any]:
        is_said = self._formats and not self.node_class.is_hidden
        return {"type": "string", **({"format": self._formats[0]} if is_said else {})}


class _Object(Object):  # type: ignore[misc]  # genson ships no types
    """Objects, as records with known names, as maps, or as a record that is a map besides.

    Which it is can be told only once all have been seen.
    """

    def __init__(self, node_class: type[_Node]) -> None:
        super().__init__(node_class)
        self._seen: list[dict[str, Any]] = []

    def add_object(self, obj: dict[str, Any]) -> None:
        self._seen.append(obj)

    def to_schema(self) -> dict[str, Any]:
        counts = Counter(name for one in self._seen for name in one)
        given = self._given_names(counts)
        schema: dict[str, Any] = {"type": "object"}
        required = [name for name in given if counts[name] == len(self._seen)]
        if required:
            schema["required"] = required
        if given:
            schema["properties"] = {name: self._member(name) for name in given}
        if len(given) < len(counts):
            values = (value for one in self._seen for name, value in one.items())
            rest = (value for one in self._seen for name, value in one.items() if name not in given)
            schema["additionalProperties"] = self._merged(rest if given else values)
        return schema

    def _given_names(self, counts: Mapping[str, int]) -> dict[str, None]:
        """The names that somebody gave, in the order in which they came."""
        # Where one is a key of a known kind, the others may be such as nobody recognises.
        if self.node_class.is_hidden or any(map(contains_token, counts)):
            return {}
        given = dict.fromkeys(name for name in counts if not self._is_data(name))
        mostly_data = len(given) * 2 < len(counts)
        return {} if mostly_data or self._is_map(counts) else given

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

    def _member(self, name: str) -> dict[str, Any]:
        kind = self.node_class.hidden if is_sensitive(name) else self.node_class
        return self._merged((one[name] for one in self._seen if name in one), kind)

    def _merged(self, values: Iterator[Any], kind: type[_Node] | None = None) -> dict[str, Any]:
        node = (kind or self.node_class)()
        for value in values:
            node.add_object(value)
        schema: dict[str, Any] = node.to_schema()
        return schema


class _Node(SchemaNode):  # type: ignore[misc]  # genson ships no types
    """A place in the samples; `hidden` is the class for places below a sensitive name."""

    STRATEGIES = (_Text, _Object, *BASIC_SCHEMA_STRATEGIES)
    redactor: ClassVar[Redactor]
    is_hidden: ClassVar[bool] = False
    hidden: ClassVar[type[_Node]]

    def to_schema(self) -> dict[str, Any]:
        """One schema for all types seen here: no keyword of one type speaks of another."""
        found = super().to_schema()
        schemas = found.get("anyOf", [found])
        types: list[str] = []
        keywords: dict[str, Any] = {}
        for schema in schemas:
            kind = schema.get("type", [])
            types += [kind] if isinstance(kind, str) else kind
            keywords.update({name: value for name, value in schema.items() if name != "type"})
        types.sort(key=lambda name: (name == "null", name))
        if types == ["null"]:
            return {"description": NULL_SO_FAR}
        return {"type": types[0] if len(types) == 1 else types, **keywords} if types else {}
