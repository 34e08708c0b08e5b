"""A limit for what computes: a pattern that takes for ever, a schema that branches without end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeIsUpError(Exception):
    """What ran inside of a time limit has not come to its end."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Ends what runs inside after so many seconds.

    Only where that can be done: in the main thread, on a system that has timers, and while nobody
    else (pytest-timeout, say) has one running.

    Raises:
        TimeIsUpError: inside, when the time is up.

    """
    can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not can or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise TimeIsUpError

    before = signal.signal(signal.SIGALRM, end)
    try:
        # 0 would be no limit at all.
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
        yield
    finally:
        # The alarm may come in the very moment in which it is switched off.
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            signal.signal(signal.SIGALRM, before)
