"""What to write into a field to see whether it is kept. Pure.

A text gets a marker; a boolean is turned around, a number moved by the number of the write. Of an
object or a list one member is changed, a text if its highest level with any value has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.documents import lookup, replaced, step
from pytest_apismoke.safewrite.marker import Marker, find, marked

_LARGE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A value to write: `pointer` (RFC 6901) is where, `field` the member of the document."""

    pointer: str
    value: Any

    @property
    def field(self) -> str:
        """The member of the document that holds the place."""
        return field_of(self.pointer)

    def update(self, document: dict[str, Any]) -> dict[str, Any]:
        """The body of the update: the one member that changes, whole."""
        return {self.field: self.written_to(document)[self.field]}

    def written_to(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document as it is to be after the update."""
        return dict(replaced(document, self.pointer, self.value))


def field_of(pointer: str) -> str:
    """The name of the document's member below which a pointer leads."""
    return pointer.split("/")[1].replace("~1", "/").replace("~0", "~")


def choose(
    document: dict[str, Any],
    pointer: str,
    *,
    run_id: str,
    turn: int,
    lease_s: int,
    limit: int | None = None,
) -> Probe | None:
    """The probe of one write, or None where nothing at the pointer can carry one.

    Args:
        document: the original.
        pointer: the probe field.
        run_id: 8 hexadecimal digits.
        turn: which write of this run it is; two turns write two values.
        lease_s: how many seconds the run may need it.
        limit: the longest text that the field takes, if that is known.

    """
    place = place_of(document, pointer)
    if place is None:
        return None
    before = lookup(document, place)
    value: Any
    if isinstance(before, bool):
        value = before if turn % 2 == 0 else not before
    elif isinstance(before, (int, float)):
        # A float may be too large to notice what is added to it.
        is_large = isinstance(before, float) and abs(before) > _LARGE
        value = before / (turn + 1) if is_large else before + turn
    else:
        value = marked(before, run_id=run_id, turn=turn, lease_s=lease_s, limit=limit)
    return Probe(pointer=place, value=value)


def place_of(document: Mapping[str, Any], pointer: str) -> str | None:
    """Where at or below the pointer a value stands that can be changed; a text is preferred."""
    value = lookup(document, pointer)
    if not isinstance(value, (dict, list)):
        return pointer
    leaves = [
        (f"{pointer}/{name}", leaf)
        for name, leaf in _members(value)
        if leaf is not None and not isinstance(leaf, (dict, list))
    ]
    texts = [place for place, leaf in leaves if isinstance(leaf, str)]
    if texts or leaves:
        return texts[0] if texts else leaves[0][0]
    for name, inner in _members(value):
        if isinstance(inner, (dict, list)) and (place := place_of(document, f"{pointer}/{name}")):
            return place
    return None


def marker_in(document: Mapping[str, Any], pointer: str) -> Marker | None:
    """The marker of a probe in the field, if there is one."""
    place = place_of(document, pointer)
    return None if place is None else find(lookup(document, place))


def without_marker(document: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """The document as it was before the probe that is in the field."""
    place, marker = place_of(document, pointer), marker_in(document, pointer)
    return dict(document if marker is None else replaced(document, place or "", marker.original))


def _members(value: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(str(index), member) for index, member in enumerate(value)]
    return [(step(name), member) for name, member in value.items()]
