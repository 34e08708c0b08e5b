"""Every kind of login that a profile can describe: what is sent, and what the answers mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from unit.test_login import TokenSource

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.login_profile import Refresh, SecondStep
from pytest_apismoke.configuration.profiles import Login, TargetProfile
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.cookies import Cookie
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request, basic
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.token import Token

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

CREDENTIALS = Credentials(username="me", password="my-password")
MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]
PATH = "/api/auth/login"
SESSION = {"set-cookie": "sid=first-session; Path=/; HttpOnly"}


def login_request(**parts: Any) -> Request:
    values = {"method": "POST", "path": PATH, "repeatable": True, "response_is_secret": True}
    return Request(**{**values, **parts})


def logged_in(client: ScriptedClient, login: Login, **changes: Any) -> Auth:
    auth = Auth(client, login, CREDENTIALS, **changes)
    auth.log_in()
    return auth


def refusal(client: ScriptedClient, login: Login) -> str:
    with pytest.raises(SmokeError) as caught:
        logged_in(client, login)
    assert caught.value.failure.category is Category.AUTH
    return str(caught.value)


# -- what is sent -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "sent"),
    [
        (
            Login(content_type="form", fields=(("grant_type", "password"), ("remember", True))),
            {
                "form": (
                    ("email", "me"),
                    ("password", "my-password"),
                    ("grant_type", "password"),
                    ("remember", "true"),
                )
            },
        ),
        (
            Login(fields=(("tenant", 7), ("/device/name", "gate"))),
            {
                "json": {
                    "email": "me",
                    "password": "my-password",
                    "tenant": 7,
                    "device": {"name": "gate"},
                }
            },
        ),
        (
            Login(username_field="/user/email", password_field="/user/password"),
            {"json": {"user": {"email": "me", "password": "my-password"}}},
        ),
        (Login(username_field=""), {"json": {"password": "my-password"}}),
        (
            Login(
                content_type="form",
                username_field="client_id",
                password_field="client_secret",
                fields=(("grant_type", "client_credentials"),),
            ),
            {
                "form": (
                    ("client_id", "me"),
                    ("client_secret", "my-password"),
                    ("grant_type", "client_credentials"),
                )
            },
        ),
        (
            Login(
                credentials="basic",
                content_type="form",
                fields=(("grant_type", "client_credentials"),),
            ),
            {
                "headers": {"Authorization": basic("me", "my-password")},
                "form": (("grant_type", "client_credentials"),),
            },
        ),
        (
            Login(credentials="basic", method="GET", fields=(("service", "registry"),)),
            {
                "method": "GET",
                "headers": {"Authorization": basic("me", "my-password")},
                "query": (("service", "registry"),),
            },
        ),
        (Login(credentials="basic"), {"headers": {"Authorization": basic("me", "my-password")}}),
    ],
    ids=[
        *("form", "fields", "nested", "password alone", "client credentials"),
        *("client credentials with basic", "get with basic", "basic"),
    ],
)
def test_a_login_is_sent_as_the_profile_says(
    login: Login, sent: dict[str, Any], make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "the-token"}))
    assert logged_in(client, login).headers() == {"Authorization": "Bearer the-token"}
    assert client.requests == [login_request(**sent)]


def test_a_secret_among_the_fixed_fields_is_known_to_the_redaction(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "the-token"}))
    logged_in(client, Login(content_type="form", fields=(("client_secret", "s3cret-of-client"),)))
    assert ("s3cret-of-client", "APISMOKE_CLIENT_SECRET") in client.redactor.secrets()


# -- HTTP Basic for every request ----------------------------------------------------------------


def test_http_basic_goes_with_every_request_and_there_is_no_login(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer())
    auth = Auth(client, Login(kind="basic"), CREDENTIALS)
    assert auth.headers(path="/x") == {"Authorization": basic("me", "my-password")}
    assert auth.headers_with("wrong", path="/x") == {"Authorization": basic("me", "wrong")}
    assert (auth.logs_in, auth.renew(refused=auth.token), client.requests) == (False, False, [])
    assert auth.refused_hint == "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"
    assert client.redactor.secrets() == (("my-password", "APISMOKE_PASSWORD"),)


def test_a_session_that_is_refused_may_be_that_of_a_wrong_password(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    """A page for a wrong password has the status of a login, and may set a cookie as well."""
    page = make_answer(body=b"<p>Wrong", headers={"content-type": "text/html", **SESSION})
    client = scripted(page, make_answer(401, body={}), page, make_answer(401, body={}))
    login = Login(kind="cookie")
    target = Target(client, logged_in(client, login), TargetProfile(login=login))
    with pytest.raises(SmokeError) as caught:
        target.fetch_document()
    assert caught.value.failure.category is Category.AUTH
    assert caught.value.failure.hint == (
        "the session that the login has set is refused: check APISMOKE_USERNAME and"
        " APISMOKE_PASSWORD, because a login may refuse them with the same status"
    )


def test_a_token_given_for_http_basic_is_sent_as_it_is(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    auth = Auth(scripted(make_answer()), Login(kind="basic"), Credentials(token="a2V5Og=="))
    assert auth.headers() == {"Authorization": "Basic a2V5Og=="}


# -- where the token is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "answer"),
    [
        (
            Login(token_header="Authorization"),
            {"body": {"ok": True}, "headers": {"authorization": "Bearer the-token"}},
        ),
        (Login(token_header="X-Token"), {"headers": {"x-token": "the-token"}}),
        (
            Login(token_cookie="jwt"),
            {"body": b"<p>", "headers": {"set-cookie": "a=1\njwt=the-token; HttpOnly"}},
        ),
        (Login(token_pointer=""), {"body": "the-token"}),
        (
            Login(token_pointer=""),
            {"body": b"the-token\n", "headers": {"content-type": "text/plain"}},
        ),
    ],
    ids=["header with scheme", "header", "cookie", "JSON string", "text"],
)
def test_the_token_is_found_where_the_profile_says(
    login: Login, answer: dict[str, Any], make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(**answer))
    auth = logged_in(client, login)
    assert auth.token_as_it_is() == Token(value="the-token")
    assert auth.headers() == {"Authorization": "Bearer the-token"}
    assert client.recorder.notes == ()


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        (
            Login(token_header="X-Token"),
            "expected a token in the header X-Token of the login response, seen nothing (the field"
            " is absent)",
        ),
        (
            Login(token_cookie="jwt"),
            "expected a token in the cookie jwt of the login response, seen nothing (the field is"
            " absent)",
        ),
        (
            Login(token_pointer=""),
            "expected a token as the login response, seen an object with 'ok'",
        ),
        (Login(kind="cookie"), "expected a cookie from the login, seen none"),
    ],
)
def test_no_token_there_is_auth(
    login: Login, seen: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"ok": True}))
    assert refusal(client, login).split("\n")[0] == seen


def test_a_token_with_its_scheme_is_taken_without_it_and_told(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "bearer the-token"}))
    assert logged_in(client, Login()).headers() == {"Authorization": "Bearer the-token"}
    assert client.recorder.notes == (
        "the token at /access_token in the login response begins with its scheme 'Bearer', and was"
        " taken without it",
    )


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (
            {"body": {"data": {"jwt": "the-token"}}},
            "the response has a string at /data/jwt: set [login] token_pointer = '/data/jwt'",
        ),
        (
            {"body": {"ok": True}, "headers": {"authorization": "Bearer the-token"}},
            "the response has a header authorization: set [login] token_header = 'authorization'",
        ),
        (
            {"body": {"ok": True}, "headers": {"set-cookie": "sid=the-token"}},
            'the response sets a cookie sid: set [login] kind = "cookie" if it is the session, or'
            " token_cookie = 'sid' if its value is the token",
        ),
        (
            {"body": b"the-token", "headers": {"content-type": "text/plain"}},
            'the response may be the token itself: set [login] token_pointer = ""',
        ),
        (
            {"body": {"mfa_required": True, "mfa_token": "the-token"}},
            "the response asks for a second step: describe it in [login.then], or use an account"
            " that needs none",
        ),
        (
            {"body": {"success": False, "error": "bad credentials"}},
            "the response is an error in spite of its status: look at it with the curl line",
        ),
    ],
)
def test_a_token_that_is_elsewhere_is_pointed_to_and_not_shown(
    answer: dict[str, Any], hint: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    message = refusal(scripted(make_answer(**answer)), Login())
    assert message.split("what to do: ")[1] == hint
    assert "the-token" not in message


# -- two steps -----------------------------------------------------------------------------------

TWO_STEPS = Login(
    then=SecondStep(
        path="/api/auth/otp", fields=(("code", "000000"),), copied=(("mfa", "/challenge/id"),)
    )
)


def test_a_second_step_sends_what_the_first_has_answered(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(body={"challenge": {"id": "challenge-1"}}, headers=SESSION),
        make_answer(body={"access_token": "the-token"}),
    )
    assert logged_in(client, TWO_STEPS).token == "the-token"
    assert client.requests[1] == login_request(
        path="/api/auth/otp",
        headers={"Cookie": "sid=first-session"},
        json={"code": "000000", "mfa": "challenge-1"},
    )
    known = [value for value, _ in client.redactor.secrets()]
    assert known == ["my-password", "challenge-1", "first-session", "the-token"]


def test_a_second_step_may_carry_the_token_of_the_first(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    login = Login(then=SecondStep(path="/tenants/7/token", method="GET", carries_token=True))
    client = scripted(
        make_answer(body={"access_token": "first"}), make_answer(body={"access_token": "second"})
    )
    assert logged_in(client, login).headers() == {"Authorization": "Bearer second"}
    assert client.requests[1] == login_request(
        method="GET", path="/tenants/7/token", headers={"Authorization": "Bearer first"}
    )


def test_a_first_step_may_have_the_name_alone_and_the_second_the_password(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    login = Login(
        password_field="",
        then=SecondStep(path="/pass", password_field="/secret/value", copied=(("flow", "/flow"),)),
    )
    client = scripted(
        make_answer(body={"flow": "flow-1"}), make_answer(body={"access_token": "the-token"})
    )
    assert logged_in(client, login).token == "the-token"
    assert client.requests == [
        login_request(json={"email": "me"}),
        login_request(path="/pass", json={"secret": {"value": "my-password"}, "flow": "flow-1"}),
    ]


PAGE_FIRST = Login(method="GET", username_field="", password_field="")
CSRF_COOKIE = SecondStep(
    path="/login",
    content_type="form",
    username_field="username",
    password_field="password",
    csrf_header="X-CSRFToken",
    csrf_from_cookie="csrftoken",
)


@pytest.mark.parametrize(
    ("then", "page", "headers"),
    [
        (
            CSRF_COOKIE,
            {"body": b"<form>", "headers": {"set-cookie": "csrftoken=csrf%3D1; Path=/"}},
            {"Cookie": "csrftoken=csrf%3D1", "X-CSRFToken": "csrf=1"},
        ),
        (
            replace(CSRF_COOKIE, csrf_from_cookie="", csrf_from_header="X-Token"),
            {"body": b"", "headers": {"x-token": "csrf=1"}},
            {"X-CSRFToken": "csrf=1"},
        ),
        (
            replace(CSRF_COOKIE, csrf_from_cookie="", csrf_from_pointer="/csrf"),
            {"body": {"csrf": "csrf=1"}},
            {"X-CSRFToken": "csrf=1"},
        ),
    ],
    ids=["cookie", "header", "body"],
)
def test_a_page_before_the_login_gives_it_a_csrf_token(
    then: SecondStep,
    page: dict[str, Any],
    headers: dict[str, str],
    make_answer: MakeAnswer,
    scripted: Scripted,
) -> None:
    client = scripted(make_answer(**page), make_answer(body={"access_token": "the-token"}))
    assert logged_in(client, replace(PAGE_FIRST, then=then)).token == "the-token"
    assert client.requests == [
        login_request(method="GET"),
        login_request(
            path="/login",
            headers=headers,
            form=(("username", "me"), ("password", "my-password")),
        ),
    ]
    assert "csrf=1" in dict(client.redactor.secrets())


@pytest.mark.parametrize(
    ("value", "seen"),
    [(None, "nothing (the field is absent)"), ("%0d%0aX: 1", "a string that can't be sent")],
)
def test_a_page_before_the_login_without_the_csrf_token_is_auth(
    value: str | None, seen: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    headers = {} if value is None else {"set-cookie": f"csrftoken={value}"}
    client = scripted(make_answer(body=b"<form>", headers=headers))
    assert refusal(client, replace(PAGE_FIRST, then=CSRF_COOKIE)).startswith(
        "expected a value in the cookie csrftoken of the first response of the login, for the"
        f" header X-CSRFToken, seen {seen}"
    )
    assert len(client.requests) == 1


def test_a_first_answer_without_what_the_second_needs_is_auth(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "the-token"}))
    assert refusal(client, TWO_STEPS) == (
        "expected a value at /challenge/id in the first response of the login, for 'mfa', seen"
        " nothing (the field is absent)\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: look at the response with the curl line, and correct [login.then] copied"
    )
    assert len(client.requests) == 1


def test_a_refused_second_step_is_a_refused_login(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    first = make_answer(body={"challenge": {"id": "challenge-1"}})
    client = scripted(first, make_answer(401, body={}))
    assert refusal(client, TWO_STEPS).startswith("expected 200 or 201 from the login, seen 401")


# -- cookie sessions -----------------------------------------------------------------------------

COOKIE = Login(kind="cookie")


def test_a_session_is_sent_as_a_cookie_and_its_value_is_secret(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    cookies = "sid=first-session; Path=/; HttpOnly\nadmin=for-admins-only; Path=/admin"
    client = scripted(make_answer(204, headers={"set-cookie": cookies}))
    auth = logged_in(client, Login(kind="cookie", statuses=(204,)))
    assert auth.headers(path="/api/me") == {"Cookie": "sid=first-session"}
    assert auth.headers(path="/admin/x") == {"Cookie": "admin=for-admins-only; sid=first-session"}
    assert auth.headers_with("wrong", path="/api/me") == {"Cookie": "sid=wrong"}
    assert client.redactor.secrets() == (
        ("my-password", "APISMOKE_PASSWORD"),
        ("first-session", "APISMOKE_COOKIE_SID"),
        ("for-admins-only", "APISMOKE_COOKIE_ADMIN"),
    )


@pytest.mark.parametrize(
    ("cookie", "why"),
    [
        ("sid=abc; Domain=other.example", "it is for the host other.example"),
        ("sid=abc; Max-Age=0", ""),
    ],
)
def test_a_session_of_another_host_is_no_session(
    cookie: str, why: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(headers={"set-cookie": cookie}))
    seen = f"sid, which is not kept: {why}" if why else "none"
    assert (
        refusal(client, COOKIE).split("\n")[0] == f"expected a cookie from the login, seen {seen}"
    )


def test_a_cookie_that_a_response_sets_later_is_followed(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    auth = logged_in(scripted(make_answer(headers=SESSION)), COOKIE)
    auth.follow(make_answer(headers={"set-cookie": "sid=second-session; Path=/"}), "/api/me")
    auth.follow(make_answer(headers={"set-cookie": "sid=evil; Domain=evil.example"}), "/api/me")
    auth.follow(make_answer(401, headers={"set-cookie": "sid=; Path=/; Max-Age=0"}), "/api/me")
    assert auth.headers() == {"Cookie": "sid=second-session"}


def test_a_login_with_a_token_follows_no_cookie(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    """It would authenticate on its own, and hide that the token does not."""
    auth = logged_in(scripted(make_answer(body={"access_token": "t"}, headers=SESSION)), Login())
    auth.follow(make_answer(headers=SESSION), "/api/me")
    assert auth.token_as_it_is() == Token(value="t")


def test_a_session_that_ends_is_renewed_by_a_login_or_by_its_own_responses(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    sliding = {"set-cookie": "sid=the-session; Path=/; Max-Age=60; HttpOnly"}
    client = scripted(make_answer(headers=sliding))
    auth = logged_in(client, COOKIE)
    clock.now += 50.0
    auth.follow(make_answer(headers=sliding), "/api/me")
    clock.now += 50.0
    assert (auth.renew_if_it_ends(), len(client.requests)) == (False, 1)
    clock.now += 5.0
    assert (auth.renew_if_it_ends(), len(client.requests)) == (True, 2)


def test_a_worker_tells_the_controller_of_a_session_that_was_replaced(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    """Else another worker, whose session is refused then, would have to log in."""
    first = Token(value="sid=first", cookies=(Cookie(name="sid", value="first"),))
    second = Token(value="sid=second", cookies=(Cookie(name="sid", value="second"),))
    source = TokenSource(first)
    worker = Auth(scripted(make_answer()), COOKIE, CREDENTIALS, token=first, token_source=source)
    worker.follow(make_answer(headers={"set-cookie": "sid=second; Path=/"}), "/api/me")
    assert source.told == [("sid=first", second)]

    client = scripted(make_answer())
    controller = Auth(client, COOKIE, CREDENTIALS, token=first)
    controller.take_over(*source.told[0])
    assert controller.newer_than("sid=first", ends=False, restoring=False) == second
    # It is told of one that it no longer has: that one stays as it is.
    controller.take_over("sid=first", first)
    assert (controller.token, client.requests) == ("sid=second", [])


def test_a_session_that_the_user_gives_is_sent_to_every_path(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    auth = Auth(scripted(make_answer()), COOKIE, Credentials(token="sid=given-one; csrf=2"))
    assert auth.headers(path="/x") == {"Cookie": "sid=given-one; csrf=2"}
    assert (auth.logs_in, auth.renew()) == (False, False)


# -- refresh -------------------------------------------------------------------------------------

REFRESHED = Login(refresh=Refresh(path="/api/auth/refresh"))
FIRST = {"access_token": "first", "refresh_token": "refresh-1", "expires_in": 10}


def refresh_of(**parts: Any) -> Request:
    return login_request(**{"path": "/api/auth/refresh", "repeatable": False, **parts})


def test_a_token_that_runs_out_is_refreshed_and_a_new_refresh_token_is_followed(
    make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    client = scripted(
        make_answer(body=FIRST),
        make_answer(body={"access_token": "second", "refresh_token": "refresh-2", "expires_in": 9}),
        make_answer(body={"access_token": "third"}),
        make_answer(body={"access_token": "fourth"}),
    )
    auth = logged_in(client, REFRESHED)
    clock.now += 10.0
    assert (auth.renew_if_it_ends(), auth.token) == (True, "second")
    clock.now += 10.0
    assert (auth.renew_if_it_ends(), auth.token) == (True, "third")
    # The third came without a refresh token: the second one stays good.
    assert (auth.renew(refused="third"), auth.token) == (True, "fourth")
    assert client.requests[1:] == [
        refresh_of(json={"refresh_token": f"refresh-{number}"}) for number in (1, 2, 2)
    ]
    known = dict(client.redactor.secrets())
    assert known["refresh-1"] == known["refresh-2"] == "APISMOKE_REFRESH_TOKEN"


@pytest.mark.parametrize("refused", [401, 500, 200])
def test_a_refused_refresh_is_followed_by_a_login(
    refused: int, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(body=FIRST),
        make_answer(refused, body={}),
        make_answer(body={"access_token": "second"}),
    )
    auth = logged_in(client, REFRESHED)
    assert (auth.renew(refused="first"), auth.token) == (True, "second")
    assert [request.path for request in client.requests] == [PATH, "/api/auth/refresh", PATH]
    seen = {
        200: "expected a token at /access_token in the login response, seen nothing (the field is"
        " absent)"
    }.get(
        refused,
        f"expected 200 or 201 from the login, seen {refused} with application/json, 2 bytes",
    )
    assert client.recorder.notes == (f"the token could not be refreshed ({seen}): logged in again",)


@pytest.mark.parametrize(
    ("refresh", "answer", "sent"),
    [
        (
            Refresh(
                path="/api/auth/refresh",
                content_type="form",
                fields=(("grant_type", "refresh_token"),),
            ),
            {"body": FIRST},
            {"form": (("grant_type", "refresh_token"), ("refresh_token", "refresh-1"))},
        ),
        (
            Refresh(path="/api/auth/refresh", field=""),
            {"body": FIRST},
            {"headers": {"Authorization": "Bearer refresh-1"}},
        ),
        (
            Refresh(path="/api/auth/refresh", pointer=""),
            {"body": {"access_token": "first"}, "headers": SESSION},
            {"headers": {"Cookie": "sid=first-session"}},
        ),
    ],
    ids=["form", "header", "cookie"],
)
def test_a_refresh_is_sent_as_the_profile_says(
    refresh: Refresh,
    answer: dict[str, Any],
    sent: dict[str, Any],
    make_answer: MakeAnswer,
    scripted: Scripted,
) -> None:
    client = scripted(make_answer(**answer), make_answer(body={"access_token": "second"}))
    auth = logged_in(client, Login(refresh=refresh))
    assert (auth.renew(), auth.token) == (True, "second")
    assert client.requests[1:] == [refresh_of(**sent)]


def test_without_a_refresh_token_there_is_a_login(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={"access_token": "first"}))
    logged_in(client, REFRESHED).renew()
    assert [request.path for request in client.requests] == [PATH, PATH]


def test_the_controller_refreshes_for_a_worker_and_keeps_the_refresh_token(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body=FIRST), make_answer(body={"access_token": "second"}))
    auth = logged_in(client, REFRESHED)
    newer = auth.newer_than("first", ends=True, restoring=False)
    assert newer == Token(value="second", refresh="refresh-1")
    assert client.requests[1:] == [refresh_of(json={"refresh_token": "refresh-1"})]
