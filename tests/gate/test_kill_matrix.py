"""A run is killed at any step of its write: the next one detects, restores and reports it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import (
    KILLING,
    MAY_ARRIVE,
    Backend,
    Ended,
    Gate,
    await_end_of_group,
    credentials,
    killing,
)

pytestmark = pytest.mark.exhaustive

PUT_BACK = "that was put back"


def noted_down(number: int) -> list[str]:
    """How an entry of the journal comes to be."""
    file_operations = ("make", "sync file", "rename", "sync folder")
    return [f"{operation} {number}" for operation in file_operations]


def forgotten(sync: int) -> list[str]:
    """How a run lets go of its entry (lock 2), and then of the document (lock 1)."""
    return ["unlink .json 1", "unlock 1", "unlink .lock 1", f"sync folder {sync}", "unlock 2"]


def each_side(operations: list[str]) -> list[str]:
    """The steps before and after each operation."""
    return [f"{when} {operation}" for operation in operations for when in ("before", "after")]


def between(first: str, last: str, steps: list[str]) -> list[str]:
    """The steps from one to another, both included."""
    return steps[steps.index(first) : steps.index(last) + 1]


def every_fifth(steps: list[str]) -> list[Any]:
    """The steps; only every fifth one is in CI: an odd distance takes from both sides.

    The model in `tests/model` kills at every step of the protocol.
    """
    return [
        pytest.param(step, marks=(pytest.mark.by_hand,) if number % 5 else ())
        for number, step in enumerate(steps)
    ]


#: A smoke run writes once: the entry and a look before the probe, a look halfway and a round after
#: it, the entry as kept; a look, the original, and a round that proves it.
SMOKE = [
    *("lock 1", "GET me 1", "lock 2", *noted_down(1), "GET me 2", "PUT me 1"),
    *("pause 1", "GET me 3", "pause 2", "GET me 4", *noted_down(2)),
    *("GET me 5", "PUT me 2", "GET me 6", *forgotten(3)),
]
#: A full run writes twice, the second time right after the OAuth start was asked, and looks later.
FULL = [
    *("lock 1", "GET me 1", "lock 2", *noted_down(1), "GET me 2", "PUT me 1"),
    *("pause 1", "GET me 3", "pause 2", "GET me 4", *noted_down(2), "GET start 1"),
    *(*noted_down(3), "GET me 5", "PUT me 2"),
    *("pause 3", "GET me 6", "pause 4", "GET me 7", *noted_down(4)),
    *("pause 5", "GET me 8", *noted_down(5), "GET me 9", "PUT me 3", "GET me 10", *forgotten(6)),
]
#: A run that finds an entry: it claims it, looks, sends the original, proves it and lets go.
RECOVERY = [
    *("lock 1", "lock 2", "pause 1", "GET me 1"),
    *("make 1", "sync file 1", "rename 1", "sync folder 1", "GET me 2", "PUT me 1", "GET me 3"),
    *("unlink .json 1", "unlink .lock 1", "sync folder 2", "unlock 1", "unlock 2"),
]
#: Under pytest-xdist: both sides of what changes the document, and after anything else.
DISTRIBUTED = [step for step in each_side(SMOKE) if step.startswith("after") or "PUT" in step]
#: Here the entry says that the probe may have been sent, and none was: nobody can know that it
#: does not arrive any more, until a minute has passed.
UNSENT = between("after rename 1", "before PUT me 1", each_side(SMOKE))
#: A recovery that has sent the original, of a probe that its own run had not seen yet.
UNSEEN = between("after PUT me 1", "before unlink .json 1", each_side(RECOVERY))
#: The next run need not wait long for a store that might show a write late: this one never does.
QUICK = "-oapismoke_readback_wait=0.1"
#: The steps have one order only where no reads are sent side by side.
ONE_BY_ONE = "-oapismoke_fresh_reads=1"

RUNS = {
    "full": pytest.param([], 0, FULL, id="full"),
    "smoke-n2": pytest.param(["--smoke"], 2, SMOKE, id="smoke-n2"),
}


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    """One backend for all: what a point leaves behind the next one would see."""
    backend = Backend()
    yield backend
    backend.stop()


@pytest.fixture
def another_backend() -> Iterator[Backend]:
    """A backend in which a probe may stay for longer."""
    backend = Backend()
    yield backend
    backend.stop()


def kill(gate: Gate, backend: Backend, step: str, *arguments: str, workers: int) -> Ended:
    """Runs the gate up to a step and kills it there, with its workers."""
    reached = gate.folder / "steps"
    process = gate.start(
        f"--target-url={backend.url}",
        KILLING,
        ONE_BY_ONE,
        *arguments,
        environ={**credentials(), **killing(step), "STEPS_TO": str(reached)},
        workers=workers,
    )
    ended = gate.end(process)
    assert ended.code == -9, ended.output
    assert reached.read_text().splitlines()[-1] == step
    await_end_of_group(process.pid)
    return ended


def assert_the_next_run_puts_back(
    gate: Gate, backend: Backend, before: dict[str, Any], *, is_open: bool
) -> None:
    """The document is as before, and what was left of it is told: put back, or open.

    Args:
        gate: whose runs were killed.
        backend: what they wrote to.
        before: its document before they did.
        is_open: whether the probe may still arrive for all that the journal can tell.

    """
    was_left = backend.document() != before
    entries = gate.entries()
    assert len(entries) <= 1
    assert entries or not was_left
    assert not (is_open and was_left)
    ended = gate.against(backend, "--smoke", QUICK)
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert backend.document() == before
    notes = ended.notes()
    if is_open:
        assert [MAY_ARRIVE in note for note in notes] == [True], ended.output
        assert [entry["phase"] for entry in gate.entries()] == ["open"]
        gate.let_a_minute_pass()
        ended = gate.against(backend, "--smoke", QUICK)
        assert (ended.code, ended.notes()) == (0, []), ended.output
        assert backend.document() == before
    else:
        assert [note.endswith(PUT_BACK) for note in notes] == [True] * was_left, ended.output
    assert gate.entries() == []


@pytest.mark.parametrize("step", every_fifth(each_side(FULL)))
def test_a_full_run_killed_at_any_step(gate: Gate, backend: Backend, step: str) -> None:
    before = backend.document()
    kill(gate, backend, step, workers=0)
    assert_the_next_run_puts_back(gate, backend, before, is_open=step in UNSENT)


@pytest.mark.parametrize("step", every_fifth(DISTRIBUTED))
def test_a_smoke_run_under_xdist_killed_at_any_step(
    gate: Gate, backend: Backend, step: str
) -> None:
    before = backend.document()
    kill(gate, backend, step, "--smoke", workers=2)
    assert_the_next_run_puts_back(gate, backend, before, is_open=step in UNSENT)


@pytest.mark.parametrize("step", every_fifth(each_side(RECOVERY)))
def test_a_recovery_killed_at_any_step(gate: Gate, backend: Backend, step: str) -> None:
    before = backend.document()
    kill(gate, backend, "after PUT me 1", "--smoke", workers=0)
    assert backend.document() != before
    kill(gate, backend, step, "--smoke", workers=0)
    assert_the_next_run_puts_back(gate, backend, before, is_open=step in UNSEEN)


@pytest.mark.parametrize(("arguments", "workers", "steps"), RUNS.values())
def test_no_step_of_a_write_is_left_out(
    gate: Gate, backend: Backend, arguments: list[str], workers: int, steps: list[str]
) -> None:
    passed = gate.folder / "steps"
    environ = {**killing(""), "STEPS_TO": str(passed)}
    ended = gate.against(backend, KILLING, ONE_BY_ONE, *arguments, workers=workers, **environ)
    assert ended.code == 0
    assert passed.read_text().splitlines() == each_side(steps)
    assert len(set(each_side(steps))) >= 25


def test_no_step_of_a_recovery_is_left_out(gate: Gate, backend: Backend) -> None:
    kill(gate, backend, "after PUT me 1", "--smoke", workers=0)
    passed = gate.folder / "steps of the recovery"
    environ = {**killing(""), "STEPS_TO": str(passed)}
    ended = gate.against(backend, KILLING, ONE_BY_ONE, "--smoke", workers=0, **environ)
    assert ended.code == 0
    expected = each_side(RECOVERY)
    assert passed.read_text().splitlines()[: len(expected)] == expected


def test_another_machine_restores_from_the_probe_itself(
    gate: Gate, another_backend: Backend, tmp_path: Path
) -> None:
    """It has no journal, so it waits until the probe's time is over."""
    backend = another_backend
    before = backend.document()
    kill(gate, backend, "after PUT me 1", "--smoke", workers=0)
    assert backend.document() != before
    elsewhere = Gate(gate.folder, state_dir=tmp_path / "another-machine")
    ended = elsewhere.against(backend, "--smoke")
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert backend.document() == before
    assert elsewhere.entries() == []
    (run_id,) = [entry["run_id"] for entry in gate.entries()]
    (note,) = ended.notes()
    assert note.endswith(f"a probe that the run {run_id} had left in /business_hours was removed")
