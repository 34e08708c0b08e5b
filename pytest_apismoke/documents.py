"""Looks up, replaces, describes and compares values of JSON documents. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

#: The value of a property that is absent; None is JSON's null.
ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "absent"})()

#: An array index of RFC 6901; no array needs more digits.
_INDEX = late_pattern(r"0|[1-9][0-9]{0,8}")


def lookup(document: object, pointer: str) -> Any:
    """The value at a JSON Pointer (RFC 6901), or `ABSENT`."""
    value: Any = document
    for raw in pointer.split("/")[1:]:
        key = name_of(raw)
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def member(document: object, place: str) -> Any:
    """The value of a property by its name, or at a JSON Pointer, which begins with '/'."""
    if place.startswith("/"):
        return lookup(document, place)
    return document.get(place, ABSENT) if isinstance(document, dict) else ABSENT


def members(document: object, place: str) -> list[tuple[str, Any]]:
    """The values at a name or a JSON Pointer, in which `*` stands for each item of a list.

    Each comes with its own place. A list at the end stands for its items, unless it is empty.
    """
    if not place.startswith("/"):
        found = [(place, member(document, place))]
        pointer = f"/{step(place)}"
    else:
        found, pointer = [("", document)], place
        for raw in place.split("/")[1:]:
            found = [one for held in found for one in _below(*held, raw)]
    if len(found) == 1 and isinstance(found[0][1], list) and found[0][1]:
        return [(f"{pointer}/{index}", item) for index, item in enumerate(found[0][1])]
    return found


def _below(place: str, value: Any, raw: str) -> list[tuple[str, Any]]:
    if raw == "*" and isinstance(value, list):
        return [(f"{place}/{index}", item) for index, item in enumerate(value)]
    return [(f"{place}/{raw}", ABSENT if value is ABSENT else lookup(value, f"/{raw}"))]


def lies_in_an_empty_list(document: object, pointer: str) -> bool:
    """Whether a JSON Pointer leads to an item of a list that has none."""
    places = [match.start() for match in re.finditer("/", pointer)]
    return any(lookup(document, pointer[:at]) == [] for at in places)


def replaced(document: Any, pointer: str, value: Any) -> Any:
    """A copy with another value at a JSON Pointer; `ABSENT` removes the property.

    Only the containers along the pointer are copied. Missing objects along it are created.
    """
    if not pointer:
        return value
    if value is ABSENT and lookup(document, pointer) is ABSENT:
        return document
    head, _, rest = pointer[1:].partition("/")
    key = name_of(head)
    inner = f"/{rest}" if rest or pointer.count("/") > 1 else ""
    if isinstance(document, list):
        index = int(key)
        item = replaced(document[index], inner, value)
        return [*document[:index], *([] if item is ABSENT else [item]), *document[index + 1 :]]
    properties = dict(document) if isinstance(document, dict) else {}
    properties[key] = replaced(properties.get(key), inner, value)
    if properties[key] is ABSENT:
        del properties[key]
    return properties


def describe(value: object) -> str:
    """A phrase for a message: the type of a JSON value, and the value itself if it is short."""
    if value is ABSENT:
        return "nothing (the field is absent)"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "the boolean true" if value else "the boolean false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return (
            f"the string {value!r}" if len(value) <= 60 else f"a string of {len(value)} characters"
        )
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"an object with {', '.join(map(repr, list(value)[:5])) or 'no properties'}"  # type: ignore[call-overload]  # JSON has no other type


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where two documents differ; `before` or `after` is `ABSENT` where it is missing."""

    pointer: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.after is ABSENT:
            return f"{self.pointer} is gone"
        if self.before is ABSENT:
            return f"{self.pointer} is new"
        return f"{self.pointer} was {describe(self.before)} and is {describe(self.after)}"


def differences(
    before: object, after: object, *, ignoring: Collection[str] = ()
) -> tuple[Difference, ...]:
    """Every place where the documents differ, in document order.

    Args:
        before: a JSON value.
        after: a JSON value.
        ignoring: JSON Pointers of properties that are not compared.

    """
    return tuple(_differences(before, after, frozenset(ignoring)))


def _differences(before: object, after: object, ignoring: frozenset[str]) -> Iterator[Difference]:
    # Not recursive: a document may be nested deeper than Python's recursion limit.
    todo: list[tuple[str, Any, Any]] = [("", before, after)]
    while todo:
        pointer, one, other = todo.pop()
        if pointer in ignoring:
            continue
        children = _children(pointer, one, other)
        if children is not None:
            todo += reversed(children)
        elif _is_other(one, other):
            yield Difference(pointer=pointer, before=one, after=other)


def _children(pointer: str, one: Any, other: Any) -> list[tuple[str, Any, Any]] | None:
    """The pairs below two objects, or two lists of one length; None for any other values."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = dict.fromkeys([*one, *other])
        return [
            (f"{pointer}/{step(key)}", one.get(key, ABSENT), other.get(key, ABSENT)) for key in keys
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return [(f"{pointer}/{index}", *pair) for index, pair in enumerate(pairs)]
    return None


def property_name(pointer: str) -> str:
    """The name of the property, or the index of the item, that a JSON Pointer ends with."""
    return name_of(pointer.rpartition("/")[2])


def key_of(pointer: str) -> str:
    """The name of the document's property that a JSON Pointer leads to or into."""
    return name_of(pointer.split("/")[1])


def step(key: object) -> str:
    """A property's name as a token of a JSON Pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def name_of(step_: str) -> str:
    """The name of a property whose token in a JSON Pointer this is; the inverse of `step`."""
    return step_.replace("~1", "/").replace("~0", "~")


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal; unlike in Python, true and 1 are not."""
    return not differences(one, other)


def _is_other(one: object, other: object) -> bool:
    """Whether two values differ that `_children` can't compare; true and 1 do."""
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return True
    return one != other or isinstance(one, bool) != isinstance(other, bool)
