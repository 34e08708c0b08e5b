"""JSON reports as the commands for GitHub read them, written by the gate's own writer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.errors import Category
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.github.reported import ReportedRun, runs_of
from pytest_apismoke.reports import json_report
from pytest_apismoke.reports.facts import RunFacts, Written
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.verdict.judgement import Planned, judge
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason
from pytest_apismoke.verdict.records import Verdict

TARGET = "https://api.example.com"
ME = f"{TARGET}/api/business/me"
FACTS = RunFacts(
    mode="smoke",
    target_url=TARGET,
    target_version="2026.11.27-3",
    started_at="2026-11-27T17:42:00Z",
    duration_s=6.2,
    run_id="1198f038",
)
_STAGES = (("settings", "fetch"), ("settings", "save"), ("calendar", "state"))
_PLAN = tuple(Planned(api=api, stage=stage, name=f"{api}::{stage}") for api, stage in _STAGES)


def passed(api: str, stage: str) -> Outcome:
    return Outcome(
        api=api, stage=stage, name=f"{api}::{stage}", outcome=Result.PASSED, verified=True
    )


def failed(api: str, stage: str, **more: Any) -> Outcome:
    fields: dict[str, Any] = {
        "category": Category.FETCH,
        "expected": "200 with the settings document",
        "seen": "500",
        "where": f"GET {ME}",
        "hint": "look into the target's log at the request id",
        "exchanges": (
            Exchange.told(
                method="GET",
                url=ME,
                status=500,
                duration_s=0.2,
                request_id="c9f0f895",
                excerpt='{"error": "down"}',
                error=None,
                curl=f'curl -sS -i -H "Authorization: Bearer $APISMOKE_TOKEN" {ME}',
            ),
        ),
        **more,
    }
    return Outcome(api=api, stage=stage, name=f"{api}::{stage}", outcome=Result.FAILED, **fields)


def not_run(api: str, stage: str, because_of: str) -> Outcome:
    return Outcome(
        api=api,
        stage=stage,
        name=f"{api}::{stage}",
        outcome=Result.SKIPPED,
        skip_reason=SkipReason.DEPENDENCY,
        because_of=because_of,
    )


GREEN = tuple(passed(api, stage) for api, stage in _STAGES)
BROKEN = (
    failed("settings", "fetch"),
    not_run("settings", "save", "settings::fetch"),
    passed("calendar", "state"),
)
UNREADY = (failed("settings", "fetch", category=Category.UNREADY),)
REFUSED = (failed("settings", "fetch", category=Category.USAGE, exchanges=()),)
DIRTY = (
    failed("settings", "save", category=Category.PERSIST, dirty=True, hint="restore it"),
    passed("calendar", "state"),
)


def verdict_of(*outcomes: Outcome) -> Verdict:
    names = {one.name for one in outcomes}
    plan = [one for one in _PLAN if one.name in names]
    return judge(outcomes, plan=plan, table="category")


def document(*outcomes: Outcome, **facts: Any) -> dict[str, Any]:
    """The report on a run with these outcomes, as it is read from a file."""
    report = Report(verdict=verdict_of(*outcomes), facts=replace(FACTS, **facts))
    return through_json(json_report.document(report))


def document_on(targets: Mapping[str, tuple[Outcome, ...]]) -> dict[str, Any]:
    """The report on several targets."""
    judged = tuple(
        Judged(target=url, verdict=verdict_of(*outcomes), facts=replace(FACTS, target_url=url))
        for url, outcomes in targets.items()
    )
    every = [one for outcomes in targets.values() for one in outcomes]
    facts = replace(FACTS, target_url=", ".join(targets))
    return through_json(
        json_report.document(Report(verdict=verdict_of(*every), facts=facts, targets=judged))
    )


def through_json(value: Mapping[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(value))
    return read


def run(*outcomes: Outcome, **facts: Any) -> ReportedRun:
    (only,) = runs_of(document(*outcomes, **facts), label="report.json")
    return only


def dirty_run(**facts: Any) -> ReportedRun:
    return run(
        *DIRTY,
        repair="apismoke restore --target-url=https://api.example.com 1198f038",
        writes=(Written(resource="/greeting_style", state="left changed"),),
        **facts,
    )
