"""Lives of gates against odd servers: runs that may be killed at any step, watched at each of them.

A `World` is a server and what goes wrong with it; `lived` takes some runs through it. What must
hold at every step is asserted where it happens: see `watching`.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapes.patches import merged
from unit.instances import OwnStores
from unit.memory import (
    TOKEN,
    Document,
    MemoryClient,
    MemoryJournal,
    failure_of,
)
from unit.odd_servers import PROBE, Ending
from unit.watching import Known, assert_journalled
from unit.worlds import World

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Document as DocumentProfile
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.documents import key_of, replaced, same
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.reading import Reader
from pytest_apismoke.safewrite.recovery import Recovery
from pytest_apismoke.safewrite.writing import ProbeWrite

if TYPE_CHECKING:
    from unit.conftest import FakeClock

WAIT_S = 2.0
BUDGET_S = 60.0
#: After so long a time-out, an update without an answer counts as lost.
TIMEOUT_S = 1.5
POINTER = f"/{PROBE}"


class Died(BaseException):
    """The process was killed: no later code may be relied on."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the gate: the step that kills it, if any, and the time until the next run."""

    dies_at: int | None = None
    pause_s: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended, and how it left the target."""

    ending: Ending
    died: bool
    #: Whether the journal still has an entry, which a later run will look at.
    is_noted: bool
    #: Whether an update that changes anything is still on its way.
    is_under_way: bool
    notes: tuple[str, ...] = ()
    failures: tuple[SmokeError, ...] = ()

    @property
    def is_green(self) -> bool:
        return not self.died and not self.failures


class Life:
    """The runs of a gate in one world, with one journal.

    Args:
        world: the server.
        document: what it holds at the start.
        clock: its clock, and that of all runs.

    """

    def __init__(self, world: World, document: Document, clock: FakeClock) -> None:
        self.world = world
        self.start = copy.deepcopy(document)
        self.clock = clock
        self.store = world.store(document, clock)
        #: All documents that the server had, on any instance.
        self.had: list[Document] = [self.start]
        self.late_s = list(world.late_s)
        self.under_way = 0
        self.journal = WatchedJournal(self)
        self.outcomes: list[Outcome] = []
        self._steps = 0
        self._dies_at: int | None = None

    def __str__(self) -> str:
        told = []
        for number, outcome in enumerate(self.outcomes):
            said = [f"{'DIRTY ' if f.dirty else ''}{f}" for f in outcome.failures]
            told += [f"-- run {number}: {outcome.ending}", *said, *outcome.notes]
        return "\n".join([str(self.world), *self.store.course, *told])

    def step(self) -> None:
        """One step of a run; the one that kills it never returns, and no later one does."""
        self._steps += 1
        if self._dies_at is not None and self._steps > self._dies_at:
            raise Died

    def live(self, run: Run) -> Outcome:
        """Takes one run through it."""
        self._steps, self._dies_at = 0, run.dies_at
        failures: list[SmokeError] = []
        notes: list[str] = []
        try:
            self._run(failures, notes)
            died = False
        except Died:
            died = True
        outcome = Outcome(
            ending=self._ending(failures),
            died=died,
            is_noted=bool(self.journal.entries()),
            is_under_way=bool(self.under_way),
            notes=tuple(notes),
            failures=tuple(failures),
        )
        self.outcomes.append(outcome)
        self.clock.now += run.pause_s
        return outcome

    def _run(self, failures: list[SmokeError], notes: list[str]) -> None:
        """As a run does: recovery first, then the stages of the settings suite."""
        target = self._target()
        account = str(self.start["id"])
        reader = Reader(target, target.profile.document, reads=4, wait_s=WAIT_S)
        recovered = Recovery(
            target, self.journal.as_journal(), reader=reader, account=account, now=self.clock
        ).run()
        notes += recovered.notes
        if recovered.failure:
            failures.append(SmokeError(recovered.failure, dirty=True))
            return
        probe = ProbeWrite(
            target,
            self.journal.as_journal(),
            run_id=f"0a1b2c{len(self.outcomes):02x}",
            account=account,
            readback_wait_s=WAIT_S,
            now=self.clock,
        )
        for stage in (probe.begin, probe.write, probe.read_back):
            if error := failure_of(stage):
                failures.append(error)
                break
            self.clock.now += self.world.rests_s
        if probe.needs_restoring and (error := failure_of(probe.restore)):
            failures.append(error)
        notes += probe.take_notes()

    def _target(self) -> Target:
        budget = Budget(BUDGET_S, clock=self.clock, sleep=self.clock.sleep)
        client = WatchedClient(self, budget)
        document = DocumentProfile(
            probe=(POINTER,),
            update_body="whole" if self.world.whole else "fields",
            update_format=self.world.update_format,
            probe_may_be_absent=self.world.may_be_absent,
            update_method="PUT" if self.world.update_format == "json" else "PATCH",
        )
        profile = replace(TargetProfile(), document=document)
        return Target(client, Auth(client, profile.login, Credentials(token=TOKEN)), profile)

    def _ending(self, failures: Iterable[SmokeError]) -> Ending:
        failures = list(failures)
        endings = [self.world.server.ending(self.start, one) for one in self.documents]
        return Ending(
            is_equal=all(one.is_equal for one in endings),
            is_close=all(one.is_close for one in endings),
            is_red=bool(failures),
            is_dirty=any(one.dirty for one in failures),
        )

    @property
    def documents(self) -> tuple[Document, ...]:
        """The document of each instance."""
        return self.store.documents if isinstance(self.store, OwnStores) else (self.store.document,)

    @property
    def known(self) -> Known:
        """What the checks of an update need to know."""
        return Known(had=tuple(self.had), whole=self.world.whole)

    def mend(self) -> None:
        """From now on the target answers truly and in time; its habits, and its lag, stay."""
        self.store.statuses, self.store.applies = [200], [True]
        self.store.lost_fetches = 0
        self.store.drops.clear()
        self.late_s.clear()


def plain_body(patch: Any, document: Document) -> Document:
    """The properties that an update is about, whole, as a server understands it."""
    if isinstance(patch, list):
        for one in patch:
            value = None if one["op"] == "remove" else one["value"]
            document = replaced(document, one["path"], value)
        return {key: document[key] for key in dict.fromkeys(key_of(one["path"]) for one in patch)}
    return {
        name: merged(document.get(name), value) if isinstance(value, dict) else value
        for name, value in patch.items()
    }


class WatchedClient(MemoryClient):
    """Tells a life of each update, and dies with it on the way there or back."""

    def __init__(self, life: Life, budget: Budget) -> None:
        self._life = life
        self._legs_s = itertools.cycle(life.world.legs_s)
        super().__init__(life.store, budget, self._leg, f"run {len(life.outcomes)}")

    def _leg(self) -> None:
        self._life.step()
        self._life.clock.now += next(self._legs_s)

    def _exchange(self, request: Request, *, fresh: bool) -> Response | None:
        life = self._life
        if request.method == "GET":
            return super()._exchange(request, fresh=fresh)
        # What a server makes of a patch is a matter of its shape; what it keeps, of its habits.
        if life.world.update_format != "json":
            request = replace(request, json=plain_body(request.json, self.store.document))
        assert_journalled(request.json, life.journal.entries(), life.known, about=life)
        late_s = life.late_s.pop(0) if life.late_s else 0.0
        if late_s:
            # What states the original may come whenever it likes.
            changes = not same(request.json.get(PROBE), life.start.get(PROBE))
            life.under_way += changes
            self.store.later(late_s, lambda: self._arrive_late(request, changes=changes))
            life.clock.now += TIMEOUT_S
            return None
        response = super()._exchange(request, fresh=fresh)
        life.had += copy.deepcopy(life.documents)
        return response

    def _arrive_late(self, request: Request, *, changes: bool) -> None:
        self._life.under_way -= changes
        self.store.handle(request)
        self._life.had += copy.deepcopy(self._life.documents)


class WatchedJournal(MemoryJournal):
    """Dies with its life before or after it stores or forgets an entry."""

    def __init__(self, life: Life) -> None:
        super().__init__(Redactor())
        # Nothing can be stored in it: what is seen in one example is not known in the next.
        self.folder = Path("/dev/null/journal")
        self._life = life

    def record(self, entry: Entry) -> Entry:
        self._life.step()
        stored = super().record(entry)
        self._life.step()
        return stored

    def forget(self, entry: Entry) -> None:
        self._life.step()
        super().forget(entry)
        self._life.step()


def lived(world: World, document: Document, clock: FakeClock, runs: Iterable[Run]) -> Life:
    """A life of some runs."""
    life = Life(world, document, clock)
    for run in runs:
        life.live(run)
    return life
