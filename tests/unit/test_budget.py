"""The deadline of a run, and the part of it that only restoring may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.budget import Budget, reserve_s

if TYPE_CHECKING:
    from unit.conftest import FakeClock


@pytest.fixture
def budget(clock: FakeClock) -> Budget:
    """60 s, of which restoring alone may use 10."""
    return Budget(60.0, clock=clock, sleep=clock.sleep)


@pytest.mark.parametrize(("total_s", "reserved_s"), [(4, 1), (40, 10), (60, 10), (300, 10)])
def test_a_quarter_is_reserved_for_restoring_and_at_most_10_seconds(
    total_s: float, reserved_s: float
) -> None:
    assert reserve_s(total_s) == reserved_s


def test_the_remaining_time_counts_down_and_is_never_negative(
    budget: Budget, clock: FakeClock
) -> None:
    left = []
    for _ in range(4):
        left.append((budget.remaining_s(), budget.remaining_s(restoring=True)))
        clock.now += 25.0

    assert left == [(50.0, 60.0), (25.0, 35.0), (0.0, 10.0), (0.0, 0.0)]


def test_a_budget_goes_on_in_another_process(clock: FakeClock) -> None:
    budget = Budget(60.0, remaining_s=12.0, reserved_s=5.0, clock=clock)
    assert (budget.total_s, budget.remaining_s(), budget.remaining_s(restoring=True)) == (60, 7, 12)


def test_a_spent_budget_is_a_budget_failure(budget: Budget, clock: FakeClock) -> None:
    clock.now += 50.0

    with pytest.raises(SmokeError) as caught:
        budget.require("GET https://api.example.com/")

    assert caught.value.failure.category is Category.BUDGET
    assert str(caught.value) == (
        "expected to finish within 60 s, seen the time budget spent\n"
        "  where: GET https://api.example.com/\n"
        "  what to do: find out why the target is slow (durations are in the JSON report),"
        " or allow more with --smoke-budget SECONDS"
    )
    assert budget.require("restoring", restoring=True) == 10.0


def test_exactly_the_needed_time_is_not_enough(budget: Budget) -> None:
    assert budget.require("a write", needed_s=49.9) == 50.0
    with pytest.raises(SmokeError):
        budget.require("a write", needed_s=50.0)


def test_a_wait_that_would_outlast_the_budget_is_not_begun(
    budget: Budget, clock: FakeClock
) -> None:
    budget.wait(20.0, doing="waiting")
    with pytest.raises(SmokeError):
        budget.wait(30.0, doing="waiting")
    assert clock.slept == [20.0]


def test_cut_short_leaves_the_reserve_and_never_adds_time(budget: Budget, clock: FakeClock) -> None:
    budget.cut_short()
    assert (budget.remaining_s(), budget.remaining_s(restoring=True)) == (0.0, 10.0)
    clock.now += 4.0
    budget.cut_short()
    assert budget.remaining_s(restoring=True) == 6.0


def test_a_pause_sleeps(budget: Budget, clock: FakeClock) -> None:
    budget.pause(0.25)
    assert clock.slept == [0.25]
