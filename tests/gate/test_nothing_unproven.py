"""No green without proof: what was asked for ran, and what ran was sent to the target."""

from __future__ import annotations

import pytest
from gate.sampling import sampled
from harness import Gate

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

FAST = ("--smoke", "--target-url=demo")
#: What replaces the HTTP client of the process, as a recorded cassette does it.
STAND_IN = """
import io
import json

import pytest
import urllib3

BODIES = {
    "/health": {"status": "ok", "version": "1.0.0"},
    "/api/auth/login": {"access_token": "made-up-canary-token", "token_type": "bearer"},
}


def answer(self, method, url, **_):
    body = json.dumps(BODIES.get(url, {})).encode()
    headers = {"Content-Type": "application/json"}
    return urllib3.HTTPResponse(
        io.BytesIO(body), status=200, headers=headers, preload_content=False
    )
"""


# -- what was verified was sent -------------------------------------------------------------------


@pytest.mark.parametrize("target", sampled(["demo", "http://127.0.0.1:9"], every=2))
def test_a_run_whose_requests_never_leave_the_process_is_misconfigured(
    gate: Gate, target: str, workers: int
) -> None:
    gate.write("conftest.py", f"{STAND_IN}\nurllib3.HTTPConnectionPool.urlopen = answer\n")
    gate.write("contracts/orders.toml", '[[check]]\nname = "health"\npath = "/health"\n')
    ended = gate.run(
        "--smoke",
        f"--target-url={target}",
        "--smoke-api=orders",
        workers=workers,
        environ={"APISMOKE_USERNAME": "smoke", "APISMOKE_PASSWORD": "canary-password"},
    )
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    check = ended.check("apismoke::preflight")
    url = ended.report["target"]["url"]
    assert (check["category"], check["message"], check["where"], check["hint"]) == (
        "usage",
        "expected a response, seen one that no connection to the network has carried",
        f"GET {url}/health",
        "switch off what replaces the HTTP client of this process (vcr, httpretty, a patch in a"
        " conftest.py) in runs against a target: the target was not asked",
    )


def test_a_test_whose_request_never_leaves_the_process_verifies_nothing(
    gate: Gate, workers: int
) -> None:
    """The others are as they were."""
    gate.write(
        "test_mine.py",
        f"""{STAND_IN}

@pytest.mark.smoke
def test_it(smoke_client, monkeypatch):
    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", answer)
    assert smoke_client.get("/health").status_code == 200

@pytest.mark.smoke
def test_that_asks(smoke_client):
    assert smoke_client.get("/health").status_code == 200
""",
    )
    ended = gate.run(*FAST, "test_mine.py", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    assert ended.report["categories"] == {"usage": 1}
    assert ended.check("test_mine.py::test_it")["message"] == (
        "expected a response, seen one that no connection to the network has carried"
    )
    assert ended.outcomes()["test_mine.py::test_that_asks"] == "passed"


# -- what was asked for ran -----------------------------------------------------------------------

MINE = """
import pytest

@pytest.mark.smoke
def test_it(smoke_client):
    assert smoke_client.get("/health").status_code == 200
"""
SKIPS = MINE.replace("    assert", "    pytest.skip('not today')\n    assert")
IN_INI = "[pytest]\napismoke_paths = asked\n"


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    sampled(
        [
            (
                "test_mine.py",
                SKIPS,
                "only a test that was skipped: asked/test_mine.py::test_it (not today)",
            ),
            (
                "test_mine.py",
                MINE.replace("@pytest.mark.smoke", ""),
                "1 without a marker of the gate",
            ),
            (
                "test_mine.py",
                f"import pytest\npytest.importorskip('no_such_module')\n{MINE}",
                "asked/test_mine.py, which skips itself (could not import 'no_such_module': No"
                " module named 'no_such_module')",
            ),
            ("mine.py", MINE, "none"),
        ],
        every=4,
    ),
    ids=["skipped", "unmarked", "not-importable", "not-collected"],
)
def test_a_declared_path_that_gives_no_test_that_ran_is_not_green(
    gate: Gate, name: str, text: str, seen: str, workers: int
) -> None:
    gate.write("pytest.ini", IN_INI)
    gate.write(f"asked/{name}", text)
    ended = gate.run(*FAST, workers=workers)
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    check = ended.check("apismoke::path asked")
    assert (check["category"], check["message"], check["where"], check["hint"]) == (
        "unverified",
        f"expected a test below 'asked' that this run runs, seen {seen}",
        "ini option apismoke_paths",
        "mark a test there as smoke (or as e2e, for full runs) and let it run, or leave the path"
        " out",
    )


