"""The verdict as JSON, described by `report.schema.json` beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pytest_apismoke.known.entries import Entry
from pytest_apismoke.known.file import keys_of
from pytest_apismoke.known.place import LABEL
from pytest_apismoke.openapi.change import Comparison
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.slowest import slowest
from pytest_apismoke.reports.wording import message
from pytest_apismoke.system import output_file
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
        **known(facts),
    }


def not_looked_at(facts: RunFacts) -> dict[str, list[str]]:
    """The list of what was not looked at; absent where there is nothing."""
    return {"not_looked_at": list(facts.not_looked_at)} if facts.not_looked_at else {}


def known(facts: RunFacts) -> dict[str, Any]:
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
        **{name: data[name] for name in ("notes", "dirty", "violations", "difference")},
        "flaky": check.flaky,
    }


def _exchange(data: Mapping[str, Any]) -> dict[str, Any]:
    """The published fields of an exchange; its version only where one is expected.

    What it has shown of known violations is told once.
    """
    held = data["held"]
    shown = {name: value for name, value in held.items() if name != "sighting"} if held else None
    rest = {name: value for name, value in data.items() if name != "version" or value is not None}
    return {**rest, "held": shown}


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


def write(path: Path, report: dict[str, Any]) -> None:
    """Writes the report: a reader of a file sees the old one or the whole new one.

    Raises:
        OSError: when it can't be written.

    """
    # Readable by everyone who may read the directory.
    output_file.write(path, text_of(report, ascii_only=not output_file.is_plain(path)), mode=0o644)


def text_of(report: dict[str, Any], *, ascii_only: bool) -> str:
    """The report as JSON; no encoding of an output is without ASCII.

    Pipelines show it: what a CI system would take for a command is escaped, which JSON undoes.
    """
    text = json.dumps(report, indent=2, ensure_ascii=ascii_only)
    return text.replace("##", "#\\u0023") + "\n"
