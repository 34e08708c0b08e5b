"""The twilio suite: the phone number and the receptionist that answers it. SPEC section 5."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_apismoke.checks.stages import Proof, Stage, Suite
from pytest_apismoke.checks.suites.base import OPENING_STAGES, Opening
from pytest_apismoke.documents import ABSENT, describe
from pytest_apismoke.errors import Category, fail


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioChecks(Opening):
    """The checks of the phone state."""

    def phone(self) -> Proof:
        """The number is E.164, or null for an account without one."""
        field = self.target.profile.twilio.number_field
        number = self._value(field)
        if number is ABSENT or self.broken(number, "phone-number"):
            raise fail(
                Category.PHONE,
                expected=f"an E.164 number such as +14155550123, or null, in {field!r}",
                seen=describe(number),
                where=self._where(),
                hint="correct the number of this account; it is stored with a plus sign, the"
                " country code and digits only",
            )
        if number is None:
            return Proof(verified="the account says that it has no number")
        return Proof(verified="the number is E.164")

    def state(self) -> Proof:
        """The document says whether the receptionist is enabled."""
        field = self.target.profile.twilio.enabled_field
        enabled = self._value(field)
        if isinstance(enabled, bool):
            state = "enabled" if enabled else "disabled"
            return Proof(verified=f"the receptionist says that it is {state}")
        raise fail(
            Category.STATE,
            expected=f"true or false in {field!r}",
            seen=describe(enabled),
            where=self._where(),
            hint="the document must always say whether the receptionist is enabled",
        )

    def consistent(self) -> Proof:
        """A receptionist that is enabled has a number, and better also what it says and when."""
        twilio = self.target.profile.twilio
        if not self._value(twilio.enabled_field):
            return Proof(verified="the receptionist is disabled, so it needs no number")
        if self._value(twilio.number_field) is None:
            raise fail(
                Category.STATE,
                expected="a number for a receptionist that is enabled",
                seen=f"null in {twilio.number_field!r}",
                where=self._where(),
                hint="assign a number to the account, or disable its receptionist",
            )
        missing = [name for name in twilio.recommended if not self._given(name)]
        return Proof(
            verified="the enabled receptionist has a number",
            notes=tuple(
                f"warning: the receptionist is enabled without {name!r}" for name in missing
            ),
        )

    def _value(self, field: str) -> object:
        return self.document(otherwise=Category.ERROR).get(field, ABSENT)

    def _given(self, field: str) -> bool:
        value = self._value(field)
        return value is not ABSENT and bool(value)

    def _where(self) -> str:
        return f"{self.target.client.base_url}{self.target.profile.document.path}"


def _checks(opening: Opening) -> TwilioChecks:
    return TwilioChecks(
        target=opening.target,
        preflight=opening.preflight,
        redactor=opening.redactor,
        journal=opening.journal,
        schemas=opening.schemas,
    )


SUITE = Suite(
    api="twilio",
    checks=_checks,
    stages=(
        *OPENING_STAGES,
        Stage(name="phone", run=TwilioChecks.phone),
        Stage(name="state", run=TwilioChecks.state),
        Stage(name="consistent", run=TwilioChecks.consistent, full_only=True),
    ),
)
