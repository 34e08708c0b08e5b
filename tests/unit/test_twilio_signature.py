"""The signature of a webhook: Twilio's own, as documented and as its library computes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http import twilio_signature
from pytest_apismoke.http.twilio_signature import require_extra, signature

#: The worked example of Twilio's documentation and of its libraries' tests, with its result.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = (
    ("Digits", "1234"),
    ("CallSid", "CA1234567890ABCDE"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
    ("From", "+14158675309"),
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)


def test_it_is_that_of_the_documented_example() -> None:
    assert signature(URL, FIELDS, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@given(fields=st.dictionaries(TEXTS, TEXTS, max_size=5), token=TEXTS.filter(bool))
def test_twilios_own_validator_takes_it(fields: dict[str, str], token: str) -> None:
    signed = signature(URL, tuple(fields.items()), token)
    validator = RequestValidator(token)
    assert validator.validate(URL, fields, signed)
    assert not validator.validate(f"{URL}3", fields, signed)
    assert not validator.validate(URL, {**fields, "Another": "x"}, signed)


def test_without_the_library_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_signature, "find_spec", lambda _: None)
    with pytest.raises(SmokeError) as caught:
        require_extra("apismoke.toml, line 3, twilio.webhook.path")
    assert str(caught.value) == (
        "expected Twilio's library, which signs the request to the webhook, seen an installation"
        " without twilio\n"
        "  where: apismoke.toml, line 3, twilio.webhook.path\n"
        "  what to do: pip install 'pytest-apismoke[twilio]', or switch the check off with"
        " path = ''"
    )
