"""The stages of a suite: run in order, each at most once, whatever order they are asked for in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Category, Failure, SmokeError, defect, interrupted
from pytest_apismoke.evidence import NOT_RUN, Exchange, Outcome, Result, sent_again
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.judgement import Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a stage verified, in a sentence; a stage that returns none has verified nothing."""

    verified: str
    notes: tuple[str, ...] = ()
    retries: int = 0
    exchanges: tuple[Exchange, ...] = ()
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a suite.

    `run` takes the suite's checks. `full_only` stages are left out of smoke runs, stages that
    `write` out of read-only runs, and `logs_in` out of runs that were given a token. A `cleanup`
    stage runs after a failure too, if there is anything to clean up. Stages `of_preflight` send
    nothing: they tell what the preflight did for all suites.
    """

    name: str
    run: Callable[[Any], Proof]
    full_only: bool = False
    writes: bool = False
    logs_in: bool = False
    cleanup: bool = False
    of_preflight: bool = False

    def not_wanted(self, settings: Settings) -> str:
        """Why this run does not make the check, or nothing when it does."""
        if self.writes and settings.read_only:
            return "read-only run: nothing was written, so persistence was not verified"
        if self.logs_in and settings.credentials.token:
            return "APISMOKE_TOKEN is given: the login was not tried"
        return ""


class Checks(Protocol):
    """What a suite keeps between its stages."""

    def needs_cleanup(self) -> bool:
        """Whether something was changed and not yet put back."""
        ...

    def exchanges(self) -> list[Exchange]:
        """The list to which every request of this process is appended."""
        ...

    def basis(self) -> tuple[Exchange, ...]:
        """What a stage without requests of its own has judged: the evidence of its failure."""
        ...

    def remarks(self) -> list[str]:
        """The list to which everything is appended that is worth a note, whatever the stage."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A built-in suite: the name of its API, its stages in order, and what makes its checks."""

    api: str
    stages: tuple[Stage, ...]
    checks: Callable[[Any], Checks]

    def chosen(self, settings: Settings) -> tuple[Stage, ...]:
        """The stages of this run's mode."""
        return tuple(s for s in self.stages if not (s.full_only and settings.smoke))

    def plan(self, settings: Settings) -> tuple[Planned, ...]:
        """What this suite has to verify in this run."""
        return tuple(
            Planned(
                api=self.api,
                stage=stage.name,
                name=f"{self.api}::{stage.name}",
                required=not stage.not_wanted(settings),
            )
            for stage in self.chosen(settings)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """How a stage ended: exactly one of `proof`, `failure` and `skipped` is set."""

    proof: Proof | None = None
    failure: Failure | None = None
    skipped: str = ""
    dirty: bool = False
    duration_s: float = 0.0
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()

    def outcome(self, redactor: Redactor, *, api: str, stage: str, name: str) -> Outcome:
        """The result as a record for the verdict and the reports."""
        again = len(sent_again(self.exchanges))
        if self.failure:
            return Outcome.of_failure(
                redactor,
                self.failure,
                api=api,
                stage=stage,
                name=name,
                duration_s=round(self.duration_s, 4),
                retries=again,
                exchanges=self.exchanges,
                notes=tuple(map(redactor.text, self.notes)),
                dirty=self.dirty,
            )
        if self.proof is None:
            return Outcome(
                api=api,
                stage=stage,
                name=name,
                outcome=Result.SKIPPED,
                message=self.skipped,
                duration_s=round(self.duration_s, 4),
                exchanges=self.exchanges,
            )
        return Outcome(
            api=api,
            stage=stage,
            name=name,
            outcome=Result.PASSED,
            message=redactor.text(self.proof.verified),
            duration_s=round(self.duration_s, 4),
            retries=self.proof.retries + again,
            exchanges=self.exchanges,
            notes=tuple(map(redactor.text, (*self.proof.notes, *self.notes))),
            verified=True,
        )


class Chain:
    """Runs the stages of one suite against one target.

    Asking for a stage runs those before it first, so a reordered run makes the same requests and
    comes to the same results; asking again gives the same result, so a retried run does too.
    """

    def __init__(self, suite: Suite, checks: Checks, settings: Settings, *, clock: Clock) -> None:
        self.suite = suite
        self._checks = checks
        self._settings = settings
        self._clock = clock
        self._stages = suite.chosen(settings)
        self._results: dict[str, StageResult] = {}

    def result(self, name: str) -> StageResult:
        """The result of a stage; runs what has not run yet, up to and including it."""
        for stage in self._stages:
            if name in self._results:
                break
            if stage.name not in self._results:
                self._run(stage)
        return self._results[name]

    def close(self) -> Sequence[tuple[Stage, StageResult]]:
        """Cleans up what is left to clean up, and says how that went."""
        done = []
        for stage in self._stages:
            # Also where it was tried and broken off: a timeout, say, in the middle of restoring.
            if stage.cleanup and self._checks.needs_cleanup():
                self._run(stage)
                done.append((stage, self._results[stage.name]))
        return done

    def _run(self, stage: Stage) -> None:
        reason = self._reason_to_skip(stage)
        if reason:
            self._results[stage.name] = StageResult(skipped=reason)
            return
        log = self._checks.exchanges()
        remarks = self._checks.remarks()
        sent_before, said_before, started = len(log), len(remarks), self._clock()
        proof: Proof | None = None
        failure: Failure | None = None
        dirty = False
        try:
            proof = stage.run(self._checks)
            failure = None if proof else _asserted_nothing(self.suite.api, stage)
        except SmokeError as error:
            failure, dirty = error.failure, error.dirty
        except Exception as error:
            failure = internal(f"{self.suite.api}::{stage.name}", error)
        except BaseException:
            # Ended from outside: told as that, and not tried a second time.
            failure = interrupted("the check", where=f"{self.suite.api}::{stage.name}")
            raise
        finally:
            sent = tuple(log[sent_before:])
            if failure and not sent and failure.category is not Category.BUDGET:
                sent = self._checks.basis()
            # However a clean-up failed: what it should have put back is still changed.
            dirty = dirty or (
                stage.cleanup and failure is not None and self._checks.needs_cleanup()
            )
            self._results[stage.name] = StageResult(
                proof=None if failure else proof,
                failure=failure,
                dirty=dirty,
                duration_s=self._clock() - started + (proof.duration_s if proof else 0.0),
                exchanges=(*(proof.exchanges if proof else ()), *sent),
                notes=tuple(remarks[said_before:]),
            )

    def _reason_to_skip(self, stage: Stage) -> str:
        reason = stage.not_wanted(self._settings)
        if reason:
            return reason
        failed = next((name for name, r in self._results.items() if r.failure), None)
        if failed and not (stage.cleanup and self._checks.needs_cleanup()):
            return f"{NOT_RUN}{self.suite.api}::{failed} failed"
        return ""


def _asserted_nothing(api: str, stage: Stage) -> Failure:
    return Failure(
        category=Category.UNVERIFIED,
        expected="the check to say what it verified",
        seen="nothing",
        where=f"{api}::{stage.name}",
        hint="the check returned no proof; this is a defect of the suite",
    )


def internal(name: str, error: Exception) -> Failure:
    """A check, by its node id, failed for reasons that are not the target's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else "unknown"
    return defect(
        "the check",
        seen=f"{type(error).__name__}: {error}",
        where=f"{name} ({place})",
    )
