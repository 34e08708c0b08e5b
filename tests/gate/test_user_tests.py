"""The tests that an active run selects, and how it counts those of users."""

from __future__ import annotations

import pytest
from gate.sampling import sampled
from harness import Backend, Gate

MINE = """
import pytest

@pytest.mark.smoke
def test_fast(smoke_client):
    assert smoke_client.get("/health").json()["status"] == "ok"

@pytest.mark.e2e
def test_deep(smoke_client, smoke_target_url):
    assert smoke_target_url.startswith("http://127.0.0.1:")
    assert smoke_client.get("/health", query={"deep": "1"}).status == 200

def test_unit():
    raise AssertionError("a unit test has no business here")
"""
FAST = ("--smoke", "--target-url=demo")


def test_without_a_path_only_the_built_in_checks_run(gate: Gate) -> None:
    """A broken unit test elsewhere can't break the gate."""
    gate.write("test_broken.py", "import no_such_module")
    gate.write("tests/test_broken.py", "import no_such_module")
    gate.write("pytest.ini", "[pytest]\ntestpaths = tests\n")
    ended = gate.run(*FAST)
    assert ended.code == 0
    assert {name.partition("::")[0] for name in ended.outcomes()} == {
        "settings",
        "calendar",
        "twilio",
    }


def test_a_smoke_run_takes_the_smoke_tests_of_the_given_paths(gate: Gate, workers: int) -> None:
    gate.write("test_mine.py", MINE)
    ended = gate.run(*FAST, "test_mine.py", workers=workers)
    assert ended.code == 0
    mine = {n: o for n, o in ended.outcomes().items() if n.startswith("test_mine")}
    assert mine == {"test_mine.py::test_fast": "passed"}
    assert len(ended.check("test_mine.py::test_fast")["exchanges"]) == 1


def test_requests_is_loaded_only_for_a_session_of_it(gate: Gate) -> None:
    """The gate's own requests do not need it, nor those of a client."""
    gate.write(
        "test_mine.py",
        """
        import sys
        import pytest

        pytestmark = pytest.mark.smoke

        def test_a_client(smoke_client):
            assert smoke_client.get("/health").status == 200
            assert "requests" not in sys.modules

        def test_a_session(smoke_session):
            assert smoke_session.get("/health").ok
            assert "requests" in sys.modules
        """,
    )
    ended = gate.run(*FAST, "-pno:randomly", "test_mine.py")
    assert (ended.code, ended.report["verdict"]) == (0, "pass")


def test_a_full_run_takes_both_kinds(gate: Gate, workers: int) -> None:
    gate.write("test_mine.py", MINE)
    ended = gate.run("--target-url=demo", "test_mine.py", workers=workers)
    assert ended.code == 0
    mine = {n: o for n, o in ended.outcomes().items() if n.startswith("test_mine")}
    assert mine == {"test_mine.py::test_fast": "passed", "test_mine.py::test_deep": "passed"}


@pytest.mark.exhaustive
def test_declared_paths_belong_to_every_run(gate: Gate) -> None:
    gate.write("pytest.ini", "[pytest]\napismoke_paths = checks\n")
    gate.write("checks/test_mine.py", MINE)
    ended = gate.run(*FAST)
    assert (ended.code, ended.outcomes()["checks/test_mine.py::test_fast"]) == (0, "passed")


@pytest.mark.exhaustive
def test_a_users_test_that_sends_nothing_verifies_nothing(gate: Gate, workers: int) -> None:
    gate.write(
        "test_mine.py", "import pytest\n\n@pytest.mark.smoke\ndef test_it(smoke_client): pass\n"
    )
    ended = gate.run(*FAST, "test_mine.py", workers=workers)
    assert (ended.code, ended.report["categories"]) == (5, {"unverified": 1})
    assert ended.report["apis"]["tests"]["verdict"] == "inconclusive"
    assert ended.report["apis"]["settings"]["verdict"] == "pass"


