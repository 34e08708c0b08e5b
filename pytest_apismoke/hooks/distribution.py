"""An active run under pytest-xdist: prepares workers, groups checks, stops workers in order.

Imported only if pytest-xdist is loaded.
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

from pytest_apismoke.hooks.handover import (
    ASKED,
    LATE_OUTCOMES,
    LEARNED,
    PREFLIGHT_RESULT,
    STOP,
    TOKENS,
)
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.http.token_broker import TokenBroker
from pytest_apismoke.system import signals
from pytest_apismoke.verdict.outcome import Outcome

#: How long workers may take to restore after an interruption; then xdist ends them by force.
_PATIENCE_S = 20.0


def obey_controller(config: Any, session: SmokeSession) -> None:
    """Makes this worker restore and end when the controller tells it to, or has died."""
    # The channel closes at the end of a run, when there is nothing left to stop, or when the
    # controller has died; the end marker makes both a call.
    config.workerinput[STOP].setcallback(lambda _: session.stop_from_afar(), endmarker=None)


def switch_off(config: pytest.Config) -> None:
    """Makes the run serial, because it has nothing to distribute."""
    config.option.numprocesses = 0
    config.option.tx = []
    config.option.dist = "no"


class SuitesTogether(LoadGroupScheduling):  # type: ignore[misc]  # xdist's classes are untyped here
    """Gives the checks of one group to one worker, in order; spreads everything else.

    `groups` maps node ids to groups; see `CheckPlan.xdist_groups`.
    """

    def __init__(self, config: pytest.Config, log: Any, groups: Mapping[str, str]) -> None:
        super().__init__(config, log)
        self._groups = groups

    def remove_node(self, node: Any) -> Any:
        """Takes back the tests of a dead worker, but not the one that it died of."""
        work = self.assigned_work[node]
        died_of = next(
            (nodeid for unit in work.values() for nodeid, done in unit.items() if not done), None
        )
        # Finished tests are not taken back: a worker with nothing else would never report.
        for scope in list(work):
            left = {n: False for n, done in work[scope].items() if not done and n != died_of}
            work[scope] = left
            if not left:
                del work[scope]
        super().remove_node(node)
        return died_of

    def _reschedule(self, node: Any) -> None:
        """Gives a worker at least two tests: it runs none before it knows the next one."""
        super()._reschedule(node)
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)

    def _split_scope(self, nodeid: str) -> str:
        return self._groups.get(nodeid) or super()._split_scope(nodeid)


class Distribution:
    """The hooks of the controller under pytest-xdist."""

    def __init__(self, session: SmokeSession) -> None:
        self._session = session
        self._stops: dict[Any, Any] = {}
        self._broker = TokenBroker(session.target.auth, session.accounts)

    def pytest_configure_node(self, node: Any) -> None:
        """Sends the preflight, with its token, over execnet's channel and never to a disk."""
        stop = node.gateway.newchannel()
        self._stops[node] = stop
        handed_over = (self._session.preflight.with_time_left(), self._session.contracts.files)
        node.workerinput[PREFLIGHT_RESULT] = pickle.dumps(handed_over)
        node.workerinput[STOP] = stop
        node.workerinput[TOKENS] = node.gateway.newchannel()
        self._broker.serve(node.workerinput[TOKENS])

    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> SuitesTogether:
        """The same scheduler for every --dist, because the exit code has to be the same."""
        return SuitesTogether(config, log, self._session.checks.plan.xdist_groups())

    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Collects the outcomes that a worker had after its last report."""
        self._stops.pop(node, None)
        output = getattr(node, "workeroutput", None) or {}
        for value, name in json.loads(output.get(LEARNED, "[]")):
            self._session.redactor.learn(value, name)
        for data in json.loads(output.get(LATE_OUTCOMES, "[]")):
            self._session.outcomes.append(Outcome.from_json(data))
        if ASKED in output:
            self._session.checks.asked.read_json(json.loads(output[ASKED]))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """After an interruption, lets the workers restore and report before they end."""
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
            # The worker may have ended already.
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
                    # xdist's controller would replace a worker that has died, so it is not called.
                    self.pytest_testnodedown(arguments["node"], None)
