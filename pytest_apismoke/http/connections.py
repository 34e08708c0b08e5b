"""Connections of `urllib3` that can be shut down from another thread."""

from __future__ import annotations

import _socket
import contextlib
import socket
from functools import lru_cache
from http.client import HTTPException, HTTPResponse, parse_headers
from typing import Any

import urllib3

from pytest_apismoke.http.deadline import AbandonedError, current_request


class HeadersBrokeOffError(HTTPException):
    """The connection ended inside the headers, which http.client takes for complete."""


class NothingSentError(ValueError):
    """Something in this process stands in for the network: the request does not leave it."""


class _Lines:
    """A file that knows whether its last line ended because the connection did."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.broke_off = False

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._file.readline(limit)
        self.broke_off = not line.endswith(b"\n")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _Response(HTTPResponse):
    """A response of http.client that refuses truncated headers and skips every interim response."""

    fp: Any

    def begin(self) -> None:
        request = current_request()
        if self.fp.peek(1) and request is not None:
            request.has_received = True
        lines = _Lines(self.fp)
        self.fp = lines
        super().begin()
        if self.fp is lines:
            self.fp = lines._file
        if lines.broke_off:
            raise HeadersBrokeOffError

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # http.client's
            # http.client skips 100 itself; 101 is no interim response (RFC 9110, 15.2).
            if not 102 <= status < 200:
                return version, status, reason
            parse_headers(self.fp)


class _Shuttable:
    """Mixed into urllib3's connections: registers each with the request that it carries."""

    sock: socket.socket | None
    #: Here, because http.client prints passwords and tokens once anybody sets its own.
    debuglevel = 0
    _response: HTTPResponse | None = None
    #: The socket that was looked at last, and the handles on the connection below it.
    _known: socket.socket | None = None
    _handles: tuple[_socket.socket, ...] = ()

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]  # urllib3's
        try:
            self._register(connection, sending=False)
        except NothingSentError:
            # What stands in for it may not even have a `close`.
            with contextlib.suppress(Exception):
                connection.close()
            raise
        except AbandonedError:
            self._let_go()
            connection.close()
            raise
        return connection

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]  # urllib3's
        if self.sock is not None:
            self._register(self.sock, sending=True)
        super().send(data)  # type: ignore[misc]  # http.client's

    def close(self) -> None:
        super().close()  # type: ignore[misc]  # urllib3's
        self._let_go()

    def _register(self, connection: socket.socket, *, sending: bool) -> None:
        if connection is not self._known:
            # TLS takes over the socket: then this is the same connection, in another object.
            self._handles = (*self._handles, _handle_on(connection))
            self._known = connection
        request = current_request()
        if request is not None:
            request.use(self._handles[-1], sending=sending)

    def _let_go(self) -> None:
        handles, self._handles, self._known = self._handles, (), None
        request = current_request()
        for handle in handles:
            # A response that ends with its connection is read after the connection was closed.
            if request is None or not request.takes_over(handle):
                handle.close()

    def response_class(self, *args: Any, **options: Any) -> HTTPResponse:
        """Makes the response that http.client reads into; kept, to be closed."""
        self._response = _Response(*args, **options)
        return self._response

    def getresponse(self) -> Any:
        if (request := current_request()) is not None:
            request.has_all_sent()
        try:
            return super().getresponse()  # type: ignore[misc]  # urllib3's
        except BaseException:
            # urllib3 refuses contradicting lengths, and leaves the socket to the garbage collector.
            if self._response is not None:
                self._response.close()
            raise
        finally:
            self._response = None


def _handle_on(connection: socket.socket) -> _socket.socket:
    """A handle of its own on what the operating system knows as a connection of IP.

    Asked by `_socket`: what stands in for a network replaces the class in `socket`.

    Raises:
        NothingSentError: for anything else.

    """
    # A stand-in may raise anything.
    with contextlib.suppress(Exception):
        handle = _socket.socket(fileno=_socket.dup(connection.fileno()))
        if handle.family in (_socket.AF_INET, _socket.AF_INET6):
            return handle
        handle.close()
    raise NothingSentError("no connection of the network")


@lru_cache(maxsize=8)
def _shuttable(
    pool: type[urllib3.HTTPConnectionPool], connection: type
) -> type[urllib3.HTTPConnectionPool]:
    """A class of pools whose connections can be shut down.

    Args:
        pool: the class that it is derived from.
        connection: the class of its connections, which something else may have replaced by now.

    """
    connection = type("Connection", (_Shuttable, connection), {})
    return type("Pool", (pool,), {"ConnectionCls": connection})


def make_shuttable(manager: urllib3.PoolManager) -> None:
    """Gives every pool of a manager, those to proxies included, connections that can be shut."""
    known: dict[str, Any] = dict(manager.pool_classes_by_scheme)
    manager.pool_classes_by_scheme = {
        scheme: _shuttable(pool, pool.ConnectionCls) for scheme, pool in known.items()
    }
