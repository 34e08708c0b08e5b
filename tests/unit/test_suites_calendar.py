"""The pure judges of the calendar suite."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.hostile import bodies, header_texts, json_values, locations

from pytest_apismoke.checks.suites.calendar import judge_redirect_uri, judge_start
from pytest_apismoke.configuration.profiles import Calendar
from pytest_apismoke.configuration.target_url import is_local
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import built_in

MakeAnswer = Callable[..., Response]

HOST = "accounts.google.com"
PARAMETERS = {
    "client_id": "id",
    "redirect_uri": "https://api.example.com/oauth/google/callback",
    "response_type": "code",
    "scope": "calendar",
    "state": "random",
}
ALL = "client_id, redirect_uri, response_type, scope, state"
HONEST_HINT = (
    "an integration that is not configured is fine when the API says so:"
    ' 200 with {"available": false, "error": ..., "detail": ...}'
)
BROKEN_HINT = (
    "look into the target's log at the request id; if the integration is only not configured,"
    ' the API has to say so: 200 with {"available": false, "error": ..., "detail": ...}'
)
UNAVAILABLE = {"available": False, "error": "not_configured", "detail": "no client id"}


def location(host: str = HOST, **changes: str) -> str:
    return f"https://{host}/o/oauth2/v2/auth?{urlencode({**PARAMETERS, **changes})}"


def judged(response: Response) -> Failure | None:
    return judge_start(response, Calendar(), schemas=built_in(), redactor=Redactor())


@pytest.mark.parametrize(
    "where_to",
    [location(), location("accounts.google.com:443"), location("ACCOUNTS.google.com")],
)
def test_a_redirect_to_google_with_all_it_needs_is_right(
    where_to: str, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(302, headers={"location": where_to})) is None


@pytest.mark.parametrize(
    ("where_to", "expected", "seen"),
    [
        ("", f"a redirect to https://{HOST}/", "no Location"),
        ("/login", f"a redirect to https://{HOST}/", "a redirect to ://"),
        (
            location().replace("https:", "http:"),
            f"a redirect to https://{HOST}/",
            f"a redirect to http://{HOST}",
        ),
        (
            location("accounts.google.com.evil.example"),
            f"a redirect to https://{HOST}/",
            "a redirect to https://accounts.google.com.evil.example",
        ),
        (
            location("accounts.google.com:8443"),
            f"a redirect to https://{HOST}/",
            "a redirect to https://accounts.google.com:8443",
        ),
        ("https://[::1", "a redirect to a URL", "a Location that is not a URL"),
        (
            "https://accounts.google.com:port/",
            f"a redirect to https://{HOST}/",
            "a redirect to https://accounts.google.com:port",
        ),
        (
            "https://evil.example\\@accounts.google.com/",
            f"a redirect to https://{HOST}/",
            "a redirect to https://evil.example\\@accounts.google.com",
        ),
        (location(state="", client_id=""), f"the parameters {ALL}", "no client_id, no state"),
        (f"https://{HOST}/", f"the parameters {ALL}", f"no {ALL.replace(', ', ', no ')}"),
        (location(response_type="token"), "response_type=code", "['token']"),
    ],
)
def test_any_other_redirect_is_oauth(
    where_to: str, expected: str, seen: str, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(302, headers={"location": where_to})) == Failure(
        category=Category.OAUTH,
        expected=expected,
        seen=seen,
        where="GET https://api.example.com/api",
        hint="compare the redirect with the OAuth client's configuration",
    )


@given(
    status=st.sampled_from([200, 302, 301, 404, 500]),
    where_to=locations | header_texts | st.text().map(f"https://{HOST}/?state=".__add__),
    body=bodies(st.fixed_dictionaries({"available": json_values}, optional={"error": json_values})),
)
@settings(max_examples=150, deadline=None)
def test_whatever_the_start_answers_it_is_right_or_oauth(
    make_answer: MakeAnswer, status: int, where_to: str, body: bytes
) -> None:
    kind = {"content-type": "application/json", "location": where_to}
    failure = judged(make_answer(status, body=body, headers=kind))
    assert failure is None or failure.category is Category.OAUTH


OTHER = Calendar(
    start_statuses=(303, 307),
    authorize_host="login.example.com",
    authorize_path="/tenant/oauth2/v2.0/authorize",
    authorize_parameters=("client_id", "redirect_uri", "response_type", "state"),
)


def judged_as_other(response: Response) -> Failure | None:
    return judge_start(response, OTHER, schemas=built_in(), redactor=Redactor())


@pytest.mark.parametrize("status", [303, 307])
def test_another_provider_has_its_own_place_and_its_own_parameters(
    status: int, make_answer: MakeAnswer
) -> None:
    query = urlencode({name: PARAMETERS[name] for name in OTHER.authorize_parameters})
    where_to = f"https://login.example.com/tenant/oauth2/v2.0/authorize?{query}"
    assert judged_as_other(make_answer(status, headers={"location": where_to})) is None


@pytest.mark.parametrize(
    ("where_to", "expected", "seen"),
    [
        (
            location(),
            "a redirect to https://login.example.com/tenant/oauth2/v2.0/authorize",
            "a redirect to https://accounts.google.com",
        ),
        (
            location("login.example.com"),
            "a redirect to https://login.example.com/tenant/oauth2/v2.0/authorize",
            "a redirect to https://login.example.com/o/oauth2/v2/auth",
        ),
        (
            "https://login.example.com/tenant/oauth2/v2.0/authorize?client_id=a&state=b",
            "the parameters client_id, redirect_uri, response_type, state",
            "no redirect_uri, no response_type",
        ),
    ],
)
def test_another_provider_is_held_to_its_own_place_and_parameters(
    where_to: str, expected: str, seen: str, make_answer: MakeAnswer
) -> None:
    failure = judged_as_other(make_answer(307, headers={"location": where_to}))
    assert failure is not None
    assert (failure.expected, failure.seen) == (expected, seen)


def test_another_providers_start_with_another_status_is_oauth(make_answer: MakeAnswer) -> None:
    failure = judged_as_other(make_answer(302, headers={"location": location()}))
    assert failure is not None
    assert failure.expected == (
        "a 303 or 307 to https://login.example.com/tenant/oauth2/v2.0/authorize,"
        " or 200 with available: false"
    )


def test_saying_in_structured_json_that_it_is_not_available_is_right(
    make_answer: MakeAnswer,
) -> None:
    assert judged(make_answer(body=UNAVAILABLE)) is None


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (None, "200 with no body"),
        (b"<html>", "200 with application/json, 6 bytes: Expecting value (character 1)"),
        ("null", "200 with /: expected type object, got the string 'null'"),
        (
            {**UNAVAILABLE, "available": True},
            "200 with /available: expected const false, got the boolean true",
        ),
        (
            {"available": False},
            "200 with /: expected the properties 'error', 'detail', got an object without them",
        ),
        (
            {**UNAVAILABLE, "detail": None},
            "200 with /detail: expected type string, got null",
        ),
    ],
)
def test_any_other_200_is_oauth(body: object, seen: str, make_answer: MakeAnswer) -> None:
    assert judged(make_answer(body=body)) == Failure(
        category=Category.OAUTH,
        expected=f"a 302 to https://{HOST}/, or 200 with available: false",
        seen=seen,
        where="GET https://api.example.com/api",
        hint=HONEST_HINT,
    )


def test_any_other_redirect_is_oauth_too_and_shows_no_parameters(make_answer: MakeAnswer) -> None:
    failure = judged(make_answer(301, headers={"location": location()}))
    assert failure is not None
    assert (failure.category, failure.seen) == (
        Category.OAUTH,
        f"301, a redirect to https://{HOST}/o/oauth2/v2/auth",
    )


@pytest.mark.parametrize("status", [201, 204, 400, 401, 404, 500, 503])
def test_any_other_status_is_oauth(status: int, make_answer: MakeAnswer) -> None:
    response = make_answer(status, body=UNAVAILABLE, headers={"location": location()})
    assert judged(response) == Failure(
        category=Category.OAUTH,
        expected=f"a 302 to https://{HOST}/, or 200 with available: false",
        seen=f"{status} with application/json, {len(response.body)} bytes",
        where="GET https://api.example.com/api",
        hint=BROKEN_HINT if status >= 500 else HONEST_HINT,
    )


# -- where the user is sent back to -----------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/x",
        "http://LOCALHOST./x",
        "https://app.localhost",
        "http://127.0.0.1",
        "http://127.9.9.9:80/",
        "http://[::1]:8000/",
        "http://0.0.0.0:8000/",
        "http://[::]/",
    ],
)
def test_a_url_of_this_very_machine_is_local(url: str) -> None:
    assert is_local(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://localhost.example.com",
        "https://notlocalhost",
        "http://10.0.0.1",
        "http://128.0.0.1",
        "https://example.com/?u=http://localhost",
        "",
        "localhost",
    ],
)
def test_a_url_of_another_machine_is_not_local(url: str) -> None:
    assert not is_local(url)


@pytest.mark.parametrize(
    ("redirect_uri", "target"),
    [
        ("https://app.example.com/back", "https://api.example.com"),
        ("http://localhost:3000/back", "http://127.0.0.1:8000"),
        ("https://app.example.com/back", "http://localhost:8000"),
    ],
)
def test_a_redirect_uri_that_the_user_can_reach_is_right(redirect_uri: str, target: str) -> None:
    assert judge_redirect_uri(redirect_uri, target, "GET x") is None


def test_a_redirect_uri_that_is_no_url_is_oauth() -> None:
    assert judge_redirect_uri("http://[::1", "https://api.example.com", "GET x") == Failure(
        category=Category.OAUTH,
        expected="a redirect_uri that the user's browser can reach",
        seen="'http://[::1', which names no host",
        where="GET x",
        hint="set the public URL of this deployment in its OAuth configuration",
    )


def test_a_redirect_uri_on_localhost_of_a_target_elsewhere_is_oauth() -> None:
    assert judge_redirect_uri(
        "http://localhost:3000/back", "https://api.example.com", "GET x"
    ) == Failure(
        category=Category.OAUTH,
        expected="a redirect_uri that the user's browser can reach",
        seen="http://localhost:3000/back while the target is https://api.example.com",
        where="GET x",
        hint="set the public URL of this deployment in its OAuth configuration",
    )
