"""An active run under pytest-xdist: workers get the briefing, suites stay whole, ends are orderly.

Registered only where pytest-xdist is loaded.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import queue
import time
from collections.abc import Generator, Mapping
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

from pytest_apismoke.hooks.handover import LATE_OUTCOMES, PREFLIGHT_RESULT, STOP, TOKENS
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.http.token_broker import TokenBroker
from pytest_apismoke.system import signals
from pytest_apismoke.verdict.outcome import Outcome

#: How long workers may take to restore after an interruption; then xdist ends them by force.
_PATIENCE_S = 20.0


def obey_controller(config: Any, session: SmokeSession) -> None:
    """Makes this worker restore and end when the controller says so, or is gone."""
    # The end marker comes when the channel closes: at the end of a run, when there is nothing left
    # to stop, or when the controller has died.
    config.workerinput[STOP].setcallback(lambda _: session.stop_from_afar(), endmarker=None)


def switch_off(config: pytest.Config) -> None:
    """Makes a run that has nothing to distribute a serial one."""
    config.option.numprocesses = 0
    config.option.tx = []
    config.option.dist = "no"


class SuitesTogether(LoadGroupScheduling):  # type: ignore[misc]  # xdist's classes are untyped here
    """Keeps on one worker, in order, what has to be there; all else is spread test by test.

    `scopes` gives the checks that belong together, by node id; see `CheckPlan.xdist_groups`.
    """

    def __init__(self, config: pytest.Config, log: Any, scopes: Mapping[str, str]) -> None:
        super().__init__(config, log)
        self._scopes = scopes

    def remove_node(self, node: Any) -> Any:
        """Takes a dead worker's tests back; the one that it died of is not made once more."""
        work = self.assigned_work[node]
        died_of = next(
            (nodeid for unit in work.values() for nodeid, done in unit.items() if not done), None
        )
        # Nothing that is done goes back: a worker that is given only that would never report.
        for scope in list(work):
            left = {n: False for n, done in work[scope].items() if not done and n != died_of}
            work[scope] = left
            if not left:
                del work[scope]
        super().remove_node(node)
        return died_of

    def _reschedule(self, node: Any) -> None:
        """Gives a worker two tests at least: it makes none before it knows the one after it."""
        super()._reschedule(node)
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)

    def _split_scope(self, nodeid: str) -> str:
        return self._scopes.get(nodeid) or super()._split_scope(nodeid)


class Distribution:
    """The hooks of the controller under pytest-xdist."""

    def __init__(self, session: SmokeSession) -> None:
        self._session = session
        self._stops: dict[Any, Any] = {}
        self._desk = TokenBroker(session.target.auth)

    def pytest_configure_node(self, node: Any) -> None:
        """Hands the briefing, token included, over execnet's channel; nothing touches a disk."""
        stop = node.gateway.newchannel()
        self._stops[node] = stop
        handed_over = (self._session.preflight.with_time_left(), self._session.contracts.files)
        node.workerinput[PREFLIGHT_RESULT] = pickle.dumps(handed_over)
        node.workerinput[STOP] = stop
        node.workerinput[TOKENS] = node.gateway.newchannel()
        self._desk.serve(node.workerinput[TOKENS])

    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> SuitesTogether:
        """The same distribution whatever --dist says, because the exit code has to be the same."""
        return SuitesTogether(config, log, self._session.checks.plan.xdist_groups())

    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Collects what a worker did at its end, after its last report."""
        self._stops.pop(node, None)
        output = getattr(node, "workeroutput", None) or {}
        for data in json.loads(output.get(LATE_OUTCOMES, "[]")):
            self._session.outcomes.append(Outcome.from_json(data))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """After an interruption, lets the workers restore and report before they are ended."""
        try:
            return (yield)
        except KeyboardInterrupt:
            controller = session.config.pluginmanager.get_plugin("dsession")
            if controller is not None:
                with signals.held_back():
                    self._end_workers(controller)
            raise

    def _end_workers(self, controller: Any) -> None:
        for node, stop in self._stops.items():
            # A worker that is gone already needs no telling.
            with contextlib.suppress(OSError):
                stop.send(None)
            node.shutdown()
        give_up_at = time.monotonic() + _PATIENCE_S
        while self._stops and time.monotonic() < give_up_at:
            with contextlib.suppress(queue.Empty):
                name, arguments = controller.queue.get(timeout=0.2)
                if name == "testreport":
                    controller.worker_testreport(**arguments)
                elif name in ("workerfinished", "errordown"):
                    # Not left to the controller: it would start a worker for one that has died.
                    self.pytest_testnodedown(arguments["node"], None)
