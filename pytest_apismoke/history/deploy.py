"""What became slower with the last deploy. Pure.

A check is slower if the median says so, and noise would not: each rule alone is tripped by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from statistics import median

from pytest_apismoke.history.past_run import PastRun
from pytest_apismoke.history.rank_test import least_p_value, p_value
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.outcome import Result

#: The median has to be so many times the earlier one, and so much longer.
RATIO, DIFFERENCE_S = 1.25, 0.02
#: Of the checks that are named, so large a part may be noise at most, on average.
FALSE_SHARE = 0.01
#: Too few runs for the test: what is so much slower in each of them may be slower.
LARGE_RATIO, LARGE_DIFFERENCE_S = 2.0, 0.1
#: Fewer runs of the version before are filled up with those of the versions before it.
ENOUGH_BEFORE = 5
_LEAST_BEFORE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowerCheck:
    """A check that became slower: its medians, and how many runs each of them is of.

    Unless it `is_certain`, the runs are too few to tell it from noise.
    """

    name: str
    before_s: float
    now_s: float
    before_runs: int
    now_runs: int
    is_certain: bool = True

    @property
    def ratio(self) -> float:
        """How many times the earlier median."""
        return self.now_s / self.before_s if self.before_s else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """The runs of the present version, beside those before it.

    `before` are the versions that it is compared with, the latest first; more than one where the
    version before has few runs. `compared` counts the checks that passed in both; `tellable` those
    of them that have enough runs to be told from noise.
    """

    version: str
    before: tuple[str, ...]
    runs: int
    before_runs: int
    compared: int
    tellable: int
    slower: tuple[SlowerCheck, ...]

    @property
    def needed_runs(self) -> int:
        """Of how many runs at each version one slow check could be told from noise."""
        return next(
            runs
            for runs in count(1)
            if least_p_value(runs, runs) <= FALSE_SHARE / max(self.compared, 1)
        )

    @property
    def is_general(self) -> bool:
        """Whether most checks are slower, which no one of them is the reason for."""
        certain = sum(one.is_certain for one in self.slower)
        return self.compared > 2 and certain * 2 > self.compared


def last_deploy(runs: Sequence[PastRun]) -> Deploy | None:
    """What the last change of the version changed; None if the runs name fewer than two.

    Args:
        runs: those of one target and mode, the oldest first.

    """
    versions = list(dict.fromkeys(run.version for run in reversed(runs) if run.version))
    if len(versions) < 2:
        return None
    present, *earlier = versions
    now = [run for run in runs if run.version == present]
    before: list[PastRun] = []
    used: list[str] = []
    for version in earlier:
        if len(before) >= ENOUGH_BEFORE:
            break
        of_version = [run for run in runs if run.version == version]
        # The version before counts as a whole, others only as far as they are needed.
        before += of_version[-(ENOUGH_BEFORE - len(before)) :] if used else of_version
        used.append(version)
    old, new = _latencies(before), _latencies(now)
    both = {name: (old[name], new[name]) for name in new if name in old}
    tellable = {
        name
        for name, (b, n) in both.items()
        if least_p_value(len(b), len(n)) <= FALSE_SHARE / max(len(both), 1)
    }
    return Deploy(
        version=present,
        before=tuple(used),
        runs=len(now),
        before_runs=len(before),
        compared=len(both),
        tellable=len(tellable),
        slower=_slower(both),
    )


def _latencies(runs: Sequence[PastRun]) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for check in run.checks:
            if check.latency_s is not None and check.outcome is Result.PASSED:
                found[check.name].append(check.latency_s)
    return found


def _slower(both: Mapping[str, tuple[list[float], list[float]]]) -> tuple[SlowerCheck, ...]:
    told = _unlikely({name: p_value(before, now) for name, (before, now) in both.items()})
    found = []
    for name, (before, now) in both.items():
        is_certain = name in told and _is_longer(before, now, RATIO, DIFFERENCE_S)
        if is_certain or _may_be(before, now):
            found.append(
                SlowerCheck(
                    name=name,
                    before_s=median(before),
                    now_s=median(now),
                    before_runs=len(before),
                    now_runs=len(now),
                    is_certain=is_certain,
                )
            )
    return tuple(sorted(found, key=lambda one: (not one.is_certain, one.before_s - one.now_s)))


def _unlikely(p_values: Mapping[str, float]) -> frozenset[str]:
    """The names whose values noise alone explains in so small a share at most.

    With two hundred checks, one in a hundred that is slower by chance is two.

    Source: Benjamini and Hochberg (1995), Controlling the false discovery rate.
    """
    ranked = sorted(p_values, key=lambda name: p_values[name])
    passing = [
        rank
        for rank, name in enumerate(ranked, start=1)
        if p_values[name] <= rank * FALSE_SHARE / len(ranked)
    ]
    return frozenset(ranked[: max(passing, default=0)])


def _may_be(before: Sequence[float], now: Sequence[float]) -> bool:
    """Whether each run of now is far slower than each before it."""
    return (
        len(before) >= _LEAST_BEFORE
        and min(now) > max(before)
        and _is_longer(before, now, LARGE_RATIO, LARGE_DIFFERENCE_S)
    )


def _is_longer(
    before: Sequence[float], now: Sequence[float], ratio: float, difference_s: float
) -> bool:
    old, new = median(before), median(now)
    return new >= old * ratio and new - old >= difference_s
