"""One request within one deadline, whatever it hangs on: a name, a handshake, a header, a body.

A socket's timeout bounds neither a lookup that hangs nor a header that drips. So each request is
made in a thread of its own, which is left behind when the time is over: its connection is shut, and
it sends nothing any more.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_making = threading.local()


class GivenUpError(OSError):
    """Nobody waits for this request any more: it must not reach the target."""


class Call:
    """A request under way, as known to the thread that makes it and to the one that waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: list[socket.socket] = []
        self._handles: list[socket.socket] = []
        self.given_up = False
        self.has_sent = False

    def goes_over(self, connection: socket.socket, *, sending: bool) -> None:
        """Notes a connection that is being made, or is about to carry bytes.

        Raises:
            GivenUpError: when nobody waits any more.

        """
        with self._lock:
            if self.given_up:
                raise GivenUpError("given up")
            self.has_sent = self.has_sent or sending
            if connection not in self._known:
                self._known.append(connection)
                # A handle of its own on the same connection: TLS takes over the first one.
                self._handles.append(
                    socket.fromfd(connection.fileno(), connection.family, connection.type)
                )

    def give_up(self) -> None:
        """Shuts what the request goes over; from now on nothing more is sent."""
        with self._lock:
            self.given_up = True
            for handle in self._handles:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def is_over(self) -> None:
        """Lets go of the connections; they may carry other requests from now on."""
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()
            self._known.clear()


def call_under_way() -> Call | None:
    """The request that this thread makes."""
    return getattr(_making, "call", None)


class OverrunError(TimeoutError):
    """The time was over; `connected` says whether a connection had been made by then."""

    def __init__(self, *, connected: bool) -> None:
        super().__init__()
        self.connected = connected


def within(
    limit_s: float, connect_limit_s: float, action: Callable[[], Result], call: Call
) -> Result:
    """The result of an action that makes one request.

    Args:
        limit_s: for how long it is waited for.
        connect_limit_s: for how long, until something can be sent.
        action: makes the request, in a thread of its own; what it raises is raised here.
        call: how the two threads know of each other.

    Raises:
        OverrunError: when the time is over.

    """
    # Not a queue: on Python 3.10 one can wait for ever where its time is over at once.
    has_ended = threading.Event()
    ends: list[tuple[Result | None, BaseException | None]] = []

    def make() -> None:
        _making.call = call
        try:
            ends.append((action(), None))
        except BaseException as error:  # carried over to whoever waits
            ends.append((None, error))
        finally:
            call.is_over()
            has_ended.set()

    try:
        threading.Thread(target=make, daemon=True, name="apismoke-request").start()
        _wait(has_ended, limit_s, connect_limit_s, call)
    except BaseException:
        # Also for an interruption of the one who waits: what was not sent yet must not be sent.
        call.give_up()
        raise
    [(result, error)] = ends
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # without an error there is a result


def _wait(has_ended: threading.Event, limit_s: float, connect_limit_s: float, call: Call) -> None:
    first_s = max(0.0, min(limit_s, connect_limit_s))
    if has_ended.wait(first_s):
        return
    if not call.has_sent or limit_s <= first_s:
        raise OverrunError(connected=call.has_sent)
    if not has_ended.wait(limit_s - first_s):
        raise OverrunError(connected=True)
