"""An active run under pytest-xdist: prepares workers, places their tests, stops them in order.

Imported only if pytest-xdist is loaded.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import queue
import time
from collections.abc import Generator
from functools import partial
from typing import Any

import execnet
import pytest

from pytest_apismoke import __version__
from pytest_apismoke.configuration.target_url import is_local
from pytest_apismoke.hooks import machines
from pytest_apismoke.hooks.handover import (
    ASKED,
    LATE_OUTCOMES,
    LEARNED,
    ORIGIN,
    PLACE,
    PREFLIGHT_RESULT,
    STOP,
    TOKENS,
)
from pytest_apismoke.hooks.scheduling import (
    Place,
    Scheduler,
    group_of_tests,
    report_difference,
)
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.http.token_broker import TokenBroker
from pytest_apismoke.system import machine, signals
from pytest_apismoke.verdict.outcome import Outcome

#: How long workers may take to restore after an interruption; then xdist ends them by force.
_PATIENCE_S = 20.0
#: How often xdist replaces a worker that died, for each that --tx names; with -n it is the same.
_REPLACEMENTS = 4
_NO_PLUGIN = "a Python environment without the gate"


def switch_off(config: pytest.Config) -> None:
    """Makes the run serial, because it has nothing to distribute."""
    config.option.numprocesses = 0
    config.option.tx = []
    config.option.dist = "no"


def choose_workers(config: pytest.Config, *, has_users_tests: bool) -> tuple[str, ...]:
    """Decides which workers the run starts with; returns what to tell about it.

    One runs all checks, so that more would have nothing to do in a run without tests of users.
    """
    if config.option.dist == "no" or not config.option.tx:
        return ()
    given = machines.each(config.option.tx)
    chosen = machines.with_one_here(given)
    if not has_users_tests:
        chosen = tuple(spec for spec in chosen if not machines.is_elsewhere(spec))[:1]
    if config.option.maxworkerrestart is None and not config.option.numprocesses:
        # With --tx alone xdist would start a worker again and again that can't start.
        config.option.maxworkerrestart = str(_REPLACEMENTS * len(chosen))
    config.option.tx = list(chosen)
    return machines.notes(given) if has_users_tests else ()


class Distribution:
    """The hooks of the controller under pytest-xdist."""

    def __init__(self, session: SmokeSession) -> None:
        self._session = session
        self._stops: dict[Any, Any] = {}
        self._broker = TokenBroker(session.target.auth, session.accounts)
        self._machine = machine.identity()
        #: What each worker has told, and the names of those that can't reach the target.
        self._places: dict[Any, Place] = {}
        self._complaints: set[object] = set()
        self._specs: tuple[str, ...] = ()

    # -- from the first to the last moment of a worker ------------------------------------------

    def pytest_xdist_setupnodes(self, specs: Any) -> None:
        """Notes that xdist has begun to start the workers."""
        self._specs = tuple(map(_named, specs))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self) -> Generator[None, object, object]:
        """Tells in three parts why a worker elsewhere was not reached.

        Raises:
            pytest.UsageError: to end the run before any test.

        """
        try:
            return (yield)
        except Exception as error:
            elsewhere = [spec for spec in self._specs if machines.is_elsewhere(spec)]
            if not elsewhere:
                raise
            failure = machines.not_reached(self._session.redactor.text(str(error)), elsewhere)
            self._complain("", failure)
            raise pytest.UsageError(str(failure)) from None

    def pytest_configure_node(self, node: Any) -> None:
        """Sends the preflight, with its token, over execnet's channel and never to a disk."""
        stop, place = node.gateway.newchannel(), node.gateway.newchannel()
        self._stops[node] = stop
        preflight = self._session.preflight.with_time_left().shared_by(len(self._specs))
        handed_over = (preflight, self._session.contracts.files)
        is_asked_for_here = not machines.is_elsewhere(_spec(node))
        node.workerinput[PREFLIGHT_RESULT] = pickle.dumps(handed_over)
        node.workerinput[ORIGIN] = (__version__, is_asked_for_here, self._machine)
        node.workerinput[STOP] = stop
        node.workerinput[PLACE] = place
        node.workerinput[TOKENS] = node.gateway.newchannel()
        # On the same connection as what the worker collects, so that it comes before that.
        place.setcallback(partial(self._note_place, node, is_asked_for_here))
        self._broker.serve(node.workerinput[TOKENS])

    def _note_place(self, node: Any, is_asked_for_here: bool, told: tuple[str, list[str]]) -> None:
        where, pinned = told
        is_same = where == self._machine
        self._places[node] = Place(
            is_here=is_asked_for_here and is_same,
            pinned=frozenset(pinned),
            # Another machine's loopback is not the target, and would be sent its token.
            is_refused=not is_same and is_local(self._session.preflight.settings.target_url),
        )

    def _place_of(self, node: Any) -> Place:
        # A worker that tells nothing has no plugin of the gate, and could run no test as it should.
        spec, place = _spec(node), self._places.get(node)
        if place is None:
            self._complain(spec, machines.not_started(spec, _NO_PLUGIN, __version__))
            return Place(is_here=False, is_refused=True)
        if place.is_refused:
            url = self._session.preflight.settings.target_url
            self._complain(spec, machines.not_reachable(spec, url))
        return place

    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> Scheduler:
        """The same scheduler for every --dist, because the exit code has to be the same."""
        specs = config.option.tx
        return Scheduler(
            config=config,
            expected=len(specs),
            checks=self._session.checks.plan.checks,
            group_of=group_of_tests(config.option.dist),
            place_of=self._place_of,
            differs=partial(report_difference, config),
            is_stranded=lambda: self._complain("", machines.none_here(specs)),
        )

    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Collects the outcomes that a worker had after its last report."""
        self._stops.pop(node, None)
        if error:
            self._replace(node, str(error))
        output = getattr(node, "workeroutput", None) or {}
        for value, name in json.loads(output.get(LEARNED, "[]")):
            self._session.redactor.learn(value, name)
        for data in json.loads(output.get(LATE_OUTCOMES, "[]")):
            self._session.outcomes.append(Outcome.from_json(data))
        if ASKED in output:
            self._session.checks.asked.read_json(json.loads(output[ASKED]))

    def _replace(self, node: Any, error: str) -> None:
        """Lets xdist, which starts a copy of a worker that died, start one that will answer."""
        spec, has_started = _spec(node), node in self._places
        if spec == machines.HERE:
            return
        if not has_started:
            self._complain(spec, machines.not_started(spec, error, __version__))
        if not has_started or machines.is_elsewhere(spec):
            node.gateway.spec = execnet.XSpec(machines.HERE)

    def _complain(self, about: object, failure: Any) -> None:
        """Adds a failure of the run; a worker that is replaced is told of once."""
        if about not in self._complaints:
            self._complaints.add(about)
            self._session.add(failure, stage=f"workers {about}".strip())

    # -- interruptions --------------------------------------------------------------------------

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


def _spec(node: Any) -> str:
    """The worker as --tx names it, without what xdist adds to every one."""
    return _named(node.gateway.spec)


def _named(spec: Any) -> str:
    parts = str(spec).split("//")
    return "//".join(part for part in parts if not part.startswith(("execmodel=", "id=")))
