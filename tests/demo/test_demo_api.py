"""The healthy backend behaves as the API that the built-in suites check."""

import re
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta, timezone
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
from pytest_apismoke.demo.request import HEALTH, Request
from pytest_apismoke.demo.response import ProblemError
from pytest_apismoke.demo.store import Store

NO_JSON = (b"", b"username=a", b"\xff\xfe", b"NaN", b'{"name": NaN}', b'"\\ud800"', b"[" * 100_000)


def assert_problem(response: requests.Response, status: int, code: str) -> None:
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert (response.status_code, body) == (status, {"error": code, "detail": body["detail"]})
    assert re.fullmatch(".+", body["detail"])


def except_time(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "updated_at": ""}


def test_health_reports_database_and_version(shared_demo: Demo) -> None:
    """The health page says ok and names the default version."""
    response = shared_demo.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "version": "1.0.0"}


LOGIN_REQUEST = Request(
    route=f"POST {LOGIN}",
    authorization="",
    if_match=None,
    takes_cached=True,
    query={},
    body=b'{"username": "a", "password": "b"}',
)


def closed_backend(tmp_path: Path) -> Backend:
    store = Store(tmp_path / "demo.sqlite3")
    backend = Backend(
        base_url="http://127.0.0.1",
        version="1",
        store=store,
        accounts=Accounts(store),
        tokens=Tokens(),
        behaviour=Behaviour(),
    )
    store.close()
    return backend


def test_health_notices_a_dead_database(tmp_path: Path) -> None:
    """The health page queries the database."""
    request = replace(LOGIN_REQUEST, route=HEALTH, body=b"")
    response = closed_backend(tmp_path).respond(request)
    assert response.status == 503
    assert response.json_object() == {"status": "error", "database": "unreachable", "version": "1"}


