"""Whatever a server does, its document is afterwards as before, or the gate reports otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.memory import (
    Document,
    MemoryJournal,
    Merging,
    Store,
    as_before,
    failure_of,
    merges,
    new_target,
)

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.safewrite.recovery import Recovered, account_of, recover
from pytest_apismoke.safewrite.writing import ProbeWrite

if TYPE_CHECKING:
    from unit.conftest import FakeClock

RUN, NEXT_RUN = "0a1b2c3d", "4e5f6a7b"
WAIT_S = 2.0
EXAMPLES = 100
STRONG, WEAK, NONE = '"v{}"', 'W/"v{}"', ""
MakeClock = Callable[[], "FakeClock"]

# -- documents --------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LONG = st.builds(lambda text, times: text * times, TEXT.filter(bool), st.integers(1, 3000)).map(
    lambda text: text[:4000]
)
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
PROBED = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e300, 1e300)
    | TEXT
    | LONG
    | st.fixed_dictionaries({"about": TEXT | st.integers()}, optional={"more": JSON})
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document = draw(st.dictionaries(TEXT, JSON, max_size=3))
    document.pop("description", None)
    if draw(st.booleans()):
        document["description"] = draw(PROBED)
    return {**document, "id": 1, "active": draw(st.booleans()), "updated_at": 0}


# -- servers ----------------------------------------------------------------------------------


def replaces(document: Document, body: Mapping[str, Any]) -> Document:
    return dict(body)


def drops(document: Document, body: Mapping[str, Any]) -> Document:
    return document


def truncates(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **{k: v[:10] if isinstance(v, str) else v for k, v in body.items()}}


def strips(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **{k: v.strip() if isinstance(v, str) else v for k, v in body.items()}}


def flips(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **body, "active": not document.get("active")}


def adds(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **body, "harmed": True}


def wipes_others(document: Document, body: Mapping[str, Any]) -> Document:
    return {**dict.fromkeys(document), **body}


def leaves_out_nulls(document: Document, body: Mapping[str, Any]) -> Document:
    return {k: v for k, v in {**document, **body}.items() if v is not None}


def ignores_nulls(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **{k: v for k, v in body.items() if v is not None}}


MERGINGS: tuple[Merging, ...] = (
    *(merges, merges, replaces, drops, truncates, strips, flips, adds, wipes_others),
    *(leaves_out_nulls, ignores_nulls),
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The behaviour of a server, and the time that passes; see `Store`."""

    merging: Merging = merges
    statuses: tuple[int | None, ...] = (200,)
    applies: tuple[bool, ...] = (True,)
    lag_s: float = 0.0
    etag: str = NONE
    legs_s: tuple[float, ...] = (0.0,)
    lost_fetches: int = 0
    delay_s: float = 0.0

    def store(self, document: Document, clock: FakeClock) -> Store:
        store = Store(document, clock)
        store.merging, store.lag_s, store.etag = self.merging, self.lag_s, self.etag
        store.statuses, store.applies = list(self.statuses), list(self.applies)
        store.lost_fetches = self.lost_fetches
        return store

    @property
    def lags_under_tags(self) -> bool:
        """Whether it shows conditional updates late."""
        return self.lag_s > 0 and self.etag == STRONG

    @property
    def lies_about_conditions(self) -> bool:
        """Whether it applies updates that it refuses with 412."""
        return 412 in self.statuses and self.etag == STRONG

    @property
    def is_known_to_deceive(self) -> bool:
        return (
            self.lies_and_lags
            or self.lags_under_tags
            or self.lies_about_conditions
            or self.leaves_little_time
        )

    @property
    def leaves_little_time(self) -> bool:
        """Whether it lags, and too little time is left to wait for it."""
        return self.lag_s > 0 and self.delay_s >= 20.0

    @property
    def lets_a_restore_be_proven(self) -> bool:
        """Whether reads get a response in time, and null is returned as null."""
        answered = self.lost_fetches == 0 and self.delay_s < 20.0 and max(self.legs_s) < 0.5
        return answered and self.merging not in (leaves_out_nulls, ignores_nulls)

    @property
    def lies_and_lags(self) -> bool:
        """Whether it applies updates that it refuses, and shows them late."""
        refusals = [status for status in self.statuses if status in (412, 422)]
        return self.lag_s > 0 and bool(refusals)


