"""The deadline of a run, with time for restoring reserved inside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pytest_apismoke.errors import Category, SmokeError, fail

#: The share of the budget that only restoring may use, and its maximum in seconds.
_RESERVED_SHARE = 0.25
_MOST_RESERVED_S = 10.0

Clock = Callable[[], float]
Sleep = Callable[[float], None]


def reserve_s(total_s: float) -> float:
    """The seconds of a budget that only restoring may use."""
    return min(_MOST_RESERVED_S, total_s * _RESERVED_SHARE)


class Budget:
    """Counts down from its creation; may be used by several threads.

    Args:
        total_s: seconds for everything from login to restoring.
        remaining_s: how many of them are left, where the run began in another process.
        reserved_s: how many of them only restoring may use; by default a share of the total.
        clock: a monotonic clock in seconds.
        sleep: waits for some seconds; never called for more than are left.

    """

    def __init__(
        self,
        total_s: float,
        *,
        remaining_s: float | None = None,
        reserved_s: float | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.total_s = total_s
        self.clock = clock
        # Reentrant: a signal handler cuts the budget short, whatever its thread is doing.
        self._lock = threading.RLock()
        self._sleep = sleep
        self._ends_at = clock() + (total_s if remaining_s is None else remaining_s)
        self._reserved_s = reserve_s(total_s) if reserved_s is None else reserved_s

    def remaining_s(self, *, restoring: bool = False) -> float:
        """Seconds left, never negative; the reserve is left out unless restoring."""
        reserved_s = 0.0 if restoring else self._reserved_s
        return max(0.0, self._ends_at - reserved_s - self.clock())

    def require(self, doing: str, *, needed_s: float = 0.0, restoring: bool = False) -> float:
        """The seconds left.

        Args:
            doing: what they are for, as the place of the failure.
            needed_s: the seconds that it takes.
            restoring: whether it may use the reserve.

        Raises:
            SmokeError: (`budget`) when not more than the needed seconds are left.

        """
        left_s = self.remaining_s(restoring=restoring)
        if left_s > needed_s:
            return left_s
        raise self.spent(doing)

    def cut_short(self) -> None:
        """Leaves only the time that is reserved for restoring."""
        with self._lock:
            self._ends_at = min(self._ends_at, self.clock() + self._reserved_s)

    def extend_for_restoring(self, floor_s: float) -> None:
        """Leaves at least `floor_s` seconds for restoring: the target comes before the deadline."""
        with self._lock:
            self._ends_at = max(self._ends_at, self.clock() + floor_s)

    def spent(self, doing: str) -> SmokeError:
        """The failure that says that the budget ended `doing`."""
        return fail(
            Category.BUDGET,
            expected=f"to finish within {self.total_s:g} s",
            seen="the time budget spent",
            where=doing,
            hint="find out why the target is slow (durations are in the JSON report),"
            " or allow more with --smoke-budget SECONDS",
        )

    def wait(self, seconds: float, *, doing: str) -> None:
        """Waits.

        Raises:
            SmokeError: (`budget`), at once, when the wait would outlast the budget.

        """
        self.require(doing, needed_s=seconds)
        self.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Sleeps; the caller knows that the budget lasts for it."""
        self._sleep(seconds)