@pytest.mark.exhaustive
def test_a_retry_of_a_users_test_does_not_hide_its_failure(gate: Gate) -> None:
    gate.write(
        "test_mine.py",
        """
        import pytest
        tries = []

        @pytest.mark.smoke
        def test_flaky(smoke_client):
            tries.append(1)
            assert smoke_client.get("/health").status == 200
            assert len(tries) > 1
        """,
    )
    ended = gate.run(*FAST, "-prerunfailures", "--reruns=1", "test_mine.py")
    assert (ended.code, ended.report["categories"]) == (5, {"invalid": 1})


@pytest.mark.exhaustive
def test_the_client_shows_no_token(gate: Gate, backend: Backend) -> None:
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            url = smoke_client._session.target.client.base_url
            assert repr(smoke_client) == f"<SmokeClient of {url}>"
            assert smoke_client.get("/health").status == 200
        """,
    )
    assert gate.against(backend, "--smoke", "test_mine.py").code == 0


@pytest.mark.exhaustive
def test_a_conftest_can_not_turn_a_failure_into_a_pass(gate: Gate, workers: int) -> None:
    gate.write(
        "conftest.py",
        """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            report.outcome = "passed"
            return report
        """,
    )
    path = gate.write("test_mine.py", MINE)
    ended = gate.run(*FAST, str(path), faults=["oauth-500"], workers=workers)
    assert (ended.code, ended.report["categories"]) == (3, {"oauth": 1})


def test_a_subtest_is_judged_by_what_its_test_has_sent_so_far(
    gate: Gate, backend: Backend, workers: int
) -> None:
    """One that only looks at an earlier response is a test that sends a request."""
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_mine(smoke_client, subtests):
            with subtests.test("sends"):
                response = smoke_client.get("/api/business/me")
            with subtests.test("looks"):
                assert response.status == 200
        """,
    )
    ended = gate.against(backend, "--smoke", "--smoke-api=twilio", "test_mine.py", workers=workers)
    assert (ended.code, ended.outcomes()["test_mine.py::test_mine"]) == (0, "passed"), ended.output


@pytest.mark.parametrize(
    "path", sampled(["@127.0.0.1:1/steal", "api/orders", ":1/steal", ".evil.example"], every=4)
)
def test_a_path_without_a_slash_can_not_carry_the_token_elsewhere(gate: Gate, path: str) -> None:
    gate.write(
        "test_mine.py",
        f"""
        import pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            smoke_client.get({path!r})
        """,
    )
    ended = gate.run(*FAST, "test_mine.py")
    assert (ended.code, ended.report["categories"]) == (5, {"usage": 1})
    check = ended.check("test_mine.py::test_it")
    assert check["message"] == f"expected a path that begins with a slash, seen {path!r}"
    assert check["exchanges"] == []


@pytest.mark.parametrize(
    ("body", "fixture", "seen"),
    [
        (
            'assert smoke_client.get("/health").stattus == 200',
            "smoke_client",
            "AttributeError: 'Response' object has no attribute 'stattus'",
        ),
        ("pass", "no_such_fixture", "FixtureLookupError: no fixture 'no_such_fixture'"),
    ],
    ids=["in-the-test", "no-fixture"],
)
def test_an_error_in_a_tests_own_code_is_the_gates_and_not_the_targets(
    gate: Gate, body: str, fixture: str, seen: str, workers: int
) -> None:
    """A deploy script must not roll back for it."""
    gate.write(
        "test_mine.py",
        f"import pytest\n\n@pytest.mark.smoke\ndef test_it({fixture}):\n    {body}\n",
    )
    arguments = [*FAST, "--smoke-exit-codes=verdict", "test_mine.py"]
    ended = gate.run(*arguments, workers=workers)
    assert (ended.code, ended.report["verdict"]) == (3, "misconfigured")
    check = ended.check("test_mine.py::test_it")
    assert (check["category"], check["message"], check["where"], check["hint"]) == (
        "usage",
        f"expected the test's own code to work, seen {seen}",
        "test_mine.py::test_it",
        "correct the test (pytest's own report further up shows the line); only an assertion, or"
        " a request that fails, counts against the target",
    )
