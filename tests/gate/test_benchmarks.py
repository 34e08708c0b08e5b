"""The benchmarks do not rot: what they compare is green, and asks the target for the same."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import which

import pytest
from harness import WITHOUT
from measuring import api
from measuring.comparison import Comparison, Measured, started
from measuring.figures import ALL as FIGURES
from measuring.figures import Pythons
from measuring.profiling import sampled, samples
from measuring.server import Counters
from measuring.subjects import Subject, bare, by_hand, curl, gate
from measuring.workloads import DECLARED, GATE, MANY, ORDERS, TAGGED, Workload

PYTHON = Path(sys.executable)
QUIET = tuple(f"-pno:{plugin}" for plugin in WITHOUT)


@pytest.fixture
def comparison() -> Iterator[Comparison]:
    with started(lambda _: None) as comparing:
        yield comparing


def seen(comparison: Comparison, subject: Subject, workload: Workload) -> Counters:
    """What the server counts of one run, which has to end with 0."""
    (result,) = comparison.run({"it": (subject, workload)}, latency_ms=0, rounds=0).values()
    assert isinstance(result, Measured), result
    return result.counters


def others_that_differ(
    comparison: Comparison, workload: Workload
) -> dict[str, tuple[Mapping[str, int], Mapping[str, int]]]:
    """Of the file by hand and the floor, what asks for something else: its requests, and ours."""
    others = [by_hand(PYTHON, *QUIET, "-pno:apismoke"), *([curl()] if which("curl") else [])]
    ours = seen(comparison, gate(PYTHON, *QUIET), workload).requests
    asked = {one.name: seen(comparison, one, workload).requests for one in others}
    return {name: (theirs, ours) for name, theirs in asked.items() if theirs != ours}


def test_whatever_is_compared_asks_for_what_the_gate_asks_for(comparison: Comparison) -> None:
    workloads = (GATE, TAGGED, DECLARED, ORDERS)
    differ = {one.name: others_that_differ(comparison, one) for one in workloads}
    assert differ == {one.name: {} for one in workloads}


@pytest.mark.by_hand
def test_many_orders_are_asked_for_alike(comparison: Comparison) -> None:
    assert others_that_differ(comparison, MANY) == {}


def test_each_order_is_asked_for_once(comparison: Comparison) -> None:
    assert seen(comparison, gate(PYTHON, *QUIET), DECLARED).requests == Counter(
        [f"GET {api.HEALTH}", f"POST {api.LOGIN}", *(f"GET {path}" for path in DECLARED.paths())]
    )


def test_bare_items_ask_for_nothing(comparison: Comparison) -> None:
    assert seen(comparison, bare(PYTHON, *QUIET), DECLARED) == Counters(
        requests={}, connections=0, most_at_once=0
    )


def assert_measured(comparison: Comparison, name: str) -> None:
    pythons = Pythons(gate=PYTHON, by_hand=PYTHON, full=PYTHON, arguments=QUIET)
    figures = FIGURES[name](comparison, pythons, 1)
    assert figures
    assert all(figure.name and figure.value for figure in figures)


def test_the_start_can_be_measured(comparison: Comparison) -> None:
    assert_measured(comparison, "start-up")


@pytest.mark.by_hand
@pytest.mark.parametrize("name", sorted(FIGURES))
def test_each_figure_can_be_measured(comparison: Comparison, name: str) -> None:
    assert_measured(comparison, name)


def test_a_profile_has_the_functions_of_the_gate(comparison: Comparison, tmp_path: Path) -> None:
    run = {"it": (gate(PYTHON, *QUIET), DECLARED)}
    comparison.run(
        run, latency_ms=0, rounds=0, changed=lambda _, command: sampled(command, tmp_path)
    )
    (taken_ms,) = samples(tmp_path)
    assert any(name.startswith("import of pytest_apismoke/") for name in taken_ms)
