"""Requests that take longer than the profile allows: twice in a row is a failure, once is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from unit.loopback import RawServer, says

from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.latency import judge_latency
from pytest_apismoke.checks.model import Check, CheckResult
from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.slowest import slowest
from pytest_apismoke.verdict.outcome import Outcome, Result

if TYPE_CHECKING:
    from unit.conftest import FakeClock

MakeExchange = Callable[..., Exchange]
URL = "https://api.example.com/api"
KEY = ("GET", URL)
TWICE = Failure(
    category=Category.FETCH,
    expected="a response within 1 s",
    seen="one after 1.50 s, and the next after 1.20 s",
    where=f"GET {URL}",
    hint="find out what makes it slow, or raise latency_s in [limits] of apismoke.toml",
)
ONCE = f"slow: GET {URL} took 1.50 s, once longer than the limit of 1 s"
NEAR = f"slow: GET {URL} took 0.60 s, more than half of the limit of 1 s"


# -- the durations of one check ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken_s", "twice", "notes"),
    [
        ([0.1, 0.5], [], []),
        ([0.6, 0.1], [], [NEAR]),
        ([1.5, 0.1, 1.2], [], [ONCE]),
        ([1.5], [], [ONCE]),
        ([1.5, 1.2], [(KEY, TWICE)], []),
        ([0.1, 1.5, 1.2, 1.1, 0.1], [(KEY, TWICE)], []),
        ([1.0], [], [f"slow: GET {URL} took 1.00 s, more than half of the limit of 1 s"]),
    ],
)
def test_twice_in_a_row_is_a_failure_and_once_is_told(
    taken_s: list[float], twice: list[Any], notes: list[str], make_exchange: MakeExchange
) -> None:
    judged = judge_latency([make_exchange(duration_s=one) for one in taken_s], 1.0)
    assert (list(judged.twice), list(judged.notes)) == (twice, notes)


def test_another_request_in_between_changes_nothing(make_exchange: MakeExchange) -> None:
    exchanges = [
        make_exchange(duration_s=1.5),
        make_exchange(duration_s=0.1, method="PUT"),
        make_exchange(duration_s=1.2),
    ]
    assert judge_latency(exchanges, 1.0).twice == ((KEY, TWICE),)


def test_a_request_without_a_response_is_another_failure(make_exchange: MakeExchange) -> None:
    exchanges = [make_exchange(duration_s=9.0, status=None)] * 2
    judged = judge_latency(exchanges, 1.0)
    assert (judged.twice, judged.notes, judged.slow) == ((), (), ())


# -- the judge --------------------------------------------------------------------------------


def check_of(name: str, **details: Any) -> Check:
    return Check(id=name, api="orders", stage=name, run=lambda _: CheckResult(), **details)


def proven(*exchanges: Exchange) -> CheckResult:
    return CheckResult(verified="it holds", exchanges=exchanges)


def test_a_check_that_is_too_slow_fails(make_exchange: MakeExchange) -> None:
    judge = Judge(Redactor(), latency_s=1.0)
    exchanges = (make_exchange(duration_s=1.5), make_exchange(duration_s=1.2))
    assert judge.judge(check_of("one"), proven(*exchanges)) == CheckResult(
        failure=TWICE, exchanges=exchanges
    )


def test_a_check_that_was_slow_once_says_so(make_exchange: MakeExchange) -> None:
    judge = Judge(Redactor(), latency_s=1.0)
    exchanges = (make_exchange(duration_s=1.5), make_exchange(duration_s=0.1))
    assert judge.judge(check_of("one"), proven(*exchanges)) == replace(
        proven(*exchanges), notes=(ONCE,)
    )


def test_the_updates_of_several_checks_count_together_and_are_reported_once(
    make_exchange: MakeExchange,
) -> None:
    judge = Judge(Redactor(), latency_s=1.0)
    slow = [proven(make_exchange(duration_s=taken_s, method="PUT")) for taken_s in (1.5, 1.2, 1.3)]
    judged = [
        judge.judge(check_of(name), result)
        for name, result in zip(("save", "again", "restore"), slow, strict=True)
    ]
    failures = [result.failure.seen if result.failure else None for result in judged]
    assert failures == [None, TWICE.seen, None]


def test_a_users_test_is_judged_alone(make_exchange: MakeExchange) -> None:
    """Any process may run it, so that only its own requests are known to follow one another."""
    judge = Judge(Redactor(), latency_s=1.0)
    slow = make_exchange(duration_s=1.5)
    assert [judge.latency(name, [slow]) for name in ("one", "two")] == [(None, (ONCE,))] * 2


def test_without_a_limit_nothing_is_too_slow(make_exchange: MakeExchange) -> None:
    slow = proven(make_exchange(duration_s=99.0), make_exchange(duration_s=99.0))
    assert Judge(Redactor()).judge(check_of("one"), slow) == slow


# -- the second look --------------------------------------------------------------------------


@pytest.fixture
def asked(
    serve: Callable[..., RawServer], client_of: Callable[..., Client], clock: FakeClock
) -> Callable[..., tuple[list[str], list[int | None]]]:
    """Sends a request whose every response takes a second; returns what the server saw of it."""
    clock.step_s = 1.0

    def send(method: str, *answers: Any, latency_s: float | None) -> tuple[list[str], list[Any]]:
        server = serve(*answers)
        client = client_of(
            server.url,
            limits=Limits(latency_s=latency_s),
            budget=Budget(600.0, clock=clock, sleep=clock.sleep),
        )
        client.send(Request(method=method, path="/a"))
        return [seen.split(" ")[0] for seen in server.seen], [
            exchange.status for exchange in client.recorder.exchanges
        ]

    return send


def test_a_slow_request_that_changes_nothing_is_sent_once_more(asked: Any) -> None:
    assert asked("GET", says("a"), latency_s=0.5) == (["GET", "GET"], [200, 200])


@pytest.mark.parametrize(("method", "latency_s"), [("PUT", 0.5), ("GET", 60.0), ("GET", None)])
def test_an_update_or_a_fast_request_is_sent_once(
    method: str, latency_s: float | None, asked: Any
) -> None:
    assert asked(method, says("a"), latency_s=latency_s) == ([method], [200])


def test_a_second_look_that_ends_otherwise_does_not_count(asked: Any) -> None:
    answers = [says("a"), says("b", status="500 No")]
    assert asked("GET", *answers, latency_s=0.5) == (["GET", "GET"], [500, 200])


def test_the_slowest_requests_are_those_of_the_target(make_exchange: MakeExchange) -> None:
    """A check may ask somebody else about it."""
    mine = make_exchange(duration_s=0.1)
    others = make_exchange(url="https://api.twilio.com/2010-04-01/Accounts", duration_s=9.0)
    outcome = Outcome(
        api="twilio",
        stage="number_at_twilio",
        name="twilio::number_at_twilio",
        outcome=Result.PASSED,
        exchanges=(others, mine),
    )
    assert slowest([outcome], "https://api.example.com/prefix") == (mine,)
