"""The healthy backend behaves as the API that the built-in suites check."""

import re
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from pytest_apismoke.demo.access import TOKEN_LIFETIME_S, Accounts, Tokens, utc_now
from pytest_apismoke.demo.app import Backend
from pytest_apismoke.demo.behaviour import Behaviour
from pytest_apismoke.demo.calls import HEALTH, Call
from pytest_apismoke.demo.responses import ProblemError
from pytest_apismoke.demo.store import Store

# The class of the fixtures is in conftest.py, which a test module cannot import.
Demo = Any


def assert_problem(response: requests.Response, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body["error"] == code
    assert isinstance(body["detail"], str)
    assert body["detail"]


def test_health_reports_database_and_version(shared_demo: Demo) -> None:
    """The health page says ok and names the default version."""
    response = shared_demo.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "version": "1.0.0"}


def test_health_notices_a_dead_database(tmp_path: Path) -> None:
    """The health page really asks the database."""
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
    call = Call(route=HEALTH, authorization="", if_match=None, query={}, raw_body=b"")
    response = backend.health(call)
    assert response.status_code == 503
    assert b'"database":"unreachable"' in bytes(response.body)


def test_login_gives_a_bearer_token(shared_demo: Demo) -> None:
    """The right credentials give a signed token that expires in an hour."""
    response = shared_demo.login()
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.parametrize(
    ("username", "password"),
    [("owner@example.com", "wrong"), ("nobody", "correct horse"), ("", ""), ("a\0b", "p\0q" * 99)],
)
def test_wrong_credentials_are_refused(shared_demo: Demo, username: str, password: str) -> None:
    """A wrong name or password is a structured 401."""
    body = {"username": username, "password": password}
    response = shared_demo.request("POST", "/api/auth/login", json=body)
    assert_problem(response, 401, "invalid_credentials")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"username=a", "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b"NaN", "invalid_json"),
        (b'{"username": "\\ud800", "password": ""}', "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b"[]", "invalid_body"),
        (b"null", "invalid_body"),
        (b"{}", "missing_field"),
        (b'{"username": "a"}', "missing_field"),
        (b'{"username": "a", "password": 1}', "missing_field"),
    ],
)
def test_malformed_login_is_refused(shared_demo: Demo, body: bytes, code: str) -> None:
    """A login that is not the expected JSON is a structured 422."""
    assert_problem(shared_demo.request("POST", "/api/auth/login", data=body), 422, code)


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
    """Without a token of this backend the settings are neither served nor changed."""
    headers = {"Authorization": header} if header else {}
    response = shared_demo.request(method, "/api/business/me", headers=headers, json={})
    assert_problem(response, 401, code)
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("lifetime_s", [2, TOKEN_LIFETIME_S])
def test_expired_token_is_refused(lifetime_s: int) -> None:
    """A token is refused after its time."""
    tokens = Tokens(clock=lambda: utc_now() - timedelta(seconds=lifetime_s + 1))
    with pytest.raises(ProblemError) as caught:
        tokens.verify(tokens.issue("owner", lifetime_s))
    assert (caught.value.status, caught.value.code) == (401, "token_expired")


def test_password_is_stored_hashed(tmp_path: Path) -> None:
    """The store holds a bcrypt hash of cost 8, never the password."""
    store = Store(tmp_path / "demo.sqlite3")
    Accounts(store).add("owner", "correct horse")
    store.close()
    database = sqlite3.connect(tmp_path / "demo.sqlite3")
    ((stored,),) = database.execute("SELECT password_hash FROM account").fetchall()
    database.close()
    assert stored.startswith(b"$2b$08$")
    assert b"correct horse" not in (tmp_path / "demo.sqlite3").read_bytes()


def test_document_has_every_field(shared_demo: Demo) -> None:
    """The settings document is the one the default profile describes."""
    document = shared_demo.document()
    assert re.fullmatch("biz_[0-9a-f]{16}", document.pop("id"))
    assert document.pop("updated_at").endswith("Z")
    assert [type(hours) for hours in document.pop("business_hours").values()] == [list] * 7
    assert document == {
        "name": "Harbor Dental",
        "description": "Family dentistry",
        "timezone": "America/Los_Angeles",
        "greeting": "How can I help you?",
        "phone_number": "+14155550123",
        "receptionist_enabled": True,
        "google_calendar_connected": False,
    }


