"""Reads YAML 1.2 as JSON values.

PyYAML's own loaders follow YAML 1.1, where `NO` is a boolean. They also build a node for every
value, which takes three times as long as reading the parser's events as this module does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isinf
from typing import Any

import yaml

from pytest_apismoke.documents import name_of
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.schemas.json_text import DEEPEST

#: How many values a document may contain once its aliases are expanded.
MOST_VALUES = 1_000_000

_TAG = "tag:yaml.org,2002:"
#: Plain scalars that are not strings (YAML 1.2.2, 10.3.2), without the values JSON does not have.
_PLAIN = late_pattern(
    r"(?P<null>null|Null|NULL|~|)"
    r"|(?P<bool>true|True|TRUE|false|False|FALSE)"
    r"|(?P<int>[-+]?[0-9]{1,4000}|0x[0-9a-fA-F]{1,4000}|0o[0-7]{1,4000})"
    r"|(?P<float>[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)"
)
_BASES = {"0x": 16, "0o": 8}
_CONVERT: Mapping[str, Callable[[str], Any]] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": lambda text: int(text, _BASES.get(text[:2], 10)),
    "float": float,
}


def parse_yaml(text: str, label: str) -> Any:
    """Parses YAML to a JSON value; every key is the string that the document has.

    Args:
        text: the content of the file.
        label: names the file in messages.

    Raises:
        SmokeError: (`usage`) when it is not YAML, has values that JSON lacks, repeats a key, or
            expands to more than a million values.

    """
    try:
        return _Reader(text, label).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        seen, where = error.problem or "something else", f"{label}{place}"
        if "nesting depth" in seen:
            # Newer versions of the parser have a limit of their own; it may be reached before ours.
            raise _refusal(*_TOO_DEEP, where) from None
    except yaml.YAMLError as error:
        seen, where = str(error).splitlines()[0], label
    raise _refusal("valid YAML", seen, where)


class _Reader:
    """Builds one document from the parser's events; an alias shares the value of its anchor."""

    def __init__(self, text: str, label: str) -> None:
        self._label = label
        self._events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        #: By anchor: its value and how many values that contains; None until it is complete.
        self._anchors: dict[str, tuple[Any, int] | None] = {}
        self._values = 0

    def document(self) -> Any:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value, _ = self._value(next(self._events), 0)
        next(self._events)
        if isinstance(event := next(self._events), yaml.DocumentStartEvent):
            raise self._refused("one document", "a second one", event)
        return value

    def _value(self, event: Any, depth: int) -> tuple[Any, int]:
        self._values += 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if isinstance(event, yaml.ScalarEvent):
            found = self._scalar(event), 1
        else:
            self._check_collection(event, depth)
            if event.anchor:
                self._anchors[event.anchor] = None
            is_list = isinstance(event, yaml.SequenceStartEvent)
            found = self._list(depth + 1) if is_list else self._mapping(depth + 1)
        if event.anchor:
            self._anchors[event.anchor] = found
        return found

    def _check_collection(self, event: Any, depth: int) -> None:
        kind = "seq" if isinstance(event, yaml.SequenceStartEvent) else "map"
        if event.tag not in (None, "!", f"{_TAG}{kind}"):
            raise self._refused("values that JSON can represent", f"the tag {event.tag!r}", event)
        if depth >= DEEPEST:
            raise self._refused(*_TOO_DEEP, event)

    def _list(self, depth: int) -> tuple[list[Any], int]:
        values, size = [], 1
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value, value_size = self._value(event, depth)
            size = self._sum(size, value_size, event)
            values.append(value)
        return values, size

    def _mapping(self, depth: int) -> tuple[dict[str, Any], int]:
        properties: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        size = 1
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, properties)
            # Quoted, it is a key like any other.
            is_merge = key == "<<" and event.implicit[0]
            value, value_size = self._value(event := next(self._events), depth)
            size = self._sum(size, value_size, event)
            if is_merge:
                merged += self._mappings(value, event)
            else:
                properties[key] = value
        for name, value in (pair for other in merged for pair in other.items()):
            properties.setdefault(name, value)
        return properties, size

    def _key(self, event: Any, properties: dict[str, Any]) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            seen = {yaml.AliasEvent: "an alias", yaml.SequenceStartEvent: "a list"}
            raise self._refused("strings as keys", seen.get(type(event), "a mapping"), event)
        key: str = event.value
        if key in properties:
            raise self._refused("valid YAML", f"the key {key!r} twice in one object", event)
        if event.anchor:
            self._anchors[event.anchor] = key, 1
        return key

    def _alias(self, event: Any) -> tuple[Any, int]:
        found = self._anchors.get(event.anchor)
        if found is None:
            is_inside = event.anchor in self._anchors
            why = " inside its own anchor" if is_inside else " without an anchor"
            seen = f"the alias *{event.anchor}{why}"
            raise self._refused("an alias of an anchor before it", seen, event)
        return found

    def _sum(self, size: int, value_size: int, event: Any) -> int:
        """The number of values in a collection after adding one; limits how far aliases expand."""
        if size + value_size > max(MOST_VALUES, 2 * self._values):
            expected = f"at most {MOST_VALUES:,} values"
            raise self._refused(expected, "aliases that expand to far more", event)
        return size + value_size

    def _mappings(self, value: Any, event: Any) -> list[dict[str, Any]]:
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(one, dict) for one in found):
            raise self._refused("a mapping to merge", "something else", event)
        return found

    def _scalar(self, event: Any) -> Any:
        text, tag = event.value, event.tag
        if tag in ("!", f"{_TAG}str") or (tag is None and not event.implicit[0]):
            return text
        found = _PLAIN.fullmatch(text)
        kind = found.lastgroup if found else None
        if kind == "int" and tag == f"{_TAG}float" and text[:2] not in _BASES:
            kind = "float"
        if kind and tag in (None, f"{_TAG}{kind}"):
            value = _CONVERT[kind](text)
            if not (isinstance(value, float) and isinf(value)):
                return value
        if tag is None:
            return text
        raise self._refused(
            "values that JSON can represent", f"{text!r} with the tag {tag!r}", event
        )

    def _refused(self, expected: str, seen: str, event: Any) -> SmokeError:
        mark = event.start_mark
        return _refusal(
            expected, seen, f"{self._label}, line {mark.line + 1}, column {mark.column + 1}"
        )


_TOO_DEEP = (f"at most {DEEPEST} levels of nesting", "more")


def _refusal(expected: str, seen: str, where: str) -> SmokeError:
    return misconfigured(expected=expected, seen=seen, where=where, hint="correct the file")


# -- where things stand ---------------------------------------------------------------------------


def nodes_of(text: str) -> Any:
    """The nodes of a valid YAML document, which know where they stand.

    They are no objects yet: an alias shares the node of its anchor, however often it stands.
    """
    return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def line_in_yaml(node: Any, pointer: str) -> int:
    """The line, from 1, of what a JSON Pointer leads to; else of the nearest thing around it.

    Args:
        node: of the document, as `nodes_of` finds it.
        pointer: into it.

    """
    mark = node.start_mark if node else None
    for token in pointer.split("/")[1:]:
        found = _child(node, name_of(token))
        if found is None:
            break
        mark, node = found
    return mark.line + 1 if mark else 1


def _child(node: Any, name: str) -> tuple[Any, Any] | None:
    """The mark of the key, or of the item, of a name in a node, and the node there."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, one) for key, one in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode):
        items = enumerate(node.value)
        return next(((one.start_mark, one) for at, one in items if str(at) == name), None)
    return None
