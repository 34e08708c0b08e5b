"""Exports the trace of a run to the collector that the environment names. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_apismoke.errors import presentable
from pytest_apismoke.reports.report import Report
from pytest_apismoke.system.ci_run import ci_run_of
from pytest_apismoke.telemetry import export
from pytest_apismoke.telemetry.spans import spans_of

#: The longest explanation of a collector that is shown, in characters.
_REASON_CHARS = 300


class Exporter:
    """Exports the trace of a run.

    Args:
        environ: of the process, which names the collector.
        clean: removes secrets from a text.

    """

    def __init__(self, environ: Mapping[str, str], clean: Callable[[str], str]) -> None:
        self._environ = environ
        self._clean = clean
        #: Why there is nothing to export, as a note of the run; empty where there is.
        self.obstacle = export.obstacle(environ)

    def export(self, report: Report, *, in_short: bool) -> str:
        """Sends the trace; returns a sentence on what went wrong, if anything did.

        Args:
            report: of the run.
            in_short: whether there is little time, because the run was interrupted.

        """
        if self.obstacle:
            return ""
        limit_s = export.SHORT_LIMIT_S if in_short else export.LIMIT_S
        try:
            spans = spans_of(report, ci_run_of(self._environ))
            failure = export.export(spans, limit_s=limit_s) if spans else ""
        except Exception as error:
            # The verdict is there, and stays what it is.
            failure = f"{type(error).__name__}: {error}"
        if not failure:
            return ""
        reason = presentable(self._clean(failure), _REASON_CHARS)
        return f"the trace of this run was not exported: {reason}"
