"""Violations of contracts as SARIF 2.1.0, for code scanning; each at the file of its contract.

Every other failure is no finding in a file: it makes the run one without results.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from pytest_apismoke import __version__
from pytest_apismoke.reports.json_text import text_of
from pytest_apismoke.reports.moments import iso, moment
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.violations import Found, found
from pytest_apismoke.verdict.exit_codes import Judgement

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: Verdicts of a run that could do its work.
_JUDGED = (Judgement.PASS, Judgement.FAIL, Judgement.DIRTY)


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The violations as SARIF; see `reports.formats`."""
    return text_of(document(report), ascii_only=ascii_only)


def document(report: Report) -> dict[str, Any]:
    """The violations as plain JSON values."""
    findings = found(report)
    rules = sorted({one.rule for one in findings})
    facts, verdict = report.facts, report.verdict
    run = {
        "tool": {
            "driver": {
                "name": "pytest-apismoke",
                "version": __version__,
                "rules": [_rule(name) for name in rules],
            }
        },
        "automationDetails": {"id": f"apismoke/{facts.mode}/"},
        "invocations": [
            {
                "executionSuccessful": verdict.verdict in _JUDGED,
                "exitCode": verdict.exit_code,
                "exitCodeDescription": report.headline,
                "startTimeUtc": iso(moment(facts)),
                "endTimeUtc": iso(moment(facts, facts.duration_s)),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules.index(one.rule)) for one in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, Any]:
    text = f"A response breaks the keyword '{name}' of its contract"
    if name == "contract":
        text = "A response breaks its contract"
    return {
        "id": name,
        "shortDescription": {"text": f"{text}."},
        "help": {"text": "Either the API broke its contract, or the contract is out of date."},
        "defaultConfiguration": {"level": "error"},
    }


def _result(one: Found, rule: int) -> dict[str, Any]:
    return {
        "ruleId": one.rule,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": one.text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(one.file),
                    "region": {"startLine": one.line},
                },
                "logicalLocations": [
                    {"fullyQualifiedName": f"{one.file}#{one.place}", "kind": "property"},
                    {"fullyQualifiedName": one.violation.pointer or "/", "kind": "value"},
                ],
            }
        ],
        "partialFingerprints": {"apismokeViolation/v1": one.fingerprint},
        "properties": {
            "check": one.check,
            "expected": one.violation.expected,
            "got": one.violation.actual,
        },
    }


def _artifact(file: str) -> dict[str, str]:
    uri = quote(file, safe="/:@!$&'()*+,;=~-._")
    if "://" in file or PurePosixPath(file).is_absolute():
        return {"uri": uri}
    # A colon in the first part of a relative reference would pass for a scheme.
    return {"uri": quote(file, safe="/@!$&'()*+,;=~-._"), "uriBaseId": "%SRCROOT%"}
