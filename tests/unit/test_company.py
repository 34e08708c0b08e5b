"""A request that is sent beside the proof of a restore: sooner, and judged as in its turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import pytest
from unit.conftest import FakeClock
from unit.declaring import BASE_URL, TOKEN, context_of, settings_of
from unit.played_wire import Played, PlayedWire, Server

from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.model import Check, CheckContext, CheckResult
from pytest_apismoke.checks.runner import Runner
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Limits, TargetProfile
from pytest_apismoke.errors import Category
from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.ahead_request import AheadRequest
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.company import Company
from pytest_apismoke.http.departure import TargetSender
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.rate import Rate
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.retry import AT_MOST_IN_A_RUN
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.window import Window
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.declaring import Backend

    from pytest_apismoke.http.wire import Wire

GOOD = Played(body={"id": 7})
PATHS = {"/start": GOOD, "/settings": GOOD, "/orders": GOOD}
READ, START = "GET /settings", "GET /start"


class AtFirst(Server):
    """Says something else the first time that it is asked for the start."""

    def __init__(self, first: Played, paths: Mapping[str, Played] = PATHS) -> None:
        super().__init__(paths)
        self._first = first

    def said(self, request: Request, now: float) -> tuple[Played, float]:
        """What was said first, once."""
        if request.path == "/start" and self.requests.count(START) == 1:
            return self._first, self._first.takes_s
        return super().said(request, now)


class _Place:
    """A target and what keeps its secrets, for the context of a check."""

    def __init__(self, target: Target, redactor: Redactor) -> None:
        self.target, self.redactor = target, redactor
        self.course: list[str] = []


def get(path: str) -> Request:
    return Request(method="GET", path=path)


@dataclass
class Bench:
    """A run of `restore`, `state`, `start` and `orders` against a played server."""

    server: Server
    at_once: int = 16
    rate: float | None = None
    limits: Limits = Limits()  # noqa: RUF009  # a frozen record
    request_s: float = 50.0
    total_s: float = 1_000.0
    restore_is_alone: bool = False

    def __post_init__(self) -> None:
        clock = FakeClock()
        self.wire = wire = PlayedWire(self.server, clock, most_s=self.request_s)
        budget = Budget(self.total_s, reserved_s=0.0, clock=clock, sleep=wire.sleep)
        redactor, turns = Redactor(), Rate(self.rate, clock=clock)
        self.client = Client(
            BASE_URL, redactor=redactor, limits=self.limits, budget=budget, rate=turns
        )
        self.client._wire = cast("Wire", wire)
        profile = replace(TargetProfile(), limits=self.limits)
        auth = Auth(self.client, profile.login, Credentials(token=TOKEN))
        target = Target(self.client, auth, profile)
        context = context_of(
            cast("Backend", _Place(target, redactor)),
            settings=replace(settings_of(), profile=profile),
        )
        self.ahead = Ahead(
            TargetSender(target),
            at_once=self.at_once,
            rate=turns,
            clock=clock,
            later=lambda seconds, function: wire.at(clock.now + seconds, function),
        )
        self.needs_restoring = True
        self.checks = {one.id: one for one in self._checks()}
        self.runner = Runner(self.checks, context, Judge(redactor), self.ahead)
        self.runner.expect(self.checks)

    def _checks(self) -> tuple[Check, ...]:
        start = AheadRequest(
            request=get("/start"), goes_with_proof=True, limit_s=self.limits.latency_s
        )
        return (
            Check(
                id="restore",
                api="settings",
                stage="restore",
                run=self._restore,
                writes=True,
                may_write=True,
                needs_cleanup=lambda: self.needs_restoring,
            ),
            Check(
                id="state",
                api="calendar",
                stage="state",
                run=lambda _: CheckResult(verified="it holds"),
            ),
            Check(
                id="start",
                api="calendar",
                stage="start",
                run=lambda context: self._ask("/start", context),
                after=("state",),
                ahead=start,
            ),
            Check(
                id="orders",
                api="orders",
                stage="orders",
                run=lambda context: self._ask("/orders", context),
                ahead=AheadRequest(request=get("/orders")),
            ),
        )

    def _restore(self, context: CheckContext) -> CheckResult:
        """Stands for the suite: restoring goes without the ticket, and sends its company."""
        if context.company is not None:
            context.company.send()
        self.client.recording(context.recorder).send(get("/settings"), restoring=True)
        if self.restore_is_alone and context.company is not None:
            assert context.company.give_way()
        self.needs_restoring = False
        return CheckResult(verified="it was put back")

    def _ask(self, path: str, context: CheckContext) -> CheckResult:
        response = context.target.send(get(path))
        if response.status != 200:
            raise response.not_as_expected("200", category=Category.FETCH)
        return CheckResult(verified=f"{path} answers")

    def run(self) -> dict[str, CheckResult]:
        return {name: self.runner.result(name) for name in self.checks}

    @property
    def retries_left(self) -> int:
        return self.client._pace._retries_left


def test_it_is_sent_with_the_proof_and_judged_in_its_turn_with_its_own_time() -> None:
    server = Server({**PATHS, "/start": replace(GOOD, takes_s=0.3)})

    bench = Bench(server)
    results = bench.run()

    assert all(result.passed for result in results.values())
    # Over a kept connection it would overtake the reads, which have one each.
    assert bench.wire.fresh == ["/start"]
    assert (server.requests, server.most_at_once) == ([START, READ, "GET /orders"], 2)
    start = results["start"]
    assert [round(one.duration_s, 3) for one in start.exchanges] == [0.3]
    assert (round(start.duration_s, 3), start.notes) == (0.3, ())


@pytest.mark.parametrize(
    ("first", "statuses"),
    [
        (Played(status=429, headers={"retry-after": "2"}), [200]),
        (Played(status=502), [502, 200]),
        (Played(status=503), [503, 200]),
        (Played(status=504), [504, 200]),
        (Played(is_reset=True), [None, 200]),
        (Played(takes_s=5_000.0), [200]),
        (replace(GOOD, takes_s=1.5), [200]),
    ],
    ids=["429", "502", "503", "504", "reset", "no answer in time", "late"],
)
def test_what_may_be_due_to_its_company_is_asked_again_alone_and_costs_no_retry(
    first: Played, statuses: list[int | None]
) -> None:
    server = AtFirst(first)
    bench = Bench(server, limits=replace(Limits(), latency_s=1.0))

    results = bench.run()

    assert all(result.passed for result in results.values())
    assert server.requests.count(START) == 2
    assert [one.status for one in results["start"].exchanges] == statuses
    assert bench.retries_left == AT_MOST_IN_A_RUN


def test_a_refusal_for_the_number_of_requests_counts_the_proof() -> None:
    results = Bench(AtFirst(Played(status=429))).run()
    assert results["start"].notes == (
        "the target answered with status 429 while 2 requests were in flight: it was asked again,"
        " and fewer at once (--smoke-concurrency and --smoke-rate set how many)",
    )


@pytest.mark.parametrize(
    "first", [replace(GOOD, status=500), replace(GOOD, status=404)], ids=["500", "404"]
)
def test_every_other_answer_counts(first: Played) -> None:
    server = AtFirst(first)
    results = Bench(server).run()
    assert (results["start"].passed, server.requests.count(START)) == (False, 1)


@pytest.mark.parametrize(
    "always",
    [
        Played(status=429),
        Played(status=503),
        Played(is_reset=True),
        Played(takes_s=5_000.0),
        Played(status=500),
    ],
    ids=["429", "503", "reset", "no answer in time", "500"],
)
def test_what_fails_alone_fails_as_one_after_the_other(always: Played) -> None:
    paths = {**PATHS, "/start": always}
    one, many = (
        {name: plain(result) for name, result in Bench(Server(paths), at_once=n).run().items()}
        for n in (1, 16)
    )
    assert many == one
    assert not one["start"].passed


def plain(result: CheckResult) -> CheckResult:
    """A result without its times, and how often the target said the same."""
    return replace(result, duration_s=0.0, exchanges=())


def test_one_after_the_other_it_waits_for_its_turn() -> None:
    server = Server(PATHS)
    Bench(server, at_once=1).run()
    assert (server.requests, server.most_at_once) == ([READ, START, "GET /orders"], 1)


def company_of(bench: Bench) -> Company:
    """The company of the restore, sent."""
    start = bench.checks["start"].ahead
    assert start is not None
    company = Company(bench.ahead, {"start": start})
    company.send()
    return company


def test_what_gives_way_is_abandoned_and_its_end_says_nothing_about_the_target() -> None:
    bench = Bench(Server({**PATHS, "/start": Played(status=503, takes_s=0.3)}))
    company = company_of(bench)
    [flight] = bench.wire.in_flight()

    assert (company.give_way(), flight.is_abandoned) == (True, True)
    bench.wire.sleep(1.0)

    assert (bench.ahead._is_paused, bench.ahead._too_many) == (False, 0)


def test_what_was_answered_does_not_give_way() -> None:
    bench = Bench(Server(PATHS))
    company = company_of(bench)
    bench.wire.sleep(1.0)
    assert company.give_way()
    assert bench.runner.result("start").passed
    assert bench.server.requests.count(START) == 1


def test_company_comes_once() -> None:
    bench = Bench(Server(PATHS))
    company_of(bench).send()
    bench.wire.sleep(1.0)
    assert bench.server.requests == [START]


def test_what_was_judged_before_is_not_sent_again() -> None:
    """As in a run that another plugin has put in another order."""
    bench = Bench(Server(PATHS))
    results = [bench.runner.result(name).passed for name in ("start", "restore")]
    assert (results, bench.server.requests.count(START)) == ([True, True], 1)


def test_what_has_given_way_is_sent_by_its_check() -> None:
    server = AtFirst(replace(GOOD, takes_s=40.0))

    results = Bench(server, restore_is_alone=True).run()

    assert all(result.passed for result in results.values())
    assert server.requests == [START, READ, START, "GET /orders"]


def test_it_takes_its_turn_where_the_rate_is_limited() -> None:
    """What puts a document back waits for none."""
    server = Server(PATHS)
    bench = Bench(server, rate=2.0)
    bench.client.rate.take_turn()

    results = bench.run()

    assert all(result.passed for result in results.values())
    told = [
        (asked, round(at - 1000.0, 3))
        for asked, at in zip(server.requests, server.moments, strict=True)
    ]
    assert told == [(READ, 0.0), (START, 0.5), ("GET /orders", 1.0)]


def test_how_long_it_took_says_nothing_about_how_many_others_may_be_in_flight() -> None:
    """The first of those goes alone as ever."""
    bench = Bench(Server(PATHS))
    bench.run()
    # The orders were the first that the window has seen.
    after_the_orders = Window.opening(bench.at_once).after_answer(GOOD.takes_s)
    assert bench.ahead._window.at_once == after_the_orders.at_once


def test_a_restore_after_the_end_of_the_run_sends_nothing_else() -> None:
    server = Server(PATHS)
    bench = Bench(server)

    bench.ahead.close()
    ended = [(check.id, result.passed) for check, result in bench.runner.close()]

    assert (ended, server.requests) == ([("restore", True)], [READ])


def test_nothing_is_sent_beside_a_proof_once_the_time_is_spent() -> None:
    server = Server(PATHS)
    bench = Bench(server, total_s=0.0)
    company = Company(bench.ahead, {"start": AheadRequest(request=get("/start"))})

    company.send()

    assert (company.give_way(), server.requests) == (False, [])
