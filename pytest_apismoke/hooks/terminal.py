"""Trims pytest's terminal output in an active run, so that it does not repeat the verdict.

Registered in the controller only.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.hooks.other_plugins import SUGAR, is_loaded
from pytest_apismoke.hooks.scrubbing import OUTCOME
from pytest_apismoke.hooks.session import SmokeSession

#: pytest's default for -r; any other value is left as it is.
_DEFAULT_REPORTCHARS = "fE"


def make_brief(config: pytest.Config) -> bool:
    """Hides pytest's frame (platform, plugins, a line per file, counts) unless -v is given.

    Returns whether it is hidden.
    """
    # Without pytest's terminal there is no such option.
    verbosity: int | None = getattr(config.option, "verbose", None)
    is_brief = verbosity is not None and verbosity <= 0
    if is_brief:
        # Without its counts either, which the verdict has in its own words.
        config.option.verbose = -1 if is_loaded(config, SUGAR) else -2
    return is_brief


class Terminal:
    """The hooks of the terminal.

    Args:
        session: of the run.
        is_brief: whether pytest's frame is hidden.

    """

    def __init__(self, session: SmokeSession, *, is_brief: bool) -> None:
        self._session = session
        self._is_brief = is_brief

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(
        self, config: pytest.Config
    ) -> Generator[None, tuple[str, str, Any], tuple[str, str, Any]]:
        """Takes the letter of each test away: how far the run has come is told in words."""
        status = yield
        reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        if self._is_brief and type(reporter) is pytest.TerminalReporter:
            return status[0], "", ""
        return status

    def pytest_report_header(self, config: pytest.Config) -> list[str]:
        """The header: the run in one line, the notes, and with -v each setting with its source."""
        return self._header(config)

    def _header(self, config: pytest.Config) -> list[str]:
        preflight, notes = self._session.preflight, self._session.notes
        settings = preflight.settings
        target = settings.target_url or "no target"
        kind = " (the embedded backend)" if settings.embedded else ""
        state = f", ready after {preflight.ready.after_s:.1f} s" if preflight.ready else ""
        planned = {one.api for one in self._session.checks.plan.planned}
        apis = ", ".join(api for api in settings.apis if api in planned)
        lines = [
            f"apismoke: {settings.mode} run against {target}{kind}{state}; APIs: {apis}",
            *(f"apismoke: {note}" for note in notes),
        ]
        if config.get_verbosity() > 0:
            # Here, because few runs show them.
            from pytest_apismoke.reports.terminal import settings as table

            width = config.get_terminal_writer().fullwidth
            lines += table.rendered(self._session.settings_shown, width)
        return [without_commands(line) for line in lines]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: Any, config: pytest.Config
    ) -> Generator[None, object, object]:
        """Hides failed checks from pytest's sections, but not from its counts.

        pytest would repeat each of them twice: in its failures section, and in its short summary.
        """
        stats: dict[str, list[Any]] = terminalreporter.stats
        whole: dict[str, list[Any]] = {k: stats[k] for k in ("failed", "error") if k in stats}
        for kind, reports in whole.items():
            stats[kind] = [report for report in reports if not self._is_in_verdict(report)]
        if config.option.reportchars == _DEFAULT_REPORTCHARS:
            config.option.reportchars = terminalreporter.reportchars = ""
        try:
            return (yield)
        finally:
            stats.update(whole)

    def _is_in_verdict(self, report: Any) -> bool:
        nodeid = getattr(report, "nodeid", "")
        return nodeid in self._session.checks.plan.checks and hasattr(report, OUTCOME)
