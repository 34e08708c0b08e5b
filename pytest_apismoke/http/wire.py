"""Sends one request and reads its response within bounds; turns exceptions into data.

A worker thread sends each request over connections of its own, so that any number of requests may
be in flight at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import field, replace
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
from requests.utils import select_proxy

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.certificates import describe_certificate
from pytest_apismoke.http.connections import NoNetrc, NothingSentError, close, new_session
from pytest_apismoke.http.deadline import (
    AbandonedError,
    DeadlineExceededError,
    PendingRequest,
    current_request,
    within,
)
from pytest_apismoke.http.error_words import (
    EXPECTED,
    BodyTooLargeError,
    ContentLengthError,
    FetchFailure,
    FetchProblem,
    ProxyLoginError,
    ProxySettingError,
    explain,
)
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.worker_pool import WorkerPool
from pytest_apismoke.records import dataclass

_CHUNK_BYTES = 65536
#: The time by which a socket that has all the time of its request outlasts it, in seconds: so the
#: deadline of the request always comes first, and the failure always has the same words. The
#: connect timeout, too: a proxy's tunnel is read with it.
_SOCKET_LATER_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The response to one attempt, as far as it could be read.

    Header names are in lower case. `failure` says why it is not complete: a reset within the body
    leaves both a status and a failure. `has_sent` says whether the request may have arrived,
    `over_kept` whether it went over a connection that had carried others, `has_answered` whether
    anything at all came back.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: FetchFailure | None = None
    has_sent: bool = False
    over_kept: bool = False
    has_answered: bool = False


class Wire:
    """Sends requests over kept or fresh connections, from any number of threads.

    Cookies are neither kept nor sent, redirects are not followed, and `.netrc` is not read: what is
    tested is the request as given. Proxies and CA bundles from the environment are honoured.

    Args:
        limits: of one request.
        trust: the certificates to trust and to show.
        direct: bypasses every proxy.

    """

    def __init__(self, limits: Limits, *, trust: TlsFiles, direct: bool) -> None:
        self._limits = limits
        self._trust = trust
        self._direct = direct
        # A session a worker: a request that is abandoned shuts down no other one's connection.
        self._workers = WorkerPool(new_session, close)

    def close(self) -> None:
        """Closes the kept connections."""
        self._workers.close()

    def send(
        self, request: Request, url: str, *, fresh: bool, limit_s: float, clock: Clock
    ) -> Reply:
        """Sends a request and reads the whole response; raises nothing but an interruption.

        Args:
            request: what to send.
            url: where to, without the query.
            fresh: over a connection of its own.
            limit_s: seconds for the whole request, where that is less than its own limit.
            clock: a monotonic clock in seconds.

        """
        pending = PendingRequest()
        limit_s = min(limit_s, self._limits.request_timeout_s)
        reading = _Reading(self._limits, ends_at=clock() + limit_s, clock=clock)

        def exchange(kept: requests.Session) -> None:
            if not fresh:
                self._exchange(kept, request, url, limit_s, reading)
                return
            session = new_session()
            try:
                self._exchange(session, request, url, limit_s, reading)
            finally:
                close(session)

        failure: FetchFailure | None = None
        try:
            within(
                exchange,
                pending,
                workers=self._workers,
                limit_s=limit_s,
                # A name may have several addresses, and each has the connect timeout.
                connect_limit_s=2 * self._limits.connect_timeout_s,
            )
            if not (pending.has_sent and pending.has_received):
                reading.forget()
                raise NothingSentError("a response that was made up")
        except EXPECTED as error:
            failure = explain(error, proxy=reading.proxy)
            if failure.problem is FetchProblem.UNTRUSTED_CERTIFICATE and not failure.proxy:
                failure = self._with_certificate(failure, url, reading.left_s)
        return Reply(
            status=reading.status,
            headers=dict(reading.headers),
            body=b"" if failure else reading.body,
            failure=failure,
            has_sent=pending.has_sent,
            over_kept=pending.has_sent and not pending.has_connected,
            has_answered=pending.has_received,
        )

    def _with_certificate(self, failure: FetchFailure, url: str, left_s: float) -> FetchFailure:
        look_s = min(self._limits.connect_timeout_s, left_s)
        # The server may be gone by now: the reason alone has to do then.
        with contextlib.suppress(OSError, ValueError):
            certificate = within(
                lambda _: describe_certificate(url, look_s),
                PendingRequest(),
                workers=self._workers,
                limit_s=look_s,
                connect_limit_s=look_s,
            )
            return replace(failure, words=f"{failure.words} ({certificate})")
        return failure

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
                data=_data(request),
                auth=NoNetrc(),
            )
        )
        ambient = session.merge_environment_settings(
            url, {}, True, self._trust.bundle, self._trust.identity
        )
        if self._direct:
            ambient["proxies"] = {}
        reading.proxy = _host_of_proxy(select_proxy(url, ambient["proxies"]) or "")
        outlasting_s = limit_s + _SOCKET_LATER_S
        timeout_s = (
            min(self._limits.connect_timeout_s, outlasting_s),
            min(self._limits.read_timeout_s, outlasting_s),
        )
        with session.send(
            prepared, **ambient, timeout=timeout_s, allow_redirects=False
        ) as response:
            reading.read(response)
        if reading.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and reading.proxy:
            # Only proxies answer so (RFC 9110, 15.5.8).
            raise ProxyLoginError("407")


def _data(request: Request) -> bytes | list[tuple[str, str]] | None:
    if request.form is not None:
        return list(request.form)
    return request.content if request.text is None else request.text.encode()


def _host_of_proxy(proxy: str) -> str:
    """The host in a proxy setting, which may have no scheme; the rest may hold a password."""
    if not proxy:
        return ""
    with contextlib.suppress(ValueError):
        host = urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname
        if host:
            return host
    raise ProxySettingError("an invalid proxy setting")


class _Reading:
    """A response as far as it was read: a worker writes it, the thread that waits looks at it.

    `proxy` is the host of the proxy that the request goes through, or empty.
    """

    def __init__(self, limits: Limits, *, ends_at: float, clock: Clock) -> None:
        self._limits = limits
        self._ends_at = ends_at
        self._clock = clock
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.proxy = ""

    @property
    def left_s(self) -> float:
        """Seconds that the request may still take."""
        return max(0.0, self._ends_at - self._clock())

    def forget(self) -> None:
        """Drops a response that is not the target's."""
        self.status, self.headers, self.body = None, {}, b""

    def read(self, response: requests.Response) -> None:
        """Reads the status, the headers, and the body within the size limit."""
        request = current_request()
        if request is not None and request.is_abandoned:
            # A connection that was shut down ends where its server did not.
            raise AbandonedError("abandoned")
        self.status = response.status_code
        self.headers = {n.lower(): value for n, value in response.headers.items()}
        if cookies := response.raw.headers.getlist("set-cookie"):
            # A line each: their dates have commas, so they can't be joined by any (RFC 6265, 3).
            self.headers["set-cookie"] = "\n".join(cookies)
        for length in self.headers.get("content-length", "0").split(","):
            if not (length.strip().isascii() and length.strip().isdigit()):
                raise ContentLengthError("a Content-Length that is not a number")
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self._limits.max_body_bytes:
                raise BodyTooLargeError(f"a body of more than {self._limits.max_body_bytes} bytes")
            if self._clock() > self._ends_at:
                raise DeadlineExceededError(connected=True)
        self.body = bytes(body)
