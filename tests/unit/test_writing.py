"""A probe write against correct and incorrect servers.

Whatever a server does, its document is afterwards as before, or the gate reports that it is not.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from unit.memory import (
    BASE_URL,
    NO_ANSWER,
    TOKEN,
    URL,
    Document,
    MemoryClient,
    Store,
    as_before,
    failure_of,
    new_target,
)

from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.writing import ProbeWrite

if TYPE_CHECKING:
    from unit.conftest import FakeClock

RUN, OTHER = "0a1b2c3d", "ffffffff"
START: Document = {"id": 1, "name": "Salon", "description": "Hair", "updated_at": 0}
PROBED = f"Hair [apismoke {RUN}.1 11s]"
AGAIN = f"Hair [apismoke {RUN}.2 11s]"
FOREIGN = f"Hair [apismoke {OTHER}.1 11s]"
PUT_BACK = "the probe field was put back"
NOTHING_LEFT = "nothing was left to put back"
TAKEN = "another gate's probe has taken the place of this run's"
GONE_ONCE = "the probe was gone once; another gate may have been at work"
STRONG = '"v{}"'
#: Request and response take this long each: more than other gates need between look and write.
SLOW_S = 0.125
SLOW_PROBES = [f"Hair [apismoke {RUN}.{turn} 13s]" for turn in range(1, 8)]
NOT_KEPT = (
    "the write was acknowledged but not kept: look at the transaction, the cache and the replica"
    " behind it"
)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A server, and a probe write against it."""

    store: Store
    clock: FakeClock
    client: MemoryClient
    journal: Journal
    probe: ProbeWrite

    @property
    def said(self) -> list[Any]:
        """The value of the probe field in each update."""
        return [update.get("description") for update in self.store.updates]

    def pass_s(self, seconds: float) -> None:
        self.clock.now += seconds

    def until_written(self) -> ProbeWrite:
        self.probe.begin()
        self.probe.write()
        return self.probe

    def until_read_back(self) -> ProbeWrite:
        self.until_written().read_back()
        return self.probe

    def is_as_before(self) -> bool:
        return as_before(self.store.document, START)


NewBench = Callable[..., Bench]


@pytest.fixture
def new_bench(clock: FakeClock, tmp_path: Path) -> NewBench:
    def make(
        document: Mapping[str, Any] = START,
        *,
        wait_s: float = 2.0,
        probe: str = "/description",
        etag: str = "",
        latency_s: float = 0.0,
        limit: int | None = None,
    ) -> Bench:
        store = Store(dict(document), clock)
        store.etag = etag
        target = new_target(
            store,
            clock=clock,
            sleep=clock.sleep,
            travel=lambda: _pass(clock, latency_s),
            probe=probe,
        )
        journal = Journal(tmp_path / "journal", target.client.redactor)
        assert isinstance(target.client, MemoryClient)
        write = ProbeWrite(
            target,
            journal,
            run_id=RUN,
            account="1",
            readback_wait_s=wait_s,
            limit_of=lambda _: limit,
        )
        return Bench(store=store, clock=clock, client=target.client, journal=journal, probe=write)

    return make


def _pass(clock: FakeClock, seconds: float) -> None:
    clock.now += seconds


@pytest.fixture
def bench(new_bench: NewBench) -> Bench:
    return new_bench()


def refusal(step: Callable[[], object]) -> SmokeError:
    with pytest.raises(SmokeError) as caught:
        step()
    return caught.value


def not_kept(was: str, seen: str) -> Failure:
    return Failure(
        category=Category.PERSIST,
        expected="the value just written to /description, and no other field changed",
        seen=f"/description was the string {was!r} and is the string {seen!r}",
        where=f"GET {URL}, over a fresh connection",
        hint=NOT_KEPT,
    )


# -- a server that does it right --------------------------------------------------------------


