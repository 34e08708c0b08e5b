"""Daemon threads that send requests: each sends one at a time, and is kept for the next one.

A worker owns what it sends requests with (its connections), so that two requests in flight share
nothing. The pool has no upper bound: a request never waits for another one to end.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from pytest_apismoke.records import dataclass

Resource = TypeVar("Resource")

#: The name of every worker's thread.
THREAD_NAME = "apismoke-request"
#: For how long a worker without a job is kept, in seconds.
_IDLE_S = 30.0


class Kept(Enum):
    """Whether a worker is kept after a job, and for when."""

    #: For the very next job.
    FIRST = "first"
    #: For a job that finds no other worker: what it owns is of no more use than something new.
    LAST = "last"
    #: Not at all.
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Resource]):
    """One thing to do.

    `run` gets what the worker owns, raises nothing, and says whether the worker may be kept;
    `announce` is called after it, when the worker can take the next job.
    """

    run: Callable[[Resource], Kept]
    announce: Callable[[], object]


class _Worker(Generic[Resource]):
    """A thread's inbox, where None means to end, and what the thread owns."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.inbox: SimpleQueue[Job[Resource] | None] = SimpleQueue()


class WorkerPool(Generic[Resource]):
    """Runs jobs in threads that neither keep the process from ending nor survive a fork.

    It takes no lock: a `deque` and a `SimpleQueue` are atomic, so that neither a signal handler
    that raises nor a fork can leave one locked.

    Args:
        new: makes what a worker owns.
        dispose: closes it; may be called twice.
        idle_s: for how many seconds a worker without a job is kept.

    """

    def __init__(
        self,
        new: Callable[[], Resource],
        dispose: Callable[[Resource], object],
        *,
        idle_s: float = _IDLE_S,
    ) -> None:
        self._new = new
        self._dispose = dispose
        self._idle_s = idle_s
        self._idle: deque[_Worker[Resource]] = deque()
        self._process = os.getpid()

    def start(self, job: Job[Resource]) -> None:
        """Starts a job at once: in the worker that was busy and well last, else in a new one."""
        if self._process != os.getpid():
            # The threads stayed in the parent; it goes on using their connections.
            self.close()
            self._process = os.getpid()
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self._new())
            # Before the thread starts: an interruption in between leaves no thread without a job.
            worker.inbox.put(job)
            threading.Thread(
                target=self._work, args=(worker,), daemon=True, name=THREAD_NAME
            ).start()
        else:
            worker.inbox.put(job)

    def close(self) -> None:
        """Ends the idle workers and disposes of what they own; a busy one ends when it is idle."""
        while self._idle:
            try:
                worker = self._idle.pop()
            except IndexError:  # pragma: no cover  # it got a job, or its time was up, just now
                return
            self._dispose(worker.resource)
            worker.inbox.put(None)

    def _work(self, worker: _Worker[Resource]) -> None:
        try:
            while self._run_next(worker):
                pass
        finally:
            self._dispose(worker.resource)

    def _run_next(self, worker: _Worker[Resource]) -> bool:
        """Waits for one job and runs it; says whether the worker stays.

        A function of its own, so that an idle worker holds no reference to its last job.
        """
        job = self._next_job(worker)
        if job is None:
            return False
        kept = job.run(worker.resource)
        # Before the announcement: the next request may come at once, and finds this worker.
        if kept is Kept.FIRST:
            self._idle.append(worker)
        elif kept is Kept.LAST:
            self._idle.appendleft(worker)
        job.announce()
        return kept is not Kept.NOT

    def _next_job(self, worker: _Worker[Resource]) -> Job[Resource] | None:
        # Twice: a worker that is not idle any more when its time is up is about to get a job.
        for _ in range(2):
            try:
                return worker.inbox.get(timeout=self._idle_s)
            except Empty:
                try:
                    self._idle.remove(worker)
                except ValueError:
                    continue
                break
        return None
