"""The same code and the same requests, however the tests are distributed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gate.sampling import sampled
from harness import Backend, Gate

#: What a smoke run against a healthy backend reports.
HEALTHY = {
    f"{api}::{stage}": "passed"
    for api, stages in {
        "settings": ("login", "fetch", "contract", "save", "persist", "restore"),
        "calendar": ("login", "fetch", "state", "oauth"),
        "twilio": ("login", "fetch", "phone", "state"),
    }.items()
    for stage in stages
}
#: The counters need no token; the run has one login when it begins.
UNTIL_RENEWED = """
import pytest

@pytest.mark.smoke
@pytest.mark.parametrize("number", range(8))
def test_it(smoke_client, number):
    while True:
        assert smoke_client.get("/api/business/me").status == 200
        if smoke_client.get("/demo/requests").json()["logins"] > 1:
            break
    assert smoke_client.get("/api/business/me").status == 200
"""


@pytest.mark.parametrize(
    "arguments",
    sampled(
        [
            ["-n1"],
            ["-n3"],
            ["-n4", "--maxprocesses=2"],
            ["-n2", "--dist=each"],
            ["--dist=load", "--tx=2*popen"],
        ],
        every=4,
    ),
    ids=" ".join,
)
def test_every_distribution_sends_the_same_requests(
    gate: Gate, backend: Backend, arguments: list[str]
) -> None:
    before = backend.document()
    ended = gate.against(backend, "--smoke", *arguments)
    assert ended.code == 0
    assert backend.requests("PUT /api/business/me") == 2
    assert backend.counted()["logins"] == 1 + 1
    assert backend.document() == before
    assert ended.outcomes() == HEALTHY


@pytest.mark.parametrize(
    "arguments",
    [
        ["-n0"],
        ["-n2"],
        pytest.param(["-n4", "--maxprocesses=2"], marks=pytest.mark.exhaustive),
        *(
            pytest.param(["-n2", f"--dist={how}"], marks=pytest.mark.exhaustive)
            for how in ("load", "loadscope", "loadfile", "loadgroup", "worksteal", "each")
        ),
    ],
    ids=" ".join,
)
def test_every_distribution_comes_to_the_same_verdict(gate: Gate, arguments: list[str]) -> None:
    """Two suites fail, in stages that have others behind them; so does a test of the user's."""
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        @pytest.mark.parametrize("number", range(4))
        def test_it(smoke_client, number):
            assert smoke_client.get("/health").status == (204 if number == 2 else 200)
        """,
    )
    faults = ["write-dropped", "oauth-500"]
    fast = ("--smoke", "--target-url=demo", "-oapismoke_readback_wait=0.1")
    ended = gate.run(*fast, *arguments, "test_mine.py", faults=faults)
    categories = {"oauth": 1, "persist": 1, "invalid": 1}
    assert (ended.code, ended.report["categories"]) == (3, categories)
    mine = {f"test_mine.py::test_it[{number}]": "passed" for number in range(4)}
    failed = {
        "settings::persist": "failed",
        "calendar::oauth": "failed",
        "test_mine.py::test_it[2]": "failed",
    }
    assert ended.outcomes() == {**HEALTHY, **mine, **failed}


@pytest.mark.distributed
@pytest.mark.parametrize("arguments", [[], ["--maxprocesses=1"]], ids=["n2", "one worker"])
def test_a_worker_that_is_killed_takes_no_check_with_it(
    gate: Gate, backend: Backend, arguments: list[str]
) -> None:
    """What it has not made another worker makes, but for the test that it died of."""
    gate.write(
        "test_mine.py",
        """
        import os
        import signal
        import pytest

        @pytest.mark.smoke
        @pytest.mark.parametrize("number", range(6))
        def test_it(smoke_client, number):
            assert smoke_client.get("/health").status == 200
            if number == 1:
                os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    before = backend.document()
    ended = gate.against(backend, "--smoke", *arguments, "test_mine.py", workers=2)
    assert (ended.code, ended.report["categories"]) == (5, {"internal": 1})
    mine = {f"test_mine.py::test_it[{number}]": "passed" for number in range(6)}
    assert ended.outcomes() == {**HEALTHY, **mine, "test_mine.py::test_it[1]": "error"}
    assert backend.document() == before
    assert gate.entries() == []


@pytest.mark.distributed
@pytest.mark.parametrize("fault", ["token-expires-early", "token-short-lived"])
def test_a_token_that_ends_in_mid_run_is_renewed_once_for_all_workers(
    gate: Gate, start_backend: Callable[..., Backend], fault: str
) -> None:
    """Revoked after three requests, or run out after two seconds; every worker has the old one."""
    backend = start_backend(fault)
    gate.write("test_mine.py", UNTIL_RENEWED)
    ended = gate.against(backend, "--smoke", "-v", "test_mine.py", workers=2)
    assert (ended.code, ended.report["verdict"]) == (0, "pass")
    assert "[gw0]" in ended.out
    assert "[gw1]" in ended.out
    assert backend.counted()["logins"] == 2


def test_users_tests_are_spread(gate: Gate, backend: Backend) -> None:
    gate.write(
        "test_mine.py",
        """
        import os
        import pytest

        @pytest.mark.smoke
        @pytest.mark.parametrize("number", range(12))
        def test_it(smoke_client, number, record_property):
            assert smoke_client.get("/health").status == 200
        """,
    )
    ended = gate.against(backend, "--smoke", "-n2", "-v", "test_mine.py")
    assert ended.code == 0
    assert "[gw0]" in ended.out
    assert "[gw1]" in ended.out


@pytest.mark.exhaustive
def test_groups_of_users_stay_together(gate: Gate, backend: Backend) -> None:
    gate.write(
        "test_mine.py",
        """
        import os
        import pytest

        @pytest.mark.smoke
        @pytest.mark.xdist_group("mine")
        @pytest.mark.parametrize("number", range(6))
        def test_it(smoke_client, number):
            assert smoke_client.get("/health").status == 200
        """,
    )
    ended = gate.against(backend, "--smoke", "-n2", "--dist=loadgroup", "-v", "test_mine.py")
    assert ended.code == 0
    workers = {
        line.split("]")[0] for line in ended.out.splitlines() if "[gw" in line and "mine" in line
    }
    assert len(workers) == 1
