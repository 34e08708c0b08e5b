"""Several machines run the gate against one account at once: none of them raises a false alarm."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness import KILLING, MAY_ARRIVE, Backend, Ended, Gate, credentials, killing

PUT = "PUT /api/business/me"
#: Two smoke runs and two full ones.
RUNS: tuple[list[str], ...] = ([], ["--smoke"], [], ["--smoke"])


def machines(folder: Path) -> list[Gate]:
    """A gate for each run, each with a journal of its own."""
    gates = [Gate(folder / f"machine-{number}") for number in range(len(RUNS))]
    for gate in gates:
        gate.folder.mkdir()
    return gates


def run_at_once(gates: list[Gate], backend: Backend) -> list[Ended]:
    with ThreadPoolExecutor(len(gates)) as pool:
        return list(
            pool.map(lambda gate, arguments: gate.against(backend, *arguments), gates, RUNS)
        )


@pytest.mark.exhaustive
@pytest.mark.parametrize("faults", [[], ["etags"]], ids=["untagged", "etags"])
def test_gates_at_once_all_pass_and_leave_no_trace(
    tmp_path: Path, start_backend: Callable[..., Backend], faults: list[str]
) -> None:
    backend = start_backend(*faults)
    before = backend.document()
    gates = machines(tmp_path)
    for gate, ended in zip(gates, run_at_once(gates, backend), strict=True):
        assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
        # Another gate may have displaced its probe before it was seen: that may arrive yet.
        told = [note for note in ended.notes() if MAY_ARRIVE in note]
        assert [entry["phase"] for entry in gate.entries()] == ["open"] * len(told)
    assert backend.document() == before
    for gate in filter(Gate.entries, gates):
        gate.let_a_minute_pass()
        assert gate.against(backend, "--smoke").code == 0
    assert (backend.document(), [gate.entries() for gate in gates]) == (before, [[]] * len(gates))
    # Each smoke run writes twice, each full one three times; the second of two writes again.
    assert backend.requests(PUT) >= 2 * 2 + 2 * 3


@pytest.mark.exhaustive
def test_gates_at_once_put_back_what_another_machine_has_left(
    tmp_path: Path, backend: Backend
) -> None:
    """All of them wait until the dead run's time is over; one or more put it back."""
    before = backend.document()
    dead = Gate(tmp_path / "dead")
    dead.folder.mkdir()
    process = dead.start(
        f"--target-url={backend.url}",
        "--smoke",
        KILLING,
        environ={**credentials(), **killing("after PUT me 1")},
    )
    assert dead.end(process).code == -9
    assert backend.document() != before
    gates = machines(tmp_path)
    everything = run_at_once(gates, backend)
    for ended in everything:
        assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert backend.document() == before
    (entry,) = dead.entries()
    note = f"a probe that the run {entry['run_id']} had left in /business_hours was removed"
    assert any(note in ended.told for ended in everything)
    # The dead run's own machine can't know that its probe was seen, until a minute has passed.
    ended = dead.against(backend, "--smoke")
    assert (ended.code, [MAY_ARRIVE in note for note in ended.notes()]) == (0, [True])
    assert [entry["phase"] for entry in dead.entries()] == ["open"]
    dead.let_a_minute_pass()
    assert dead.against(backend, "--smoke").code == 0
    assert (backend.document(), dead.entries()) == (before, [])


@pytest.mark.exhaustive
def test_gates_of_one_machine_find_one_entry(tmp_path: Path, backend: Backend) -> None:
    """They share a journal: one puts back, the others see that nothing is left to do."""
    before = backend.document()
    shared = tmp_path / "shared"
    dead = Gate(tmp_path / "dead", state_dir=shared)
    dead.folder.mkdir()
    process = dead.start(
        f"--target-url={backend.url}",
        "--smoke",
        KILLING,
        environ={**credentials(), **killing("after PUT me 1")},
    )
    assert dead.end(process).code == -9
    gates = [Gate(gate.folder, state_dir=shared) for gate in machines(tmp_path)]
    for ended in run_at_once(gates, backend):
        assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert (backend.document(), dead.entries()) == (before, [])
