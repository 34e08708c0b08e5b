"""The verdict as JSON, described by `report.schema.json` beside this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pytest_apismoke.known.entries import Entry
from pytest_apismoke.known.file import keys_of
from pytest_apismoke.known.place import LABEL
from pytest_apismoke.openapi.change import Comparison
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.json_text import text_of
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.reports.slowest import slowest
from pytest_apismoke.reports.wording import message
from pytest_apismoke.verdict.causes import Cause, causes_of, summary_of
from pytest_apismoke.verdict.outcome import Outcome
from pytest_apismoke.verdict.records import Verdict

SCHEMA_VERSION = 1
#: What is told of each of several targets, as of a run against one.
_OF_TARGET = (
    *("verdict", "exit_code", "duration_s", "categories", "summary", "apis", "causes"),
    *("notes", "repair", "contract"),
)


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The report as JSON; see `reports.formats`."""
    return text_of(document(report), ascii_only=ascii_only)


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON values; on several targets with that on each in `targets`."""
    whole = _of_run(report.verdict, report.facts)
    if not report.targets:
        return whole
    checks = [
        {**_check(check), "target": one.facts.target_url}
        for one in report.targets
        for check in one.verdict.checks
    ]
    targets = [_target(one) for one in report.targets if one.target]
    return {**whole, "checks": checks, "targets": targets}


def _target(judged: Judged) -> dict[str, Any]:
    report = _of_run(judged.verdict, judged.facts)
    return {
        "url": judged.facts.target_url,
        "version": judged.facts.target_version,
        **{name: report[name] for name in _OF_TARGET},
        **_not_looked_at(judged.facts),
        **_known(judged.facts),
    }


def _of_run(verdict: Verdict, facts: RunFacts) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": verdict.verdict.value,
        "exit_code": verdict.exit_code,
        "exit_codes": verdict.exit_codes,
        **({"rehearsal": {"exit_code": verdict.ends_with}} if verdict.is_rehearsal else {}),
        "summary": summary_of(verdict),
        "mode": facts.mode,
        "target": {
            "url": facts.target_url,
            "version": facts.target_version,
            "expected_version": facts.expected_version,
        },
        "started_at": facts.started_at,
        "duration_s": round(facts.duration_s, 3),
        "categories": {category.value: n for category, n in verdict.categories.items()},
        "apis": {
            name: {"verdict": api.verdict.value, "failed_stage": api.failed_stage}
            for name, api in verdict.apis.items()
        },
        "causes": [_cause(cause) for cause in causes_of(verdict.checks)],
        "checks": [_check(check) for check in verdict.checks],
        "slowest": [
            {"method": one.method, "url": one.url, "duration_s": one.duration_s}
            for one in slowest(verdict.checks, facts.target_url)
        ],
        "notes": list(facts.notes),
        "repair": facts.repair or None,
        "contract": _contract(facts.contract),
        "run": {
            "id": facts.run_id or None,
            "trace_id": facts.trace.trace_id if facts.trace else None,
            "exchanges": [
                {"purpose": one.purpose, **_exchange(one.exchange.to_json())}
                for one in facts.exchanges
            ],
        },
        "left_behind": {
            "writes": [{"resource": one.resource, "state": one.state} for one in facts.writes],
            "repair": facts.repair or None,
        },
        "settings": [
            {"name": one.name, "value": one.value, "source": one.source} for one in facts.settings
        ],
        "environment": dict(facts.environment),
        **_not_looked_at(facts),
        **_known(facts),
    }


def _cause(cause: Cause) -> dict[str, Any]:
    first, exchange = cause.first, cause.exchange
    return {
        "number": cause.number,
        "summary": cause.summary,
        "category": first.category.value if first.category else None,
        "checks": [check.name for check in cause.checks],
        "not_run": [check.name for check in cause.not_run],
        "expected": first.expected,
        "got": first.seen,
        "where": first.where,
        "hint": first.hint,
        "request_id": exchange.request_id if exchange else None,
        "curl": exchange.curl if exchange else None,
    }


def _not_looked_at(facts: RunFacts) -> dict[str, list[str]]:
    """The list of what was not looked at; absent where there is nothing."""
    return {"not_looked_at": list(facts.not_looked_at)} if facts.not_looked_at else {}


def _known(facts: RunFacts) -> dict[str, Any]:
    """What was seen of the known violations; absent where there is nothing."""
    use = facts.known
    if not use.met and not use.gone:
        return {}
    violations, gone = ([_plain(entry) for entry in entries] for entries in (use.met, use.gone))
    return {"known": {"file": LABEL, "violations": violations, "gone": gone}}


def _plain(entry: Entry) -> dict[str, Any]:
    values = keys_of(entry).items()
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values}


def _check(check: Outcome) -> dict[str, Any]:
    """The published fields of a check."""
    data = check.to_json()
    return {
        **{name: data[name] for name in ("api", "stage", "name", "outcome", "category")},
        "message": message(check),
        **{name: data[name] for name in ("where", "hint", "duration_s", "retries")},
        "exchanges": [_exchange(one) for one in data["exchanges"]],
        **{name: data[name] for name in ("notes", "dirty")},
        "violations": _violations(data["violations"]),
        "difference": data["difference"],
        "flaky": check.flaky,
        "because_of": check.because_of or None,
    }


def _exchange(data: Mapping[str, Any]) -> dict[str, Any]:
    """The published fields of an exchange; its version only where one is expected.

    What it has shown of known violations is told once.
    """
    held = data["held"]
    shown = None
    if held:
        shown = {name: value for name, value in held.items() if name != "sighting"}
        shown |= {name: _violations(held[name]) for name in ("violations", "known")}
    rest = {name: value for name, value in data.items() if name != "version" or value is not None}
    return {**rest, "held": shown}


def _violations(data: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The published fields of violations: the contract itself is where they say that it is."""
    return [{name: value for name, value in one.items() if name != "contract"} for one in data]


def _contract(use: ContractUse) -> dict[str, Any]:
    return {
        "source": use.source or None,
        "exercised": list(use.exercised),
        "not_exercised": list(use.not_exercised),
        "drift": [
            {
                "operation": one.operation,
                "undeclared": list(one.undeclared),
                "unseen": list(one.unseen),
                "doubts": list(one.doubts),
            }
            for one in use.drift
        ],
        **_comparison(use.comparison),
    }


def _comparison(comparison: Comparison | None) -> dict[str, Any]:
    """What the target's own document says otherwise; absent where nothing was compared."""
    if comparison is None:
        return {}
    changes = [
        {
            "operations": list(one.operations),
            "place": one.place,
            "text": one.text,
            "breaking": one.is_breaking,
        }
        for one in comparison.changes
    ]
    return {
        "comparison": {
            "stored": comparison.stored,
            "served": comparison.served,
            "changes": changes,
        }
    }
