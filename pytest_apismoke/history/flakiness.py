"""Checks that cannot make up their mind: flaky over the runs of one target. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from pytest_apismoke.history.past_run import PastCheck, PastRun
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.outcome import Result

#: One change may be a break, or its repair, without a deploy. Two are a check that goes to and fro.
_TURNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakyCheck:
    """A check that was flaky in some of the runs in which it told of the target.

    `asked_again` counts the runs in which it passed only because a request was sent again. `turns`
    counts how often it changed between passed and failed at one version, and `failed` is how often
    it failed there; `versions` are those versions, None for runs that name none.
    """

    name: str
    runs: int
    asked_again: int
    turns: int = 0
    failed: int = 0
    versions: tuple[str | None, ...] = ()


def flaky_checks(runs: Sequence[PastRun]) -> tuple[FlakyCheck, ...]:
    """The flaky checks, the flakiest first; `runs` have the oldest first."""
    told: dict[str, list[tuple[str | None, PastCheck]]] = defaultdict(list)
    for run in runs:
        for check in run.checks:
            if check.tells_of_target:
                told[check.name].append((run.version, check))
    found = [_judged(name, checks) for name, checks in told.items()]
    flaky = [one for one in found if one.asked_again or one.turns]
    return tuple(sorted(flaky, key=lambda one: (-one.asked_again - one.turns, one.name)))


def _judged(name: str, told: Sequence[tuple[str | None, PastCheck]]) -> FlakyCheck:
    at_version: dict[str | None, list[bool]] = defaultdict(list)
    for version, check in told:
        at_version[version].append(check.outcome is Result.PASSED)
    turns = {version: _changes(passed) for version, passed in at_version.items()}
    unsteady = tuple(version for version, changes in turns.items() if changes >= _TURNS)
    return FlakyCheck(
        name=name,
        runs=len(told),
        asked_again=sum(check.is_flaky for _, check in told),
        turns=sum(turns[version] for version in unsteady),
        failed=sum(at_version[version].count(False) for version in unsteady),
        versions=unsteady,
    )


def _changes(passed: Sequence[bool]) -> int:
    return sum(one is not other for one, other in pairwise(passed))
