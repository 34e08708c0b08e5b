"""Violations of contracts as GitLab's code quality report, which merge requests show."""

from __future__ import annotations

from typing import Any

from pytest_apismoke.reports.json_text import text_of
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.violations import found


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The violations as a code quality report; see `reports.formats`."""
    return text_of(document(report), ascii_only=ascii_only)


def document(report: Report) -> list[dict[str, Any]]:
    """The violations as plain JSON values."""
    return [
        {
            "description": one.text,
            "check_name": one.rule,
            "fingerprint": one.fingerprint,
            "severity": "major",
            "location": {"path": one.file, "lines": {"begin": one.line}},
        }
        for one in found(report)
    ]
