"""While the target is busy a run imports what it is sure to need, and what it can't do without."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest
from unit.declaring import settings_of

from pytest_apismoke.checks.declared.folder import ContractFiles, load
from pytest_apismoke.run.meanwhile import needed

READ = '[[check]]\nname = "orders"\npath = "/api/orders"\n'
HARMLESS = '[[check]]\nname = "q"\nmethod = "POST"\npath = "/api/search"\nchanges = "nothing"\n'
CHANGE = """
[[check]]
name = "hours"
method = "PUT"
path = "/api/hours"
json = { open = "9 to 5" }
changes = "/api/hours"
"""
ALWAYS = {"pdb", "run.wiring", "run.live_checks"}
DECLARED = {"checks.declared.run", "schemas.drift"}
SUITES = {f"checks.suites.{name}" for name in ("settings", "calendar", "twilio")}
#: Imported before anything is changed: at the end of a run there may be no file left to open.
PUTTING_BACK = {"safewrite.recovery", "filelock"}


def modules(checks: str = "", **options: str | bool | list[str]) -> set[str]:
    """The modules of a run, without the name of the package in front."""
    texts = (("orders.toml", checks),) if checks else ()
    contracts = load(ContractFiles(texts=texts))
    assert contracts.mistakes == ()
    settings = settings_of(declared=sorted({one.api for one in contracts.checks}), **options)
    return {name.removeprefix("pytest_apismoke.") for name in needed(settings, contracts)}


def test_a_plain_gate_needs_its_suites_their_schemas_and_the_means_to_put_back() -> None:
    assert modules(smoke=True) == {*ALWAYS, "schemas.validation", *SUITES, *PUTTING_BACK}


def test_a_run_that_writes_nothing_needs_no_means_to_put_back() -> None:
    assert modules(smoke=True, smoke_read_only=True) & PUTTING_BACK == set()


@pytest.mark.parametrize("checks", [READ, HARMLESS])
def test_checks_that_change_nothing_need_no_suite(checks: str) -> None:
    assert modules(checks, smoke=True, smoke_api=["orders"]) == {*ALWAYS, *DECLARED}


def test_a_check_that_changes_something_needs_the_means_to_put_back() -> None:
    found = modules(CHANGE, smoke=True, smoke_api=["orders"])
    assert found == {*ALWAYS, *DECLARED, *PUTTING_BACK}


def test_all_of_them_exist() -> None:
    names = needed(settings_of(smoke=True), load(ContractFiles(texts=(("a.toml", CHANGE),))))
    assert [name for name in names if find_spec(name) is None] == []


def test_the_run_itself_imports_no_library_of_schemas() -> None:
    """It takes as long as everything else that is imported before the login."""
    code = "import sys, pytest_apismoke.run.active as _; print('jsonschema' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
