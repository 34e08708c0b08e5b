"""Runs with a trace, as tests need them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.judgement import Planned, judge
from pytest_apismoke.verdict.outcome import Outcome, Result

BEGAN = 1_700_000_000.0
TRACE = Trace(
    run_id="97354f56",
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    span_id="aaaaaaaaaaaaaaaa",
    parent_id="bbbbbbbbbbbbbbbb",
    began_s=0.0,
    began_at=BEGAN,
)
FACTS = RunFacts(
    mode="smoke",
    target_url="https://api.example.com",
    target_version="1.2.3",
    started_at="2023-11-14T22:13:20Z",
    duration_s=5.0,
    run_id=TRACE.run_id,
    trace=TRACE,
)


def check(*exchanges: Exchange, result: Result = Result.PASSED, **changes: Any) -> Outcome:
    values: dict[str, Any] = {
        "api": "settings",
        "stage": "save",
        "name": "settings::save",
        "duration_s": 0.5,
        "verified": True,
    }
    return Outcome(**{**values, "outcome": result, "exchanges": exchanges, **changes})


def report_of(*checks: Outcome, **facts: Any) -> Report:
    plan = [Planned(api=one.api, stage=one.stage, name=one.name) for one in checks]
    return Report(verdict=judge(checks, plan=plan), facts=replace(FACTS, **facts))
