"""The settings suite: the proof of the settings document, beside a calendar. SPEC section 5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.checks.repeating import in_each_document
from pytest_apismoke.checks.suites.base import CONTRACT, Stage, ask_oauth_start, settings_document
from pytest_apismoke.checks.suites.document import DocumentSuite, is_own
from pytest_apismoke.documents import Difference, describe, member
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.document_shape import changing_places, read_document
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.agreement import (
    agreement,
    disagreement,
    persists,
    two_accounts,
    two_shapes,
)
from pytest_apismoke.safewrite.restoring import listed

_DEEP_CONTRACT = "settings-deep"


class SettingsSuite(DocumentSuite):
    """The checks of the settings API."""

    api = "settings"
    what = "the settings"

    def stages(self) -> tuple[Stage, ...]:
        """The stages of the suite, in order."""
        return (
            *self.opening(),
            Stage(name="contract", run=self.contract),
            *self.writing(),
            *self._beside_calendar(),
            *self.restoring(),
            Stage(name="fields", run=self.fields, full_only=True, judges_settings=True),
            *self.refusing(),
        )

    def answers(self) -> Sequence[Response]:
        """The round of reads that the preflight made."""
        return self._context.preflight.fetch.round

    def contracts(self, context: CheckContext) -> tuple[str, ...]:
        """The contract of every document, and the deep one."""
        return CONTRACT, _deep_contract(context)

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

    def contract(self, context: CheckContext) -> CheckResult:
        """Each read matches the contract that every consumer relies on, and they agree."""
        result = in_each_document(self._contract, context)
        self._refuse_two(context)
        return result

    def _contract(self, context: CheckContext) -> CheckResult:
        return self.matches(context, CONTRACT, self._fetched(context))

    def _refuse_two(self, context: CheckContext) -> None:
        """Makes sure that the reads are of one account, and of one shape.

        Where nothing will be written, whose baseline they would be, also that they agree.

        Raises:
            SmokeError: `state` or `persist` if they do not.

        """
        place, answers = context.target.profile.document, context.preflight.fetch.round
        where = f"{context.target.client.base_url}{place.path}"
        changing, id_field = changing_places(place), place.id_field

        def problem(documents: Sequence[dict[str, Any]]) -> tuple[Difference, ...]:
            is_alone = context.settings.read_only
            return agreement(documents, changing=changing).problem if is_alone else ()

        documents = [read_document(answer, place) for answer in answers]
        differs = bool(two_shapes(documents, changing) or problem(documents))
        if differs and not two_accounts(documents, id_field):
            # Somebody may have saved something just then: it is there from now on.
            again = context.target.fetch_round(2 * len(answers))
            documents = [read_document(answer, place) for answer in again]
        failure = disagreement(documents, id_field=id_field, changing=changing, where=where)
        if failure is None and (found := problem(documents)):
            failure = persists(documents, found, listed=listed(found), where=where)
        if failure:
            raise SmokeError(failure)

    def save(self, context: CheckContext) -> CheckResult:
        """The update of one field is accepted."""
        self.probe_of(context)
        if failure := context.preflight.left_to_the_settings:
            # The document still has changes of an earlier run: it must not become the original.
            raise SmokeError(failure, dirty=True)
        return super().save(context)

    def save_without_calendar(self, context: CheckContext) -> CheckResult:
        """Saving works right after the OAuth start was requested, whatever the calendar's state."""
        probe = self.probe_of(context)
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

    def fields(self, context: CheckContext) -> CheckResult:
        """Every known field matches the deep contract."""
        return self.matches(context, _deep_contract(context), self._fetched(context))

    def _fetched(self, context: CheckContext) -> Sequence[Response]:
        """The one read whose document is judged."""
        response = context.preflight.fetch.response
        return () if response is None else (response,)


def _deep_contract(context: CheckContext) -> str:
    """The contract of every known field; the built-in one is about the built-in document only."""
    is_of_another = is_own(context, CONTRACT) and not is_own(context, _DEEP_CONTRACT)
    return CONTRACT if is_of_another else _DEEP_CONTRACT
