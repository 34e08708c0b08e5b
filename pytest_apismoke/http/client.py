"""The HTTP client: deadlines, a size limit, and retries that hide no broken target.

A failed request raises a `SmokeError` of the category `fetch` or `budget`; every attempt is
recorded as an `Exchange`, with or without a response.

Long because what every request is bound to stands together: its deadline, its turn, its further
attempts, and its record.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.http.ahead_request import Departed
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.freshness import NewestDate
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.observation import exchange_of, response_of
from pytest_apismoke.http.rate import Rate
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import SAFE_METHODS, Request, refuse_other_host, with_headers
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import AT_MOST, AT_MOST_IN_A_RUN, TOO_MANY, Attempts, Pace
from pytest_apismoke.http.side_by_side import SideBySide
from pytest_apismoke.http.ticket import Answer, Ticket
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.http.wire import Wire
from pytest_apismoke.redaction import Redactor

_CLOCKS_DIFFER_S = 0.1

T = TypeVar("T")

#: Validates a response against an OpenAPI document; None if no operation matches the request.
ResponseValidator = Callable[[Request, Response], ConformanceResult | None]
#: The version of the target that a response carries; None if it carries none.
VersionOf = Callable[[Request, Response], str | None]


class Client:
    """Sends requests to one base URL and records each exchange in the recorder that it was given.

    Args:
        base_url: without a trailing slash.
        redactor: knows the secrets of this run.
        limits: of one request.
        budget: of the run.
        trust: the CA certificates, and the client certificate.
        direct: bypasses every proxy.
        retries: whether a request may be sent again; False if the caller repeats it itself.
        recorder: keeps the exchanges; see `recording`.
        validator: validates every final response; its result is kept on the exchange.
        headers: go with every request that has none of that name itself.
        version_of: reads the version that a response carries; None where no version is expected.
        at_once: how many requests may be in flight at once.
        rate: the turns of the requests; by default they need none.
        trace: of the run, on the clock of the budget; each request is marked as a part of it.

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
        headers: Sequence[tuple[str, str]] = (),
        version_of: VersionOf | None = None,
        at_once: int = 16,
        rate: Rate | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._version_of, self._is_strict = version_of, False
        self._ticket: Ticket | None = None
        self.rate = rate or Rate(None, clock=budget.clock)
        self.base_url = base_url
        self._headers, self.trace = tuple(headers), trace
        self.redactor = redactor
        self.budget = budget
        self.recorder = recorder or Recorder()
        self.validator = validator
        self._pace = Pace(AT_MOST_IN_A_RUN if retries else 0)
        #: Is told of a second try: the method and path, what came, and the seconds until then.
        self.on_retry: Callable[[str, str, float], None] | None = None
        self.limits, self.trust = limits, trust or TlsFiles()
        self._wire = Wire(limits, trust=self.trust, direct=direct)
        self._side_by_side, self._newest_date = SideBySide(at_once=at_once), NewestDate()
        self._latency_s = limits.latency_s

    @property
    def slowest_s(self) -> float:
        """The seconds that the slowest request of this process took."""
        return self._pace.slowest_s

    @property
    def newest_date(self) -> datetime | None:
        """The newest Date in the responses of the target so far."""
        return self._newest_date.value

    def expect_at_least(self, slowest_s: float) -> None:
        """Notes the seconds that the slowest request of another process of this run took."""
        self._pace.note(slowest_s)

    def recording(self, recorder: Recorder, ticket: Ticket | None = None) -> Client:
        """The same client, over the same connections, with another recorder.

        Args:
            recorder: the other one.
            ticket: for the first request, if that was sent ahead.

        """
        view = copy.copy(self)
        view.recorder, view._ticket = recorder, ticket
        return view

    def strictly(self) -> Client:
        """The same client, for which each answer counts: it repeats only what was too much."""
        view = copy.copy(self)
        view._is_strict = True
        return view

    def within(self, budget: Budget, *, validator: ResponseValidator | None = None) -> Client:
        """The same client, over the same connections, with another budget and validator."""
        view = copy.copy(self)
        view.budget, view.validator = budget, validator
        return view

    def when_waiting(self, call: Callable[[], object] | None) -> None:
        """Has something called whenever a request was sent and its response is waited for."""
        self._wire.when_waiting = call

    def close(self) -> None:
        """Closes the connections."""
        self._wire.close()
        self._side_by_side.close()

    def together(self, jobs: Sequence[Callable[[Recorder], T]]) -> tuple[T, ...]:
        """Runs jobs side by side, so that together they take as long as the slowest.

        Args:
            jobs: each sends requests with the recorder that it gets. What is recorded there is then
                added to this client's recorder in the order of the jobs, whichever ended first.

        Returns:
            The results in the order of the jobs.

        Raises:
            BaseException: what the first of them has raised, or what a signal handler raises.

        """
        recorders = [Recorder() for _ in jobs]
        calls = [partial(job, recorder) for job, recorder in zip(jobs, recorders, strict=True)]
        try:
            return self._side_by_side.run(calls)
        finally:
            for recorder in recorders:
                self.recorder.take_over(recorder)

    def send(self, request: Request, *, fresh: bool = False, restoring: bool = False) -> Response:
        """Sends one request and reads the whole response; repeats it as `Attempts` allows.

        Args:
            request: what to send.
            fresh: over a new connection, so that no state of an earlier one can help.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: `fetch` when there is no complete response, `budget` when the time is spent,
                `usage` for a path that could lead to another host.

        """
        refuse_other_host(request, self.base_url, self.redactor)
        request = with_headers(request, self._headers)
        attempts = Attempts(request)
        number = 1
        while True:
            reply, exchange = self._attempt(request, number, fresh=fresh, restoring=restoring)
            wait_s = attempts.next_wait_s(reply)
            is_final = self._is_strict and reply.status != TOO_MANY
            is_free = number == 1 and self._ticket is not None and self._ticket.is_of_company
            if (
                wait_s is None
                or is_final
                or not self._may_retry(wait_s, is_free=is_free, restoring=restoring)
            ):
                if self._is_slow(request, reply, exchange) and not restoring:
                    reply, exchange = self._look_again(request, reply, exchange, fresh=fresh)
                return self._conclude(request, reply, exchange, restoring=restoring)
            self.recorder.add(exchange)
            fresh = fresh or attempts.asks_for_a_fresh_connection(reply)
            number += 1
            if self.on_retry is not None:
                came = exchange.error or f"status {exchange.status}"
                self.on_retry(f"{request.method} {request.path}", came, wait_s)
            self.budget.pause(wait_s)

    def start(self, request: Request, *, fresh: bool, when_done: Callable[[], None]) -> Departed:
        """Sends one request and waits for nothing; what comes of it is not recorded.

        Args:
            request: what to send.
            fresh: as in `send`.
            when_done: is called when it has ended, in another thread.

        Raises:
            SmokeError: `budget` when the time is spent, `usage` as in `send`.

        """
        refuse_other_host(request, self.base_url, self.redactor)
        request = with_headers(request, self._headers)
        url = self.base_url + request.path
        flight = self._wire.start(
            request,
            url,
            fresh=fresh,
            limit_s=self._limit_s(request, url, restoring=False),
            clock=self.budget.clock,
            marks=self._marks(),
            when_done=when_done,
        )
        is_encrypted = url.startswith("https:")
        return Departed(request=request, flight=flight, is_encrypted=is_encrypted)

    def _attempt(
        self, request: Request, number: int, *, fresh: bool, restoring: bool
    ) -> tuple[Reply, Exchange]:
        """What came of a request that was sent ahead, else of one that is sent now."""
        ticket = self._ticket
        if ticket is None or restoring:
            return self._send_once(request, number, fresh=fresh, restoring=restoring)
        answer = ticket.take(request)
        if answer and (answer.counts or self._is_the_last(answer)):
            return self._observed(
                request,
                number,
                answer.reply,
                started_at=answer.started_at,
                duration_s=answer.duration_s,
            )
        for _ in range(1 + AT_MOST):
            reply, exchange = self._send_once(request, number, fresh=fresh, restoring=False)
            wait_s = ticket.patience_s(reply)
            if wait_s is None or wait_s >= self.budget.remaining_s():
                break
            self.budget.pause(wait_s)
        if note := ticket.was_answered_alone(reply, exchange.duration_s):
            self.recorder.note(note)
        return reply, exchange

    def _is_the_last(self, answer: Answer) -> bool:
        """Whether a request got no response, and no time is left to send it again alone."""
        return answer.reply.failure is not None and self.budget.remaining_s() <= _CLOCKS_DIFFER_S

    def _is_slow(self, request: Request, reply: Reply, exchange: Exchange) -> bool:
        """Whether a response took so long that its request is to be sent again, to be sure."""
        return (
            self._latency_s is not None
            and reply.failure is None
            and request.method.upper() in SAFE_METHODS
            and self._latency_s < exchange.duration_s < self.budget.remaining_s()
        )

    def _look_again(
        self, request: Request, reply: Reply, exchange: Exchange, *, fresh: bool
    ) -> tuple[Reply, Exchange]:
        """Sends a slow request once more, and records the response that is not returned."""
        again, second = self._send_once(request, exchange.attempt, fresh=fresh, restoring=False)
        if again.failure is None and again.status == reply.status:
            self.recorder.add(exchange)
            return again, second
        # A target that takes one request and not the next is another matter.
        self.recorder.add(second)
        return reply, exchange

    def _may_retry(self, wait_s: float, *, is_free: bool, restoring: bool) -> bool:
        if self.budget.remaining_s(restoring=restoring) <= wait_s + self.slowest_s:
            return False
        # The target comes first: a restoring request may be sent again at any time.
        return restoring or is_free or self._pace.take_retry()

    def _send_once(
        self, request: Request, number: int, *, fresh: bool, restoring: bool
    ) -> tuple[Reply, Exchange]:
        url = self.base_url + request.path
        # The target comes first: restoring waits for nobody.
        with self._ticket.alone() if self._ticket and not restoring else nullcontext():
            turn_of = self._ticket or self.rate
            if not restoring and (wait_s := turn_of.take_turn()):
                self.budget.wait(wait_s, doing=f"{request.method} {url}")
            limit_s = self._limit_s(request, url, restoring=restoring)
            started = self.budget.clock()
            reply = self._wire.send(
                request,
                url,
                fresh=fresh,
                limit_s=limit_s,
                clock=self.budget.clock,
                marks=self._marks(),
            )
            return self._observed(
                request,
                number,
                reply,
                started_at=started,
                duration_s=self.budget.clock() - started,
            )

    def _marks(self) -> dict[str, str] | None:
        """The headers that make the next request a part of the trace."""
        return self.trace.headers() if self.trace else None

    def _limit_s(self, request: Request, url: str, *, restoring: bool) -> float:
        """The seconds that one attempt may take."""
        limit_s = self.budget.require(f"{request.method} {url}", restoring=restoring)
        if request.limit_s is not None:
            limit_s = min(limit_s, request.limit_s)
        # What an update without an answer did is for reads to tell: they need time too.
        return limit_s / 2 if restoring and request.method != "GET" else limit_s

    def _observed(
        self, request: Request, number: int, reply: Reply, *, started_at: float, duration_s: float
    ) -> tuple[Reply, Exchange]:
        url = self.base_url + request.path
        self._pace.note(duration_s)
        exchange = exchange_of(
            request,
            reply,
            self.redactor,
            url=url,
            started_s=max(0.0, started_at - self.trace.began_s) if self.trace else None,
            duration_s=duration_s,
            number=number,
        )
        return reply, exchange

    def _conclude(
        self, request: Request, reply: Reply, exchange: Exchange, *, restoring: bool
    ) -> Response:
        """Records the last attempt and returns its response.

        Raises:
            SmokeError: as `send`; `usage` for a response although nothing was sent.

        """
        if reply.failure is None:
            self._newest_date.note(reply.headers)
            response = response_of(request, reply, exchange, self.redactor)
            if self._version_of and (version := self._version_of(request, response)):
                exchange = replace(exchange, version=self.redactor.text(version))
            try:
                # The target comes first: a restoring request is not kept waiting by a validation.
                if self.validator and not restoring:
                    exchange = replace(exchange, held=self.validator(request, response))
            finally:
                self.recorder.add(exchange)
            # It was made with what is known before the version and the validation.
            known = response.exchange is exchange
            return response if known else replace(response, exchange=exchange)
        self.recorder.add(exchange)
        where = f"{exchange.method} {exchange.url}"
        # A socket's clock may be a little ahead of the budget's.
        nothing_left_s = _CLOCKS_DIFFER_S if reply.failure.is_overdue else 0.0
        if self.budget.remaining_s(restoring=restoring) <= nothing_left_s:
            raise self.budget.spent(where)
        raise NoResponseError.of(reply.failure, where=where, seen=exchange.error or "none")
