"""The Common Test Report Format (CTRF): the checks as tests, for dashboards that read it.

Our own fields stand in `extra`, which the format leaves to its writers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_apismoke import __version__
from pytest_apismoke.evidence import exchange_at
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.json_text import text_of
from pytest_apismoke.reports.moments import epoch_ms, iso, moment
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.reports.wording import message
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Outcome, Result

SPEC_VERSION = "0.0.0"
_TOOL = "pytest-apismoke"
_STATUS: Mapping[Result, str] = {
    Result.PASSED: "passed",
    Result.FAILED: "failed",
    Result.ERROR: "failed",
    Result.SKIPPED: "skipped",
}
_STATUSES = ("passed", "failed", "skipped", "pending", "other")


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The report as CTRF; see `reports.formats`."""
    return text_of(document(report), ascii_only=ascii_only)


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON values."""
    facts = report.facts
    end = moment(facts, facts.duration_s)
    run_id = {"runId": facts.run_id} if facts.run_id else {}
    tests = list(_tests(report))
    return {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        **run_id,
        "timestamp": iso(end),
        "generatedBy": f"{_TOOL} {__version__}",
        "results": {
            "tool": {"name": _TOOL, "version": __version__},
            "summary": {
                "tests": len(tests),
                **{status: _count(tests, status) for status in _STATUSES},
                "flaky": sum(test["flaky"] for test in tests),
                "suites": len({tuple(test["suite"]) for test in tests}),
                "start": epoch_ms(moment(facts)),
                "stop": epoch_ms(end),
                "duration": _ms(facts.duration_s),
            },
            "tests": tests,
            "environment": _environment(report),
            "extra": _extra(report),
        },
    }


def _tests(report: Report) -> Iterator[dict[str, Any]]:
    if not report.targets:
        judged = [Judged(target="", verdict=report.verdict, facts=report.facts)]
    else:
        judged = list(report.targets)
    for one in judged:
        for check in one.verdict.checks:
            yield _test(check, one.facts, one.target)


def _test(check: Outcome, facts: RunFacts, target: str) -> dict[str, Any]:
    exchange = exchange_at(check.exchanges, check.where)
    labels = {
        "api": check.api,
        "stage": check.stage,
        "category": check.category.value if check.category else "",
        "target": target,
        "request_id": (exchange.request_id or "") if exchange else "",
    }
    is_failure = check.outcome.is_failure
    extra = {
        "expected": check.expected,
        "got": check.seen,
        "where": check.where,
        "hint": check.hint,
        "because_of": check.because_of,
        "curl": exchange.curl if exchange and is_failure else "",
        "notes": list(check.notes),
        "dirty": check.dirty,
    }
    file, _, _ = check.name.partition("::")
    return {
        "testId": f"{target} {check.name}".strip(),
        "name": check.name,
        "status": _STATUS[check.outcome],
        "duration": _ms(check.duration_s),
        **_times(check, facts),
        "suite": [target, check.api] if target else [check.api],
        "message": message(check),
        **({"trace": "\n".join(check.difference)} if check.difference else {}),
        **({"filePath": file} if "." in file else {}),
        "rawStatus": check.outcome.value,
        "tags": [facts.mode, *([check.category.value] if check.category else [])],
        "labels": {name: value for name, value in labels.items() if value},
        "type": "e2e",
        "retries": check.retries,
        "flaky": check.flaky,
        "extra": {name: value for name, value in extra.items() if value},
    }


def _times(check: Outcome, facts: RunFacts) -> dict[str, int]:
    """From the start of its first request to the end of its last, where both are known."""
    spans = [(one.started_s, one.duration_s) for one in check.exchanges]
    known = [(start, start + took) for start, took in spans if start is not None]
    if not known or len(known) < len(spans):
        return {}
    return {
        "start": epoch_ms(moment(facts, min(start for start, _ in known))),
        "stop": epoch_ms(moment(facts, max(end for _, end in known))),
    }


def _environment(report: Report) -> dict[str, Any]:
    facts = report.facts
    return {
        "reportName": report.headline,
        **({"appName": facts.target_url} if facts.target_url else {}),
        **({"appVersion": facts.target_version} if facts.target_version else {}),
        "healthy": report.verdict.verdict is Judgement.PASS,
        "extra": dict(facts.environment),
    }


def _extra(report: Report) -> dict[str, Any]:
    verdict, facts = report.verdict, report.facts
    return {
        "verdict": verdict.verdict.value,
        "exit_code": verdict.exit_code,
        "exit_codes": verdict.exit_codes,
        **({"rehearsal": {"exit_code": verdict.ends_with}} if verdict.is_rehearsal else {}),
        "summary": report.summary,
        "causes": [one.summary for one in report.causes],
        "notes": list(facts.notes),
        "not_looked_at": list(facts.not_looked_at),
        "repair": facts.repair or None,
    }


def _count(tests: list[dict[str, Any]], status: str) -> int:
    return sum(test["status"] == status for test in tests)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
