"""The drawings of a trend as shapes: how long each run took, and what its verdict was. Pure.

Across, places are percentages, so that a drawing fits any screen; down, they are pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.history.past_run import PastRun
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement

HEIGHT_PX = 120
#: The verdict of a run that took no time has to be seen too.
_LEAST_HEIGHT_PX = 4
_GAP = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A run: as high as it took long; `kind` is its verdict, which decides how it is filled."""

    x: str
    width: str
    y: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line where another version begins to answer; the legend has its `number` too."""

    x: str
    number: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The drawing of some runs, the oldest at the left; the highest bar took `longest_s`."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    longest_s: float


def chart_of(runs: Sequence[PastRun]) -> Chart:
    """The drawing of at least one run."""
    longest_s = max(run.duration_s for run in runs)
    return Chart(
        bars=tuple(_bar(run, n, len(runs), longest_s) for n, run in enumerate(runs)),
        marks=_marks(runs),
        longest_s=longest_s,
    )


def _bar(run: PastRun, number: int, count: int, longest_s: float) -> Bar:
    share = run.duration_s / longest_s if longest_s else 0.0
    height = max(round(share * HEIGHT_PX, 1), _LEAST_HEIGHT_PX)
    return Bar(
        x=percent((number + _GAP / 2) / count),
        width=percent((1 - _GAP) / count),
        y=round(HEIGHT_PX - height, 1),
        height=height,
        kind="pass" if run.verdict is Judgement.PASS else _kind(run.verdict),
    )


def _kind(verdict: Judgement) -> str:
    """Whether the verdict is on the target, or nothing is known of it."""
    return "bad" if verdict in (Judgement.FAIL, Judgement.DIRTY) else "unknown"


def _marks(runs: Sequence[PastRun]) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for number, run in enumerate(runs):
        if run.version and (not marks or marks[-1].version != run.version):
            x = percent(number / len(runs))
            marks.append(Mark(x=x, number=len(marks) + 1, version=run.version))
    return tuple(marks)


def percent(share: float) -> str:
    """A share of the width."""
    return f"{round(share * 100, 2)}%"