def test_save_merges_and_is_read_back(start: Any) -> None:
    """One field is saved, answered with the whole document and persisted; only it changes."""
    demo = start()
    before = demo.document()
    response = demo.save({"description": "Zähne \u2028 \U0001f9b7"})
    assert response.status_code == 200
    after = demo.document()
    assert response.json() == after
    assert after.pop("description") == "Zähne \u2028 \U0001f9b7"
    changed = datetime.fromisoformat(after.pop("updated_at").replace("Z", "+00:00"))
    assert changed > datetime.fromisoformat(before.pop("updated_at").replace("Z", "+00:00"))
    assert abs(datetime.now(timezone.utc) - changed) < timedelta(minutes=5)
    del before["description"]
    assert after == before


def test_unknown_and_read_only_fields_are_ignored(start: Any) -> None:
    """What a caller cannot write is neither stored nor refused."""
    demo = start()
    before = demo.document()
    sent = {"id": "x", "updated_at": 1, "google_calendar_connected": True, "unknown": [1e308]}
    assert demo.save({**sent, "greeting": None}).status_code == 200
    after = demo.document()
    assert {**after, "updated_at": ""} == {**before, "updated_at": "", "greeting": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 1},
        {"name": None},
        {"name": ""},
        {"description": []},
        {"timezone": None},
        {"greeting": True},
        {"phone_number": 14155550123},
        {"receptionist_enabled": "true"},
        {"receptionist_enabled": 1},
        {"business_hours": []},
        {"business_hours": {"monday": "09:00"}},
        {"business_hours": {"monday": [{"open": 9}]}},
    ],
)
def test_wrong_types_are_refused(shared_demo: Demo, wrong: dict[str, Any]) -> None:
    """A wrong type is a structured 422 that names the field, and nothing is stored."""
    before = shared_demo.document()
    response = shared_demo.save({"description": "not stored", **wrong})
    assert_problem(response, 422, "invalid_field")
    assert next(iter(wrong)) in response.json()["detail"]
    assert shared_demo.document() == before


@pytest.mark.parametrize("body", [b"", b"{", b'"text"', b'{"name": NaN}'])
def test_malformed_save_is_refused(shared_demo: Demo, body: bytes) -> None:
    """A save that is not a JSON object is a structured 422."""
    response = shared_demo.request(
        "PUT", "/api/business/me", data=body, headers=shared_demo.bearer()
    )
    assert response.status_code == 422
    assert set(response.json()) == {"error", "detail"}


def test_whole_document_can_be_saved(start: Any) -> None:
    """The document as fetched is accepted as an update."""
    demo = start()
    before = demo.document()
    assert demo.save(before).status_code == 200
    assert {**demo.document(), "updated_at": ""} == {**before, "updated_at": ""}


def test_settings_have_no_tag(start: Any) -> None:
    """Without a variation that tags it, the document has no ETag and If-Match means nothing."""
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
    assert target[:3] == ("https", "accounts.google.com", "/o/oauth2/v2/auth")
    query = parse_qs(target.query)
    assert set(query) == {"client_id", "redirect_uri", "response_type", "scope", "state"}
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == [f"{shared_demo.url}/oauth/google/callback"]
    again = parse_qs(urlsplit(shared_demo.oauth().headers["Location"]).query)
    assert again["state"] != query["state"]


def test_oauth_start_needs_a_known_business(shared_demo: Demo) -> None:
    """A missing id is a structured 422, an unknown one a structured 404."""
    assert_problem(shared_demo.get("/oauth/google/start"), 422, "missing_parameter")
    unknown = shared_demo.get("/oauth/google/start?business_id=biz_0")
    assert_problem(unknown, 404, "unknown_business")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/health/", "/api/business/me/x"])
def test_unknown_path_is_structured(shared_demo: Demo, path: str) -> None:
    """An unknown path is a structured 404, a trailing slash included."""
    assert_problem(shared_demo.get(path), 404, "not_found")


def test_wrong_method_is_structured(shared_demo: Demo) -> None:
    """A wrong method is a structured 405 that names the right ones."""
    response = shared_demo.request("DELETE", "/api/business/me")
    assert_problem(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT"}


def test_request_ids_differ(shared_demo: Demo) -> None:
    """Each answer has a request id of its own."""
    ids = {shared_demo.get("/health").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


def test_counters_count_everything_but_themselves(start: Any) -> None:
    """The counters tell requests by route and logins, refused ones included."""
    demo = start()
    nothing = {"total": 0, "logins": 0, "by_route": {}}
    assert demo.get("/demo/requests").json() == nothing
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
