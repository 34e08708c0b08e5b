"""The healthy backend behaves as the API of the default profile, row by row; and as its own."""

import base64
import json
import re
import sqlite3
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from demo.running import LOGIN, ME, OAUTH, PASSWORD, Demo, Start

from pytest_apismoke.demo.access import TOKEN_LIFETIME_S, Accounts, Tokens, utc_now
from pytest_apismoke.demo.backend import Backend
from pytest_apismoke.demo.behaviour import Behaviour
from pytest_apismoke.demo.login_limit import LoginLimit
from pytest_apismoke.demo.request import HEALTH, Request
from pytest_apismoke.demo.response import ProblemError
from pytest_apismoke.demo.store import Store

EMAIL = "owner@example.com"
NO_JSON = (b"", b"email=a", b"\xff\xfe", b"NaN", b'{"name": NaN}', b'"\\ud800"', b"[" * 100_000)
NO_OBJECT = (b"[]", b"null", b'"string"')
NOT_AUTHENTICATED = {"detail": "Not authenticated"}
NOT_VALID = {"detail": "Could not validate credentials"}
#: A token with the right claims and another key.
CLAIMS = {"user_id": 1, "email": EMAIL, "business_id": "1", "exp": 9_000_000_000}


def answer(response: requests.Response) -> tuple[int, object]:
    assert response.headers["Content-Type"] == "application/json"
    return response.status_code, response.json()


def mistake(kind: str, place: list[str], message: str, sent: object) -> tuple[int, object]:
    detail = {"type": kind, "loc": place, "msg": message, "input": sent}
    return 422, {"detail": [detail]}


# -- readiness and version --------------------------------------------------------------------


def test_health_reports_environment_database_and_version(shared_demo: Demo) -> None:
    """The health page says ok and that the database is connected, and names the version."""
    page = {"status": "ok", "env": "local", "db": "connected", "version": "1.0.0"}
    assert answer(shared_demo.get("/health")) == (200, page)


def test_health_is_200_and_ok_while_the_database_is_gone(start: Start) -> None:
    """Only its member ``db`` tells."""
    page = {
        "status": "ok",
        "env": "local",
        "db": "error: connection refused",
        "version": "1.0.0",
    }
    assert answer(start("db-down").get("/health")) == (200, page)


LOGIN_REQUEST = Request(
    route=f"POST {LOGIN}",
    authorization="",
    cookie="",
    address="127.0.0.1",
    if_match=None,
    takes_cached=True,
    query={},
    body=b'{"email": "a", "password": "b"}',
)


def closed_backend(tmp_path: Path) -> Backend:
    store = Store(tmp_path / "demo.sqlite3")
    backend = Backend(
        base_url="http://127.0.0.1",
        version="1",
        store=store,
        accounts=Accounts(store),
        tokens=Tokens(),
        login_limit=LoginLimit(5),
        behaviour=Behaviour(),
    )
    store.close()
    return backend


def test_health_queries_the_database(tmp_path: Path) -> None:
    request = replace(LOGIN_REQUEST, route=HEALTH, body=b"")
    response = closed_backend(tmp_path).respond(request)
    assert (response.status, response.json_object()) == (
        200,
        {
            "status": "ok",
            "env": "local",
            "db": "error: Cannot operate on a closed database.",
            "version": "1",
        },
    )