def test_each_path_on_the_command_line_gives_a_test_that_ran(gate: Gate, workers: int) -> None:
    gate.write("one/test_mine.py", MINE)
    gate.write("two/test_mine_too.py", MINE.replace("@pytest.mark.smoke", ""))
    ended = gate.run(*FAST, "one", "two", workers=workers)
    assert (ended.code, ended.report["categories"]) == (5, {"unverified": 1})
    check = ended.check("apismoke::path two")
    assert (check["message"], check["where"]) == (
        "expected a test below 'two' that this run runs, seen 1 without a marker of the gate",
        "the command line",
    )


def test_a_declared_path_may_have_nothing_but_tests_of_full_runs(gate: Gate) -> None:
    """And a test among others may skip itself: the verdict names it."""
    gate.write("pytest.ini", "[pytest]\napismoke_paths = asked mixed\n")
    gate.write("asked/test_deep.py", MINE.replace("smoke\n", "e2e\n"))
    gate.write("mixed/test_mine.py", MINE)
    gate.write("mixed/test_skips.py", SKIPS)
    ended = gate.run(*FAST)
    assert (ended.code, ended.report["not_looked_at"]) == (
        0,
        ["a test that was skipped: mixed/test_skips.py::test_it (not today)"],
    )


@pytest.mark.parametrize(
    "conftest",
    sampled(
        [
            "def pytest_runtest_protocol(item):\n    return 'two' in item.name or None\n",
            "def pytest_collection_modifyitems(items):\n"
            "    items[:] = [item for item in items if 'two' not in item.name]\n",
        ],
        every=2,
    ),
    ids=["swallowed", "taken-away"],
)
def test_a_test_that_was_collected_and_has_no_result_is_not_green(
    gate: Gate, conftest: str, workers: int
) -> None:
    gate.write("pytest.ini", IN_INI)
    gate.write("asked/test_mine.py", MINE + MINE.replace("test_it", "test_two"))
    gate.write("asked/conftest.py", conftest)
    ended = gate.run(*FAST, workers=workers)
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    check = ended.check("asked/test_mine.py::test_two")
    assert (check["category"], check["message"], check["where"], check["hint"]) == (
        "unverified",
        "expected every test of this run to be run, seen no result of this one",
        "this run",
        "leave out -k, -m, --deselect and --collect-only; without them, a conftest.py or a plugin"
        " has taken the test away or ended the run early",
    )


def test_a_session_that_ends_early_is_not_green(gate: Gate, workers: int) -> None:
    """Whether it is a worker's or the run's own."""
    gate.write("pytest.ini", IN_INI)
    gate.write("asked/test_mine.py", MINE + MINE.replace("test_it", "test_two"))
    gate.write(
        "asked/conftest.py",
        "def pytest_runtest_teardown(item):\n    item.session.shouldfail = 'enough'\n",
    )
    ended = gate.run(*FAST, workers=workers)
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")


REQUIRED = "[apis.orders]\nrequired = true\n"
OF_FULL_RUNS = '[[check]]\nname = "health"\npath = "/health"\nsmoke = false\n'


@pytest.mark.parametrize(
    ("arguments", "seen", "hint"),
    sampled(
        [
            (
                [],
                "none that ran in this run",
                "let a check of it belong to smoke runs (smoke = true), or remove required = true",
            ),
            (
                ["--smoke-api=settings"],
                "a call that leaves it out",
                "add --smoke-api=orders to the call, or remove required = true",
            ),
        ],
        every=2,
    ),
    ids=["of-full-runs", "left-out"],
)
def test_a_required_api_without_a_check_that_ran_is_not_green(
    gate: Gate, arguments: list[str], seen: str, hint: str
) -> None:
    gate.write("apismoke.toml", REQUIRED)
    gate.write("contracts/orders.toml", OF_FULL_RUNS)
    ended = gate.run(*FAST, *arguments)
    assert (ended.code, ended.report["categories"]) == (5, {"unverified": 1})
    check = ended.check("apismoke::api orders")
    assert (check["message"], check["where"], check["hint"]) == (
        f"expected a check of the API 'orders', which is required, seen {seen}",
        "apismoke.toml, line 2, apis.orders.required",
        hint,
    )


