"""Trends as JSON, for other programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pytest_apismoke.history.latency import Figures
from pytest_apismoke.history.past_run import PastRun
from pytest_apismoke.history.trend import Trend

SCHEMA_VERSION = 1
_DIGITS = 4


def text_of(trends: Sequence[Trend], left_out: Mapping[str, str]) -> str:
    """The trends as JSON in ASCII, whatever the encoding of the output.

    Args:
        trends: in their order.
        left_out: the files that are no reports, each with the reason.

    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "trends": [_trend(trend) for trend in trends],
        "left_out": dict(left_out),
    }
    # As in the JSON report: what a CI system would take for a command is escaped.
    return json.dumps(document, indent=2).replace("##", "#\\u0023") + "\n"


def _trend(trend: Trend) -> dict[str, Any]:
    return {
        "target": trend.target,
        "mode": trend.mode,
        "verdicts": {verdict.value: number for verdict, number in trend.verdicts},
        "streak": trend.streak,
        "runs": [_run(run) for run in trend.runs],
        "duration": _figures(trend.whole) if trend.whole else None,
        "stages": [
            {"api": row.api, "stage": row.stage, "checks": row.checks, **_figures(row.figures)}
            for row in trend.stages
        ],
        "deploy": _deploy(trend),
        "flaky": [{**asdict(one), "versions": list(one.versions)} for one in trend.flaky],
    }


def _run(run: PastRun) -> dict[str, Any]:
    return {
        "source": run.source,
        "started_at": run.started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": run.version,
        "verdict": run.verdict.value,
        "exit_code": run.exit_code,
        "duration_s": run.duration_s,
        "reason": run.reason,
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "count": figures.count,
        "median_s": round(figures.median_s, _DIGITS),
        "p95_s": None if figures.p95_s is None else round(figures.p95_s, _DIGITS),
        "longest_s": round(figures.longest_s, _DIGITS),
    }


def _deploy(trend: Trend) -> dict[str, Any] | None:
    deploy = trend.deploy
    if deploy is None:
        return None
    return {
        "version": deploy.version,
        "before": list(deploy.before),
        "runs": deploy.runs,
        "before_runs": deploy.before_runs,
        "compared": deploy.compared,
        "tellable": deploy.tellable,
        "needed_runs": deploy.needed_runs,
        "slower": [
            {
                "name": one.name,
                "before_s": round(one.before_s, _DIGITS),
                "now_s": round(one.now_s, _DIGITS),
                "before_runs": one.before_runs,
                "now_runs": one.now_runs,
                "certain": one.is_certain,
            }
            for one in deploy.slower
        ],
    }
