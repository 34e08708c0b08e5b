"""What became slower with the last deploy: told where it is so, and not where it is noise."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.past_runs import ORDERS, SEARCH, check, run, runs

from pytest_apismoke.history.deploy import Deploy, SlowerCheck, last_deploy
from pytest_apismoke.history.past_run import PastRun

FAST = [0.10, 0.11, 0.09, 0.10, 0.12, 0.10]
SLOW = [0.20, 0.19, 0.22, 0.20, 0.20, 0.24]


def deploy(before: list[float], now: list[float]) -> Deploy:
    found = last_deploy([*runs("1", before), *runs("2", now, after=len(before))])
    assert found is not None
    return found


def noisy(version: str, count: int, *, after: int, checks: int, seed: int) -> list[PastRun]:
    """Runs whose latencies vary as those of a busy target do: some are twice the median."""
    chance = random.Random(seed)  # noqa: S311  # not for secrets
    return [
        run(
            number,
            *(check(f"orders::{n}", chance.lognormvariate(-2, 0.4)) for n in range(checks)),
            version=version,
        )
        for number in range(after, after + count)
    ]


def test_a_check_that_became_slower_is_told_with_what_was_compared() -> None:
    assert deploy(FAST, SLOW) == Deploy(
        version="2",
        before=("1",),
        runs=6,
        before_runs=6,
        compared=1,
        tellable=1,
        slower=(
            SlowerCheck(
                name=ORDERS,
                before_s=0.1,
                now_s=0.2,
                before_runs=6,
                now_runs=6,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(FAST, FAST, id="the same"),
        pytest.param(SLOW, FAST, id="faster"),
        pytest.param(FAST, [*FAST[:5], 30.0], id="one run on a bad day"),
        pytest.param(FAST, [0.12] * 6, id="by a fifth"),
        pytest.param([0.002] * 6, [0.015] * 6, id="by some milliseconds"),
    ],
)
def test_a_check_that_is_not_slower_for_people_is_not_told(
    before: list[float], now: list[float]
) -> None:
    assert deploy(before, now).slower == ()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("before", "now"), [(5, 5), (30, 8)])
def test_noise_in_two_hundred_checks_does_not_trip_it(seed: int, before: int, now: int) -> None:
    history = [
        *noisy("1", before, after=0, checks=200, seed=seed),
        *noisy("2", now, after=before, checks=200, seed=1000 + seed),
    ]
    found = last_deploy(history)
    assert found is not None
    assert (found.compared, [one for one in found.slower if one.is_certain]) == (200, [])


def test_one_of_two_hundred_is_found() -> None:
    history = [
        *noisy("1", 20, after=0, checks=200, seed=1),
        *noisy("2", 10, after=20, checks=200, seed=2),
    ]
    slow = [
        run(
            n,
            *one.checks,
            check(SEARCH, 0.3 if one.version == "2" else 0.1),
            version=one.version,
        )
        for n, one in enumerate(history)
    ]
    found = last_deploy(slow)
    assert found is not None
    assert [one.name for one in found.slower if one.is_certain] == [SEARCH]


def test_too_few_runs_are_never_certain() -> None:
    """A gate that follows each deploy has one run of the present version."""
    found = deploy(FAST, [0.5])
    assert found.tellable == 0
    assert found.slower == (
        SlowerCheck(
            name=ORDERS, before_s=0.1, now_s=0.5, before_runs=6, now_runs=1, is_certain=False
        ),
    )
    assert deploy(FAST, [0.15]).slower == ()
    assert deploy(FAST[:2], [0.5]).slower == ()


def test_few_runs_of_the_version_before_are_filled_up_with_those_before_it() -> None:
    history = [
        *runs("1", FAST),
        *runs("2", FAST[:2], after=6),
        *runs("3", FAST[:2], after=8),
        *runs("4", SLOW, after=10),
    ]
    found = last_deploy(history)
    assert found is not None
    assert (found.version, found.before, found.before_runs) == ("4", ("3", "2", "1"), 5)


def test_after_a_rollback_the_runs_of_both_times_are_one_version() -> None:
    history = [*runs("1", FAST), *runs("2", SLOW, after=6), *runs("1", FAST, after=12)]
    found = last_deploy(history)
    assert found is not None
    assert (found.version, found.before, found.runs, found.slower) == ("1", ("2",), 12, ())


def test_without_two_versions_there_is_nothing_to_compare() -> None:
    assert last_deploy([]) is None
    assert last_deploy(runs("1", FAST)) is None
    assert last_deploy([*runs("1", FAST), run(9, check(), version=None)]) is None


def test_what_failed_is_not_compared() -> None:
    failing = [run(n, check(latency_s=9.0, passed=False), version="2") for n in range(6, 12)]
    found = last_deploy([*runs("1", FAST), *failing])
    assert found is not None
    assert (found.compared, found.slower) == (0, ())


def test_where_most_checks_are_slower_it_is_general() -> None:
    def of(version: str, latency_s: float, after: int) -> list[PastRun]:
        every = [check(f"orders::{n}", latency_s) for n in range(4)]
        return [run(n, *every, version=version) for n in range(after, after + 6)]

    found = last_deploy([*of("1", 0.1, 0), *of("2", 0.3, 6)])
    assert found is not None
    assert (len(found.slower), found.is_general) == (4, True)
    assert not deploy(FAST, SLOW).is_general


@settings(max_examples=50)
@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=8),
    st.lists(st.floats(0, 10), min_size=1, max_size=8),
)
def test_it_is_never_slower_both_ways(before: list[float], now: list[float]) -> None:
    there, back = deploy(before, now), deploy(now, before)
    assert not (there.slower and back.slower)
    assert all(one.now_s > one.before_s for one in (*there.slower, *back.slower))
