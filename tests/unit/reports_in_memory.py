"""Verdicts and reports made by hand, for the tests of what is rendered from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_apismoke.errors import Category, Violation
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.verdict.judgement import Planned, judge
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

URL = "https://api.example.com"
FACTS = RunFacts(
    mode="smoke",
    target_url=URL,
    target_version="2026.11.27-3",
    started_at="2026-11-27T17:42:03Z",
    duration_s=6.2,
)


def new_exchange(**changes: Any) -> Exchange:
    values = {
        "method": "GET",
        "url": f"{URL}/api",
        "status": 200,
        "duration_s": 0.1,
        "request_id": None,
        "excerpt": "",
        "error": None,
        "curl": f"curl -sS -i {URL}/api",
    }
    return Exchange.told(**{**values, **changes})


def passed(name: str, **details: object) -> Outcome:
    return outcome(name, Result.PASSED, verified=True, **details)


def failed(
    name: str, category: Category, expected: str, seen: str, where: str, hint: str, **rest: object
) -> Outcome:
    parts = {"expected": expected, "seen": seen, "where": where, "hint": hint}
    return outcome(name, Result.FAILED, category=category, **parts, **rest)


def not_run(name: str, because_of: str) -> Outcome:
    reason = SkipReason.DEPENDENCY
    return outcome(name, Result.SKIPPED, skip_reason=reason, because_of=because_of)


def outcome(name: str, result: Result, **details: object) -> Outcome:
    api, _, stage = name.partition("::")
    values = {"api": api, "stage": stage, "name": name, "outcome": result, **details}
    return Outcome(**values)  # type: ignore[arg-type]  # the fields of an outcome


def report_of(*outcomes: Outcome, facts: RunFacts = FACTS) -> Report:
    plan = [Planned(api=one.api, stage=one.stage, name=one.name) for one in outcomes]
    return Report(verdict=judge(list(outcomes), plan=plan), facts=facts)


def judged(target: str, *outcomes: Outcome) -> Judged:
    report = report_of(*outcomes, facts=replace(FACTS, target_url=target))
    return Judged(target=target, verdict=report.verdict, facts=report.facts)


def fetch_failed(exchanges: Sequence[Exchange] = ()) -> Outcome:
    return failed(
        "settings::fetch",
        Category.FETCH,
        "200 with the settings document",
        "500 with application/json, 88 bytes",
        f"GET {URL}/api/business/me",
        "look into the target's log at the request id",
        exchanges=tuple(exchanges),
    )


def contract_broken(exchanges: Sequence[Exchange] = ()) -> Outcome:
    says = "contracts/order-list.schema.json#/$defs/order"
    return failed(
        "orders::the list of orders",
        Category.INVALID,
        "a response that keeps its contract",
        "2 violations",
        f"GET {URL}/api/orders?limit=5",
        "compare the response with the contract",
        exchanges=tuple(exchanges),
        violations=(
            Violation(
                pointer="/items/3/total",
                expected="a number",
                actual="the string '129.00'",
                schema_location=f"{says}/properties/total/type",
            ),
            Violation(
                pointer="/items/4",
                expected="the property 'currency'",
                actual="an object without it",
                schema_location=f"{says}/required",
            ),
        ),
    )
