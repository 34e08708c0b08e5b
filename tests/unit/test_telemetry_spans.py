"""A finished run as a trace: which spans it has, when, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from unit.traced import BEGAN, FACTS, TRACE, check, report_of

from pytest_apismoke.errors import Category
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.reports.facts import OwnExchange
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.system.ci_run import CiRun
from pytest_apismoke.telemetry.spans import SpanOfRun, spans_of
from pytest_apismoke.verdict.outcome import Result, SkipReason

MakeExchange = Callable[..., Exchange]


def named(span_id: str, trace_id: str = TRACE.trace_id) -> tuple[tuple[str, str], ...]:
    return (("traceparent", f"00-{trace_id}-{span_id}-01"),)


def test_the_root_is_the_run_with_its_verdict() -> None:
    (root, _) = spans_of(report_of(check()))
    assert root == SpanOfRun(
        name="apismoke smoke",
        trace_id=TRACE.trace_id,
        span_id="aaaaaaaaaaaaaaaa",
        parent_id="bbbbbbbbbbbbbbbb",
        parent_is_remote=True,
        started_at=BEGAN,
        ended_at=BEGAN + 5.0,
        attributes={
            "apismoke.verdict": "pass",
            "apismoke.exit_code": 0,
            "apismoke.summary": "1 check of 1 API, everything required was verified",
            "apismoke.mode": "smoke",
            "apismoke.run_id": "97354f56",
            "test.suite.name": "pytest-apismoke",
            "test.suite.run.status": "success",
            "server.address": "api.example.com",
            "server.port": 443,
            "apismoke.target.version": "1.2.3",
        },
    )


def test_the_root_says_which_pipeline_it_was() -> None:
    run = CiRun(system="GitHub Actions", name="deploy #7", url="https://ci.example/7", commit="")
    root = spans_of(report_of(check()), run)[0]
    assert root.attributes["cicd.pipeline.name"] == "deploy #7"
    assert root.attributes["cicd.pipeline.run.url.full"] == "https://ci.example/7"


def test_a_check_is_a_span_around_its_requests(make_exchange: MakeExchange) -> None:
    exchanges = (
        make_exchange(started_s=1.0, duration_s=0.25, sent_headers=named("c" * 16)),
        make_exchange(
            started_s=1.5, duration_s=0.25, attempt=2, sent_headers=named("d" * 16), request_id="r"
        ),
    )
    root, span, first, second = spans_of(report_of(check(*exchanges)))
    assert (span.parent_id, first.parent_id, second.parent_id) == (
        root.span_id,
        span.span_id,
        span.span_id,
    )
    assert (span.started_at, span.ended_at) == (BEGAN + 1.0, BEGAN + 1.75)
    assert span.attributes == {
        "test.case.name": "settings::save",
        "apismoke.api": "settings",
        "apismoke.stage": "save",
        "apismoke.outcome": "passed",
        "test.case.result.status": "pass",
    }
    assert second == SpanOfRun(
        name="GET",
        trace_id=TRACE.trace_id,
        span_id="d" * 16,
        parent_id=span.span_id,
        started_at=BEGAN + 1.5,
        ended_at=BEGAN + 1.75,
        is_request=True,
        attributes={
            "http.request.method": "GET",
            "url.full": "https://api.example.com/api",
            "server.address": "api.example.com",
            "server.port": 443,
            "http.response.status_code": 200,
            "http.request.resend_count": 1,
            "apismoke.request_id": "r",
        },
    )
    assert "http.request.resend_count" not in first.attributes


def test_a_failed_check_says_why(make_exchange: MakeExchange) -> None:
    failed = check(
        make_exchange(status=404, started_s=1.0),
        result=Result.FAILED,
        category=Category.SAVE,
        expected="200",
        seen="404 with no body",
    )
    root, span, request = spans_of(report_of(failed))
    assert span.error == "expected 200, got 404 with no body"
    assert span.attributes["error.type"] == "save"
    assert span.attributes["test.case.result.status"] == "fail"
    assert (request.error, request.attributes["error.type"]) == ("", "404")
    assert root.error is not None
    assert root.attributes["test.suite.run.status"] == "failure"


@pytest.mark.parametrize(
    ("status", "error", "error_type"),
    [(401, None, None), (503, None, "503"), (None, "reset", "no_response"), (200, None, None)],
)
def test_a_request_is_an_error_where_its_check_did_not_expect_it(
    status: int | None, error: str | None, error_type: str | None, make_exchange: MakeExchange
) -> None:
    """A check that wants 401 gets it; a server's own error is one in any case."""
    exchange = make_exchange(status=status, error=error, started_s=1.0)
    request = spans_of(report_of(check(exchange)))[-1]
    assert request.attributes.get("error.type") == error_type
    assert (request.error is None) is (error_type is None)


