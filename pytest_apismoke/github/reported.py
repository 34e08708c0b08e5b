"""What a JSON report says of each target, as records. Pure.

Reports of earlier versions have no causes, no reason and no run: what can be told without is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_apismoke.errors import misconfigured
from pytest_apismoke.github.json_values import (
    LONGEST_REASON,
    as_float,
    as_int,
    as_object,
    as_objects,
    as_text,
)
from pytest_apismoke.github.reported_causes import ReportedCause, guessed, told
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement

#: The version of the report's schema that is read.
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedApi:
    """The verdict on one API; `failed_stage` is empty where none failed."""

    name: str
    verdict: Judgement
    failed_stage: str
    is_flaky: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRun:
    """The verdict on one target. Texts are empty where the report says nothing.

    `started_at` is in UTC (RFC 3339); `run_id` names the run; `repair` is the command that restores
    a target that was left changed; `written` are pairs of what was written and how that ended.
    """

    target: str
    verdict: Judgement
    exit_code: int
    mode: str
    summary: str
    version: str
    started_at: str
    duration_s: float
    run_id: str
    apis: tuple[ReportedApi, ...]
    causes: tuple[ReportedCause, ...]
    checks: int
    repair: str
    written: tuple[tuple[str, str], ...]
    is_rehearsal: bool = False

    @property
    def headline(self) -> str:
        """The word of the verdict, and the reason."""
        rehearsal = " (rehearsal)" if self.is_rehearsal else ""
        return f"{self.verdict.value.upper()}{rehearsal}: {self.summary}"

    @property
    def failing(self) -> tuple[str, ...]:
        """The names of the APIs that did not pass."""
        return tuple(api.name for api in self.apis if api.verdict is not Judgement.PASS)


def runs_of(document: object, *, label: str) -> tuple[ReportedRun, ...]:
    """The verdict on each target of a report.

    Args:
        document: the report, as it was parsed.
        label: what to call the report in messages.

    Raises:
        SmokeError: `usage`, for JSON that is no report.

    """
    report = _report(document, label)
    targets = [one for one in as_objects(report.get("targets")) if as_text(one.get("url"))]
    if not targets:
        return (_run(report, report, as_objects(report.get("checks"))),)
    return tuple(_run(report, one, _checks_of(report, one)) for one in targets)


def _report(document: object, label: str) -> Mapping[str, Any]:
    """The report as an object, as far as it can be told from other JSON."""
    expected = "a JSON report of apismoke"
    hint = "write one with --smoke-report=PATH, and give this command the same path"
    if not isinstance(document, dict):
        seen = "JSON that is no object"
    elif "schema_version" not in document or "verdict" not in document:
        seen = "an object without 'schema_version' and 'verdict'"
    elif document["schema_version"] != SCHEMA_VERSION:
        expected = f"a JSON report with the schema version {SCHEMA_VERSION}"
        seen, hint = str(document["schema_version"]), "use the version of apismoke that wrote it"
    elif document["verdict"] not in {one.value for one in Judgement}:
        seen = f"the verdict {document['verdict']!r}"
    elif not isinstance(document.get("target"), dict):
        seen = "an object whose 'target' is none"
    elif not isinstance(document.get("checks"), list):
        seen = "an object whose 'checks' are no list"
    else:
        return document
    raise misconfigured(expected=expected, seen=seen, where=label, hint=hint)


def _checks_of(report: Mapping[str, Any], target: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        one for one in as_objects(report.get("checks")) if one.get("target") == target.get("url")
    ]


def _run(
    report: Mapping[str, Any], of: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]
) -> ReportedRun:
    """A run from what is said of one target (`of`), else of the whole call."""
    target = of if "url" in of else as_object(of.get("target"))
    verdict = _judgement(of.get("verdict"))
    # With several targets, the causes of the whole call do not say at which of them they are.
    listed = as_objects(of.get("causes"))
    causes = [told(cause, checks) for cause in listed] if listed else list(guessed(checks))
    apis = _apis(as_object(of.get("apis")), checks)
    left = as_object(of.get("left_behind", report.get("left_behind") if of is report else None))
    summary = as_text(of.get("summary"), LONGEST_REASON)
    return ReportedRun(
        target=as_text(target.get("url")),
        verdict=verdict,
        exit_code=as_int(of.get("exit_code")),
        mode=as_text(report.get("mode")),
        summary=summary or _reason(verdict, causes, len(checks), len(apis)),
        version=as_text(target.get("version"), LONGEST_REASON),
        started_at=as_text(report.get("started_at")),
        duration_s=as_float(of.get("duration_s")),
        run_id=as_text(as_object(report.get("run")).get("id")),
        apis=apis,
        causes=tuple(causes),
        checks=len(checks),
        repair=as_text(of.get("repair")),
        is_rehearsal="rehearsal" in of or "rehearsal" in report,
        written=tuple(
            (as_text(one.get("resource")), as_text(one.get("state")))
            for one in as_objects(left.get("writes"))
        ),
    )


def _apis(apis: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> tuple[ReportedApi, ...]:
    flaky = {as_text(check.get("api")) for check in checks if check.get("flaky") is True}
    return tuple(
        ReportedApi(
            name=as_text(name),
            verdict=_judgement(as_object(api).get("verdict")),
            failed_stage=as_text(as_object(api).get("failed_stage")),
            is_flaky=as_text(name) in flaky,
        )
        for name, api in apis.items()
    )


def _judgement(value: object) -> Judgement:
    try:
        return Judgement(value)
    except ValueError:
        return Judgement.INCONCLUSIVE


def _reason(verdict: Judgement, causes: Sequence[ReportedCause], checks: int, apis: int) -> str:
    if verdict is Judgement.PASS or not causes:
        of = f"{checks} check{'' if checks == 1 else 's'} of {apis} API{'' if apis == 1 else 's'}"
        return of if verdict is Judgement.PASS else f"{of}, without a result"
    more = len(causes) - 1
    rest = f", and {more} more cause{'' if more == 1 else 's'}" if more else ""
    return f"{causes[0].summary}{rest}"
