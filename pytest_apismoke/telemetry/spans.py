"""The spans of a finished run: the run itself, its checks, and their requests. Pure.

The names of attributes are those of OpenTelemetry's semantic conventions, where these have one:
HTTP client spans, test cases and suites, CI/CD.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.trace import Trace, parent_in
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.system.ci_run import CiRun
from pytest_apismoke.verdict.causes import headline_of, summary_of
from pytest_apismoke.verdict.outcome import Outcome, Result

Attributes = Mapping[str, str | int | float | bool]

_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_PORTS = {"http": 80, "https": 443}
_STATUSES = {Result.PASSED: "pass", Result.FAILED: "fail", Result.ERROR: "fail"}
_SUITES = {"pass": "success", "inconclusive": "aborted", "misconfigured": "aborted"}
#: What a server says about itself, whatever was expected of it.
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanOfRun:
    """One span, as OpenTelemetry knows it; it is of a client where `is_request`.

    Attributes:
        name: without values that differ from run to run.
        trace_id: 32 hexadecimal digits.
        span_id: 16 of them.
        parent_id: likewise; empty for the root of a trace.
        parent_is_remote: whether another process made the parent.
        started_at: in seconds since 1970.
        ended_at: likewise.
        is_request: whether it is a request to the target.
        attributes: by their names.
        error: why it failed; None for one that did not.

    """

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    parent_is_remote: bool = False
    started_at: float
    ended_at: float
    is_request: bool = False
    attributes: Attributes
    error: str | None = None


def spans_of(report: Report, ci_run: CiRun | None = None) -> tuple[SpanOfRun, ...]:
    """The spans of a run, and of each run of a call with several targets; none where none began.

    Args:
        report: of the run.
        ci_run: the run of a CI system that it is a part of.

    """
    runs = report.targets or (Judged(target="", verdict=report.verdict, facts=report.facts),)
    found: list[SpanOfRun] = []
    for run in runs:
        if run.facts.trace is not None:
            found += _Run(run, run.facts.trace, ci_run).spans()
    return tuple(found)


class _Run:
    """The spans of one run."""

    def __init__(self, run: Judged, trace: Trace, ci_run: CiRun | None) -> None:
        self._verdict, self._facts = run.verdict, run.facts
        self._trace, self._ci_run = trace, ci_run
        self._ends_at = trace.began_at + run.facts.duration_s
        #: An exchange that several checks report is sent once, and so are the spans of others.
        self._seen: set[str] = set()

    def spans(self) -> Iterator[SpanOfRun]:
        """The root first, and each check before its requests."""
        yield self._root()
        for own in self._facts.exchanges:
            extra = {"apismoke.purpose": own.purpose}
            yield from self._requests([own.exchange], self._trace.span_id, extra, is_failed=False)
        for number, check in enumerate(self._verdict.checks):
            span = self._check(number, check)
            yield span
            yield from self._requests(
                check.exchanges, span.span_id, {}, is_failed=check.outcome.is_failure
            )

    def _root(self) -> SpanOfRun:
        verdict, facts = self._verdict, self._facts
        attributes: dict[str, str | int | float | bool] = {
            "apismoke.verdict": verdict.verdict.value,
            "apismoke.exit_code": verdict.exit_code,
            "apismoke.summary": summary_of(verdict),
            "apismoke.mode": facts.mode,
            "apismoke.run_id": self._trace.run_id,
            "test.suite.name": "pytest-apismoke",
            "test.suite.run.status": _SUITES.get(verdict.verdict.value, "failure"),
            **_address(facts.target_url),
        }
        if facts.target_version:
            attributes["apismoke.target.version"] = facts.target_version
        if self._ci_run:
            attributes |= {
                name: value
                for name, value in (
                    ("cicd.pipeline.name", self._ci_run.name),
                    ("cicd.pipeline.run.url.full", self._ci_run.url),
                )
                if value
            }
        return SpanOfRun(
            name=f"apismoke {facts.mode}",
            trace_id=self._trace.trace_id,
            span_id=self._trace.span_id,
            parent_id=self._trace.parent_id,
            parent_is_remote=True,
            started_at=self._trace.began_at,
            ended_at=self._ends_at,
            attributes=attributes,
            error=None if verdict.exit_code == 0 else headline_of(verdict),
        )

    def _check(self, number: int, check: Outcome) -> SpanOfRun:
        started_at, ended_at = self._times(check)
        attributes: dict[str, str | int | float | bool] = {
            "test.case.name": check.name,
            "apismoke.api": check.api,
            "apismoke.stage": check.stage,
            "apismoke.outcome": check.outcome.value,
        }
        if status := _STATUSES.get(check.outcome):
            attributes["test.case.result.status"] = status
        error = None
        if check.outcome.is_failure:
            attributes["error.type"] = check.category.value if check.category else "failed"
            error = f"expected {check.expected}, got {check.seen}" if check.expected else check.seen
        if check.because_of:
            attributes["apismoke.because_of"] = check.because_of
        return SpanOfRun(
            name=check.name,
            trace_id=self._trace.trace_id,
            span_id=self._made_up(f"check {number} {check.name}"),
            parent_id=self._trace.span_id,
            started_at=started_at,
            ended_at=ended_at,
            attributes=attributes,
            error=error,
        )

    def _times(self, check: Outcome) -> tuple[float, float]:
        """From its first request on; one without any is at the end of the run."""
        began = self._trace.began_at
        sent = [(one.started_s, one.duration_s) for one in check.exchanges]
        starts = [(start, start + took) for start, took in sent if start is not None]
        if not starts:
            return max(began, self._ends_at - check.duration_s), self._ends_at
        first, last = min(start for start, _ in starts), max(end for _, end in starts)
        return began + first, began + max(last, first + check.duration_s)

    def _requests(
        self,
        exchanges: Iterable[Exchange],
        parent_id: str,
        extra: Attributes,
        *,
        is_failed: bool,
    ) -> Iterator[SpanOfRun]:
        for number, exchange in enumerate(exchanges):
            if exchange.started_s is None:
                continue
            span_id = self._sent_span(exchange) or self._made_up(
                f"request {parent_id} {number} {exchange.started_s}"
            )
            if span_id in self._seen:
                continue
            self._seen.add(span_id)
            started_at = self._trace.began_at + exchange.started_s
            error_type = _error_type(exchange, is_failed=is_failed)
            yield SpanOfRun(
                name=exchange.method if exchange.method in _METHODS else "HTTP",
                trace_id=self._trace.trace_id,
                span_id=span_id,
                parent_id=parent_id,
                started_at=started_at,
                ended_at=started_at + exchange.duration_s,
                is_request=True,
                attributes={
                    **_of_request(exchange),
                    **({"error.type": error_type} if error_type else {}),
                    **extra,
                },
                error=(exchange.error or "") if error_type else None,
            )

    def _sent_span(self, exchange: Exchange) -> str:
        """The span that a request named to the target; empty where it named none of this trace."""
        sent = {name.lower(): value for name, value in exchange.sent_headers}
        trace_id, span_id = parent_in(sent.get("traceparent", "")) or ("", "")
        return span_id if trace_id == self._trace.trace_id else ""

    def _made_up(self, what: str) -> str:
        """An id of a span that no request has named, the same each time."""
        text = f"{self._trace.trace_id} {self._trace.span_id} {what}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _of_request(exchange: Exchange) -> dict[str, str | int | float | bool]:
    """The attributes of an HTTP client span."""
    is_known = exchange.method in _METHODS
    attributes: dict[str, str | int | float | bool] = {
        "http.request.method": exchange.method if is_known else "_OTHER",
        "url.full": exchange.url,
        **_address(exchange.url),
    }
    if not is_known:
        attributes["http.request.method_original"] = exchange.method
    if exchange.status is not None:
        attributes["http.response.status_code"] = exchange.status
    if exchange.attempt > 1:
        attributes["http.request.resend_count"] = exchange.attempt - 1
    if exchange.request_id:
        attributes["apismoke.request_id"] = exchange.request_id
    return attributes


def _error_type(exchange: Exchange, *, is_failed: bool) -> str:
    """Why a request counts as failed; empty where its check expected what it got."""
    if exchange.error is not None or exchange.status is None:
        return "no_response"
    is_error = exchange.status >= _SERVER_ERROR or (is_failed and exchange.status >= 400)
    return str(exchange.status) if is_error else ""


def _address(url: str) -> dict[str, str | int]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return {}
    if not parts.hostname:
        return {}
    return {"server.address": parts.hostname, **({"server.port": port} if port else {})}
