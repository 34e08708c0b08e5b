"""Whatever hangs, the run ends within wait, budget and the time for restoring, with its report."""

from __future__ import annotations

import os

import pytest
from harness import Backend, Ended, Gate

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

LIMITS = ("--smoke", "--target-wait=1", "--smoke-budget=4")
#: Its limits, 10 s around them, 15 s for restoring, and as much for a slow machine.
LONGEST_S = 5 + 10 + 15 + 30
SECONDS_AFTER_VERDICT = "the process did not end within 10 s of its verdict"


def late(gate: Gate, backend: Backend, **environ: str) -> Ended:
    ended = gate.against_url(backend.url, *LIMITS, workers=0, **environ)
    assert ended.report["duration_s"] < LONGEST_S
    return ended


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("import time\ntime.sleep(1000)", "conftest.py:2, in <module>"),
        (
            "import time\ndef pytest_sessionfinish():\n    time.sleep(1000)",
            "conftest.py:3, in pytest_sessionfinish",
        ),
        (
            "import time\ndef pytest_configure():\n    time.sleep(1000)",
            "conftest.py:3, in pytest_configure",
        ),
        (
            "import time\ndef pytest_unconfigure():\n    time.sleep(1000)",
            "conftest.py:3, in pytest_unconfigure",
        ),
        (
            "import time\ndef pytest_sessionfinish():\n    while True:\n"
            "        try: time.sleep(1000)\n        except BaseException: pass",
            "conftest.py:4, in pytest_sessionfinish",
        ),
    ],
    ids=["import", "sessionfinish", "configure", "unconfigure", "catches everything"],
)
def test_a_run_that_hangs_ends_with_its_report_and_says_where(
    gate: Gate, backend: Backend, text: str, place: str
) -> None:
    gate.write("conftest.py", text)
    ended = late(gate, backend)
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    check = next(one for one in ended.report["checks"] if one["category"] == "budget")
    assert {part: check[part] for part in ("message", "where", "hint")} == {
        "message": "expected the run to end within 1 s of waiting and a budget of 4 s, seen it was"
        f" still in {gate.folder}/{place}",
        "where": "this run",
        "hint": "find out why that does not end (it is no request of the gate's, which all have a"
        " time limit), or allow more with --smoke-budget SECONDS",
    }
    assert "exit code 5, budget: the time budget was spent" in ended.output
    assert gate.entries() == []


def test_a_library_that_hangs_while_it_is_imported_ends_the_run_too(
    gate: Gate, backend: Backend
) -> None:
    """Before any conftest, the run imports what it needs itself."""
    gate.write("lib/urllib3/__init__.py", "import time\ntime.sleep(1000)")
    ended = late(gate, backend, PYTHONPATH=str(gate.folder / "lib"))
    [check] = ended.report["checks"]
    assert (ended.code, check["category"]) == (5, "budget")
    assert check["message"].endswith("/lib/urllib3/__init__.py:2, in <module>")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "import threading, time\ndef pytest_configure():\n"
            "    threading.Thread(target=time.sleep, args=(1000,), name='left').start()",
            "the thread left was",
        ),
        ("import atexit, time\natexit.register(time.sleep, 1000)", "it was in the end"),
    ],
    ids=["thread", "atexit"],
)
@pytest.mark.parametrize("verdict", [0, pytest.param(3, marks=pytest.mark.exhaustive)])
def test_a_process_that_does_not_end_keeps_the_code_of_its_verdict(
    gate: Gate, text: str, why: str, verdict: int
) -> None:
    gate.write("conftest.py", text)
    faults = ["oauth-500"] if verdict else []
    ended = gate.run("--target-url=demo", *LIMITS, "--smoke-budget=60", faults=faults)
    assert (ended.code, ended.report["exit_code"]) == (verdict, verdict)
    assert f"apismoke: {SECONDS_AFTER_VERDICT} ({why}" in ended.err


@pytest.mark.exhaustive
def test_a_caller_of_pytest_may_go_on_after_the_verdict(gate: Gate) -> None:
    caller = """
import pytest, sys, time
sys.argv = ["pytest"]
code = pytest.main(["--smoke", "--target-url=demo", "-pno:randomly"])
time.sleep(12)
print("went on", int(code))
"""
    ended = gate.run_command(["python", "-c", caller])
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "went on 0")


def test_a_pipe_that_nobody_writes_to_is_no_secret(gate: Gate, backend: Backend) -> None:
    pipe = gate.folder / "pipe"
    os.mkfifo(pipe)
    ended = late(gate, backend, APISMOKE_PASSWORD="", APISMOKE_PASSWORD_FILE=str(pipe))
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    assert ended.check("apismoke::run")["message"] == (
        f"expected a readable file with the secret, seen '{pipe}': a pipe that was not written to"
        " and closed within 5 s"
    )
