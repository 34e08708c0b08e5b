"""Ends a run that hangs, wherever it does: in an import, a hook, a thread that is left over.

First the run is interrupted, so that it restores and reports as it does after Ctrl-C. What does not
react to that is ended from here, in a thread of its own, with the verdict so far. A verdict that is
there already is kept: its process only has to come to an end.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable

import pytest

from pytest_apismoke.records import dataclass

#: How long starting and ending may take beside waiting and the budget, in seconds.
_AROUND_S = 10.0
#: How long a run that was interrupted may restore and report: more than restoring has of a budget.
_RESTORING_S = 15.0
#: How long the last report may take, and a process with a verdict may live, in seconds.
_LAST_S = 10.0
_LOOK_EVERY_S = 0.2
_exit = os._exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The seconds that a run may take: for waiting, and as its budget."""

    wait_s: float
    budget_s: float

    @property
    def total_s(self) -> float:
        """All of them, with what a run takes around them."""
        return self.wait_s + self.budget_s + _AROUND_S


class Watchdog:
    """Watches one run of this process.

    Args:
        limits: what the run may take.
        end: reports a run that hangs in the place that it is given, and returns the exit code.
        code: the exit code where that fails.

    """

    def __init__(self, limits: Limits, *, end: Callable[[str], int], code: int) -> None:
        self.limits = limits
        self._end = end
        self._code = code
        self._interrupt: Callable[[str], None] | None = None
        self._started = time.monotonic()
        self._concluded_at: float | None = None
        self._pytest_ended = False

    def start(self) -> None:
        """Begins to watch."""
        threading.Thread(target=self._watch, name="apismoke-watchdog", daemon=True).start()

    def hand_over(self, *, interrupt: Callable[[str], None], end: Callable[[str], int]) -> None:
        """From now on a run is interrupted first.

        Args:
            interrupt: interrupts the run that hangs in the place that it is given.
            end: as for the constructor.

        """
        self._interrupt, self._end = interrupt, end

    def conclude(self, code: int) -> None:
        """From now on there is a verdict, with this exit code."""
        self._code, self._concluded_at = code, time.monotonic()

    def pytest_ended(self) -> None:
        """From now on the process is the caller's again, until its interpreter ends."""
        self._pytest_ended = True

    def _watch(self) -> None:
        ends_at = self._started + self.limits.total_s
        while self._concluded_at is None:
            if time.monotonic() >= ends_at:
                if self._interrupt is None:
                    self._end_by_force()
                interrupt, self._interrupt = self._interrupt, None
                if interrupt:
                    interrupt(place_of_main_thread())
                ends_at += _RESTORING_S
            time.sleep(_LOOK_EVERY_S)
        since = self._concluded_at
        while time.monotonic() < since + _LAST_S:
            time.sleep(_LOOK_EVERY_S)
            # Whoever has called pytest in this process may go on as long as they like.
            if self._pytest_ended and threading.main_thread().is_alive():
                since = time.monotonic()
        os.write(2, f"apismoke: {_after_verdict()}\n".encode(errors="replace"))
        _exit(self._code)

    def _end_by_force(self) -> None:
        codes: list[int] = []
        place = place_of_main_thread()

        def report() -> None:
            codes.append(self._end(place))

        thread = threading.Thread(target=report, daemon=True)
        thread.start()
        thread.join(_LAST_S)
        _exit(codes[0] if codes else self._code)


def _after_verdict() -> str:
    main, this = threading.main_thread(), threading.current_thread()
    left = [one.name for one in threading.enumerate() if one not in (main, this) and not one.daemon]
    what = f"the thread {left[0]} was" if left else f"it was in {place_of_main_thread()}"
    return f"the process did not end within {_LAST_S:g} s of its verdict ({what}), and was ended"


def place_of_main_thread() -> str:
    """Where the main thread is: the innermost line that is neither Python's nor a library's."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    lines = traceback.extract_stack(frame) if frame else []
    if not lines:
        return "the end of the process"
    places = ("stdlib", "purelib", "platlib", "scripts")
    libraries = tuple(sysconfig.get_paths()[name] for name in places)
    own = [line for line in lines if not line.filename.startswith((*libraries, "<"))]
    line = (own or lines)[-1]
    return f"{line.filename}:{line.lineno}, in {line.name}"


#: The watchdog of a run, in pytest's stash.
WATCHDOG: pytest.StashKey[Watchdog] = pytest.StashKey()


def of(config: pytest.Config) -> Watchdog | None:
    """The watchdog of a run; None where pytest was started in another way."""
    return config.stash.get(WATCHDOG, None)
