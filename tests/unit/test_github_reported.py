"""What the commands for GitHub read in a JSON report."""

from __future__ import annotations

from typing import Any

import pytest
from unit.github_reports import BROKEN, FACTS, GREEN, ME, TARGET, document, document_on, run

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.github.reported import ReportedApi, ReportedRun, runs_of
from pytest_apismoke.github.reported_causes import ReportedCause
from pytest_apismoke.verdict.exit_codes import Judgement

CAUSE = ReportedCause(
    summary="GET /api/business/me answers 500",
    category="fetch",
    expected="200 with the settings document",
    got="500",
    where=f"GET {ME}",
    hint="look into the target's log at the request id",
    request_id="c9f0f895",
    curl=f'curl -sS -i -H "Authorization: Bearer $APISMOKE_TOKEN" {ME}',
    answer='{"error": "down"}',
    failed=(("settings", "fetch"),),
    not_run=(("settings", "save"),),
)
RUN = ReportedRun(
    target=TARGET,
    verdict=Judgement.FAIL,
    exit_code=2,
    mode="smoke",
    summary="GET /api/business/me answers 500",
    version="2026.11.27-3",
    started_at=FACTS.started_at,
    duration_s=6.2,
    run_id="1198f038",
    apis=(
        ReportedApi(name="settings", verdict=Judgement.FAIL, failed_stage="fetch", is_flaky=False),
        ReportedApi(name="calendar", verdict=Judgement.PASS, failed_stage="", is_flaky=False),
    ),
    causes=(CAUSE,),
    checks=3,
    repair="",
    written=(),
)


def test_a_report_is_read_whole() -> None:
    assert runs_of(document(*BROKEN), label="report.json") == (RUN,)


def older(report: dict[str, Any]) -> dict[str, Any]:
    """The report as earlier versions wrote it."""
    new = ("summary", "causes", "run", "settings", "left_behind", "environment")
    checks = [
        {name: value for name, value in check.items() if name != "because_of"}
        for check in report["checks"]
    ]
    rest = {name: value for name, value in report.items() if name not in new}
    return {**rest, "checks": checks}


def test_an_older_report_is_read_as_far_as_it_goes() -> None:
    (read,) = runs_of(older(document(*BROKEN)), label="report.json")
    assert (read.summary, read.run_id) == (RUN.summary, "")
    told = f"expected {CAUSE.expected}, seen {CAUSE.got}"
    assert [(one.summary, one.expected, one.got, one.curl) for one in read.causes] == [
        (CAUSE.summary, "", told, CAUSE.curl)
    ]


def test_an_older_report_on_a_pass_has_a_reason_too() -> None:
    (read,) = runs_of(older(document(*GREEN)), label="report.json")
    assert read.headline == "PASS: 3 checks of 2 APIs"


def test_each_of_several_targets_has_a_verdict_of_its_own() -> None:
    other = "https://other.example.com"
    read = runs_of(document_on({TARGET: GREEN, other: BROKEN}), label="report.json")
    assert [(one.target, one.verdict.value, len(one.causes)) for one in read] == [
        (TARGET, "pass", 0),
        (other, "fail", 1),
    ]
    assert read[1].summary == "GET /api/business/me answers 500"


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ([], "JSON that is no object"),
        ({}, "an object without 'schema_version' and 'verdict'"),
        ({"schema_version": 1, "verdict": "green"}, "the verdict 'green'"),
        ({"schema_version": 1, "verdict": "pass"}, "an object whose 'target' is none"),
        (
            {"schema_version": 1, "verdict": "pass", "target": {}},
            "an object whose 'checks' are no list",
        ),
    ],
)
def test_other_json_is_refused(value: object, seen: str) -> None:
    with pytest.raises(SmokeError) as refused:
        runs_of(value, label="report.json")
    assert str(refused.value) == (
        f"expected a JSON report of apismoke, seen {seen}\n"
        "  where: report.json\n"
        "  what to do: write one with --smoke-report=PATH, and give this command the same path"
    )


def test_a_report_of_a_later_version_is_refused() -> None:
    with pytest.raises(SmokeError) as refused:
        runs_of({**document(*GREEN), "schema_version": 2}, label="report.json")
    assert str(refused.value) == (
        "expected a JSON report with the schema version 1, seen 2\n"
        "  where: report.json\n"
        "  what to do: use the version of apismoke that wrote it"
    )


@pytest.mark.parametrize("wrong", [None, 1, "x", [1], {"a": 1}])
def test_values_of_other_kinds_are_nothing(wrong: object) -> None:
    """A report may have been altered on its way."""
    report = document(*BROKEN)
    kept = {"schema_version", "verdict", "target", "checks"}
    altered = {name: value if name in kept else wrong for name, value in report.items()}
    altered["checks"] = [dict.fromkeys(check, wrong) for check in report["checks"]]
    (read,) = runs_of(altered, label="report.json")
    assert (read.target, read.verdict) == (TARGET, Judgement.FAIL)


def test_what_failed_is_known_by_its_api() -> None:
    assert run(*BROKEN).failing == ("settings",)
