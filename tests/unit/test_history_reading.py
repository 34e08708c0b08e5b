"""Reports of earlier runs are read; what is none is named with the reason."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.past_runs import ORDERS, TARGET, report, request, told_check

from pytest_apismoke.errors import Category
from pytest_apismoke.history.past_run import PastCheck, PastRun
from pytest_apismoke.history.reading import UnreadableReportError, runs_in
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Result

OTHER = "https://staging.example.com"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def read(document: Any) -> tuple[PastRun, ...]:
    return runs_in(json.dumps(document), "a.json")


def reason_or_none(document: Any) -> str:
    """Why a report is refused; empty if it is read."""
    try:
        read(document)
    except UnreadableReportError as refused:
        return str(refused)
    return ""


def test_a_report_of_the_first_schema_is_read() -> None:
    failed = told_check(
        "settings::fetch",
        request(status=500, duration_s=0.2),
        outcome="failed",
        category="fetch",
        message="expected 200, seen 500",
    )
    document = report(failed, told_check(ORDERS, request()), verdict="fail", exit_code=2)
    assert read(document) == (
        PastRun(
            source="a.json",
            target=TARGET,
            mode="smoke",
            version="1",
            started_at=datetime(2026, 11, 1, 8, 0, tzinfo=timezone.utc),
            duration_s=1.5,
            verdict=Judgement.FAIL,
            exit_code=2,
            reason="settings::fetch: expected 200, seen 500",
            checks=(
                PastCheck(
                    api="settings",
                    stage="fetch",
                    name="settings::fetch",
                    outcome=Result.FAILED,
                    category=Category.FETCH,
                    latency_s=0.2,
                ),
                PastCheck(
                    api="orders",
                    stage="the list of orders",
                    name=ORDERS,
                    outcome=Result.PASSED,
                    latency_s=0.1,
                ),
            ),
        ),
    )


def test_a_report_of_today_has_its_reason_its_id_and_the_requests_of_the_run_itself() -> None:
    own = [
        request(purpose="readiness", status=None),
        request(purpose="readiness", duration_s=0.05),
        request(purpose="login", duration_s=0.8),
    ]
    (run,) = read(
        report(
            verdict="fail",
            exit_code=2,
            summary="GET /api/orders answers 500",
            run={"id": "1198f038", "exchanges": own},
        )
    )
    assert (run.reason, run.run_id) == ("GET /api/orders answers 500", "1198f038")
    assert run.own == (("readiness", 0.05),)


def test_a_report_on_several_targets_is_a_run_against_each() -> None:
    judged = {"verdict": "pass", "exit_code": 0, "duration_s": 1.0}
    targets = [
        {**judged, "url": TARGET, "version": "1"},
        {**judged, "url": OTHER, "version": None, "verdict": "fail", "exit_code": 2},
    ]
    checks = [
        told_check(target=TARGET),
        told_check(target=OTHER, outcome="failed", category="fetch", message="no"),
    ]
    found = read(report(*checks, verdict="fail", exit_code=2, targets=targets))
    assert [(one.target, one.version, one.verdict, one.reason) for one in found] == [
        (TARGET, "1", Judgement.PASS, ""),
        (OTHER, None, Judgement.FAIL, f"{ORDERS}: no"),
    ]
    assert [[check.outcome for check in one.checks] for one in found] == [
        [Result.PASSED],
        [Result.FAILED],
    ]


def test_a_request_that_several_checks_show_has_its_latency_once() -> None:
    login = request(method="POST", duration_s=0.8)
    (run,) = read(report(*(told_check(f"{api}::login", login) for api in ("settings", "twilio"))))
    assert [check.latency_s for check in run.checks] == [0.8, None]


def test_what_a_later_version_adds_is_no_obstacle() -> None:
    failed = told_check(outcome="failed", category="new", message="no", surprise=[])
    (run,) = read(report(failed, surprise={}, verdict="fail", exit_code=77))
    assert (run.checks[0].category, run.checks[0].tells_of_target) == (None, False)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "it is no JSON report of apismoke"),
        ({"name": "package"}, "it is no JSON report of apismoke"),
        (report(schema_version=2), "its 'schema_version' is none that this apismoke reads: 1"),
        (report(target={"url": "", "version": None}), "it names no target: the call was refused"),
        (report(target=None), "its 'target' is no object"),
        (report(checks={}), "its 'checks' is no list of objects"),
        (report(verdict="green"), "one of its 'verdict' is 'green'"),
        (report(verdict=["pass"]), "its 'verdict' is no text"),
        (report(exit_code=True), "its 'exit_code' is no exit code"),
        (report(mode=1), "its 'mode' is no text"),
        (report(started_at="yesterday"), "its 'started_at' is no moment in UTC"),
        (report(started_at=5), "its 'started_at' is no moment in UTC"),
        (report(duration_s=-1), "one of its 'duration_s' is no duration"),
        (report(duration_s=float("nan")), "one of its 'duration_s' is no duration"),
        (report(duration_s=10**400), "one of its 'duration_s' is no duration"),
        (report(duration_s="1"), "one of its 'duration_s' is no duration"),
        (report(told_check(outcome="maybe")), "one of its 'outcome' is 'maybe'"),
    ],
)
def test_what_is_no_report_of_a_run_is_refused_with_the_reason(document: Any, reason: str) -> None:
    with pytest.raises(UnreadableReportError) as refused:
        read(document)
    assert str(refused.value) == reason


@pytest.mark.parametrize("text", ["", "<html>", "[" * 100_000, '{"a": ' + "9" * 5000 + "}"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(UnreadableReportError, match=r"^it is no JSON$"):
        runs_in(text, "a.json")


@given(st.sampled_from(sorted(report())), JSON)
def test_any_value_anywhere_is_read_or_refused(key: str, value: Any) -> None:
    assert reason_or_none(report(**{key: value})).isprintable()


@given(st.sampled_from(sorted(told_check())), JSON)
def test_any_value_in_a_check_is_read_or_refused(key: str, value: Any) -> None:
    assert reason_or_none(report({**told_check(), key: value})).isprintable()


def test_texts_are_one_printable_line() -> None:
    hostile = "a\x1b[2J\n::error::b##vso[c]\u202e"
    (run,) = read(
        report(
            told_check(hostile),
            verdict="fail",
            exit_code=1,
            summary=hostile,
            target={"url": hostile, "version": hostile},
        )
    )
    clean = "a\N{REPLACEMENT CHARACTER}[2J ::error::b# #vso[c]\N{REPLACEMENT CHARACTER}"
    assert (run.target, run.version, run.reason, run.checks[0].name) == (clean,) * 4
