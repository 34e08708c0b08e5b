"""The webhook takes what Twilio has signed, the OAuth callback what the provider sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from demo.running import CALLBACK, WEBHOOK, Demo, Start, signed
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from pytest_apismoke.demo.faults import all_faults
from pytest_apismoke.demo.twilio import is_signed

TOKEN = "canary-0123456789abcdef"
FIELDS = {"CallSid": "CA00000000000000000000000000000000", "To": "+15005550006", "Note": "é +&="}
#: Half a surrogate pair can't be sent.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
REFUSED = (403, {"detail": "Invalid Twilio signature"})
TAKEN = (204, None)


def post(demo: Demo, headers: Mapping[str, str], *, query: str = "") -> tuple[int, Any]:
    response = demo.request("POST", WEBHOOK + query, data=FIELDS, headers=headers)
    return response.status_code, response.json() if response.content else None


def signature(demo: Demo, *, query: str = "", base: str = "", token: str = TOKEN) -> dict[str, str]:
    return signed((base or demo.url) + WEBHOOK + query, FIELDS, token)


@pytest.fixture
def demo(start: Start) -> Demo:
    return start(TWILIO_AUTH_TOKEN=TOKEN)


def test_only_what_twilio_has_signed_is_taken(demo: Demo) -> None:
    before = demo.document()
    assert post(demo, {}) == REFUSED
    assert post(demo, {"X-Twilio-Signature": "é"}) == REFUSED
    assert post(demo, signature(demo, token="another-token")) == REFUSED
    assert post(demo, signature(demo, query="?a=1")) == REFUSED
    assert post(demo, signature(demo)) == TAKEN
    assert post(demo, signature(demo, query="?a=1&b"), query="?a=1&b") == TAKEN
    assert demo.document() == before


def test_behind_a_proxy_the_signature_is_about_the_url_that_the_proxy_tells(demo: Demo) -> None:
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com"}
    public = signature(demo, base="https://api.example.com")
    assert post(demo, {**told, **public}) == TAKEN
    assert post(demo, {**told, **signature(demo)}) == REFUSED


def test_without_an_auth_token_nothing_is_taken(start: Start) -> None:
    demo = start(TWILIO_AUTH_TOKEN="")
    assert post(demo, signature(demo, token="")) == REFUSED


@given(
    fields=st.dictionaries(TEXTS, TEXTS, max_size=4),
    query=st.sampled_from(["", "?a=1&b=", "?b=%20&a=%C3%A9"]),
    token=st.text(st.characters(codec="utf-8"), min_size=1, max_size=9),
)
def test_its_own_code_agrees_with_twilios_library(
    fields: dict[str, str], query: str, token: str
) -> None:
    url = f"https://api.example.com/twilio/status{query}"
    body = urlencode(fields).encode()
    signature = RequestValidator(token).compute_signature(url, fields)
    assert is_signed(signature, url=url, body=body, auth_token=token)
    assert not is_signed(signature, url=url, body=body, auth_token=f"{token}-")


def asked(demo: Demo, **query: str) -> tuple[int, object]:
    """The status, and the place of what lacks, the detail, the JSON body or the media type."""
    response = demo.get(CALLBACK, params=query)
    if response.headers.get("Content-Type") != "application/json":
        return response.status_code, response.headers.get("Content-Type")
    body = response.json()
    detail = body.get("detail", body)
    return response.status_code, detail[0]["loc"] if isinstance(detail, list) else detail


def test_the_callback_says_what_it_lacks(demo: Demo) -> None:
    assert asked(demo) == (422, ["query", "code"])
    assert asked(demo, state="x") == (422, ["query", "code"])
    assert asked(demo, code="x") == (422, ["query", "state"])
    assert asked(demo, code="x", state="x") == (400, "Unknown state")


#: What each fault answers: to an unsigned request, and to a signed one.
WEBHOOKS = {
    "webhook-accepts-unsigned": (TAKEN, TAKEN),
    "webhook-accepts-any-signature": (REFUSED, TAKEN),
    "webhook-refuses-signed": (REFUSED, REFUSED),
    "webhook-missing": ((404, {"error": "not_found", "detail": "Not Found"}),) * 2,
    "webhook-changes-settings": (REFUSED, TAKEN),
    "webhook-counts": (REFUSED, TAKEN),
}
CHANGES: dict[str, dict[str, object]] = {
    "webhook-changes-settings": {"receptionist_enabled": False},
    "webhook-counts": {"minutes_used": 43},
}
#: What each fault answers: without anything, without a code, and without a state.
CALLBACKS = {
    "callback-500": ((500, "text/plain; charset=utf-8"),) * 3,
    "callback-html": ((400, "text/html; charset=utf-8"),) * 3,
    "callback-redirects": ((302, None),) * 3,
    "callback-missing": ((404, "Not Found"),) * 3,
    "callback-ignores-state": (
        (422, ["query", "code"]),
        (422, ["query", "code"]),
        (200, {"status": "connected"}),
    ),
}


@pytest.mark.parametrize("name", WEBHOOKS)
def test_faults_of_the_webhook(start: Start, name: str) -> None:
    demo = start(name, TWILIO_AUTH_TOKEN=TOKEN)
    before = demo.document()
    assert (post(demo, {}), post(demo, signature(demo))) == WEBHOOKS[name]
    assert demo.document() == {**before, **CHANGES.get(name, {})}


def test_a_webhook_that_looks_only_whether_there_is_a_signature(start: Start) -> None:
    demo = start("webhook-accepts-any-signature", TWILIO_AUTH_TOKEN=TOKEN)
    assert post(demo, {"X-Twilio-Signature": "made up"}) == TAKEN


def test_a_webhook_that_breaks_over_a_signed_request(start: Start) -> None:
    demo = start("webhook-500", TWILIO_AUTH_TOKEN=TOKEN)
    assert post(demo, {}) == REFUSED
    response = demo.request("POST", WEBHOOK, data=FIELDS, headers=signature(demo))
    assert (response.status_code, response.text) == (500, "Internal Server Error")


@pytest.mark.parametrize("name", CALLBACKS)
def test_faults_of_the_callback(start: Start, name: str) -> None:
    demo = start(name)
    assert (asked(demo), asked(demo, state="x"), asked(demo, code="x")) == CALLBACKS[name]


def test_every_deep_fault_has_one_proof() -> None:
    deep = [one.name for one in all_faults() if one.mode == "deep"]
    assert sorted([*WEBHOOKS, *CALLBACKS, "webhook-500"]) == sorted(deep)
