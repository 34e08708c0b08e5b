"""The code does not depend on how the run is made."""

from __future__ import annotations

import importlib.util

import pytest
from harness import Backend, Gate, credentials

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

DEBUGGER = "it would wait between a write and its restoring (breakpoint() in a test still works)"
NOTES = {
    "--sw": "--stepwise is ignored: the exit code needs the result of every API",
    "--sw-skip": "--stepwise is ignored: the exit code needs the result of every API",
    "--pdb": f"--pdb is ignored: {DEBUGGER}",
    "--trace": f"--trace is ignored: {DEBUGGER}",
    "--forked": "--forked is ignored: the checks of a run share one process",
}
#: What pytest-forked does, where it is not installed.
FORKED = """
def pytest_addoption(parser):
    parser.addoption("--forked", action="store_true")

def pytest_runtest_protocol(item):
    assert not item.config.getoption("--forked")
"""


@pytest.mark.parametrize("fault", ["oauth-500", ""])
@pytest.mark.parametrize("option", NOTES)
def test_options_that_end_or_split_a_run_are_ignored(
    gate: Gate, option: str, fault: str, workers: int
) -> None:
    if option == "--forked" and not importlib.util.find_spec("pytest_forked"):
        gate.write("conftest.py", FORKED)
    ended = gate.run(
        "--smoke", "--target-url=demo", option, faults=[fault] if fault else [], workers=workers
    )
    assert ended.code == (3 if fault else 0), ended.output
    assert set(ended.report["categories"]) == ({"oauth"} if fault else set())
    assert NOTES[option] in ended.report["notes"]


@pytest.mark.parametrize(
    ("arguments", "ini", "environ"),
    [
        (["-W", "error"], "", {}),
        ([], "filterwarnings = error", {}),
        ([], "addopts = -W error", {}),
        ([], "", {"PYTEST_ADDOPTS": "-W error"}),
        ([], "", {"PYTHONWARNINGS": "error"}),
        ([], "", {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
        (["--disable-plugin-autoload"], "", {}),
        (["-p", "xdist.plugin", "-n1"], "", {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
    ],
)
def test_the_command_passes_whatever_pytest_does_with_warnings_and_plugins(
    gate: Gate, backend: Backend, arguments: list[str], ini: str, environ: dict[str, str]
) -> None:
    gate.write("pytest.ini", f"[pytest]\n{ini}\n")
    command = ["apismoke", "--smoke", f"--target-url={backend.url}", *arguments]
    ended = gate.run_command(command, **credentials(), **environ)
    assert (ended.code, ended.out.splitlines()[-1], ended.err) == (
        0,
        "exit code 0",
        "",
    )
