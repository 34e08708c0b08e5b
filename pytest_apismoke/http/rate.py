"""Spaces requests out: no more than so many a second."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Rate:
    """The requests that a process may send, one after the other at even distances.

    Args:
        per_s: how many a second; None for any number.
        clock: a monotonic clock in seconds.

    """

    def __init__(self, per_s: float | None, *, clock: Callable[[], float]) -> None:
        self._distance_s = 0.0 if per_s is None else 1.0 / per_s
        self._clock = clock
        # Reentrant: a signal handler may send while its thread is in here.
        self._lock = threading.RLock()
        self._next_at = -float("inf")

    def take_turn(self) -> float:
        """Takes the next turn; returns the seconds until it comes."""
        if not self._distance_s:
            return 0.0
        with self._lock:
            now = self._clock()
            at = max(now, self._next_at)
            self._next_at = at + self._distance_s
            return at - now
