"""Sends one request and reads its response within bounds; turns exceptions into data.

A worker thread sends each request over connections of its own, so that any number of requests may
be in flight at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
from requests.utils import select_proxy

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.certificates import describe_certificate
from pytest_apismoke.http.connections import NoNetrc, close, new_session
from pytest_apismoke.http.deadline import PendingRequest, Underway, within
from pytest_apismoke.http.error_words import FetchFailure, ProxyLoginError, ProxySettingError
from pytest_apismoke.http.flight import Flight, Reply
from pytest_apismoke.http.reading import Reading
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.worker_pool import WorkerPool

#: The time by which a socket that has all the time of its request outlasts it, in seconds: so the
#: deadline of the request always comes first, and the failure always has the same words. The
#: connect timeout, too: a proxy's tunnel is read with it.
_SOCKET_LATER_S = 1.0


def _nothing() -> None:
    """Where nobody wants to know that a worker is free."""


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
        # Apart from them: a worker that has a connection is there for a request that may use it.
        self._fresh_workers = WorkerPool(new_session, close)

    def close(self) -> None:
        """Closes the kept connections."""
        self._workers.close()
        self._fresh_workers.close()

    def send(
        self, request: Request, url: str, *, fresh: bool, limit_s: float, clock: Clock
    ) -> Reply:
        """Sends a request and reads the whole response; see `start` and `Flight.reply`."""
        pending = PendingRequest()
        try:
            flight = self._start(
                pending, request, url, fresh=fresh, limit_s=limit_s, clock=clock, when_done=_nothing
            )
            return flight.reply()
        except BaseException:
            # A signal handler may interrupt between the start and the wait, too.
            pending.abandon()
            raise

    def start(
        self,
        request: Request,
        url: str,
        *,
        fresh: bool,
        limit_s: float,
        clock: Clock,
        when_done: Callable[[], object] = _nothing,
    ) -> Flight:
        """Starts to send a request, and returns at once.

        Args:
            request: what to send.
            url: where to, without the query.
            fresh: over a connection of its own.
            limit_s: seconds for the whole request, where that is less than its own limit.
            clock: a monotonic clock in seconds.
            when_done: called in the worker's thread when the worker is free for the next request,
                also when this one failed; must not raise. After a request that was abandoned it is
                called when the worker has noticed.

        """
        return self._start(
            PendingRequest(),
            request,
            url,
            fresh=fresh,
            limit_s=limit_s,
            clock=clock,
            when_done=when_done,
        )

    def _start(
        self,
        pending: PendingRequest,
        request: Request,
        url: str,
        *,
        fresh: bool,
        limit_s: float,
        clock: Clock,
        when_done: Callable[[], object],
    ) -> Flight:
        limit_s = min(limit_s, self._limits.request_timeout_s)
        reading = Reading(self._limits, ends_at=clock() + limit_s, clock=clock)

        def exchange(kept: requests.Session) -> None:
            if not fresh:
                self._exchange(kept, request, url, limit_s, reading)
                return
            session = new_session()
            try:
                self._exchange(session, request, url, limit_s, reading)
            finally:
                close(session)

        underway = Underway(
            exchange,
            pending,
            workers=self._fresh_workers if fresh else self._workers,
            limit_s=limit_s,
            # A name may have several addresses, and each has the connect timeout.
            connect_limit_s=2 * self._limits.connect_timeout_s,
            clock=clock,
            when_done=when_done,
        )

        def look(failure: FetchFailure) -> FetchFailure:
            return self._with_certificate(failure, url, limit_s - underway.duration_s)

        return Flight(underway, pending, reading, look)

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
        reading: Reading,
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