def test_a_bug_is_a_structured_500(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception has its traceback on stderr, and no word of it in the response."""
    response = closed_backend(tmp_path).respond(LOGIN_REQUEST)
    assert (response.status, response.json_object()) == (
        500,
        {"error": "internal_error", "detail": "the request could not be served"},
    )
    assert "sqlite3.ProgrammingError" in capsys.readouterr().err


def test_login_gives_a_bearer_token(shared_demo: Demo) -> None:
    """The right credentials give a signed token that expires in an hour."""
    response = shared_demo.login()
    body = response.json()
    token = body["access_token"]
    assert response.status_code == 200
    assert body == {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": 3600,
        "user": {"email": "owner@example.com"},
    }
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.parametrize(
    ("username", "password"),
    [("owner@example.com", "wrong"), ("nobody", PASSWORD), ("", ""), ("a\0b", "p\0q" * 99)],
)
def test_wrong_credentials_are_refused(shared_demo: Demo, username: str, password: str) -> None:
    """A wrong username or password is a structured 401."""
    body = {"username": username, "password": password}
    assert_problem(shared_demo.request("POST", LOGIN, json=body), 401, "invalid_credentials")


@pytest.mark.parametrize(("method", "path"), [("POST", LOGIN), ("PUT", ME)])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        *((body, "invalid_json") for body in NO_JSON),
        *((body, "invalid_body") for body in (b"[]", b"null", b'"string"')),
    ],
)
def test_malformed_body_is_refused(
    shared_demo: Demo, method: str, path: str, body: bytes, code: str
) -> None:
    """A body that is not a JSON object is a structured 422."""
    response = shared_demo.request(method, path, data=body, headers=shared_demo.bearer())
    assert_problem(response, 422, code)


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"username": "a", "password": 1}])
def test_incomplete_login_is_refused(shared_demo: Demo, body: dict[str, object]) -> None:
    """A login without a username and a password is a structured 422."""
    response = shared_demo.request("POST", LOGIN, json=body)
    assert_problem(response, 422, "missing_field")
    assert response.json()["detail"] == "username and password are required, as strings"


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "not_authenticated"),
        ("Basic b3duZXI6cHc=", "not_authenticated"),
        ("Bearer", "not_authenticated"),
        ("Bearer wrong", "invalid_token"),
        (f"Bearer {jwt.encode({'sub': 'a', 'exp': 9e9}, 'k' * 32)}", "invalid_token"),
        (f"Bearer {jwt.encode({'sub': 'a', 'exp': 9e9}, '', 'none')}", "invalid_token"),
    ],
)
def test_settings_need_a_token(
    shared_demo: Demo, method: str, header: str | None, code: str
) -> None:
    """Without a token of this backend the settings can be neither read nor changed."""
    headers = {"Authorization": header} if header else {}
    response = shared_demo.request(method, ME, headers=headers, json={})
    assert_problem(response, 401, code)
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("lifetime_s", [2, TOKEN_LIFETIME_S])
def test_expired_token_is_refused(lifetime_s: int) -> None:
    """A token is refused after its lifetime."""
    tokens = Tokens(clock=lambda: utc_now() - timedelta(seconds=lifetime_s + 1))
    with pytest.raises(ProblemError) as caught:
        tokens.verify(tokens.issue("owner", lifetime_s))
    assert (caught.value.status, caught.value.code) == (401, "token_expired")


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


def test_initial_document(shared_demo: Demo) -> None:
    """The settings document has every property of the default profile."""
    document = shared_demo.document()
    weekday = [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "17:30"}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    assert re.fullmatch("biz_[0-9a-f]{16}", document["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", document["updated_at"])
    assert document == {
        "id": document["id"],
        "name": "Harbor Dental",
        "description": "Family dentistry",
        "timezone": "America/Los_Angeles",
        "greeting_style": "How can I help you?",
        "business_hours": {**dict.fromkeys(days, weekday), "saturday": [], "sunday": []},
        "phone_number": "+14155550123",
        "receptionist_enabled": True,
        "google_calendar_connected": False,
        "industry": "Dentistry",
        "common_services": "Cleaning, whitening",
        "faqs": [{"question": "Do you have parking?", "answer": "Yes, it is free."}],
        "minutes_used": 42,
        "audit_status": "approved",
        "updated_at": document["updated_at"],
    }


def test_save_merges_and_is_read_back(start: Start) -> None:
    """A saved property is in the response and in the store, and only it changes."""
    demo = start()
    before = demo.document()
    response = demo.save({"description": "Zähne \u2028 \U0001f9b7"})
    after = demo.document()
    assert (response.status_code, response.json()) == (200, after)
    assert except_time(after) == except_time({**before, "description": "Zähne \u2028 \U0001f9b7"})
    assert after["updated_at"] > before["updated_at"]
    changed = datetime.fromisoformat(after["updated_at"].replace("Z", "+00:00"))
    assert abs(datetime.now(timezone.utc) - changed) < timedelta(minutes=5)


def test_unknown_and_read_only_properties_are_ignored(start: Start) -> None:
    """A property that a client cannot write is neither stored nor refused."""
    demo = start()
    before = demo.document()
    sent = {"id": "x", "updated_at": 1, "google_calendar_connected": True, "unknown": [1e308]}
    assert demo.save({**sent, "greeting_style": None}).status_code == 200
    assert except_time(demo.document()) == except_time({**before, "greeting_style": None})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 1},
        {"name": None},
        {"name": ""},
        {"description": []},
        {"timezone": None},
        {"greeting_style": True},
        {"phone_number": 14155550123},
        {"receptionist_enabled": "true"},
        {"receptionist_enabled": 1},
        {"industry": 1},
        {"common_services": []},
        {"faqs": None},
        {"faqs": ["Is there parking?"]},
        {"business_hours": []},
        {"business_hours": {"monday": "09:00"}},
        {"business_hours": {"monday": [{"open": 9}]}},
    ],
)
def test_wrong_types_are_refused(shared_demo: Demo, wrong: dict[str, Any]) -> None:
    """A wrong type is a structured 422 that names the property, and nothing is stored."""
    before = shared_demo.document()
    response = shared_demo.save({"description": "not stored", **wrong})
    assert_problem(response, 422, "invalid_field")
    assert response.json()["detail"] == f"wrong type: {next(iter(wrong))}"
    assert shared_demo.document() == before


def test_whole_document_can_be_saved(start: Start) -> None:
    """A fetched document is accepted as an update."""
    demo = start()
    before = demo.document()
    assert demo.save(before).status_code == 200
    assert except_time(demo.document()) == except_time(before)


def test_settings_have_no_etag(start: Start) -> None:
    """Without a fault that adds it, the document has no ETag, and If-Match is ignored."""
    demo = start()
    assert "ETag" not in demo.fetch().headers
    response = demo.save({"description": "saved"}, {**demo.bearer(), "If-Match": '"other"'})
    assert response.status_code == 200
    assert "ETag" not in response.headers
    assert demo.document()["description"] == "saved"


def test_oauth_start_redirects_to_google(shared_demo: Demo) -> None:
    """The OAuth start redirects to Google with every parameter, and a new state each time."""
    response = shared_demo.oauth()
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


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", OAUTH, 422, "missing_parameter"),
        ("GET", f"{OAUTH}?business_id=biz_0", 404, "unknown_business"),
        *(("GET", path, 404, "not_found") for path in ("/", "/nowhere", "/health/", f"{ME}/x")),
        ("DELETE", ME, 405, "method_not_allowed"),
    ],
)
def test_wrong_request_is_structured(
    shared_demo: Demo, method: str, path: str, status: int, code: str
) -> None:
    """A wrong parameter, path (also one with a trailing slash) or method is a structured error."""
    response = shared_demo.request(method, path)
    assert_problem(response, status, code)
    allowed = response.headers["Allow"].split(", ") if status == 405 else []
    assert sorted(allowed) == (["GET", "HEAD", "PUT"] if status == 405 else [])


def test_request_ids_differ(shared_demo: Demo) -> None:
    """Each response has its own request id."""
    ids = {shared_demo.get("/health").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


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
