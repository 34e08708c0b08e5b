"""Sessions whose connections can be shut from another thread."""

from __future__ import annotations

import contextlib
import socket
from http.client import HTTPException, HTTPResponse, parse_headers
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from pytest_apismoke.http.deadline import GivenUpError, call_under_way


class HeadersBrokeOffError(HTTPException):
    """The connection ended in the middle of the headers; http.client takes them for whole."""


class _Lines:
    """A file that knows whether a line ended because the connection did."""

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
    """An answer as http.client reads it, but for what it takes for one and is none."""

    fp: Any

    def begin(self) -> None:
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
            # Interim answers but 101, which is a last one (RFC 9110, 15.2); the library knows 100.
            if not 102 <= status < 200:
                return version, status, reason
            parse_headers(self.fp)


class _Shuttable:
    """Mixed into urllib3's connections: tells the request under way what it goes over."""

    sock: socket.socket | None
    _answering: HTTPResponse | None = None

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]  # urllib3's
        try:
            _tell(connection, sending=False)
        except GivenUpError:
            connection.close()
            raise
        return connection

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]  # urllib3's
        if self.sock is not None:
            _tell(self.sock, sending=True)
        super().send(data)  # type: ignore[misc]  # http.client's

    def response_class(self, *args: Any, **options: Any) -> HTTPResponse:
        """What http.client makes of an answer; kept, to be closed."""
        self._answering = _Response(*args, **options)
        return self._answering

    def getresponse(self) -> Any:
        try:
            return super().getresponse()  # type: ignore[misc]  # urllib3's
        except BaseException:
            # urllib3 refuses contradicting lengths, and leaves the socket to the collector.
            if self._answering is not None:
                self._answering.close()
            raise
        finally:
            self._answering = None


def _tell(connection: socket.socket, *, sending: bool) -> None:
    call = call_under_way()
    if call is not None:
        call.goes_over(connection, sending=sending)


class _Adapter(HTTPAdapter):
    """Makes every pool, those to proxies included, with connections that can be shut."""

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
    """Leaves the request alone; without an auth object requests would look into `.netrc`."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leaves it as it is."""
        return request


class _Session(requests.Session):
    """Does not look into redirects: requests reads their bodies even where it is to follow none."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: what leads elsewhere is an answer like any other."""


def new_session() -> requests.Session:
    """A session that keeps no cookies and follows nothing of its own accord."""
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "pytest-apismoke"
    session.headers["Accept"] = "application/json"
    return session


def close(session: requests.Session) -> None:
    """Closes a session's connections, also where a thread left behind is still at one."""
    with contextlib.suppress(OSError):
        session.close()
