"""Login once, one renewal, and patience with a target that counts logins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.auth import Auth, retry_after_s
from pytest_apismoke.client import Answer, Request
from pytest_apismoke.credentials import Credentials
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.profiles import Login

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)
CREDENTIALS = Credentials(username="me", password="my-password")
LOGIN = Request(
    method="POST",
    path="/api/auth/login",
    json={"username": "me", "password": "my-password"},
)

MakeAnswer = Callable[..., Answer]
Scripted = Callable[..., "ScriptedClient"]


def auth_of(client: ScriptedClient, **changes: Any) -> Auth:
    return Auth(client, Login(), CREDENTIALS, **changes)


def refusal(client: ScriptedClient) -> SmokeError:
    auth = auth_of(client)
    with pytest.raises(SmokeError) as caught:
        auth.log_in()
    assert auth.token == ""
    return caught.value


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"),
        (401, "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"),
        (403, "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"),
        (422, "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"),
        (
            404,
            "check the URL and its path prefix: nothing answers at the login path",
        ),
        (302, "the login itself is broken; look into the target's log at the request id"),
        (500, "the login itself is broken; look into the target's log at the request id"),
    ],
)
def test_a_refused_login_is_auth_and_says_what_to_do(
    status: int, hint: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    error = refusal(scripted(make_answer(status, body={"access_token": "unused"})))

    assert error.failure.category is Category.AUTH
    assert str(error) == (
        f"expected 200 or 201 from the login, seen {status} with application/json, 26 bytes\n"
        "  where: GET https://api.example.com/api\n"
        f"  what to do: {hint}"
    )


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({}, "nothing (the field is absent)"),
        ({"access_token": None}, "null"),
        ({"access_token": 5}, "the number 5"),
        ({"access_token": ["x"]}, "a list of 1"),
        ({"access_token": ""}, "a text that no header can carry"),
        ({"access_token": "tok\nX-Evil: 1"}, "a text that no header can carry"),
        ({"access_token": "tökén"}, "a text that no header can carry"),
        ([], "nothing (the field is absent)"),
    ],
)
def test_a_login_without_a_usable_token_is_auth_and_shows_no_token(
    body: object, seen: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    error = refusal(scripted(make_answer(body=body)))

    assert error.failure.category is Category.AUTH
    assert str(error) == (
        f"expected a token at /access_token in the login answer, seen {seen}\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: look at the login answer with the curl line; the token may be in another"
        " place"
    )


def test_a_login_that_answers_no_json_is_auth(make_answer: MakeAnswer, scripted: Scripted) -> None:
    page = make_answer(body=b"<html>", headers={"content-type": "text/html"})
    error = refusal(scripted(page))
    assert (error.failure.category, error.failure.message) == (
        Category.AUTH,
        "expected a JSON body, seen 200 with an HTML page, 6 bytes",
    )


def test_a_login_that_gives_no_answer_is_auth(scripted: Scripted) -> None:
    lost = fail(Category.FETCH, expected="an answer", seen="connection refused", where="", hint="")
    error = refusal(scripted(lost))
    assert (error.failure.category, error.failure.message) == (
        Category.AUTH,
        "expected an answer, seen connection refused",
    )


def test_a_login_for_which_no_time_was_left_is_not_the_targets_fault(scripted: Scripted) -> None:
    spent = fail(Category.BUDGET, expected="", seen="", where="", hint="")
    assert refusal(scripted(spent)).failure.category is Category.BUDGET


def test_a_login_gives_the_token_that_is_sent_and_kept_secret(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(201, body={"access_token": "the-token"}))
    auth = auth_of(client)

    auth.log_in()

    assert client.requests == [LOGIN]
    assert auth.headers() == {"Authorization": "Bearer the-token"}
    assert client.redactor.secrets() == (("the-token", "APISMOKE_TOKEN"),)


def test_place_fields_header_and_scheme_are_the_profiles(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    login = Login(
        path="/session",
        username_field="mail",
        password_field="pin",
        statuses=(202,),
        token_pointer="/data/0/key",
        header="X-Key",
        scheme="",
    )
    client = scripted(make_answer(202, body={"data": [{"key": "opaque"}]}))
    auth = Auth(client, login, CREDENTIALS)

    auth.log_in()

    assert client.requests == [
        Request(method="POST", path="/session", json={"mail": "me", "pin": "my-password"})
    ]
    assert auth.headers() == {"X-Key": "opaque"}
    assert auth.headers("another") == {"X-Key": "another"}


def test_a_token_that_was_given_is_used_and_never_renewed(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "new"}))
    auth = Auth(client, Login(), Credentials(token="given-token"))

    assert (auth.token, auth.token_was_given, auth.renew()) == ("given-token", True, False)
    assert client.requests == []
    assert client.redactor.secrets() == (("given-token", "APISMOKE_TOKEN"),)


def test_a_token_is_renewed_once_and_no_more(make_answer: MakeAnswer, scripted: Scripted) -> None:
    client = scripted(make_answer(body={"access_token": "second"}))
    auth = auth_of(client, token="first")

    assert [auth.token, auth.renew(), auth.token, auth.renew()] == ["first", True, "second", False]
    assert client.requests == [LOGIN]


def test_a_renewal_that_failed_is_not_tried_again(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(401))
    auth = auth_of(client, token="first")

    with pytest.raises(SmokeError):
        auth.renew()

    assert (auth.renew(), len(client.requests)) == (False, 1)


@pytest.mark.parametrize(
    ("headers", "waited_s"),
    [({"retry-after": "7"}, 7.0), ({}, 1.0), ({"retry-after": "soon"}, 1.0)],
)
def test_a_login_that_was_one_too_many_waits_as_told(
    headers: dict[str, str],
    waited_s: float,
    make_answer: MakeAnswer,
    scripted: Scripted,
    clock: FakeClock,
) -> None:
    too_many = make_answer(429, headers=headers)
    client = scripted(too_many, too_many, make_answer(body={"access_token": "the-token"}))
    auth = auth_of(client)

    auth.log_in()

    assert (auth.token, clock.slept) == ("the-token", [waited_s, waited_s])


def test_a_date_in_the_past_means_to_ask_again_at_once(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    too_many = make_answer(429, headers={"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"})
    auth = auth_of(scripted(too_many, make_answer(body={"access_token": "the-token"})))
    auth.log_in()
    assert clock.slept == [0.0]


def test_patience_with_a_login_that_is_always_one_too_many_ends(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(make_answer(429))

    error = refusal(client)

    assert (len(client.requests), clock.slept) == (4, [1.0, 1.0, 1.0])
    assert str(error) == (
        "expected 200 or 201 from the login, seen 429 with no body\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: too many logins were made; wait, or raise the target's limit for this"
        " account"
    )


def test_a_wait_that_would_outlast_the_budget_is_not_begun(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    error = refusal(scripted(make_answer(429, headers={"retry-after": "3600"})))
    assert (error.failure.category, error.failure.where, clock.slept) == (
        Category.BUDGET,
        "GET https://api.example.com/api (too many logins)",
        [],
    )


# -- Retry-After ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("99999", 99999.0),
        ("9" * 5000, 86400.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 13:00:30 +0100", 30.0),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        (None, 1.0),
        ("", 1.0),
        ("-5", 1.0),
        ("1.5", 1.0),
        ("²", 1.0),
        ("٣", 1.0),
        ("next week", 1.0),
        ("Thu, 99 Foo 2026 12:00:30 GMT", 1.0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 1.0),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", 1.0),
    ],
)
def test_how_long_a_retry_after_header_asks_to_wait(header: str | None, seconds: float) -> None:
    assert retry_after_s(header, now=NOW) == seconds


@given(
    header=st.none()
    | st.text()
    | st.integers().map(str)
    | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,2} (Jan|Feb|Foo) \d{1,5} \d\d:\d\d(:\d\d)? .{0,6}\Z")
)
@settings(max_examples=150, deadline=None)
def test_a_retry_after_header_never_asks_for_a_negative_wait_and_never_breaks_the_login(
    header: str | None,
) -> None:
    assert retry_after_s(header, now=NOW) >= 0.0


@given(offset_s=st.integers(-(10**6), 10**6))
@settings(max_examples=40, deadline=None)
def test_a_retry_after_date_is_counted_from_now(offset_s: int) -> None:
    moment = NOW + timedelta(seconds=offset_s)
    header = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after_s(header, now=NOW) == max(0, offset_s)
