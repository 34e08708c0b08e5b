"""Requests over real sockets: any misbehaviour of a server is a `SmokeError` of the client."""

from __future__ import annotations

import gc
import gzip
import http.client
import io
import json
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.hostile import raw_answers
from unit.loopback import Play, RawServer, hangs_up, repeats, resets, says, says_raw, unused_port

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request, curl_line
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

GET = Request(method="GET", path="/x")
#: The hint for a response that is not HTTP.
BROKEN_HINT = (
    "repeat the request with the curl line and look at the response: it is not valid HTTP; a proxy"
    " or a gateway in between may be the cause"
)
HINT = (
    "check that the service is up and reachable from here, and look into its log around this time"
)
#: For a test that wants to see a whole request abandoned; each read stays within its own time.
SHORT = Limits(read_timeout_s=5.0, request_timeout_s=0.2, max_body_bytes=10**9)

Serve = Callable[..., RawServer]
ClientOf = Callable[..., Client]


def refusal(client: Client, request: Request = GET) -> SmokeError:
    with pytest.raises(SmokeError) as caught:
        client.send(request)
    assert caught.value.__cause__ is None
    return caught.value


def assert_fetch_failure(client: Client, seen: str, *, status: int | None = None) -> None:
    """The request fails as `fetch` with all parts of its message, and leaves its evidence."""
    error = refusal(client)
    assert error.failure.category is Category.FETCH
    unreachable = seen.startswith(("no ", "the connection", "a connection", "connection"))
    hint = HINT if unreachable or seen == "a body that ended early" else BROKEN_HINT
    assert str(error) == (
        f"expected a response, seen {seen}\n  where: GET {client.base_url}/x\n  what to do: {hint}"
    )
    (exchange,) = client.recorder.exchanges
    assert (exchange.status, exchange.error) == (status, seen)


# -- nothing was sent -------------------------------------------------------------------------


def _by_urllib3(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a recorded cassette may do it."""
    pool = urllib3.connectionpool.HTTPConnectionPool
    monkeypatch.setattr(pool, "urlopen", lambda *_, **__: _made_up())


def _by_http_client(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = http.client.HTTPConnection
    monkeypatch.setattr(connection, "send", lambda *_: None)
    monkeypatch.setattr(urllib3.connection.HTTPConnection, "getresponse", lambda *_: _made_up())


def _by_a_pair_of_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a transport in memory does it."""

    def connect(*_: object, **__: object) -> socket.socket:
        here, there = socket.socketpair()
        with there:
            there.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        return here

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)


def _by_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """As httpretty does it."""

    class Stand:
        def __getattr__(self, name: str) -> object:
            raise LookupError(name)

        def close(self) -> None:
            pass

    monkeypatch.setattr(urllib3.util.connection, "create_connection", lambda *_, **__: Stand())


def _made_up() -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(
        io.BytesIO(b"{}"), status=200, headers={"X-Request-Id": "made up"}, preload_content=False
    )


