"""Which of the runs that were found count, and which belong together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pytest_apismoke.history.past_run import PastRun


def without_twins(runs: Iterable[PastRun]) -> tuple[PastRun, ...]:
    """The runs, each once, the oldest first: a report may be found as a copy too."""
    unique: dict[tuple[object, ...], PastRun] = {}
    for run in runs:
        who = (run.run_id,) if run.run_id else (run.started_at, run.duration_s, run.exit_code)
        unique.setdefault((run.target, run.mode, who), run)
    return tuple(sorted(unique.values(), key=lambda run: (run.started_at, run.source)))


def against(runs: Iterable[PastRun], targets: Sequence[str]) -> tuple[PastRun, ...]:
    """The runs against some targets; without any, all of them. A slash at the end is nothing."""
    wanted = {target.rstrip("/") for target in targets}
    return tuple(run for run in runs if not wanted or run.target.rstrip("/") in wanted)


def grouped(runs: Iterable[PastRun], *, last: int | None) -> tuple[tuple[PastRun, ...], ...]:
    """The runs by target and mode, which are never compared with others.

    Args:
        runs: the oldest first.
        last: how many of each group, the latest; None for all.

    """
    groups: dict[tuple[str, str], list[PastRun]] = defaultdict(list)
    for run in runs:
        groups[run.target.rstrip("/"), run.mode].append(run)
    return tuple(tuple(groups[key][-last:] if last else groups[key]) for key in sorted(groups))
