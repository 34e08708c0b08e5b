"""The outputs of a run beyond its golden files: terminal, JSON report, JUnit."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from gate import echoing_server as echoing
from gate.echoing_server import FETCH, HEALTH, LOGIN, OAUTH, SAVE, EchoServer, Said
from harness import Gate, credentials


def test_a_failed_preflight_is_one_red_test(gate: Gate, workers: int) -> None:
    ended = gate.run(
        "--smoke", "--target-url=demo", "--target-wait=0", faults=["never-ready"], workers=workers
    )
    assert ended.code == 5
    assert ended.junit_cases() == {"apismoke::preflight": "failure"}
    assert "\n1  apismoke::preflight\n" in ended.verdict_block


@pytest.mark.distributed
def test_node_names_are_readable(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "-v", workers=2)
    assert "settings::save" in ended.out
    assert "site-packages" not in ended.out


@pytest.mark.exhaustive
def test_a_check_that_was_not_made_is_not_called_failed(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "-k", "twilio")
    assert ended.code == 5
    assert "  calendar  not run  4 not run" in ended.verdict_block
    assert "FAILED" not in ended.verdict_block


@pytest.mark.exhaustive
def test_a_refused_run_still_names_its_target(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=http://127.0.0.1:1")
    assert (ended.code, ended.report["target"]["url"]) == (5, "http://127.0.0.1:1")


# -- where the report goes -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_the_report_comes_behind_the_verdict_on_standard_output(name: str, gate: Gate) -> None:
    command = ["apismoke", "--smoke", "--target-url=demo", f"--smoke-report={name}"]
    ended = gate.run_command(command)
    verdict, brace, report = ended.out.partition("\n{\n")
    assert ended.code == 0
    assert verdict.splitlines()[-1].startswith("exit code 0")
    assert json.loads(brace + report)["verdict"] == "pass"
    assert not (gate.folder / "-").exists()


def test_a_report_into_the_log_of_the_run_leaves_the_log(gate: Gate) -> None:
    """/dev/stdout leads to a regular file then, which a replacement would take away."""
    line = "apismoke --smoke --target-url=demo --smoke-report=/dev/stdout > log.txt"
    ended = gate.run_command(["sh", "-c", line])
    log = (gate.folder / "log.txt").read_text("utf-8")
    assert (ended.code, ended.out) == (0, "")
    assert re.search(r"(?m)^exit code 0.*\n\{$", log)
    assert log.endswith("\n}\n")


def test_a_pipe_and_the_null_device_stay_what_they_are(gate: Gate) -> None:
    os.mkfifo(gate.folder / "pipe")
    line = "cat pipe > read.json & apismoke --smoke --target-url=demo --smoke-report=pipe; wait"
    assert gate.run_command(["sh", "-c", line]).code == 0
    assert stat.S_ISFIFO((gate.folder / "pipe").stat().st_mode)
    assert json.loads((gate.folder / "read.json").read_text("utf-8"))["verdict"] == "pass"
    null = ["apismoke", "--smoke", "--target-url=demo", f"--smoke-report={os.devnull}"]
    assert gate.run_command(null).code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


# -- CI systems that read the output ---------------------------------------------------------------

COMMANDS = " ".join(
    f"::add-mask::{word} ##vso[task.complete]{word} ##teamcity[testFailed] ##[error]"
    for word in ("a", "bcd", "efghijk")
)
#: As the runners look for them: of GitHub behind blanks, of the others anywhere in a line.
IS_COMMAND = re.compile(r"\s*::|.*##\w*\[")


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    server = EchoServer()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("route", "status"), [(HEALTH, 302), (LOGIN, 422), (FETCH, 200), (SAVE, 422), (OAUTH, 302)]
)
def test_no_line_of_the_output_is_a_command_to_a_ci_system(
    route: str, status: int, gate: Gate, echo: EchoServer
) -> None:
    detail = {"detail": COMMANDS, "id": COMMANDS, "name": {COMMANDS: COMMANDS}}
    headers = {"X-Request-ID": COMMANDS, "Location": f"https://a.example/{COMMANDS}"}
    echo.instead[route] = Said(
        status=status, headers=headers, body=json.dumps(detail), reason=COMMANDS
    )
    command = ["pytest", "--smoke", f"--target-url={echo.url}", "-vv", "-rA", "--target-wait=0"]
    ended = gate.run_command(
        [*command, "--smoke-report=-"], **{**credentials(), "APISMOKE_PASSWORD": echoing.PASSWORD}
    )
    assert "add-mask" in ended.out
    assert [line for line in ended.output.splitlines() if IS_COMMAND.match(line)] == []
