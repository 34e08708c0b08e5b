"""Which runs count, and which belong together."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from unit.past_runs import TARGET, check, run

from pytest_apismoke.history.choosing import against, grouped, without_twins
from pytest_apismoke.history.trend import trend_of
from pytest_apismoke.verdict.exit_codes import Judgement

OTHER = "https://staging.example.com"


@given(st.permutations(range(6)))
def test_runs_are_sorted_by_their_begin_whatever_the_order_of_the_files(order: list[int]) -> None:
    found = without_twins([run(number) for number in order])
    assert [one.source for one in found] == [f"{number}.json" for number in range(6)]


def test_a_copy_of_a_report_is_not_another_run() -> None:
    first = run(0)
    copy, at_other = replace(first, source="copy.json"), replace(first, target=OTHER)
    assert without_twins([first, copy, at_other]) == (first, at_other)
    named = replace(first, run_id="1198f038"), replace(first, run_id="45c48cce")
    assert without_twins(named) == named


def test_targets_are_chosen_by_their_url() -> None:
    runs = [run(0), run(1, target=OTHER)]
    assert against(runs, []) == tuple(runs)
    assert against(runs, [f"{OTHER}/"]) == (runs[1],)
    assert against(runs, ["https://nowhere.example.com"]) == ()


def test_groups_are_of_one_target_and_mode_and_have_the_latest_runs() -> None:
    runs = [run(0), run(1, target=OTHER), run(2, mode="full"), run(3), run(4)]
    assert grouped(runs, last=2) == ((runs[2],), (runs[3], runs[4]), (runs[1],))
    assert grouped(runs, last=None)[1] == (runs[0], runs[3], runs[4])


def test_a_trend_counts_verdicts_and_the_streak_of_the_latest() -> None:
    runs = [run(0), run(1, check(passed=False)), run(2), run(3)]
    trend = trend_of(runs)
    assert (trend.target, trend.mode, trend.latest) == (TARGET, "smoke", runs[3])
    assert trend.verdicts == ((Judgement.PASS, 3), (Judgement.FAIL, 1))
    assert (trend.streak, trend_of(runs[:2]).streak, trend_of(runs[:1]).streak) == (2, 1, 1)
    assert trend.whole is not None
    assert trend.whole.count == 3
    assert trend_of(runs[1:2]).whole is None
