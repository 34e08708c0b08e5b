"""Sends one request within a deadline, whatever hangs: the lookup, the handshake, a header, a body.

A socket's timeout bounds neither a lookup that hangs nor a header that drips. So a worker thread
sends each request; when the time is up the worker is abandoned: its connection is shut down, and it
can send nothing any more.
"""

from __future__ import annotations

import _socket
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.worker_pool import Job, Kept, WorkerPool
from pytest_apismoke.records import dataclass

Resource = TypeVar("Resource")
Result = TypeVar("Result")

_current = threading.local()


class AbandonedError(OSError):
    """The request was abandoned: it must not reach the target any more."""


class DeadlineExceededError(TimeoutError):
    """The time was up; `connected` says whether a connection had been made by then."""

    def __init__(self, *, connected: bool) -> None:
        super().__init__()
        self.connected = connected


class PendingRequest:
    """A request in flight, shared by the thread that sends it and the one that waits.

    `has_connected` says that it made a connection of its own, `has_received` that something came
    back.

    Args:
        when_waiting: called in the thread that sends it when all is sent: it must not raise.

    """

    def __init__(self, when_waiting: Callable[[], object] | None = None) -> None:
        # Reentrant: a signal handler may abandon a request while its thread is in here.
        self._lock = threading.RLock()
        self._handles: list[_socket.socket] = []
        self._taken_over: list[_socket.socket] = []
        self.is_abandoned = False
        self.has_connected = False
        self.has_sent = False
        self.has_received = False
        self._when_waiting = when_waiting

    def use(self, handle: _socket.socket, *, sending: bool) -> None:
        """Registers a connection that was just made, or is about to carry bytes.

        Args:
            handle: a handle on the connection, by which another thread can shut it down. It stays
                open until `release`, or until it is taken over.
            sending: whether bytes are about to be sent.

        Raises:
            AbandonedError: when the request was abandoned.

        """
        with self._lock:
            if self.is_abandoned:
                raise AbandonedError("abandoned")
            self.has_sent = self.has_sent or sending
            self.has_connected = self.has_connected or not sending
            if handle not in self._handles:
                self._handles.append(handle)

    def has_all_sent(self) -> None:
        """Takes note that from now on the response is waited for."""
        if self._when_waiting is not None:
            self._when_waiting()

    def takes_over(self, handle: _socket.socket) -> bool:
        """Takes over to close a handle that it uses; says whether it does."""
        with self._lock:
            if handle in self._handles:
                self._taken_over.append(handle)
                return True
            return False

    def abandon(self) -> None:
        """Shuts down the connections; from now on nothing more is sent."""
        with self._lock:
            self.is_abandoned = True
            for handle in self._handles:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Lets go of the connections; they may carry other requests from now on."""
        with self._lock:
            self._handles.clear()
            for handle in self._taken_over:
                handle.close()
            self._taken_over.clear()


def current_request() -> PendingRequest | None:
    """The request that this thread is sending."""
    return getattr(_current, "request", None)


class Underway(Generic[Result]):
    """An action that a worker runs, from the moment on when this was made.

    Nobody has to wait for it: an action that ended in time has its result whenever that is asked
    for, and one that did not is overdue whenever it is looked at.

    `started_at` is the moment when it was made, on its clock.

    Args:
        action: sends the request with what its worker owns.
        request: connects the two threads.
        workers: run the action.
        limit_s: how many seconds the action may take.
        connect_limit_s: how many seconds it may take until it has sent something.
        clock: a monotonic clock in seconds.
        when_done: called in the worker's thread when the worker is free for the next action,
            whatever came of this one; must not raise. After an action that was abandoned it is
            called when the action has noticed.

    """

    def __init__(
        self,
        action: Callable[[Resource], Result],
        request: PendingRequest,
        *,
        workers: WorkerPool[Resource],
        limit_s: float,
        connect_limit_s: float,
        clock: Clock = time.monotonic,
        when_done: Callable[[], object] = lambda: None,
    ) -> None:
        self._request = request
        self._limit_s, self._connect_limit_s = limit_s, connect_limit_s
        self._clock = clock
        # Not a queue: on Python 3.10 one can wait for ever where its time is up at once.
        self._has_ended = has_ended = threading.Event()
        self._ends: list[_End[Result]] = []
        self._given_up_after_s: float | None = None
        self.started_at = clock()
        run = _run_in_worker(action, request, self._ends, clock)

        def announce() -> None:
            has_ended.set()
            when_done()

        try:
            workers.start(Job(run=run, announce=announce))
        except BaseException:
            # Also when a signal handler interrupts: what was not sent yet must not be sent.
            self.abandon()
            raise

    @property
    def duration_s(self) -> float:
        """The seconds from its start to its end, or until it was given up.

        Not until somebody looked: one that is given up has taken its limit at most. Of one that
        goes on it says nothing.
        """
        if self._given_up_after_s is not None:
            return self._given_up_after_s
        return self._ends[0].at - self.started_at if self._ends else 0.0

    def abandon(self) -> None:
        """Shuts down its connections; from now on nothing more is sent."""
        if not self._ends:
            self._given_up_after_s = min(self._clock() - self.started_at, self._limit_s)
        self._request.abandon()

    def has_ended_within(self, seconds: float) -> bool:
        """Waits for the end for some seconds, within the deadline; the action goes on then.

        Raises:
            BaseException: what a signal handler raises meanwhile.

        """
        with self._abandoned_if_interrupted():
            return self._has_ended.wait(min(seconds, self._limit_s))

    def result(self) -> Result:
        """Waits for the end, for as long as the deadline is away; returns what the action returned.

        Raises:
            DeadlineExceededError: when the time is up, or was before the action ended.
            AbandonedError: when it was abandoned.
            BaseException: what the action has raised, or what a signal handler raises meanwhile.

        """
        with self._abandoned_if_interrupted():
            self._wait()
        [end] = self._ends
        if end.error is not None:
            raise end.error
        return end.result  # type: ignore[return-value]  # without an error there is a result

    @contextlib.contextmanager
    def _abandoned_if_interrupted(self) -> Iterator[None]:
        """A context in which this is abandoned if the wait does not end as it should."""
        try:
            yield
        except BaseException:
            # Also when a signal handler interrupts the wait: what was not sent must not be sent.
            self.abandon()
            raise

    def _wait(self) -> None:
        if self._request.is_abandoned:
            raise AbandonedError("abandoned")
        elapsed_s = self._clock() - self.started_at
        left_s = max(0.0, self._limit_s - elapsed_s)
        first_s = max(0.0, min(left_s, self._connect_limit_s - elapsed_s))
        if not self._has_ended.wait(first_s):
            if not self._request.has_sent or left_s <= first_s:
                raise DeadlineExceededError(connected=self._request.has_sent)
            if not self._has_ended.wait(left_s - first_s):
                raise DeadlineExceededError(connected=True)
        if self.duration_s > self._limit_s:
            raise DeadlineExceededError(connected=self._request.has_sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class _End(Generic[Result]):
    """What came of an action, and when: a moment of its clock, in seconds."""

    at: float
    result: Result | None = None
    error: BaseException | None = None


def _run_in_worker(
    action: Callable[[Resource], Result],
    request: PendingRequest,
    ends: list[_End[Result]],
    clock: Clock,
) -> Callable[[Resource], Kept]:
    """What the worker runs; says whether the worker may be kept."""

    def run(resource: Resource) -> Kept:
        _current.request = request
        result, error = None, None
        try:
            result = action(resource)
        except BaseException as raised:  # raised again in the thread that waits
            error = raised
        finally:
            _current.request = None
            request.release()
        ends.append(_End(at=clock(), result=result, error=error))
        if request.is_abandoned:
            return Kept.NOT
        # Its connection is gone; that of another worker may be the only one that the target serves.
        return Kept.FIRST if error is None else Kept.LAST

    return run


def within(
    action: Callable[[Resource], Result],
    request: PendingRequest,
    *,
    workers: WorkerPool[Resource],
    limit_s: float,
    connect_limit_s: float,
) -> Result:
    """Runs an action that sends one request, and returns its result; see `Underway`.

    Raises:
        DeadlineExceededError: when the time is up.

    """
    try:
        return Underway(
            action, request, workers=workers, limit_s=limit_s, connect_limit_s=connect_limit_s
        ).result()
    except BaseException:
        # A signal handler may interrupt between the start and the wait, too.
        request.abandon()
        raise
