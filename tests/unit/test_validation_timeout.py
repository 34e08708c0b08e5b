"""What computes for too long is ended, and whoever uses the system's timer keeps it."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from pytest_apismoke.schemas.time_limit import TimeIsUpError, time_limit

LIMIT_S = 0.05
#: Far more than any of these tests takes.
LONG_S = 600.0

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timers: nothing is limited"
)


@pytest.fixture(autouse=True)
def no_timer() -> Iterator[None]:
    """Puts aside the timer of whoever runs the tests, and gives it back."""
    running, handler = signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGALRM)
    signal.setitimer(signal.ITIMER_REAL, 0)
    yield
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, *running)


def matches_for_ever() -> None:
    re.search("^(a+)+$", "a" * 60 + "!")


def loops_for_ever() -> None:
    while True:
        pass


@pytest.mark.parametrize("compute", [matches_for_ever, loops_for_ever])
@pytest.mark.parametrize("limit_s", [LIMIT_S, 0.0, -1.0])
def test_what_computes_for_ever_is_ended(compute: Callable[[], None], limit_s: float) -> None:
    """Time that is spent already is a limit too."""
    with pytest.raises(TimeIsUpError), time_limit(limit_s):
        compute()


def test_what_is_done_in_time_is_not_disturbed() -> None:
    done = []
    with time_limit(LONG_S):
        done.append(signal.getitimer(signal.ITIMER_REAL)[0] > 0)
    assert done == [True]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_its_own_errors_leave_it_as_they_are() -> None:
    with pytest.raises(KeyError, match="x"), time_limit(LONG_S):
        raise KeyError("x")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("compute", [lambda: None, loops_for_ever])
def test_a_handler_that_was_there_is_there_again(compute: Callable[[], None]) -> None:
    def of_somebody(number: int, frame: object) -> None:
        raise AssertionError("never called: its timer is not running")

    signal.signal(signal.SIGALRM, of_somebody)
    try:
        with time_limit(LIMIT_S):
            compute()
    except TimeIsUpError:
        pass
    assert signal.getsignal(signal.SIGALRM) is of_somebody


def test_a_timer_that_is_running_is_left_alone() -> None:
    """That of pytest-timeout, say: its limit is the one that counts."""
    handler = signal.getsignal(signal.SIGALRM)
    signal.setitimer(signal.ITIMER_REAL, LONG_S)
    with time_limit(LIMIT_S):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > LONG_S / 2
        assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL)[0] > LONG_S / 2


def test_in_another_thread_nothing_is_limited() -> None:
    """Signals arrive in the main thread only: what it does is not to be ended instead."""
    seen: list[tuple[float, float]] = []

    def compute() -> None:
        with time_limit(LIMIT_S):
            seen.append(signal.getitimer(signal.ITIMER_REAL))

    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    assert seen == [(0.0, 0.0)]
