"""Ends of a run against several targets in which a user, a plugin or the system has a hand."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import pytest
from gate.sampling import thinned
from gate.test_several_targets import DOWN, Start, run, start
from harness import KILLING, Gate, credentials, killing

__all__ = ["start"]

SMOKE_TEST = """
    import os, pytest

    @pytest.mark.smoke
    def test_mine(smoke_target_url):
        {body}
"""


@pytest.fixture
def urls(start: Start) -> tuple[str, str]:
    """The addresses of two targets that are well."""
    return start().url, start().url


@pytest.mark.parametrize("how", thinned(["sys.exit(0)", "pytest.exit('enough', returncode=0)"]))
@pytest.mark.parametrize("hook", ["pytest_apismoke_verdict(verdict)", "pytest_cmdline_main()"])
def test_a_hook_that_ends_the_process_is_no_pass(
    gate: Gate, urls: tuple[str, str], hook: str, how: str
) -> None:
    order = "@pytest.hookimpl(tryfirst=True)" if "main" in hook else ""
    gate.write("conftest.py", f"import pytest, sys\n\n{order}\ndef {hook}:\n    {how}\n")
    ended = run(gate, *urls)
    assert (ended.code, ended.report["exit_code"]) == (5, 5), ended.output


@pytest.mark.by_hand
def test_a_plugin_that_takes_the_place_of_the_run_is_no_pass(
    gate: Gate, urls: tuple[str, str]
) -> None:
    gate.write(
        "conftest.py",
        """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_cmdline_main():
            return 0
        """,
    )
    ended = run(gate, *urls)
    assert (ended.code, list(ended.report["categories"])) == (5, ["unverified"]), ended.output


def test_a_process_that_crashes_after_its_verdict_is_no_pass(
    gate: Gate, urls: tuple[str, str]
) -> None:
    gate.write(
        "conftest.py",
        """
        import atexit, os

        def pytest_sessionstart(session):
            if "PYTEST_XDIST_WORKER" not in os.environ:
                atexit.register(os.abort)
        """,
    )
    ended = run(gate, *urls)
    assert (ended.code, ended.report["categories"]) == (5, {"internal": 2}), ended.output
    assert [one["verdict"] for one in ended.report["targets"]] == ["pass", "pass"]
    assert {check["message"] for check in ended.report["checks"] if check["category"]} == {
        "expected the gate against this target to run, seen an end with -6 after the verdict,"
        " whose exit code is 0"
    }


@pytest.mark.by_hand
def test_a_module_with_a_name_of_the_standard_library_is_not_taken_for_it(
    gate: Gate, urls: tuple[str, str]
) -> None:
    for name in ("calendar", "profile", "queue", "secrets"):
        gate.write(f"{name}.py", "raise RuntimeError('the module of a user')")
    command = [str(Path(sys.executable).with_name("pytest"))]
    targets = [f"--target-url={url}" for url in urls]
    ended = gate.run_command([*command, *targets, "--smoke"], **credentials())
    assert ended.code == 0, ended.output


@pytest.mark.by_hand
def test_output_without_an_encoding_for_it_is_shown_with_escapes(
    gate: Gate, urls: tuple[str, str]
) -> None:
    """A verdict must not be lost because of a letter."""
    gate.write(
        "test_mine.py", SMOKE_TEST.format(body="assert smoke_target_url == 'caf\\u00e9 \\u2603'")
    )
    gate.write("conftest.py", "print('caf\u00e9 \u2603')")
    environ = {**credentials(), "PYTHONIOENCODING": "ascii:backslashreplace"}
    given = [f"--target-url={url}" for url in urls]
    ended = gate.run(*given, "--smoke", "test_mine.py", environ=environ)
    assert (ended.code, ended.report["categories"]) == (5, {"invalid": 2}), ended.output


def test_a_reader_that_has_gone_does_not_change_the_code(gate: Gate, urls: tuple[str, str]) -> None:
    command = gate.command([*(f"--target-url={url}" for url in urls), "--smoke"])
    process = gate.launch(command, gate.environment(credentials(), ()))
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 0
    if process.stderr:
        process.stderr.close()
    assert json.loads((gate.folder / "report.json").read_text())["verdict"] == "pass"


def test_a_junit_file_that_can_not_be_written_is_no_pass(gate: Gate, urls: tuple[str, str]) -> None:
    gate.write("taken", "a file where a folder should be")
    ended = run(gate, *urls, arguments=("--junitxml=taken/junit.xml",))
    assert (ended.code, ended.report["exit_code"]) == (5, 5), ended.output
    hint = next(check["hint"] for check in ended.report["checks"] if check["category"])
    assert hint.startswith("give --junitxml a path that can be written")


@pytest.mark.by_hand
def test_paths_of_reports_are_those_of_pytest(gate: Gate, urls: tuple[str, str]) -> None:
    given = [f"--target-url={url}" for url in urls]
    paths = ["--junitxml=$APISMOKE_FOLDER/junit-2.xml", "--smoke-report=reports/report-2.json"]
    command = [sys.executable, "-m", "pytest", *given, "--smoke", *paths]
    ended = gate.run_command(command, APISMOKE_FOLDER="there", **credentials())
    assert ended.code == 0, ended.output
    found = [gate.folder / "there" / "junit-2.xml", gate.folder / "reports" / "report-2.json"]
    assert [path.exists() for path in found] == [True, True]


def test_a_target_without_results_is_an_error_in_junit(gate: Gate, urls: tuple[str, str]) -> None:
    body = f"smoke_target_url == {urls[1]!r} and os.kill(os.getpid(), 9)"
    gate.write("test_mine.py", SMOKE_TEST.format(body=body))
    ended = run(gate, *urls, arguments=("test_mine.py",))
    assert ended.code == 5, ended.output
    assert ended.junit_cases()["apismoke::run"] == "error"
    assert list(ended.junit_suites()) == list(urls)


@pytest.mark.by_hand
def test_each_has_its_own_temporary_directory(gate: Gate, urls: tuple[str, str]) -> None:
    """pytest empties a directory that --basetemp names."""
    body = "(tmp_path / 'mine').write_text(smoke_target_url)"
    test = SMOKE_TEST.replace("(smoke_target_url)", "(smoke_target_url, tmp_path)")
    gate.write("test_mine.py", test.format(body=body))
    ended = run(gate, *urls, arguments=("test_mine.py", "--basetemp=base/temp"))
    assert ended.code == 0, ended.output
    written = sorted(path.read_text() for path in gate.folder.rglob("mine"))
    assert written == sorted(urls)


@pytest.mark.by_hand
def test_targets_in_a_file_of_arguments_are_typed(
    gate: Gate, start: Start, urls: tuple[str, str]
) -> None:
    """None of them is dropped, and they win over addopts."""
    gate.write("pytest.ini", f"[pytest]\naddopts = --target-url={start().url}\n")
    gate.write("more.txt", f"--target-url={urls[1]}\n")
    ended = run(gate, urls[0], arguments=("@more.txt",))
    assert (ended.code, [one["url"] for one in ended.report["targets"]]) == (0, list(urls))


@pytest.mark.parametrize("given", thinned(["variable", "options"]))
def test_what_killed_gates_left_at_several_targets_is_restored_at_all_of_them(
    gate: Gate, start: Start, given: str
) -> None:
    servers = [start(), start()]
    before = [copy.deepcopy(server.document) for server in servers]
    for server in servers:
        killed = gate.start(
            *(f"--target-url={server.url}", "--smoke", KILLING),
            environ={**credentials(), **killing("after PUT me 1")},
        )
        gate.end(killed)
    assert len(gate.entries()) == 2
    targets = [server.url for server in servers]
    command, environ = ["apismoke", "restore"], credentials()
    if given == "variable":
        environ["APISMOKE_TARGET_URL"] = ", ".join(targets)
    else:
        command += [f"--target-url={url}" for url in targets]

    listed = gate.run_command([*command, "--list"], **environ)
    assert [f"PUT {url}/api/business/me" in listed.out for url in targets] == [True, True]

    restored = gate.run_command(command, **environ)
    assert restored.code == 0, restored.output
    assert [server.document for server in servers] == before
    assert gate.entries() == []


@pytest.mark.by_hand
def test_the_target_that_can_not_be_restored_does_not_keep_the_other_from_it(
    gate: Gate, start: Start
) -> None:
    server = start()
    before = copy.deepcopy(server.document)
    killed = gate.start(
        *(f"--target-url={server.url}", "--smoke", KILLING),
        environ={**credentials(), **killing("after PUT me 1")},
    )
    gate.end(killed)
    targets = [f"--target-url={DOWN}", f"--target-url={server.url}"]
    restored = gate.run_command(["apismoke", "restore", *targets], **credentials())
    assert (restored.code, server.document) == (5, before), restored.output
