"""Latency by stage, over the runs of one target. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pytest_apismoke.history.latency import Figures, figures_of
from pytest_apismoke.history.past_run import PastCheck, PastRun
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.judgement import USER_TESTS
from pytest_apismoke.verdict.outcome import Result

#: An API with more checks than this is told as one row.
_MOST_STAGES = 12
#: What the requests of the run itself are listed under.
RUN = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLatency:
    """How long the target took for a stage of an API.

    The latencies of an API with many checks are one row; `checks` is their number, else 1.
    """

    api: str
    stage: str
    figures: Figures
    checks: int = 1


def latencies_by_stage(runs: Sequence[PastRun]) -> tuple[StageLatency, ...]:
    """The latencies of what passed, in the order of the runs' stages.

    A stage that fails tells how fast an error is.
    """
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for run in runs:
        for purpose, latency_s in run.own:
            values[RUN, purpose].append(latency_s)
    for run in runs:
        for check in run.checks:
            if check.latency_s is not None and check.outcome is Result.PASSED:
                values[check.api, _stage(check)].append(check.latency_s)
    stages: dict[str, list[str]] = defaultdict(list)
    for api, stage in values:
        stages[api].append(stage)
    return tuple(
        row
        for api, names in stages.items()
        for row in (_each if len(names) <= _MOST_STAGES else _together)(api, names, values)
    )


def _stage(check: PastCheck) -> str:
    """The stage; tests of users have one for all, and are told by their names."""
    return check.name.rpartition("::")[2] if check.api == USER_TESTS else check.stage


def _each(
    api: str, stages: Sequence[str], values: dict[tuple[str, str], list[float]]
) -> tuple[StageLatency, ...]:
    return tuple(
        StageLatency(api=api, stage=stage, figures=figures_of(values[api, stage]))
        for stage in stages
    )


def _together(
    api: str, stages: Sequence[str], values: dict[tuple[str, str], list[float]]
) -> tuple[StageLatency, ...]:
    pooled = [value for stage in stages for value in values[api, stage]]
    return (StageLatency(api=api, stage="", figures=figures_of(pooled), checks=len(stages)),)
