"""Choose the field that a probe changes, and the value that it writes. Pure.

A string gets a marker, a boolean is negated, and a number is increased by the number of the write.
Of an object or array one value changes, preferably a string, at the highest level that has any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_apismoke.documents import ABSENT, key_of, lookup, replaced, step
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.comparison import is_masked
from pytest_apismoke.safewrite.marker import Marker, find, marked

_LARGE = 1e9
#: The rank of a field that is not there yet: any other comes before it.
_NEW = 10
#: The length of the longest marker, with the blank before it, in characters.
_MARKER = len(marked("-", run_id="0" * 8, turn=10**6 - 1, lease_s=10**6 - 1)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A field that may carry a probe.

    Attributes:
        pointer: the field, as the profile names it.
        place: the value to change: the field, or a value inside it.
        risk: why the original may not be accepted again; empty if nothing is known against it.
        limit: the maximum length of the field in characters, if known.

    """

    pointer: str
    place: str
    risk: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A value to write, and the JSON Pointer (RFC 6901) of its place."""

    pointer: str
    value: Any

    @property
    def key(self) -> str:
        """The document's property that contains the place."""
        return key_of(self.pointer)

    def update(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The body of the update: the one property that changes, whole."""
        return {self.key: replaced(dict(document), self.pointer, self.value)[self.key]}


def choose_field(
    document: Mapping[str, Any],
    pointers: Sequence[str],
    *,
    limit_of: Callable[[str], int | None] = lambda _: None,
    may_be_cut: bool = True,
    can_state: Callable[[Any], bool] = lambda _: True,
    may_be_absent: bool = False,
    is_login_name: Callable[[Any], bool] = lambda _: False,
) -> Candidate | None:
    """The field to probe: the first without a risk, or else the one with the smallest.

    Args:
        document: the original.
        pointers: the candidates, in order.
        limit_of: the maximum length of a field in characters, if known.
        may_be_cut: whether a probe may leave no room for the original before its marker, which then
            only the journal has.
        may_be_absent: whether a field that is not there may be written, and removed again.
        can_state: whether an update can give a field such a value, as the original is.
        is_login_name: whether a value is a name by which this run's account logs in.

    """
    found: list[tuple[int, Candidate]] = []
    for pointer in pointers:
        value, place = lookup(document, pointer), place_of(document, pointer)
        # An update sends the whole property, and would store the masks in it.
        if value is ABSENT and may_be_absent:
            found.append((_NEW, Candidate(pointer=pointer, place=pointer, limit=limit_of(pointer))))
            continue
        if value is ABSENT or place is None or is_masked(document[key_of(pointer)]):
            continue
        if not can_state(value) or is_login_name(lookup(document, place)):
            continue
        if not may_be_cut and not _fits(lookup(document, place), limit_of(pointer)):
            continue
        rank, risk = _risk(lookup(document, place), limit_of(pointer))
        # A text in the field itself comes before one inside an object.
        rank += 1 if place != pointer else 0
        candidate = Candidate(pointer=pointer, place=place, risk=risk, limit=limit_of(pointer))
        found.append((rank, candidate))
    return min(found, key=lambda one: one[0])[1] if found else None


def _fits(original: object, limit: int | None) -> bool:
    """Whether a text leaves room for a marker behind it."""
    return not isinstance(original, str) or limit is None or len(original) + _MARKER <= limit


def _risk(original: object, limit: int | None) -> tuple[int, str]:
    """How risky it is to change a value, and why it may not be accepted again."""
    if original is None:
        return 8, "null"
    if not isinstance(original, str):
        return 4, ""
    if not original:
        return 6, "an empty string"
    if limit is not None and len(original) > limit:
        return 2, f"a string of {len(original)} characters, longer than its limit of {limit}"
    if original != original.strip():
        return 2, "a string with blanks at its ends"
    return 0, ""


def choose_value(
    document: Mapping[str, Any],
    place: str,
    *,
    run_id: str,
    turn: int,
    lease_s: int,
    limit: int | None = None,
) -> Probe:
    """The probe of one write.

    Args:
        document: the original.
        place: the value to change; see `Candidate`.
        run_id: 8 hexadecimal digits.
        turn: the number of this write in its run, from 1; two turns write different values.
        lease_s: how long the run may need the probe, in seconds.
        limit: the maximum length of the field, if known.

    """
    before = lookup(document, place)
    value: Any
    if isinstance(before, bool):
        value = not before
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A marker, and the JSON Pointer of the string that it is in."""

    place: str
    marker: Marker


def marker_in(document: Mapping[str, Any], pointers: Sequence[str]) -> Found | None:
    """The first marker of a probe in one of the fields, if any."""
    for pointer in pointers:
        place = place_of(document, pointer)
        marker = None if place is None else find(lookup(document, place))
        if place is not None and marker is not None:
            return Found(place=place, marker=marker)
    return None


def without_marker(document: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """The document before the probe was written; `LOST` stands where the marker does not tell."""
    return dict(replaced(dict(document), found.place, found.marker.original))


def without_others(
    document: Mapping[str, Any], pointers: Sequence[str], run_id: str
) -> dict[str, Any]:
    """The document without the probes of other runs."""
    seen = dict(document)
    for pointer in pointers:
        found = marker_in(seen, [pointer])
        if found is not None and found.marker.run_id != run_id:
            seen = without_marker(seen, found)
    return seen


def _items(value: dict[str, Any] | list[Any]) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(str(index), item) for index, item in enumerate(value)]
    return [(step(key), item) for key, item in value.items()]
