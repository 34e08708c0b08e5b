"""Runs several functions at the same time, each of which waits for a response of the target.

The request itself is sent by a worker of `Wire`, within its deadline; the threads here only wait
for it. So a job ends by itself, and an interrupted caller need not wait for its jobs.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar

from pytest_apismoke.http.worker_pool import Job, Kept, WorkerPool

T = TypeVar("T")


class Begun(Generic[T]):
    """A function that was begun, and what came of it."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._has_ended = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def as_job(self) -> Job[None]:
        """The function as a job of a pool."""
        return Job(run=self._run, announce=self._has_ended.set)

    def _run(self, _: None) -> Kept:
        try:
            self._results.append(self._function())
        except BaseException as error:  # raised again in the thread that waits
            self._error = error
        return Kept.FIRST

    def wait(self) -> None:
        """Waits for the end, whatever comes of it."""
        self._has_ended.wait()

    def result(self) -> T:
        """Waits for the end; raises what the function has raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._results[0]


class SideBySide:
    """Threads that are kept for the next time; none keeps the process from ending.

    Args:
        at_once: how many functions may run side by side.

    """

    def __init__(self, *, at_once: int) -> None:
        self._at_once = at_once
        self._callers: WorkerPool[None] = WorkerPool(lambda: None, lambda _: None)

    def run(self, functions: Sequence[Callable[[], T]]) -> tuple[T, ...]:
        """Runs functions side by side, so many at a time; returns their results in order.

        Raises:
            BaseException: what the first of them in order has raised, or what a signal handler
                raises while this thread waits.

        """
        results: list[T] = []
        while len(results) < len(functions):
            some = functions[len(results) :][: self._at_once]
            results += [call.result() for call in [self.begin(one) for one in some]]
        return tuple(results)

    def begin(self, function: Callable[[], T]) -> Begun[T]:
        """Begins a function; this thread goes on, and asks for its result later."""
        begun = Begun(function)
        self._callers.start(begun.as_job())
        return begun

    def close(self) -> None:
        """Ends the threads that wait for work."""
        self._callers.close()


@contextmanager
def beside(meanwhile: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """A context beside which something else is done; it ends when both have ended.

    Not the other way round: a signal handler that raises in the main thread then ends the context,
    as it does without anything beside it, and leaves nothing else half done.

    Args:
        meanwhile: what it raises is dropped, so that it does not hide what comes of the context.

    Yields:
        what begins it, the first time when it is called, in whatever thread.

    """
    threads = SideBySide(at_once=1)
    waiting = deque([meanwhile])
    begun: list[Begun[object]] = []

    def begin() -> None:
        with suppress(IndexError):
            begun.append(threads.begin(waiting.pop()))

    try:
        yield begin
    finally:
        waiting.clear()
        for one in begun:
            one.wait()
        threads.close()
