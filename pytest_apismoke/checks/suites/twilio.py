"""The twilio suite: the phone number and the state of the receptionist. SPEC section 5.

Where the profile says so, full runs also look at what Twilio has of the number, and at a webhook.
"""

from __future__ import annotations

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.checks.suites.base import Stage, Suite, breach, settings_document
from pytest_apismoke.documents import (
    ABSENT,
    describe,
    lies_in_an_empty_list,
    lookup,
    member,
    members,
)
from pytest_apismoke.errors import Category, fail
from pytest_apismoke.late_pattern import late_pattern

#: A step of a JSON Pointer that names an item of a list.
_ITEM = late_pattern(r"/[0-9]+(?=/|$)")

_READ_ONLY = "read-only run: nothing was sent to the webhook"


class TwilioSuite(Suite):
    """The checks of the phone state."""

    api = "twilio"

    def stages(self) -> tuple[Stage, ...]:
        """The stages of the suite, in order."""
        return (
            *self.opening(),
            Stage(name="phone", run=self.phone, judges_settings=True),
            Stage(name="state", run=self.state, judges_settings=True),
            Stage(name="consistent", run=self.consistent, full_only=True, judges_settings=True),
            *self._beyond_the_document(),
        )

    def _beyond_the_document(self) -> tuple[Stage, ...]:
        """What the profile switches on; full runs only, because it takes a webhook, or Twilio."""
        twilio = self._context.settings.profile.twilio
        number = Stage(
            name="number_at_twilio", run=self.number_at_twilio, full_only=True, asks_others=True
        )
        unsigned = Stage(
            name="refuse_unsigned",
            run=self.refuse_unsigned,
            full_only=True,
            writes=True,
            read_only=_READ_ONLY,
            # A hole in the authorisation is found whatever else is broken.
            stands_alone=Category.AUTH,
        )
        signed = Stage(
            name="accept_signed",
            run=self.accept_signed,
            full_only=True,
            writes=True,
            read_only=_READ_ONLY,
        )
        return (
            # First: it tells whether the auth token, which signs, is the account's.
            *((number,) if twilio.number_webhooks else ()),
            *((unsigned, signed) if twilio.webhook.path else ()),
        )

    def phone(self, context: CheckContext) -> CheckResult:
        """Each number is E.164, or null for an account without one."""
        numbers = _numbers(context)
        if not numbers:
            return CheckResult(verified="the account says that it has no number: its list is empty")
        for place, number in numbers:
            if number is ABSENT or breach(context, number, "phone-number"):
                raise fail(
                    Category.PHONE,
                    expected=f"an E.164 number such as +14155550123, or null, in {place!r}",
                    seen=describe(number),
                    where=_where(context),
                    hint="correct the number of this account; it is stored with a plus sign, the"
                    " country code and digits only",
                )
        given = [number for _, number in numbers if number is not None]
        if not given:
            return CheckResult(verified="the account says that it has no number")
        words = f"all {len(given)} numbers are" if len(given) > 1 else "the number is"
        return CheckResult(verified=f"{words} E.164", notes=_unseen_numbers(context))

    def state(self, context: CheckContext) -> CheckResult:
        """The document says whether the receptionist is enabled."""
        field = context.target.profile.twilio.enabled_field
        enabled = _value(context, field)
        if isinstance(enabled, bool):
            state = "enabled" if enabled else "disabled"
            return CheckResult(verified=f"the receptionist says that it is {state}")
        raise fail(
            Category.STATE,
            expected=f"true or false in {field!r}",
            seen=describe(enabled),
            where=_where(context),
            hint="the document must always say whether the receptionist is enabled",
        )

    def consistent(self, context: CheckContext) -> CheckResult:
        """An enabled receptionist has a number; missing recommended fields are notes."""
        twilio = context.target.profile.twilio
        if not _value(context, twilio.enabled_field):
            return CheckResult(verified="the receptionist is disabled, so it needs no number")
        numbers = _numbers(context)
        if all(number is None for _, number in numbers):
            seen = "null" if numbers else "an empty list"
            raise fail(
                Category.STATE,
                expected="a number for a receptionist that is enabled",
                seen=f"{seen} in {twilio.number_field!r}",
                where=_where(context),
                hint="assign a number to the account, or disable its receptionist",
            )
        missing = [
            name
            for name in twilio.recommended
            if _value(context, name) is ABSENT or not _value(context, name)
        ]
        return CheckResult(
            verified="the enabled receptionist has a number",
            notes=tuple(
                f"warning: the receptionist is enabled without {name!r}" for name in missing
            ),
        )

    def number_at_twilio(self, context: CheckContext) -> CheckResult:
        """The webhooks of the number at Twilio lead to this target."""
        from pytest_apismoke.checks.suites.number_at_twilio import look_at_number

        number = _value(context, context.target.profile.twilio.number_field)
        if not isinstance(number, str):
            return CheckResult(verified="the account has no number, so Twilio was not asked")
        return look_at_number(context, number)

    def refuse_unsigned(self, context: CheckContext) -> CheckResult:
        """A request that Twilio has not signed is refused."""
        from pytest_apismoke.checks.suites.webhook_requests import send_unsigned

        status = send_unsigned(context)
        path = context.target.profile.twilio.webhook.path
        return CheckResult(
            verified=f"{path} refuses a request that Twilio has not signed, with {status}",
        )

    def accept_signed(self, context: CheckContext) -> CheckResult:
        """A request with Twilio's signature is accepted, and changes nothing in the settings."""
        from pytest_apismoke.checks.suites.webhook_requests import send_signed

        status = send_signed(context)
        path = context.target.profile.twilio.webhook.path
        return CheckResult(
            verified=f"{path} accepts a request with Twilio's signature, with {status};"
            " the settings are as before",
        )


def _value(context: CheckContext, field: str) -> object:
    return member(settings_document(context, otherwise=Category.ERROR), field)


def _numbers(context: CheckContext) -> list[tuple[str, object]]:
    """The numbers with their places; none where they are to be in a list that is empty."""
    document = settings_document(context, otherwise=Category.ERROR)
    field = context.target.profile.twilio.number_field
    if member(document, field) == [] or lies_in_an_empty_list(document, field):
        return []
    return list(members(document, field))


def _unseen_numbers(context: CheckContext) -> tuple[str, ...]:
    """The note about a list of which the profile names one item."""
    document = settings_document(context, otherwise=Category.ERROR)
    field = context.target.profile.twilio.number_field
    for found in _ITEM.finditer(field):
        items = lookup(document, field[: found.start()])
        if isinstance(items, list) and len(items) > 1:
            each = f"{field[: found.start()]}/*{field[found.end() :]}"
            return (
                f"{field[: found.start()]} has {len(items)} items, and one of them was looked at:"
                f' [twilio] number_field = "{each}" looks at all',
            )
    return ()


def _where(context: CheckContext) -> str:
    return f"{context.target.client.base_url}{context.target.profile.document.path}"
