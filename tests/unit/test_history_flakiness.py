"""Which checks are flaky over several runs, and which only broke."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.past_runs import ORDERS, SEARCH, check, run

from pytest_apismoke.errors import Category
from pytest_apismoke.history.flakiness import FlakyCheck, flaky_checks
from pytest_apismoke.history.past_run import PastRun


def history(outcomes: str, version: str | None = "1") -> list[PastRun]:
    """A run for each letter: `p` passed, `r` passed after a retry, `F` failed."""
    return [
        run(n, check(passed=one != "F", flaky=one == "r"), version=version)
        for n, one in enumerate(outcomes)
    ]


def flaky(runs: int, *, asked_again: int = 0, **values: Any) -> FlakyCheck:
    return FlakyCheck(name=ORDERS, runs=runs, asked_again=asked_again, **values)


@pytest.mark.parametrize("outcomes", ["", "p", "ppp", "FFF", "pppFF", "FFppp"])
def test_what_stays_or_changes_once_is_not_flaky(outcomes: str) -> None:
    assert flaky_checks(history(outcomes)) == ()


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("prp", flaky(3, asked_again=1)),
        ("pFp", flaky(3, turns=2, failed=1, versions=("1",))),
        ("rFpF", flaky(4, asked_again=1, turns=3, failed=2, versions=("1",))),
    ],
)
def test_what_needs_retries_or_turns_is_flaky(outcomes: str, expected: FlakyCheck) -> None:
    assert flaky_checks(history(outcomes)) == (expected,)


def test_turns_count_at_one_version_only() -> None:
    versions = [run(n, check(passed=n != 1), version=str(n)) for n in range(3)]
    assert flaky_checks(versions) == ()
    assert flaky_checks(history("pFp", version=None))[0].versions == (None,)


def test_what_says_nothing_of_the_target_is_not_counted() -> None:
    runs = [run(0, check()), run(1, check(passed=False, category=Category.BUDGET)), run(2, check())]
    assert flaky_checks(runs) == ()


def test_the_flakiest_come_first() -> None:
    runs = [run(n, check(flaky=n == 0), check(SEARCH, flaky=n < 2)) for n in range(3)]
    assert [one.name for one in flaky_checks(runs)] == [SEARCH, ORDERS]


@given(st.text(alphabet="prF", max_size=20))
def test_counts_fit_the_runs(outcomes: str) -> None:
    for one in flaky_checks(history(outcomes)):
        assert one.runs == len(outcomes)
        assert one.asked_again == outcomes.count("r")
        assert one.failed in (0, outcomes.count("F"))
        assert one.turns < len(outcomes)
