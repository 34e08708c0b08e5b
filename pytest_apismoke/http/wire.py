"""Sends one request and brings what came, within bounds; the wall behind which exceptions stay."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.utils import select_proxy

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.certificates import what_was_shown
from pytest_apismoke.http.connections import NoNetrc, close, new_session
from pytest_apismoke.http.deadline import (
    Call,
    GivenUpError,
    OverrunError,
    call_under_way,
    within,
)
from pytest_apismoke.http.error_words import (
    EXPECTED,
    certificate_error,
    in_words,
    is_overdue,
    is_transient,
)
from pytest_apismoke.http.request import Request

_CHUNK_BYTES = 65536


@dataclass(slots=True)
class Reply:
    """What came so far: a reset in mid-body leaves a status and an error.

    Header names are in lower case. `error` says in words why it is not whole, `is_transient`
    whether a second connection may do better, `is_overdue` whether the time was over, `has_sent`
    whether the request may have arrived.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None
    is_transient: bool = False
    is_overdue: bool = False
    has_sent: bool = False


class Wire:
    """Sends requests over kept or fresh connections.

    `direct` passes every proxy by. Cookies are neither kept nor sent, redirects are not followed,
    and `.netrc` is not read: what is tested is the request as given. Proxies and CA bundles from
    the environment are honoured.
    """

    def __init__(self, limits: Limits, *, trust: TlsFiles, direct: bool) -> None:
        self._limits = limits
        self._trust = trust
        self._direct = direct
        self._session = new_session()

    def close(self) -> None:
        """Closes the connections."""
        close(self._session)

    def send(
        self, request: Request, url: str, *, fresh: bool, limit_s: float, clock: Clock
    ) -> Reply:
        """Sends a request and reads the whole answer; never raises but for an interruption."""
        session = new_session() if fresh else self._session
        reply, call = Reply(), Call()
        limit_s = min(limit_s, self._limits.request_timeout_s)
        reading = _Reading(self._limits, ends_at=clock() + limit_s, clock=clock)
        try:
            within(
                limit_s,
                # A name may have several addresses, and each has the connect timeout.
                2 * self._limits.connect_timeout_s,
                lambda: self._exchange(session, request, url, limit_s, reading),
                call,
            )
            reply = reading.reply
        except EXPECTED as problem:
            reply = _so_far(reading.reply, problem)
            shown = certificate_error(problem)
            if shown is not None and not reading.proxy:
                look_s = min(self._limits.connect_timeout_s, reading.left_s)
                reply.error = what_was_shown(url, shown, look_s)
            if reading.proxy:
                reply.error = f"{reply.error} (through the proxy {reading.proxy})"
        finally:
            reply.has_sent = call.has_sent
            if call.given_up:
                # The thread left behind may still be at the session's connections.
                self._session = new_session()
            if fresh:
                close(session)
        return reply

    def _exchange(
        self,
        session: requests.Session,
        request: Request,
        url: str,
        limit_s: float,
        reading: _Reading,
    ) -> None:
        prepared = session.prepare_request(
            requests.Request(
                request.method,
                url,
                params=list(request.query),
                headers=dict(request.headers),
                json=request.json,
                data=None if request.text is None else request.text.encode(),
                auth=NoNetrc(),
            )
        )
        ambient = session.merge_environment_settings(
            url, {}, True, self._trust.bundle, self._trust.identity
        )
        if self._direct:
            ambient["proxies"] = {}
        reading.proxy = _host_of_proxy(select_proxy(url, ambient["proxies"]) or "")
        timeout_s = (
            min(self._limits.connect_timeout_s, limit_s),
            min(self._limits.read_timeout_s, limit_s),
        )
        with session.send(
            prepared, **ambient, timeout=timeout_s, allow_redirects=False
        ) as response:
            reading.read(response)


def _host_of_proxy(proxy: str) -> str:
    """The host in a proxy setting, which may have no scheme; the rest may hold a password."""
    if not proxy:
        return ""
    with contextlib.suppress(ValueError):
        host = urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname
        if host:
            return host
    raise ValueError("a proxy setting that can't be read")


class _Reading:
    """Reads an answer in the thread that makes the request; the other one looks at `reply`.

    `proxy` is the host of the proxy that it goes through, if it does.
    """

    def __init__(self, limits: Limits, *, ends_at: float, clock: Clock) -> None:
        self._limits = limits
        self._ends_at = ends_at
        self._clock = clock
        self.reply = Reply()
        self.proxy = ""

    @property
    def left_s(self) -> float:
        """Seconds that the request may still take."""
        return max(0.0, self._ends_at - self._clock())

    def read(self, response: requests.Response) -> None:
        """The status, the headers, and the body within the size cap."""
        call = call_under_way()
        if call is not None and call.given_up:
            # What is read of a connection that was shut is not what the other side has said.
            raise GivenUpError("given up")
        self.reply.status = response.status_code
        self.reply.headers = {n.lower(): value for n, value in response.headers.items()}
        for length in self.reply.headers.get("content-length", "0").split(","):
            if not (length.strip().isascii() and length.strip().isdigit()):
                raise ValueError("a Content-Length that is no number")
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self._limits.max_body_bytes:
                raise ValueError(f"a body of more than {self._limits.max_body_bytes} bytes")
            if self._clock() > self._ends_at:
                raise OverrunError(connected=True)
        self.reply.body = bytes(body)


def _so_far(reply: Reply, problem: BaseException) -> Reply:
    """A copy: the thread left behind may go on changing the other one."""
    return Reply(
        status=reply.status,
        headers=dict(reply.headers),
        error=in_words(problem),
        is_transient=is_transient(problem),
        is_overdue=is_overdue(problem),
    )
