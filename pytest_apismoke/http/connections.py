"""Sessions of `requests` whose connections can be shut down from another thread."""

from __future__ import annotations

import _socket
import contextlib
import socket
from http.client import HTTPException, HTTPResponse, parse_headers
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

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

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]  # urllib3's
        try:
            _register(connection, sending=False)
        except NothingSentError:
            # What stands in for it may not even have a `close`.
            with contextlib.suppress(Exception):
                connection.close()
            raise
        except AbandonedError:
            connection.close()
            raise
        return connection

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]  # urllib3's
        if self.sock is not None:
            _register(self.sock, sending=True)
        super().send(data)  # type: ignore[misc]  # http.client's

    def response_class(self, *args: Any, **options: Any) -> HTTPResponse:
        """Makes the response that http.client reads into; kept, to be closed."""
        self._response = _Response(*args, **options)
        return self._response

    def getresponse(self) -> Any:
        try:
            return super().getresponse()  # type: ignore[misc]  # urllib3's
        except BaseException:
            # urllib3 refuses contradicting lengths, and leaves the socket to the garbage collector.
            if self._response is not None:
                self._response.close()
            raise
        finally:
            self._response = None


def _register(connection: socket.socket, *, sending: bool) -> None:
    if not _is_of_the_network(connection):
        raise NothingSentError("no connection of the network")
    request = current_request()
    if request is not None:
        request.use(connection, sending=sending)


def _is_of_the_network(connection: socket.socket) -> bool:
    """Whether the operating system knows it as a connection of IP.

    Asked by `_socket`: what stands in for a network replaces the class in `socket`.
    """
    # A stand-in may raise anything.
    with contextlib.suppress(Exception):
        handle = _socket.socket(fileno=_socket.dup(connection.fileno()))
        try:
            return handle.family in (_socket.AF_INET, _socket.AF_INET6)
        finally:
            handle.close()
    return False


class _Adapter(HTTPAdapter):
    """Gives every pool, those to proxies included, connections that can be shut down."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        _make_shuttable(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options)
        if not known:
            _make_shuttable(manager)
        return manager


def _make_shuttable(manager: urllib3.PoolManager) -> None:
    pools: dict[str, Any] = {}
    known: dict[str, Any] = dict(manager.pool_classes_by_scheme)
    for scheme, pool in known.items():
        connection = type("Connection", (_Shuttable, pool.ConnectionCls), {})
        pools[scheme] = type("Pool", (pool,), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = pools


class NoNetrc(AuthBase):
    """Leaves the request as it is; without an auth object, requests would read `.netrc`."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leaves it as it is."""
        return request


class _Session(requests.Session):
    """Ignores redirects: requests reads their bodies even when told not to follow them."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: a redirect is a response like any other."""


def new_session() -> requests.Session:
    """A session that keeps no cookies and follows no redirects."""
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "pytest-apismoke"
    session.headers["Accept"] = "application/json"
    return session


def close(session: requests.Session) -> None:
    """Closes a session's connections, broken ones included."""
    with contextlib.suppress(OSError):
        session.close()
