"""Takes this run's probe out of the document again, and leaves alone what is not its own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from pytest_apismoke.documents import ABSENT, lookup, replaced, same, step
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.contention import Turns
from pytest_apismoke.safewrite.marker import LOST, Marker, find
from pytest_apismoke.safewrite.probe_state import ProbeState
from pytest_apismoke.safewrite.restoring import CHANGED_MEANWHILE, PUT_BACK, WHOLE, Restorer, Step

#: A probe that was seen in place this short a time ago need not be looked at again.
_FRESH_S = 1.0
#: How often the document is looked at again because an update's condition (If-Match) did not hold.
_LOOKS = 3


class Found(Enum):
    """What a look at the probe field shows before it is put back."""

    OURS = auto()
    ORIGINAL = auto()
    OTHER_GATE = auto()
    EDITED = auto()


class Withdrawal:
    """Puts the original back.

    Args:
        target: the backend.
        restorer: reads, compares and restores the document for this run.
        turns: this run's place among other gates.
        standing: what this run has written and seen.
        run_id: of this run.

    """

    def __init__(
        self,
        target: Target,
        restorer: Restorer,
        turns: Turns,
        standing: ProbeState,
        *,
        run_id: str,
    ) -> None:
        self._budget = target.client.budget
        self._restorer = restorer
        self._turns = turns
        self._standing = standing
        self._run_id = run_id

    def carry_out(self) -> str:
        """Puts the original back and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, when it could not be proven to be restored.

        """
        goal, field = self._standing.original, self._standing.member
        if self._standing.refused:
            # Looking is enough; a target that said no is not written to again.
            return self._put_back(goal, ("the refused update had changed nothing", None))
        for _ in range(_LOOKS):
            etag, found, value = self._look()
            if found is Found.OTHER_GATE:
                words = "another gate's probe has taken the place of this run's"
                return self._put_back(goal, (words, None), without=field)
            if found is Found.EDITED:
                marker = find(value)
                if marker is None:
                    words = f"{self._standing.place} was edited by somebody else, and left so"
                    self._restorer.changing.append(f"/{step(field)}")
                    return self._put_back(goal, (words, None), without=field)
                # Somebody wrote around the marker: only that goes.
                goal = dict(replaced(goal, self._standing.place, marker.original))
            if found is Found.ORIGINAL:
                # Looking again later is enough, and harms nobody who writes now.
                return self._put_back(goal, ("nothing was left to put back", None))
            if not etag:
                break
            if self._send_if_unchanged({field: goal.get(field)}, etag) != CHANGED_MEANWHILE:
                return self._put_back(goal, (PUT_BACK, None))
            self._standing.in_place_at = None
        return self._put_back(goal)

    def _look(self) -> tuple[str, Found, Any]:
        """The entity tag, and what stands in the probe field; ours, where that can't be seen."""
        standing = self._standing
        seen_at = standing.in_place_at
        if seen_at is not None and self._budget.clock() - seen_at <= _FRESH_S:
            return standing.etag, Found.OURS, None
        self._turns.let_others_land()
        try:
            seen = self._restorer.read(restoring=True)
        except SmokeError:
            return "", Found.OURS, None
        standing.surfaced = standing.surfaced or not same(seen.document, standing.original)
        value = lookup(seen.document, standing.place)
        found = what_is_there(
            value,
            original=standing.before,
            probe=standing.probe.value if standing.probe else None,
            run_id=self._run_id,
            was_kept=standing.was_kept,
        )
        return seen.etag if standing.tags_match else "", found, value

    def _send_if_unchanged(self, body: Mapping[str, Any], etag: str) -> int | None:
        try:
            return self._restorer.send(body, if_match=etag)
        except SmokeError:
            # Whether it arrived the document will tell.
            return None

    def _put_back(self, goal: Mapping[str, Any], *first: Step, without: str = "") -> str:
        field, standing = self._standing.member, self._standing
        whole = {name: value for name, value in goal.items() if name != without}
        narrow: Step = (PUT_BACK, {field: goal.get(field)})
        steps = (*first, *(() if without else (narrow,)), (WHOLE, whole))
        doubtful = standing.lagged or not standing.surfaced
        how = self._restorer.put_back(goal, steps, doubtful=doubtful)
        absent = "; it was absent at first and may be null now"
        return how + absent if self._restorer.may_be_null and standing.accepted else how


def what_is_there(value: Any, *, original: Any, probe: Any, run_id: str, was_kept: bool) -> Found:
    """What a look at the probe field shows. Pure.

    Args:
        value: what stands there.
        original: what stood there at first.
        probe: what was written last.
        run_id: of this run.
        was_kept: whether a read has shown the probe exactly as it was written; a target that
            alters what it stores would otherwise pass for a person who edits.

    """
    marker = find(value)
    if marker is not None and marker.run_id != run_id:
        return Found.OTHER_GATE
    if same(value, original) or (_nothing(value) and _nothing(original)):
        return Found.ORIGINAL
    if same(value, probe) or not was_kept or _still_says(value, run_id, marker, original):
        return Found.OURS
    return Found.EDITED


def _nothing(value: Any) -> bool:
    return value is ABSENT or value is None


def _still_says(value: Any, run_id: str, marker: Marker | None, original: Any) -> bool:
    """Whether a text that is not the probe any more still is what the probe was made of."""
    if marker is not None:
        return marker.original is LOST or same(marker.original, original)
    return isinstance(value, str) and run_id in value
