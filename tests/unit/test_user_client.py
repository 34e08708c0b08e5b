"""The client of users' tests: the verbs and arguments that people type, and the run's rules."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, Login, TargetProfile
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.hooks.user_client import SmokeClient
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target

if TYPE_CHECKING:
    from unit.conftest import ScriptedClient

MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]

TOKEN = "token-of-the-run"


class Guard:
    """Remembers what it was told of: the path and the body of each update."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def about_to_send(self, path: str, body: object) -> None:
        self.told.append((path, body))


def client_of(
    scripted: ScriptedClient,
    *,
    guard: Guard | None = None,
    read_only: bool = False,
    profile: TargetProfile = DEFAULT_PROFILE,
    account: str = "",
) -> SmokeClient:
    session = SimpleNamespace(
        redactor=scripted.redactor,
        guard=guard or Guard(),
        preflight=SimpleNamespace(settings=SimpleNamespace(read_only=read_only)),
    )
    auth = Auth(scripted, profile.login, Credentials(token=TOKEN))
    target = Target(scripted, auth, profile)
    return SmokeClient(cast("SmokeSession", session), target, account=account)


def own(request: Request) -> dict[str, Any]:
    """What a request has beside the token."""
    names = ("method", "path", "query", "json", "form", "text", "content")
    return {n: getattr(request, n) for n in names if getattr(request, n) not in (None, ())}


@pytest.mark.parametrize(
    ("verb", "arguments", "request_"),
    [
        ("get", {"params": {"page": 2}}, {"method": "GET", "query": (("page", "2"),)}),
        ("get", {"query": {"q": "a b"}}, {"method": "GET", "query": (("q", "a b"),)}),
        (
            "get",
            {"params": {"id": [1, 2], "none": None, "yes": True}},
            {"method": "GET", "query": (("id", "1"), ("id", "2"), ("yes", "True"))},
        ),
        (
            "get",
            {"params": [("a", "1"), ("a", "2")]},
            {"method": "GET", "query": (("a", "1"), ("a", "2"))},
        ),
        ("post", {"json": {"a": 1}}, {"method": "POST", "json": {"a": 1}}),
        ("post", {"data": {"a": "b"}}, {"method": "POST", "form": (("a", "b"),)}),
        ("put", {"data": "text"}, {"method": "PUT", "text": "text"}),
        ("patch", {"data": b"\xff"}, {"method": "PATCH", "content": b"\xff"}),
        (
            "put",
            {"json": [1], "params": {"a": "b"}},
            {"method": "PUT", "json": [1], "query": (("a", "b"),)},
        ),
        ("delete", {}, {"method": "DELETE"}),
        ("delete", {"json": {"a": 1}}, {"method": "DELETE", "json": {"a": 1}}),
    ],
)
def test_the_verbs_take_what_people_type(
    verb: str,
    arguments: dict[str, Any],
    request_: dict[str, Any],
    scripted: Scripted,
    make_answer: MakeAnswer,
) -> None:
    client = scripted(make_answer(body={}))
    response = getattr(client_of(client), verb)("/orders", headers={"X-A": "b"}, **arguments)
    [request] = client.requests
    assert own(request) == {"path": "/orders", **request_}
    assert dict(request.headers) == {"Authorization": f"Bearer {TOKEN}", "X-A": "b"}
    assert (response.status_code, response.ok, response.text) == (200, True, "{}")


def test_a_query_in_the_path_is_one(scripted: Scripted, make_answer: MakeAnswer) -> None:
    """So that the path is that of an operation, and of a document."""
    client, guard = scripted(make_answer(body={})), Guard()
    client_of(client, guard=guard).put("/orders?a=b+c", params={"d": 1}, json={})
    assert own(client.requests[0])["query"] == (("a", "b c"), ("d", "1"))
    assert guard.told == [("/orders", {})]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"json": {"a": 1}}, {"a": 1}),
        ({"data": {"a": "1"}}, {"a": "1"}),
        ({"data": '{"a": 1}'}, {"a": 1}),
        ({"data": b'{"a": 1}'}, {"a": 1}),
        ({"data": b"\xff"}, None),
        ({}, None),
    ],
)
def test_what_is_about_to_be_changed_is_told_before(
    arguments: dict[str, Any], told: object, scripted: Scripted, make_answer: MakeAnswer
) -> None:
    guard = Guard()
    client_of(scripted(make_answer(body={})), guard=guard).post("/orders", **arguments)
    assert guard.told == [("/orders", told)]


