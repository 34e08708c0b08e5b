"""The settings suite: fetch, validate, write one probe, read it back, restore. SPEC section 5."""

from __future__ import annotations

from typing import Any

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.checks.suites.base import (
    Stage,
    Suite,
    ask_oauth_start,
    breach,
    settings_document,
)
from pytest_apismoke.checks.suites.refusals import judge_refusal
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import describe, member
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.recorder import Relay
from pytest_apismoke.http.request import Request
from pytest_apismoke.safewrite.restoring import PUT_BACK
from pytest_apismoke.safewrite.writing import ProbeWrite
from pytest_apismoke.schemas.store import SUFFIX, built_in, in_words, max_length

#: The contract of the document that the profile names.
CONTRACT = "settings"
_DEEP_CONTRACT = "settings-deep"
_WRONG_TOKEN = "not-a-token-that-this-target-ever-issued"  # noqa: S105  # nobody's


class SettingsSuite(Suite):
    """The checks of the settings API; several of them share one probe and its restore."""

    api = "settings"

    def __init__(self, context: CheckContext, *, first: str) -> None:
        super().__init__(context, first=first)
        self._relay = Relay(context.recorder)
        self._probe: ProbeWrite | None = None

    def stages(self) -> tuple[Stage, ...]:
        """The stages of the suite, in order."""
        return (
            *self.opening(),
            Stage(name="contract", run=self.contract),
            Stage(name="save", run=self.save, writes=True),
            Stage(name="persist", run=self.persist, writes=True),
            *self._beside_calendar(),
            Stage(name="persist_later", run=self.persist_later, writes=True, full_only=True),
            Stage(
                name="restore", run=self.restore, writes=True, needs_cleanup=self.needs_restoring
            ),
            Stage(name="fields", run=self.fields, full_only=True),
            # A hole in the authorisation is found whatever else is broken.
            Stage(
                name="refuse_no_token",
                run=self.refuse_no_token,
                full_only=True,
                stands_alone=Category.AUTH,
            ),
            Stage(
                name="refuse_wrong_token",
                run=self.refuse_wrong_token,
                full_only=True,
                stands_alone=Category.AUTH,
            ),
        )

    def _beside_calendar(self) -> tuple[Stage, ...]:
        """The stage that saves beside a calendar; a target without one has no OAuth start."""
        if not self._context.settings.profile.api("calendar").enabled:
            return ()
        stage = Stage(
            name="save_without_calendar",
            run=self.save_without_calendar,
            writes=True,
            full_only=True,
        )
        return (stage,)

    def needs_restoring(self) -> bool:
        """Whether a probe may still be in the document."""
        return self._probe is not None and self._probe.needs_restoring

    def _probe_of(self, context: CheckContext) -> ProbeWrite:
        """The probe of this run, which records for the check that is running."""
        self._relay.to = context.recorder
        if self._probe is None:
            settings = context.settings
            self._probe = ProbeWrite(
                context.target.recording(self._relay),
                context.journal,
                run_id=context.preflight.run_id,
                account=context.preflight.account,
                readback_wait_s=settings.readback_wait_s,
                hold_s=0.0 if settings.smoke else settings.persistence_delay_s,
                reads=settings.fresh_reads,
                # Who names the field himself may write it all the same.
                outlives=settings.journal_outlives
                or settings.profile.document.probe != Document().probe,
                limit_of=lambda pointer: max_length(
                    context.schemas, pointer, CONTRACT, _deep_contract(context)
                ),
            )
        return self._probe

    def contract(self, context: CheckContext) -> CheckResult:
        """The document matches the contract that every consumer relies on."""
        return _matches(context, CONTRACT)

    def save(self, context: CheckContext) -> CheckResult:
        """The update of one field is accepted."""
        probe = self._probe_of(context)
        if context.preflight.recovery.failure:
            # The document still has changes of an earlier run: it must not become the original.
            raise SmokeError(context.preflight.recovery.failure, dirty=True)
        before = probe.retries
        settings_document(context, otherwise=Category.INVALID)
        unsteady = probe.begin(context.preflight.fetch.round)
        probe.write()
        alone = tuple(f"{place} changes by itself, so it is not compared" for place in unsteady)
        return CheckResult(
            verified="the update of the probe field was accepted",
            notes=(*probe.take_notes(), *alone),
            retries=probe.retries - before,
        )

    def persist(self, context: CheckContext) -> CheckResult:
        """A fresh read shows the probe, and nothing else changed."""
        probe = self._probe_of(context)
        before = probe.retries
        probe.read_back()
        retries = probe.retries - before
        return CheckResult(
            verified="the probe was read back over a fresh connection; no other field changed",
            retries=retries,
            notes=probe.take_notes()
            or ((f"the read-back was there only after {retries + 1} reads",) if retries else ()),
        )

    def save_without_calendar(self, context: CheckContext) -> CheckResult:
        """Saving works right after the OAuth start was requested, whatever the calendar's state."""
        probe = self._probe_of(context)
        connected_field = context.target.profile.calendar.connected_field
        connected = member(settings_document(context, otherwise=Category.INVALID), connected_field)
        try:
            state = f"the OAuth start returned {ask_oauth_start(context).status}"
        except SmokeError as error:
            # The calendar suite judges the OAuth start; here only saving has to work.
            state = f"the OAuth start failed with {error.failure.seen}"
        state += f", {connected_field!r} is {describe(connected)}"
        try:
            probe.write()
            probe.read_back()
        except SmokeError as error:
            raise fail(
                error.failure.category,
                expected="saving to work whatever the calendar's state is",
                seen=f"{error.failure.seen} (while {state})",
                where=error.failure.where,
                hint="saving settings must not depend on the calendar: look for a call to it in"
                " the update",
            ) from None
        return CheckResult(
            verified=f"a save was accepted and kept while {state}", notes=probe.take_notes()
        )

    def persist_later(self, context: CheckContext) -> CheckResult:
        """The probe is still there a while later."""
        probe = self._probe_of(context)
        delay_s = context.preflight.settings.persistence_delay_s
        probe.stays(delay_s, doing="the later look at persistence")
        return CheckResult(
            verified=f"the probe was still there {delay_s:g} s later", notes=probe.take_notes()
        )

    def restore(self, context: CheckContext) -> CheckResult:
        """The document equals the original again."""
        probe = self._probe_of(context)
        before = probe.retries
        how = probe.restore()
        return CheckResult(
            verified="the document equals the original again",
            notes=(*probe.take_notes(), *(() if how == PUT_BACK else (how,))),
            retries=probe.retries - before,
        )

    def fields(self, context: CheckContext) -> CheckResult:
        """Every known field matches the deep contract."""
        return _matches(context, _deep_contract(context))

    def refuse_no_token(self, context: CheckContext) -> CheckResult:
        """The document is not served without a token."""
        return _refuses(context, {}, "without a token")

    def refuse_wrong_token(self, context: CheckContext) -> CheckResult:
        """The document is not served with a token that was never issued."""
        path = context.target.profile.document.path
        wrong = context.target.auth.headers_with(_WRONG_TOKEN, path=path)
        return _refuses(context, dict(wrong), "with a wrong token")


