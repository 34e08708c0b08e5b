"""What a run leaves behind: the terminal's verdict, the JSON report, JUnit."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from gate.sampling import sampled_with_workers
from harness import Gate
from jsonschema import Draft202012Validator

SCHEMA = json.loads(
    (files("pytest_apismoke") / "reports" / "report.schema.json").read_text("utf-8")
)

SETTINGS_STAGES = ("login", "fetch", "contract", "save", "persist", "restore")


@pytest.mark.parametrize(
    ("faults", "arguments", "workers"),
    sampled_with_workers(
        [
            ([], []),
            (["save-500"], []),
            (["restore-refused", "oauth-500"], ["--smoke-exit-codes=verdict"]),
            (["never-ready"], ["--target-wait=0"]),
            (["no-such-fault"], []),
            ([], ["--smoke-api=nothing"]),
            ([], ["--smoke-exit-codes=nothing"]),
            ([], ["--collect-only"]),
            (["login-500"], ["--smoke-exit-codes=api"]),
            (["slow-answers"], ["--smoke-budget=1"]),
        ],
        in_sample=lambda case: not case[1],
    ),
)
def test_every_end_leaves_a_report_that_keeps_its_schema(
    gate: Gate, faults: list[str], arguments: list[str], workers: int
) -> None:
    ended = gate.run(
        "--smoke",
        "--target-url=demo",
        "-oapismoke_readback_wait=0.1",
        *arguments,
        faults=faults,
        workers=workers,
    )
    Draft202012Validator.check_schema(SCHEMA)
    assert list(Draft202012Validator(SCHEMA).iter_errors(ended.report)) == []
    assert ended.report["exit_code"] == ended.code
    assert f"exit code {ended.code}: " in ended.verdict_block


def test_serial_and_distributed_runs_report_the_same(gate: Gate) -> None:
    """All but the clock, the port and the run's own id."""

    def comparable(report: dict[str, object]) -> object:
        kept = {
            name: report[name] for name in ("verdict", "exit_code", "categories", "apis", "mode")
        }
        checks = report["checks"]
        assert isinstance(checks, list)
        told = [
            {name: check[name] for name in ("name", "outcome", "category", "hint", "retries")}
            for check in checks
        ]
        return kept, told, [len(check["exchanges"]) for check in checks]

    faults = ["oauth-500", "receptionist-text", "write-lags"]
    serial = gate.run("--target-url=demo", faults=faults)
    distributed = gate.run("--target-url=demo", faults=faults, workers=2)
    assert comparable(serial.report) == comparable(distributed.report)


def test_the_terminal_ends_with_a_verdict_that_says_what_to_do(gate: Gate, workers: int) -> None:
    ended = gate.run("--smoke", "--target-url=demo", faults=["phone-malformed"], workers=workers)
    url = ended.report["target"]["url"]
    (fetch,) = ended.check("twilio::phone")["exchanges"]
    lines = ended.verdict_block.splitlines()[1:]
    assert lines.pop(0).startswith(f"FAIL: smoke run against {url}, version 1.0.0, ")
    # The answer itself is shown between the request id and the curl line.
    repeat = lines.index(f"   repeat     {fetch['curl']}")
    assert lines[11].startswith('   response   {"id": "biz_')
    del lines[11:repeat]
    assert lines == [
        f"  settings  pass          {', '.join(f'{stage} ok' for stage in SETTINGS_STAGES)}",
        "  calendar  pass          login ok, fetch ok, state ok, oauth ok",
        "  twilio    fail          login ok, fetch ok, phone FAILED, state not run",
        "",
        "1. twilio::phone (phone)",
        "   expected   an E.164 number such as +14155550123, or null, in 'phone_number'",
        "   seen       the string '555-0123'",
        f"   where      {url}/api/business/me",
        "   to do      correct the number of this account; it is stored with a plus sign, the",
        "              country code and digits only",
        f"   request id {fetch['request_id']}",
        f"   repeat     {fetch['curl']}",
        "",
        "  note: the embedded backend counted 9 requests, 1 of them logins",
        "exit code 3: phone: the number is missing where required or not E.164",
    ]


def test_a_failed_preflight_is_one_red_test(gate: Gate, workers: int) -> None:
    ended = gate.run(
        "--smoke", "--target-url=demo", "--target-wait=0", faults=["never-ready"], workers=workers
    )
    assert ended.code == 5
    assert ended.junit_cases() == {"apismoke::preflight": "failure"}
    assert "FAILED apismoke::preflight" in ended.out
    assert "1 failed" in ended.out


def test_junit_carries_api_and_category(gate: Gate, workers: int) -> None:
    ended = gate.run("--smoke", "--target-url=demo", faults=["oauth-500"], workers=workers)
    assert ended.junit_cases()["calendar::oauth"] == "failure"
    assert ended.junit_cases()["settings::save"] == "passed"
    oauth = ended.junit.partition('name="oauth"')[2].partition("</testcase>")[0]
    assert '<property name="apismoke_api" value="calendar"' in oauth
    assert '<property name="apismoke_category" value="oauth"' in oauth


@pytest.mark.exhaustive
def test_later_stages_say_why_they_did_not_run(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", faults=["me-missing-name"])
    assert ended.outcomes()["settings::contract"] == "failed"
    for stage in ("save", "persist", "restore"):
        check = ended.check(f"settings::{stage}")
        assert (check["outcome"], check["message"]) == (
            "skipped",
            "not run: settings::contract failed",
        )


def test_a_dirty_target_is_the_first_thing_said(gate: Gate, workers: int) -> None:
    ended = gate.run(
        "--smoke",
        "--target-url=demo",
        "-oapismoke_readback_wait=0.1",
        faults=["restore-refused"],
        workers=workers,
    )
    assert ended.code == 4
    assert ended.verdict_block.splitlines()[1].startswith("THE TARGET WAS LEFT CHANGED")
    assert ended.check("settings::restore")["dirty"] is True


def test_a_read_back_that_lags_is_told(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", faults=["write-lags"])
    assert (ended.code, ended.check("settings::persist")["retries"]) == (0, 2)
    assert "settings::persist: the read-back was there only after 3 reads" in ended.verdict_block


@pytest.mark.exhaustive
def test_what_was_wiped_is_put_back_in_full(gate: Gate) -> None:
    ended = gate.run(
        "--smoke",
        "--target-url=demo",
        "-oapismoke_readback_wait=0.1",
        faults=["write-wipes-others"],
    )
    assert (ended.code, ended.report["verdict"]) == (4, "fail")
    assert ended.outcomes()["settings::restore"] == "passed"
    assert ended.check("settings::restore")["notes"] == [
        "the whole document had to be written back"
    ]


@pytest.mark.exhaustive
def test_node_names_are_readable(gate: Gate, workers: int) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "-v", workers=workers)
    assert "settings::save" in ended.out
    assert "site-packages" not in ended.out


@pytest.mark.exhaustive
def test_a_field_that_changes_by_itself_is_noted_and_no_alarm(gate: Gate) -> None:
    ended = gate.run("--target-url=demo", faults=["fetches-counted"])
    assert (ended.code, ended.report["verdict"]) == (0, "pass")
    assert ended.check("settings::save")["notes"] == [
        "/view_count changes by itself, so it is not compared"
    ]


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
