"""Mutual exclusion between gates that write to the same field of one target.

A gate that finds another run's probe waits until that probe is gone. Two gates may both find none
and write at the same time; Fischer's algorithm separates them: a gate relies on its probe only
after a settling time, when every update that was sent without seeing it has landed too. With strong
entity tags the target itself decides which gate is first.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.agreement import agreement, disagreement, persists
from pytest_apismoke.safewrite.marker import Marker
from pytest_apismoke.safewrite.probe import Found, marker_in
from pytest_apismoke.safewrite.reading import Look, Reader, Round
from pytest_apismoke.safewrite.restoring import listed
from pytest_apismoke.safewrite.sightings import Sightings

#: The least settling time, in seconds; a slow target needs three of its slowest requests.
SETTLING_S = 0.2
_SLOWEST_REQUESTS = 3
#: The most that a marker can claim, in seconds: more than any gate needs between two of its writes.
LONGEST_LEASE_S = 20
#: How long a run may need its probe, apart from intentional waits, in seconds.
_LEASE_S = 10.0
#: The budget must allow this many requests, as slow as the slowest so far, before a write.
_REQUESTS_TO_COME = 6
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _STEP_BACK_S = 0.1, 1.0, 0.5
#: A quiet time is counted in pauses between looks, so that the looks are as many on any machine;
#: each pause is half of a settling time, for which every probe stays at least.
_QUIET_PAUSES = 4
#: How many rounds are asked for before the instances count as disagreeing.
_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The document without any probe, and JSON Pointers to values that change by themselves."""

    look: Look
    unsteady: tuple[str, ...] = ()


#: Clears a residue; returns a note.
ClearResidue = Callable[[Found, Look], str]