def test_a_bug_is_a_structured_500(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception has its traceback on stderr, and no word of it in the response."""
    response = closed_backend(tmp_path).respond(LOGIN_REQUEST)
    assert (response.status, response.json_object()) == (
        500,
        {"error": "internal_error", "detail": "the request could not be served"},
    )
    assert "sqlite3.ProgrammingError" in capsys.readouterr().err


# -- login ------------------------------------------------------------------------------------


def test_a_login_by_email_gives_a_bearer_token_and_the_user(shared_demo: Demo) -> None:
    response = shared_demo.request("POST", LOGIN, json={"email": EMAIL, "password": PASSWORD})
    token = response.json()["access_token"]
    user = {"id": 1, "email": EMAIL, "business_id": "1", "is_verified": True}
    assert answer(response) == (
        200,
        {"access_token": token, "token_type": "bearer", "user": user},
    )
    assert shared_demo.fetch({"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_token_is_a_jwt_of_7_days_that_does_not_say_when_it_was_issued(
    shared_demo: Demo,
) -> None:
    before = int(time.time())
    token = shared_demo.login().json()["access_token"]
    after = int(time.time())
    claims = jwt.decode(token, options={"verify_signature": False})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert claims == {"user_id": 1, "email": EMAIL, "business_id": "1", "exp": claims["exp"]}
    assert before <= claims["exp"] - 7 * 86400 <= after


def test_the_cookie_of_the_login_authenticates_on_its_own(shared_demo: Demo) -> None:
    response = shared_demo.login()
    token = response.json()["access_token"]
    assert response.headers["Set-Cookie"] == (
        f"access_token={token}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax"
    )
    cookie = {"Cookie": f"access_token={token}"}
    document = shared_demo.document()
    assert answer(shared_demo.fetch(cookie)) == (200, document)
    wrong = {"Cookie": "access_token=wrong"}
    assert answer(shared_demo.fetch(wrong)) == (401, NOT_VALID)
    assert answer(shared_demo.fetch({**cookie, "Authorization": "Bearer wrong"})) == (
        401,
        NOT_VALID,
    )


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), ("nobody", PASSWORD), ("", ""), ("a\0b", "p\0q" * 99)],
)
def test_wrong_credentials_are_a_401_with_a_detail(
    shared_demo: Demo, email: str, password: str
) -> None:
    response = shared_demo.request("POST", LOGIN, json={"email": email, "password": password})
    assert answer(response) == (401, {"detail": "Invalid credentials"})


def test_a_login_of_another_shape_is_a_422_that_names_the_field(shared_demo: Demo) -> None:
    """And repeats what was sent, as FastAPI does: the password, too."""

    def login(body: object) -> tuple[int, object]:
        return answer(shared_demo.request("POST", LOGIN, json=body))

    required, string = "Field required", "Input should be a valid string"
    by_name = {"username": "a", "password": "b"}
    assert login({}) == mistake("missing", ["body", "email"], required, {})
    assert login(by_name) == mistake("missing", ["body", "email"], required, by_name)
    assert login({"email": "a"}) == mistake(
        "missing", ["body", "password"], required, {"email": "a"}
    )
    assert login({"email": "a", "password": 1}) == mistake(
        "string_type", ["body", "password"], string, 1
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        *((body, "the body is not JSON") for body in NO_JSON),
        *((body, "the body is not a JSON object") for body in NO_OBJECT),
    ],
)
def test_a_login_without_a_json_object_is_a_422(
    shared_demo: Demo, body: bytes, message: str
) -> None:
    response = shared_demo.request("POST", LOGIN, data=body)
    assert answer(response) == mistake("json_invalid", ["body"], message, {})


def test_the_sixth_login_within_a_minute_is_a_429_without_retry_after(start: Start) -> None:
    """Failures count, a request of the wrong shape does not."""
    demo = start("login-limit")
    demo.request("POST", LOGIN, json={})
    assert [demo.login(password).status_code for password in ("wrong", None) * 2] == [401, 200] * 2
    assert demo.login().status_code == 200
    for refused in (demo.login(), demo.login("wrong")):
        assert answer(refused) == (429, {"error": "Rate limit exceeded: 5 per 1 minute"})
        assert "Retry-After" not in refused.headers


def test_by_default_many_logins_are_taken(shared_demo: Demo) -> None:
    """Whoever tries the gate several times in a row is not locked out."""
    assert {shared_demo.login().status_code for _ in range(20)} == {200}


def test_a_limit_counts_each_address_in_windows_of_a_minute() -> None:
    now = 10.0
    limit = LoginLimit(2, clock=lambda: now)
    assert [limit.admits("a") for _ in range(4)] == [True, True, False, False]
    assert limit.admits("b")
    now = 69.9
    assert not limit.admits("a")
    now = 70.0
    assert [limit.admits("a") for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("lifetime_s", [2, TOKEN_LIFETIME_S])
def test_expired_token_is_refused(lifetime_s: int) -> None:
    """A token is refused after its lifetime."""
    tokens = Tokens(clock=lambda: utc_now() - timedelta(seconds=lifetime_s + 1))
    with pytest.raises(ProblemError) as caught:
        tokens.verify(tokens.issue("owner", lifetime_s))
    refusal = caught.value.response
    assert (refusal.status, refusal.json_object()) == (401, NOT_VALID)


def test_password_is_stored_hashed(tmp_path: Path) -> None:
    """The store holds a bcrypt hash of cost 8, never the password."""
    path = tmp_path / "demo.sqlite3"
    store = Store(path)
    Accounts(store).add("owner", PASSWORD)
    store.close()
    database = sqlite3.connect(path)
    ((stored,),) = database.execute("SELECT password_hash FROM account").fetchall()
    database.close()
    assert stored.startswith(b"$2b$08$")
    assert PASSWORD.encode() not in path.read_bytes()


# -- settings ---------------------------------------------------------------------------------


def test_the_settings_have_every_field_of_the_default_profile(shared_demo: Demo) -> None:
    assert answer(shared_demo.fetch()) == (
        200,
        {
            "id": "1",
            "name": "Harbor Dental",
            "industry": "Dentistry",
            "description": "Family dentistry",
            "phone_number": "+14155550123",
            "timezone": "America/Los_Angeles",
            "greeting_style": "How can I help you?",
            "business_hours": "9-5",
            "common_services": "Cleaning, whitening",
            "faqs": [{"question": "Do you have parking?", "answer": "Yes, it is free."}],
            "google_calendar_connected": False,
            "subscription_plan": "starter",
            "subscription_status": "active",
            "minutes_used": 42,
            "minutes_limit": 500,
            "stripe_customer_id": None,
            "receptionist_enabled": True,
            "audit_status": "approved",
            "audit_report": None,
            "pending_changes": False,
        },
    )


def test_an_account_without_a_business_has_null_as_its_settings(start: Start) -> None:
    assert answer(start("me-null").fetch()) == (200, None)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("header", [None, "Basic b3duZXI6cHc=", "Bearer", "Bearer "])
def test_without_a_token_the_settings_are_a_401(
    shared_demo: Demo, method: str, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    response = shared_demo.request(method, ME, headers=headers, json={})
    assert answer(response) == (401, NOT_AUTHENTICATED)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def _without_signature(claims: dict[str, object]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join([base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]) + "."


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    "token", ["wrong", jwt.encode(CLAIMS, "k" * 32), _without_signature({**CLAIMS})]
)
def test_with_a_bad_token_the_settings_are_a_401(
    shared_demo: Demo, method: str, token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    response = shared_demo.request(method, ME, headers=headers, json={})
    assert answer(response) == (401, NOT_VALID)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_minutes_used_goes_up_by_itself(start: Start) -> None:
    """In the middle of a run, and without any update."""
    demo = start("usage-counts")
    assert [demo.document()["minutes_used"] for _ in range(6)] == [42, 42, 43, 43, 43, 44]


# -- update -----------------------------------------------------------------------------------


def test_an_update_merges_is_acknowledged_and_read_back(start: Start) -> None:
    """The acknowledgement has the id as a number, and nothing of the document."""
    demo = start()
    before = demo.document()
    changes = {"industry": "Zähne \u2028 \U0001f9b7", "greeting_style": None}
    assert answer(demo.save(changes)) == (200, {"status": "success", "id": 1})
    assert demo.document() == {**before, **changes}


def test_unknown_and_read_only_keys_are_ignored(start: Start) -> None:
    demo = start()
    before = demo.document()
    sent = {"id": "x", "minutes_used": 0, "google_calendar_connected": True, "unknown": [1e308]}
    assert answer(demo.save(sent)) == (200, {"status": "success", "id": 1})
    assert demo.document() == before


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"name": 1}, {"name": "1"}),
        ({"greeting_style": True}, {"greeting_style": "true"}),
        ({"common_services": ["a", 1]}, {"common_services": '["a", 1]'}),
        ({"business_hours": {"monday": "9-5"}}, {"business_hours": '{"monday": "9-5"}'}),
        ({"receptionist_enabled": 1}, {"receptionist_enabled": "1"}),
        ({"faqs": "parking?"}, {"faqs": '"parking?"'}),
    ],
)
def test_a_wrong_type_is_stored_as_text(
    start: Start, sent: dict[str, Any], stored: dict[str, Any]
) -> None:
    demo = start()
    assert answer(demo.save(sent)) == (200, {"status": "success", "id": 1})
    document = demo.document()
    assert {name: document[name] for name in stored} == stored


def test_an_update_that_is_not_a_json_object_is_a_500_in_plain_text(shared_demo: Demo) -> None:
    before = shared_demo.document()
    for body in (*NO_JSON, *NO_OBJECT):
        response = shared_demo.request("PUT", ME, data=body, headers=shared_demo.bearer())
        assert (response.status_code, response.text) == (500, "Internal Server Error")
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert shared_demo.document() == before


@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
def test_other_methods_than_put_are_a_405(shared_demo: Demo, method: str) -> None:
    response = shared_demo.request(method, ME, headers=shared_demo.bearer(), json={"name": "x"})
    assert answer(response) == (405, {"detail": "Method Not Allowed"})
    assert sorted(response.headers["Allow"].split(", ")) == ["GET", "HEAD", "PUT"]


@pytest.mark.parametrize("name", ["description", "faqs"])
def test_writing_an_audited_field_even_unchanged_marks_the_document_for_good(
    start: Start, name: str
) -> None:
    demo = start()
    before = demo.document()
    pending = {**before, "audit_status": "pending", "pending_changes": True}
    assert demo.save({name: before[name]}).status_code == 200
    assert demo.document() == pending
    assert demo.save({**before}).status_code == 200
    assert demo.document() == pending


def test_the_probe_fields_have_no_side_effect(start: Start) -> None:
    demo = start()
    before = demo.document()
    for name in ("business_hours", "greeting_style", "common_services", "industry"):
        assert demo.save({name: "x"}).status_code == 200
        assert demo.document() == {**before, name: "x"}
        demo.save({name: before[name]})
    assert demo.document() == before


def test_settings_have_no_etag(start: Start) -> None:
    """Without a fault that adds it, the document has no ETag, and If-Match is ignored."""
    demo = start()
    assert "ETag" not in demo.fetch().headers
    response = demo.save({"industry": "saved"}, {**demo.bearer(), "If-Match": '"other"'})
    assert response.status_code == 200
    assert "ETag" not in response.headers
    assert demo.document()["industry"] == "saved"


# -- calendar, phone, and every response ------------------------------------------------------


def test_oauth_start_redirects_to_google(shared_demo: Demo) -> None:
    """Without a token, with every parameter, and with a new state each time."""
    response = shared_demo.get(f"{OAUTH}?business_id=1")
    assert response.status_code == 302
    target = urlsplit(response.headers["Location"])
    query = parse_qs(target.query)
    assert target[:3] == ("https", "accounts.google.com", "/o/oauth2/v2/auth")
    assert query == {
        "client_id": ["apismoke-demo.apps.googleusercontent.com"],
        "redirect_uri": [f"{shared_demo.url}/oauth/google/callback"],
        "response_type": ["code"],
        "scope": ["https://www.googleapis.com/auth/calendar.events"],
        "state": query["state"],
    }
    again = parse_qs(urlsplit(shared_demo.oauth().headers["Location"]).query)
    assert again["state"] != query["state"]


def test_oauth_start_says_in_json_that_it_is_not_configured(start: Start) -> None:
    status, body = answer(start("oauth-unavailable").get(f"{OAUTH}?business_id=1"))
    assert status == 200
    assert body == {
        "available": False,
        "error": "google_oauth_not_configured",
        "detail": "no Google OAuth client is configured on this server",
    }


def test_the_phone_is_a_number_or_null_and_the_receptionist_a_boolean(start: Start) -> None:
    document = start("phone-none").document()
    assert (document["phone_number"], document["receptionist_enabled"]) == (None, False)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (OAUTH, mistake("missing", ["query", "business_id"], "Field required", None)),
        (f"{OAUTH}?business_id=2", (404, {"detail": "Business not found"})),
        *((path, (404, {"detail": "Not Found"})) for path in ("/", "/health/", f"{ME}/x")),
    ],
)
def test_a_wrong_parameter_or_path_is_a_refusal_with_a_detail(
    shared_demo: Demo, path: str, expected: tuple[int, object]
) -> None:
    """A trailing slash makes another path."""
    assert answer(shared_demo.get(path)) == expected


def test_the_id_of_a_request_is_echoed(shared_demo: Demo) -> None:
    """In refusals too; a request without one gets a new one."""
    for path, status in (("/health", 200), (ME, 401), ("/nowhere", 404)):
        response = shared_demo.get(path, headers={"X-Request-ID": "from-the-client"})
        assert (response.status_code, response.headers["X-Request-ID"]) == (
            status,
            "from-the-client",
        )
    ids = {shared_demo.get("/health").headers["X-Request-ID"] for _ in range(3)}
    assert [bool(re.fullmatch("[0-9a-f]{32}", one)) for one in ids] == [True] * 3


def test_counters_count_everything_but_themselves(start: Start) -> None:
    """The counters count requests by route, and logins, refused ones included."""
    demo = start()
    assert demo.get("/demo/requests").json() == {"total": 0, "logins": 0, "by_route": {}}
    demo.get("/health")
    demo.fetch()
    demo.login("wrong")
    demo.get("/a")
    demo.get("/b")
    assert demo.get("/demo/requests").json() == {
        "total": 6,
        "logins": 2,
        "by_route": {
            "GET (unknown)": 2,
            "GET /api/business/me": 1,
            "GET /health": 1,
            "POST /api/auth/login": 2,
        },
    }
