"""How many answers show that a roll-out is over, behind balancers that choose by chance."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.preflight.roll_out import (
    CHANCE,
    SHARE,
    SHARE_IF_MIXED,
    RollOut,
    Shown,
    answers_needed,
)

EXPECTED, OTHER, NOT_READY, UNKNOWN = Shown
#: More rows than any wait has.
_MANY = 5000


def chance_to_pass(old_share: float, *, streaks: int = _MANY, mixed_from: int = 2) -> float:
    """The chance that a roll-out at a standstill counts as over: at most the sum over all rows.

    A row begins with an answer of the expected version; each further one comes by chance.
    """
    return sum(
        (1 - old_share) ** (answers_needed(streak, is_mixed=streak >= mixed_from) - 1)
        for streak in range(1, streaks)
    )


@given(old_share=st.floats(SHARE, 1.0))
def test_with_a_quarter_old_or_more_the_chance_to_pass_is_below_one_in_a_hundred(
    old_share: float,
) -> None:
    assert chance_to_pass(old_share) <= CHANCE
    # Also where what breaks the rows is bad health.
    assert chance_to_pass(old_share, mixed_from=_MANY) <= CHANCE


@given(old_share=st.floats(SHARE_IF_MIXED, 1.0))
def test_once_both_have_answered_a_tenth_is_enough_not_to_pass(old_share: float) -> None:
    assert chance_to_pass(old_share, mixed_from=1) <= CHANCE


def test_a_longer_row_is_needed_after_each_that_was_broken() -> None:
    rows = [
        (answers_needed(n, is_mixed=False), answers_needed(n, is_mixed=True))
        for n in (1, 2, 10, 60)
    ]
    assert rows == [(20, 52), (24, 62), (34, 90), (46, 123)]


def passes(instances: int, old: int, *, looks: int, chance: random.Random) -> bool:
    """Whether a fleet of which some instances stay old passes within a number of looks."""
    roll_out = RollOut(at_least=3)
    for _ in range(looks):
        count = min(7, roll_out.missing) if roll_out.agreeing else 1
        shown = [OTHER if chance.randrange(instances) < old else EXPECTED for _ in range(count)]
        roll_out = roll_out.after(shown, "old")
        if roll_out.is_over:
            return True
    return False


@pytest.mark.parametrize(("instances", "old"), [(2, 1), (4, 1), (4, 2), (10, 3)])
def test_random_balancers_do_not_let_a_half_rolled_out_fleet_pass(instances: int, old: int) -> None:
    """A thousand waits of 120 looks each: fewer than one in a hundred passes."""
    chance = random.Random(f"{instances} {old}")  # noqa: S311  # a balancer's
    passed = sum(passes(instances, old, looks=120, chance=chance) for _ in range(1000))
    assert passed <= 10


@settings(max_examples=200)
@given(data=st.data())
def test_a_roll_out_that_is_over_passes_whatever_was_there_before(data: st.DataObject) -> None:
    roll_out = RollOut(at_least=3)
    kinds = st.lists(st.sampled_from(Shown), min_size=1, max_size=7)
    for shown in data.draw(st.lists(kinds, max_size=30)):
        roll_out = roll_out.after(shown, "old")
    for _ in range(200):
        if roll_out.is_over:
            break
        roll_out = roll_out.after([EXPECTED])
    assert roll_out.is_over


@given(shown=st.lists(st.sampled_from(Shown), max_size=7), order=st.randoms(use_true_random=False))
def test_the_order_of_answers_that_were_asked_for_side_by_side_says_nothing(
    shown: list[Shown], order: random.Random
) -> None:
    shuffled = shown.copy()
    order.shuffle(shuffled)
    before = RollOut(at_least=3).after([EXPECTED])
    assert before.after(shown) == before.after(shuffled)


def test_an_old_version_before_the_new_one_is_how_every_roll_out_begins() -> None:
    roll_out = RollOut(at_least=3).after([OTHER], "old").after([EXPECTED])
    assert roll_out == RollOut(at_least=3, agreeing=1, streaks=1, expected=1, last_other="old")
    assert roll_out.after([OTHER, EXPECTED], "old") == RollOut(
        at_least=3, streaks=1, expected=2, other=1, is_mixed=True, last_other="old"
    )


def test_answers_that_say_nothing_neither_count_nor_break_the_row() -> None:
    roll_out = RollOut(at_least=3).after([EXPECTED])
    assert roll_out.after([UNKNOWN, EXPECTED]) == roll_out.after([EXPECTED])


def test_a_person_may_ask_for_a_longer_row() -> None:
    assert RollOut(at_least=100).after([EXPECTED]).missing == 99