def test_a_write_is_proven_and_leaves_no_trace(bench: Bench) -> None:
    probe = bench.until_written()
    assert (bench.store.document["description"], probe.needs_restoring) == (PROBED, True)

    probe.read_back()

    assert probe.restore() == PUT_BACK
    assert bench.store.updates == [{"description": PROBED}, {"description": "Hair"}]
    assert (bench.is_as_before(), probe.needs_restoring, probe.retries) == (True, False, 0)
    assert (probe.take_notes(), bench.journal.entries()) == ((), ())


def test_the_write_uses_the_connection_of_the_look_and_each_proof_a_fresh_one(bench: Bench) -> None:
    bench.until_read_back().restore()
    assert bench.client.connections == [
        ("GET", "kept"),
        ("PUT", "kept"),
        ("GET", "fresh"),
        ("PUT", "fresh"),
        ("GET", "fresh"),
    ]


def test_updates_of_other_gates_may_land_before_the_read_back(bench: Bench) -> None:
    bench.until_read_back().restore()
    assert bench.clock.slept == [pytest.approx(0.2)]


def test_time_that_has_passed_since_the_write_counts_as_waiting(bench: Bench) -> None:
    probe = bench.until_written()
    bench.pass_s(0.15)
    probe.read_back()
    assert bench.clock.slept == [pytest.approx(0.05)]


@pytest.mark.parametrize(
    ("before", "probe"),
    [
        ({"description": ""}, f"[apismoke {RUN}.1 11s]"),
        ({"description": None}, f"[apismoke {RUN}.1 11s null]"),
        ({}, f"[apismoke {RUN}.1 11s absent]"),
        ({"description": "  über\n"}, f"  über\n [apismoke {RUN}.1 11s]"),
        ({"description": False}, True),
        ({"description": 5}, 6),
        ({"description": 0.5}, 1.5),
        ({"description": ["x", "y"]}, [f"x [apismoke {RUN}.1 11s]", "y"]),
        ({"description": {"n": 1, "t": "x"}}, {"n": 1, "t": f"x [apismoke {RUN}.1 11s]"}),
    ],
)
def test_a_probe_field_may_have_any_value_that_can_change(
    before: Document, probe: object, new_bench: NewBench
) -> None:
    bench = new_bench({"id": 1, **before})
    how = bench.until_read_back().restore()
    assert bench.said == [probe, before.get("description")]
    absent = "" if before else "; it was absent at first and may be null now"
    assert how == f"{PUT_BACK}{absent}"


@pytest.mark.parametrize(
    ("profile", "probe"),
    [
        ({"about": "Hair", "size": 3}, {"about": PROBED, "size": 3}),
        ({"about": None, "size": 3}, {"about": f"[apismoke {RUN}.1 11s null]", "size": 3}),
        ({"size": 3}, {"about": f"[apismoke {RUN}.1 11s absent]", "size": 3}),
        (None, {"about": f"[apismoke {RUN}.1 11s absent]"}),
    ],
)
def test_a_probe_field_may_be_inside_another(
    profile: object, probe: object, new_bench: NewBench
) -> None:
    start = {"id": 1, "profile": profile}
    bench = new_bench(start, probe="/profile/about")
    bench.until_read_back().restore()
    assert [update["profile"] for update in bench.store.updates] == [probe, profile]
    assert as_before(bench.store.document, start, "/profile/about")


def test_a_probe_field_may_be_inside_an_absent_object(new_bench: NewBench) -> None:
    bench = new_bench({"id": 1}, probe="/profile/about")
    bench.until_read_back().restore()
    assert as_before(bench.store.document, {"id": 1}, "/profile/about")


def test_a_value_that_differs_before_the_first_write_is_volatile(bench: Bench) -> None:
    earlier = {**bench.store.document, "views": 1}
    bench.store.hold(views=2)
    assert bench.probe.begin(earlier) == ("/views",)
    bench.probe.write()
    bench.store.hold(views=3)
    bench.probe.read_back()
    bench.store.hold(views=4)
    assert bench.probe.restore() == PUT_BACK


def test_each_write_sends_another_probe(bench: Bench) -> None:
    probe = bench.until_written()
    probe.write()
    probe.read_back()
    assert bench.said == [PROBED, AGAIN]
    probe.restore()
    assert bench.is_as_before()


