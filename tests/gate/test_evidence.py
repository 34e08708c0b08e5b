"""The outputs of a run beyond its golden files: terminal, JSON report, JUnit."""

from __future__ import annotations

import pytest
from harness import Gate


def test_a_failed_preflight_is_one_red_test(gate: Gate, workers: int) -> None:
    ended = gate.run(
        "--smoke", "--target-url=demo", "--target-wait=0", faults=["never-ready"], workers=workers
    )
    assert ended.code == 5
    assert ended.junit_cases() == {"apismoke::preflight": "failure"}
    assert "1. apismoke::preflight (unready)" in ended.verdict_block
    assert "1 failed" in ended.out


@pytest.mark.distributed
def test_node_names_are_readable(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "-v", workers=2)
    assert "settings::save" in ended.out
    assert "site-packages" not in ended.out


@pytest.mark.exhaustive
def test_a_check_that_was_not_made_is_not_called_failed(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "-k", "twilio")
    assert ended.code == 5
    assert "  calendar  inconclusive  login not run, fetch not run" in ended.verdict_block
    assert "FAILED" not in ended.verdict_block


@pytest.mark.exhaustive
def test_a_refused_run_still_names_its_target(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=http://127.0.0.1:1")
    assert (ended.code, ended.report["target"]["url"]) == (5, "http://127.0.0.1:1")
