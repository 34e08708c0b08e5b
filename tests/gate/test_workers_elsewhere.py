"""Workers on other machines: the same verdict, and no trace of it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate.other_machine import OtherMachine
from harness import PASSWORD, Backend, Ended, Gate

#: They tell which machine has run them.
TESTS = """
import os
import pytest

@pytest.fixture(autouse=True)
def told(record_property):
    record_property("home", os.environ["HOME"])

@pytest.mark.smoke
@pytest.mark.parametrize("number", range(4))
def test_it(smoke_client, number):
    wanted = 204 if number == 2 else 200
    assert smoke_client.get("/api/business/me").status == wanted
"""

pytestmark = pytest.mark.distributed


@pytest.fixture
def machine(gate: Gate, tmp_path: Path) -> Iterator[Callable[..., OtherMachine]]:
    """Switches another machine on, with a copy of `tests/`."""
    started: list[OtherMachine] = []

    def start(**environ: str) -> OtherMachine:
        started.append(OtherMachine(tmp_path / "elsewhere", gate.folder / "tests", **environ))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def arguments(*more: str) -> tuple[str, ...]:
    return ("--smoke", "-oapismoke_paths=tests", "-oapismoke_readback_wait=0.1", *more)


def homes(ended: Ended) -> dict[str, str]:
    """The HOME of the machine that has run each test of users."""
    found = ended.junit_properties()
    return {name.rpartition("::")[2]: one["home"] for name, one in found.items() if "home" in one}


def test_the_verdict_is_that_of_a_serial_run(
    gate: Gate,
    start_backend: Callable[..., Backend],
    machine: Callable[..., OtherMachine],
) -> None:
    """Login, settings, token and contracts are those of the controller, and so is the journal."""
    gate.write("tests/test_mine.py", TESTS)
    gate.write("contracts/mine.toml", '[[check]]\nname = "me"\npath = "/api/business/me"\n')
    backend = start_backend("oauth-500")
    before = backend.document()
    serial = gate.against(backend, *arguments())
    logins = backend.counted()["logins"]
    away = machine()
    ended = gate.against(backend, *arguments("--dist=load", away.tx))
    assert (ended.code, ended.report["categories"]) == (3, serial.report["categories"])
    assert (ended.code, ended.outcomes()) == (serial.code, serial.outcomes())
    assert backend.counted()["logins"] - logins == 1
    assert str(away.home) in homes(ended).values()
    assert backend.document() == before
    assert (gate.entries(), away.files()) == (
        [],
        ["checkout/apismoke.toml", "checkout/contracts/theirs.toml"],
    )
    assert PASSWORD not in "".join(
        path.read_text("utf-8", "replace") for path in away.home.rglob("*") if path.is_file()
    )


def test_what_changes_a_document_stays_on_the_machine_of_the_journal(
    gate: Gate, backend: Backend, machine: Callable[..., OtherMachine]
) -> None:
    """What asks for that while it runs, too late, is refused before anything was sent."""
    gate.write(
        "tests/test_mine.py",
        TESTS
        + """
@pytest.mark.smoke
def test_0_asks_too_late(request):
    with request.getfixturevalue("smoke_preserve")():
        raise AssertionError("it was not refused")

@pytest.mark.smoke
def test_1_says_so(smoke_preserve):
    with smoke_preserve() as document:
        assert document
""",
    )
    # So that the worker elsewhere gets it first.
    text = (gate.folder / "tests/test_mine.py").read_text("utf-8")
    gate.write("tests/test_mine.py", text.replace("range(4)", "range(0)"))
    away = machine()
    ended = gate.against(backend, *arguments("--dist=load", away.tx))
    late = "tests/test_mine.py::test_0_asks_too_late"
    check = ended.check(late)
    assert homes(ended) == {
        "test_0_asks_too_late": str(away.home),
        "test_1_says_so": str(Path.home()),
    }
    assert (check["category"], check["message"], check["where"]) == (
        "usage",
        "expected a test that changes a document to run on the machine of the gate, which could"
        " restore it after a crash, seen a worker on another machine",
        late,
    )
    assert ended.outcomes()["tests/test_mine.py::test_1_says_so"] == "passed"


def test_a_machine_that_is_lost_takes_no_test_with_it(
    gate: Gate, backend: Backend, machine: Callable[..., OtherMachine]
) -> None:
    """A worker here runs what it has not, but for the test that it died of."""
    gate.write(
        "tests/test_mine.py",
        """
        import os
        import signal
        import pytest

        @pytest.mark.smoke
        @pytest.mark.parametrize("number", range(3))
        def test_it(smoke_client, number):
            assert smoke_client.get("/health").status == 200
            if number == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    ended = gate.against(backend, *arguments("--dist=load", machine().tx))
    mine = {name: o for name, o in ended.outcomes().items() if name.startswith("tests/")}
    assert (ended.code, ended.report["categories"]) == (5, {"internal": 1})
    assert mine == {
        "tests/test_mine.py::test_it[0]": "error",
        "tests/test_mine.py::test_it[1]": "passed",
        "tests/test_mine.py::test_it[2]": "passed",
    }


def test_a_machine_without_the_gate_is_told_and_its_tests_are_run_here(
    gate: Gate, backend: Backend, machine: Callable[..., OtherMachine]
) -> None:
    gate.write("tests/test_mine.py", TESTS.replace("204", "200"))
    away = machine(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    ended = gate.against(backend, *arguments("--dist=load", away.tx))
    spec = away.tx.removeprefix("--tx=")
    check = ended.check(f"apismoke::workers {spec}")
    assert (ended.code, ended.report["categories"]) == (5, {"usage": 1})
    assert check["message"].startswith(
        f"expected the worker {spec} to start, seen unrecognized arguments: "
    )
    assert set(homes(ended).values()) == {str(Path.home())}


def test_a_machine_that_does_not_answer_ends_the_run_before_any_check(
    gate: Gate, backend: Backend
) -> None:
    """Nothing listens on the port 9 of the loopback."""
    gate.write("tests/test_mine.py", TESTS)
    ended = gate.against(backend, *arguments("--dist=load", "--tx=socket=127.0.0.1:9"))
    check = ended.check("apismoke::workers")
    assert (ended.code, ended.report["categories"]) == (5, {"usage": 1})
    assert (check["message"], check["where"]) == (
        "expected all workers to start, seen [Errno 111] Connection refused",
        "--tx socket=127.0.0.1:9",
    )
    assert ended.has_no_traceback()
    assert backend.requests("PUT /api/business/me") == 0


def test_the_embedded_backend_is_refused_before_it_is_started(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--dist=load", "--tx=ssh=away")
    check = ended.check("apismoke::run")
    assert (ended.code, check["message"], check["where"]) == (
        5,
        "expected a target that every worker can reach, seen the embedded backend, which listens"
        " on this machine's loopback only, and a worker elsewhere (ssh=away)",
        "--tx",
    )