class Turns:
    """Waits for this run's turn.

    Args:
        reader: reads the document.
        sightings: when other runs' markers were first seen.
        probes: JSON Pointers of the fields that may carry probes.
        run_id: the id of this run.
        changing: JSON Pointers to values that are not compared.
        clear: clears a probe that was left behind.

    """

    def __init__(
        self,
        reader: Reader,
        sightings: Sightings,
        *,
        probes: Sequence[str],
        run_id: str,
        changing: Sequence[str],
        clear: ClearResidue,
    ) -> None:
        self._reader = reader
        self._budget = reader.budget
        self._sightings = sightings
        self._probes = tuple(probes)
        self._run_id = run_id
        self._changing = tuple(changing)
        self._clear = clear
        self.notes: list[str] = []
        # Reproducible for one run, and different for each run.
        self._jitter = random.Random(run_id)  # noqa: S311  # spreads requests, hides nothing

    @property
    def settling_s(self) -> float:
        """Seconds after which the updates of other gates that were sent before have landed."""
        return max(SETTLING_S, _SLOWEST_REQUESTS * self._reader.slowest_s)

    def lease_s(self, hold_s: float) -> int:
        """How long this run may need a probe that it keeps for some seconds, in seconds."""
        needed_s = _LEASE_S + hold_s + 2 * _REQUESTS_TO_COME * self._reader.slowest_s
        return min(LONGEST_LEASE_S, int(needed_s) + 1)

    def baseline(self, first: Sequence[Look] = ()) -> Baseline:
        """Waits until no run's probe is in the document, and reads it in a round.

        Args:
            first: an earlier round. If it agrees, it is the baseline: the look before the update
                tells whether that still holds. A single reading is compared with a round.

        Raises:
            SmokeError: `budget` if no turn comes in time; `persist` if the instances disagree,
                `state` if they show two accounts or two shapes; dirty if a residue can't be
                removed.

        """
        self.require_time()
        earlier = [look.document for look in first if self.marker_of(look) is None]
        differing = earlier
        is_suspicious = False
        if len(first) > 1 and len(earlier) == len(first):
            found = agreement(earlier, changing=self._changing)
            if not found.problem:
                return Baseline(look=first[-1], unsteady=found.unsteady)
            # Instances that differ agree by chance in a round; in two wide ones hardly ever.
            earlier, is_suspicious = [], True
        for number in range(_ROUNDS):
            if number:
                self._budget.pause(min(_STEP_BACK_S, 0.2 * self._budget.remaining_s()))
            seen = self._round_without_probes(width=2 if is_suspicious else 1)
            documents = [look.document for look in seen.looks]
            found = agreement([*earlier, *documents], changing=self._changing)
            if not found.problem and (earlier or not is_suspicious):
                return Baseline(look=seen.looks[-1], unsteady=found.unsteady)
            is_suspicious = True
            is_mixed = bool(agreement(documents, changing=self._changing).problem)
            if found.problem:
                differing = documents if is_mixed else [*earlier, *documents]
            earlier = [] if is_mixed else documents
        raise self._disagree(differing)

    def _round_without_probes(self, *, width: int) -> Round[Marker | None]:
        """A round after which no run's probe is in the document."""
        seen = self._reader.round(self.marker_of, width=width)
        while any(marker is not None for marker in seen.opinions):
            self.await_free_field()
            seen = self._reader.round(self.marker_of, width=width)
        return seen

    def marker_of(self, look: Look) -> Marker | None:
        """The marker in a document, whose ever it is."""
        found = marker_in(look.document, self._probes)
        return found.marker if found else None

    def other_in(self, look: Look) -> Marker | None:
        """The marker of another run, if any."""
        marker = self.marker_of(look)
        return None if marker is None or marker.run_id == self._run_id else marker

    def let_others_land(self, since: float) -> bool:
        """Waits until what other gates sent without seeing this run's probe has landed.

        One look halfway: a gate that comes and goes is seen, because its probe stays longer.

        Args:
            since: when the probe was sent, by the clock of the budget.

        Returns:
            Whether another gate's marker showed up.

        """
        is_another_there = False
        for share in (0.5, 1.0):
            left_s = since + share * self.settling_s - self._budget.clock()
            if left_s > 0:
                self._pause(left_s)
                if share < 1.0 and self._budget.remaining_s() > 0:
                    is_another_there = self._shows_another_gate()
        return is_another_there

    def quiet(self) -> bool:
        """Whether no other gate's marker shows up for twice the settling time.

        Raises:
            SmokeError: `budget` if there is no time for that.

        """
        pause_s = 2 * self.settling_s / _QUIET_PAUSES
        looking_s = (_QUIET_PAUSES + 1) * self._reader.slowest_s
        doing = f"looking for other gates at {self._reader.where}"
        self._budget.require(doing, needed_s=2 * self.settling_s + looking_s)
        for _ in range(_QUIET_PAUSES):
            if self._shows_another_gate():
                return False
            self._pause(pause_s)
        return not self._shows_another_gate()

    def _shows_another_gate(self) -> bool:
        return self.other_in(self._reader.look()) is not None

    def step_back(self) -> None:
        """Waits for a time that is different for each gate."""
        self._pause(self._jitter.uniform(0.0, _STEP_BACK_S))

    def await_free_field(self) -> None:
        """Waits until no run's probe is in the document, and clears one that was left behind.

        Raises:
            SmokeError: as `baseline`.

        """
        waiting_for: Marker | None = None
        since, pause_s = self._budget.clock(), _FIRST_PAUSE_S
        while True:
            self.require_time(waiting_for)
            look = self._reader.look()
            found = marker_in(look.document, self._probes)
            if found is None:
                if waiting_for:
                    self._sightings.forget(self._reader.where, waiting_for)
                return
            marker = found.marker
            if marker != waiting_for:
                age_s = self._sightings.age_s(self._reader.where, marker)
                waiting_for, since = marker, self._budget.clock() - age_s
            lease_s = min(marker.lease_s, LONGEST_LEASE_S)
            mine = marker.run_id == self._run_id
            if mine or self._budget.clock() - since >= lease_s:
                note = self._clear(found, look)
                self.notes += [note] if note else []
                self._sightings.forget(self._reader.where, marker)
                continue
            self._pause(pause_s * self._jitter.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def require_time(self, waiting_for: Marker | None = None) -> None:
        """Makes sure that a write can be restored and proven in time.

        Raises:
            SmokeError: `budget`.

        """
        where = self._reader.where
        doing = f"the write to {where} (it must leave time for restoring)"
        if waiting_for:
            lease_s = min(waiting_for.lease_s, LONGEST_LEASE_S)
            doing = (
                f"waiting for the probe of the run {waiting_for.run_id} to disappear from {where};"
                f" it counts as left behind after {lease_s} s"
            )
        needed_s = _REQUESTS_TO_COME * max(self._reader.slowest_s, self._reader.expected_s)
        self._budget.require(doing, needed_s=needed_s + (_LONGEST_PAUSE_S if waiting_for else 0.0))

    def _pause(self, seconds: float) -> None:
        pause_s = min(seconds, self._budget.remaining_s())
        if pause_s > 0:
            self._budget.pause(pause_s)

    def _disagree(self, documents: Sequence[Mapping[str, Any]]) -> SmokeError:
        where, id_field = self._reader.where, self._reader.document.id_field
        failure = disagreement(documents, id_field=id_field, changing=self._changing, where=where)
        if failure is None:
            problem = agreement(documents, changing=self._changing).problem
            failure = persists(documents, problem, listed=listed(problem), where=where)
        return SmokeError(failure)
