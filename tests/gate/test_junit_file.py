"""The JUnit file of a run: there whatever the end, complete, and without a secret."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from gate.canary_server import LATE, PROFILE, CanaryServer
from harness import Ended, Gate, credentials

#: The first shows a value, the second tells that it is a secret.
CHECKS = """
    [[check]]
    name = "before anybody knows"
    path = "/early"
    expect.schema = { properties = { value = { type = "integer" } } }

    [[check]]
    name = "learns"
    path = "/late"
    capture = { session_token = "/value" }
"""


def properties_of_suite(ended: Ended) -> dict[str | None, str | None]:
    found = ElementTree.fromstring(ended.junit).findall("testsuite/properties/property")  # noqa: S314
    return {one.get("name"): one.get("value") for one in found}


def test_a_call_that_is_refused_leaves_one(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--target-wait=soon")

    assert (ended.code, ended.junit_cases()) == (5, {"apismoke::run": "error"})
    assert ended.junit_properties()["apismoke::run"] == {
        "apismoke_api": "apismoke",
        "apismoke_category": "usage",
        "apismoke_stage": "run",
        "apismoke_hint": ended.report["checks"][0]["hint"],
    }
    found = properties_of_suite(ended)
    assert (found["apismoke_verdict"], found["apismoke_exit_code"]) == ("misconfigured", "5")


def test_a_call_that_pytest_refuses_leaves_one(gate: Gate) -> None:
    ended = gate.run_command(
        ["apismoke", "--target-url=demo", "--no-such-option", "--junitxml=junit.xml"]
    )

    assert (ended.code, ended.junit_cases()) == (5, {"apismoke::run": "error"})


def test_a_pass_has_the_verdict_beside_the_cases_of_pytest(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--smoke-api=twilio", "--junitprefix=shop")

    assert ended.code == 0, ended.output
    assert set(ended.junit_cases().values()) == {"passed"}
    assert ended.junit_properties()["shop.twilio::phone"] == {
        "apismoke_api": "twilio",
        "apismoke_stage": "phone",
    }
    assert properties_of_suite(ended)["apismoke_summary"] == ended.report["summary"]


@pytest.mark.parametrize("path", ["taken/junit.xml", "/dev/full"])
def test_a_file_that_can_not_be_written_is_no_pass_and_no_defect(gate: Gate, path: str) -> None:
    """It is told once, as any other report; pytest's traceback is not."""
    gate.write("taken", "")
    ended = gate.run("--smoke", "--target-url=demo", f"--junitxml={path}")

    assert ended.code == 5, ended.output
    (found,) = [one for one in ended.report["checks"] if one["outcome"] != "passed"]
    assert (found["stage"], found["category"]) == ("junit", "usage")
    assert found["hint"].startswith("give --junitxml a path that can be written")
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.distributed)])
def test_a_secret_that_only_a_later_check_reveals_is_not_in_it(gate: Gate, workers: int) -> None:
    server = CanaryServer()
    gate.write("apismoke.toml", PROFILE)
    gate.write("contracts/all.toml", CHECKS)
    try:
        ended = gate.run(
            "--smoke", f"--target-url={server.url}", environ=credentials(), workers=workers
        )
    finally:
        server.stop()

    cases = {name.rpartition("::")[2]: how for name, how in ended.junit_cases().items()}
    assert cases == {"before anybody knows": "failure", "learns": "passed"}
    assert LATE not in ended.junit
    assert "[redacted]" in ended.junit
