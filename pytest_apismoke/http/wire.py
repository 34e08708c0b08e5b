"""Sends one request and reads its response within bounds; turns exceptions into data.

A worker thread sends each request over connections of its own, so that any number of requests may
be in flight at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlsplit

import urllib3
from urllib3.util import SKIP_HEADER

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.deadline import PendingRequest, Underway, within
from pytest_apismoke.http.error_words import FetchFailure, ProxyLoginError
from pytest_apismoke.http.flight import Flight, Reply
from pytest_apismoke.http.outgoing import Outgoing, outgoing
from pytest_apismoke.http.pools import Connections, Route
from pytest_apismoke.http.proxies import host_of_proxy, proxy_for, target_through
from pytest_apismoke.http.reading import Reading
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.urls import full_url, request_target
from pytest_apismoke.http.worker_pool import WorkerPool

#: The time by which a socket that has all the time of its request outlasts it, in seconds: so the
#: deadline of the request always comes first, and the failure always has the same words. The
#: connect timeout, too: a proxy's tunnel is read with it.
_SOCKET_LATER_S = 1.0
#: Retries are for whoever knows what a request does.
_NO_RETRIES = urllib3.Retry(0, read=False)


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
        # Each worker has its own: an abandoned request shuts down no other one's connection.
        self._workers = WorkerPool(Connections, Connections.close)
        # Apart from them: a worker that has a connection is there for a request that may use it.
        self._fresh_workers = WorkerPool(Connections, Connections.close)
        #: Is called whenever a request has been sent, in the worker's thread; must not raise.
        self.when_waiting: Callable[[], object] | None = None
        #: The ways to the origins so far, which the environment decides on once.
        self._routes: dict[tuple[str, str], Route] = {}

    def close(self) -> None:
        """Closes the kept connections."""
        self._workers.close()
        self._fresh_workers.close()

    def send(
        self,
        request: Request,
        url: str,
        *,
        fresh: bool,
        limit_s: float,
        clock: Clock,
        marks: Mapping[str, str] | None = None,
    ) -> Reply:
        """Sends a request and reads the whole response; see `start` and `Flight.reply`."""
        pending = PendingRequest(self.when_waiting)
        try:
            flight = self._start(
                pending,
                request,
                url,
                fresh=fresh,
                workers=self._fresh_workers if fresh else self._workers,
                limit_s=limit_s,
                clock=clock,
                marks=marks,
                when_done=_nothing,
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
        marks: Mapping[str, str] | None = None,
        when_done: Callable[[], object] = _nothing,
    ) -> Flight:
        """Starts to send a request, and returns at once.

        Args:
            request: what to send.
            url: where to, without the query.
            fresh: over a connection of its own, for which a worker's kept one is closed: so there
                are never more of them than requests that were in flight at once.
            limit_s: seconds for the whole request, where that is less than its own limit.
            clock: a monotonic clock in seconds.
            marks: the headers that say which request of which run it is; see `outgoing`.
            when_done: called in the worker's thread when the worker is free for the next request,
                also when this one failed; must not raise. After a request that was abandoned it is
                called when the worker has noticed.

        """
        return self._start(
            PendingRequest(self.when_waiting),
            request,
            url,
            fresh=fresh,
            workers=self._workers,
            limit_s=limit_s,
            clock=clock,
            marks=marks,
            when_done=when_done,
        )

    def _start(
        self,
        pending: PendingRequest,
        request: Request,
        url: str,
        *,
        fresh: bool,
        workers: WorkerPool[Connections],
        limit_s: float,
        clock: Clock,
        marks: Mapping[str, str] | None,
        when_done: Callable[[], object],
    ) -> Flight:
        limit_s = min(limit_s, self._limits.request_timeout_s)
        reading = Reading(self._limits, ends_at=clock() + limit_s, clock=clock)

        def exchange(kept: Connections) -> None:
            reading.sent = sent = outgoing(request, marks)
            whole = full_url(url, request.query)
            if not fresh:
                self._exchange(kept, sent, whole, limit_s, reading)
                return
            kept.close()
            with contextlib.closing(kept):
                self._exchange(kept, sent, whole, limit_s, reading)

        underway = Underway(
            exchange,
            pending,
            workers=workers,
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
        from pytest_apismoke.http.certificates import describe_certificate

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
        connections: Connections,
        sent: Outgoing,
        whole: str,
        limit_s: float,
        reading: Reading,
    ) -> None:
        route = self._route(whole)
        reading.proxy = route.proxy_host
        target = request_target(whole)
        outlasting_s = limit_s + _SOCKET_LATER_S
        response = connections.pool(route).urlopen(
            sent.method,
            target_through(route.proxy, whole, target) if route.proxy else target,
            body=sent.body,
            headers=_and_no_more(sent.headers),
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            retries=_NO_RETRIES,
            timeout=_timeout(
                min(self._limits.connect_timeout_s, outlasting_s),
                min(self._limits.read_timeout_s, outlasting_s),
            ),
        )
        try:
            reading.read(response)
        finally:
            # Where the body was not read to its end, the connection with it.
            response.close()
            response.release_conn()
        if reading.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and reading.proxy:
            # Only proxies answer so (RFC 9110, 15.5.8).
            raise ProxyLoginError("407")

    def _route(self, url: str) -> Route:
        parts = urlsplit(url)
        origin = parts.scheme, parts.netloc
        if origin not in self._routes:
            if parts.scheme not in ("http", "https"):
                raise ValueError(f"No connection adapters were found for {url!r}")
            proxy = "" if self._direct else proxy_for(url)
            self._routes[origin] = Route(
                scheme=parts.scheme,
                host=parts.hostname or "",
                port=parts.port,
                tls=self._trust,
                proxy=proxy,
                proxy_host=host_of_proxy(proxy),
            )
        return self._routes[origin]


def _and_no_more(headers: dict[str, str]) -> dict[str, str]:
    """The headers, so that urllib3 adds none of its own: it names itself where nobody else does."""
    if any(name.lower() == "user-agent" for name in headers):
        return headers
    return {**headers, "User-Agent": SKIP_HEADER}


@lru_cache(maxsize=16)
def _timeout(connect_s: float, read_s: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=connect_s, read=read_s)
