"""The formats of a report, each a module here with a function `render`.

A format is one row here, one setting in `configuration/setting_table.py`, and one module.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from pytest_apismoke.reports.report import Report

#: The module of each format, by the name of its setting.
FORMATS: Mapping[str, str] = {
    "html": "pytest_apismoke.reports.html",
    "ctrf": "pytest_apismoke.reports.ctrf",
    "har": "pytest_apismoke.reports.har",
    "markdown": "pytest_apismoke.reports.markdown",
    "sarif": "pytest_apismoke.reports.sarif",
    "codequality": "pytest_apismoke.reports.code_quality",
    "prometheus": "pytest_apismoke.reports.prometheus",
    "report": "pytest_apismoke.reports.json_report",
}


class Renderer(Protocol):
    """What the module of a format has."""

    def render(self, report: Report, *, ascii_only: bool = False) -> str:
        """The whole text of the report.

        Args:
            report: what to render.
            ascii_only: whether the text has to do with ASCII, because it goes to an output of
                unknown encoding.

        """


def render(name: str, report: Report, *, ascii_only: bool = False) -> str:
    """A report in a format; `name` is one of `FORMATS`."""
    module: Renderer = import_module(FORMATS[name])
    return module.render(report, ascii_only=ascii_only)
