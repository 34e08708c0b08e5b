"""Calls in turns, so that whatever else the machine does meets all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key")
Result = TypeVar("Result")


def in_turns(calls: Mapping[Key, Callable[[], Result]], rounds: int) -> dict[Key, list[Result]]:
    """The results of each call, from rounds in which each is made once."""
    results: dict[Key, list[Result]] = {key: [] for key in calls}
    for turn in range(rounds):
        # In both directions: who comes first has no advantage from it.
        keys = list(calls)[:: 1 if turn % 2 == 0 else -1]
        for key in keys:
            results[key].append(calls[key]())
    return results


def ratio(these: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios of pairs."""
    return statistics.median(one / other for one, other in zip(these, others, strict=True))


def difference(these: Sequence[float], others: Sequence[float]) -> float:
    """The median of the differences of pairs."""
    return statistics.median(one - other for one, other in zip(these, others, strict=True))


def timed(call: Callable[[], Result]) -> tuple[float, Result]:
    """How many seconds a call takes, and what it gives."""
    begun = time.perf_counter()
    result = call()
    return time.perf_counter() - begun, result


def median(call: Callable[[], object], seconds: float = 2.0) -> float:
    """The median of as many runs as fit, at least five, in seconds."""
    call()
    runs: list[float] = []
    while len(runs) < 5 or (sum(runs) < seconds and len(runs) < 1000):
        runs.append(timed(call)[0])
    return statistics.median(runs)


def paired(
    one: Callable[[], object], other: Callable[[], object], seconds: float = 4.0
) -> tuple[float, float, float]:
    """The medians of two calls in seconds, and that of the ratios of pairs, at least five."""
    one()
    other()
    pairs: list[tuple[float, float]] = []
    while len(pairs) < 5 or (sum(map(sum, pairs)) < seconds and len(pairs) < 1000):
        # Whatever else the machine does meets both.
        pairs.append((timed(one)[0], timed(other)[0]))
    firsts, seconds_of = zip(*pairs, strict=True)
    return statistics.median(firsts), statistics.median(seconds_of), ratio(firsts, seconds_of)
