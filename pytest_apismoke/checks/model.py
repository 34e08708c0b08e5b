"""The records of a check: its definition, its context and its result.

Built-in suites, declared checks, operations of an OpenAPI document and the preflight all yield
checks; one runner runs them, one judge judges them, and the verdict counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.evidence import Exchange, Sighting, sent_again
from pytest_apismoke.http.ahead_request import AheadRequest
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.ticket import Ticket
from pytest_apismoke.known.entries import Known
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas
from pytest_apismoke.verdict.judgement import Planned
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

if TYPE_CHECKING:
    from pytest_apismoke.safewrite.document_guard import DocumentGuard
    from pytest_apismoke.safewrite.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """Everything that a check may use.

    `captured` holds the values that the checks in `needs` captured, by name. Requests sent through
    `target`, and by `guard` while it preserves a document, are recorded for this check alone.
    """

    target: Target
    preflight: PreflightResult
    schemas: Schemas
    redactor: Redactor
    journal: Journal
    guard: DocumentGuard
    known: Known = field(default_factory=Known)
    captured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self.preflight.settings

    @property
    def recorder(self) -> Recorder:
        """Collects the exchanges and notes of this check."""
        return self.target.client.recorder

    def of_document(self, document: Document) -> CheckContext:
        """The same context for another document of the target."""
        return replace(self, target=self.target.of_document(document))

    def recording(
        self,
        recorder: Recorder,
        ticket: Ticket | None = None,
        captured: Mapping[str, Any] | None = None,
    ) -> CheckContext:
        """The same context with a recorder of its own.

        Args:
            recorder: collects what is sent with it.
            ticket: for an answer that was sent for.
            captured: the values in place of its own.

        """
        target = self.target.recording(recorder, ticket)
        return replace(
            self,
            target=target,
            guard=self.guard.using(target),
            captured=self.captured if captured is None else captured,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Why a check has no result of its own: a typed reason and a sentence.

    `because_of` is the id of the check on whose result it depends, where there is one.
    """

    reason: SkipReason
    text: str
    because_of: str = ""

    @classmethod
    def not_run(cls, cause: str, how: str = "failed") -> Skip:
        """A skip because another check, `cause`, ended without a pass; `how` completes the text."""
        return cls(reason=SkipReason.DEPENDENCY, text=f"not run: {cause} {how}", because_of=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """How a check ended: exactly one of `verified` (a sentence), `failure` and `skip` is set.

    A check need not return the exchanges and sightings that it recorded: the runner adds them.
    `absent` are the values that were not there to be captured, which is no failure: why, by name.
    `repeats` is how often it was run over fresh connections.
    """

    verified: str = ""
    failure: Failure | None = None
    skip: Skip | None = None
    dirty: bool = False
    duration_s: float = 0.0
    retries: int = 0
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    captured: Mapping[str, Any] = field(default_factory=dict, repr=False)
    absent: Mapping[str, str] = field(default_factory=dict)
    repeats: int = 1

    @property
    def passed(self) -> bool:
        """Whether something was verified."""
        return bool(self.verified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of a run.

    Args:
        id: pytest's node id, the id of its node and its stage.
        api: the API that it belongs to.
        stage: its name within the API.
        run: carries it out; raises `SmokeError` when it fails.
        required: whether a failure fails the run.
        smoke: whether it belongs to smoke runs.
        skip: why this run leaves it out, if it does.
        after: ids of the checks that come before it; it is not run if one of them failed.
        needs: ids of the checks that must pass first, because it uses values they captured.
        uses: the names of those values; it is skipped if one of them was not there.
        trusts: ids of earlier checks that validate what this one reads before it writes; it is not
            run if one of them found a violation.
        category: replaces the category of every failure of the target; None leaves it as it is.
        needs_cleanup: only for a check that restores something: whether that is still to be done.
        stands_alone: the category of failure that it finds whatever failed before, because it uses
            nothing of that: it is run all the same, and any other failure is that of the earlier
            check.
        basis: returns the exchanges to report with a failure that has none of its own.
        shares_requests: whether other checks of its API send the same requests, so that only the
            first of them reports a response that breaks its contract.
        reports_conformance: whether a response that breaks the OpenAPI document fails this check.
        writes: whether it changes a document: no violation in the response to an update is excused
            because it is known.
        repeatable: whether it sends safe requests only, and judges each by itself: a run may repeat
            it.
        may_write: whether it may send a request that is not safe: what reads, and comes after it,
            is not sent before it has ended.
        ahead: its first request, if that may be sent before the check begins.

    """

    id: str
    api: str
    stage: str
    run: Callable[[CheckContext], CheckResult]
    required: bool = True
    smoke: bool = True
    skip: Skip | None = None
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    trusts: tuple[str, ...] = ()
    category: Category | None = None
    needs_cleanup: Callable[[], bool] | None = None
    stands_alone: Category | None = None
    basis: Callable[[], tuple[Exchange, ...]] = tuple
    shares_requests: bool = False
    reports_conformance: bool = True
    writes: bool = False
    repeatable: bool = False
    may_write: bool = False
    ahead: AheadRequest | None = None

    @property
    def node(self) -> str:
        """The id of the node that collects it: an API, or the file that declares it."""
        return self.id.removesuffix(f"::{self.stage}")

    @property
    def planned(self) -> Planned:
        """The part of the check that the verdict uses."""
        belongs_to_run = self.skip is None or self.skip.reason is SkipReason.DEPENDENCY
        required = self.required and belongs_to_run
        return Planned(
            api=self.api,
            stage=self.stage,
            name=self.id,
            required=required,
            is_optional=not self.required,
        )

    def outcome(self, result: CheckResult, redactor: Redactor) -> Outcome:
        """The outcome for the verdict and the reports, without secrets."""
        notes = tuple(map(redactor.text, result.notes))
        retries = len(sent_again(result.exchanges))
        duration_s = round(result.duration_s, 4)
        if result.failure:
            return Outcome.of_failure(
                redactor,
                result.failure,
                api=self.api,
                stage=self.stage,
                name=self.id,
                duration_s=duration_s,
                retries=retries,
                exchanges=result.exchanges,
                notes=notes,
                sightings=result.sightings,
                dirty=result.dirty,
            )
        if result.skip:
            return Outcome(
                api=self.api,
                stage=self.stage,
                name=self.id,
                outcome=Result.SKIPPED,
                detail=result.skip.text,
                skip_reason=result.skip.reason,
                because_of=result.skip.because_of,
                duration_s=duration_s,
                exchanges=result.exchanges,
                sightings=result.sightings,
            )
        return Outcome(
            api=self.api,
            stage=self.stage,
            name=self.id,
            outcome=Result.PASSED,
            detail=redactor.text(result.verified),
            duration_s=duration_s,
            retries=result.retries + retries,
            exchanges=result.exchanges,
            notes=notes,
            sightings=result.sightings,
            verified=True,
        )
