"""The settings suite: read, check, write one probe, read it back, restore. SPEC section 5."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_apismoke.checks.stages import Proof, Stage, Suite
from pytest_apismoke.checks.suites.base import OPENING_STAGES, Opening
from pytest_apismoke.documents import ABSENT, describe
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.restoring import PUT_BACK
from pytest_apismoke.safewrite.writing import ProbeWrite
from pytest_apismoke.schemas.store import in_words, longest_text

_CONTRACT = "settings"
_DEEP_CONTRACT = "settings-deep"
_WRONG_TOKEN = "not-a-token-that-this-target-ever-issued"  # noqa: S105  # nobody's


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChecks(Opening):
    """The checks of the settings API; `probe` carries the write from stage to stage."""

    probe: ProbeWrite

    def needs_cleanup(self) -> bool:
        """Whether a probe may still be in the document."""
        return self.probe.needs_restoring

    def contract(self) -> Proof:
        """The document has what every consumer relies on."""
        return self._holds(_CONTRACT)

    def save(self) -> Proof:
        """The update of one field is accepted."""
        if self.preflight.recovery.failure:
            # What an earlier run has left is not to be taken for the original.
            raise SmokeError(self.preflight.recovery.failure, dirty=True)
        before = self.probe.retries
        unsteady = self.probe.begin(self.document(otherwise=Category.INVALID))
        self.probe.write()
        alone = tuple(f"{place} changes by itself, so it is not compared" for place in unsteady)
        return Proof(
            verified="the update of the probe field was accepted",
            notes=(*self.probe.take_notes(), *alone),
            retries=self.probe.retries - before,
        )

    def persist(self) -> Proof:
        """A fresh read shows the probe, and nothing else changed."""
        before = self.probe.retries
        self.probe.read_back()
        retries = self.probe.retries - before
        return Proof(
            verified="the probe was read back over a fresh connection; no other field changed",
            retries=retries,
            notes=self.probe.take_notes()
            or ((f"the read-back was there only after {retries + 1} reads",) if retries else ()),
        )

    def save_without_calendar(self) -> Proof:
        """Saving does not depend on the calendar: asked right after its OAuth start was."""
        connected_field = self.target.profile.calendar.connected_field
        connected = self.document(otherwise=Category.INVALID).get(connected_field, ABSENT)
        try:
            state = f"OAuth start answered {self.ask_start().status}"
        except SmokeError as error:
            # Whatever the calendar does is the calendar suite's business; saving must go on.
            state = f"OAuth start gave {error.failure.seen}"
        state += f", {connected_field!r} is {describe(connected)}"
        try:
            self.probe.write()
            self.probe.read_back()
        except SmokeError as error:
            raise fail(
                error.failure.category,
                expected="saving to work whatever the calendar's state is",
                seen=f"{error.failure.seen} (while {state})",
                where=error.failure.where,
                hint="saving settings must not depend on the calendar: look for a call to it in"
                " the update",
            ) from None
        return Proof(
            verified=f"a save was accepted and kept while {state}", notes=self.probe.take_notes()
        )

    def persist_later(self) -> Proof:
        """The probe is still there a while later."""
        delay_s = self.preflight.settings.persistence_delay_s
        budget, doing = self.target.client.budget, "the later look at persistence"
        budget.wait(delay_s, doing=doing)
        while not self.probe.read_back():
            # What was written again has to last as long.
            budget.wait(delay_s, doing=doing)
        return Proof(
            verified=f"the probe was still there {delay_s:g} s later", notes=self.probe.take_notes()
        )

    def restore(self) -> Proof:
        """The document equals the original again."""
        before = self.probe.retries
        how = self.probe.restore()
        return Proof(
            verified="the document equals the original again",
            notes=(*self.probe.take_notes(), *(() if how == PUT_BACK else (how,))),
            retries=self.probe.retries - before,
        )

    def fields(self) -> Proof:
        """Every known field has the form that consumers rely on."""
        return self._holds(_DEEP_CONTRACT)

    def refuse_no_token(self) -> Proof:
        """The document is not served without a token."""
        return self._refuses({}, "without a token")

    def refuse_wrong_token(self) -> Proof:
        """The document is not served with a token that nobody issued."""
        return self._refuses(dict(self.target.auth.headers(_WRONG_TOKEN)), "with a wrong token")

    def _holds(self, contract: str) -> Proof:
        document = self.document(otherwise=Category.INVALID)
        broken = self.broken(document, contract)
        if not broken:
            return Proof(verified=f"the document keeps the contract {contract!r}")
        response = self.preflight.fetch.response
        assert response is not None, "the fetch stage comes first"
        raise fail(
            Category.INVALID,
            expected=f"a document that keeps the contract {contract!r}",
            seen=in_words(broken.violations),
            where=response.where,
            hint=f"compare the answer with contracts/{contract}.schema.json: either the API broke"
            " it or the contract is out of date",
            violations=broken.violations,
            difference=broken.difference,
        )

    def _refuses(self, headers: dict[str, str], how: str) -> Proof:
        path = self.target.profile.document.path
        response = self.target.client.send(
            Request(method="GET", path=path, headers=headers), fresh=True
        )
        if 200 <= response.status < 300:
            raise fail(
                Category.AUTH,
                expected=f"401 or 403 for the settings {how}",
                seen=f"{response.status}: they are served to anyone",
                where=response.where,
                hint="the route is not protected: put the authentication back in front of it",
            )
        if response.status not in (401, 403):
            raise response.not_as_expected(
                f"401 or 403 for the settings {how}", category=Category.FETCH
            )
        self._is_structured(response, how)
        return Proof(verified=f"the settings are refused {how}, with {response.status}")

    def _is_structured(self, response: Response, how: str) -> None:
        hint = "answer errors as JSON that names the error, also those of the authentication layer"
        expected = f"a structured JSON body in the refusal {how}"
        try:
            body = response.json()
        except SmokeError:
            raise response.not_as_expected(expected, hint=hint) from None
        broken = self.broken(body, "refusal")
        if broken:
            raise fail(
                Category.INVALID,
                expected=expected,
                seen=str(broken.violations[0]),
                where=response.where,
                hint=hint,
            )


def _checks(opening: Opening) -> SettingsChecks:
    settings = opening.preflight.settings
    probe = ProbeWrite(
        opening.target,
        opening.journal,
        run_id=opening.preflight.run_id,
        account=opening.preflight.account,
        readback_wait_s=settings.readback_wait_s,
        hold_s=0.0 if settings.smoke else settings.persistence_delay_s,
        limit=longest_text(
            opening.schemas, settings.profile.document.probe, _CONTRACT, _DEEP_CONTRACT
        ),
    )
    return SettingsChecks(
        target=opening.target,
        preflight=opening.preflight,
        redactor=opening.redactor,
        journal=opening.journal,
        schemas=opening.schemas,
        probe=probe,
    )


SUITE = Suite(
    api="settings",
    checks=_checks,
    stages=(
        *OPENING_STAGES,
        Stage(name="contract", run=SettingsChecks.contract),
        Stage(name="save", run=SettingsChecks.save, writes=True),
        Stage(name="persist", run=SettingsChecks.persist, writes=True),
        Stage(
            name="save_without_calendar",
            run=SettingsChecks.save_without_calendar,
            writes=True,
            full_only=True,
        ),
        Stage(name="persist_later", run=SettingsChecks.persist_later, writes=True, full_only=True),
        Stage(name="restore", run=SettingsChecks.restore, writes=True, cleanup=True),
        Stage(name="fields", run=SettingsChecks.fields, full_only=True),
        Stage(name="refuse_no_token", run=SettingsChecks.refuse_no_token, full_only=True),
        Stage(name="refuse_wrong_token", run=SettingsChecks.refuse_wrong_token, full_only=True),
    ),
)