def test_a_chosen_api_whose_only_test_skips_itself_is_not_green(gate: Gate, workers: int) -> None:
    gate.write("pytest.ini", IN_INI)
    gate.write("contracts/orders.toml", OF_FULL_RUNS)
    gate.write("asked/test_mine.py", MINE)
    of_orders = SKIPS.replace("def", "@pytest.mark.apismoke(api='orders')\ndef")
    gate.write("asked/test_orders.py", of_orders)
    ended = gate.run(*FAST, "--smoke-api=settings", "--smoke-api=orders", workers=workers)
    assert (ended.code, ended.report["categories"]) == (5, {"unverified": 1})
    assert ended.check("apismoke::api orders")["message"] == (
        "expected a check of the API 'orders', which was chosen, seen none that ran in this run"
    )


def test_an_api_without_a_check_in_the_run_is_no_row_of_the_verdict(gate: Gate) -> None:
    gate.write("contracts/orders.toml", OF_FULL_RUNS)
    ended = gate.run(*FAST)
    assert (ended.code, list(ended.report["apis"])) == (0, ["settings", "calendar", "twilio"])
    assert ended.report["not_looked_at"] == ["the API orders (without a check in this run)"]


# -- paths add tests, and take no check away ------------------------------------------------------

WRONG = '[[check]]\nname = "wrong"\npath = "/no/such"\nauth = false\n'


@pytest.mark.parametrize(
    "typed", sampled(["asked", "contracts/orders.toml", "contracts/orders.toml::health"], every=3)
)
def test_a_path_on_the_command_line_takes_no_check_away(
    gate: Gate, typed: str, workers: int
) -> None:
    gate.write("asked/test_mine.py", MINE)
    gate.write("always/test_always.py", MINE.replace("test_it", "test_always"))
    gate.write("pytest.ini", "[pytest]\napismoke_paths = always\n")
    gate.write("contracts/orders.toml", OF_FULL_RUNS.replace("smoke = false\n", ""))
    gate.write("contracts/users.toml", WRONG)
    ended = gate.run(*FAST, typed, workers=workers)
    assert (ended.code, ended.report["categories"]) == (2, {"fetch": 1})
    outcomes = {n: o for n, o in ended.outcomes().items() if "/" in n}
    assert outcomes == {
        "contracts/orders.toml::health": "passed",
        "contracts/users.toml::wrong": "failed",
        "always/test_always.py::test_always": "passed",
        **({"asked/test_mine.py::test_it": "passed"} if typed == "asked" else {}),
    }


@pytest.mark.parametrize(
    ("beside", "text", "what", "name"),
    sampled(
        [
            ("contracts/orders.toml", WRONG, "the folder contracts/", "contracts/"),
            (
                "pyproject.toml",
                "[tool.apismoke.readiness]\npath = '/other'\n",
                "a pyproject.toml with [tool.apismoke]",
                "pyproject.toml",
            ),
            ("apismoke.toml", "[readiness]\npath = '/other'\n", "apismoke.toml", "apismoke.toml"),
        ],
        every=3,
    ),
    ids=["contracts", "pyproject", "apismoke"],
)
def test_what_lies_beside_the_caller_and_not_at_the_rootdir_is_refused(
    gate: Gate, beside: str, text: str, what: str, name: str
) -> None:
    gate.write("pytest.ini", "[pytest]\n")
    gate.write(f"service/{beside}", text)
    service = Gate(gate.folder / "service")
    ended = service.run(*FAST)
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    (check,) = ended.report["checks"]
    assert (check["message"], check["where"], check["hint"]) == (
        f"expected {what} at the rootdir, {gate.folder}, seen one in {service.folder}",
        name,
        "move it there, or make its folder the rootdir with --rootdir=.",
    )
