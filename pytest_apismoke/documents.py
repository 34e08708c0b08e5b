"""JSON documents as values: look up a place, describe a value, compare two documents. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

#: Stands for a member that is not there; None is a value.
ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "absent"})()


def lookup(document: object, pointer: str) -> Any:
    """The value at a JSON Pointer (RFC 6901), or `ABSENT`."""
    value: Any = document
    for raw in pointer.split("/")[1:]:
        key = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def describe(value: object) -> str:
    """A value in words that fit a message: its type, and the value where it is short and plain."""
    if value is ABSENT:
        return "nothing (the field is absent)"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "the boolean true" if value else "the boolean false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 60 else f"a text of {len(value)} characters"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"an object with {', '.join(map(repr, list(value)[:5])) or 'no members'}"  # type: ignore[call-overload]  # JSON has no other type


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
        ignoring: JSON Pointers of members that are not compared.

    """
    return tuple(_differences(before, after, "", frozenset(ignoring)))


def _differences(
    before: object, after: object, pointer: str, ignoring: frozenset[str]
) -> Iterator[Difference]:
    if pointer in ignoring:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _differences(
                before.get(key, ABSENT), after.get(key, ABSENT), f"{pointer}/{step}", ignoring
            )
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{pointer}/{index}", ignoring)
    # JSON tells true from 1, Python's == does not.
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield Difference(pointer=pointer, before=before, after=after)
