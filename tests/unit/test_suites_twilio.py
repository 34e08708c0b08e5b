"""The pure judges of Twilio's webhooks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.hostile import locations

from pytest_apismoke.checks.suites.webhooks import (
    governing_application,
    judge_number_url,
    judge_signed,
    judge_trunk,
    judge_unsigned,
)
from pytest_apismoke.configuration.profiles import Twilio
from pytest_apismoke.configuration.twilio_profile import Webhook
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor

MakeAnswer = Callable[..., Response]

WANTED = "https://api.example.com/twilio/voice"
SIGNED = "https://api.example.com/twilio/status"
WEBHOOK = Webhook(path="/twilio/status")
HOW = "without a signature"


def said(judge: Callable[..., None], answer: Response, **options: str) -> tuple[str, str, str, str]:
    """The parts of the failure that a judge raises."""
    with pytest.raises(SmokeError) as caught:
        judge(answer, webhook=WEBHOOK, **options)
    failure = caught.value.failure
    return failure.category.value, failure.expected, failure.seen, failure.hint


@pytest.mark.parametrize(
    ("status", "category", "seen", "hint"),
    [
        (204, "auth", "204: anyone can pass for Twilio", "compare X-Twilio-Signature with"),
        (404, "fetch", "404 with no body", "the webhook leads nowhere: correct [twilio.webhook]"),
        (405, "fetch", "405 with no body", "the webhook leads nowhere"),
        (500, "fetch", "500 with no body", "look into the target's log at the time of the request"),
        (429, "fetch", "429 with no body", "the webhook must take as many requests as Twilio"),
        (401, "fetch", "401 with no body", "if this is how the webhook answers, say so in"),
        (307, "fetch", "307, a redirect to nowhere", "if this is how the webhook answers"),
    ],
)
def test_a_request_that_is_not_signed_has_to_be_refused(
    status: int, category: str, seen: str, hint: str, make_answer: MakeAnswer
) -> None:
    judge_unsigned(make_answer(403), webhook=WEBHOOK, how=HOW)
    *parts, to_do = said(judge_unsigned, make_answer(status), how=HOW)
    assert parts == [category, "403 for a request without a signature", seen]
    assert to_do.startswith(hint)


@pytest.mark.parametrize(
    ("status", "seen", "hint"),
    [
        (403, "403: Twilio's own requests are refused", f"the signed one, {SIGNED}"),
        (404, "404 with no body", "the webhook leads nowhere"),
        (500, "500 with no body", "look into the target's log"),
        (400, "400 with no body", "say so in [twilio.webhook] statuses"),
    ],
)
def test_a_request_with_twilios_signature_has_to_be_accepted(
    status: int, seen: str, hint: str, make_answer: MakeAnswer
) -> None:
    for accepted in (200, 202, 204):
        judge_signed(make_answer(accepted), webhook=WEBHOOK, signed_url=SIGNED)
    *parts, to_do = said(judge_signed, make_answer(status), signed_url=SIGNED)
    expected = "200, 202 or 204 for a request with Twilio's signature"
    assert parts == ["fetch", expected, seen]
    assert hint in to_do


# -- where a number leads -----------------------------------------------------------------------


def judged(registered: object, wanted: str = WANTED) -> Failure | None:
    return judge_number_url(
        registered, wanted, name="voice_url", where="GET twilio", redactor=Redactor()
    )


@pytest.mark.parametrize(
    ("registered", "wanted"),
    [
        (WANTED, WANTED),
        ("HTTPS://API.Example.com:443/twilio/voice", WANTED),
        ("https://api.example.com./twilio/voice", WANTED),
        (f"{WANTED}#rc=2&rp=all", WANTED),
        ("https://user:password@api.example.com/twilio/voice", WANTED),
        (f"{WANTED}?b=&a=1", f"{WANTED}?a=1&b="),
        ("https://api.example.com", "https://api.example.com/"),
        ("http://127.0.0.1:80/v", "http://127.0.0.1/v"),
    ],
)
def test_the_same_place_may_be_written_in_many_ways(registered: str, wanted: str) -> None:
    assert judged(registered, wanted) is None


@pytest.mark.parametrize(
    ("registered", "seen"),
    [
        ("", "no URL"),
        (None, "no URL"),
        (7, "no URL"),
        (
            "https://old.example.com/twilio/voice",
            "'https://old.example.com/twilio/voice', with the host old.example.com in place of"
            " api.example.com",
        ),
        (
            "https://api.example.com.evil.example/twilio/voice",
            "'https://api.example.com.evil.example/twilio/voice', with the host"
            " api.example.com.evil.example in place of api.example.com",
        ),
        (
            "https://api.example.com@evil.example/twilio/voice",
            "'https://evil.example/twilio/voice', with the host evil.example in place of"
            " api.example.com",
        ),
        (
            "http://api.example.com/twilio/voice",
            "'http://api.example.com/twilio/voice', with http in place of https",
        ),
        (
            "https://api.example.com:8443/twilio/voice",
            "'https://api.example.com:8443/twilio/voice', with the port 8443 in place of 443",
        ),
        (f"{WANTED}/", f"'{WANTED}/', with a slash at its end"),
        (
            "https://api.example.com/twilio/sms",
            "'https://api.example.com/twilio/sms', with the path /twilio/sms in place of"
            " /twilio/voice",
        ),
        (
            "https://api.example.com/Twilio/voice",
            "'https://api.example.com/Twilio/voice', with the path /Twilio/voice in place of"
            " /twilio/voice",
        ),
        (f"{WANTED}?tenant=7", f"'{WANTED}?tenant=7', with a query"),
        (f"{WANTED}?token=canary-1234", f"'{WANTED}?token=[redacted]', with a query"),
        ("https://[::1", "'https://[::1', with a string that is no URL"),
        (
            "https://api.example.com:99999/",
            "'https://api.example.com:99999/', with a string that is no URL",
        ),
        (
            "/twilio/voice",
            "'/twilio/voice', with the host (none) in place of api.example.com",
        ),
    ],
)
def test_another_place_is_told_by_the_gravest_difference(registered: object, seen: str) -> None:
    failure = judged(registered)
    assert failure is not None
    assert (failure.category, failure.expected, failure.seen) == (
        Category.STATE,
        f"voice_url to be {WANTED}",
        seen,
    )
    assert failure.hint.startswith("set it in Twilio's console")


@pytest.mark.parametrize(
    ("registered", "wanted", "seen"),
    [
        (WANTED, f"{WANTED}/", "no slash at its end"),
        (WANTED, f"{WANTED}?tenant=7", "no query"),
        (f"{WANTED}?tenant=8", f"{WANTED}?tenant=7", "another query"),
    ],
)
def test_what_the_profile_asks_for_and_is_not_there(
    registered: str, wanted: str, seen: str
) -> None:
    failure = judged(registered, wanted)
    assert failure is not None
    assert failure.seen == f"{registered!r}, with {seen}"


@given(registered=locations)
def test_whatever_is_registered_there_is_an_answer(registered: str) -> None:
    failure = judged(registered)
    assert failure is None or (failure.seen and failure.hint)


@given(path=st.from_regex(r"/[a-z/]{0,8}", fullmatch=True))
def test_a_path_is_the_same_only_if_it_is_spelled_the_same(path: str) -> None:
    failure = judged(f"https://api.example.com{path}")
    assert (failure is None) == (path == "/twilio/voice")


def test_an_application_stands_for_the_urls_of_its_kind() -> None:
    properties = {"voice_application_sid": "AP1", "sms_application_sid": ""}
    names = ("voice_url", "voice_fallback_url", "sms_url", "status_callback")
    found = {name: governing_application(properties, name) for name in names}
    assert found == {
        "voice_url": "AP1",
        "voice_fallback_url": "AP1",
        "sms_url": "",
        "status_callback": "",
    }


def test_a_trunk_takes_the_calls() -> None:
    judge_trunk({"trunk_sid": "TK1"}, "sms_url", where="GET twilio")
    judge_trunk({"trunk_sid": None}, "voice_url", where="GET twilio")
    with pytest.raises(SmokeError) as caught:
        judge_trunk({"trunk_sid": "TK1"}, "voice_url", where="GET twilio")
    assert str(caught.value) == (
        "expected the number's voice_url to be asked, seen the trunk TK1, with which Twilio"
        " ignores it\n"
        "  where: GET twilio\n"
        "  what to do: take the number out of the trunk, or leave this property out of [twilio]"
        " number_webhooks"
    )


def test_what_is_sent_by_default_is_nobodys_call_that_took_no_time() -> None:
    """And by default nothing is sent at all."""
    assert (Twilio().webhook.path, Twilio().number_webhooks) == ("", ())
    fields = dict(Webhook().fields)
    assert {name: fields[name] for name in ("CallStatus", "CallDuration", "Duration")} == {
        "CallStatus": "completed",
        "CallDuration": "0",
        "Duration": "0",
    }
    assert (fields["From"], fields["To"]) == ("+15005550006", "+15005550006")
    assert set(str(fields["CallSid"])) == {"C", "A", "0"}
