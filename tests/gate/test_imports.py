"""What an inert run and a plain gate import: fixed lists, so that each new import is a decision.

Every gate and every pytest run of its environment pays for an import, a third of a millisecond for
a module of ours. `python tests/gate/imports/rewrite.py` writes our own modules anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from harness import Backend, Gate, credentials

LISTS = Path(__file__).parent / "imports"
#: What the gate brings of others into a run, each with its reason.
OF_OTHERS = {
    "requests": "the requests",
    "urllib3": "the connections of requests",
    "certifi": "requests: the authorities it trusts",
    "charset_normalizer": "requests: the encoding of a body",
    "idna": "requests and the format of names of hosts",
    "jsonschema": "the contracts",
    "jsonschema_specifications": "the metaschemas",
    "referencing": "the references of contracts",
    "rpds": "referencing",
    "attr": "jsonschema and referencing",
    "attrs": "jsonschema and referencing",
    "typing_extensions": "referencing, on an older Python",
    "rfc3339_validator": "jsonschema, where it is installed",
    "six": "rfc3339_validator",
    "rfc3986_validator": "jsonschema, where it is installed",
    "regex": "patterns of contracts, with a time limit",
    "filelock": "the journal of a run that writes",
}
#: What a run has anyway that only some Pythons or environments have.
_ANYWAY = {"pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "exceptiongroup", "tomli"}
#: Parts of the standard library that cost much and that no plain gate needs.
_DEAR = {"asyncio", "multiprocessing", "pickle", "sqlite3", "tomllib", "ctypes", "xmlrpc"}


def _imports(gate: Gate, *arguments: str, **environ: str) -> dict[str, Any]:
    """What a run in which every test passes has imported, and has done meanwhile."""
    found = gate.folder / "imports.json"
    others = ("randomly", "rerunfailures", "hypothesispytest", "anyio", "timeout")
    without = [f"-pno:{name}" for name in (*others, "xdist", "xdist.looponfail", "pytest_cov")]
    ended = gate.run_command(
        ["pytest", "-plisting_imports", "-pno:cacheprovider", *without, *arguments],
        PYTHONPATH=str(Path(__file__).parent),
        IMPORTS_TO=str(found),
        **environ,
    )
    assert ended.code == 0, ended.output
    told: dict[str, Any] = json.loads(found.read_text("utf-8"))
    return told


def inert_imports(gate: Gate, *arguments: str) -> dict[str, Any]:
    gate.write("test_it.py", "def test_it(): pass")
    return _imports(gate, *arguments)


def gate_imports(gate: Gate, backend: Backend, *arguments: str) -> dict[str, Any]:
    target = f"--target-url={backend.url}"
    return _imports(gate, "--smoke", target, *arguments, **credentials())


def listed(name: str) -> list[str]:
    return (LISTS / f"{name}.txt").read_text("utf-8").split()


@pytest.fixture(scope="module")
def of_gate(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    backend = Backend()
    try:
        return gate_imports(Gate(tmp_path_factory.mktemp("gate")), backend)
    finally:
        backend.stop()


def test_an_inert_run_imports_its_options_and_fixtures_and_no_library(gate: Gate) -> None:
    told, without = inert_imports(gate), inert_imports(gate, "-pno:apismoke")
    assert told["own"] == listed("inert")
    assert without["own"] == []
    assert set(told["others"]) - set(without["others"]) == set()
    assert set(told["standard"]) - set(without["standard"]) == set()


def test_a_plain_gate_imports_these_modules_of_ours(of_gate: dict[str, Any]) -> None:
    assert of_gate["own"] == listed("gate")


def test_a_plain_gate_imports_these_libraries(gate: Gate, of_gate: dict[str, Any]) -> None:
    before = inert_imports(gate)["others"]
    assert set(of_gate["others"]) - set(before) - _ANYWAY <= set(OF_OTHERS)
    assert {"requests", "jsonschema", "filelock"} <= set(of_gate["others"])


def test_a_plain_gate_imports_nothing_dear_of_the_standard_library(
    gate: Gate, of_gate: dict[str, Any]
) -> None:
    before = inert_imports(gate)["standard"]
    assert (set(of_gate["standard"]) - set(before)) & _DEAR == set()


def test_the_garbage_collector_passes_over_what_a_gate_imports_and_nothing_else(
    gate: Gate, of_gate: dict[str, Any]
) -> None:
    assert (of_gate["frozen"] > 0, inert_imports(gate)["frozen"]) == (True, 0)


def test_what_a_conftest_makes_is_finalised_when_the_process_ends(
    gate: Gate, backend: Backend
) -> None:
    """A file that its owner, in a cycle of references, never closes."""
    gate.write(
        "conftest.py",
        "class Log:\n"
        "    def __init__(self):\n"
        "        self.file = open('log.txt', 'w')\n"
        "        self.write = self.line\n"
        "    def line(self, text):\n"
        "        self.file.write(text)\n"
        "LOG = Log()\n"
        "def pytest_sessionfinish():\n"
        "    LOG.write('finished')\n",
    )
    gate_imports(gate, backend)
    assert (gate.folder / "log.txt").read_text("utf-8") == "finished"


def test_a_run_that_writes_nothing_needs_no_locks(gate: Gate, backend: Backend) -> None:
    told = gate_imports(gate, backend, "--smoke-read-only", "--smoke-api=calendar")
    assert "filelock" not in told["others"]


def test_a_gate_of_declared_reads_imports_no_suite_and_no_protocol_of_writing(
    gate: Gate, backend: Backend
) -> None:
    check = '[[check]]\nname = "me"\npath = "/api/business/me"\n'
    gate.write("contracts/business.toml", check)
    own = set(gate_imports(gate, backend, "--smoke-api=business")["own"])
    suites = {name for name in own if name.startswith("pytest_apismoke.checks.suites.")}
    assert suites == {"pytest_apismoke.checks.suites.base"}
    unused = {"writing", "sending", "turns", "preserved_document"}
    assert {f"pytest_apismoke.safewrite.{name}" for name in unused} & own == set()


def test_no_module_reads_a_file_or_uses_a_schema_while_it_is_imported(
    of_gate: dict[str, Any],
) -> None:
    assert (of_gate["read"], of_gate["validated"]) == ([], [])


def test_the_observer_of_imports_sees_what_it_looks_for(gate: Gate, backend: Backend) -> None:
    """A module that calls itself one of ours, reads a file and uses a schema."""
    gate.write(
        "conftest.py",
        "import jsonschema\n"
        "code = '''\n"
        "open(__file__).close()\n"
        "jsonschema.Draft7Validator({}).is_valid(1)\n"
        "'''\n"
        "inside = globals() | {'__name__': 'pytest_apismoke.bad'}\n"
        "exec(compile(code, '<bad>', 'exec'), inside)\n",
    )
    told = inert_imports(gate)
    assert told["read"] == [f"pytest_apismoke.bad: {gate.folder}{os.sep}conftest.py"]
    assert "pytest_apismoke.bad: iter_errors" in told["validated"]
