"""Latencies in figures: of one check, of a stage, and of few runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.past_runs import check, run

from pytest_apismoke.history.latency import Figures, Sent, figures_of, latency_of, percentile
from pytest_apismoke.history.stages import StageLatency, latencies_by_stage


def sent(path: str, duration_s: float, *, method: str = "GET", is_answered: bool = True) -> Sent:
    return Sent(method=method, url=path, duration_s=duration_s, is_answered=is_answered)


def test_reads_side_by_side_count_once_and_other_requests_add_up() -> None:
    reads = [sent("/me", 0.3), sent("/me", 0.1), sent("/me", 0.2)]
    assert latency_of([*reads, sent("/me", 0.05, method="PUT")]) == pytest.approx(0.25)


def test_a_request_without_a_response_has_no_latency() -> None:
    assert latency_of([sent("/me", 30.0, is_answered=False)]) is None
    assert latency_of([sent("/me", 30.0, is_answered=False), sent("/me", 0.1)]) == 0.1
    assert latency_of([]) is None


@given(st.lists(st.floats(0, 1000), min_size=1), st.floats(1, 100))
def test_a_percentile_is_one_of_the_values_and_few_are_greater(
    values: list[float], percent: float
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value > found for value in values) <= len(values) * (100 - percent) / 100


def test_of_few_values_the_95th_percentile_is_not_told() -> None:
    values = [float(n) for n in range(1, 20)]
    assert figures_of(values) == Figures(count=19, median_s=10.0, p95_s=None, longest_s=19.0)
    assert figures_of([*values, 20.0]) == Figures(
        count=20, median_s=10.5, p95_s=19.0, longest_s=20.0
    )


def test_stages_are_told_in_the_order_of_the_runs_and_only_where_they_passed() -> None:
    found = latencies_by_stage(
        [
            run(0, check("settings::login", 0.2), check("settings::fetch", 0.1)),
            run(1, check("settings::login", 0.4), check("settings::fetch", 9.0, passed=False)),
            run(2, check("settings::contract", None), own=(("readiness", 0.05),)),
        ]
    )
    assert [(one.api, one.stage, one.figures.count, one.figures.median_s) for one in found] == [
        ("run", "readiness", 1, 0.05),
        ("settings", "login", 2, pytest.approx(0.3)),
        ("settings", "fetch", 1, 0.1),
    ]


def test_tests_of_users_are_told_by_their_names() -> None:
    tests = [replace(check(f"tests/test_shop.py::{name}"), api="tests") for name in ("a", "b")]
    stages = latencies_by_stage([run(0, *(replace(one, stage="call") for one in tests))])
    assert [(one.api, one.stage, one.figures.count) for one in stages] == [
        ("tests", "a", 1),
        ("tests", "b", 1),
    ]


def test_an_api_with_many_checks_is_one_row() -> None:
    checks = [check(f"orders::{n}", n / 10) for n in range(1, 14)]
    assert latencies_by_stage([run(0, *checks)]) == (
        StageLatency(
            api="orders",
            stage="",
            figures=Figures(count=13, median_s=0.7, p95_s=None, longest_s=1.3),
            checks=13,
        ),
    )
    assert len(latencies_by_stage([run(0, *checks[:12])])) == 12
