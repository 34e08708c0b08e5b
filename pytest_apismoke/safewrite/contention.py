"""Mutual exclusion between gates that write to the same field of one target.

A gate that finds another run's probe waits until that probe is gone. Two gates may both find none
and write at the same time; Fischer's algorithm separates them: a gate relies on its probe only
`OTHERS_LAND_S` after it landed, when every update that was sent without seeing it has landed too.
Between two looks that far apart another gate may still come and go, and take the probe with it. So
a gate that lost its probe writes again, and then looks often enough to see every other gate. With
strong entity tags the target itself decides which gate is first.
"""

from __future__ import annotations

import random

from pytest_apismoke.errors import Category, fail
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.marker import Marker
from pytest_apismoke.safewrite.probe import marker_in
from pytest_apismoke.safewrite.probe_state import ProbeState
from pytest_apismoke.safewrite.recovery import clear_residue
from pytest_apismoke.safewrite.restoring import Restorer, Snapshot

#: How long after a probe landed a gate relies on it; see above.
OTHERS_LAND_S = 0.2
#: How long a run may need its probe, apart from intentional waits.
_LEASE_S = 10.0
#: The budget must allow this many requests, as slow as the slowest so far, before a write.
_REQUESTS_TO_COME = 5
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_STEP_BACK_S = 0.5
#: How many looks a gate that lost its probe takes within `OTHERS_LAND_S`.
_LOOKS = 4
#: How many losses are attributed to other gates: if none was seen, and if one was.
_LOSSES, _LOSSES_AMONG_OTHERS = 2, 6


class Contention:
    """Waits for this run's turn, and tells whether another gate may have removed its probe.

    Args:
        target: the backend.
        restorer: reads and compares the document for this run.
        state: the writes and reads of this run so far.
        run_id: the id of this run.
        hold_s: how long the probe intentionally stays before the restore, in seconds.

    """

    def __init__(
        self,
        target: Target,
        restorer: Restorer,
        state: ProbeState,
        *,
        run_id: str,
        hold_s: float,
    ) -> None:
        self._budget = target.client.budget
        self._client = target.client
        self._restorer = restorer
        self._state = state
        self._run_id = run_id
        self._hold_s = hold_s
        self._losses = 0
        self._is_certain = False
        self.others_seen = False
        self.own_probe_seen = False
        # Reproducible for one run, and different for each run.
        self._jitter = random.Random(run_id)  # noqa: S311  # spreads requests, hides nothing

    @property
    def lease_s(self) -> float:
        """How long this run may need its probe, in seconds."""
        return _LEASE_S + self._hold_s + 2 * _REQUESTS_TO_COME * self._client.slowest_s

    def wait(self) -> Snapshot:
        """Waits until no other run's probe is in the document; returns it: the original.

        A probe that outlives the lease in its marker is a residue, and is removed.

        Raises:
            SmokeError: `budget` if no turn comes in time; dirty if a residue can't be removed.

        """
        waiting_for: Marker | None = None
        since, pause_s = self._budget.clock(), _FIRST_PAUSE_S
        while True:
            self._require_time(waiting_for)
            self._state.looked_at = self._budget.clock()
            # Over the connection of the write to come: little time may pass between the two.
            seen = self._restorer.read(fresh=False)
            marker = marker_in(seen.document, self._state.pointer)
            if marker is None:
                return seen
            if marker != waiting_for:
                waiting_for, since = marker, self._budget.clock()
            mine = marker.run_id == self._run_id
            self.others_seen = self.others_seen or not mine
            self.own_probe_seen = self.own_probe_seen or mine
            # This run no longer needs an earlier probe of its own.
            if mine or self._budget.clock() - since >= marker.lease_s:
                restorer = self._restorer.of(marker.run_id)
                note = clear_residue(restorer, seen, self._state.pointer, marker=marker)
                self._state.notes += [note] if note else []
                continue
            self._budget.pause(pause_s * self._jitter.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _require_time(self, waiting_for: Marker | None) -> None:
        where = self._restorer.where
        doing = f"the write to {where} (it must leave time for restoring)"
        if waiting_for:
            doing = (
                f"waiting for the probe of the run {waiting_for.run_id} to disappear from {where};"
                f" it counts as left behind after {waiting_for.lease_s} s"
            )
        needed_s = _REQUESTS_TO_COME * self._client.slowest_s
        self._budget.require(doing, needed_s=needed_s + (_LONGEST_PAUSE_S if waiting_for else 0.0))

    def let_others_land(self) -> None:
        """Waits until updates that other gates sent without seeing this run's probe have landed.

        After a loss it looks all the time: if no gate came, the target removed the probe.
        """
        state = self._state
        if state.etag:
            # The target itself refuses an update that was sent without seeing this probe.
            return
        self._is_certain = False
        looked_at = state.sent_at
        while (left_s := state.landed_at + OTHERS_LAND_S - self._budget.clock()) > 0:
            pause_s = min(left_s, OTHERS_LAND_S / _LOOKS) if self._losses else left_s
            self._budget.pause(min(pause_s, self._budget.remaining_s(restoring=True)))
            if not self._losses or self._budget.remaining_s() <= 0:
                continue
            began_at = self._budget.clock()
            seen = self._restorer.read(fresh=False)
            if state.is_probe_in(seen.document):
                looked_at = began_at
                continue
            no_gate_came = self._budget.clock() - looked_at < OTHERS_LAND_S > state.gap_s
            self._is_certain = no_gate_came and self.other_gate(seen) is None
            return

    def other_gate(self, seen: Snapshot) -> Marker | None:
        """The marker of another run's probe in the document, if any."""
        marker = marker_in(seen.document, self._state.pointer)
        return None if marker is None or marker.run_id == self._run_id else marker

    def explain_loss(self, seen: Snapshot) -> bool:
        """Whether another gate may have removed the probe, so that this run should write again.

        Raises:
            SmokeError: `unverified` if this run kept its probe longer than its own lease.

        """
        state = self._state
        if self._restorer.differences(state.original, seen.document):
            # Gates change only the probe field; the target caused any other difference.
            return False
        marker = self.other_gate(seen)
        if marker is not None:
            self.others_seen = True
            state.notes.append(f"the run {marker.run_id} wrote at the same time and came first")
            return True
        held_s = self._budget.clock() - state.landed_at
        if held_s >= self.lease_s:
            raise fail(
                Category.UNVERIFIED,
                expected=f"the probe in {state.place} for as long as this run needed it",
                seen=f"the original again after {held_s:.0f} s",
                where=f"GET {self._restorer.where}, over a fresh connection",
                hint="another gate may have removed it as left behind; run the gate again when the"
                " target responds faster",
            )
        allowed = _LOSSES_AMONG_OTHERS if self.others_seen else _LOSSES
        if state.etag or self._is_certain or self._losses >= allowed:
            return False
        self._losses += 1
        state.notes.append("the probe was gone once; another gate may have been at work")
        return True

    def step_back(self) -> None:
        """Waits for a time that is different for each gate."""
        self._budget.pause(self._jitter.uniform(0.0, _STEP_BACK_S))
