"""The OAuth start is sent before its check begins, if the stages before it pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from unit.conftest import new_answer
from unit.declaring import Backend, context_of

from pytest_apismoke.checks.suites.calendar import CalendarSuite
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.http.ahead_request import AheadRequest
from pytest_apismoke.http.request import Request
from pytest_apismoke.preflight.result import Step

if TYPE_CHECKING:
    from unit.conftest import FakeClock

START = Request(method="GET", path="/oauth/google/start", query=(("business_id", "biz_1"),))
GOOD = {"id": "biz_1", "google_calendar_connected": True}
FAILED = Failure(category=Category.AUTH, expected="a", seen="b", where="c", hint="d")


def foreseen(
    clock: FakeClock, *bodies: object, login: Failure | None = None, latency_s: float | None = None
) -> AheadRequest | None:
    """What the suite foresees after reads of the settings with these bodies."""
    context = context_of(Backend(clock, {}))
    round_ = tuple(new_answer(body=body) for body in bodies)
    preflight = context.preflight
    settings = preflight.settings
    limits = replace(settings.profile.limits, latency_s=latency_s)
    preflight = replace(
        preflight,
        settings=replace(settings, profile=replace(settings.profile, limits=limits)),
        login=Step(failure=login),
        fetch=Step(response=round_[-1] if round_ else None, round=round_),
    )
    suite = CalendarSuite(replace(context, preflight=preflight), first="settings")
    [check] = [one for one in suite.checks() if one.stage == "oauth"]
    assert check.foreseen is not None
    return check.foreseen()


def test_the_request_is_that_of_the_account(clock: FakeClock) -> None:
    assert foreseen(clock, GOOD) == AheadRequest(request=START)


def test_an_answer_that_took_half_of_a_latency_limit_is_not_used(clock: FakeClock) -> None:
    assert foreseen(clock, GOOD, latency_s=1.0) == AheadRequest(request=START, limit_s=0.5)


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        [{"id": "biz_1"}],
        [{"id": "biz_1", "google_calendar_connected": "yes"}],
        [{"google_calendar_connected": True}],
        [[]],
        [GOOD, {"id": "biz_1"}, GOOD],
    ],
    ids=["not fetched", "no state", "text", "no account", "a list", "one of three reads"],
)
def test_nothing_is_sent_where_an_earlier_stage_fails(
    bodies: list[object], clock: FakeClock
) -> None:
    assert foreseen(clock, *bodies) is None


def test_nothing_is_sent_after_a_login_that_failed(clock: FakeClock) -> None:
    assert foreseen(clock, GOOD, login=FAILED) is None
