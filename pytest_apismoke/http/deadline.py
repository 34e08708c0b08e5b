"""Sends one request within a deadline, whatever hangs: the lookup, the handshake, a header, a body.

A socket's timeout bounds neither a lookup that hangs nor a header that drips. So a worker thread
sends each request; when the time is up the worker is abandoned: its connection is shut down, and it
can send nothing any more.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import TypeVar

from pytest_apismoke.http.worker_pool import Job, WorkerPool

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
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: list[socket.socket] = []
        self._handles: list[socket.socket] = []
        self.is_abandoned = False
        self.has_connected = False
        self.has_sent = False
        self.has_received = False

    def use(self, connection: socket.socket, *, sending: bool) -> None:
        """Registers a connection that was just made, or is about to carry bytes.

        Raises:
            AbandonedError: when the request was abandoned.

        """
        with self._lock:
            if self.is_abandoned:
                raise AbandonedError("abandoned")
            self.has_sent = self.has_sent or sending
            self.has_connected = self.has_connected or not sending
            if connection not in self._known:
                self._known.append(connection)
                # A handle of its own on the same connection: TLS takes over the first one.
                self._handles.append(
                    socket.fromfd(connection.fileno(), connection.family, connection.type)
                )

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
            for handle in self._handles:
                handle.close()
            self._handles.clear()
            self._known.clear()


def current_request() -> PendingRequest | None:
    """The request that this thread is sending."""
    return getattr(_current, "request", None)


def within(
    action: Callable[[Resource], Result],
    request: PendingRequest,
    *,
    workers: WorkerPool[Resource],
    limit_s: float,
    connect_limit_s: float,
) -> Result:
    """Runs an action that sends one request, and returns its result.

    Args:
        action: sends the request with what its worker owns; what it raises is raised here.
        request: connects the two threads.
        workers: run the action.
        limit_s: how many seconds to wait for it.
        connect_limit_s: how many seconds to wait until it has sent something.

    Raises:
        DeadlineExceededError: when the time is up.

    """
    # Not a queue: on Python 3.10 one can wait for ever where its time is up at once.
    has_ended = threading.Event()
    results: list[tuple[Result | None, BaseException | None]] = []

    def run(resource: Resource) -> bool:
        _current.request = request
        try:
            results.append((action(resource), None))
        except BaseException as error:  # raised again in the thread that waits
            results.append((None, error))
        finally:
            _current.request = None
            request.release()
        return not request.is_abandoned

    try:
        workers.start(Job(run=run, announce=has_ended.set))
        _wait(has_ended, limit_s, connect_limit_s, request)
    except BaseException:
        # Also when a signal handler interrupts the wait: what was not sent yet must not be sent.
        request.abandon()
        raise
    [(result, error)] = results
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # without an error there is a result


def _wait(
    has_ended: threading.Event, limit_s: float, connect_limit_s: float, request: PendingRequest
) -> None:
    first_s = max(0.0, min(limit_s, connect_limit_s))
    if has_ended.wait(first_s):
        return
    if not request.has_sent or limit_s <= first_s:
        raise DeadlineExceededError(connected=request.has_sent)
    if not has_ended.wait(limit_s - first_s):
        raise DeadlineExceededError(connected=True)
