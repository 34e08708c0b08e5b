"""An active run in a worker of pytest-xdist: obeys the controller, and tells it where it runs."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke import __version__
from pytest_apismoke.hooks import machines
from pytest_apismoke.hooks.handover import PLACE, STOP
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.system import machine

#: The fixture that writes the journal.
_PRESERVES = "smoke_preserve"


def is_elsewhere(origin: tuple[str, bool, str]) -> bool:
    """Whether this worker runs on another machine than its controller, or may do so.

    Raises:
        SmokeError: (`usage`) where it has another version of the gate, whose data may differ.

    """
    version, is_asked_for_here, controller = origin
    if version != __version__:
        raise machines.other_version(__version__, version)
    return not is_asked_for_here or machine.identity() != controller


class Worker:
    """The hooks of a worker."""

    def __init__(self, config: Any, session: SmokeSession) -> None:
        self._place = config.workerinput[PLACE]
        # The channel closes at the end of a run, when there is nothing left to stop, or when the
        # controller has died; the end marker makes both a call.
        config.workerinput[STOP].setcallback(lambda _: session.stop_from_afar(), endmarker=None)

    # Before xdist's own, which tells the controller what was collected.
    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tells the controller what it needs to know before it gives this worker tests."""
        pinned = [
            item.nodeid for item in session.items if _PRESERVES in getattr(item, "fixturenames", ())
        ]
        self._place.send((machine.identity(), pinned))
