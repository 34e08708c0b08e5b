"""An option of ours that somebody else declares too is theirs: told where a gate is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Gate

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

OPTIONS = ("--smoke", "--target-url", "--smoke-report")
#: Each with its own way to be given otherwise.
OTHERWISE = {
    "--smoke": "set SMOKE_TEST=true",
    "--target-url": "set APISMOKE_TARGET_URL=URL",
    "--smoke-report": "set the ini option apismoke_report",
}


def declaring(option: str) -> str:
    """A plugin, or a conftest, with an option of its own."""
    kind = "action='store_true'" if option == "--smoke" else "default=None"
    return f"def pytest_addoption(parser):\n    parser.addoption('{option}', {kind})\n"


def refused(option: str, owner: str | Path) -> dict[str, str]:
    """The parts of the message about a call with an option that is not the gate's alone."""
    return {
        "message": f"expected {option} to be an option of the gate alone, seen one of the same"
        f" name in {owner}, which pytest gives it to",
        "where": option,
        "hint": f"rename that option, or leave {option} out here and {OTHERWISE[option]}",
    }


def in_words(parts: dict[str, str]) -> str:
    expected, seen = parts["message"].removeprefix("expected ").split(", seen ")
    told = f"expected {expected} got {seen} to do {parts['hint']}"
    return f"nothing was sent 1 {parts['where']} {told} exit code 5, usage:"


@pytest.mark.parametrize("option", OPTIONS)
def test_an_inert_run_gives_the_option_to_the_repository(gate: Gate, option: str) -> None:
    gate.write("conftest.py", declaring(option))
    name = option.removeprefix("--").replace("-", "_")
    gate.write(
        "test_it.py", f"def test_it(pytestconfig): assert pytestconfig.option.{name} in (True, 'x')"
    )
    given = option if option == "--smoke" else f"{option}=x"
    ended = gate.run_command(["pytest", "-q", given])
    assert (ended.code, ended.out.splitlines()[-1][:8], ended.err) == (0, "1 passed", "")
    assert "apismoke:" not in ended.out


def test_an_active_run_with_it_names_who_else_has_it(gate: Gate) -> None:
    conftest = gate.write("conftest.py", declaring("--smoke"))
    ended = gate.run("--smoke", "--target-url=demo")
    check = ended.check("apismoke::run")
    parts = {part: check[part] for part in ("message", "where", "hint")}
    assert parts == refused("--smoke", conftest)
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    assert ended.has_no_traceback()


def test_whose_report_it_is_nobody_knows_and_none_is_written(gate: Gate) -> None:
    conftest = gate.write("conftest.py", declaring("--smoke-report"))
    ended = gate.run("--target-url=demo")
    assert (ended.code, ended.report) == (5, {})
    parts = refused("--smoke-report", conftest)
    expected, seen = parts["message"].removeprefix("expected ").split(", seen ")
    told = f"expected {expected} got {seen} to do {parts['hint']}"
    assert f"nothing was sent 1 --smoke-report {told} exit code 5" in ended.told


@pytest.mark.parametrize("option", ["--smoke", "--target-url"])
def test_the_command_says_so_where_the_option_is_all_that_asks_for_a_gate(
    gate: Gate, option: str
) -> None:
    conftest = gate.write("conftest.py", declaring(option))
    given = option if option == "--smoke" else f"{option}=demo"
    ended = gate.run_command(["apismoke", given])
    assert ended.code == 5
    assert in_words(refused(option, conftest)) in " ".join(ended.err.split())


def test_a_run_that_did_not_need_it_passes_and_tells_it(gate: Gate) -> None:
    conftest = gate.write("conftest.py", declaring("--smoke"))
    ended = gate.run("--target-url=demo", environ={"SMOKE_TEST": "true"})
    assert (ended.code, ended.report["mode"]) == (0, "smoke")
    note = f"--smoke is an option of {conftest} here, and not the gate's"
    assert note in ended.report["notes"]


def test_one_that_addopts_gives_is_seen_too(gate: Gate) -> None:
    conftest = gate.write("conftest.py", declaring("--smoke"))
    gate.write("pytest.ini", "[pytest]\naddopts = --smoke\n")
    ended = gate.run("--target-url=demo")
    check = ended.check("apismoke::run")
    assert check["message"] == refused("--smoke", conftest)["message"]


@pytest.mark.parametrize("how", ["-pothers", "conftest below"])
def test_another_plugin_may_be_earlier_and_a_conftest_later(gate: Gate, how: str) -> None:
    """pytest loads what -p names before installed plugins, and some conftests while collecting."""
    folder = "below" if how == "conftest below" else ""
    name = "conftest.py" if folder else "others.py"
    other = gate.write(str(Path(folder, name)), declaring("--smoke"))
    gate.write(str(Path(folder, "test_it.py")), "def test_it(): pass")
    arguments = [] if folder else [how, "--smoke"]
    ended = gate.run_command(["pytest", "-q", *arguments], PYTHONPATH=str(gate.folder))
    assert (ended.code, ended.out.splitlines()[-1][:8], ended.err) == (0, "1 passed", "")
    if not folder:
        asked = gate.run_command(["apismoke", *arguments], PYTHONPATH=str(gate.folder))
        assert asked.code == 5
        assert in_words(refused("--smoke", other)) in " ".join(asked.err.split())


def test_under_xdist_it_is_theirs_in_the_workers_too(gate: Gate) -> None:
    gate.write("conftest.py", declaring("--smoke"))
    gate.write("test_it.py", "def test_it(pytestconfig): assert pytestconfig.option.smoke")
    assert gate.run_command(["pytest", "-q", "-n1", "--smoke"]).code == 0
