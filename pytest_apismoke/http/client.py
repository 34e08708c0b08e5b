"""HTTP with deadlines, a size cap and retries that can't lie.

One wall: whatever goes wrong on the wire leaves here as a `SmokeError` of the category `fetch` (or
`budget`), and every request leaves an `Exchange` behind, answered or not.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.errors import Category, fail
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request, curl_line, with_query
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import AT_MOST_IN_A_RUN, Attempts
from pytest_apismoke.http.wire import Reply, Wire
from pytest_apismoke.redaction import Redactor

_CLOCKS_DIFFER_S = 0.1
_REQUEST_ID_HEADERS = (
    "x-request-id",
    "x-correlation-id",
    "request-id",
    "cf-ray",
    "x-amzn-trace-id",
)


#: Compares a response with what an OpenAPI document says of it; None where that says nothing.
ResponseValidator = Callable[[Request, Response], ConformanceResult | None]


@dataclass(slots=True)
class _Pace:
    """What all requests of a process have in common: how slow the slowest was, and the retries."""

    retries_left: int
    slowest_s: float = 0.0


class Client:
    """Sends requests to one base URL and records each exchange in the recorder that it was given.

    Args:
        base_url: without a trailing slash.
        redactor: knows the secrets of this run.
        limits: of one request.
        budget: of the run.
        trust: the certificates to trust and to show.
        direct: passes every proxy by.
        retries: whether a request may be sent again; not where the caller asks again itself.
        recorder: keeps the exchanges; see `recording`.
        validator: is shown every final response; what it finds stays on the exchange.

    """

    def __init__(
        self,
        base_url: str,
        *,
        redactor: Redactor,
        limits: Limits,
        budget: Budget,
        trust: TlsFiles | None = None,
        direct: bool = False,
        retries: bool = True,
        recorder: Recorder | None = None,
        validator: ResponseValidator | None = None,
    ) -> None:
        self.base_url = base_url
        self.redactor = redactor
        self.budget = budget
        self.recorder = recorder or Recorder()
        self.validator = validator
        self._pace = _Pace(AT_MOST_IN_A_RUN if retries else 0)
        self._wire = Wire(limits, trust=trust or TlsFiles(), direct=direct)

    @property
    def slowest_s(self) -> float:
        """How long the slowest request of this process took, in seconds."""
        return self._pace.slowest_s

    def expect_at_least(self, slowest_s: float) -> None:
        """Takes note of how long requests took in another process of this run."""
        self._pace.slowest_s = max(self._pace.slowest_s, slowest_s)

    def recording(self, recorder: Recorder) -> Client:
        """The same client, over the same connections, with another recorder."""
        view = copy.copy(self)
        view.recorder = recorder
        return view

    def close(self) -> None:
        """Closes the connections."""
        self._wire.close()

    def send(self, request: Request, *, fresh: bool = False, restoring: bool = False) -> Response:
        """Sends one request and reads the whole answer; sends it again where that can't lie.

        Args:
            request: what to send.
            fresh: over a connection of its own, so that no state of an earlier one can help.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: `fetch` when no complete answer came, `budget` when the time is spent.

        """
        attempts = Attempts(request)
        number = 1
        while True:
            reply, exchange = self._send_once(request, number, fresh=fresh, restoring=restoring)
            wait_s = attempts.next_wait_s(reply)
            if wait_s is None or not self._can_wait(wait_s, restoring=restoring):
                return self._conclude(request, reply, exchange, restoring=restoring)
            self.recorder.add(exchange)
            self._pace.retries_left -= 0 if restoring else 1
            number += 1
            self.budget.pause(wait_s)

    def _can_wait(self, wait_s: float, *, restoring: bool) -> bool:
        # The target comes first: what restores it may be sent again at any time.
        allowed = restoring or self._pace.retries_left > 0
        return allowed and self.budget.remaining_s(restoring=restoring) > wait_s + self.slowest_s

    def _send_once(
        self, request: Request, number: int, *, fresh: bool, restoring: bool
    ) -> tuple[Reply, Exchange]:
        url = self.base_url + request.path
        limit_s = self.budget.require(f"{request.method} {url}", restoring=restoring)
        started = self.budget.clock()
        reply = self._wire.send(request, url, fresh=fresh, limit_s=limit_s, clock=self.budget.clock)
        duration_s = self.budget.clock() - started
        self._pace.slowest_s = max(self._pace.slowest_s, duration_s)
        exchange = Exchange.record(
            self.redactor,
            method=request.method,
            url=with_query(url, request.query),
            status=reply.status,
            duration_s=duration_s,
            request_id=next(
                (reply.headers[n] for n in _REQUEST_ID_HEADERS if n in reply.headers), None
            ),
            body=self._body(request, reply),
            error=reply.error,
            curl=curl_line(request, url, self.redactor),
            attempt=number,
        )
        return reply, exchange

    def _body(self, request: Request, reply: Reply) -> str:
        text = reply.body.decode("utf-8", "replace")
        hides = request.answers_secret and (reply.status or 0) < 400
        return self.redactor.shape(text) if hides else text

    def _shown(self, request: Request, reply: Reply) -> dict[str, str]:
        headers = self.redactor.headers(reply.headers)
        if request.answers_secret and "location" in headers:
            headers["location"] = _host_only(headers["location"])
        return headers

    def _conclude(
        self, request: Request, reply: Reply, exchange: Exchange, *, restoring: bool
    ) -> Response:
        """Records the last attempt and returns its response.

        Raises:
            SmokeError: as `send`.

        """
        if reply.error is None and reply.status is not None:
            response = Response(
                status=reply.status,
                headers=reply.headers,
                body=reply.body,
                exchange=exchange,
                shown=self._shown(request, reply),
            )
            try:
                # The target comes first: a restoring request is not kept waiting by a validation.
                if self.validator and not restoring:
                    exchange = replace(exchange, held=self.validator(request, response))
            finally:
                self.recorder.add(exchange)
            return replace(response, exchange=exchange)
        self.recorder.add(exchange)
        where = f"{exchange.method} {exchange.url}"
        # A socket's clock may be a little ahead of the budget's.
        nothing_left_s = _CLOCKS_DIFFER_S if reply.is_overdue else 0.0
        if self.budget.remaining_s(restoring=restoring) <= nothing_left_s:
            raise self.budget.spent(where)
        raise fail(
            Category.FETCH,
            expected="an answer",
            seen=exchange.error or "none",
            where=where,
            hint=_hint(exchange.error or "", is_transient=reply.is_transient),
        )


def _host_only(location: str) -> str:
    """Enough to see where a redirect leads."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "..."
    return f"{parts.scheme}://{parts.netloc}/..."


def _hint(error: str, *, is_transient: bool) -> str:
    if "client certificate" in error:
        return (
            "name the certificate to show in APISMOKE_CLIENT_CERT, and its key in"
            " APISMOKE_CLIENT_KEY where that is a file of its own"
        )
    if "certificate" in error:
        return (
            "renew or complete the certificate on the target; for an authority of your own, name"
            " its file in APISMOKE_CA_BUNDLE"
        )
    if is_transient or error.startswith("no ") or "proxy" in error:
        return (
            "check that the service is up and reachable from here,"
            " and look into its log around this time"
        )
    return (
        "look at what answers with the curl line: something did, but not as HTTP has it;"
        " a proxy or a gateway in between may be the cause"
    )
