"""The proof of one document: validate, write one probe, read it back, restore. SPEC section 5."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.checks.suites.base import Stage, Suite, breach, document_in_answer
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.document_shape import read_document
from pytest_apismoke.http.recorder import Relay
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.restoring import PUT_BACK
from pytest_apismoke.safewrite.writing import ProbeWrite
from pytest_apismoke.schemas.store import SUFFIX, built_in, in_words
from pytest_apismoke.schemas.string_limits import max_length

_WRONG_TOKEN = "not-a-token-that-this-target-ever-issued"  # noqa: S105  # nobody's


class DocumentSuite(Suite):
    """The checks of a document; several of them share one probe and its restore."""

    #: What the document has, a plural for sentences.
    what: ClassVar[str]

    def __init__(self, context: CheckContext, *, first: str) -> None:
        super().__init__(context, first=first)
        self._relay = Relay(context.recorder)
        self._probe: ProbeWrite | None = None

    @abstractmethod
    def answers(self) -> Sequence[Response]:
        """The round of reads that the write begins with."""

    @abstractmethod
    def contracts(self, context: CheckContext) -> tuple[str, ...]:
        """The names of the contracts that the document has."""

    def writing(self) -> tuple[Stage, ...]:
        """The stages that write the probe, and look for it."""
        return (
            Stage(name="save", run=self.save, writes=True),
            Stage(name="persist", run=self.persist, writes=True),
        )

    def restoring(self) -> tuple[Stage, ...]:
        """The stages that look again, and restore."""
        return (
            Stage(name="persist_later", run=self.persist_later, writes=True, full_only=True),
            Stage(
                name="restore", run=self.restore, writes=True, needs_cleanup=self.needs_restoring
            ),
        )

    def refusing(self) -> tuple[Stage, ...]:
        """The stages that ask as somebody else."""
        # A hole in the authorisation is found whatever else is broken.
        return (
            Stage(
                name="refuse_no_token",
                run=self.refuse_no_token,
                full_only=True,
                stands_alone=Category.AUTH,
                repeatable=True,
            ),
            Stage(
                name="refuse_wrong_token",
                run=self.refuse_wrong_token,
                full_only=True,
                stands_alone=Category.AUTH,
                repeatable=True,
            ),
        )

    def needs_restoring(self) -> bool:
        """Whether a probe may still be in the document."""
        return self._probe is not None and self._probe.needs_restoring

    def probe_of(self, context: CheckContext) -> ProbeWrite:
        """The probe of this run, which records for the check that is running."""
        self._relay.to = context.recorder
        if self._probe is None:
            settings = context.settings
            self._probe = ProbeWrite(
                context.target.recording(self._relay),
                context.journal,
                run_id=context.preflight.run_id,
                account=context.guard.account(),
                readback_wait_s=settings.readback_wait_s,
                hold_s=0.0 if settings.smoke else settings.persistence_delay_s,
                reads=settings.fresh_reads,
                # Who names the field himself may write it all the same.
                outlives=settings.journal_outlives
                or context.target.profile.document.probe != Document().probe,
                limit_of=lambda pointer: max_length(
                    context.schemas, pointer, *self.contracts(context)
                ),
            )
        return self._probe

    def save(self, context: CheckContext) -> CheckResult:
        """The update of one field is accepted."""
        probe = self.probe_of(context)
        before = probe.retries
        answers = self.answers()
        document_in_answer(answers[-1], context, otherwise=Category.INVALID)
        unsteady = probe.begin(answers)
        probe.write()
        alone = tuple(f"{place} changes by itself, so it is not compared" for place in unsteady)
        return CheckResult(
            verified="the update of the probe field was accepted",
            notes=(*probe.take_notes(), *alone),
            retries=probe.retries - before,
        )

    def persist(self, context: CheckContext) -> CheckResult:
        """A fresh read shows the probe, and nothing else changed."""
        probe = self.probe_of(context)
        before = probe.retries
        probe.read_back()
        retries = probe.retries - before
        return CheckResult(
            verified="the probe was read back over a fresh connection; no other field changed",
            retries=retries,
            notes=probe.take_notes()
            or ((f"the read-back was there only after {retries + 1} reads",) if retries else ()),
        )

    def persist_later(self, context: CheckContext) -> CheckResult:
        """The probe is still there a while later."""
        probe = self.probe_of(context)
        delay_s = context.settings.persistence_delay_s
        probe.stays(delay_s, doing="the later look at persistence")
        return CheckResult(
            verified=f"the probe was still there {delay_s:g} s later", notes=probe.take_notes()
        )

    def restore(self, context: CheckContext) -> CheckResult:
        """The document equals the original again."""
        probe = self.probe_of(context)
        before = probe.retries
        how = probe.restore()
        return CheckResult(
            verified="the document equals the original again",
            notes=(*probe.take_notes(), *(() if how == PUT_BACK else (how,))),
            retries=probe.retries - before,
        )

    def refuse_no_token(self, context: CheckContext) -> CheckResult:
        """The document is not served without a token."""
        return self._refuses(context, {}, "without a token")

    def refuse_wrong_token(self, context: CheckContext) -> CheckResult:
        """The document is not served with a token that was never issued."""
        path = context.target.profile.document.path
        wrong = context.target.auth.headers_with(_WRONG_TOKEN, path=path)
        return self._refuses(context, dict(wrong), "with a wrong token")

    def _refuses(self, context: CheckContext, headers: dict[str, str], how: str) -> CheckResult:
        from pytest_apismoke.checks.suites.refusals import judge_refusal

        path = context.target.profile.document.path
        response = context.target.client.send(
            Request(method="GET", path=path, headers=headers), fresh=True
        )
        refusals = context.target.profile.refusals
        judge_refusal(
            response,
            refusals,
            how,
            breach_of=lambda body: breach(context, body, "refusal"),
            settings=self._known(context),
            what=self.what,
        )
        return CheckResult(verified=f"{self.what} are refused {how}, with {response.status}")

    def _known(self, context: CheckContext) -> dict[str, Any] | None:
        """The document as this run has fetched it; None where it could not."""
        answers = self.answers()
        try:
            return read_document(answers[-1], context.target.profile.document) if answers else None
        except SmokeError:
            return None

    def matches(
        self, context: CheckContext, contract: str, answers: Sequence[Response]
    ) -> CheckResult:
        """The document matches a contract, as each of several reads shows it.

        Raises:
            SmokeError: `invalid` if it does not.

        """
        distinct = list({answer.body: answer for answer in answers}.values())
        for response in distinct[:-1]:
            try:
                self._matches(context, contract, response)
            except SmokeError as error:
                bad = sum(answer.body == response.body for answer in answers)
                raise SmokeError(error.failure.in_share(bad, len(answers))) from None
        return self._matches(context, contract, distinct[-1])

    def _matches(self, context: CheckContext, contract: str, response: Response) -> CheckResult:
        document = document_in_answer(response, context, otherwise=Category.INVALID)
        broken = breach(context, document, contract)
        if not broken:
            return CheckResult(verified=f"the document matches the contract {contract!r}")
        raise fail(
            Category.INVALID,
            expected=f"a document that matches the contract {contract!r}",
            seen=in_words(broken.violations),
            where=response.where,
            hint=breach_hint(contract, own=is_own(context, contract)),
            violations=broken.violations,
            difference=broken.difference,
        )


def breach_hint(contract: str, *, own: bool) -> str:
    """What to do about a document that breaks a contract, the user's own or the built-in one."""
    path = f"contracts/{contract}{SUFFIX}"
    if own:
        return (
            f"compare the response with {path}: either the API broke it or the contract is out of"
            " date"
        )
    return (
        "either the API broke this contract, which is built in, or it does not fit this backend:"
        f" then write your own, {path}"
    )


def is_own(context: CheckContext, contract: str) -> bool:
    """Whether there is a contract of this name that is the user's."""
    path = f"{contract}{SUFFIX}"
    return bool(context.schemas.documents.get(path) != built_in().documents.get(path))
