"""Remove this run's probe from the document, and leave changes by others alone."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from pytest_apismoke.documents import ABSENT, lookup, replaced, same, step
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.contention import Contention
from pytest_apismoke.safewrite.marker import LOST, Marker, find
from pytest_apismoke.safewrite.probe_state import ProbeState
from pytest_apismoke.safewrite.restoring import CHANGED_MEANWHILE, PUT_BACK, WHOLE, Restorer, Step

#: A read of the probe in place, this recent, needs no further look, in seconds.
_FRESH_S = 1.0
#: How many looks to take while the target answers 412 Precondition Failed.
_LOOKS = 3


class FieldState(Enum):
    """The content of the probe field before the restore."""

    OURS = auto()
    ORIGINAL = auto()
    OTHER_GATE = auto()
    EDITED = auto()


class Rollback:
    """Restores the original after a probe write.

    Args:
        target: the backend.
        restorer: reads, compares and restores the document for this run.
        contention: tells this run's probe from those of other gates.
        state: the writes and reads of this run so far.
        run_id: the id of this run.

    """

    def __init__(
        self,
        target: Target,
        restorer: Restorer,
        contention: Contention,
        state: ProbeState,
        *,
        run_id: str,
    ) -> None:
        self._budget = target.client.budget
        self._restorer = restorer
        self._contention = contention
        self._state = state
        self._run_id = run_id

    def run(self) -> str:
        """Restores the original and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, if the restore could not be proven.

        """
        goal, field = self._state.original, self._state.key
        if self._state.refused:
            # A look is enough: a target that refused an update is not written to again.
            return self._put_back(goal, ("the refused update had changed nothing", None))
        for _ in range(_LOOKS):
            etag, found, value = self._look()
            if found is FieldState.OTHER_GATE:
                words = "another gate's probe has taken the place of this run's"
                return self._put_back(goal, (words, None), without=field)
            if found is FieldState.EDITED:
                marker = find(value)
                if marker is None:
                    words = f"{self._state.place} was edited by somebody else, and left alone"
                    self._restorer.changing.append(f"/{step(field)}")
                    return self._put_back(goal, (words, None), without=field)
                # An edit before the marker: remove only the marker.
                goal = dict(replaced(goal, self._state.place, marker.original))
            if found is FieldState.ORIGINAL:
                # A later look is enough, and does not disturb another writer.
                return self._put_back(goal, ("nothing was left to put back", None))
            if not etag:
                break
            if self._send_if_unchanged({field: goal.get(field)}, etag) != CHANGED_MEANWHILE:
                return self._put_back(goal, (PUT_BACK, None))
            self._state.in_place_at = None
        return self._put_back(goal)

    def _look(self) -> tuple[str, FieldState, Any]:
        """The entity tag, and the state and value of the field; `OURS` if it can't be read."""
        state = self._state
        seen_at = state.in_place_at
        if seen_at is not None and self._budget.clock() - seen_at <= _FRESH_S:
            return state.etag, FieldState.OURS, None
        self._contention.let_others_land()
        try:
            seen = self._restorer.read(restoring=True)
        except SmokeError:
            return "", FieldState.OURS, None
        state.surfaced = state.surfaced or not same(seen.document, state.original)
        value = lookup(seen.document, state.place)
        found = classify(
            value,
            original=state.before,
            probe=state.probe.value if state.probe else None,
            run_id=self._run_id,
            was_kept=state.was_kept,
        )
        return seen.etag if state.tags_match else "", found, value

    def _send_if_unchanged(self, body: Mapping[str, Any], etag: str) -> int | None:
        try:
            return self._restorer.send(body, if_match=etag)
        except SmokeError:
            # The document will show whether the update arrived.
            return None

    def _put_back(self, goal: Mapping[str, Any], *first: Step, without: str = "") -> str:
        field, state = self._state.key, self._state
        whole = {name: value for name, value in goal.items() if name != without}
        narrow: Step = (PUT_BACK, {field: goal.get(field)})
        steps = (*first, *(() if without else (narrow,)), (WHOLE, whole))
        doubtful = state.lagged or not state.surfaced
        how = self._restorer.put_back(goal, steps, doubtful=doubtful)
        absent = "; it was absent at first and may be null now"
        return how + absent if self._restorer.may_be_null and state.accepted else how


def classify(value: Any, *, original: Any, probe: Any, run_id: str, was_kept: bool) -> FieldState:
    """Tells whose value the probe field contains. Pure.

    Args:
        value: the current value.
        original: the original value.
        probe: the value of the last write.
        run_id: the id of this run.
        was_kept: whether a read has shown the probe exactly as it was written; if not, a target
            that alters values could pass for an edit.

    """
    marker = find(value)
    if marker is not None and marker.run_id != run_id:
        return FieldState.OTHER_GATE
    if same(value, original) or (_nothing(value) and _nothing(original)):
        return FieldState.ORIGINAL
    if same(value, probe) or not was_kept or _still_says(value, run_id, marker, original):
        return FieldState.OURS
    return FieldState.EDITED


def _nothing(value: Any) -> bool:
    return value is ABSENT or value is None


def _still_says(value: Any, run_id: str, marker: Marker | None, original: Any) -> bool:
    """Whether a value that differs from the probe still carries this run's mark."""
    if marker is not None:
        return marker.original is LOST or same(marker.original, original)
    return isinstance(value, str) and run_id in value