def test_a_check_without_a_request_is_at_the_end_of_the_run() -> None:
    skipped = check(
        result=Result.SKIPPED,
        duration_s=0.0,
        skip_reason=SkipReason.DEPENDENCY,
        because_of="settings::login",
    )
    login = check(name="settings::login", result=Result.FAILED, category=Category.AUTH)
    spans = {one.name: one for one in spans_of(report_of(login, skipped))}
    span = spans["settings::save"]
    assert (span.started_at, span.ended_at, span.error) == (BEGAN + 5.0, BEGAN + 5.0, None)
    assert span.attributes["apismoke.because_of"] == "settings::login"
    assert "test.case.result.status" not in span.attributes


def test_the_runs_own_requests_are_below_the_run(make_exchange: MakeExchange) -> None:
    own = OwnExchange(
        purpose="readiness", exchange=make_exchange(started_s=0.1, sent_headers=named("e" * 16))
    )
    root, request, _ = spans_of(report_of(check(), exchanges=(own,)))
    assert (request.parent_id, request.span_id) == (root.span_id, "e" * 16)
    assert request.attributes["apismoke.purpose"] == "readiness"


def test_a_request_that_several_checks_report_is_one_span(make_exchange: MakeExchange) -> None:
    shared = make_exchange(started_s=1.0, sent_headers=named("c" * 16))
    spans = spans_of(report_of(check(shared), check(shared, name="settings::fetch")))
    assert [one.span_id for one in spans].count("c" * 16) == 1


def test_a_request_that_names_another_trace_is_a_span_of_this_one(
    make_exchange: MakeExchange,
) -> None:
    """A check may send a traceparent of its own; and another host gets none."""
    exchanges = (
        make_exchange(started_s=1.0, sent_headers=named("c" * 16, "f" * 32)),
        make_exchange(started_s=1.0),
        make_exchange(started_s=2.0),
    )
    spans = spans_of(report_of(check(*exchanges)))
    assert {one.trace_id for one in spans} == {TRACE.trace_id}
    assert len({one.span_id for one in spans}) == 5
    assert "c" * 16 not in {one.span_id for one in spans}


def test_the_same_run_has_the_same_spans_each_time(make_exchange: MakeExchange) -> None:
    report = report_of(check(make_exchange(started_s=1.0)))
    assert spans_of(report) == spans_of(report)


def test_each_of_several_targets_is_a_trace() -> None:
    other = replace(TRACE, trace_id="9" * 32, span_id="9" * 16, parent_id="")
    one = report_of(check())
    runs = tuple(
        Judged(target=name, verdict=one.verdict, facts=replace(FACTS, trace=trace))
        for name, trace in (("a", TRACE), ("b", other))
    )
    spans = spans_of(Report(verdict=one.verdict, facts=replace(FACTS, trace=None), targets=runs))
    assert [span.trace_id for span in spans] == [TRACE.trace_id] * 2 + ["9" * 32] * 2


def test_a_call_that_was_refused_has_no_trace() -> None:
    assert spans_of(report_of(check(), trace=None)) == ()
