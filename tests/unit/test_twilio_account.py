"""What Twilio's REST API says of a number, and what it says of the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.twilio_account import TwilioAccount

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

MakeAnswer = Callable[..., Response]
SID = "AC00000000000000000000000000000001"
NUMBER = {"phone_number": "+14155550123", "voice_url": "https://api.example.com/voice"}


def page(*numbers: object) -> dict[str, object]:
    return {"incoming_phone_numbers": list(numbers), "next_page_uri": None}


def asked(client: ScriptedClient) -> object:
    account = TwilioAccount(client, account_sid=SID, auth_token="a-token")
    return account.number("+14155550123")


def test_the_number_itself_is_found_among_those_that_contain_it(
    scripted: Callable[..., ScriptedClient], make_answer: MakeAnswer
) -> None:
    longer = {"phone_number": "+141555501234"}
    assert asked(scripted(make_answer(body=page(longer, NUMBER)))) == NUMBER
    assert asked(scripted(make_answer(body=page(longer)))) is None
    assert asked(scripted(make_answer(body=page()))) is None


def test_a_limit_is_waited_for_with_growing_patience(
    make_answer: MakeAnswer, clock: FakeClock, scripted: Callable[..., ScriptedClient]
) -> None:
    limit = make_answer(429)
    assert asked(scripted(limit, limit, limit, make_answer(body=page(NUMBER)))) == NUMBER
    assert clock.slept == [1.0, 2.0, 4.0]


def test_a_wait_that_is_told_is_taken_at_its_word(
    make_answer: MakeAnswer, clock: FakeClock, scripted: Callable[..., ScriptedClient]
) -> None:
    limit = make_answer(429, headers={"retry-after": "7"})
    assert asked(scripted(limit, make_answer(body=page(NUMBER)))) == NUMBER
    assert clock.slept == [7.0]


def test_it_waits_no_longer_than_half_of_the_budget(
    make_answer: MakeAnswer, clock: FakeClock, scripted: Callable[..., ScriptedClient]
) -> None:
    """The rest is for the checks that come after it: 25 of 50 s that may be used here."""
    with pytest.raises(SmokeError) as caught:
        asked(scripted(make_answer(429)))
    failure = caught.value.failure
    assert (failure.category, failure.seen, clock.slept) == (
        Category.BUDGET,
        "429 to each of 5 requests",
        [1.0, 2.0, 4.0, 8.0],
    )


@pytest.mark.parametrize(
    ("status", "body", "category", "seen"),
    [
        (
            401,
            {"code": 20003, "message": "Authenticate"},
            Category.USAGE,
            "401, which says 'Authenticate' (Twilio's error 20003)",
        ),
        (403, {"message": "No"}, Category.USAGE, "403, which says 'No'"),
        (404, {"code": 20404, "message": "x"}, Category.USAGE, "404, which says 'x' (Twilio's"),
        (302, None, Category.USAGE, "302, a redirect to nowhere"),
        (200, [], Category.USAGE, "200 with application/json, 2 bytes"),
        (200, b"<p>", Category.USAGE, "200 with application/json, 3 bytes"),
        (200, {"incoming_phone_numbers": [1]}, Category.USAGE, "200 with application/json"),
        (500, {"message": 7}, Category.UNVERIFIED, "500"),
        (503, b"{", Category.UNVERIFIED, "503"),
    ],
)
def test_what_twilio_refuses_is_no_failure_of_the_target(
    status: int,
    body: object,
    category: Category,
    seen: str,
    make_answer: MakeAnswer,
    scripted: Callable[..., ScriptedClient],
) -> None:
    with pytest.raises(SmokeError) as caught:
        asked(scripted(make_answer(status, body=body)))
    failure = caught.value.failure
    assert failure.category is category
    assert failure.seen.startswith(seen)
    assert "nothing about the target was judged" in failure.hint


def test_a_twilio_that_can_not_be_reached_is_none_either(
    scripted: Callable[..., ScriptedClient],
) -> None:
    lost = fail(Category.FETCH, expected="a response", seen="none", where="GET", hint="look")
    with pytest.raises(SmokeError) as caught:
        asked(scripted(lost))
    assert (caught.value.failure.category, caught.value.failure.seen) == (
        Category.UNVERIFIED,
        "none",
    )


def test_a_spent_budget_is_told_as_such(scripted: Callable[..., ScriptedClient]) -> None:
    spent = fail(Category.BUDGET, expected="time", seen="none", where="GET", hint="more")
    with pytest.raises(SmokeError) as caught:
        asked(scripted(spent))
    assert caught.value is spent
