"""What an active run needs of the process that it is started in, before pytest captures output."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_apismoke.configuration import options, reading
from pytest_apismoke.configuration.settings import (
    budget_of,
    exit_code_table,
    is_rehearsal,
    mode_of,
    target_of,
    wait_of,
)
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.modes import ExitCodes
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.run.watchdog import WATCHDOG, Limits, Watchdog
from pytest_apismoke.system import output
from pytest_apismoke.verdict.exit_codes import could_not_verify
from pytest_apismoke.verdict.judgement import judge, outcome_of_run

if TYPE_CHECKING:
    from pytest_apismoke.reports.report import Report

#: How many gates of one call run side by side, and take turns beyond that.
_SIDE_BY_SIDE = 8


def secure(config: pytest.Config) -> None:
    """Makes up for streams that are closed and for missing room, and begins to watch the run.

    Args:
        config: pytest's, before any conftest is imported.

    """
    output.secure()
    try:
        tempfile.gettempdir()
    except OSError:
        # By default pytest captures output in such files.
        if getattr(config.known_args_namespace, "capture", "") == "fd":
            config.known_args_namespace.capture = "sys"
    try:
        raw = reading.early_settings(config)
        limits, table = Limits(wait_s=wait_of(raw), budget_s=budget_of(raw)), exit_code_table(raw)
    except SmokeError:
        # Told when the run is prepared; what has to end meanwhile ends with the longest defaults.
        raw, limits, table = None, Limits(wait_s=60, budget_s=300), "category"
    turns = 1 + (len(options.early_targets(config)) - 1) // _SIDE_BY_SIDE
    if turns > 1:
        limits = Limits(wait_s=limits.wait_s * turns, budget_s=limits.budget_s * turns)
    started_at = datetime.now(timezone.utc)

    def end(place: str) -> int:
        capture = config.pluginmanager.get_plugin("capturemanager")
        if capture is not None:
            # Output is captured while conftests are imported.
            capture.suspend_global_capture(in_=True)
        from pytest_apismoke.run import audience, showing
        from pytest_apismoke.run.junit_of import junit_path

        report = _without_a_run(place, limits, raw, table, started_at)
        _leave_reports(report, raw, junit_path(config))
        listeners = audience.of_refused(raw)
        listeners.announce(lambda: report, config.rootpath)
        showing.write_plain(report)
        listeners.notify(lambda: report, journal=None, in_short=True)
        return report.verdict.ends_with

    code = 0 if is_rehearsal(raw) else could_not_verify(table)
    config.stash[WATCHDOG] = Watchdog(limits, end=end, code=code)
    config.stash[WATCHDOG].start()


def _without_a_run(
    place: str,
    limits: Limits,
    raw: RawSettings | None,
    table: ExitCodes,
    started_at: datetime,
) -> Report:
    """The report on a run that never began."""
    from pytest_apismoke.reports.report import Report
    from pytest_apismoke.verdict import run_failures

    failure = run_failures.did_not_end(place, limits.wait_s, limits.budget_s)
    verdict = judge([outcome_of_run(Redactor(), failure)], plan=(), table=table)
    verdict = replace(verdict, is_rehearsal=is_rehearsal(raw))
    facts = RunFacts(
        mode=str(mode_of(raw)) if raw else "full",
        target_url=target_of(raw) if raw else "",
        target_version=None,
        started_at=started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        duration_s=(datetime.now(timezone.utc) - started_at).total_seconds(),
    )
    return Report(verdict=verdict, facts=facts)


def _leave_reports(report: Report, raw: RawSettings | None, junit: Path | None) -> None:
    from pytest_apismoke.configuration.report_paths import possible_paths
    from pytest_apismoke.reports import junit_file, writing

    if junit:
        junit_file.write(junit, report)
    for name, path in possible_paths(raw).items() if raw else ():
        writing.write(name, path, report)
