"""Several gates at one server: whatever their timing, none mistakes another for a fault.

The gates run in virtual time (see `turnstile`): a pace says when each one starts and how long every
way of a request takes, so an example that fails is the interleaving that fails.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
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
from unit.turnstile import Turnstile

from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.safewrite.entry import Phase
from pytest_apismoke.safewrite.writing import ProbeWrite

START: Document = {"id": 1, "name": "Salon", "description": "Hair", "updated_at": 0}
RESIDUE: Document = {**START, "description": "Hair [apismoke ffffffff.1 1s]"}
STRONG, NONE = '"v{}"', ""
RUN_IDS = ("aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd")
#: How many turns a gate takes, and what it says when others came first in each: inconclusive.
TURNS = 3
NO_TURN = "expected a turn to write the probe, seen other writers in each of"
KEPT_ONCE = "two updates accepted, and only the second one kept"
#: The looks of a gate are half a settling time apart, of three requests, and the way there and
#: back: two and a half requests, not more than the 0.2 s that the probe of another stays.
SEES_ALL_S = 0.08
#: Enough examples: many more, tried by hand, found nothing else.
EXAMPLES = 60


@dataclass(frozen=True, kw_only=True)
class Pace:
    """When a gate starts, how long its journeys take (repeated), and how long it stays."""

    start_ms: int = 0
    legs_ms: tuple[int, ...] = (10,)
    hold_s: float = 0.0


@dataclass(kw_only=True)
class Gate:
    """One gate, and how it ended."""

    probe: ProbeWrite
    journal: MemoryJournal
    stay: Callable[[], None] | None
    failures: list[SmokeError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def has_met_others(self) -> bool:
        """Whether a note says that another gate was at work."""
        return any("wrote at the same time" in note for note in self.notes)

    def run(self) -> None:
        """Takes the steps of the settings suite."""
        self._note(failure_of(self._check))
        if self.probe.needs_restoring:
            self._note(failure_of(self.probe.restore))
        self.notes += self.probe.take_notes()

    def _check(self) -> None:
        self.probe.begin()
        self.probe.write()
        self.probe.read_back()
        if self.stay:
            self.stay()
            self.probe.read_back()

    def _note(self, error: SmokeError | None) -> None:
        self.failures += [error] if error else []


@dataclass(frozen=True, kw_only=True)
class Course:
    """The result of several gates at one server."""

    store: Store
    gates: list[Gate]

    @property
    def slowest_request_s(self) -> float:
        """Seconds that the slowest request of any gate took."""
        return max(gate.probe._reader.slowest_s for gate in self.gates)

    @property
    def failures(self) -> list[str]:
        """The failures of all gates, as text."""
        return [str(failure) for gate in self.gates for failure in gate.failures]

    @property
    def entries(self) -> list[str]:
        """The entries left in the journals, but for probes that were gone before they were seen.

        These may come yet, as far as their gate knows, which says so: its next run looks.
        """
        return [
            f"{entry.name} {entry.phase.value}"
            for gate in self.gates
            for entry in gate.journal.entries()
            if entry.phase is not Phase.OPEN or not (gate.has_met_others or gate.failures)
        ]

    def is_intact(self, start: Document, probe: str = "/description") -> bool:
        return as_before(self.store.document, start, probe)

    def __str__(self) -> str:
        return "\n".join([*self.store.course, *self.failures])


def course_of(
    paces: Sequence[Pace],
    *,
    start: Document = START,
    etag: str = NONE,
    merging: Merging = merges,
    probe: str = "/description",
    limit: int | None = None,
) -> Course:
    """Runs gates of these paces against one server."""
    turnstile = Turnstile()
    store = Store(start, turnstile.clock)
    store.etag, store.merging = etag, merging
    gates = []
    for index, pace in enumerate(paces):
        sleep = turnstile.sleeper(index)
        target = new_target(
            store,
            clock=turnstile.clock,
            sleep=sleep,
            travel=_travel(sleep, pace),
            probe=probe,
            name=RUN_IDS[index],
        )
        journal = MemoryJournal(target.client.redactor)
        write = ProbeWrite(
            target,
            journal.as_journal(),
            run_id=RUN_IDS[index],
            account="1",
            readback_wait_s=2.0,
            hold_s=pace.hold_s,
            limit_of=lambda _: limit,
            now=turnstile.clock,
        )
        stay = _stay(sleep, pace) if pace.hold_s else None
        gates.append(Gate(probe=write, journal=journal, stay=stay))
    turnstile.run([gate.run for gate in gates], [pace.start_ms / 1000 for pace in paces])
    return Course(store=store, gates=gates)


def _travel(sleep: Callable[[float], None], pace: Pace) -> Callable[[], None]:
    legs = itertools.cycle(pace.legs_ms)
    return lambda: sleep(next(legs) / 1000)


def _stay(sleep: Callable[[float], None], pace: Pace) -> Callable[[], None]:
    return lambda: sleep(pace.hold_s)


def paces(*, most_ms: int = 300, hold_s: float = 0.0) -> st.SearchStrategy[list[Pace]]:
    """Two to four gates; each journey takes up to `most_ms`, in steps that make ties likely."""
    leg_ms = st.integers(0, most_ms // 10).map(lambda tens: 10 * tens)
    pace = st.builds(
        Pace,
        start_ms=st.integers(0, 60).map(lambda tens: 10 * tens),
        legs_ms=st.lists(leg_ms, min_size=1, max_size=16).map(tuple),
        hold_s=st.sampled_from([0.0, hold_s]),
    )
    return st.lists(pace, min_size=2, max_size=4)


# Shorter and longer than `OTHERS_LAND_S`: fast gates meet more often.
PACES = st.one_of(*(paces(most_ms=ms, hold_s=s) for ms in (90, 190, 300) for s in (0.0, 2.0)))
#: Gates that find a residue at the same time.
CLEARING = {
    NONE: [Pace(legs_ms=(0, 0, 10, 0, 30, 90, 90, 90)), Pace(legs_ms=(0, 10, 0, 0, 0))],
    STRONG: [
        Pace(legs_ms=(0, 40, 0, 10, 90, 90)),
        Pace(legs_ms=(0, 0, 80, 30)),
        Pace(legs_ms=(0, 30, 90, 0, 0, 0, 80)),
    ],
}
search = settings(max_examples=EXAMPLES, deadline=None)


def assert_all_is_well(course: Course, start: Document, probe: str = "/description") -> None:
    """No gate fails; it may be inconclusive only where that can't be told apart.

    Of more than three gates, one may have met another in each of its turns. A slow one looks too
    rarely to see a fast one that takes its probe away.
    """
    may_say = [NO_TURN] if len(course.gates) > TURNS else []
    may_say += [KEPT_ONCE] if course.slowest_request_s > SEES_ALL_S else []
    failures = [seen for seen in course.failures if not any(one in seen for one in may_say)]
    assert failures == [], str(course)
    assert course.is_intact(start, probe), str(course)
    assert course.entries == []


# -- a healthy server -------------------------------------------------------------------------


@given(paces=PACES, etag=st.sampled_from([NONE, STRONG]), start=st.sampled_from([START, RESIDUE]))
@search
def test_the_document_is_intact_after_any_number_of_gates(
    paces: list[Pace], etag: str, start: Document
) -> None:
    course = course_of(paces, etag=etag, start=start)
    assert course.is_intact(START), str(course)
    assert course.entries == []
    assert not any(failure.dirty for gate in course.gates for failure in gate.failures)


@given(paces=PACES, start=st.sampled_from([START, RESIDUE]))
@search
def test_a_probe_that_was_displaced_unseen_stays_in_the_journal_of_its_gate(
    paces: list[Pace], start: Document
) -> None:
    course = course_of(paces, start=start)
    for gate in course.gates:
        [entry] = gate.journal.entries() or [None]
        if entry is not None:
            told = gate.has_met_others or bool(gate.failures)
            assert (entry.phase, told) == (Phase.OPEN, True), str(course)


@given(paces=PACES)
@example(
    paces=[
        Pace(legs_ms=(0,)),
        Pace(legs_ms=(0, 30)),
        Pace(legs_ms=(0, 0, 90)),
        Pace(legs_ms=(0, 20)),
    ]
)
@search
def test_no_gate_fails_where_tags_tell_who_comes_first(paces: list[Pace]) -> None:
    assert_all_is_well(course_of(paces, etag=STRONG), START)


@given(paces=PACES)
@example(paces=[Pace(legs_ms=(0, 0, 10, 30)), Pace(legs_ms=(0, 10))])
@example(paces=[Pace(legs_ms=(40,)), Pace(start_ms=90, legs_ms=(10,))])
@search
def test_no_gate_fails_where_only_time_tells(paces: list[Pace]) -> None:
    assert_all_is_well(course_of(paces), START)


@pytest.mark.exhaustive
@pytest.mark.parametrize("etag", [NONE, STRONG])
def test_no_gate_fails_where_a_dead_one_left_a_residue(etag: str) -> None:
    @given(paces=PACES)
    @example(paces=CLEARING[etag])
    @search
    def gates(paces: list[Pace]) -> None:
        assert_all_is_well(course_of(paces, etag=etag, start=RESIDUE), START)

    gates()


@given(paces=PACES)
@example(paces=[Pace(), Pace()])
@search
def test_no_gate_fails_where_the_string_has_to_be_cut(paces: list[Pace]) -> None:
    start = {**START, "description": "Hair" * 9}
    assert_all_is_well(course_of(paces, start=start, limit=40), start)


@given(paces=PACES)
@example(paces=[Pace(legs_ms=(0,)), Pace(legs_ms=(70,))])
@search
def test_no_gate_takes_a_probe_inside_an_object_for_the_original(paces: list[Pace]) -> None:
    start = {**START, "profile": {"about": "Hair"}}
    assert_all_is_well(course_of(paces, start=start, probe="/profile"), start, "/profile")


# -- a broken one -----------------------------------------------------------------------------


def drops(document: Document, body: Mapping[str, Any]) -> Document:
    return document


def drops_probes_of(run_id: str) -> Merging:
    def merging(document: Document, body: Mapping[str, Any]) -> Document:
        return document if f"[apismoke {run_id}." in str(body) else merges(document, body)

    return merging


@given(paces=PACES, etag=st.sampled_from([NONE, STRONG]))
@search
def test_no_gate_passes_where_every_update_is_dropped(paces: list[Pace], etag: str) -> None:
    course = course_of(paces, etag=etag, merging=drops)
    categories = [[f.failure.category for f in gate.failures] for gate in course.gates]
    assert categories == [[Category.PERSIST]] * len(paces), str(course)


@given(paces=PACES, etag=st.sampled_from([NONE, STRONG]))
@search
def test_a_gate_whose_probes_are_dropped_does_not_pass(paces: list[Pace], etag: str) -> None:
    course = course_of(paces, etag=etag, merging=drops_probes_of(RUN_IDS[0]))
    [failure] = course.gates[0].failures
    assert failure.failure.category is Category.PERSIST or (
        len(paces) > TURNS and str(failure).startswith(NO_TURN)
    ), str(course)
    assert course.is_intact(START)


# -- the instrument itself --------------------------------------------------------------------


@given(paces=PACES)
@settings(max_examples=20, deadline=None)
def test_a_draw_always_gives_the_same_course(paces: list[Pace]) -> None:
    assert course_of(paces).store.course == course_of(paces).store.course


@pytest.mark.exhaustive
def test_gates_that_wait_for_ever_are_a_failure_and_no_hang() -> None:
    turnstile = Turnstile()
    sleep = turnstile.sleeper(0)

    def never_ends() -> None:
        while True:
            sleep(1.0)

    with pytest.raises(AssertionError, match="no end after 20000 steps"):
        turnstile.run([never_ends], [0.0])


def test_an_exception_in_a_gate_is_not_lost() -> None:
    def crashes() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Turnstile().run([crashes, lambda: None], [0.0, 1.0])