def plans(*, lags_s: tuple[float, ...]) -> st.SearchStrategy[Plan]:
    status = st.sampled_from([200, 200, 200, 204, 422, 412, 500, None])
    return st.builds(
        Plan,
        merging=st.sampled_from(MERGINGS),
        statuses=st.just((200,)) | st.lists(status, min_size=1, max_size=4).map(tuple),
        applies=st.just((True,)) | st.lists(st.booleans(), min_size=1, max_size=5).map(tuple),
        lag_s=st.just(0.0) | st.sampled_from(lags_s),
        etag=st.sampled_from([NONE, STRONG, WEAK]),
        legs_s=st.lists(
            st.sampled_from([0.0, 0.0, 0.05, 0.125, 0.5, 1.5]), min_size=1, max_size=4
        ).map(tuple),
        lost_fetches=st.sampled_from([0, 0, 1, 3]),
        delay_s=st.sampled_from([0.0, 0.0, 1.5, 20.0, 45.0, 70.0]),
    )


# The last look comes 1.7 s after an update; lags from there to 2 s have tests of their own.
PATIENT = plans(lags_s=(0.1, 0.5, 1.0, 1.7))
#: Without the servers that have tests of their own below.
MENDED: st.SearchStrategy[Plan] = PATIENT.filter(lambda plan: not plan.is_known_to_deceive)
IMPATIENT = plans(lags_s=(2.5, 3.0, 4.0)).filter(
    lambda plan: not plan.lies_about_conditions and plan.merging in (merges, drops, truncates)
)


# -- a run ------------------------------------------------------------------------------------


