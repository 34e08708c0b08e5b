"""Every fault of the embedded backend ends the gate with the code of the stage that it breaks."""

from __future__ import annotations

import pytest
from gate.sampling import sampled
from harness import Gate, catalogue

CODES = {"auth": 1, "fetch": 2, "save": 3, "oauth": 3, "phone": 3, "persist": 4, "state": 4}
FAULTS = {fault["name"]: fault for fault in catalogue()}
#: What the run needs to be told to notice the fault.
ARGUMENTS = {
    "never-ready": ["--target-wait=0.1"],
    "health-dead-database": ["--target-wait=0.1"],
    "html-everywhere": ["--target-wait=0.1"],
    "rolling": ["--target-version=1.0.0", "--target-wait=0.6"],
    "rollback-later": ["--target-version=1.0.0"],
    "slow-answers": ["--smoke-budget=3"],
}
#: Refuses the restoring update too: the target is left changed, and that is 4.
DIRTY = ("save-needs-calendar-later",)
#: The lagging store is the one that needs the time to be read again.
PATIENT = ("write-lags",)


@pytest.mark.parametrize("name", sampled(sorted(FAULTS), every=12))
def test_each_fault_ends_with_its_code(gate: Gate, name: str) -> None:
    fault = FAULTS[name]
    mode = ["--smoke"] if fault["mode"] == "smoke" else []
    wait = [] if name in PATIENT else ["-o", "apismoke_readback_wait=0.2"]
    arguments = ["--target-url=demo", *mode, *wait, *ARGUMENTS.get(name, [])]

    ended = gate.run(*arguments, faults=[name])

    category = fault["category"]
    assert ended.code == (4 if name in DIRTY else CODES.get(category, 5) if category else 0)
    assert set(ended.report["categories"]) >= ({category} if category else set())
    assert ended.has_no_traceback()
    if category is None:
        assert ended.report["categories"] == {}
        assert ended.report["verdict"] == "pass"


@pytest.mark.parametrize(
    "name",
    sampled(sorted(name for name, fault in FAULTS.items() if fault["mode"] == "full"), every=10),
)
def test_a_fault_that_only_the_full_run_looks_for_passes_the_smoke_run(
    gate: Gate, name: str
) -> None:
    assert gate.run("--smoke", "--target-url=demo", faults=[name]).code == 0


def test_there_is_a_fault_for_each_cell_of_the_exit_code_table() -> None:
    """auth and fetch are shared by the three suites; `error` shows as `--smoke-api`."""
    found = {fault["category"] for fault in FAULTS.values()}
    assert found >= {*CODES, "invalid", "unready", "version", "budget"}


def test_two_faults_end_with_the_earlier_stage(gate: Gate, workers: int) -> None:
    ended = gate.run(
        "--smoke",
        "--target-url=demo",
        "-oapismoke_readback_wait=0.1",
        faults=["write-dropped", "oauth-500", "receptionist-text"],
        workers=workers,
    )
    assert ended.code == 3
    assert ended.report["categories"] == {"oauth": 1, "persist": 1, "state": 1}
    assert ended.report["apis"] == {
        "settings": {"verdict": "fail", "failed_stage": "persist"},
        "calendar": {"verdict": "fail", "failed_stage": "oauth"},
        "twilio": {"verdict": "fail", "failed_stage": "state"},
    }