def _known_settings(context: CheckContext) -> dict[str, Any] | None:
    """The settings as this run has fetched them; None where it could not."""
    if context.preflight.fetch.response is None:
        return None
    try:
        return settings_document(context, otherwise=Category.INVALID)
    except SmokeError:
        return None


def _deep_contract(context: CheckContext) -> str:
    """The contract of every known field; the built-in one is about the built-in document only."""
    is_of_another = _is_own(context, CONTRACT) and not _is_own(context, _DEEP_CONTRACT)
    return CONTRACT if is_of_another else _DEEP_CONTRACT


def _is_own(context: CheckContext, contract: str) -> bool:
    """Whether a contract is the user's, in the place of the built-in one."""
    path = f"{contract}{SUFFIX}"
    return bool(context.schemas.documents.get(path) != built_in().documents.get(path))


def _matches(context: CheckContext, contract: str) -> CheckResult:
    document = settings_document(context, otherwise=Category.INVALID)
    broken = breach(context, document, contract)
    if not broken:
        return CheckResult(verified=f"the document matches the contract {contract!r}")
    response = context.preflight.fetch.response
    assert response is not None, "the fetch stage comes first"
    raise fail(
        Category.INVALID,
        expected=f"a document that matches the contract {contract!r}",
        seen=in_words(broken.violations),
        where=response.where,
        hint=f"compare the response with contracts/{contract}.schema.json: either the API broke"
        " it or the contract is out of date",
        violations=broken.violations,
        difference=broken.difference,
    )


def _refuses(context: CheckContext, headers: dict[str, str], how: str) -> CheckResult:
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
        settings=_known_settings(context),
    )
    return CheckResult(verified=f"the settings are refused {how}, with {response.status}")