def test_restoring_twice_does_no_harm(bench: Bench) -> None:
    probe = bench.until_written()
    assert [probe.restore(), probe.restore()] == [PUT_BACK, NOTHING_LEFT]
    assert (bench.said, bench.is_as_before()) == ([PROBED, "Hair"], True)


def test_restoring_before_anything_was_written_sends_nothing(bench: Bench) -> None:
    assert bench.probe.restore() == NOTHING_LEFT
    assert bench.store.requests == []


# -- before the write -------------------------------------------------------------------------


def test_a_field_that_can_not_carry_a_probe_is_not_written_to(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": [None, {}]})

    error = refusal(bench.probe.begin)

    assert error.failure == Failure(
        category=Category.INVALID,
        expected="a value that can be changed and put back in /description",
        seen="a list of 2",
        where=f"GET {URL}",
        hint="the probe needs a string, a boolean, a number or null",
    )
    assert (bench.store.updates, bench.probe.needs_restoring) == ([], False)


def test_no_write_starts_that_might_not_be_restored_in_time(bench: Bench) -> None:
    bench.client.expect_at_least(9.0)
    bench.pass_s(10.0)

    error = refusal(bench.probe.begin)

    assert (error.failure.category, error.failure.where, bench.store.updates) == (
        Category.BUDGET,
        f"the write to {URL} (it must leave time for restoring)",
        [],
    )


@pytest.mark.parametrize(
    ("limit", "probe"),
    [
        (30, PROBED),
        # Too short for a marker: only the journal has the original.
        (29, f"1{RUN}"),
        (4, "10a1"),
    ],
)
def test_the_limit_of_the_field_is_not_exceeded(
    limit: int, probe: str, new_bench: NewBench
) -> None:
    bench = new_bench(limit=limit)
    assert (bench.until_read_back().restore(), bench.said) == (PUT_BACK, [probe, "Hair"])


def test_a_long_string_is_cut_and_restored_whole(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": "Hair" * 25}, limit=100)
    bench.until_read_back().restore()
    end = f" [apismoke {RUN}.1 11s cut]"
    assert bench.said == [("Hair" * 25)[: 100 - len(end)] + end, "Hair" * 25]


def test_a_probe_field_with_a_credential_is_not_written_to(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": f"use {TOKEN}"})
    bench.probe.begin()

    error = refusal(bench.probe.write)

    assert error.failure == Failure(
        category=Category.UNVERIFIED,
        expected="a probe field (/description) that may be stored in the journal",
        seen="one that contains a credential of this run",
        where=f"GET {URL}",
        hint="nothing was written; use --smoke-read-only, or another account",
    )
    assert (bench.store.updates, bench.probe.needs_restoring) == ([], False)
    assert bench.journal.entries() == ()


# -- the journal ------------------------------------------------------------------------------


def test_the_original_is_recorded_before_the_update_is_sent(bench: Bench) -> None:
    found: list[tuple[Entry, ...]] = []
    bench.store.before_updates = [lambda: found.append(bench.journal.entries(BASE_URL))]

    bench.until_written()

    [entry] = found[0]
    assert replace(entry, started_at="", host="", lock="") == Entry(
        name=f"{RUN}-probe",
        run_id=RUN,
        target=BASE_URL,
        account="1",
        request={"method": "PUT", "path": "/api/business/me", "json": {"description": "Hair"}},
        accepted=(200, 201, 202, 204),
        original=START,
        written=({"description": PROBED},),
        changing=("/updated_at",),
    )


def test_the_journal_contains_every_body_that_was_sent(bench: Bench) -> None:
    bench.until_written().write()
    [entry] = bench.journal.entries()
    assert entry.written == ({"description": PROBED}, {"description": AGAIN})


def test_nothing_is_written_that_can_not_be_recorded(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the directory should be")
    assert refusal(bench.until_written).failure.category is Category.USAGE
    assert (bench.store.updates, bench.probe.needs_restoring) == ([], False)


def test_the_journal_is_empty_only_after_a_proven_restore(bench: Bench) -> None:
    bench.store.applies = [True, False]
    probe = bench.until_read_back()
    assert refusal(probe.restore).dirty
    assert [entry.name for entry in bench.journal.entries()] == [f"{RUN}-probe"]

    bench.store.applies = [True]
    probe.restore()
    assert bench.journal.entries() == ()


# -- refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 412, 422])
def test_a_target_that_refused_is_not_written_to_again(status: int, bench: Bench) -> None:
    bench.store.statuses, bench.store.applies = [status], [False]
    bench.probe.begin()

    error = refusal(bench.probe.write)

    assert error.failure == Failure(
        category=Category.SAVE,
        expected="the update to be accepted",
        seen=f"{status} with application/json, 12 bytes",
        where=f"PUT {URL}",
        hint="look into the target's log at the time of the request; the update changes"
        " 'description' only",
    )
    assert bench.probe.restore() == "the refused update had changed nothing"
    assert (len(bench.store.updates), bench.probe.needs_restoring) == (1, False)


def test_a_target_that_refused_and_wrote_anyway_is_restored(bench: Bench) -> None:
    bench.store.statuses = [422, 200]
    bench.probe.begin()
    assert refusal(bench.probe.write).failure.category is Category.SAVE
    assert bench.probe.restore() == PUT_BACK
    assert bench.is_as_before()


@pytest.mark.parametrize(("applied", "how"), [(True, PUT_BACK), (False, NOTHING_LEFT)])
def test_an_error_of_the_server_may_have_written(applied: bool, how: str, bench: Bench) -> None:
    bench.store.statuses, bench.store.applies = [500, 200], [applied, True]
    bench.probe.begin()
    assert refusal(bench.probe.write).failure.category is Category.SAVE
    assert (bench.probe.needs_restoring, bench.probe.restore()) == (True, how)
    assert bench.is_as_before()


def test_a_late_write_after_a_server_error_is_restored_too(bench: Bench) -> None:
    """The first look still shows the original; only a later one shows the probe."""
    bench.store.statuses, bench.store.lag_s = [500, 200], 1.5
    bench.probe.begin()
    assert refusal(bench.probe.write).failure.category is Category.SAVE
    assert (bench.probe.restore(), bench.is_as_before()) == (PUT_BACK, True)


def test_a_write_whose_response_is_lost_is_save_and_is_restored(bench: Bench) -> None:
    bench.store.statuses = [None, 200]
    bench.probe.begin()

    error = refusal(bench.probe.write)

    assert (error.failure.category, error.failure.seen) == (Category.SAVE, NO_ANSWER)
    assert (bench.store.document["description"], bench.probe.needs_restoring) == (PROBED, True)
    bench.probe.restore()
    assert bench.is_as_before()


# -- accepted, and not kept -------------------------------------------------------------------


@pytest.mark.parametrize("latency_s", [0.0, SLOW_S])
def test_a_write_that_was_dropped_is_tried_again_and_then_persist(
    latency_s: float, new_bench: NewBench
) -> None:
    """Another gate may come and go unseen, unless this one looks all the time."""
    bench = new_bench(latency_s=latency_s)
    bench.store.applies = [False]
    probe = bench.until_written()

    error = refusal(probe.read_back)

    last = bench.said[-1]
    assert (error.failure, error.dirty) == (not_kept(last, "Hair"), False)
    # A slow target can't be looked at all the time: it gets one more chance.
    assert len(bench.said) == (3 if latency_s else 2)
    assert probe.take_notes() == (GONE_ONCE,)
    assert (probe.restore(), bench.said[-1], bench.is_as_before()) == (NOTHING_LEFT, last, True)


def test_a_dropped_boolean_is_persist_too(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": False}, latency_s=SLOW_S)
    bench.store.applies = [False]
    assert refusal(bench.until_written().read_back).failure.category is Category.PERSIST


def test_among_other_gates_a_slow_write_is_tried_six_times_more(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": FOREIGN}, latency_s=SLOW_S)
    bench.store.later(1.0, lambda: bench.store.hold(description="Hair"))
    bench.store.applies = [False]
    probe = bench.until_written()

    assert refusal(probe.read_back).failure.category is Category.PERSIST

    assert bench.said == SLOW_PROBES
    assert probe.take_notes() == (GONE_ONCE,)


def test_a_write_that_harmed_another_field_is_persist(bench: Bench) -> None:
    bench.store.merging = lambda document, body: {**document, **body, "name": "harmed"}
    probe = bench.until_written()

    error = refusal(probe.read_back)

    assert error.failure == Failure(
        category=Category.PERSIST,
        expected="the value just written to /description, and no other field changed",
        seen="/name was the string 'Salon' and is the string 'harmed'",
        where=f"GET {URL}, over a fresh connection",
        hint="the write changed more than it was asked to: look at how the update merges",
    )


def test_a_store_that_lags_is_read_again_and_the_retries_are_counted(bench: Bench) -> None:
    bench.store.lag_s = 0.8
    probe = bench.until_written()

    probe.read_back()

    assert probe.retries == 3
    assert bench.clock.slept == pytest.approx([0.2, 0.1, 0.2, 0.4])
    probe.restore()
    assert bench.is_as_before()


def test_a_store_may_lag_as_long_as_the_wait(bench: Bench) -> None:
    bench.store.lag_s = 2.0
    bench.until_written().read_back()


def test_fields_that_change_by_themselves_are_not_compared(bench: Bench) -> None:
    probe = bench.until_written()
    bench.store.hold()
    probe.read_back()
    probe.restore()


# -- other gates ------------------------------------------------------------------------------


def test_another_gates_probe_is_waited_for_until_it_goes(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": FOREIGN})
    bench.store.later(3.0, lambda: bench.store.hold(description="Hair"))

    bench.until_read_back().restore()

    assert 3.0 <= sum(bench.clock.slept) <= 4.5
    assert bench.said == [PROBED, "Hair"]
    assert (bench.probe.take_notes(), bench.is_as_before()) == ((), True)


def test_a_probe_that_outlives_its_lease_is_removed(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": FOREIGN})

    bench.until_read_back().restore()

    assert 11.0 <= sum(bench.clock.slept) <= 12.5
    assert bench.said == ["Hair", PROBED, "Hair"]
    note = f"a probe that the run {OTHER} had left in /description was removed"
    assert bench.probe.take_notes() == (note,)


def test_a_residue_that_can_not_be_removed_is_dirty(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": FOREIGN})
    bench.store.applies = [False]

    error = refusal(bench.probe.begin)

    assert (error.dirty, error.failure.category, error.failure.expected) == (
        True,
        Category.PERSIST,
        f"the changes of the run {OTHER} to be put back",
    )
    assert error.failure.hint.endswith(OTHER)


def test_a_budget_spent_on_waiting_names_the_other_run(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": f"Hair [apismoke {OTHER}.1 900s]"})

    error = refusal(bench.probe.begin)

    assert error.failure == Failure(
        category=Category.BUDGET,
        expected="to finish within 60 s",
        seen="the time budget spent",
        where=f"waiting for the probe of the run {OTHER} to disappear from {URL};"
        " it counts as left behind after 900 s",
        hint="find out why the target is slow (durations are in the JSON report),"
        " or allow more with --smoke-budget SECONDS",
    )
    assert (bench.store.updates, bench.probe.needs_restoring) == ([], False)


def test_an_earlier_probe_of_this_run_is_removed_at_once(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": f"Hair [apismoke {RUN}.7 11s]"})

    bench.probe.begin()

    assert (bench.clock.slept, bench.said, bench.is_as_before()) == ([], ["Hair"], True)
    note = f"a probe that the run {RUN} had left in /description was removed"
    assert bench.probe.take_notes() == (note,)


def test_the_changes_of_a_dead_worker_of_this_run_are_restored_first(bench: Bench) -> None:
    bench.until_written()
    [entry] = bench.journal.entries()
    target = bench.probe._target
    # The operating system releases the locks of a dead process.
    assert bench.journal._lock is not None
    bench.journal._lock.release()
    bench.journal.unlock_document(BASE_URL, "/api/business/me")
    journal = Journal(bench.journal.folder, bench.journal.redactor)
    successor = ProbeWrite(target, journal, run_id=RUN, account="1", readback_wait_s=2.0)

    successor.begin()

    assert (bench.is_as_before(), bench.journal.entries()) == (True, ())
    assert successor.take_notes() == (
        f"the run {RUN} of {entry.started_at} was ended before it restored /description;"
        " that was put back",
    )


def test_a_residue_that_had_to_be_cut_is_not_guessed_at(new_bench: NewBench) -> None:
    bench = new_bench({**START, "description": f"Ha [apismoke {OTHER}.1 11s cut]"})

    error = refusal(bench.probe.begin)

    assert error.failure == Failure(
        category=Category.UNVERIFIED,
        expected="no probe in /description",
        seen=f"one that the run {OTHER} left behind, in a string that had to be cut",
        where=f"GET {URL}",
        hint="run 'apismoke restore' on the machine of that run: its journal has the original;"
        " or correct the field by hand",
    )
    assert bench.store.updates == []


def test_a_gate_that_was_overtaken_writes_again_when_the_field_is_free(bench: Bench) -> None:
    bench.store.after_updates = [lambda: bench.store.hold(description=FOREIGN)]
    bench.store.later(2.0, lambda: bench.store.hold(description="Hair"))

    probe = bench.until_read_back()

    assert bench.said == [PROBED, AGAIN]
    assert probe.take_notes() == (f"the run {OTHER} wrote at the same time and came first",)
    assert (probe.restore(), bench.is_as_before(), probe.retries) == (PUT_BACK, True, 1)


def test_a_probe_that_was_kept_for_too_long_proves_nothing(bench: Bench) -> None:
    probe = bench.until_read_back()
    bench.pass_s(20.0)
    bench.store.hold(description="Hair")

    error = refusal(probe.read_back)

    assert error.failure == Failure(
        category=Category.UNVERIFIED,
        expected="the probe in /description for as long as this run needed it",
        seen="the original again after 22 s",
        where=f"GET {URL}, over a fresh connection",
        hint="another gate may have removed it as left behind; run the gate again when the"
        " target responds faster",
    )
    assert (probe.restore(), bench.is_as_before()) == (NOTHING_LEFT, True)


# -- entity tags ------------------------------------------------------------------------------


def test_with_strong_tags_every_update_is_conditional_and_no_gate_waits(
    new_bench: NewBench,
) -> None:
    bench = new_bench(etag=STRONG)
    bench.until_read_back().restore()
    assert (bench.said, bench.store.conditions) == ([PROBED, "Hair"], ['"v0"', '"v1"'])
    assert (bench.clock.slept, bench.is_as_before()) == ([], True)


@pytest.mark.parametrize("tag", ['W/"v{}"', "v{}", '"'])
def test_weak_tags_are_no_condition(tag: str, new_bench: NewBench) -> None:
    bench = new_bench(etag=tag)
    bench.until_read_back().restore()
    assert bench.store.conditions == ["", ""]
    assert bench.clock.slept == [pytest.approx(0.2)]


def test_a_gate_whose_update_is_answered_412_waits_and_writes_again(new_bench: NewBench) -> None:
    bench = new_bench(etag=STRONG)
    bench.store.before_updates = [lambda: bench.store.hold(description=FOREIGN)]
    bench.store.later(2.0, lambda: bench.store.hold(description="Hair", name="Salon 2"))

    probe = bench.until_read_back()
    probe.restore()

    assert bench.said == [PROBED, AGAIN, "Hair"]
    assert bench.store.conditions == ['"v0"', '"v2"', '"v3"']
    assert (bench.store.document["name"], probe.retries) == ("Salon 2", 1)


def test_a_412_because_of_a_gate_that_has_gone_leaves_tags_in_use(new_bench: NewBench) -> None:
    bench = new_bench(etag=STRONG)
    bench.store.before_updates = [lambda: bench.store.hold(description="Hair")]
    bench.until_read_back()
    assert bench.store.conditions == ['"v0"', '"v1"']


def test_tags_that_never_match_are_given_up(new_bench: NewBench) -> None:
    bench = new_bench(etag=STRONG)
    bench.store.honours_etags = False
    probe = bench.until_read_back()
    assert probe.restore() == PUT_BACK
    assert bench.store.conditions == ['"v0"', "", ""]
    assert (bench.said, bench.is_as_before()) == ([PROBED, AGAIN, "Hair"], True)


def test_a_dropped_write_under_tags_is_not_attributed_to_other_gates(new_bench: NewBench) -> None:
    bench = new_bench(etag=STRONG, latency_s=SLOW_S)
    bench.store.applies = [False]
    probe = bench.until_written()
    assert refusal(probe.read_back).failure == not_kept(SLOW_PROBES[0], "Hair")
    assert bench.said == SLOW_PROBES[:1]


def test_a_document_that_changed_after_the_read_back_is_read_again_before_the_restore(
    new_bench: NewBench,
) -> None:
    bench = new_bench(etag=STRONG)
    probe = bench.until_read_back()
    bench.store.hold(updated_by="a clock")
    bench.probe._restorer.changing.append("/updated_by")
    assert probe.restore() == PUT_BACK
    assert bench.store.conditions == ['"v0"', '"v1"', '"v2"']


# -- restoring --------------------------------------------------------------------------------


def test_a_server_that_replaces_gets_the_whole_document_back(bench: Bench) -> None:
    bench.store.merging = lambda document, body: dict(body)
    probe = bench.until_written()
    assert refusal(probe.read_back).failure.seen == "/id is gone; /name is gone"
    assert probe.restore() == "the whole document had to be written back"
    assert bench.is_as_before()


def test_a_failed_restore_is_dirty_and_names_the_repair_command(
    bench: Bench, tmp_path: Path
) -> None:
    bench.store.statuses, bench.store.applies = [200, 403], [True, False]
    probe = bench.until_written()

    error = refusal(probe.restore)

    state_dir = f"--state-dir={tmp_path / 'journal'}"
    repair = shlex.join(["apismoke", "restore", f"--target-url={BASE_URL}", state_dir, RUN])
    assert error.dirty
    assert error.failure == Failure(
        category=Category.PERSIST,
        expected="the original document after restoring",
        seen=f"/description was the string 'Hair' and is the string {PROBED!r};"
        " the restoring update was answered 403",
        where=f"PUT {URL}",
        hint=f"THE TARGET WAS LEFT CHANGED: when it accepts updates again, run {repair}",
    )
    assert (probe.needs_restoring, bench.said) == (True, [PROBED, "Hair", "Hair"])


def test_restoring_that_can_not_be_proven_is_dirty(bench: Bench) -> None:
    probe = bench.until_written()
    bench.store.lost_fetches = 9
    error = refusal(probe.restore)
    assert (error.dirty, error.failure.seen) == (True, f"{NO_ANSWER} (GET {URL})")


def test_a_restore_whose_responses_are_lost_is_judged_by_the_document(bench: Bench) -> None:
    bench.store.statuses = [None]
    bench.probe.begin()
    assert refusal(bench.probe.write).failure.category is Category.SAVE
    assert bench.probe.restore() == PUT_BACK
    assert (bench.is_as_before(), bench.probe.needs_restoring) == (True, False)


@pytest.mark.parametrize("late_s", [55.0, 60.0, 600.0])
def test_restoring_has_some_time_although_the_budget_is_spent(late_s: float, bench: Bench) -> None:
    probe = bench.until_written()
    bench.pass_s(late_s)
    assert refusal(probe.read_back).failure.category is Category.BUDGET
    assert probe.restore() == PUT_BACK
    assert bench.is_as_before()


def test_another_gates_probe_is_left_alone(bench: Bench) -> None:
    probe = bench.until_written()
    bench.store.hold(description=FOREIGN)
    assert (probe.restore(), probe.needs_restoring) == (TAKEN, False)
    assert (bench.said, bench.store.document["description"]) == ([PROBED], FOREIGN)


def test_another_gates_cut_probe_is_left_alone(bench: Bench) -> None:
    probe = bench.until_written()
    bench.store.hold(description=f"Ha [apismoke {OTHER}.1 11s cut]")
    assert probe.restore() == TAKEN


def test_a_later_edit_is_left_alone(bench: Bench) -> None:
    probe = bench.until_read_back()
    bench.pass_s(1.5)
    bench.store.hold(description="Hair and beard")
    assert probe.restore() == "/description was edited by somebody else, and left alone"
    assert (bench.said, bench.store.document["description"]) == ([PROBED], "Hair and beard")


@pytest.mark.parametrize("etag", ["", STRONG])
def test_of_an_edit_before_the_marker_only_the_marker_is_removed(
    etag: str, new_bench: NewBench
) -> None:
    bench = new_bench(etag=etag)
    probe = bench.until_read_back()
    bench.pass_s(1.5)
    bench.store.hold(description=PROBED.replace("Hair", "Hair and beard"))
    assert probe.restore() == PUT_BACK
    assert bench.store.document["description"] == "Hair and beard"


@pytest.mark.parametrize(
    ("mangle", "how"),
    [
        (lambda text: text[:10], PUT_BACK),
        # The one letter is the whole original.
        (lambda text: text[:1], NOTHING_LEFT),
        (lambda text: text.upper(), PUT_BACK),
        (lambda text: text.replace("[", "").replace("]", ""), PUT_BACK),
        (lambda text: text.replace("[", "("), PUT_BACK),
    ],
    ids=["truncates", "keeps one letter", "upper-cases", "strips brackets", "changes a bracket"],
)
def test_a_probe_that_the_server_altered_is_restored(
    mangle: Callable[[str], str], how: str, new_bench: NewBench
) -> None:
    start = {**START, "description": "H"}
    bench = new_bench(start)
    bench.store.merging = lambda document, body: {
        **document,
        "description": mangle(body["description"]),
    }
    probe = bench.until_written()
    assert refusal(probe.read_back).failure.category is Category.PERSIST
    assert (probe.restore(), as_before(bench.store.document, start)) == (how, True)


def test_a_stale_read_does_not_prove_a_restore(bench: Bench) -> None:
    """The store lags and drops the restoring updates: the first reads look right."""
    bench.store.lag_s = 1.5
    bench.store.applies = [True, False]
    probe = bench.until_written()
    assert refusal(probe.restore).dirty
    assert bench.store.document["description"] == PROBED


def test_a_stale_read_does_not_prove_a_refusal(bench: Bench) -> None:
    bench.store.lag_s = 1.5
    bench.store.statuses = [422, 200]
    bench.probe.begin()
    refusal(bench.probe.write)
    error = failure_of(bench.probe.restore)
    assert error or bench.is_as_before()


def test_a_stale_read_does_not_prove_a_restore_after_a_refusal(bench: Bench) -> None:
    bench.store.lag_s = 1.5
    bench.store.statuses, bench.store.applies = [422, 200], [False, True]
    bench.probe.begin()
    refusal(bench.probe.write)
    bench.probe.write()
    bench.probe.restore()
    assert bench.is_as_before()


def test_a_stale_read_proves_nothing_when_little_time_is_left(new_bench: NewBench) -> None:
    bench = new_bench(wait_s=10.0)
    bench.store.lag_s = 6.0
    bench.store.statuses, bench.store.applies = [None, 200], [True, False]
    bench.pass_s(48.0)
    bench.probe.begin()
    refusal(bench.probe.write)
    assert refusal(bench.probe.restore).dirty


def test_a_second_restore_leaves_the_next_gate_alone(bench: Bench) -> None:
    probe = bench.until_read_back()
    probe.restore()
    bench.store.hold(description=FOREIGN)
    probe.restore()
    assert bench.store.document["description"] == FOREIGN


def test_an_update_that_never_left_needs_no_restoring(bench: Bench) -> None:
    bench.probe.begin()
    bench.pass_s(55.0)
    assert refusal(bench.probe.write).failure.category is Category.BUDGET
    assert bench.probe.needs_restoring is False