@pytest.mark.parametrize(
    "stand_in",
    [_by_urllib3, _by_http_client, _by_a_pair_of_sockets, _by_a_class],
    ids=lambda stand_in: stand_in.__name__.removeprefix("_by_"),
)
def test_a_response_that_no_connection_has_carried_says_nothing_about_the_target(
    stand_in: Callable[[pytest.MonkeyPatch], None],
    serve: Serve,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The gate is misconfigured, though the target is well and would respond."""
    client = client_of(serve(says("{}")).url)
    stand_in(monkeypatch)
    error = refusal(client)
    assert error.failure == Failure(
        category=Category.USAGE,
        expected="a response",
        seen="one that no connection to the network has carried",
        where=f"GET {client.base_url}/x",
        hint="switch off what replaces the HTTP client of this process (vcr, httpretty, a patch in"
        " a conftest.py) in runs against a target: the target was not asked",
    )
    (exchange,) = client.recorder.exchanges
    assert (exchange.status, exchange.request_id, exchange.excerpt) == (None, None, "")


def test_a_stand_in_for_requests_alone_is_not_in_the_way(
    serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As responses and requests-mock are: the gate's requests go to the target, past them."""

    def answer(
        self: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **_: object
    ) -> requests.Response:
        return self.build_response(request, _made_up())

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", answer)
    server = serve(says('{"from": "the target"}'))

    assert client_of(server.url).send(GET).json() == {"from": "the target"}
    assert len(server.seen) == 1


# -- no response ------------------------------------------------------------------------------


def test_a_port_without_a_listener_is_connection_refused(client_of: ClientOf) -> None:
    assert_fetch_failure(client_of(f"http://127.0.0.1:{unused_port()}"), "connection refused")


def test_an_unknown_name_has_no_address(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert_fetch_failure(client_of("http://api.example.com"), "no address for this host name")


@pytest.mark.parametrize(
    ("play", "seen"),
    [
        (hangs_up, "a connection closed without a response"),
        (resets, "the connection was reset"),
        (says_raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "a response that is not HTTP"),
        (says_raw(b"\x00\x01\x02\r\n\r\n"), "a response that is not HTTP"),
    ],
    ids=["closed", "reset", "another protocol", "binary"],
)
def test_a_connection_without_a_response(
    play: Play, seen: str, serve: Serve, client_of: ClientOf
) -> None:
    assert_fetch_failure(client_of(serve(play).url), seen)


@pytest.mark.parametrize(
    ("play", "seen"),
    [
        (says("half of it", length=100), "a body that ended early"),
        (
            says_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf of it"),
            "a body that ended early",
        ),
        (says(b"x" * 1001), "a body of more than 1000 bytes"),
        (
            says("Content-Encoding: gzip", gzip.compress(b"x" * 100_000)),
            "a body of more than 1000 bytes",
        ),
        (
            says("Content-Encoding: gzip", b"this is no gzip"),
            "a body that could not be decompressed",
        ),
    ],
    ids=["cut", "cut in a chunk", "too long", "too long when decompressed", "wrong gzip"],
)
def test_a_body_that_can_not_be_read(
    play: Play, seen: str, serve: Serve, client_of: ClientOf
) -> None:
    assert_fetch_failure(client_of(serve(play).url), seen, status=200)


def test_a_server_that_does_not_respond_in_time(serve: Serve, client_of: ClientOf) -> None:
    def say_nothing(connection: socket.socket) -> None:
        server.stopping.wait(5)

    server: RawServer = serve(say_nothing)
    limits = Limits(connect_timeout_s=1.0, read_timeout_s=0.1)
    assert_fetch_failure(client_of(server.url, limits=limits), "no response in time")


def test_the_deadline_of_a_request_comes_before_every_timeout_of_its_socket(
    serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever came first would decide the words of the failure; a tunnel has the connect's."""
    timeouts: list[tuple[object, object]] = []
    pool = urllib3.HTTPConnectionPool
    urlopen = pool.urlopen

    def spy(*args: Any, **options: Any) -> urllib3.BaseHTTPResponse:
        timeouts.append((options["timeout"].connect_timeout, options["timeout"].read_timeout))
        return urlopen(*args, **options)

    monkeypatch.setattr(pool, "urlopen", spy)
    client_of(serve(says("{}")).url, limits=replace(SHORT, request_timeout_s=2.0)).send(GET)

    assert timeouts == [(3.0, 3.0)]


def test_a_body_that_drips_is_abandoned_although_every_read_is_in_time(
    serve: Serve, client_of: ClientOf
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not server.stopping.wait(0.02):
            connection.sendall(b"x")

    server: RawServer = serve(drip)
    assert_fetch_failure(
        client_of(server.url, limits=SHORT), "no complete response in time", status=200
    )


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\nX: "],
    ids=["status", "name", "value", "before 100 Continue"],
)
def test_a_header_that_drips_is_abandoned_although_every_read_is_in_time(
    beginning: bytes, serve: Serve, client_of: ClientOf
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while not server.stopping.wait(0.02):
            connection.sendall(b"x")

    server: RawServer = serve(drip)
    assert_fetch_failure(client_of(server.url, limits=SHORT), "no complete response in time")


def test_a_server_that_sends_interim_responses_forever_is_abandoned(
    serve: Serve, client_of: ClientOf
) -> None:
    server = serve(repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n"))
    assert_fetch_failure(client_of(server.url, limits=SHORT), "no complete response in time")


@pytest.mark.parametrize("kind", ["", "Transfer-Encoding: chunked\r\n"], ids=["plain", "chunked"])
def test_an_endless_body_is_read_up_to_the_limit(
    kind: str, serve: Serve, client_of: ClientOf
) -> None:
    piece = b"64\r\n" + b"x" * 100 + b"\r\n" if kind else b"x" * 100
    server = serve(repeats(f"HTTP/1.1 200 OK\r\n{kind}\r\n".encode(), piece))
    assert_fetch_failure(client_of(server.url), "a body of more than 1000 bytes", status=200)


def test_an_endless_chunk_size_is_not_read_forever(serve: Serve, client_of: ClientOf) -> None:
    server = serve(repeats(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 1000))
    error = refusal(client_of(server.url, limits=SHORT))
    assert error.failure.category is Category.FETCH


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ("X-Header: x\r\n" * 1000, "too many headers"),
        ("X-Header: x\r\n" * 101, "too many headers"),
        (f"X-Header: {'x' * 200_000}\r\n", "a header that is too long"),
        ("Content-Length: 5\r\nContent-Length: 7\r\n", "headers that contradict each other"),
        ("Content-Length: 5, 7\r\n", "headers that contradict each other"),
    ],
    ids=["1000 of them", "101 of them", "200 kB", "two lengths", "two lengths in one"],
)
def test_headers_beyond_reason_are_refused(
    headers: str, seen: str, serve: Serve, client_of: ClientOf
) -> None:
    server = serve(says_raw(f"HTTP/1.1 200 OK\r\n{headers}\r\nhello".encode()))
    client = client_of(server.url)

    error = refusal(client)

    assert (error.failure.category, error.failure.seen) == (Category.FETCH, seen)
    assert [exchange.error for exchange in client.recorder.exchanges] == [seen]
    # A socket left to the garbage collector would be a warning in another test.
    del error, client
    gc.collect()


@pytest.mark.parametrize("length", ["-5", "five", "5.0", "", "3, five"])
def test_a_content_length_that_is_not_a_number_is_refused(
    length: str, serve: Serve, client_of: ClientOf
) -> None:
    """RFC 9112, 6.3: the end of such a response is unknown."""
    server = serve(says_raw(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n[1]".encode()))
    client = client_of(server.url)
    assert_fetch_failure(client, "a Content-Length that is not a number", status=200)


def bomb(*, doubly: bool) -> bytes:
    """A gigabyte of zeros, compressed; one piece over and over, so that it takes no time."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    begins = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    piece = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    raw = begins + piece * 1024
    return gzip.compress(raw) if doubly else raw


@pytest.mark.parametrize("doubly", [False, True])
def test_a_decompression_bomb_is_not_unpacked(
    doubly: bool, serve: Serve, client_of: ClientOf
) -> None:
    kind = "gzip, gzip" if doubly else "gzip"
    server = serve(says(f"Content-Encoding: {kind}", bomb(doubly=doubly)))
    client = client_of(server.url)

    tracemalloc.start()
    try:
        assert_fetch_failure(client, "a body of more than 1000 bytes", status=200)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # Of the gigabyte; what is read at once may be unpacked before it is counted.
    assert most_bytes < 1 << 28


@pytest.mark.parametrize("url", ["https://.example.com", "http://[::1]x", "https://%zz"])
def test_a_url_that_no_request_can_go_to_is_a_fetch_failure(url: str, client_of: ClientOf) -> None:
    client = client_of(url)

    error = refusal(client)

    assert (error.failure.category, error.failure.where) == (Category.FETCH, f"GET {url}/x")
    assert [exchange.error for exchange in client.recorder.exchanges] == [error.failure.seen]


def test_a_spent_budget_sends_nothing(serve: Serve, client_of: ClientOf, clock: FakeClock) -> None:
    server = serve(says("never"))
    budget = Budget(8.0, clock=clock, sleep=clock.sleep)
    clock.now += 6.0
    client = client_of(server.url, budget=budget)

    error = refusal(client)

    assert (error.failure.category, error.failure.where) == (Category.BUDGET, f"GET {server.url}/x")
    assert (server.seen, client.recorder.exchanges) == ([], ())
    assert client.send(GET, restoring=True).status == 200


def test_a_request_that_outlasted_the_budget_is_not_the_targets_fault(
    serve: Serve, client_of: ClientOf, clock: FakeClock
) -> None:
    def too_late(connection: socket.socket) -> None:
        clock.now += 60.0

    client = client_of(serve(too_late).url, budget=Budget(8.0, clock=clock, sleep=clock.sleep))

    assert refusal(client).failure.category is Category.BUDGET
    assert [exchange.status for exchange in client.recorder.exchanges] == [None]


def test_a_restoring_update_leaves_half_of_the_time_for_the_reads_that_prove_it(
    serve: Serve, client_of: ClientOf, clock: FakeClock
) -> None:
    def answers_after_5_s(connection: socket.socket) -> None:
        clock.now += 5.0
        says("{}")(connection)

    def client() -> Client:
        budget = Budget(8.0, clock=clock, sleep=clock.sleep)
        return client_of(serve(answers_after_5_s).url, budget=budget)

    assert client().send(GET, restoring=True).status == 200
    updating = client()
    with pytest.raises(SmokeError) as caught:
        updating.send(Request(method="PUT", path="/x"), restoring=True)
    assert caught.value.failure.category is Category.FETCH
    assert updating.budget.remaining_s(restoring=True) == 3.0


# -- the request as given ---------------------------------------------------------------------


def test_a_response_is_read_completely(serve: Serve, client_of: ClientOf) -> None:
    server = serve(
        says(
            "Content-Type: Application/JSON; charset=utf-8",
            "X-Request-ID: req-1",
            '{"a": "é"}',
            status="418 I'm a teapot",
        )
    )

    response = client_of(server.url).send(GET)

    assert (response.status, response.json(), response.content_type) == (
        418,
        {"a": "é"},
        "application/json",
    )
    assert (response.where, response.exchange.request_id, response.exchange.excerpt) == (
        f"GET {server.url}/x",
        "req-1",
        '{"a": "é"}',
    )


def test_a_compressed_body_is_decompressed(serve: Serve, client_of: ClientOf) -> None:
    server = serve(says("Content-Encoding: gzip", gzip.compress(b"[1]")))
    assert client_of(server.url).send(GET).json() == [1]


def test_a_compressed_body_may_arrive_in_pieces(serve: Serve, client_of: ClientOf) -> None:
    raw = gzip.compress(json.dumps(list(range(100))).encode())
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(raw)}\r\n\r\n"

    def in_pieces(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head.encode())
        for byte in raw:
            connection.sendall(bytes([byte]))

    assert client_of(serve(in_pieces).url).send(GET).json() == list(range(100))


def test_the_request_is_sent_as_given_and_nothing_else(serve: Serve, client_of: ClientOf) -> None:
    server = serve(says("{}"))

    client_of(f"{server.url}/v1").send(
        Request(
            method="PUT",
            path="/x",
            query=(("q", "a b&c"),),
            headers={"Authorization": "Bearer the-token"},
            json={"a": None},
        )
    )

    assert server.seen[0].split("\r\n\r\n")[0].split("\r\n") == [
        "PUT /v1/x?q=a+b%26c HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: pytest-apismoke",
        "Accept-Encoding: gzip, deflate",
        "Accept: application/json",
        "Connection: keep-alive",
        "Authorization: Bearer the-token",
        "Content-Length: 11",
        "Content-Type: application/json",
    ]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_credentials_never_go_to_the_target_of_a_redirect(
    method: str, status: str, serve: Serve, client_of: ClientOf
) -> None:
    elsewhere = serve(says("{}"))
    server = serve(says(f"Location: {elsewhere.url}/x", "", status=status))
    request = Request(
        method=method,
        path="/x",
        headers={"Authorization": "Bearer canary"},
        json={"a": 1} if method == "PUT" else None,
    )

    response = client_of(server.url).send(request)

    assert response.redirects_to == f"a redirect to {elsewhere.url}/x"
    elsewhere.stop()
    assert ("".join(elsewhere.seen), len(server.seen)) == ("", 1)


def test_redirects_are_not_followed(serve: Serve, client_of: ClientOf) -> None:
    server = serve(says("Location: /elsewhere", "", status="302 Found"))

    response = client_of(server.url).send(GET)

    assert (response.status, response.headers["location"], len(server.seen)) == (
        302,
        "/elsewhere",
        1,
    )


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://sso.example.com/in/canary?t=canary", "https://sso.example.com/..."),
        ("https://canary@sso.example.com/in", "https://sso.example.com/..."),
        ("//sso.example.com/canary", "//sso.example.com/..."),
        ("/accounts/canary?next=canary", "/..."),
        ("canary", "/..."),
        ("app:canary", "app:..."),
        ("https://[canary", "..."),
        ("", "nowhere"),
    ],
)
def test_a_login_that_redirects_shows_the_host_of_its_location_alone(
    location: str, shown: str, serve: Serve, client_of: ClientOf
) -> None:
    server = serve(says(f"Location: {location}", "", status="302 Found"))
    request = Request(method="POST", path="/login", json={}, response_is_secret=True)

    assert client_of(server.url).send(request).redirects_to == f"a redirect to {shown}"


@pytest.mark.parametrize("fresh", [False, True])
def test_a_cookie_is_not_sent_back(fresh: bool, serve: Serve, client_of: ClientOf) -> None:
    server = serve(says("Set-Cookie: session=1; Path=/", "{}"))
    client = client_of(server.url)

    for _ in range(2):
        client.send(GET, fresh=fresh)

    assert [
        line for seen in server.seen for line in seen.lower().split("\r\n") if "cookie" in line
    ] == []
    assert len(server.seen) == 2


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer mine"}])
def test_credentials_in_netrc_are_not_sent(
    headers: dict[str, str],
    serve: Serve,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(says("{}"))

    client_of(server.url).send(Request(method="GET", path="/x", headers=headers))

    lines = server.seen[0].split("\r\n")
    sent = [line for line in lines if line.lower().startswith("authorization")]
    assert sent == [f"{name}: {value}" for name, value in headers.items()]


@pytest.mark.parametrize(
    "path", ["", "x", "@evil.example/x", "//evil.example/x", ":80@evil.example/", ".evil.example/"]
)
def test_a_path_that_could_lead_to_another_host_is_refused_before_anything_is_sent(
    path: str, serve: Serve, client_of: ClientOf
) -> None:
    server = serve(says("{}"))
    client = client_of(server.url)

    error = refusal(client, Request(method="PUT", path=path))

    assert error.failure.category is Category.USAGE
    assert str(error) == (
        f"expected a path that begins with one '/', seen {path!r}\n"
        f"  where: PUT below {server.url}\n"
        "  what to do: correct the path in the configuration, the check or the test: nothing was"
        " sent"
    )
    assert (server.seen, client.recorder.exchanges) == ([], ())


@pytest.mark.parametrize("path", ["/", "/x", "/@evil.example", "/x//y", "/?a=b"])
def test_any_path_below_the_base_url_is_sent(path: str, serve: Serve, client_of: ClientOf) -> None:
    server = serve(says("{}"))
    client_of(server.url).send(Request(method="GET", path=path))
    assert server.seen[0].split()[1] == path


# -- evidence ---------------------------------------------------------------------------------


def test_every_request_leaves_its_evidence_without_secrets(
    serve: Serve, client_of: ClientOf
) -> None:
    server = serve(says("X-Correlation-ID: c-1", "you sent canary-token"))
    client = client_of(server.url)
    client.redactor.learn("canary-token", "APISMOKE_TOKEN")

    client.send(
        Request(
            method="POST",
            path="/x",
            query=(("t", "canary-token"),),
            headers={"Authorization": "Bearer canary-token"},
            json={"p": "canary-token", "n": "it's"},
        )
    )

    (exchange,) = client.recorder.exchanges
    assert (exchange.method, exchange.url, exchange.status) == (
        "POST",
        f"{server.url}/x?t=[redacted]",
        200,
    )
    assert (exchange.request_id, exchange.excerpt) == ("c-1", "you sent [redacted]")
    assert exchange.curl == (
        "curl -sS -i -X POST -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\""
        " -H 'Content-Type: application/json'"
        """ --data '{"p": "'"$APISMOKE_TOKEN"'", "n": "it'"'"'s"}'"""
        f" '{server.url}/x?t='\"$APISMOKE_TOKEN\""
    )
    assert exchange.duration_s == round(client.slowest_s, 4)


def test_a_curl_line_of_a_plain_request_is_plain() -> None:
    assert curl_line(GET, "https://api.example.com/x")(Redactor()) == (
        "curl -sS -i https://api.example.com/x"
    )


def test_a_string_body_is_sent_unchanged(serve: Serve, client_of: ClientOf) -> None:
    server = serve(says("{}"))
    client = client_of(server.url)
    client.redactor.learn("canary-token", "APISMOKE_TOKEN")
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    client.send(Request(method="POST", path="/x", headers=form, text="é=1&t=canary-token"))

    head, _, body = server.seen[0].partition("\r\n\r\n")
    assert body.encode("latin-1").decode() == "é=1&t=canary-token"
    assert "Content-Type: application/x-www-form-urlencoded" in head.split("\r\n")
    assert client.recorder.exchanges[0].curl == (
        "curl -sS -i -X POST -H 'Content-Type: application/x-www-form-urlencoded'"
        f" --data-binary 'é=1&t='\"$APISMOKE_TOKEN\" {server.url}/x"
    )


@pytest.mark.parametrize(
    ("request_", "instead"),
    [
        (Request(method="POST", path="/x", json="x" * 5000), "--data @body.json"),
        (Request(method="POST", path="/x", text="x" * 5000), "--data-binary @body.txt"),
    ],
    ids=["JSON", "text"],
)
def test_a_curl_line_reads_a_long_body_from_a_file(request_: Request, instead: str) -> None:
    line = curl_line(request_, "https://api.example.com/x")(Redactor())
    assert line.endswith(f" {instead} https://api.example.com/x")


# -- validation ------------------------------------------------------------------------------


def test_the_validator_gets_request_and_response(serve: Serve, client_of: ClientOf) -> None:
    """Its result stays on the exchange, in the recorder and on the response."""
    shown: list[tuple[Request, int, object]] = []
    held = ConformanceResult(operation="GET /x", undeclared=("/a",))

    def validate(request: Request, response: Response) -> ConformanceResult | None:
        shown.append((request, response.status, response.json()))
        return held if request.path == "/x" else None

    client = client_of(serve(says('{"a": 1}')).url)
    client.validator = validate
    other = Request(method="GET", path="/y")
    responses = [client.send(GET), client.send(other)]

    assert shown == [(GET, 200, {"a": 1}), (other, 200, {"a": 1})]
    assert [exchange.held for exchange in client.recorder.exchanges] == [held, None]
    assert tuple(response.exchange for response in responses) == client.recorder.exchanges


def test_the_validator_gets_the_final_response_only(
    serve: Serve, client_of: ClientOf, clock: FakeClock
) -> None:
    shown: list[int] = []

    def validate(request: Request, response: Response) -> ConformanceResult:
        shown.append(response.status)
        return ConformanceResult(operation="GET /x")

    server = serve(says("busy", status="503 Service Unavailable"), says("{}"))
    budget = Budget(60.0, clock=clock, sleep=clock.sleep)
    client = client_of(server.url, budget=budget, retries=True)
    client.validator = validate

    response = client.send(GET)

    assert shown == [200]
    assert [(exchange.status, exchange.held) for exchange in client.recorder.exchanges] == [
        (503, None),
        (200, ConformanceResult(operation="GET /x")),
    ]
    assert response.exchange == client.recorder.exchanges[-1]


def test_the_validator_is_not_called_while_restoring(serve: Serve, client_of: ClientOf) -> None:
    """The target comes first: a slow validation must not keep it changed."""

    def validate(request: Request, response: Response) -> ConformanceResult | None:
        raise AssertionError("a restoring request is not validated")

    client = client_of(serve(says("{}")).url)
    client.validator = validate
    assert client.send(GET, restoring=True).status == 200
    assert [exchange.held for exchange in client.recorder.exchanges] == [None]


def test_the_validator_is_not_called_without_a_response(serve: Serve, client_of: ClientOf) -> None:
    def validate(request: Request, response: Response) -> ConformanceResult | None:
        raise AssertionError("there is no response to validate")

    client = client_of(serve(hangs_up).url)
    client.validator = validate
    assert refusal(client).failure.category is Category.FETCH
    assert [exchange.held for exchange in client.recorder.exchanges] == [None]


# -- any response -----------------------------------------------------------------------------


@given(responses=st.lists(raw_answers, min_size=1, max_size=3))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_a_response_or_a_fetch_failure(
    client_of: ClientOf, responses: list[bytes]
) -> None:
    for raw in responses:
        server = RawServer(says_raw(raw))
        client = client_of(server.url)
        refused: Category | None = None
        try:
            client.send(GET)
        except SmokeError as error:
            refused = error.failure.category
        finally:
            server.stop()
        assert refused in (None, Category.FETCH)
        assert len(client.recorder.exchanges) == 1
