"""What `apismoke init` finds on a target, from what the target shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from fastapi_document import FASTAPI
from unit.memory import new_answer

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.loading import load
from pytest_apismoke.discovery.description import (
    LoginOperation,
    OwnDocument,
    logins,
    own_documents,
)
from pytest_apismoke.discovery.finding import Finding
from pytest_apismoke.discovery.first_contract import first_contract
from pytest_apismoke.discovery.health_page import find_health_page
from pytest_apismoke.discovery.login_page import find_login
from pytest_apismoke.discovery.own_document import find_document
from pytest_apismoke.discovery.profile_file import text_of
from pytest_apismoke.discovery.refusal import find_refusal
from pytest_apismoke.discovery.token_place import token_place
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.error_words import FetchFailure, FetchProblem
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.request import Request, basic
from pytest_apismoke.http.response import Response
from pytest_apismoke.infer.claims import GUESSED_WHOLE, NULL_SO_FAR
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwiZXhwIjoyfQ.c2lnbmF0dXJlLW9mLWEtdGVzdA"
ADA = Credentials(username="ada@example.com", password="correct horse")

#: (status, body) or (status, body, headers).
Page = tuple[Any, ...] | Callable[[Request], tuple[Any, ...]]


TEXT = {"content-type": "text/plain"}
#: A path at which the target closes the connection.
CLOSED = ("closed",)
LOST = Failure(category=Category.FETCH, expected="a response", seen="x", where="x", hint="x")


@dataclass
class Pages:
    """A target in memory: a page for each method and path, 404 for all others."""

    pages: Mapping[str, Page]
    redactor: Redactor = field(default_factory=Redactor)
    sent: list[str] = field(default_factory=list)
    base_url: str = "https://api.example.com"

    def send(self, request: Request) -> Response:
        name = f"{request.method} {request.path}"
        self.sent.append(name)
        page = self.pages.get(name, (404, {"detail": "Not Found"}))
        if page == CLOSED:
            raise NoResponseError(LOST, FetchFailure(problem=FetchProblem.CLOSED, words="x"))
        status, body, *rest = page(request) if callable(page) else page
        return new_answer(status, body, rest[0] if rest else {})


def client_of(pages: Mapping[str, Page]) -> Client:
    return cast("Client", Pages(pages))


# -- the health page ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "keys", "seen"),
    [
        ({"status": "ok"}, {}, '"ok" at /status'),
        (
            {"status": "ok", "version": "1.2"},
            {"version_pointer": "/version"},
            '"ok" at /status, a version at /version',
        ),
        (
            {"state": "RUNNING"},
            {"status_pointer": "/state", "healthy_status": ["running"]},
            '"RUNNING" at /state',
        ),
        ({"ok": True}, {"status_pointer": "/ok", "healthy_status": ["true"]}, "true at /ok"),
        (True, {"status_pointer": "", "healthy_status": ["true"]}, "true as its body"),
        (
            {"status": "ok", "db": "sqlite", "database": {"status": "up"}},
            {"healthy_members": ["/database"]},
            '"ok" at /status; /db does not tell whether all is well: left out',
        ),
        (
            {"status": "ok", "db": {"ms": 3}, "database": 7},
            {"healthy_members": []},
            '"ok" at /status; /db and /database does not tell whether all is well: left out',
        ),
        ({"status": "ok", "db": "disconnected"}, {}, '"ok" at /status'),
        ({"status": "ok", "db": "connected"}, {}, '"ok" at /status'),
        (
            "up 3 days",
            {"healthy_status": []},
            "a text as its body that may change, so its 200 alone counts",
        ),
        (
            {"message": "Hello World"},
            {"healthy_status": []},
            "an object without a status, so its 200 alone counts",
        ),
    ],
)
def test_a_health_page_says_how_to_read_it(body: object, keys: dict[str, Any], seen: str) -> None:
    assert find_health_page(client_of({"GET /health": (200, body)})) == Finding(
        keys={("readiness", key): value for key, value in keys.items()},
        seen=(f"GET /health answers 200: {seen}",),
    )


@pytest.mark.parametrize("body", [{"ok": False}, {"status": "DOWN"}, False, "degraded"])
def test_a_page_that_says_it_is_unhealthy_is_no_example_of_a_healthy_one(body: object) -> None:
    pages = {"GET /health": (200, body), "GET /ready": (200, {"status": "up"})}
    assert find_health_page(client_of(pages)) == Finding(
        keys={("readiness", "path"): "/ready"}, seen=('GET /ready answers 200: "up" at /status',)
    )


def test_without_a_health_page_the_root_stands_in_and_it_is_told() -> None:
    assert find_health_page(client_of({})) == Finding(
        keys={
            ("readiness", "path"): "/",
            ("readiness", "healthy_status"): [],
            ("readiness", "statuses"): [404],
        },
        unknown=(
            "no health page at the usual paths: the run waits for 404 from '/'; write its path as"
            " [readiness] path, because a dead database goes unnoticed otherwise",
        ),
    )


def test_a_root_that_leads_elsewhere_may_lead_to_the_api() -> None:
    location = "https://api.example.com/v1/"
    pages: dict[str, Page] = {"GET /": (307, None, {"location": location})}
    (_, leads_on) = find_health_page(client_of(pages)).unknown
    assert leads_on == (
        f"why GET / is a redirect to {location}: if the API is below that, call 'apismoke init'"
        " again with its URL, because redirects are not followed"
    )


def test_what_answers_at_all_stands_in_for_a_health_page() -> None:
    found = find_health_page(client_of({"GET /openapi.json": (200, {"openapi": "3.1.0"})}))
    assert found.keys["readiness", "path"] == "/openapi.json"


@pytest.mark.parametrize(
    ("pages", "path", "statuses"),
    [
        ({"GET /": (500, {})}, "/", None),
        ({"GET /": (302, {}), "GET /settings": (401, {})}, "/settings", [401]),
        ({"GET /": (401, {}), "GET /me": (200, {})}, "/me", None),
    ],
)
def test_a_target_that_is_guarded_as_a_whole_is_ready_all_the_same(
    pages: dict[str, Page], path: str, statuses: list[int] | None
) -> None:
    keys = find_health_page(client_of(pages)).keys
    assert keys["readiness", "path"] == path
    assert keys.get(("readiness", "statuses")) == statuses


# -- the OpenAPI document -------------------------------------------------------------------------


def test_the_login_that_a_document_describes() -> None:
    assert logins(FASTAPI) == (
        LoginOperation(
            path="/api/v1/login/access-token",
            media_type="application/x-www-form-urlencoded",
            fields=("grant_type", "username", "password", "scope"),
            required=("username", "password"),
            fixed={"grant_type": "password"},
        ),
    )


def test_the_account_s_own_document_that_a_document_describes() -> None:
    schemas = FASTAPI["components"]["schemas"]
    assert own_documents(FASTAPI) == (
        OwnDocument(
            path="/api/v1/users/me",
            method="PATCH",
            media_type="application/json",
            properties=schemas["UserUpdateMe"]["properties"],
        ),
    )


def test_settings_come_before_the_user_and_paths_of_the_server_are_put_before() -> None:
    body: dict[str, Any] = {"content": {"application/json": {"schema": {"properties": {"x": {}}}}}}
    written = {"get": {}, "put": {"requestBody": body}}
    document = {
        "servers": [{"url": "/v2/"}],
        "paths": {"/me": written, "/settings": written, "/orders": written},
    }
    assert [one.path for one in own_documents(document)] == ["/v2/settings", "/v2/me"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"paths": []},
        {"paths": {"/login": 1, "/token": {"post": {"requestBody": {"$ref": "#/nowhere"}}}}},
        {"paths": {"/login": {"post": {"requestBody": {"content": {"application/json": None}}}}}},
        {"servers": "x", "components": {"securitySchemes": {"a": {"flows": []}}}, "paths": {}},
    ],
)
def test_a_malformed_document_describes_nothing(document: dict[str, Any]) -> None:
    assert (logins(document), own_documents(document)) == ((), ())


# -- the login ------------------------------------------------------------------------------------


def fastapi_login(request: Request) -> tuple[Any, ...]:
    """Wants a form, as OAuth2PasswordRequestForm does."""
    form = dict(request.form or ())
    missing = [name for name in ("username", "password") if name not in form]
    if missing:
        details = [{"type": "missing", "loc": ["body", name]} for name in missing]
        return 422, {"detail": details}
    is_right = form["password"] == ADA.password
    return (200, {"access_token": JWT}) if is_right else (400, {"detail": "Incorrect"})


def test_a_described_login_is_tried_once() -> None:
    pages = Pages({"POST /api/v1/login/access-token": fastapi_login})
    found = find_login(cast("Client", pages), FASTAPI, ADA)
    assert found.finding == Finding(
        keys={
            ("login", "path"): "/api/v1/login/access-token",
            ("login", "content_type"): "form",
            ("login", "username_field"): "username",
            ("login", "fields"): {"grant_type": "password"},
        },
        seen=(
            "the login is POST /api/v1/login/access-token, a form with 'username': the OpenAPI"
            " document describes it; the token is at /access_token",
        ),
    )
    assert found.headers == {"Authorization": f"Bearer {JWT}"}
    # The second one shows whether a token has another scheme than Bearer.
    assert pages.sent == ["POST /api/v1/login/access-token", "GET /api/v1/users/me"]


def test_a_login_that_nothing_describes_is_found_by_what_it_refuses() -> None:
    pages = Pages({"POST /token": fastapi_login})
    found = find_login(cast("Client", pages), None, ADA)
    assert found.finding.keys == {
        ("login", "path"): "/token",
        ("login", "content_type"): "form",
        ("login", "username_field"): "username",
    }
    # An empty object finds it; one attempt tells that it wants a form, the next is accepted.
    assert pages.sent.count("POST /token") == 3


def test_a_target_that_refuses_every_path_shows_no_login() -> None:
    class Guarded(Pages):
        def send(self, request: Request) -> Response:
            return new_answer(401, {"detail": "Not authenticated"}, {})

    found = find_login(cast("Client", Guarded({})), None, ADA)
    assert found.finding == Finding(
        unknown=(
            'no login found: write [login] path, or kind = "basic" where every request takes the'
            " name and the password, or enabled = false where there is none",
        )
    )


def test_wrong_credentials_are_sent_once() -> None:
    pages = Pages({"POST /api/v1/login/access-token": (401, {"detail": "no"})})
    found = find_login(cast("Client", pages), FASTAPI, ADA)
    assert pages.sent == ["POST /api/v1/login/access-token"]
    assert found.headers == {}
    assert found.finding.unknown == (
        "the login was refused (PUT https://api.example.com/api/business/me answers 401): correct"
        " APISMOKE_USERNAME and APISMOKE_PASSWORD and call 'apismoke init' again, or complete"
        " [login] by hand: it may want further fields",
    )


@pytest.mark.parametrize(
    ("to_nothing", "begins"),
    [
        ("Unauthorized", "the login answers the credentials as it answers an empty object ("),
        ("email is missing", "the login was refused ("),
    ],
)
def test_credentials_that_a_login_may_not_see_are_not_called_wrong(
    to_nothing: str, begins: str
) -> None:
    """Node-RED answers so for want of a client id, whatever the password is."""
    pages: dict[str, Page] = {
        "POST /auth/token": lambda r: (401, "Unauthorized" if r.json else to_nothing, TEXT)
    }
    found = find_login(client_of(pages), None, ADA)
    assert found.finding.keys["login", "path"] == "/auth/token"
    assert found.finding.unknown[0].startswith(begins)


def test_without_credentials_no_login_is_tried() -> None:
    pages = Pages({"POST /api/v1/login/access-token": fastapi_login})
    found = find_login(cast("Client", pages), FASTAPI, Credentials())
    assert pages.sent == []
    assert found.finding.unknown == (
        "the login was not tried: with APISMOKE_USERNAME and APISMOKE_PASSWORD in the environment,"
        " 'apismoke init' finds where the token is",
    )


# What Node-RED, Keycloak and other OAuth2 servers want beside the name and the password.
EXTRA = ("client_id", "grant_type", "scope")


def wants(*names: str, says: Callable[[list[str]], Any]) -> Page:
    """A login at which an answer names what is missing, and takes nothing without it."""

    def answer(request: Request) -> tuple[Any, ...]:
        sent = dict(request.form or ()) | (request.json or {})
        missing = [name for name in ("username", "password", *names) if name not in sent]
        return (400, says(missing)) if missing else (200, {"access_token": JWT})

    return answer


@pytest.mark.parametrize(
    "says",
    [
        lambda names: {
            "error": "invalid_request",
            "error_description": f"Missing required parameter: {names[0]}",
        },
        lambda names: {"error": f"Missing parameters: {', '.join(names)}."},
        lambda names: {"message": f"{names[0]} is required"},
        lambda names: {"detail": f"the request is missing the field '{names[0]}'"},
        lambda names: {"errors": {name: ["is required"] for name in names}},
    ],
)
def test_the_fields_that_a_refusal_names_are_told_and_not_the_credentials_blamed(
    says: Callable[[list[str]], Any],
) -> None:
    ada = Credentials(username="ada", password="correct horse")
    pages = {"POST /auth/token": wants("grant_type", "client_id", says=says)}
    found = find_login(client_of(pages), None, ada).finding
    assert found.unknown[0].startswith("the login wants 'client_id' too (")
    assert found.unknown[0].endswith(
        'write [login] fields = { client_id = "..." }, as in a curl line that works; the'
        " credentials may be right"
    )
    assert found.keys["login", "fields"] == {"grant_type": "password"}


def test_the_grant_of_a_password_is_found() -> None:
    ada = Credentials(username="ada", password="correct horse")
    says = {"error": "invalid_request", "error_description": "Missing form parameter: grant_type"}
    pages = {"POST /token": wants("grant_type", says=lambda _: says)}
    found = find_login(client_of(pages), None, ada)
    assert found.finding.keys["login", "fields"] == {"grant_type": "password"}
    assert found.headers == {"Authorization": f"Bearer {JWT}"}


def test_the_fields_that_a_description_requires_are_told_when_the_login_is_refused() -> None:
    text = {"type": "string"}
    names = ["username", "password", "tenant"]
    body = {"required": names, "properties": dict.fromkeys(names, text)}
    content = {"content": {"application/json": {"schema": body}}}
    description = {"paths": {"/login": {"post": {"requestBody": content}}}}
    found = find_login(client_of({"POST /login": (401, {})}), description, ADA).finding
    assert found.unknown[0].startswith("the login wants 'tenant' too (")


def basic_only(request: Request) -> tuple[Any, ...]:
    """An API behind HTTP Basic."""
    if request.headers.get("Authorization") == basic(ADA.username, ADA.password):
        return 200, USER
    return 401, {}, {"www-authenticate": 'Basic realm="a, b", charset="UTF-8"'}


BASIC_KEYS: dict[tuple[str, ...], Any] = {("login", "kind"): "basic"}
BASIC_SEEN = "GET /api/me asks for Basic: the credentials go with every request, without a login"


@pytest.mark.parametrize(
    ("credentials", "unknown", "passes"),
    [
        (ADA, (), True),
        (
            Credentials(username="ada@example.com", password="wrong"),
            (
                "the credentials were refused (GET /api/me answers 401): correct APISMOKE_USERNAME"
                " and APISMOKE_PASSWORD",
            ),
            False,
        ),
        (
            Credentials(),
            ("the credentials were not tried: there were none in the environment",),
            False,
        ),
    ],
)
def test_an_api_behind_http_basic_has_no_login(
    credentials: Credentials, unknown: tuple[str, ...], passes: bool
) -> None:
    found = find_login(client_of({"GET /api/me": basic_only}), None, credentials)
    assert found.finding == Finding(keys=BASIC_KEYS, seen=(BASIC_SEEN,), unknown=unknown)
    assert bool(found.headers) == passes


def test_a_folder_that_is_guarded_as_a_whole_is_no_login() -> None:
    class Guarded(Pages):
        def send(self, request: Request) -> Response:
            if request.path.startswith("/api/"):
                status, body, *rest = basic_only(request)
                return new_answer(status, body, rest[0] if rest else {})
            return super().send(request)

    found = find_login(cast("Client", Guarded({})), None, ADA)
    assert found.finding.keys == BASIC_KEYS


def test_a_target_that_asks_for_another_scheme_is_told() -> None:
    pages: dict[str, Page] = {
        "GET /api/me": (401, {}, {"www-authenticate": "Negotiate, Digest qop=auth"})
    }
    assert find_login(client_of(pages), None, ADA).finding == Finding(
        unknown=(
            "GET /api/me asks for Negotiate or Digest, and no login was found: write [login] path,"
            " or give a token as APISMOKE_TOKEN, with its [login] scheme",
        )
    )


@pytest.mark.parametrize(
    ("answer", "keys", "headers"),
    [
        ((204, None, {"x-auth-token": "t-1"}), {"statuses": [204]}, "Bearer t-1"),
        ((202, {"access_token": "Bearer t-1"}), {"statuses": [202]}, "Bearer t-1"),
        ((200, {"tokens": [{"token": "t-1"}]}), {"token_pointer": "/tokens/0/token"}, "Bearer t-1"),
    ],
)
def test_a_login_of_another_status_or_place(
    answer: tuple[Any, ...], keys: dict[str, Any], headers: str
) -> None:
    pages: dict[str, Page] = {"POST /login": lambda r: answer if r.json else (400, {})}
    found = find_login(client_of(pages), None, ADA)
    assert {key: found.finding.keys["login", key] for key in keys} == keys
    assert found.headers == {"Authorization": headers}


def test_a_scheme_that_is_not_bearer_is_found_where_it_is_asked_for() -> None:
    pages: dict[str, Page] = {
        "POST /login": lambda r: (200, {"token": "t-1"}) if r.json else (400, {}),
        "GET /api/me": (401, {}, {"www-authenticate": "Token"}),
    }
    found = find_login(client_of(pages), None, ADA)
    assert found.finding.keys["login", "scheme"] == "Token"
    assert found.headers == {"Authorization": "Token t-1"}


@pytest.mark.parametrize(
    ("challenge", "keys", "header"),
    [
        (None, {}, "Bearer t-1"),
        ("Bearer", {}, "Bearer t-1"),
        ("Token", {"scheme": "Token"}, "Token t-1"),
        ("Basic realm=x", {"kind": "basic"}, "Basic t-1"),
        ("Basic realm=x, Bearer", {}, "Bearer t-1"),
    ],
)
def test_a_token_that_is_given_goes_as_the_target_asks_for_it(
    challenge: str | None, keys: dict[str, str], header: str
) -> None:
    headers = {"www-authenticate": challenge} if challenge else {}
    pages: dict[str, Page] = {"GET /api/me": (401, {}, headers)}
    found = find_login(client_of(pages), None, Credentials(token="t-1"))
    assert found.finding.keys == {("login", key): value for key, value in keys.items()}
    assert found.headers == {"Authorization": header}


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"success": False, "message": "no"}, {"set-cookie": "sid=canary-session-1"}),
        (302, None, {"set-cookie": "sid=canary-session-1", "location": "/login"}),
        (302, None, {"set-cookie": "sid=canary-session-1", "location": "/?error=1"}),
        (302, None, {"location": "/home"}),
    ],
)
def test_what_is_no_success_is_a_refusal(answer: tuple[Any, ...]) -> None:
    pages: dict[str, Page] = {"POST /login": lambda r: answer if r.json else (400, {})}
    found = find_login(client_of(pages), None, ADA)
    assert found.headers == {}
    assert found.finding.unknown[0].startswith("the login was refused (")


def test_a_form_that_leads_on_sets_a_session_of_all_its_cookies() -> None:
    cookies = "csrf=canary-of-csrf; Path=/\nsid=canary-session-1; HttpOnly; Path=/\nold=; Max-Age=0"
    answer = (303, None, {"set-cookie": cookies, "location": "/home"})
    pages: dict[str, Page] = {"POST /login": lambda r: answer if r.json else (400, {})}
    found = find_login(client_of(pages), None, ADA)
    assert found.headers == {"Cookie": "csrf=canary-of-csrf; sid=canary-session-1"}
    assert found.finding.keys["login", "statuses"] == [303]
    assert found.finding.keys["login", "kind"] == "cookie"


@pytest.mark.parametrize(
    ("body", "headers", "keys"),
    [
        ({"access_token": JWT, "refresh_token": "r"}, {}, {}),
        ({"data": {"token": "opaque-1"}}, {}, {"token_pointer": "/data/token"}),
        ({"access": JWT, "refresh": JWT}, {}, {"token_pointer": "/access"}),
        ({"session": {"credential": JWT}}, {}, {"token_pointer": "/session/credential"}),
        (None, {"authorization": f"Bearer {JWT}"}, {"token_header": "authorization"}),
    ],
)
def test_where_a_token_is(body: object, headers: dict[str, str], keys: dict[str, str]) -> None:
    found = token_place(body, headers)
    assert found is not None
    assert found[0] == keys


def test_a_response_without_a_token_has_none() -> None:
    assert token_place({"detail": "hello", "token": ""}, {}) is None


def test_a_session_cookie_stands_in_for_a_token() -> None:
    cookie = {"set-cookie": "sid=canary-session-1; Path=/; HttpOnly"}
    pages = {"POST /login": lambda r: (200, {"ok": True}, cookie) if r.json else (400, {})}
    found = find_login(client_of(pages), None, ADA)
    assert found.finding.keys["login", "kind"] == "cookie"
    assert found.headers == {"Cookie": "sid=canary-session-1"}


# -- the settings ---------------------------------------------------------------------------------

USER = {"id": 1, "email": "ada@example.com", "full_name": "Ada Byron", "is_active": True}


def test_a_described_document_and_its_harmless_fields() -> None:
    found, document = find_document(client_of({"GET /api/v1/users/me": (200, USER)}), FASTAPI, {})
    assert document == USER
    assert found == Finding(
        keys={
            ("document", "path"): "/api/v1/users/me",
            ("document", "update_method"): "PATCH",
            ("document", "probe"): ["/full_name"],
            ("apis", "calendar", "enabled"): False,
            ("apis", "twilio", "enabled"): False,
        },
        seen=(
            "the settings are GET and PATCH /api/v1/users/me; the gate may change and restore"
            " full_name",
        ),
    )


def test_a_document_inside_the_answer_and_its_method_from_allow() -> None:
    pages = {
        "GET /api/settings": (200, {"data": {"id": 3, "bio": "hello"}}),
        "OPTIONS /api/settings": (204, None, {"allow": "GET, PUT, OPTIONS"}),
    }
    found, document = find_document(client_of(pages), None, {})
    assert document == {"id": 3, "bio": "hello"}
    assert found.keys == {
        ("document", "path"): "/api/settings",
        ("document", "root"): "/data",
        ("document", "probe"): ["/bio"],
        ("apis", "calendar", "enabled"): False,
        ("apis", "twilio", "enabled"): False,
    }


def test_no_field_that_means_something_to_a_program_is_probed() -> None:
    document = {"id": "1", "email": "a@b.c", "locale": "en", "status": "active", "api_key": "k"}
    pages = {
        "GET /api/me": (200, document),
        "OPTIONS /api/me": (204, None, {"allow": "GET, PATCH"}),
    }
    found, _ = find_document(client_of(pages), None, {})
    assert ("document", "probe") not in found.keys
    assert found.unknown == (
        "no field of /api/me is known to be harmless: write one that may be changed and restored"
        " as [document] probe",
    )


def described_put(*required: str) -> dict[str, Any]:
    text = {"type": "string"}
    properties = {"name": text, "plan": text, "bio": text}
    body = {"required": list(required), "properties": properties}
    content = {"content": {"application/json": {"schema": body}}}
    return {"paths": {"/profile": {"get": {}, "put": {"requestBody": content}}}}


PROFILE = {"id": "1", "name": "Ada", "plan": "pro", "bio": "hello", "created": "x"}


def test_what_an_update_needs_beside_the_probe_is_for_a_person_to_say() -> None:
    """To send what nobody meant to change may have effects of its own."""
    pages = {"GET /profile": (200, PROFILE)}
    found, _ = find_document(client_of(pages), described_put("name", "plan"), {})
    assert [key for _, key in [place for place in found.keys if place[0] == "document"]] == [
        "path",
        "probe",
    ]
    assert found.unknown == (
        "the OpenAPI document says that an update needs name, plan too. Where it replaces the"
        ' document, write [document] update_body = "whole" and writable = ["name", "plan", "bio"];'
        ' where it only wants them beside, companions = ["name", "plan"]',
    )


def test_a_description_that_wants_the_id_back_is_that_of_the_response() -> None:
    pages = {"GET /profile": (200, PROFILE)}
    assert find_document(client_of(pages), described_put("id", "name"), {})[0].unknown == ()


def test_the_document_of_the_default_profile_keeps_its_own_candidates() -> None:
    document = {"id": "1", "description": "x", "greeting_style": "hello", "notes": "n"}
    pages = {
        "GET /api/business/me": (200, document),
        "OPTIONS /api/business/me": (204, None, {"allow": "GET, PUT"}),
    }
    found, _ = find_document(client_of(pages), None, {})
    assert not [place for place in found.keys if place[0] == "document"]


@pytest.mark.parametrize(
    ("document", "probe"),
    [
        ({"id": 1, "description": "x", "bio": "b", "name": "n"}, ["/bio"]),
        ({"id": 1, "description": "x", "name": "n"}, ["/name", "/description"]),
        ({"id": 1, "remark": "x", "hint": "y"}, ["/remark"]),
    ],
)
def test_the_most_harmless_fields_are_proposed(document: dict[str, Any], probe: list[str]) -> None:
    pages = {
        "GET /api/me": (200, document),
        "OPTIONS /api/me": (204, None, {"allow": "GET, PATCH"}),
    }
    assert find_document(client_of(pages), None, {})[0].keys["document", "probe"] == probe


def test_settings_that_need_a_login_are_told() -> None:
    pages: dict[str, Page] = {"GET /api/me": (401, {}), "GET /me": (403, {})}
    assert find_document(client_of(pages), None, {}) == (
        Finding(
            unknown=(
                "no settings could be read: 2 paths refused the request, for want of a login;"
                " write [document] path, update_method and probe",
            )
        ),
        None,
    )


@pytest.mark.parametrize(
    ("document", "off", "unclear"),
    [
        ({}, ["calendar", "twilio"], []),
        (
            {
                "google_calendar_connected": False,
                "phone_number": None,
                "receptionist_enabled": False,
            },
            [],
            [],
        ),
        (
            {"google_calendar_connected": "yes", "phone_number": "+4915112345678"},
            ["calendar", "twilio"],
            ["'google_calendar_connected' is that of the calendar", "'phone_number' is that of"],
        ),
        (
            {"phone_number": "0151 12345678", "receptionist_enabled": True},
            ["calendar", "twilio"],
            ["'phone_number' is that of the twilio"],
        ),
    ],
)
def test_a_suite_is_on_where_its_fields_are_as_it_wants_them(
    document: dict[str, Any], off: list[str], unclear: list[str]
) -> None:
    pages = {
        "GET /api/me": (200, {"id": 1, "bio": "hello", **document}),
        "OPTIONS /api/me": (204, None, {"allow": "GET, PATCH"}),
    }
    found, _ = find_document(client_of(pages), None, {})
    assert [api for table, api, *_ in [p for p in found.keys if p[0] == "apis"]] == off
    assert len(found.unknown) == len(unclear)
    assert all(part in one for part, one in zip(unclear, found.unknown, strict=True))


def test_the_document_of_the_default_profile_keeps_the_suites_of_its_fields() -> None:
    document = {"id": "1", "google_calendar_connected": None, "phone_number": "0151 1"}
    pages = {
        "GET /api/business/me": (200, document),
        "OPTIONS /api/business/me": (204, None, {"allow": "GET, PUT"}),
    }
    assert find_document(client_of(pages), None, {})[0].keys == {}


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "keys"),
    [
        ([(401, {"detail": "no"}), (403, {"error": "no"})], {}),
        ([(401, "no"), (401, "no")], {"body": "any"}),
        ([(401, "Unauthorized", TEXT), (401, "Unauthorized", TEXT)], {"body": "text"}),
        ([(401, {"detail": "no"}), (401, "Unauthorized", TEXT)], {"body": "any"}),
        ([(404, {"detail": "no"}), (401, {"detail": "no"})], {"statuses": [404, 401]}),
        ([(302, {"detail": "no"}), (302, {"detail": "no"})], {"statuses": [302]}),
    ],
)
def test_how_the_settings_are_refused_without_a_token_and_with_a_wrong_one(
    answers: list[tuple[Any, ...]], keys: dict[str, Any]
) -> None:
    script = iter(answers)
    found = find_refusal(
        client_of({"GET /me": lambda _: next(script)}), "/me", {"Authorization": "Token x"}
    )
    assert found.keys == {("refusals", key): value for key, value in keys.items()}
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("status", "unknown"),
    [
        (
            200,
            "why GET /me is answered with 200 to anyone: a full run ends red until the route is"
            " protected",
        ),
        (500, "how GET /me is refused: it answers 500"),
    ],
)
def test_settings_that_are_not_refused_are_told(status: int, unknown: str) -> None:
    client = client_of({"GET /me": (status, USER)})
    assert find_refusal(client, "/me", {"Cookie": "sid=1"}) == Finding(unknown=(unknown,))


def test_a_password_is_not_tried_wrongly_and_the_default_profile_keeps_its_refusals() -> None:
    pages = Pages({"GET /me": (401, {"detail": "no"})})
    assert find_refusal(cast("Client", pages), "/me", {"Authorization": "Basic eDp5"}) == Finding()
    assert pages.sent == ["GET /me"]
    assert find_refusal(client_of({}), "/api/business/me", {"Cookie": "sid=1"}) == Finding()
    assert find_refusal(client_of({}), "/me", {}) == Finding()


# -- what a target may do to whom looks ------------------------------------------------------------


def test_a_path_that_gets_no_answer_says_nothing_of_the_others() -> None:
    pages: dict[str, Page] = {
        "POST /api/auth/login": CLOSED,
        "POST /login": lambda r: (200, {"access_token": JWT}) if r.json else (400, {}),
        "GET /api/settings": CLOSED,
        "GET /api/me": (200, USER),
        "OPTIONS /api/me": (204, None, {"allow": "GET, PATCH"}),
    }
    login = find_login(client_of(pages), None, ADA)
    assert login.finding.keys["login", "path"] == "/login"
    found, _ = find_document(client_of(pages), None, login.headers)
    assert found.keys["document", "path"] == "/api/me"


ODD = "odd\x1b[2J\n[headers]\ud800"


def test_names_of_the_target_can_neither_break_the_file_nor_write_in_it() -> None:
    body = {"properties": {ODD: {"type": "string"}, "bio": {"type": "string"}}, "required": [ODD]}
    content = {"requestBody": {"content": {"application/json": {"schema": body}}}}
    description = {"paths": {"/settings": {"get": {}, "put": content}, f"/me{ODD}": {"get": {}}}}
    document = {ODD: "x", "bio": "hello", "deep": {ODD: 1}}
    found, _ = find_document(client_of({"GET /settings": (200, document)}), description, {})
    assert found.keys["document", "probe"] == ["/bio"]
    assert found.unknown == ()
    assert "properties" not in first_contract(document, Redactor(), id_field="id")
    text = text_of([found, Finding(unknown=(ODD,))], command="x")
    assert load({"apismoke.toml": text})[1] == ()
    assert token_place({ODD: {"token": "canary-token"}}, {}) is None
    assert find_health_page(client_of({"GET /health": (200, {"status": ODD})})).keys == {
        ("readiness", "healthy_status"): []
    }


# -- the first contract ---------------------------------------------------------------------------

SEEN = {
    "id": 7,
    "email": "ada@example.com",
    "score": 3,
    "max_tokens": 100,
    "is_active": True,
    "nick": None,
    "tags": ["a"],
    "address": {"city": "London", "since": None},
    "members": {"ada@example.com": {"role": "owner"}},
    "api_key": {"prod": "x"},
}


def test_a_first_contract_says_what_one_document_can_tell() -> None:
    contract = first_contract(SEEN, Redactor(), id_field="id")
    nothing = {"description": NULL_SO_FAR}
    assert contract.pop("$comment").startswith("From one response: every member may be absent")
    assert contract == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer", "$comment": GUESSED_WHOLE},
            "email": {"type": ["string", "null"]},
            "score": {"type": ["number", "null"]},
            "max_tokens": {"type": ["integer", "null"], "$comment": GUESSED_WHOLE},
            "is_active": {"type": ["boolean", "null"]},
            "nick": nothing,
            "tags": {"type": ["array", "null"]},
            "address": {
                "type": ["object", "null"],
                "properties": {"city": {"type": ["string", "null"]}, "since": nothing},
            },
            "members": {"type": ["object", "null"]},
            "api_key": {"type": ["object", "null"]},
        },
    }


@pytest.mark.parametrize(
    "later",
    [
        {"id": 7},
        {**SEEN, "email": None, "score": 3.5, "nick": {"a": 1}, "address": None},
        {**SEEN, "tags": [1, {"a": "b"}], "address": {"city": None}, "new": [1]},
    ],
)
def test_a_healthy_target_holds_a_first_contract(later: dict[str, Any]) -> None:
    contract = first_contract(SEEN, Redactor(), id_field="id")
    schemas = Schemas({"settings.schema.json": contract})
    assert schemas.findings(later, "settings") == ()
    assert schemas.findings({**SEEN, "id": "7"}, "settings") != ()
    assert schemas.findings({**SEEN, "id": None}, "settings") != ()
    assert schemas.findings({}, "settings") != ()


def test_a_secret_among_the_names_is_not_written() -> None:
    redactor = Redactor()
    redactor.learn("correct-horse", "APISMOKE_PASSWORD")
    document = {"id": None, "correct-horse": 1}
    assert "properties" not in first_contract(document, redactor, id_field="id")
    assert "required" not in first_contract(document, redactor, id_field="id")


# -- the file -------------------------------------------------------------------------------------


def test_the_file_has_each_part_with_what_led_to_it() -> None:
    findings = (
        Finding(keys={("readiness", "path"): "/up"}, seen=("GET /up answers 200",)),
        Finding(),
        Finding(
            keys={
                ("login", "fields"): {"grant_type": "password"},
                ("apis", "twilio", "enabled"): False,
            },
            unknown=("where the token is",),
        ),
    )
    assert text_of(findings, command="apismoke init https://api.example.com") == (
        "# Written by 'apismoke init https://api.example.com': correct it by hand, it is not"
        " written again.\n"
        "\n"
        "# GET /up answers 200\n"
        "[readiness]\n"
        'path = "/up"\n'
        "\n"
        "[login]\n"
        'fields = { grant_type = "password" }\n'
        "\n"
        "[apis.twilio]\n"
        "enabled = false\n"
        "# TODO: where the token is\n"
    )
