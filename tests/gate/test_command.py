"""The console command: the codes that a plugin can't own, and the backend to look at."""

from __future__ import annotations

import json
import signal
from urllib.request import urlopen

import pytest
from gate.sampling import sampled
from harness import Backend, Gate, clean_environment, credentials


def test_it_runs_the_gate_like_pytest(gate: Gate, backend: Backend) -> None:
    command = ["apismoke", "--smoke", f"--target-url={backend.url}", "-pno:hypothesispytest"]
    ended = gate.run_command(command, **credentials())
    assert (ended.code, ended.err) == (0, "")
    assert "exit code 0: everything required was verified" in ended.out
    assert "Warning" not in ended.out


def test_it_ends_with_the_codes_of_the_table(gate: Gate) -> None:
    command = ["apismoke", "--smoke", "--target-url=demo", "-oapismoke_readback_wait=0.1"]
    assert gate.run_command(command, APISMOKE_DEMO_FAULTS="write-dropped").code == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    sampled(
        [
            (["--no-such-option", "--target-url=demo"], 5),
            (["--no-such-option", "--target-url=demo", "--smoke-exit-codes=verdict"], 3),
            (["--no-such-option", "--target-url=demo", "--smoke-exit-codes", "verdict"], 3),
            (["--no-such-option", "--target-url=demo", "--smoke-exit-codes=api"], 5),
        ],
        every=4,
    ),
)
def test_what_pytest_rejects_is_mapped(gate: Gate, arguments: list[str], code: int) -> None:
    ended = gate.run_command(["apismoke", *arguments])
    assert ended.code == code
    assert ended.err.endswith(
        "apismoke: expected a run against a target,"
        " seen pytest rejected the call before the gate began\n"
        f"  where: apismoke {' '.join(arguments)}\n"
        "  what to do: read pytest's message above\n"
    )


def test_a_conftest_that_does_not_import_is_mapped(gate: Gate) -> None:
    gate.write("conftest.py", "import no_such_module")
    arguments = ["--smoke", "--target-url=demo"]
    assert gate.run_command(["pytest", *arguments]).code == 4
    assert gate.run_command(["apismoke", *arguments]).code == 5


def test_without_a_target_it_runs_nothing(gate: Gate) -> None:
    gate.write("test_it.py", "def test_it(): print('ran')")
    ended = gate.run_command(["apismoke", "-s"])
    assert ended.code == 5
    assert "ran" not in ended.out
    assert "seen no target" in ended.err
    assert "usage: apismoke [pytest options] --target-url=URL" in ended.err


@pytest.mark.parametrize(
    "arguments", sampled([["--version"], ["-VV"], ["--help"], ["--markers"]], every=4)
)
def test_information_is_not_a_failure(gate: Gate, arguments: list[str]) -> None:
    assert gate.run_command(["apismoke", *arguments]).code == 0


def test_the_demo_runs_until_it_is_interrupted(gate: Gate) -> None:
    process = gate.launch(["apismoke", "demo", "--fault", "oauth-500"], clean_environment())
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(4)]
    url = told[0].split()[5].rstrip(";")
    with urlopen(f"{url}/health") as response:
        assert json.load(response)["status"] == "ok"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert told[1:3] == ["In another terminal:\n", f"  curl {url}/health\n"]
    assert told[3].startswith("  APISMOKE_USERNAME=owner@example.com APISMOKE_PASSWORD=")
    assert told[3].endswith(f" pytest --smoke --target-url={url}\n")
    assert "It counted 1 requests, 0 of them logins." in out


def test_the_demo_lists_its_faults(gate: Gate) -> None:
    ended = gate.run_command(["apismoke", "demo", "--list-faults"])
    assert ended.code == 0
    assert "write-wipes-others" in ended.out


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--smoke", "--target-url=demo", "--no-such-option"], 5),
        (["--smoke", "--target-url=demo", "--no-such-option", "--smoke-exit-codes=verdict"], 3),
        ([], 5),
    ],
)
def test_an_old_report_does_not_stay(gate: Gate, arguments: list[str], exit_code: int) -> None:
    """A script would read the verdict of the run before."""
    gate.write("report.json", '{"verdict": "pass"}')
    ended = gate.run_command(["apismoke", *arguments, "--smoke-report", "report.json"])
    assert ended.code == exit_code
    assert (ended.report["verdict"], ended.report["exit_code"]) == ("misconfigured", exit_code)
