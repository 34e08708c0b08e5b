"""Choose the value that a probe writes. Pure.

A string gets a marker, a boolean is negated, and a number is increased by the number of the write.
Of an object or array one value changes, preferably a string, at the highest level that has any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.documents import ABSENT, lookup, replaced, step
from pytest_apismoke.safewrite.marker import Marker, find, marked

_LARGE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A value to write, and the JSON Pointer (RFC 6901) of its place."""

    pointer: str
    value: Any

    @property
    def key(self) -> str:
        """The document's property that contains the place."""
        return key_of(self.pointer)

    def update(self, document: dict[str, Any]) -> dict[str, Any]:
        """The body of the update: the one property that changes, whole."""
        return {self.key: self.written_to(document)[self.key]}

    def written_to(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document as it should be after the update."""
        return dict(replaced(document, self.pointer, self.value))


def key_of(pointer: str) -> str:
    """The key of the document's property that a pointer leads to or into."""
    return pointer.split("/")[1].replace("~1", "/").replace("~0", "~")


def choose_field(document: Mapping[str, Any], pointers: Sequence[str]) -> str:
    """The field to probe: the first that holds text, or else the first that is no object or list.

    Args:
        document: the original.
        pointers: the candidates, in order; at least one.

    """
    held = [(pointer, lookup(document, pointer)) for pointer in pointers]
    texts = [pointer for pointer, value in held if isinstance(value, str) and value]
    plain = [
        pointer
        for pointer, value in held
        if value is not ABSENT and not isinstance(value, (dict, list))
    ]
    present = [pointer for pointer, value in held if value is not ABSENT]
    return [*texts, *plain, *present, pointers[-1]][0]


def choose(
    document: dict[str, Any],
    pointer: str,
    *,
    run_id: str,
    turn: int,
    lease_s: int,
    limit: int | None = None,
) -> Probe | None:
    """The probe of one write, or None if no value at the pointer can carry one.

    Args:
        document: the original.
        pointer: the probe field.
        run_id: 8 hexadecimal digits.
        turn: the number of this write in its run, from 1; two turns write different values.
        lease_s: how long the run may need the probe, in seconds.
        limit: the maximum length of the field, if known.

    """
    place = place_of(document, pointer)
    if place is None:
        return None
    before = lookup(document, place)
    value: Any
    if isinstance(before, bool):
        value = before if turn % 2 == 0 else not before
    elif isinstance(before, (int, float)):
        # Adding to a large float may not change it.
        is_large = isinstance(before, float) and abs(before) > _LARGE
        value = before / (turn + 1) if is_large else before + turn
    else:
        value = marked(before, run_id=run_id, turn=turn, lease_s=lease_s, limit=limit)
    return Probe(pointer=place, value=value)


def place_of(document: Mapping[str, Any], pointer: str) -> str | None:
    """The pointer to a value, at or below `pointer`, that can be changed; strings first."""
    value = lookup(document, pointer)
    if not isinstance(value, (dict, list)):
        return pointer
    leaves = [
        (f"{pointer}/{name}", leaf)
        for name, leaf in _items(value)
        if leaf is not None and not isinstance(leaf, (dict, list))
    ]
    strings = [place for place, leaf in leaves if isinstance(leaf, str)]
    if leaves:
        return strings[0] if strings else leaves[0][0]
    for name, inner in _items(value):
        if isinstance(inner, (dict, list)) and (place := place_of(document, f"{pointer}/{name}")):
            return place
    return None


def marker_in(document: Mapping[str, Any], pointer: str) -> Marker | None:
    """The marker of a probe in the field, if any."""
    place = place_of(document, pointer)
    return None if place is None else find(lookup(document, place))


def without_marker(document: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """The document before the probe in the field was written."""
    place, marker = place_of(document, pointer), marker_in(document, pointer)
    return dict(document if marker is None else replaced(document, place or "", marker.original))


def _items(value: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(str(index), item) for index, item in enumerate(value)]
    return [(step(key), item) for key, item in value.items()]
