"""What the runs of one target show, put together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pytest_apismoke.history.deploy import Deploy, last_deploy
from pytest_apismoke.history.flakiness import FlakyCheck, flaky_checks
from pytest_apismoke.history.latency import Figures, figures_of
from pytest_apismoke.history.past_run import PastRun
from pytest_apismoke.history.stages import StageLatency, latencies_by_stage
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The runs against one target in one mode, the oldest first, and what they show.

    `whole` has the durations of those that passed; None if none did.
    """

    target: str
    mode: str
    runs: tuple[PastRun, ...]
    whole: Figures | None
    stages: tuple[StageLatency, ...]
    deploy: Deploy | None
    flaky: tuple[FlakyCheck, ...]

    @property
    def verdicts(self) -> tuple[tuple[Judgement, int], ...]:
        """How often each verdict was reached, in the order of their severity."""
        counts = Counter(run.verdict for run in self.runs)
        return tuple((verdict, counts[verdict]) for verdict in Judgement if counts[verdict])

    @property
    def latest(self) -> PastRun:
        """The latest run."""
        return self.runs[-1]

    @property
    def streak(self) -> int:
        """How many runs, the latest of them, have the verdict of the latest."""
        others = (run.verdict is not self.latest.verdict for run in reversed(self.runs))
        return next((n for n, other in enumerate(others) if other), len(self.runs))


def trend_of(runs: Sequence[PastRun]) -> Trend:
    """The trend of at least one run; all are of one target and mode, the oldest first."""
    passed_s = [run.duration_s for run in runs if run.verdict is Judgement.PASS]
    return Trend(
        target=runs[-1].target,
        mode=runs[-1].mode,
        runs=tuple(runs),
        whole=figures_of(passed_s) if passed_s else None,
        stages=latencies_by_stage(runs),
        deploy=last_deploy(runs),
        flaky=flaky_checks(runs),
    )
