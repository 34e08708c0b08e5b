"""What every format renders: the verdict on a run, and the facts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.verdict.causes import Cause, causes_of, headline_of, summary_of
from pytest_apismoke.verdict.records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdict on one target, and the facts of its run.

    Attributes:
        target: as it was given; empty for what concerns the call as a whole.
        verdict: on the target.
        facts: of its run.
        api_codes: the exit codes of its declared APIs in the table `api`, by name.

    """

    target: str
    verdict: Verdict
    facts: RunFacts
    api_codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict on a run with its facts; of a run against several targets that on all of them.

    Attributes:
        verdict: on the run.
        facts: about it.
        targets: the verdicts on the targets in their order, where there are several.

    """

    verdict: Verdict
    facts: RunFacts
    targets: tuple[Judged, ...] = ()

    @property
    def summary(self) -> str:
        """The one-line reason."""
        return summary_of(self.verdict)

    @property
    def headline(self) -> str:
        """The word of the verdict, and the reason: the first line everywhere."""
        return headline_of(self.verdict)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What broke, the earliest stage first."""
        return causes_of(self.verdict.checks)
