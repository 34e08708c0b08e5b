"""Requests on the wire: byte for byte those that a plain session of requests would send."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.loopback import PATIENCE_S, RawServer, says

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.outgoing import Outgoing, outgoing
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.wire import Wire

Serve = Callable[..., RawServer]


class NoAuth(requests.auth.AuthBase):
    """Without it, requests would read .netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def session_of_requests() -> requests.Session:
    """With the headers of the gate, and without cookies."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "pytest-apismoke"
    session.headers["Accept"] = "application/json"
    return session


def prepared(
    session: requests.Session, request: Request, url: str = "http://x"
) -> requests.PreparedRequest:
    data: Any = request.content if request.text is None else request.text.encode()
    return session.prepare_request(
        requests.Request(
            request.method,
            url + request.path,
            params=list(request.query),
            headers=dict(request.headers),
            json=request.json,
            data=data if request.form is None else list(request.form),
            auth=NoAuth(),
        )
    )


def new(method: str = "GET", path: str = "/x", **parts: Any) -> Request:
    return Request(method=method, path=path, **parts)


#: By what they are about.
REQUESTS: dict[str, Request] = {
    "GET": new(),
    "HEAD": new("HEAD"),
    "DELETE without a body": new("DELETE"),
    "POST without a body": new("POST"),
    "lower case": new("options"),
    "query": new(query=(("a", "1"), ("a", "2"), ("q", "é &=+/?#"), ("empty", ""))),
    "query in the path": new(path="/x?b=1&c=%20", query=(("a", "1"),)),
    "escapes": new(path="/a%2Fb/%7Euser/a b/é/(x);y=1,2:3@4'*!$"),
    "a stray percent": new(path="/100%/x"),
    "dots": new(path="/a/../b/./c"),
    "two slashes": new(path="/a//b"),
    "a fragment": new(path="/x#part"),
    "JSON": new("PUT", json={"name": "é", "n": [1, 2.5, None, True]}),
    "JSON that is empty": new("PUT", json={}),
    "JSON that is false": new("PUT", json=False),
    "JSON of another type": new("PATCH", json={}, headers={"content-type": "application/x+json"}),
    "form": new("POST", form=(("grant_type", "password"), ("scope", "a b"), ("x", "é&="))),
    "form that is empty": new("POST", form=()),
    "text": new("POST", text="héllo", headers={"Content-Type": "text/plain"}),
    "text without a type": new("POST", text="x"),
    "text that is empty": new("POST", text=""),
    "bytes": new("POST", content=b"\x00\xff", headers={"Content-Type": "application/x"}),
    "no bytes": new("POST", content=b""),
    "headers": new(headers={"X-One": "1", "Authorization": "Bearer t", "X-Empty": ""}),
    "own headers": new(
        headers={"accept": "text/plain", "USER-AGENT": "me", "connection": "close", "host": "other"}
    ),
    "a cookie": new(headers={"Cookie": "a=1; b=2"}),
    "a length of its own": new("POST", headers={"content-length": "3"}, content=b"abc"),
    "Latin-1": new(headers={"X-Name": "é"}),
}


@pytest.mark.parametrize("about", REQUESTS)
def test_the_bytes_on_the_wire_are_those_of_requests(
    about: str, serve: Serve, plain_environment: None
) -> None:
    server = serve(says("{}"))
    request = REQUESTS[about]
    session = session_of_requests()
    with session:
        session.send(prepared(session, request, server.url), allow_redirects=False)

    limits = Limits(connect_timeout_s=PATIENCE_S, read_timeout_s=PATIENCE_S)
    wire = Wire(limits, trust=TlsFiles(), direct=False)
    reply = wire.send(
        request, server.url + request.path, fresh=False, limit_s=PATIENCE_S, clock=lambda: 0.0
    )
    wire.close()

    assert (reply.status, reply.failure) == (200, None)
    server.stop()
    of_requests, of_gate = server.seen
    assert of_gate == of_requests


TEXT = st.text(max_size=5)
HEADERS = st.dictionaries(
    st.sampled_from(["X-A", "x-a", "Accept", "content-type", "Content-Length", "a b", "a:b", ""]),
    st.sampled_from(["", "1", " x", "x ", "a\nb", "é", "x\x00"]),
    max_size=3,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
BODIES = st.one_of(
    st.fixed_dictionaries({"json": JSON}),
    st.fixed_dictionaries({"form": st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple)}),
    st.fixed_dictionaries({"text": TEXT}),
    st.fixed_dictionaries({"content": st.binary(max_size=5)}),
    st.just({}),
)
SESSION = session_of_requests()


@settings(deadline=None)
@given(method=st.sampled_from(["GET", "post", "HEAD", "PUT"]), headers=HEADERS, body=BODIES)
def test_a_request_is_encoded_as_requests_does_it(
    method: str, headers: dict[str, str], body: dict[str, Any]
) -> None:
    """What it refuses is refused with the same words."""
    request = new(method, headers=headers, **body)
    assert of_gate(request) == of_requests(request)


def of_gate(request: Request) -> Outgoing | str:
    try:
        return outgoing(request)
    except ValueError as error:
        return str(error)


def of_requests(request: Request) -> Outgoing | str:
    try:
        made = prepared(SESSION, request)
    except ValueError as error:
        return str(error)
    body = made.body.encode() if isinstance(made.body, str) else made.body
    assert body is None or isinstance(body, bytes)
    headers = {str(name): str(value) for name, value in made.headers.items()}
    return Outgoing(method=str(made.method), headers=headers, body=body)


def test_a_body_that_is_nested_too_deeply_is_told_apart() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(RecursionError):
        outgoing(new("PUT", json=nested))


def test_json_is_written_as_the_standard_library_writes_it() -> None:
    body = {"é": [1.0, 10**30], "a": "\u2028"}
    assert outgoing(new("PUT", json=body)).body == json.dumps(body).encode()
