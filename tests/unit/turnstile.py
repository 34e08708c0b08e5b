"""Runs threads one at a time in virtual time, so that a given draw always gives the same course."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

#: Real seconds after which a thread that does not hand on the baton counts as stuck.
_STUCK_S = 20.0
#: More steps than this and they wait for each other for ever.
_MOST_STEPS = 20_000


class Stopped(BaseException):
    """Ends a thread that is not to go on; no `except Exception` stops it."""


class Turnstile:
    """A clock that several threads share, and a baton that one of them holds at a time.

    Whoever sleeps hands the baton on; the one that wakes up first gets it next, the clock moves to
    that moment. Nothing depends on real time but the alarm for a thread that is stuck.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self._wakes_at: dict[int, float] = {}
        self._batons: list[threading.Semaphore] = []
        self._handed_back = threading.Semaphore(0)
        self._is_over = False
        self._raised: list[BaseException] = []

    def clock(self) -> float:
        return self.now

    def sleeper(self, index: int) -> Callable[[float], None]:
        """The sleep of one thread."""

        def sleep(seconds: float) -> None:
            self._wakes_at[index] = self.now + max(0.0, seconds)
            self._handed_back.release()
            self._batons[index].acquire()
            if self._is_over:
                raise Stopped

        return sleep

    def run(self, bodies: Sequence[Callable[[], None]], starts: Sequence[float]) -> None:
        """Runs each body from its start (seconds from now) to its end.

        Raises:
            AssertionError: when they do not come to an end.
            BaseException: the first that a body raised.

        """
        self._batons = [threading.Semaphore(0) for _ in bodies]
        self._wakes_at = {index: self.now + start for index, start in enumerate(starts)}
        threads = [
            threading.Thread(target=self._live, args=(index, body), daemon=True)
            for index, body in enumerate(bodies)
        ]
        for thread in threads:
            thread.start()
        try:
            self._let_go_on()
        finally:
            self._is_over = True
            for baton in self._batons:
                baton.release()
            for thread in threads:
                thread.join(_STUCK_S)
        assert not any(thread.is_alive() for thread in threads), "a thread did not end"
        for error in self._raised:
            raise error

    def _let_go_on(self) -> None:
        for _ in range(_MOST_STEPS):
            if not self._wakes_at:
                return
            # Those that wake at the same moment go in their order.
            index = min(self._wakes_at, key=lambda i: (self._wakes_at[i], i))
            self.now = max(self.now, self._wakes_at.pop(index))
            self._batons[index].release()
            assert self._handed_back.acquire(timeout=_STUCK_S), f"thread {index} is stuck"
        raise AssertionError(f"no end after {_MOST_STEPS} steps, at {self.now:.1f} s")

    def _live(self, index: int, body: Callable[[], None]) -> None:
        self._batons[index].acquire()
        try:
            if not self._is_over:
                body()
        except Stopped:
            pass
        except BaseException as error:
            self._raised.append(error)
        finally:
            self._handed_back.release()
