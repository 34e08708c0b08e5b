"""The trend on the terminal: what it says, and that it fits."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.past_runs import ORDERS, SEARCH, TARGET, check, run, runs

from pytest_apismoke.history.past_run import PastRun
from pytest_apismoke.history.trend import trend_of
from pytest_apismoke.reports.trend import document, terminal, wording
from pytest_apismoke.verdict.exit_codes import Judgement

#: A week of a target: one bad run, one check that needs retries, and a deploy that slows another.
WEEK = [
    *(
        run(n, check(latency_s=0.1), check(SEARCH, 0.05, flaky=n in (1, 3)), version="1")
        for n in range(8)
    ),
    run(8, check(passed=False), check(SEARCH, 0.05), version="1"),
    *(run(n, check(latency_s=0.25), check(SEARCH, 0.05), version="2") for n in range(9, 17)),
]


def text(*groups: list[PastRun], width: int = 80) -> str:
    return "".join(
        f"{line}\n" for line in terminal.render([trend_of(one) for one in groups], width=width)
    )


def test_it_says_what_the_latest_run_said_and_then_what_all_of_them_show() -> None:
    assert text(WEEK) == (
        """\
https://api.example.com, smoke: PASS in the latest 8 of 17 runs
Sun 2026-11-01 08:00 to Mon 2026-11-02 00:00 UTC

verdicts: 16 pass (.), 1 fail (F); the latest is the last
  ........F........

runs, the latest 10 of 17
  2026-11-01 15:00  1  pass  1.5 s
  2026-11-01 16:00  1  FAIL  1.5 s
    GET /api/orders answers 500
  2026-11-01 17:00  2  pass  1.5 s
  2026-11-01 18:00  2  pass  1.5 s
  2026-11-01 19:00  2  pass  1.5 s
  2026-11-01 20:00  2  pass  1.5 s
  2026-11-01 21:00  2  pass  1.5 s
  2026-11-01 22:00  2  pass  1.5 s
  2026-11-01 23:00  2  pass  1.5 s
  2026-11-02 00:00  2  pass  1.5 s

latency by stage, of what passed
                                n  median  p95  longest
  run      whole               16   1.5 s    -    1.5 s
  orders   the list of orders  16  175 ms    -   250 ms
  catalog  search              17   50 ms    -    50 ms
  p95 is the 95th percentile; fewer than 20 values have none

last deploy: version 2 (8 runs), compared with 1 (9 runs)
  SLOWER  orders::the list of orders  100 ms before, 250 ms now, 2.5 times
  slower is: the median 1.25 times and 20 ms more at least, and a rank test that
    noise does not pass

flaky
  catalog::search  asked again in 2 of 17 runs
"""
    )


def test_runs_of_one_minute_have_one_moment() -> None:
    twins = [run(0), run(0, run_id="another")]
    assert "\nSun 2026-11-01 08:00 UTC\n" in text(twins)


def test_few_runs_are_called_few() -> None:
    assert text([run(0, check(latency_s=None), version=None)]) == (
        """\
https://api.example.com, smoke: PASS in the one run
Sun 2026-11-01 08:00 UTC
1 run only: figures of so few say little

verdicts: 1 pass (.); the latest is the last
  .

runs
  2026-11-01 08:00  version unknown  pass  1.5 s

latency by stage, of what passed
              n  median  p95  longest
  run  whole  1   1.5 s    -    1.5 s
  p95 is the 95th percentile; fewer than 20 values have none

last deploy: no run names a version of the target, so no deploy can be seen;
  with --target-version, or a profile that says where the version is, runs do

