"""What the keys of `[twilio]` can't say together. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.configuration.keys import PATH
from pytest_apismoke.configuration.rule import Contradiction
from pytest_apismoke.configuration.target_url import is_in_the_clear
from pytest_apismoke.configuration.twilio_profile import Twilio

_TABLE = "twilio"


def contradictions(twilio: Twilio) -> Iterator[Contradiction]:
    """The contradictions in what a run is to look at besides the fields of the phone's state."""
    if twilio.webhook.path and not twilio.auth_token:
        yield _needs(("webhook", "path"), "auth_token", "which signs the request")
    if not twilio.number_webhooks:
        return
    for key in ("account_sid", "auth_token"):
        if not getattr(twilio, key):
            yield _needs(("number_webhooks",), key, "with which Twilio is asked")
    for name, path in twilio.number_webhooks:
        if not PATH.fits(path):
            yield Contradiction(
                place=(_TABLE, "number_webhooks"),
                expected=f"{PATH.words}, for {name!r}",
                seen=repr(path),
                hint="the host is that of public_url, or of --target-url: write, for instance,"
                f' number_webhooks = {{ {name} = "/twilio/voice" }}',
            )
    if is_in_the_clear(twilio.api_url):
        yield Contradiction(
            place=(_TABLE, "api_url"),
            expected="an https URL, because the auth token goes with every request",
            seen=repr(twilio.api_url),
            hint="write https://; only an address of this machine may do without",
        )


def _needs(place: tuple[str, ...], key: str, why: str) -> Contradiction:
    return Contradiction(
        place=(_TABLE, *place),
        expected=f"{key} below [twilio], {why}",
        seen="none",
        hint=f'write {key} = "${{TWILIO_{key.upper()}}}" below [twilio], and set that variable'
        " where the gate runs",
    )
