"""Latencies in figures: of one check, and of many runs. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from pytest_apismoke.records import dataclass

#: Of fewer values the 95th percentile is just the greatest of them.
ENOUGH_FOR_P95 = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that an earlier run has sent; `is_answered` says that there was a response."""

    method: str
    url: str
    duration_s: float
    is_answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How long something took, in `count` values.

    `p95_s` is the 95th percentile; None where there are too few values to tell it from the longest.
    """

    count: int
    median_s: float
    p95_s: float | None
    longest_s: float


def latency_of(requests: Iterable[Sent]) -> float | None:
    """How long the target took for the requests of a check; None if it answered none of them.

    A request that was sent several times counts once, with the median: reads that prove a write are
    sent side by side, and how many of them depends on the settings of a run.
    """
    answered: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in requests:
        if one.is_answered:
            answered[one.method, one.url].append(one.duration_s)
    return sum(map(median, answered.values())) if answered else None


def figures_of(values_s: Sequence[float]) -> Figures:
    """The figures of at least one value."""
    is_enough = len(values_s) >= ENOUGH_FOR_P95
    return Figures(
        count=len(values_s),
        median_s=median(values_s),
        p95_s=percentile(values_s, 95) if is_enough else None,
        longest_s=max(values_s),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that at least so many percent of the values do not exceed (nearest rank)."""
    rank = math.ceil(percent * len(values) / 100)
    return sorted(values)[max(rank, 1) - 1]