class Died(BaseException):
    """The process was killed: no later code may be relied on."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """The result of one probe write."""

    store: Store
    journal: MemoryJournal
    failures: tuple[SmokeError, ...] = ()
    died: bool = False

    @property
    def is_called_dirty(self) -> bool:
        return any(failure.dirty for failure in self.failures)

    def __str__(self) -> str:
        said = [f"{'DIRTY ' if f.dirty else ''}{f}" for f in self.failures]
        return "\n".join([*self.store.course, *said])


def live(document: Document, plan: Plan, clock: FakeClock, *, dies_at: int | None = None) -> Life:
    """Runs a probe write as the settings suite does; `dies_at` is the journey that kills it."""
    store = plan.store(document, clock)
    legs, ways = itertools.cycle(plan.legs_s), itertools.count()

    def travel() -> None:
        if dies_at is not None and next(ways) >= dies_at:
            raise Died
        clock.now += next(legs)

    target = new_target(store, clock=clock, sleep=clock.sleep, travel=travel)
    journal = MemoryJournal(target.client.redactor)
    probe = ProbeWrite(
        target, journal.as_journal(), run_id=RUN, account="1", readback_wait_s=WAIT_S
    )
    failures = []
    try:
        for step in (probe.begin, probe.write, probe.read_back):
            if error := failure_of(step):
                failures.append(error)
                break
            clock.now += plan.delay_s
        if probe.needs_restoring and (error := failure_of(probe.restore)):
            failures.append(error)
        return Life(store=store, journal=journal, failures=tuple(failures))
    except Died:
        return Life(store=store, journal=journal, failures=tuple(failures), died=True)


def recover_from(life: Life, clock: FakeClock, document: Document) -> Recovered:
    """The recovery by the next run."""
    target = new_target(life.store, clock=clock, sleep=clock.sleep)
    account = account_of(document, "id")
    return recover(target, life.journal.as_journal(), account=account, wait_s=WAIT_S)


def is_marked(document: Document) -> bool:
    """Whether the probe of this document is a string, with a marker."""
    return isinstance(document.get("description", ""), (str, type(None)))


def _without_nulls(document: Document) -> Document:
    """Recovery treats null and absent as equal, in every property."""
    return {name: value for name, value in document.items() if value is not None}


search = settings(max_examples=EXAMPLES, deadline=None)


@given(document=documents())
@settings(max_examples=150, deadline=None)
def test_a_server_that_merges_passes_with_any_document(
    make_clock: MakeClock, document: Document
) -> None:
    life = live(document, Plan(), make_clock())
    if not isinstance(document.get("description"), (dict, list)):
        assert life.failures == (), str(life)
    assert as_before(life.store.document, document), str(life)
    assert life.journal.entries() == ()


@given(document=documents(), plan=MENDED)
@search
def test_the_document_is_as_before_or_the_target_is_called_dirty(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    assert as_before(life.store.document, document) or life.is_called_dirty, str(life)
    assert bool(life.journal.entries()) == life.is_called_dirty, str(life)


@given(document=documents(), plan=PATIENT)
@example(
    document={"id": 1, "active": False},
    plan=Plan(
        merging=replaces,
        applies=(False, True),
        lag_s=1.7,
        legs_s=(0.0, 0.0, 1.5, 0.0),
        delay_s=45.0,
    ),
)
@search
def test_a_run_with_little_time_left_restores_or_is_dirty(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    assert as_before(life.store.document, document) or life.is_called_dirty, str(life)


@given(document=documents(), plan=PATIENT)
@example(document={"id": 1, "description": False}, plan=Plan(lag_s=2.0, legs_s=(0.05, 0.125, 0.0)))
@search
def test_a_probe_without_a_marker_that_shows_late_is_not_taken_for_the_original(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    assert as_before(life.store.document, document) or life.is_called_dirty, str(life)


@given(document=documents(), plan=PATIENT.filter(lambda plan: plan.lets_a_restore_be_proven))
@example(document={"id": 1}, plan=Plan(lag_s=2.0, legs_s=(0.05, 0.125, 0.0)))
@search
def test_a_document_that_was_restored_late_is_not_called_dirty(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    assert not (as_before(life.store.document, document) and life.is_called_dirty), str(life)


@given(document=documents(), plan=PATIENT)
@example(document={"id": 1, "active": False}, plan=Plan(merging=flips, lag_s=1.9))
@search
def test_a_repair_that_shows_late_is_not_undone_by_the_next_one(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    assert as_before(life.store.document, document) or life.is_called_dirty, str(life)


@given(document=documents(), plan=PATIENT)
@example(document={"id": 1, "description": False}, plan=Plan(statuses=(412, 200), etag=STRONG))
@search
def test_an_update_that_a_gateway_sent_twice_is_restored_or_dirty(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    """The first is applied and its response lost, the second refused with 412."""
    life = live(document, plan, make_clock())
    assert as_before(life.store.document, document) or life.is_called_dirty, str(life)


@given(document=documents(), plan=PATIENT)
@example(document={"description": "Hair"}, plan=Plan(statuses=(422, 200), lag_s=0.5))
@example(
    document={"id": 1, "active": False, "updated_at": 0},
    plan=Plan(merging=flips, statuses=(200, 412, 200), lag_s=0.1, etag=STRONG, legs_s=(0.05,)),
)
@search
def test_a_server_that_lies_and_lags_is_restored_or_dirty(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    assert as_before(life.store.document, document) or life.is_called_dirty, str(life)


@given(document=documents(), plan=PATIENT)
@example(document={"id": 1}, plan=Plan(merging=adds, lag_s=2.5, legs_s=(0.5, 1.5, 0.0, 0.5)))
@search
def test_harm_that_shows_late_is_not_taken_for_the_original(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    assert as_before(life.store.document, document) or life.failures, str(life)


@given(document=documents().filter(lambda document: is_marked(document)), plan=IMPATIENT)
@search
def test_with_a_store_that_lags_longer_the_run_does_not_pass(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    life = live(document, plan, make_clock())
    # A change that no read showed in time is not `persist`, but the run does not pass either.
    assert as_before(life.store.document, document) or life.failures, str(life)


@given(
    document=documents(),
    plan=MENDED,
    dies_at=st.integers(0, 14),
    pause_s=st.sampled_from([2.5, 30.0, 3600.0]),
)
@search
def test_the_changes_of_a_killed_run_are_restored_or_reported(
    make_clock: MakeClock, document: Document, plan: Plan, dies_at: int, pause_s: float
) -> None:
    clock = make_clock()
    life = live(document, plan, clock, dies_at=dies_at)
    if not life.died:
        return
    clock.now += pause_s
    recovered = recover_from(life, clock, document)
    left = bool(life.journal.entries()) and bool(recovered.notes)
    well = as_before(_without_nulls(life.store.document), _without_nulls(document))
    assert well or recovered.failure or left, f"{life}\n{recovered}"


@given(document=documents(), plan=PATIENT)
@example(document={"description": "Hair", "id": 1}, plan=Plan(lag_s=1.0))
@search
def test_an_entry_survives_a_recovery_that_comes_at_once(
    make_clock: MakeClock, document: Document, plan: Plan
) -> None:
    clock = make_clock()
    life = live(document, plan, clock, dies_at=3)
    recovered = recover_from(life, clock, document)
    well = as_before(_without_nulls(life.store.document), _without_nulls(document))
    assert well or recovered.failure or life.journal.entries(), f"{life}\n{recovered}"
