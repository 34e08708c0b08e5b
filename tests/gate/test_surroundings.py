"""How a run is started does not change how it ends: streams, directories, users."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Backend, Ended, Gate, credentials

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

#: A plugin that makes a machine without room for temporary files of this one.
NO_ROOM = """
import tempfile
tempfile._candidate_tempdir_list = lambda: ["/no/such/place"]
"""
AS_NOBODY = ("unshare", "--map-user=54321", "--map-group=54321")


def in_shell(gate: Gate, backend: Backend, line: str, **changes: str | None) -> int:
    """Runs a shell line in which {pytest} is a smoke run; returns the exit code of that run."""
    command = shlex.join(gate.command(["--smoke", f"--target-url={backend.url}"]))
    environ = {**gate.environment(credentials(), []), **changes}
    ended = subprocess.run(
        ["bash", "-c", line.format(pytest=command)],
        cwd=gate.folder,
        env={name: value for name, value in environ.items() if value is not None},
        check=False,
        timeout=120,
    )
    return ended.returncode


@pytest.mark.parametrize("verdict", [0, 3])
@pytest.mark.parametrize(
    "line",
    [
        "{pytest} >&-",
        "{pytest} <&- >&- 2>&-",
        "{pytest} -s >&- 2>&-",
        "{pytest} -v | true; exit ${{PIPESTATUS[0]}}",
        "{pytest} -v 2>&1 | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        "{pytest} -v >/dev/full 2>&1",
        "PYTHONUNBUFFERED=1 {pytest} -v 2>&1 | true; exit ${{PIPESTATUS[0]}}",
    ],
)
def test_streams_that_are_closed_or_not_read_do_not_change_the_code(
    gate: Gate, start_backend: Callable[..., Backend], line: str, verdict: int
) -> None:
    backend = start_backend(*(["oauth-500"] if verdict else []))
    assert in_shell(gate, backend, line) == verdict
    report = gate.ended(verdict, "", "").report
    assert report["exit_code"] == verdict
    assert set(report["categories"]) == ({"oauth"} if verdict else set())


def without_room(gate: Gate, *arguments: str) -> Ended:
    gate.write("noroom.py", NO_ROOM)
    environ = {**credentials(), "PYTHONPATH": str(gate.folder)}
    return gate.run("-pnoroom", "--smoke", *arguments, environ=environ)


def test_a_machine_without_room_for_temporary_files_is_no_obstacle(
    gate: Gate, backend: Backend
) -> None:
    ended = without_room(gate, f"--target-url={backend.url}")
    assert (ended.code, ended.report["verdict"], ended.err) == (0, "pass", "")


@pytest.mark.parametrize(
    ("targets", "where"),
    [
        (["demo"], "--target-url=demo"),
        (["http://127.0.0.1:9", "http://127.0.0.1:10"], "this run"),
    ],
)
def test_what_needs_room_for_them_says_so(gate: Gate, targets: list[str], where: str) -> None:
    ended = without_room(gate, *(f"--target-url={target}" for target in targets))
    check = ended.check("apismoke::run")
    assert {part: check[part] for part in ("message", "where", "hint", "category")} == {
        "message": "expected a directory for temporary files, seen No usable temporary directory"
        " found in ['/no/such/place']",
        "where": where,
        "hint": "let TMPDIR name a directory that can be written",
        "category": "usage",
    }
    assert (ended.code, ended.has_no_traceback()) == (5, True)


@pytest.mark.parametrize(
    ("arguments", "report"),
    [(["--smoke", "--target-url=demo"], True), (["init", "http://127.0.0.1:9"], False)],
)
def test_a_working_directory_that_is_gone_is_told_by_the_command(
    gate: Gate, arguments: list[str], report: bool
) -> None:
    left = gate.folder / "report.json"
    asked = [*arguments, *([f"--smoke-report={left}"] if report else [])]
    apismoke = shlex.join([str(Path(sys.executable).with_name("apismoke")), *asked])
    ended = gate.run_command(["sh", "-c", f"mkdir gone && cd gone && rmdir ../gone && {apismoke}"])
    assert (ended.code, ended.err) == (
        5,
        "MISCONFIGURED: this process: No such file or directory, expected a working directory\n"
        "nothing was sent\n"
        "\n"
        "1  this process\n"
        "   expected    a working directory\n"
        "   got         No such file or directory\n"
        "   to do       change to a directory that exists; the one that it was started in is gone\n"
        "\n"
        "exit code 5, usage: the gate was called or configured wrongly\n",
    )
    assert ended.report.get("verdict") == ("misconfigured" if report else None)


def test_a_working_directory_that_goes_in_the_middle_is_no_obstacle(
    gate: Gate, backend: Backend
) -> None:
    gate.write(
        "test_it.py",
        """
        import os, shutil, tempfile
        import pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            gone = tempfile.mkdtemp()
            os.chdir(gone)
            os.rmdir(gone)
            assert smoke_client.get("/health").status == 200
        """,
    )
    ended = gate.against(backend, "--smoke", "test_it.py")
    assert (ended.code, ended.report["verdict"]) == (0, "pass")


needs_namespaces = pytest.mark.skipif(
    subprocess.run([*AS_NOBODY, "true"], capture_output=True, check=False).returncode != 0
    if os.name == "posix" and Path("/usr/bin/unshare").exists()
    else True,
    reason="needs user namespaces",
)


def as_nobody(gate: Gate, backend: Backend, *arguments: str) -> Ended:
    """Runs the gate as a user that no password file knows, without a home."""
    given = ["--smoke", f"--target-url={backend.url}", *arguments]
    environ = gate.environment(credentials(), [])
    for name in ("HOME", "XDG_STATE_HOME", "APISMOKE_STATE_DIR"):
        environ.pop(name, None)
    return gate.end(gate.launch([*AS_NOBODY, *gate.command(given)], environ))


@needs_namespaces
def test_a_user_without_a_home_is_told_before_the_first_write(gate: Gate, backend: Backend) -> None:
    ended = as_nobody(gate, backend)
    check = ended.check("settings::save")
    assert {part: check[part] for part in ("message", "where", "hint", "category")} == {
        "message": "expected to record the original before the first write, seen no home directory"
        " of this user",
        "where": "the environment variable HOME",
        "hint": "set APISMOKE_STATE_DIR to a writable directory that outlives the run; nothing was"
        " written to the target",
        "category": "usage",
    }
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    assert (backend.requests("PUT /api/business/me"), ended.has_no_traceback()) == (0, True)


@needs_namespaces
@pytest.mark.parametrize("arguments", [["--smoke-read-only"], ["--smoke-api=calendar"]])
def test_a_run_that_keeps_no_journal_needs_no_home(
    gate: Gate, backend: Backend, arguments: list[str]
) -> None:
    ended = as_nobody(gate, backend, *arguments)
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert ended.has_no_traceback()
