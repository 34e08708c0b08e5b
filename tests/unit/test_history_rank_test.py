"""The rank test: counted out where that is possible, and never fooled by the scale."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.history.rank_test import least_p_value, p_value

VALUES = st.lists(st.integers(0, 10**6), min_size=1, max_size=5)
MANY = st.lists(st.integers(0, 50), min_size=1, max_size=12)


def counted_out(before: list[int], now: list[int]) -> float:
    """The share of all ways to divide the values in which `now` wins as often, or more often."""

    def wins(ours: tuple[int, ...], theirs: list[int]) -> int:
        return sum(other < one for one in ours for other in theirs)

    every, as_often, ways = [*before, *now], 0, 0
    for chosen in combinations(range(len(every)), len(now)):
        ours = tuple(every[i] for i in chosen)
        theirs = [every[i] for i in range(len(every)) if i not in chosen]
        ways += 1
        as_often += wins(ours, theirs) >= wins(tuple(now), before)
    return as_often / ways


@given(VALUES, VALUES)
def test_without_equal_values_it_is_what_counting_gives(before: list[int], now: list[int]) -> None:
    distinct = list(dict.fromkeys([*before, *now]))
    before = [value for value in before if value in distinct]
    before, now = distinct[: len(set(before))], distinct[len(set(before)) :]
    if before and now:
        assert p_value(before, now) == pytest.approx(counted_out(before, now))


@given(MANY, MANY)
def test_it_is_a_probability_and_does_not_depend_on_the_scale(
    before: list[int], now: list[int]
) -> None:
    p = p_value(before, now)
    assert 0 < p <= 1
    assert p_value([b**3 for b in before], [n**3 for n in now]) == p
    assert p_value(sorted(before), sorted(now, reverse=True)) == p


@given(MANY)
def test_equal_values_prove_nothing(values: list[int]) -> None:
    assert p_value(values, values) >= 0.5


@pytest.mark.parametrize(("before", "now"), [(1, 1), (5, 4), (5, 5), (12, 3)])
def test_no_result_is_less_likely_than_complete_separation(before: int, now: int) -> None:
    p = p_value(range(before), range(before, before + now))
    assert p == pytest.approx(least_p_value(before, now))
    assert p == pytest.approx(1 / math.comb(before + now, now))


def test_many_values_are_judged_by_the_normal_distribution() -> None:
    same = [value % 10 for value in range(60)]
    assert p_value(same, same) == pytest.approx(0.5, abs=0.01)
    assert p_value(same, [value + 5 for value in same]) < 1e-9
    assert p_value([1] * 60, [1] * 60) == 1


def test_nothing_to_compare_proves_nothing() -> None:
    assert (p_value([], [1.0]), p_value([1.0], [])) == (1.0, 1.0)