def test_what_a_test_sends_as_a_secret_is_one(scripted: Scripted, make_answer: MakeAnswer) -> None:
    scripted_client = scripted(make_answer(body={}))
    client = client_of(scripted_client)
    headers = {"X-Api-Key": "canary-key", "Authorization": f"Bearer {TOKEN}"}
    client.post("/x", json={"user": {"password": "canary-word"}}, headers=headers)
    with client.session() as session:
        session.post("/x", data={"client_secret": "canary-secret"}, headers=headers)
    assert dict(scripted_client.redactor.secrets()) == {
        TOKEN: "APISMOKE_TOKEN",
        "canary-word": "PASSWORD",
        "canary-key": "X_API_KEY",
        "canary-secret": "CLIENT_SECRET",
    }


def test_a_session_follows_the_same_rules(scripted: Scripted, make_answer: MakeAnswer) -> None:
    guard = Guard()
    client = client_of(scripted(make_answer(body={})), guard=guard)
    with client.session() as session:
        session.get("/orders")
        session.put("/orders?a=b", json={"a": 1})
    assert guard.told == [("/orders", {"a": 1})]


def test_a_read_only_run_sends_no_write(scripted: Scripted, make_answer: MakeAnswer) -> None:
    scripted_client = scripted(make_answer(body={}))
    client = client_of(scripted_client, read_only=True)
    client.get("/orders")
    client.request("head", "/orders")
    for send in (client.delete, client.session().delete):
        with pytest.raises(SmokeError) as caught:
            send("/orders")
        assert str(caught.value) == (
            "expected only GET, HEAD and OPTIONS in a read-only run, seen DELETE\n"
            "  where: DELETE /orders\n"
            "  what to do: leave out --smoke-read-only, or skip this test in read-only runs"
        )
    assert [request.method for request in scripted_client.requests] == ["GET", "HEAD"]


@pytest.mark.parametrize(
    ("path", "arguments", "expected"),
    [
        ("orders", {}, "a path that begins with a slash"),
        (7, {}, "a path that begins with a slash"),
        ("/orders", {"json": {}, "data": ""}, "one body"),
    ],
)
def test_what_can_not_be_sent_is_refused(
    path: Any,
    arguments: dict[str, Any],
    expected: str,
    scripted: Scripted,
    make_answer: MakeAnswer,
) -> None:
    client = scripted(make_answer(body={}))
    with pytest.raises(SmokeError) as caught:
        client_of(client).post(path, **arguments)
    assert (caught.value.failure.category, caught.value.failure.expected) == (
        Category.USAGE,
        expected,
    )
    assert client.requests == []


def test_a_status_of_an_error_is_raised_on_demand(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = client_of(scripted(make_answer(204), make_answer(404, body={"error": "no"})))
    client.get("/x").raise_for_status()
    response = client.get("/x")
    with pytest.raises(SmokeError) as caught:
        response.raise_for_status()
    assert caught.value.failure.category is Category.FETCH
    assert caught.value.failure.message == (
        "expected a status below 400, seen 404 with application/json, 15 bytes"
    )


def test_the_token_is_given_and_not_shown(scripted: Scripted, make_answer: MakeAnswer) -> None:
    client = client_of(scripted(make_answer()), account="reader")
    assert client.token == TOKEN
    assert (repr(client.token), repr(client)) == (
        "'[redacted]'",
        "<SmokeClient of https://api.example.com as 'reader'>",
    )


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        (Login(kind="cookie"), "[login] kind = 'cookie'"),
        (Login(kind="basic"), "[login] kind = 'basic'"),
        (Login(enabled=False), "one without a login"),
    ],
)
def test_a_target_without_a_token_gives_none(
    login: Login, seen: str, scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = client_of(scripted(make_answer()), profile=TargetProfile(login=login))
    with pytest.raises(SmokeError) as caught:
        assert client.token
    assert str(caught.value) == (
        f"expected a target whose login gives a token, seen {seen}\n"
        "  where: smoke_token\n"
        "  what to do: use smoke_client or smoke_session, which are logged in to any target"
    )
