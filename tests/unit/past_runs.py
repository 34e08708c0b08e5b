"""Earlier runs of tests: as records, and as the reports that tell of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from pytest_apismoke.errors import Category
from pytest_apismoke.history.past_run import PastCheck, PastRun
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Result

TARGET = "https://api.example.com"
BEGIN = datetime(2026, 11, 1, 8, 0, tzinfo=timezone.utc)
ORDERS = "orders::the list of orders"
SEARCH = "catalog::search"


def check(
    name: str = ORDERS,
    latency_s: float | None = 0.1,
    *,
    passed: bool = True,
    category: Category = Category.FETCH,
    flaky: bool = False,
) -> PastCheck:
    api, _, stage = name.partition("::")
    return PastCheck(
        api=api,
        stage=stage,
        name=name,
        outcome=Result.PASSED if passed else Result.FAILED,
        category=None if passed else category,
        latency_s=latency_s,
        is_flaky=flaky,
    )


def run(number: int, *checks: PastCheck, version: str | None = "1", **values: Any) -> PastRun:
    """The run of an hour; it fails if one of its checks does."""
    fails = any(one.outcome is Result.FAILED for one in checks)
    given: dict[str, Any] = {
        "source": f"{number}.json",
        "target": TARGET,
        "mode": "smoke",
        "started_at": BEGIN + timedelta(hours=number),
        "duration_s": 1.5,
        "verdict": Judgement.FAIL if fails else Judgement.PASS,
        "exit_code": 2 if fails else 0,
        "reason": "GET /api/orders answers 500" if fails else "",
        **values,
    }
    return PastRun(version=version, checks=checks, **given)


def runs(version: str, latencies_s: Sequence[float], *, after: int = 0) -> list[PastRun]:
    """Runs of one version, in each of which a check took so long."""
    numbers = range(after, after + len(latencies_s))
    return [
        run(number, check(latency_s=latency_s), version=version)
        for number, latency_s in zip(numbers, latencies_s, strict=True)
    ]


def request(**values: Any) -> dict[str, Any]:
    """A request of a report."""
    return {
        "method": "GET",
        "url": f"{TARGET}/api/orders",
        "status": 200,
        "duration_s": 0.1,
        **values,
    }


def told_check(name: str = ORDERS, *requests: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """A check of a report."""
    api, _, stage = name.partition("::")
    return {
        "api": api,
        "stage": stage,
        "name": name,
        "outcome": "passed",
        "category": None,
        "message": "200 with orders",
        "flaky": False,
        "exchanges": list(requests),
        **values,
    }


def report(*checks: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """A report in the shape that the first published version of the gate wrote."""
    return {
        "schema_version": 1,
        "verdict": "pass",
        "exit_code": 0,
        "exit_codes": "category",
        "mode": "smoke",
        "target": {"url": TARGET, "version": "1"},
        "started_at": "2026-11-01T08:00:00Z",
        "duration_s": 1.5,
        "checks": list(checks),
        **values,
    }
