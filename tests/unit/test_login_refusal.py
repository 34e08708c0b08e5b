"""What a refused login shows, and the key of the profile that it points to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from unit.conftest import new_answer
from unit.exchanges import retold

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.login_profile import SecondStep
from pytest_apismoke.configuration.profiles import Login
from pytest_apismoke.errors import Category
from pytest_apismoke.http.challenges import schemes_of
from pytest_apismoke.http.login_refusal import refused
from pytest_apismoke.http.login_request import login_request, second_request
from pytest_apismoke.redaction import Redactor

USERNAME = Login(username_field="username")
CHECK = "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"


def hint_of(body: Any, *, status: int = 422, login: Login = USERNAME) -> str:
    request = login_request(login, Credentials(username="me", password="my-password"))
    error = refused(login, request, new_answer(status, body=body), Redactor())
    assert error.failure.category is Category.AUTH
    return error.failure.hint


def missing(*names: str) -> dict[str, Any]:
    """As FastAPI says it."""
    return {
        "detail": [{"type": "missing", "loc": ["body", n], "msg": "Field required"} for n in names]
    }


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (missing("email"), "the login wants the field 'email': set [login] username_field"),
        (
            missing("email", "pass"),
            "the login wants the fields 'email' and 'pass': set [login] username_field and"
            " password_field",
        ),
        (missing("tenant"), "the login wants the field 'tenant': set [login] fields"),
        (
            {"detail": [{"type": "value_error.missing", "loc": ["body", "email"]}]},
            "the login wants the field 'email': set [login] username_field",
        ),
        (
            missing("username", "password"),
            "the login does not see 'username' and 'password', though they were sent: set [login]"
            ' content_type = "form"',
        ),
        (
            missing("name", "password"),
            "the login does not see 'password', though it was sent: set [login] content_type ="
            " \"form\", and username_field for 'name'",
        ),
        (
            {"errors": {"email": ["The email field is required."]}},
            "the login wants the field 'email': set [login] username_field",
        ),
        (
            {
                "type": "about:blank",
                "title": "x",
                "errors": [{"pointer": "#/email", "detail": "y"}],
            },
            "the login wants the field 'email': set [login] username_field",
        ),
        (
            {"errors": [{"source": {"pointer": "/data/email"}, "title": "can't be blank"}]},
            "the login wants the field 'email': set [login] username_field",
        ),
        (
            {"errors": [{"field": "client_secret", "message": "is required"}]},
            "the login wants the field 'client_secret': set [login] password_field",
        ),
        (
            {"email": ["This field is required."]},
            "the login wants the field 'email': set [login] username_field",
        ),
        ({"errors": {"password": ["These do not match our records."]}}, CHECK),
        ({"detail": [{"type": "string_too_short", "loc": ["body", "email"], "msg": "x"}]}, CHECK),
        ({"detail": "Invalid credentials"}, CHECK),
        ({"errors": {"a name of more than words": ["missing"]}}, CHECK),
        (["nothing"], CHECK),
        (b"{", CHECK),
    ],
)
def test_a_missing_field_is_told_with_its_key(body: Any, hint: str) -> None:
    assert hint_of(body) == hint


@pytest.mark.parametrize(
    ("status", "login", "hint"),
    [
        (202, USERNAME, "if this is how the target accepts a login, add 202 to [login] statuses"),
        (405, USERNAME, "set [login] method: the target knows the path, but takes no POST there"),
        (
            415,
            USERNAME,
            'set [login] content_type to "form": it is not sent as it should be',
        ),
        (
            415,
            replace(USERNAME, content_type="form"),
            'set [login] content_type to "json": it is not sent as it should be',
        ),
    ],
)
def test_a_status_that_tells_of_a_key(status: int, login: Login, hint: str) -> None:
    assert hint_of({}, status=status, login=login) == hint


@pytest.mark.parametrize(
    ("excerpt", "kind", "says"),
    [
        ('{"detail": "Invalid credentials"}', "application/json", "'Invalid credentials'"),
        (
            '{"error": "invalid_grant", "error_description": "expired"}',
            "application/json",
            "'expired'",
        ),
        ('{"code": 7}', "application/json", "'{\"code\": 7}'"),
        ("Bad credentials", "text/plain", "'Bad credentials'"),
    ],
)
def test_what_the_target_says_is_shown(excerpt: str, kind: str, says: str) -> None:
    answer = new_answer(401, body=b"x" * 33, headers={"content-type": kind})
    # Redacted when it was recorded.
    response = replace(answer, exchange=retold(answer.exchange, excerpt=excerpt))
    request = login_request(USERNAME, Credentials(username="me", password="my-password"))
    assert str(refused(USERNAME, request, response, Redactor())) == (
        f"expected 200 or 201 from the login, seen 401 with {kind}, 33 bytes, which says {says}\n"
        "  where: GET https://api.example.com/api\n"
        f"  what to do: {CHECK}"
    )


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        ("<p>", "text/html", "an HTML page, 3 bytes"),
        ("{}", "application/json", "application/json, 2 bytes"),
        ("null", "application/json", "application/json, 4 bytes"),
    ],
)
def test_a_page_and_an_empty_body_are_not_quoted(body: str, kind: str, content: str) -> None:
    answer = new_answer(401, body=body.encode(), headers={"content-type": kind})
    response = replace(answer, exchange=retold(answer.exchange, excerpt=body))
    request = login_request(USERNAME, Credentials(username="me", password="my-password"))
    assert refused(USERNAME, request, response, Redactor()).failure.message == (
        f"expected 200 or 201 from the login, seen 401 with {content}"
    )


def test_a_redirect_of_the_login_is_no_broken_login() -> None:
    request = login_request(USERNAME, Credentials(username="me", password="my-password"))
    answer = new_answer(307, headers={"location": "/v1/login"})
    assert refused(USERNAME, request, answer, Redactor()).failure.hint == (
        "redirects are not followed: see why it redirects, and what the right path is"
    )


def test_a_redirect_that_sets_a_session_may_be_a_login() -> None:
    login = Login(kind="cookie")
    request = login_request(login, Credentials(username="me", password="my-password"))
    answer = new_answer(302, headers={"location": "/", "set-cookie": "sid=1"})
    assert refused(login, request, answer, Redactor()).failure.hint == (
        "if this is how the target accepts a login, add 302 to [login] statuses"
    )


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (
            {
                "error": "invalid_request",
                "error_description": "Missing required parameter: client_id",
            },
            "the login wants the field 'client_id': set [login] fields",
        ),
        (
            {"error_description": "Missing parameters: client_id, client_secret"},
            "the login wants the fields 'client_id' and 'client_secret': set [login] username_field"
            " and password_field",
        ),
        (
            {"message": "'tenant' is required"},
            "the login wants the field 'tenant': set [login] fields",
        ),
        (
            {"message": "email is required"},
            "the login wants the field 'email': set [login] username_field",
        ),
        ({"message": "Authentication is required"}, CHECK),
        ({"reasonPhrase": "Authentication is required"}, CHECK),
        ({"data": None, "info": {"text": "A valid token is required"}}, CHECK),
        ({"message": "Login required: unauthorized"}, CHECK),
        ({"message": "Two factors are required: see the manual, page 3, for what to do"}, CHECK),
        (
            b"Missing parameter: grant_type",
            "the login wants the field 'grant_type': set [login] fields",
        ),
    ],
)
def test_a_sentence_that_names_a_missing_field_is_read(body: Any, hint: str) -> None:
    assert hint_of(body, status=400) == hint


@pytest.mark.parametrize(
    ("header", "schemes"),
    [
        ('Basic realm="a, Digest x"', ("Basic",)),
        ('Basic realm="x", charset="UTF-8", Bearer', ("Basic", "Bearer")),
        ("Negotiate, NTLM", ("Negotiate", "NTLM")),
        ("Bearer error=invalid_token", ("Bearer",)),
        ("", ()),
        ("=,,;", ()),
    ],
)
def test_the_schemes_of_a_challenge(header: str, schemes: tuple[str, ...]) -> None:
    assert schemes_of(new_answer(401, headers={"www-authenticate": header})) == schemes
    assert schemes_of(new_answer(200, headers={"www-authenticate": header})) == ()


def test_a_login_that_asks_for_http_basic_is_told() -> None:
    login = Login()
    request = login_request(login, Credentials(username="me", password="my-password"))
    answer = new_answer(401, headers={"www-authenticate": 'Basic realm="x"'})
    assert refused(login, request, answer, Redactor()).failure.hint == (
        f'{CHECK}; it asks for HTTP Basic: set [login] kind = "basic" if every request wants it, or'
        ' credentials = "basic" if the login alone does'
    )


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (("pass",), "the login wants the field 'pass': set [login.then] password_field"),
        (("otp",), "the login wants the field 'otp': set [login.then] fields"),
    ],
)
def test_a_field_that_the_second_step_wants_is_a_key_of_its_table(
    names: tuple[str, ...], hint: str
) -> None:
    login = Login(then=SecondStep(path="/then"))
    credentials = Credentials(username="me", password="my-password")
    request = second_request(login, credentials, [("code", 1)], {})
    answer = new_answer(422, body=missing(*names))
    error = refused(login, request, answer, Redactor(), table="login.then")
    assert error.failure.hint == hint
