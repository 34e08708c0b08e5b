"""The records of a verdict: what was planned, and what became of each API and of the run."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_apismoke.errors import Category
from pytest_apismoke.modes import ExitCodes
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Outcome, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A check that this run has to run; `required` ones must pass for the exit code 0.

    `is_optional` is the word of its author: neither its failure nor that it was not run decides.
    `is_users_test` is a test of a user's own, of which any result will do: it may skip itself.
    """

    api: str
    stage: str
    name: str
    required: bool = True
    is_optional: bool = False
    is_users_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiVerdict:
    """The verdict on one API; `failed_stage` is the earliest stage that failed, if any."""

    verdict: Judgement
    failed_stage: str | None
    category: Category | None
    stages: tuple[tuple[str, Result], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a run, for the reports and the exit code.

    `exit_code` is that of the table, in a rehearsal too; `ends_with` is the one of the process.
    """

    verdict: Judgement
    exit_code: int
    exit_codes: ExitCodes
    categories: Mapping[Category, int]
    apis: Mapping[str, ApiVerdict]
    checks: tuple[Outcome, ...]
    is_rehearsal: bool = False

    @property
    def ends_with(self) -> int:
        """The exit code of the process: 0 in a rehearsal, unless the target was left changed.

        A rehearsal excuses what the gate finds, never what it has done.
        """
        is_excused = self.is_rehearsal and self.verdict is not Judgement.DIRTY
        return 0 if is_excused else self.exit_code
