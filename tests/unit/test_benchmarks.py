"""What the benchmarks make of their measurements: pure functions."""

from __future__ import annotations

from itertools import count

import pytest
from measuring.comparison import Failed, Measured
from measuring.figures import Figure
from measuring.page import Column, Results, put_into, render
from measuring.pairs import difference, in_turns, ratio
from measuring.processes import Usage
from measuring.profiling import Left, by_owner_ms, by_room, left, owner
from measuring.sampler import OTHER_THREADS
from measuring.server import Counters
from measuring.workloads import DECLARED, ORDERS

OURS = "pytest_apismoke/http/wire.py"
IMPORTING = "_find_and_load (<frozen importlib._bootstrap>)"


def test_calls_are_made_in_turns_in_both_directions() -> None:
    numbers = count()
    calls = {"a": lambda: next(numbers), "b": lambda: next(numbers)}
    assert in_turns(calls, 3) == {"a": [0, 3, 4], "b": [1, 2, 5]}


def test_ratios_and_differences_are_those_of_pairs() -> None:
    assert ratio([2, 9, 4], [1, 3, 4]) == 2
    assert difference([2, 9, 4], [1, 3, 4]) == 1


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        pytest.param(
            ["main (_pytest/main.py)", f"Wire.send ({OURS})", "loads (json/__init__.py)"],
            "http/wire: Wire.send",
            id="a library that the gate calls",
        ),
        pytest.param(
            ["main (_pytest/main.py)", "_multicall (pluggy/_callers.py)"], "pluggy", id="a library"
        ),
        pytest.param(["main (_pytest/main.py)"], "pytest", id="pytest"),
        pytest.param(
            ["main (_pytest/main.py)", IMPORTING, f"<module> ({OURS})", IMPORTING],
            "import of pytest_apismoke/http",
            id="an import of the gate",
        ),
        pytest.param(
            [f"run ({OURS})", IMPORTING, "<module> (filelock/__init__.py)", "<module> (<string>)"],
            "import of filelock",
            id="an import of a library, and a class that dataclasses write",
        ),
        pytest.param([OTHER_THREADS], OTHER_THREADS, id="other threads"),
    ],
)
def test_time_is_that_of_the_gates_deepest_function(stack: list[str], name: str) -> None:
    assert owner(stack) == name


def test_what_is_left_is_the_mean_of_the_runs_above_that_by_hand() -> None:
    gate = [
        by_owner_ms([f"a (_pytest/main.py);b ({OURS}) 4.5", f"b ({OURS}) 1.5", "a (json/x.py) 1"]),
        by_owner_ms([f"b ({OURS}) 2", f"{IMPORTING};<module> ({OURS}) 1"]),
    ]
    by_hand = [by_owner_ms(["a (json/x.py) 3"])]
    rows = [
        Left(name="http/wire: b", gate_ms=4, by_hand_ms=0),
        Left(name="import of pytest_apismoke/http", gate_ms=0.5, by_hand_ms=0),
        Left(name="json", gate_ms=0.5, by_hand_ms=3),
    ]
    assert left(gate, by_hand) == rows
    assert by_room(rows) == [
        Left(name="http", gate_ms=4, by_hand_ms=0),
        Left(name="imports of the gate's own modules", gate_ms=0.5, by_hand_ms=0),
        Left(name="pytest and other libraries", gate_ms=0.5, by_hand_ms=3),
    ]


def measured(*walls_s: float) -> Measured:
    return Measured(
        usages=[Usage(wall_s=one, cpu_s=0.5, peak_bytes=40 * 2**20) for one in walls_s],
        counters=Counters(requests={"GET /": 7}, connections=2, most_at_once=1),
    )


def test_the_page_has_ratios_seconds_counters_figures_a_profile_and_what_is_missing() -> None:
    results = Results(
        how=["2 cores"],
        subjects=["hand", "curl", "tavern", "this gate"],
        columns=[
            Column(
                workload=DECLARED,
                latency_ms=0,
                results={
                    "hand": measured(1, 2),
                    "curl": Failed(reason="x"),
                    "this gate": measured(2, 3),
                },
            ),
            Column(
                workload=ORDERS,
                latency_ms=20,
                results={"hand": measured(4), "this gate": measured(0.5)},
            ),
        ],
        figures=[Figure(name="memory", value="50 MiB", goal="< 60 MiB", is_met=True)],
        profiles={"gate": [Left(name="pytest", gate_ms=2, by_hand_ms=1)]},
        notes=["newman: npm is not installed"],
    )
    assert render(results) == PAGE


def test_the_page_stands_between_the_marks_of_a_text() -> None:
    text = "# Speed\n\n<!-- measured -->\n\nold\n<!-- end -->\nmore\n"
    assert put_into("new\n", text) == text.replace("old\n", "new\n\n")
    assert put_into("new\n", put_into("old\n", text)) == put_into("new\n", text)
    assert put_into("new\n", "no marks") == "new\n"


PAGE = """\
- 2 cores

## Time beside 'hand'

Medians of the ratios of pairs, whole processes, wall.

|  | gate, 5 declared checks, 0 ms | login + 200 GETs with schema, 20 ms |
| --- | --- | --- |
| hand | 1.00 | 1.00 |
| curl | failed | - |
| tavern | - | - |
| this gate | 1.75 | 0.125 |
| goal | ≤ 1.05: missed | ≤ 0.2 |

## CPU time

The same of CPU time, which other work on the machine changes less.

|  | gate, 5 declared checks, 0 ms | login + 200 GETs with schema, 20 ms |
| --- | --- | --- |
| hand | 1.00 | 1.00 |
| curl | failed | - |
| tavern | - | - |
| this gate | 1.00 | 1.00 |

## Seconds

Medians: wall (CPU), and the peak of memory.

|  | gate, 5 declared checks, 0 ms | login + 200 GETs with schema, 20 ms |
| --- | --- | --- |
| hand | 1.50 (0.50), 40 MiB | 4.00 (0.50), 40 MiB |
| curl | failed | - |
| tavern | - | - |
| this gate | 2.50 (0.50), 40 MiB | 0.50 (0.50), 40 MiB |

## Seen by the server

Requests / connections / logins / most at once.

|  | gate, 5 declared checks, 0 ms | login + 200 GETs with schema, 20 ms |
| --- | --- | --- |
| hand | 7 / 2 / 0 / 1 | 7 / 2 / 0 / 1 |
| curl | failed | - |
| tavern | - | - |
| this gate | 7 / 2 / 0 / 1 | 7 / 2 / 0 / 1 |

## Figures

|  | measured | goal |
| --- | --- | --- |
| memory | 50 MiB | < 60 MiB |

## What is left above the file by hand: gate, 0 ms

| room | gate, ms | by hand, ms | above, ms |
| --- | --- | --- | --- |
| pytest and other libraries | 2.0 | 1.0 | 1.0 |
| all | 2.0 | 1.0 | 1.0 |

| function, library or import | gate, ms | by hand, ms | above, ms |
| --- | --- | --- | --- |
| pytest | 2.0 | 1.0 | 1.0 |
| all | 2.0 | 1.0 | 1.0 |

## Not measured

- newman: npm is not installed
"""
