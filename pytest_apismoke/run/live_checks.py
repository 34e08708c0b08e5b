"""The hooks that tell how far the checks of a run have come, in the controller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.reports.terminal.rows import own_time_s
from pytest_apismoke.run.live import Live
from pytest_apismoke.verdict.judgement import RUN, USER_TESTS
from pytest_apismoke.verdict.outcome import Outcome
from pytest_apismoke.verdict.subjects import own_test_name

#: The terminal reporter of pytest: another one shows the progress itself.
_OWN_REPORTER = "_pytest.terminal"


class LiveChecks:
    """Tells each failure when it happens, and each API when its last check has ended.

    Args:
        live: writes the lines.
        session: of the run; it has collected an outcome when a test is reported.
        is_brief: whether pytest's own progress is hidden.

    """

    def __init__(self, live: Live, session: SmokeSession, *, is_brief: bool) -> None:
        self._live = live
        self._session = session
        self._is_brief = is_brief
        self._pending: dict[str, set[str]] = {}
        self._ended: dict[str, list[Outcome]] = {}
        self._sent: set[object] = set()
        self._planned = self._done = self._told = 0

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Leaves the progress to another reporter, if there is one."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        is_own = reporter is None or type(reporter).__module__ == _OWN_REPORTER
        if not (is_own and self._is_brief):
            self._live.end()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Takes note of what will run."""
        self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Takes note of what will run under pytest-xdist, where the controller collects nothing."""
        self._expect(ids)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tells which check runs."""
        self._live.progress(self._done, self._planned, self._short(nodeid))

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self) -> None:
        """Tells what has ended since the last time."""
        outcomes = self._session.outcomes
        for outcome in outcomes[self._told :]:
            self._take(outcome)
        self._told = len(outcomes)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Makes room for what is written at the end."""
        self._live.end()

    def _expect(self, ids: Iterable[str]) -> None:
        for nodeid in ids:
            self._pending.setdefault(self._api(nodeid), set()).add(nodeid)
        self._planned = sum(map(len, self._pending.values()))

    def _api(self, nodeid: str) -> str:
        check = self._session.checks.plan.checks.get(nodeid)
        return check.api if check else USER_TESTS

    def _short(self, nodeid: str) -> str:
        check = self._session.checks.plan.checks.get(nodeid)
        return f"{check.api}: {check.stage}" if check else nodeid.rpartition("::")[2]

    def _take(self, outcome: Outcome) -> None:
        # A test of a user's own may be about an API: it is told with the other tests.
        api = USER_TESTS if own_test_name(outcome) else outcome.api
        pending = self._pending.get(api, set())
        if outcome.outcome.is_failure and outcome.api != RUN:
            self._live.failed(outcome)
        self._ended.setdefault(api, []).append(outcome)
        if outcome.name in pending:
            pending.discard(outcome.name)
            self._done += 1
            if not pending and api != RUN:
                self._live.finished(api, self._ended[api], own_time_s(self._ended[api], self._sent))
