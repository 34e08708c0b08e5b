"""Several gates, one field: each waits for its turn, and knows when another may have been at work.

Whoever finds another run's probe waits until it is gone. Two that found none at once are told
apart by time (Fischer's algorithm): each counts on its probe only `OTHERS_LAND_S` after it was
written, when whatever another gate sent without having seen it has arrived. That a probe is gone
may still be another gate's doing: it can come and go between two looks, if they are as far apart as
that. So a gate that has lost its probe writes once more, and now looks so often that nobody comes
and goes unseen. Where the target gives strong entity tags it decides itself who comes first.
"""

from __future__ import annotations

import random

from pytest_apismoke.errors import Category, fail
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.marker import Marker
from pytest_apismoke.safewrite.probe import marker_in
from pytest_apismoke.safewrite.probe_state import ProbeState
from pytest_apismoke.safewrite.recovery import clear_residue
from pytest_apismoke.safewrite.restoring import Restorer, Seen

#: For how long a probe is left alone before it counts: see above.
OTHERS_LAND_S = 0.2
#: How long a run may need its probe, apart from what it waits on purpose.
_LEASE_S = 10.0
#: How many requests of the slowest kind seen so far must still fit into the budget before a write.
_REQUESTS_TO_COME = 5
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_STEP_BACK_S = 0.5
#: How often a gate that has lost its probe looks while others may land.
_LOOKS = 4
#: How often a lost probe is put down to another gate: where none was seen, and where one was.
_LOSSES, _LOSSES_AMONG_OTHERS = 2, 6


class Turns:
    """Waits for this run's turn.

    Args:
        target: the backend.
        restorer: reads and compares the document for this run.
        standing: what this run has written and seen.
        run_id: of this run.
        hold_s: how long the probe is kept on purpose before it is restored.

    """

    def __init__(
        self,
        target: Target,
        restorer: Restorer,
        standing: ProbeState,
        *,
        run_id: str,
        hold_s: float,
    ) -> None:
        self._budget = target.client.budget
        self._client = target.client
        self._restorer = restorer
        self._standing = standing
        self._run_id = run_id
        self._hold_s = hold_s
        self._losses = 0
        self._is_certain = False
        self.others_seen = False
        self.own_probe_seen = False
        # The same in each repetition of a run, and different from every other run's.
        self._jitter = random.Random(run_id)  # noqa: S311  # spreads requests, hides nothing

    @property
    def lease_s(self) -> float:
        """How long this run may need its probe."""
        return _LEASE_S + self._hold_s + 2 * _REQUESTS_TO_COME * self._client.slowest_s

    def wait(self) -> Seen:
        """The document once no other run's probe is in it: the original.

        A probe that stays for longer than its run said it would was left behind, and is put back.

        Raises:
            SmokeError: `budget` when no turn comes in time, dirty when a probe that was left behind
                can't be put back.

        """
        waiting_for: Marker | None = None
        since, pause_s = self._budget.clock(), _FIRST_PAUSE_S
        while True:
            self._require_time(waiting_for)
            self._standing.looked_at = self._budget.clock()
            # Over the connection that the write will take: little time must pass in between.
            seen = self._restorer.read(fresh=False)
            marker = marker_in(seen.document, self._standing.pointer)
            if marker is None:
                return seen
            if marker != waiting_for:
                waiting_for, since = marker, self._budget.clock()
            mine = marker.run_id == self._run_id
            self.others_seen = self.others_seen or not mine
            self.own_probe_seen = self.own_probe_seen or mine
            # A probe of this very run that is not in place any more serves nobody.
            if mine or self._budget.clock() - since >= marker.lease_s:
                restorer = self._restorer.of(marker.run_id)
                note = clear_residue(restorer, seen, self._standing.pointer, marker=marker)
                self._standing.notes += [note] if note else []
                continue
            self._budget.pause(pause_s * self._jitter.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _require_time(self, waiting_for: Marker | None) -> None:
        where = self._restorer.where
        doing = f"the write to {where} (it must leave time for restoring)"
        if waiting_for:
            doing = (
                f"waiting for the probe of the run {waiting_for.run_id} to go from {where};"
                f" it counts as left behind after {waiting_for.lease_s} s"
            )
        needed_s = _REQUESTS_TO_COME * self._client.slowest_s
        self._budget.require(doing, needed_s=needed_s + (_LONGEST_PAUSE_S if waiting_for else 0.0))

    def let_others_land(self) -> None:
        """Waits until what other gates sent without having seen this run's probe has arrived.

        After a loss it looks all the time: what goes while nobody can have come is the target's.
        """
        standing = self._standing
        if standing.etag:
            # A write that has not seen this one is refused by the target itself.
            return
        self._is_certain = False
        looked_at = standing.sent_at
        while (left_s := standing.landed_at + OTHERS_LAND_S - self._budget.clock()) > 0:
            pause_s = min(left_s, OTHERS_LAND_S / _LOOKS) if self._losses else left_s
            self._budget.pause(min(pause_s, self._budget.remaining_s(restoring=True)))
            if not self._losses or self._budget.remaining_s() <= 0:
                continue
            began_at = self._budget.clock()
            seen = self._restorer.read(fresh=False)
            if standing.is_probe_in(seen.document):
                looked_at = began_at
                continue
            nobody_came = self._budget.clock() - looked_at < OTHERS_LAND_S > standing.gap_s
            self._is_certain = nobody_came and self.other_gate(seen) is None
            return

    def other_gate(self, seen: Seen) -> Marker | None:
        """The marker of another run's probe in the document, if there is one."""
        marker = marker_in(seen.document, self._standing.pointer)
        return None if marker is None or marker.run_id == self._run_id else marker

    def explain_loss(self, seen: Seen) -> bool:
        """Whether that the probe is not there may be another gate's doing; then it is tried again.

        Raises:
            SmokeError: `unverified` when this run has kept its probe for longer than it had said.

        """
        standing = self._standing
        if self._restorer.differences(standing.original, seen.document):
            # Gates change one field and put it back; anything else is the target's doing.
            return False
        marker = self.other_gate(seen)
        if marker is not None:
            self.others_seen = True
            standing.notes.append(f"the run {marker.run_id} wrote at the same time and came first")
            return True
        held_s = self._budget.clock() - standing.landed_at
        if held_s >= self.lease_s:
            raise fail(
                Category.UNVERIFIED,
                expected=f"the probe in {standing.place} for as long as this run needed it",
                seen=f"the original again after {held_s:.0f} s",
                where=f"GET {self._restorer.where}, over a fresh connection",
                hint="another gate may have taken it for left behind; run the gate again when the"
                " target answers faster",
            )
        allowed = _LOSSES_AMONG_OTHERS if self.others_seen else _LOSSES
        if standing.etag or self._is_certain or self._losses >= allowed:
            return False
        self._losses += 1
        standing.notes.append("the probe was gone once; another gate may have been at work")
        return True

    def step_back(self) -> None:
        """Waits for a moment that no other gate waits for as long."""
        self._budget.pause(self._jitter.uniform(0.0, _STEP_BACK_S))
