"""A session of `requests` whose requests are those of the run: where they go, and with what."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, Login
from pytest_apismoke.errors import Category, Failure, SmokeError, misconfigured
from pytest_apismoke.http import target_session
from pytest_apismoke.http.error_words import FetchFailure, FetchProblem
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.target_session import TargetSession

if TYPE_CHECKING:
    from unit.conftest import ScriptedClient

MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]

BASE = "https://api.example.com/v1"
TOKEN = "token-of-the-run"
BEARER = f"Bearer {TOKEN}"


def allow_all(_: Request) -> None:
    """Refuses nothing."""


def session_of(client: ScriptedClient, *, base_url: str = BASE, allow: Any = allow_all) -> Any:
    client.base_url = base_url
    auth = Auth(client, Login(), Credentials(token=TOKEN))
    return TargetSession(Target(client, auth, DEFAULT_PROFILE), allow=allow)


@pytest.fixture
def away(
    monkeypatch: pytest.MonkeyPatch, scripted: Scripted, make_answer: MakeAnswer
) -> dict[str, ScriptedClient]:
    """The clients of other hosts, by their base URLs."""
    clients: dict[str, ScriptedClient] = {}

    def client_of(origin: str, own: object) -> ScriptedClient:
        return clients.setdefault(origin, scripted(make_answer(body={"other": True})))

    monkeypatch.setattr(target_session, "_client_of", client_of)
    return clients


@pytest.mark.parametrize(
    ("url", "path", "query"),
    [
        ("/orders", "/orders", ()),
        ("orders", "/orders", ()),
        ("orders?page=2&q=a%20b&empty=", "/orders", (("page", "2"), ("q", "a b"), ("empty", ""))),
        ("", "/", ()),
        (BASE, "/", ()),
        (f"{BASE}/orders", "/orders", ()),
        ("HTTPS://API.example.com:443/v1/orders", "/orders", ()),
        ("https://me:word@api.example.com/v1/orders", "/orders", ()),
        (f"{BASE}/a/../orders", "/orders", ()),
        ("/go?to=http://x.example/", "/go", (("to", "http://x.example/"),)),
        ("@evil.example/x", "/@evil.example/x", ()),
        ("é", "/%C3%A9", ()),
        (b"/orders", "/orders", ()),
    ],
)
def test_below_the_base_url_a_request_has_the_token(
    url: str | bytes,
    path: str,
    query: tuple[tuple[str, str], ...],
    scripted: Scripted,
    make_answer: MakeAnswer,
) -> None:
    client = scripted(make_answer(body={}))
    session_of(client).get(url)
    [request] = client.requests
    assert (request.method, request.path, request.query) == ("GET", path, query)
    assert "Authorization" in request.headers


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://evil.example/v1/orders", "https://evil.example", "/v1/orders"),
        ("https://api.example.com.evil.example/v1/x", "https://api.example.com.evil.example", None),
        ("https://api.example.com@evil.example/v1/x", "https://evil.example", None),
        ("http://api.example.com/v1/orders", "http://api.example.com", None),
        ("https://api.example.com:8443/v1/orders", "https://api.example.com:8443", None),
        # The same host, and another service on it.
        ("https://api.example.com/v2/orders", "https://api.example.com", "/v2/orders"),
        ("https://api.example.com/v1evil", "https://api.example.com", "/v1evil"),
        (f"{BASE}/../admin", "https://api.example.com", "/admin"),
        ("https://evil.example?x=1", "https://evil.example", "/"),
    ],
)
def test_anywhere_else_it_has_none_and_is_no_evidence(
    url: str,
    origin: str,
    path: str | None,
    away: dict[str, ScriptedClient],
    scripted: Scripted,
    make_answer: MakeAnswer,
) -> None:
    client = scripted(make_answer(body={}))
    assert session_of(client).get(url).json() == {"other": True}
    [request] = away[origin].requests
    assert (client.requests, client.recorder.exchanges) == ([], ())
    assert TOKEN not in str(request)
    assert path in (None, request.path)
    assert "was sent without the token, and is no evidence" in client.recorder.notes[0]


def test_a_redirect_is_followed_and_elsewhere_without_the_token(
    away: dict[str, ScriptedClient], scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(
        make_answer(307, headers={"location": "/v1/second"}),
        make_answer(302, headers={"location": "https://evil.example/x"}),
    )
    session = session_of(client)
    response = session.post("/first", json={"a": 1})
    assert [r.status_code for r in (*response.history, response)] == [307, 302, 200]
    assert [(r.method, r.path, r.content) for r in client.requests] == [
        ("POST", "/first", b'{"a": 1}'),
        ("POST", "/second", b'{"a": 1}'),
    ]
    [last] = away["https://evil.example"].requests
    assert (last.method, last.path, dict(last.headers)) == ("GET", "/x", {})


def test_redirects_are_left_alone_where_that_is_asked_for(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(302, headers={"location": "https://evil.example/x"}))
    response = session_of(client).get("/first", allow_redirects=False)
    assert (response.status_code, response.is_redirect, len(client.requests)) == (302, True, 1)


def test_redirects_without_an_end_end(scripted: Scripted, make_answer: MakeAnswer) -> None:
    client = scripted(make_answer(302, headers={"location": "/v1/again"}))
    with pytest.raises(requests.TooManyRedirects):
        session_of(client).get("/again")
    assert len(client.requests) == 31


@pytest.mark.parametrize(
    "how",
    [
        {"headers": {"X-Copy": TOKEN}},
        {"headers": {"Authorization": BEARER.encode()}},
        {"params": {"t": TOKEN}},
        {"data": TOKEN},
        {"json": {"deep": [TOKEN]}},
        {"cookies": {"c": TOKEN}},
    ],
)
def test_a_request_that_would_carry_the_token_elsewhere_is_not_sent(
    how: dict[str, Any],
    away: dict[str, ScriptedClient],
    scripted: Scripted,
    make_answer: MakeAnswer,
) -> None:
    session = session_of(scripted(make_answer(body={})))
    with pytest.raises(SmokeError) as caught:
        session.post("https://evil.example/x", **how)
    assert caught.value.failure.seen == "APISMOKE_TOKEN in it"
    assert TOKEN not in str(caught.value)
    assert away == {}


@pytest.mark.parametrize(
    ("how", "content"),
    [
        ({}, None),
        ({"json": {"a": 1}}, b'{"a": 1}'),
        ({"data": {"a": "b c"}}, b"a=b+c"),
        ({"data": "é"}, "é".encode()),
        ({"data": b"\xff\x00"}, b"\xff\x00"),
        ({"data": io.BytesIO(b"a file")}, b"a file"),
        ({"data": io.StringIO("a text")}, b"a text"),
        ({"data": iter([b"a", "b"])}, b"ab"),
    ],
)
def test_every_kind_of_body_is_sent(
    how: dict[str, Any], content: bytes | None, scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(body={}))
    session_of(client).post("/x", **how)
    assert client.requests[0].content == content


def test_headers_are_those_of_the_session_and_of_the_request(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(body={}))
    session = session_of(client)
    session.headers["X-Tenant"] = "acme"
    response = session.get("/x", headers={"Accept": "text/csv"})
    assert dict(client.requests[0].headers) == {
        "Authorization": BEARER,
        "X-Tenant": "acme",
        "Accept": "text/csv",
    }
    # What the test can see, and print, has no token.
    assert "Authorization" not in response.request.headers
    assert repr(session) == f"<TargetSession of {BASE}>"


@pytest.mark.parametrize(
    ("timeout", "limit_s"), [(None, None), (3, 3.0), ((0.5, 2), 2.5), ((None, 2), 2.0)]
)
def test_a_timeout_can_only_shorten_a_request(
    timeout: Any, limit_s: float | None, scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(body={}))
    session_of(client).get("/x", timeout=timeout, stream=True)
    assert client.requests[0].limit_s == limit_s


@pytest.mark.parametrize(
    ("how", "where", "seen"),
    [
        ({"verify": False}, "smoke_session, verify=", "certificates of its own"),
        ({"verify": "/x.pem"}, "smoke_session, verify=", "certificates of its own"),
        ({"cert": "/x.pem"}, "smoke_session, cert=", "a client certificate of its own"),
        ({"proxies": {"https": "x"}}, "smoke_session, proxies=", "proxies of its own"),
        ({"timeout": 0}, "smoke_session, timeout=", "0"),
        ({"timeout": "soon"}, "smoke_session, timeout=", "the string 'soon'"),
    ],
)
def test_what_would_go_past_the_wall_is_refused(
    how: dict[str, Any], where: str, seen: str, scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(body={}))
    with pytest.raises(SmokeError) as caught:
        session_of(client).get("/x", **how)
    failure = caught.value.failure
    assert (failure.category, failure.where, failure.seen) == (Category.USAGE, where, seen)
    assert client.requests == []


def test_adapters_are_neither_taken_nor_given(scripted: Scripted, make_answer: MakeAnswer) -> None:
    client = scripted(make_answer(body={}))
    session = session_of(client)
    with pytest.raises(SmokeError):
        session.mount("https://", HTTPAdapter())
    with pytest.raises(SmokeError):
        session.get_adapter(BASE)
    # One that gets there all the same is not asked.
    session.adapters["https://"] = HTTPAdapter()
    assert session.get("/x").status_code == 200
    session.close()


@pytest.mark.parametrize("url", ["//evil.example/x", "\\\\evil.example\\x"])
def test_a_url_that_may_be_of_another_host_is_refused(
    url: str, scripted: Scripted, make_answer: MakeAnswer
) -> None:
    with pytest.raises(SmokeError) as caught:
        session_of(scripted(make_answer())).get(url)
    assert caught.value.failure.expected == "a path that begins with one '/', or a whole URL"


def test_what_the_run_does_not_allow_is_not_sent(
    away: dict[str, ScriptedClient], scripted: Scripted, make_answer: MakeAnswer
) -> None:
    def refuse(request: Request) -> None:
        raise misconfigured(expected="a", seen=request.path, where="c", hint="d")

    client = scripted(make_answer(body={}))
    session = session_of(client, allow=refuse)
    for url, seen in (("/x", "/x"), ("https://evil.example/y", "/y")):
        with pytest.raises(SmokeError) as caught:
            session.put(url)
        assert caught.value.failure.seen == seen
    assert client.requests == []
    assert all(one.requests == [] for one in away.values())


def test_a_request_without_a_response_is_an_error_of_requests_too(
    scripted: Scripted,
) -> None:
    failure = Failure(category=Category.FETCH, expected="a", seen="b", where="c", hint="d")
    reason = FetchFailure(problem=FetchProblem.REFUSED, words="b")
    session = session_of(scripted(NoResponseError(failure, reason)))
    with pytest.raises(requests.ConnectionError) as caught:
        session.get("/x")
    assert isinstance(caught.value, SmokeError)
    assert isinstance(caught.value, requests.Timeout)
    assert (caught.value.failure, str(caught.value)) == (failure, str(failure))


def test_a_status_is_raised_as_the_failure_and_as_an_error_of_requests(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    response = session_of(scripted(make_answer(403, body={"error": "no"}))).get("/x")
    with pytest.raises(requests.HTTPError) as caught:
        response.raise_for_status()
    assert isinstance(caught.value, SmokeError)
    assert caught.value.failure.category is Category.FETCH
    assert caught.value.failure.message == (
        "expected a status below 400, seen 403 with application/json, 15 bytes"
    )
    assert caught.value.response is response
    assert response.reason == "Forbidden"


def test_cookies_are_kept_and_their_secrets_known(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    cookies = "sid=canary-of-a-session; Path=/\nlang=en; Expires=Fri, 31 Dec 2100 00:00:00 GMT"
    client = scripted(make_answer(body={}, headers={"set-cookie": cookies}))
    session = session_of(client)
    response = session.get("/x")
    session.get("/x")
    assert dict(response.cookies) == {"sid": "canary-of-a-session", "lang": "en"}
    sent = client.requests[1].headers["Cookie"].split("; ")
    assert sorted(sent) == ["lang=en", "sid=canary-of-a-session"]
    assert dict(client.redactor.secrets())["canary-of-a-session"] == "APISMOKE_COOKIE_SID"


def test_the_name_of_a_cookie_is_no_command_in_a_curl_line(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(headers={"set-cookie": "a$(reboot)=canary-of-a-cookie"}))
    session_of(client).get("/x")
    assert dict(client.redactor.secrets())["canary-of-a-cookie"] == "APISMOKE_COOKIE_A_REBOOT"


def test_a_neighbour_on_the_same_host_gets_no_cookie_of_the_target(
    away: dict[str, ScriptedClient], scripted: Scripted, make_answer: MakeAnswer
) -> None:
    client = scripted(make_answer(headers={"set-cookie": "sid=canary-of-a-session; Path=/"}))
    session = session_of(client)
    session.get("/x")
    for url in ("https://api.example.com:8443/y", "https://api.example.com/v2"):
        session.get(url)
    sent = [request for one in away.values() for request in one.requests]
    assert [dict(request.headers) for request in sent] == [{}, {}]


def test_hooks_of_the_session_see_the_response(scripted: Scripted, make_answer: MakeAnswer) -> None:
    session, seen = session_of(scripted(make_answer(body={}))), []
    session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
    session.get("/x")
    assert seen == [200]


def test_a_response_is_whole_however_it_is_read(
    scripted: Scripted, make_answer: MakeAnswer
) -> None:
    session = session_of(scripted(make_answer(body=b"abcdef")))
    assert b"".join(session.get("/x", stream=True).iter_content(2)) == b"abcdef"
    assert session.get("/x", stream=True).raw.read() == b"abcdef"
    with session.get("/x") as response:
        assert (response.text, response.ok, response.url) == ("abcdef", True, f"{BASE}/x")
