"""Earlier runs as frozen records: what a JSON report says of one target."""

from __future__ import annotations

from datetime import datetime

from pytest_apismoke.errors import TARGET_CATEGORIES, Category
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCheck:
    """A check of an earlier run.

    `latency_s` is how long the target took for its requests, without the gate's own waiting; None
    where it sent none, got no response, or shows the requests of an earlier check once more.
    `is_flaky` says that it passed only because a request was sent again.
    """

    api: str
    stage: str
    name: str
    outcome: Result
    category: Category | None = None
    latency_s: float | None = None
    is_flaky: bool = False

    @property
    def tells_of_target(self) -> bool:
        """Whether its outcome is evidence for or against the target."""
        return self.outcome is Result.PASSED or (
            self.outcome.is_failure and self.category in TARGET_CATEGORIES
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """An earlier run against one target.

    `source` is the file of its report, `started_at` is in UTC. `reason` is the verdict's reason in
    one line. `own` has the latencies of the run's own requests (readiness and the like), by their
    purpose.
    """

    source: str
    target: str
    mode: str
    version: str | None
    started_at: datetime
    duration_s: float
    verdict: Judgement
    exit_code: int
    reason: str = ""
    checks: tuple[PastCheck, ...] = ()
    own: tuple[tuple[str, float], ...] = ()
    run_id: str = ""
