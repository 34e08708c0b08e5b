"""Login once, renewal where the token can't be used any more, and patience with counted logins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.hostile import bodies, header_texts, json_values, jwt, tokens
from unit.loopback import RawServer, says

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Login
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.token import Token

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

CREDENTIALS = Credentials(username="me", password="my-password")
LOGIN = Request(
    method="POST",
    path="/api/auth/login",
    json={"email": "me", "password": "my-password"},
    repeatable=True,
    response_is_secret=True,
)

MakeAnswer = Callable[..., Response]
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
        (404, "check the URL and its path prefix: the target does not know the login path"),
        (500, "the login itself is broken; look into the target's log at the time of the request"),
    ],
)
def test_a_refused_login_is_auth_with_a_hint_for_its_status(
    status: int, hint: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    error = refusal(scripted(make_answer(status, body={"access_token": "unused"})))

    assert error.failure.category is Category.AUTH
    assert str(error) == (
        f"expected 200 or 201 from the login, seen {status} with application/json, 26 bytes\n"
        "  where: GET https://api.example.com/api\n"
        f"  what to do: {hint}"
    )


# -- the account ------------------------------------------------------------------------------

PINNED = Login(expect=(("/user/email", "smoke@example.com"),))
OTHER_ACCOUNT = (
    "expected the account with the string 'smoke@example.com' at /user/email, seen {}\n"
    "  where: GET https://api.example.com/api, /user/email\n"
    "  what to do: the credentials belong to another account than the profile names: nothing was"
    " written; correct the credentials, or [login] expect"
)


def login_of(email: object) -> dict[str, object]:
    return {"access_token": "second-token", "user": {"email": email}}


def test_a_login_to_the_pinned_account_gives_its_token(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    auth = Auth(scripted(make_answer(body=login_of("smoke@example.com"))), PINNED, CREDENTIALS)
    auth.log_in()
    assert auth.token == "second-token"


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (login_of("x@example.com"), "the string 'x@example.com'"),
        (login_of(None), "null"),
        (login_of("second-token"), "the string '[redacted]'"),
        ({"access_token": "second-token"}, "nothing (the field is absent)"),
    ],
)
def test_a_login_to_another_account_is_auth_and_its_token_is_not_used(
    body: object, seen: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body=body))
    auth = Auth(client, PINNED, CREDENTIALS)
    with pytest.raises(SmokeError) as caught:
        auth.log_in()
    assert caught.value.failure.category is Category.AUTH
    assert str(caught.value) == OTHER_ACCOUNT.format(seen)
    assert (auth.token, client.requests) == ("", [LOGIN])


def test_a_renewal_that_ends_at_another_account_is_auth_too(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body=login_of("x@example.com")))
    auth = Auth(client, PINNED, CREDENTIALS, token=Token(value="first-token"))
    with pytest.raises(SmokeError) as caught:
        auth.renew(refused="first-token")
    assert str(caught.value) == OTHER_ACCOUNT.format("the string 'x@example.com'")
    assert auth.token == "first-token"


# -- what a login may be answered with --------------------------------------------------------


def test_a_login_that_redirects_is_reported_with_its_location(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    error = refusal(scripted(make_answer(302, headers={"location": "/sso?state=secret"})))
    assert str(error) == (
        "expected 200 or 201 from the login, seen 302, a redirect to /sso\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: redirects are not followed: see why it redirects, and what the right path is"
    )


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({}, "nothing (the field is absent)"),
        ({"access_token": None}, "null"),
        ({"access_token": 5}, "the number 5"),
        ({"access_token": ["x"]}, "a list of 1"),
        ({"access_token": ""}, "an empty string"),
        ({"access_token": "x" * 16_385}, "a string of 16385 characters, too long for a header"),
        ({"access_token": " token"}, "a string that can't be sent in a header"),
        ({"access_token": "tok\nX-Evil: 1"}, "a string that can't be sent in a header"),
        ({"access_token": "tökén"}, "a string that can't be sent in a header"),
        ([], "nothing (the field is absent)"),
    ],
)
def test_a_login_without_a_usable_token_is_auth_and_shows_no_token(
    body: object, seen: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    error = refusal(scripted(make_answer(body=body)))

    assert error.failure.category is Category.AUTH
    assert str(error) == (
        f"expected a token at /access_token in the login response, seen {seen}\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: look at the login response with the curl line; the token may be in another"
        " place"
    )


def test_a_login_response_that_is_not_json_is_auth(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    page = make_answer(body=b"<html>", headers={"content-type": "text/html"})
    error = refusal(scripted(page))
    assert (error.failure.category, error.failure.message) == (
        Category.AUTH,
        "expected a JSON body, seen 200 with an HTML page, 6 bytes",
    )


def test_a_login_that_gives_no_answer_is_auth(scripted: Scripted) -> None:
    lost = fail(Category.FETCH, expected="a response", seen="connection refused", where="", hint="")
    error = refusal(scripted(lost))
    assert (error.failure.category, error.failure.message) == (
        Category.AUTH,
        "expected a response, seen connection refused",
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
    assert client.redactor.secrets() == (
        ("my-password", "APISMOKE_PASSWORD"),
        ("the-token", "APISMOKE_TOKEN"),
    )


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
        Request(
            method="POST",
            path="/session",
            json={"mail": "me", "pin": "my-password"},
            repeatable=True,
            response_is_secret=True,
        )
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


@pytest.mark.parametrize("restoring", [False, True])
def test_a_given_token_is_kept_whatever_happens_to_it(
    restoring: bool, make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    """Neither this process nor the controller could get another one."""
    client = scripted(make_answer(body={"access_token": "new", "expires_in": 1}))
    ended = jwt({"iat": 1, "exp": 2})
    auth = Auth(client, Login(), Credentials(token=ended), token_source=NoTokenSource())
    clock.now += 10**6

    assert not auth.renew_if_it_ends(restoring=restoring)
    assert not auth.renew(restoring=restoring)
    assert (auth.token, auth.token_as_it_is(), client.requests) == (ended, Token(value=ended), [])


def test_a_token_does_not_show_itself() -> None:
    assert repr(Token(value="canary", lifetime_s=5.0)) == "Token(...)"


# -- a token that is refused ------------------------------------------------------------------


def test_a_token_that_is_refused_although_it_should_be_good_is_renewed_once(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "second"}))
    auth = auth_of(client, token=Token(value="first"))

    assert [auth.token, auth.renew(), auth.token, auth.renew()] == ["first", True, "second", False]
    assert client.requests == [LOGIN]


def test_a_renewal_that_failed_is_not_tried_again(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(401))
    auth = auth_of(client, token=Token(value="first"))

    with pytest.raises(SmokeError):
        auth.renew()

    assert (auth.renew(), auth.token, len(client.requests)) == (False, "first", 1)


def test_a_token_of_unknown_lifetime_is_never_renewed_before_use(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(make_answer(body={"access_token": "opaque"}))
    auth = auth_of(client)
    auth.log_in()
    clock.now += 10**6
    assert (auth.renew_if_it_ends(), auth.token_ends_at, len(client.requests)) == (False, None, 1)


# -- a token that runs out --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lifetime_s", "good_for_s"),
    # A quarter of its life before the end, or five seconds where that is less.
    [(1.0, 0.75), (8.0, 6.0), (20.0, 15.0), (60.0, 55.0), (3600.0, 3595.0)],
)
def test_a_token_is_renewed_shortly_before_its_end(
    lifetime_s: float,
    good_for_s: float,
    make_answer: MakeAnswer,
    scripted: Scripted,
    clock: FakeClock,
) -> None:
    client = scripted(make_answer(body={"access_token": "new"}))
    auth = auth_of(client, token=Token(value="old", lifetime_s=lifetime_s))

    clock.now += good_for_s - 0.01
    assert (auth.renew_if_it_ends(), auth.token) == (False, "old")
    clock.now += 0.01
    assert (auth.renew_if_it_ends(), auth.token) == (True, "new")


def test_a_token_that_runs_out_is_renewed_as_often_as_that_happens(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    logins = [
        make_answer(body={"access_token": f"token-{number}", "expires_in": 10})
        for number in range(5)
    ]
    client = scripted(*logins)
    auth = auth_of(client)
    auth.log_in()
    tokens = [auth.token]

    for _ in range(4):
        assert not auth.renew_if_it_ends()
        clock.now += 10.0
        assert auth.renew_if_it_ends()
        tokens.append(auth.token)

    assert tokens == [f"token-{number}" for number in range(5)]
    assert client.requests == [LOGIN] * 5
    assert [value for value, _ in client.redactor.secrets()] == ["my-password", *tokens]


def test_running_out_does_not_use_up_the_one_renewal_of_a_refused_token(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(make_answer(body={"access_token": "new", "expires_in": 10}))
    auth = auth_of(client, token=Token(value="old", lifetime_s=1.0))
    clock.now += 1.0

    assert auth.renew_if_it_ends()
    assert [auth.renew(), auth.renew()] == [True, False]
    clock.now += 10.0
    assert [auth.renew(), auth.renew()] == [True, False]


def test_a_refusal_of_a_token_that_has_run_out_is_no_surprise(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(make_answer(body={"access_token": "new", "expires_in": 10}))
    auth = auth_of(client)
    auth.log_in()
    for _ in range(3):
        clock.now += 10.0
        assert auth.renew()
    assert len(client.requests) == 4


@pytest.mark.parametrize(
    ("body", "headers", "lifetime_s"),
    [
        ({"access_token": "opaque", "expires_in": 60}, {}, 60.0),
        ({"access_token": jwt({"iat": 1000, "exp": 1060})}, {}, 60.0),
        (
            {"access_token": jwt({"exp": 1767268860})},
            {"date": "Thu, 01 Jan 2026 12:00:00 GMT"},
            59.0,
        ),
        ({"access_token": "opaque"}, {"date": "Thu, 01 Jan 2026 12:00:00 GMT"}, None),
        ({"access_token": jwt({"exp": 1767268860})}, {}, None),
    ],
    ids=["expires_in", "exp and iat", "exp and Date", "nothing", "exp alone"],
)
def test_the_lifetime_of_a_token_comes_from_the_login_response(
    body: object,
    headers: dict[str, str],
    lifetime_s: float | None,
    make_answer: MakeAnswer,
    scripted: Scripted,
    clock: FakeClock,
) -> None:
    auth = auth_of(scripted(make_answer(body=body, headers=headers)))
    auth.log_in()
    assert auth.token_as_it_is() == Token(value=auth.token, lifetime_s=lifetime_s)
    assert auth.token_ends_at == (None if lifetime_s is None else clock.now + lifetime_s)


def test_a_token_is_handed_over_with_the_time_that_is_left(
    scripted: Scripted, make_answer: MakeAnswer, clock: FakeClock
) -> None:
    auth = auth_of(scripted(make_answer()), token=Token(value="old", lifetime_s=60.0))
    clock.now += 20.0
    assert auth.token_as_it_is() == Token(value="old", lifetime_s=40.0)
    clock.now += 50.0
    assert auth.token_as_it_is() == Token(value="old", lifetime_s=0.0)


def test_a_token_that_was_handed_over_at_its_end_is_renewed_before_use(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(body={"access_token": "new"}))
    auth = auth_of(client, token=Token(value="old", lifetime_s=0.0))
    assert (auth.renew_if_it_ends(), auth.token) == (True, "new")


@pytest.mark.parametrize("restoring", [False, True])
def test_a_login_for_restoring_uses_the_time_that_is_reserved_for_it(
    restoring: bool, make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    token = make_answer(body={"access_token": "new", "expires_in": 1})
    client = scripted(make_answer(429), token, token, token)
    auth = auth_of(client)

    auth.log_in(restoring=restoring)
    auth.renew(restoring=restoring)
    clock.now += 1.0
    auth.renew_if_it_ends(restoring=restoring)

    assert client.restoring == [restoring] * 4


def test_a_login_within_the_reserved_time_waits_after_429_too(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    def client() -> ScriptedClient:
        return scripted(
            make_answer(429, headers={"retry-after": "3"}), make_answer(body={"access_token": "x"})
        )

    late = client()
    # Of the 60 s of this client 10 are reserved; 4 of these are left.
    clock.now += 56.0
    assert refusal(late).failure.category is Category.BUDGET
    restoring = client()
    clock.now += 56.0
    auth_of(restoring).log_in(restoring=True)
    assert clock.slept == [3.0]


# -- tokens from the controller of pytest-xdist -----------------------------------------------


class TokenSource:
    """Stands for the controller: gives its tokens one after the other, the last for ever."""

    def __init__(self, *tokens: Token) -> None:
        self._tokens = list(tokens)
        self.asked: list[tuple[str, bool, bool]] = []
        self.told: list[tuple[str, Token]] = []

    def __call__(self, token: str, ends: bool, restoring: bool) -> Token:
        self.asked.append((token, ends, restoring))
        return self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]

    def tell(self, token: str, newer: Token) -> None:
        self.told.append((token, newer))


class NoTokenSource:
    """A controller that nobody asks."""

    def __call__(self, token: str, ends: bool, restoring: bool) -> Token:
        raise AssertionError("asked for a token")

    def tell(self, token: str, newer: Token) -> None:
        raise AssertionError("told of a token")


@pytest.mark.parametrize("restoring", [False, True])
def test_a_worker_asks_the_controller_and_never_logs_in(
    restoring: bool, make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(make_answer())
    token_source = TokenSource(Token(value="second", lifetime_s=10.0), Token(value="third"))
    auth = auth_of(client, token=Token(value="first"), token_source=token_source)

    assert auth.renew(restoring=restoring)
    assert auth.token_as_it_is() == Token(value="second", lifetime_s=10.0)
    clock.now += 10.0
    assert auth.renew_if_it_ends(restoring=restoring)

    assert token_source.asked == [("first", False, restoring), ("second", True, restoring)]
    assert (auth.token, client.requests) == ("third", [])
    known = [value for value, _ in client.redactor.secrets()]
    assert known == ["my-password", "first", "second", "third"]


def test_a_controller_that_does_not_renew_leaves_the_token_refused(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    auth = auth_of(
        scripted(make_answer()), token=Token(value="first"), token_source=lambda *_: None
    )
    assert (auth.renew(), auth.token) == (False, "first")


def test_the_same_token_again_is_a_renewal_on_a_worker_as_in_a_serial_run(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    again = make_answer(body={"access_token": "first"})
    serial = auth_of(scripted(again), token=Token(value="first"))
    worker = auth_of(
        scripted(make_answer()),
        token=Token(value="first"),
        token_source=TokenSource(Token(value="first")),
    )
    assert [(one.renew(), one.token) for one in (serial, worker)] == [(True, "first")] * 2


def test_a_failure_of_the_controller_is_raised_and_the_token_stays(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    def refuses(token: str, ends: bool, restoring: bool) -> Token:
        raise fail(Category.AUTH, expected="a", seen="b", where="c", hint="d")

    auth = auth_of(scripted(make_answer()), token=Token(value="first"), token_source=refuses)
    with pytest.raises(SmokeError):
        auth.renew()
    assert auth.token == "first"


def test_two_workers_whose_token_is_refused_at_once_cause_one_login(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "second", "expires_in": 60}))
    auth = auth_of(client, token=Token(value="first"))

    responses = [auth.newer_than("first", ends=False, restoring=False) for _ in range(2)]

    assert responses == [Token(value="second", lifetime_s=60.0)] * 2
    assert client.requests == [LOGIN]


def test_a_worker_with_an_old_token_gets_the_new_one_in_any_case(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(make_answer())
    auth = auth_of(client, token=Token(value="new", lifetime_s=60.0))
    clock.now += 20.0
    assert [
        auth.newer_than("old", ends=ends, restoring=restoring)
        for ends in (False, True)
        for restoring in (False, True)
    ] == [Token(value="new", lifetime_s=40.0)] * 4
    assert client.requests == []


def test_the_one_renewal_of_a_refused_token_is_that_of_all_workers(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "second"}))
    auth = auth_of(client, token=Token(value="first"))

    responses = [
        auth.newer_than(token, ends=False, restoring=False)
        for token in ("first", "first", "second")
    ]

    assert (responses, client.restoring) == (
        [Token(value="second"), Token(value="second"), None],
        [False],
    )


def test_one_more_login_is_kept_to_restore_what_was_changed(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    names = ("second", "third", "fourth")
    client = scripted(*(make_answer(body={"access_token": name}) for name in names))
    auth = auth_of(client, token=Token(value="first"))
    renewed = [auth.renew(), auth.renew(), auth.renew(restoring=True), auth.renew(restoring=True)]
    assert (renewed, auth.token) == ([True, False, True, False], "third")


def test_a_token_that_has_run_out_for_a_worker_is_renewed_for_it(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        *(make_answer(body={"access_token": name}) for name in ("second", "third", "fourth"))
    )
    auth = auth_of(client, token=Token(value="first"))
    responses = [
        auth.newer_than(token, ends=True, restoring=False) for token in ("first", "second", "third")
    ]
    assert responses == [Token(value=name) for name in ("second", "third", "fourth")]


# -- too many logins --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "waited_s"),
    [
        ({"retry-after": "7"}, [7.0, 7.0]),
        ({"retry-after": "0"}, [0.0, 1.0]),
        ({}, [1.0, 2.0]),
        ({"retry-after": "soon"}, [1.0, 2.0]),
        (
            {
                "retry-after": "Thu, 01 Jan 2026 12:00:07 GMT",
                "date": "Thu, 01 Jan 2026 12:00:00 GMT",
            },
            [7.0, 7.0],
        ),
    ],
)
def test_a_login_that_was_one_too_many_waits_as_told_or_longer_each_time(
    headers: dict[str, str],
    waited_s: list[float],
    make_answer: MakeAnswer,
    scripted: Scripted,
    clock: FakeClock,
) -> None:
    too_many = make_answer(429, headers=headers)
    client = scripted(*[too_many] * 2, make_answer(body={"access_token": "the-token"}))
    auth = auth_of(client)

    auth.log_in()

    assert (auth.token, clock.slept) == ("the-token", waited_s)


def test_a_date_in_the_past_means_to_ask_again_at_once(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    too_many = make_answer(429, headers={"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"})
    auth = auth_of(scripted(too_many, make_answer(body={"access_token": "the-token"})))
    auth.log_in()
    assert clock.slept == [0.0]


@pytest.mark.parametrize(
    ("headers", "slept", "seen"),
    [
        (
            {},
            [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0],
            "429 to each of 8 logins within 45 s, without Retry-After",
        ),
        (
            {"retry-after": "0"},
            [0.0, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0],
            "429 to each of 9 logins within 45 s",
        ),
    ],
)
def test_a_login_that_is_always_one_too_many_could_not_be_verified_within_the_budget(
    headers: dict[str, str],
    slept: list[float],
    seen: str,
    make_answer: MakeAnswer,
    scripted: Scripted,
    clock: FakeClock,
) -> None:
    """Of the 60 s of this client, 50 are not reserved for restoring."""
    client = scripted(make_answer(429, headers=headers))

    error = refusal(client)

    assert (len(client.requests), clock.slept) == (len(slept) + 1, slept)
    assert (str(error), error.failure.category) == (
        f"expected to log in within the budget, seen {seen}\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: too many logins: wait, or raise the target's limit for this account;"
        " --smoke-budget SECONDS allows more time, and APISMOKE_TOKEN needs no login",
        Category.BUDGET,
    )


def test_without_time_for_a_second_login_there_is_one(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(make_answer(429))
    clock.now += 49.5
    error = refusal(client)
    assert (error.failure.seen, len(client.requests), clock.slept) == (
        "429 to the login, without Retry-After",
        1,
        [],
    )


def test_a_wait_that_would_outlast_the_budget_is_not_begun(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    error = refusal(scripted(make_answer(429, headers={"retry-after": "3600"})))
    assert (str(error), error.failure.category, clock.slept) == (
        "expected to log in within the budget, seen 429, which asks for a wait of 3600 s\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: too many logins: wait, or raise the target's limit for this"
        " account",
        Category.BUDGET,
        [],
    )


def test_retries_of_the_client_do_not_shorten_the_wait_after_429(
    serve: Callable[..., RawServer], client_of: Callable[..., Client], clock: FakeClock
) -> None:
    """A target that counts logins gets no more of them than its Retry-After allows."""
    server = serve(
        says("Retry-After: 4", "", status="429 Too Many Requests"),
        says("", status="503 Service Unavailable"),
        says("Content-Type: application/json", '{"access_token": "the-token"}'),
    )
    client = client_of(
        server.url, retries=True, budget=Budget(60.0, clock=clock, sleep=clock.sleep)
    )

    Auth(client, Login(), CREDENTIALS).log_in()

    assert [(e.status, e.attempt) for e in client.recorder.exchanges] == [
        (429, 1),
        (503, 1),
        (200, 2),
    ]
    assert clock.slept[0] == 4.0
    assert 0.2 <= clock.slept[1] <= 0.4


# -- any login response -----------------------------------------------------------------------


@given(
    status=st.sampled_from([200, 201, 202, 302, 400, 401, 404, 422, 429, 500, 503]),
    body=bodies(
        st.fixed_dictionaries(
            {"access_token": tokens | json_values}, optional={"expires_in": json_values}
        )
    ),
    headers=st.dictionaries(
        st.sampled_from(["content-type", "date", "retry-after", "location"]), header_texts
    ),
)
@settings(max_examples=150, deadline=None)
def test_any_login_response_gives_a_token_or_a_failure(
    make_answer: MakeAnswer,
    make_scripted: Callable[..., ScriptedClient],
    make_clock: Callable[[], FakeClock],
    status: int,
    body: bytes,
    headers: dict[str, str],
) -> None:
    response = make_answer(
        status, body=body, headers={"content-type": "application/json", **headers}
    )
    auth = Auth(make_scripted([response], make_clock()), Login(), CREDENTIALS)
    refused: Category | None = None
    try:
        auth.log_in()
    except SmokeError as error:
        refused = error.failure.category
    assert refused in (None, Category.AUTH, Category.BUDGET)
    assert status in (200, 201) or refused
    assert auth.token.isascii()
    assert auth.token.isprintable()
    assert bool(auth.token) is not bool(refused)
