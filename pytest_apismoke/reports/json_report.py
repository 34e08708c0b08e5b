"""The verdict as JSON, described by `report.schema.json` beside this module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.slowest import slowest
from pytest_apismoke.reports.wording import message
from pytest_apismoke.system import atomic_file
from pytest_apismoke.verdict.judgement import Verdict
from pytest_apismoke.verdict.outcome import Outcome

SCHEMA_VERSION = 1


def document(verdict: Verdict, facts: RunFacts) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": verdict.verdict.value,
        "exit_code": verdict.exit_code,
        "exit_codes": verdict.exit_codes.value,
        "mode": facts.mode,
        "target": {"url": facts.target_url, "version": facts.target_version},
        "started_at": facts.started_at,
        "duration_s": round(facts.duration_s, 3),
        "categories": {category.value: n for category, n in verdict.categories.items()},
        "apis": {
            name: {"verdict": api.verdict.value, "failed_stage": api.failed_stage}
            for name, api in verdict.apis.items()
        },
        "checks": [_check(check) for check in verdict.checks],
        "slowest": [
            {"method": one.method, "url": one.url, "duration_s": one.duration_s}
            for one in slowest(verdict.checks, facts.target_url)
        ],
        "notes": list(facts.notes),
        "repair": facts.repair or None,
        "contract": _contract(facts.contract),
        **not_looked_at(facts),
    }


def not_looked_at(facts: RunFacts) -> dict[str, list[str]]:
    """The list of what was not looked at; absent where there is nothing."""
    return {"not_looked_at": list(facts.not_looked_at)} if facts.not_looked_at else {}


def _check(check: Outcome) -> dict[str, Any]:
    """The published fields of a check."""
    data = check.to_json()
    return {
        **{name: data[name] for name in ("api", "stage", "name", "outcome", "category")},
        "message": message(check),
        **{name: data[name] for name in ("where", "hint", "duration_s", "retries")},
        "exchanges": [_exchange(one) for one in data["exchanges"]],
        **{name: data[name] for name in ("notes", "dirty", "violations", "difference")},
        "flaky": check.flaky,
    }


def _exchange(data: dict[str, Any]) -> dict[str, Any]:
    """The published fields of an exchange; its version only where one is expected."""
    return {name: value for name, value in data.items() if name != "version" or value is not None}


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
    }


def write(path: Path, report: dict[str, Any]) -> None:
    """Writes the report atomically: a reader sees the old file or the whole new one.

    Raises:
        OSError: when it can't be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    # Readable by everyone who may read the directory.
    atomic_file.write(path, text, mode=0o644)
