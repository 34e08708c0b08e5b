"""Tell whose value a field holds: the run's, the original, another gate's, or somebody's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from pytest_apismoke.documents import ABSENT, key_of, lookup, same
from pytest_apismoke.safewrite.comparison import is_empty, is_normalised
from pytest_apismoke.safewrite.marker import LOST, find

#: A value this much shorter than what was sent may still be a beginning of it, in characters.
_SHORTEST_BEGINNING = 4


class Owner(Enum):
    """Whose value a field holds."""

    #: What the last update sent.
    SENT = auto()
    #: Something else of this run: cut, folded, or of an earlier update.
    OURS = auto()
    ORIGINAL = auto()
    OTHER_GATE = auto()
    SOMEBODY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Knows what one run has sent.

    Only what carries the run's id is its own, or equals what it sent: anything else is somebody's.

    Attributes:
        run_id: the run; its markers carry it.
        original: the document before the run's first update.
        written: the bodies of its updates, in order.
        was_kept: whether a round showed the last of them as it was sent.

    """

    run_id: str
    original: Mapping[str, Any]
    written: tuple[Mapping[str, Any], ...]
    was_kept: bool = False

    def of(self, place: str, document: Mapping[str, Any]) -> Owner:
        """Whose value a document holds at a JSON Pointer."""
        value = lookup(document, place)
        sent = [lookup(body, place) for body in self.written if key_of(place) in body]
        if sent and (same(value, sent[-1]) or is_normalised(sent[-1], value)):
            return Owner.SENT
        marker = find(value)
        if marker is not None and marker.run_id != self.run_id:
            return Owner.OTHER_GATE
        if marker is not None:
            return Owner.OURS
        before = lookup(self.original, place)
        if same(value, before) or is_normalised(before, value) or _both_nothing(value, before):
            return Owner.ORIGINAL
        if any(same(value, one) or self._is_altered(value, one, before) for one in sent):
            return Owner.OURS
        return Owner.SOMEBODY

    def _is_altered(self, value: object, sent: object, before: object) -> bool:
        """Whether a value is what was sent, but cut, trimmed, or with its letters folded."""
        if is_empty(value):
            # Only where there was nothing before, as null and an empty string are nothing: else
            # somebody may have emptied the field.
            return is_empty(before)
        if not isinstance(value, str) or not isinstance(sent, str):
            return False
        if self.run_id and self.run_id in value.lower():
            return True
        text, whole = value.strip().casefold(), sent.strip().casefold()
        if text == whole:
            return True
        if len(text) < min(_SHORTEST_BEGINNING, len(whole)) or not whole.startswith(text):
            return False
        # A beginning of the probe, and of the original as well: cut by a target whose texts are
        # older than its limit; or shortened by somebody, if the target keeps a longer text.
        original = before.strip().casefold() if isinstance(before, str) else ""
        longer = len(text) > len(original) or not original.startswith(text)
        return longer or not self.was_kept


def without_marker_of_others(value: Any, run_id: str) -> Any:
    """The value without the marker of another run; LOST if that marker does not tell it."""
    marker = find(value)
    return value if marker is None or marker.run_id == run_id else marker.original


def _both_nothing(value: object, before: object) -> bool:
    return (value is ABSENT or value is None) and (before is ABSENT or before is None)


def is_lost(value: object) -> bool:
    """Whether a marker did not tell the original."""
    return value is LOST