flaky: no check of 1 run
"""
    )


def test_each_target_and_mode_has_its_own_tables() -> None:
    other = [run(0, target="https://staging.example.com", mode="full")]
    lines = text(WEEK, other).splitlines()
    assert "https://staging.example.com, full: PASS in the one run" in lines


def test_where_it_is_narrow_rows_fold_and_nothing_is_cut() -> None:
    narrow = text(WEEK, width=40).splitlines()
    assert max(map(len, narrow)) <= 40
    assert "  orders, the list of orders, n 16," in narrow
    assert "  SLOWER orders::the list of orders: 100" in narrow


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ([0.1] * 3, [0.1], "no check is certainly slower; 1 check compared"),
        (
            [0.1] * 3,
            [0.5],
            "too few runs to tell any slow check from noise: 5 of each version are enough",
        ),
        ([0.1] * 3, [0.5], "  may be slower orders::the list of orders: 100 ms"),
        ([0.0] * 6, [0.5] * 6, "0 ms before, 500 ms now"),
    ],
)
def test_it_does_not_pretend_to_know(before: list[float], now: list[float], told: str) -> None:
    history = [*runs("1", before), *runs("2", now, after=len(before))]
    assert told in text(history)


def test_two_versions_without_a_common_check_are_not_compared() -> None:
    history = [*runs("1", [0.1]), run(1, check(SEARCH), version="2")]
    assert "no check passed at both, so nothing could be compared" in text(history)


def test_where_all_is_slower_no_single_check_is_blamed() -> None:
    history = [
        run(n, *(check(f"a::{c}", 0.1 if n < 6 else 0.3) for c in range(4)), version=str(n // 6))
        for n in range(12)
    ]
    assert "most checks are slower: look at the target as a whole" in text(history)


def test_without_a_deploy_it_says_so() -> None:
    told = "last deploy: all runs that name a version are of 1: there was no deploy"
    assert told in text(runs("1", [0.1] * 3))


def test_long_lists_are_counted() -> None:
    checks = [check(f"orders::{n:02}", flaky=True) for n in range(25)]
    assert "  and 5 more\n" in text([run(0, *checks)])


def test_nothing_that_passed_has_no_latency() -> None:
    assert "latency: nothing passed that sends requests" in text([run(0, check(passed=False))])


def test_a_line_that_begins_as_a_command_is_none() -> None:
    """Wrapping may put any word of a report at the beginning of a line."""
    failed = run(0, verdict=Judgement.FAIL, exit_code=2, reason="a" * 77 + " ::error::b")
    assert [line for line in text([failed]).splitlines() if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [(0.0, "0 ms"), (0.0124, "12 ms"), (0.812, "812 ms"), (0.9996, "1.0 s"), (61.25, "61.2 s")],
)
def test_durations_are_read_as_people_do(duration_s: float, words: str) -> None:
    assert wording.seconds(duration_s) == words


@given(st.integers(1, 200), st.lists(st.booleans(), min_size=1, max_size=30))
def test_at_any_width_each_run_has_its_sign(width: int, passed: list[bool]) -> None:
    history = [run(n, check(passed=one)) for n, one in enumerate(passed)]
    signs = "".join("." if one else "F" for one in passed)
    lines = text(history, width=width).splitlines()
    assert signs in "".join(line.strip() for line in lines)


def test_as_json_it_has_the_same_for_programs() -> None:
    told = json.loads(document.text_of([trend_of(WEEK)], {"package.json": "it is no report"}))
    (trend,) = told["trends"]
    assert (told["schema_version"], told["left_out"]) == (1, {"package.json": "it is no report"})
    assert {name: trend[name] for name in ("target", "mode", "verdicts", "streak")} == {
        "target": TARGET,
        "mode": "smoke",
        "verdicts": {"pass": 16, "fail": 1},
        "streak": 8,
    }
    assert trend["runs"][8] == {
        "source": "8.json",
        "started_at": "2026-11-01T16:00:00Z",
        "version": "1",
        "verdict": "fail",
        "exit_code": 2,
        "duration_s": 1.5,
        "reason": "GET /api/orders answers 500",
    }
    assert trend["duration"] == {"count": 16, "median_s": 1.5, "p95_s": None, "longest_s": 1.5}
    assert trend["stages"][1] == {
        "api": "catalog",
        "stage": "search",
        "checks": 1,
        "count": 17,
        "median_s": 0.05,
        "p95_s": None,
        "longest_s": 0.05,
    }
    assert trend["deploy"] == {
        "version": "2",
        "before": ["1"],
        "runs": 8,
        "before_runs": 9,
        "compared": 2,
        "tellable": 2,
        "needed_runs": 5,
        "slower": [
            {
                "name": ORDERS,
                "before_s": 0.1,
                "now_s": 0.25,
                "before_runs": 8,
                "now_runs": 8,
                "certain": True,
            }
        ],
    }
    assert trend["flaky"] == [
        {"name": SEARCH, "runs": 17, "asked_again": 2, "turns": 0, "failed": 0, "versions": []}
    ]


def test_as_json_what_is_not_known_is_null() -> None:
    failing = run(0, check(passed=False), version=None)
    (trend,) = json.loads(document.text_of([trend_of([failing])], {}))["trends"]
    assert (trend["duration"], trend["deploy"]) == (None, None)
    assert "##" not in document.text_of([trend_of([run(0, version="##vso[task]")])], {})
