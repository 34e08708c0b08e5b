"""The same code and the same requests, however the tests are distributed."""

from __future__ import annotations

import pytest
from gate.sampling import sampled
from harness import Backend, Gate


@pytest.mark.parametrize(
    "arguments",
    sampled(
        [
            ["-n1"],
            ["-n3"],
            ["-n4", "--maxprocesses=2"],
            ["-n2", "--dist=loadscope"],
            ["-n2", "--dist=loadfile"],
            ["-n2", "--dist=loadgroup"],
            ["-n2", "--dist=worksteal"],
            ["-n2", "--dist=each"],
            ["--dist=load", "--tx=2*popen"],
        ],
        every=5,
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
