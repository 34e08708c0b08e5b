"""The suite of a further resource: the same proof for a document beside the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.checks.suites.base import FETCH, Stage, document_in_answer
from pytest_apismoke.checks.suites.document import DocumentSuite, is_own
from pytest_apismoke.configuration.document_profile import told
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.recovery_messages import told_of
from pytest_apismoke.schemas.store import SUFFIX


class ResourceSuite(DocumentSuite):
    """The checks of one resource, which fetches its document itself.

    Args:
        context: of the process.
        document: of the resource.
        first: the API of the first suite of the run.

    """

    what = "the fields of the document"

    def __init__(self, context: CheckContext, document: Document, *, first: str) -> None:
        self.api = document.name
        self._document = document
        self._answers: tuple[Response, ...] = ()
        super().__init__(context, first=first)

    def stages(self) -> tuple[Stage, ...]:
        """The stages of the suite, in order; a contract is checked where there is one."""
        contract = Stage(name="contract", run=self.contract)
        return (
            *self.opening(),
            *((contract,) if self.contracts(self._context) else ()),
            *self.writing(),
            *self.restoring(),
            *self.refusing(),
        )

    def opening(self) -> tuple[Stage, ...]:
        """The login, and a fetch of its own; none without the account that the profile pins."""
        login, fetch = super().opening()
        if self._context.preflight.account_is_unproven:
            return login, fetch
        return login, Stage(name=FETCH, run=self.fetch)

    def run(self, stage: Stage, context: CheckContext) -> CheckResult:
        """Carries out a stage for the document of this resource."""
        try:
            result = stage.run(context.of_document(self._document))
        except SmokeError as error:
            raise told_of(error, self._document) from None
        return replace(result, notes=tuple(told(note, self._document) for note in result.notes))

    def basis(self) -> tuple[Exchange, ...]:
        """The exchange that later stages judge."""
        return tuple(answer.exchange for answer in self._answers[-1:])

    def answers(self) -> Sequence[Response]:
        """The round of reads that the fetch made."""
        return self._answers

    def contracts(self, context: CheckContext) -> tuple[str, ...]:
        """The contract with the name of the resource, if there is one."""
        return (self.api,) if is_own(context, self.api) else ()

    def fetch(self, context: CheckContext) -> CheckResult:
        """The document is served with the token; in several reads if it is about to be written."""
        repeat = context.settings.repeat
        reads = max(1 if context.settings.read_only else context.settings.fresh_reads, repeat)
        target = context.target.strictly() if repeat > 1 else context.target
        self._answers = target.fetch_round(reads)
        # A run that writes nothing, and has no contract, would not look at it again.
        document_in_answer(self._answers[-1], context, otherwise=Category.INVALID)
        unlooked = () if self.contracts(context) else (self._without_contract(),)
        return CheckResult(verified="the document was fetched with the token", notes=unlooked)

    def _without_contract(self) -> str:
        return (
            f"no contract holds {self._document.path}: write contracts/{self.api}{SUFFIX}, or let"
            f" 'apismoke infer' draft it"
        )

    def contract(self, context: CheckContext) -> CheckResult:
        """The document matches the contract with its name."""
        return self.matches(context, self.api, self._answers)
