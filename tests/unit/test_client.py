"""Requests over real sockets: whatever the other side does, one kind of error leaves the client."""

from __future__ import annotations

import gc
import gzip
import json
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.hostile import bodies, header_texts, json_values, locations, raw_answers
from unit.loopback import (
    Play,
    RawServer,
    hangs_up,
    repeats,
    resets,
    says,
    says_raw,
    unused_port,
)

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request, curl_line
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

GET = Request(method="GET", path="/x")
#: What to do where something answered that is not HTTP.
BROKEN_HINT = (
    "look at what answers with the curl line: something did, but not as HTTP has it; a proxy or a"
    " gateway in between may be the cause"
)
HINT = (
    "check that the service is up and reachable from here, and look into its log around this time"
)
#: For who wants to see the whole request given up; each read stays within its own time.
SHORT = Limits(read_timeout_s=5.0, request_timeout_s=0.2, max_body_bytes=10**9)

Serve = Callable[..., RawServer]
ClientOf = Callable[..., Client]


def refusal(client: Client, request: Request = GET) -> SmokeError:
    with pytest.raises(SmokeError) as caught:
        client.send(request)
    assert caught.value.__cause__ is None
    return caught.value


def assert_no_answer(client: Client, seen: str, *, status: int | None = None) -> None:
    """The request fails as `fetch` with all parts of its message, and leaves its evidence."""
    error = refusal(client)
    assert error.failure.category is Category.FETCH
    unreachable = seen.startswith(("no ", "the connection", "a connection", "connection"))
    hint = HINT if unreachable or seen == "a body that ended early" else BROKEN_HINT
    assert str(error) == (
        f"expected an answer, seen {seen}\n  where: GET {client.base_url}/x\n  what to do: {hint}"
    )
    (exchange,) = client.recorder.exchanges
    assert (exchange.status, exchange.error) == (status, seen)


# -- no answer --------------------------------------------------------------------------------


def test_nobody_listening_is_connection_refused(client_of: ClientOf) -> None:
    assert_no_answer(client_of(f"http://127.0.0.1:{unused_port()}"), "connection refused")


def test_a_name_that_nobody_knows_has_no_address(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert_no_answer(client_of("http://api.example.com"), "no address for this host name")


@pytest.mark.parametrize(
    ("play", "seen"),
    [
        (hangs_up, "a connection closed without an answer"),
        (resets, "the connection was reset"),
        (says_raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "an answer that is not HTTP"),
        (says_raw(b"\x00\x01\x02\r\n\r\n"), "an answer that is not HTTP"),
    ],
    ids=["closed", "reset", "another protocol", "binary"],
)
def test_a_connection_without_an_answer(
    play: Play, seen: str, serve: Serve, client_of: ClientOf
) -> None:
    assert_no_answer(client_of(serve(play).url), seen)


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
def test_a_body_that_can_not_be_had(
    play: Play, seen: str, serve: Serve, client_of: ClientOf
) -> None:
    assert_no_answer(client_of(serve(play).url), seen, status=200)


def test_a_server_that_says_nothing_in_time(serve: Serve, client_of: ClientOf) -> None:
    def say_nothing(connection: socket.socket) -> None:
        server.stopping.wait(5)

    server: RawServer = serve(say_nothing)
    limits = Limits(connect_timeout_s=1.0, read_timeout_s=0.1)
    assert_no_answer(client_of(server.url, limits=limits), "no answer in time")


def test_a_body_that_drips_is_given_up_although_every_read_is_in_time(
    serve: Serve, client_of: ClientOf
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not server.stopping.wait(0.02):
            connection.sendall(b"x")

    server: RawServer = serve(drip)
    assert_no_answer(client_of(server.url, limits=SHORT), "no complete answer in time", status=200)


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\nX: "],
    ids=["status", "name", "value", "before 100 Continue"],
)
def test_a_header_that_drips_is_given_up_although_every_read_is_in_time(
    beginning: bytes, serve: Serve, client_of: ClientOf
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while not server.stopping.wait(0.02):
            connection.sendall(b"x")

    server: RawServer = serve(drip)
    assert_no_answer(client_of(server.url, limits=SHORT), "no complete answer in time")


def test_a_server_that_never_ends_to_announce_its_answer_is_given_up(
    serve: Serve, client_of: ClientOf
) -> None:
    server = serve(repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n"))
    assert_no_answer(client_of(server.url, limits=SHORT), "no complete answer in time")


@pytest.mark.parametrize("kind", ["", "Transfer-Encoding: chunked\r\n"], ids=["plain", "chunked"])
def test_a_body_without_an_end_is_read_up_to_what_is_allowed(
    kind: str, serve: Serve, client_of: ClientOf
) -> None:
    piece = b"64\r\n" + b"x" * 100 + b"\r\n" if kind else b"x" * 100
    server = serve(repeats(f"HTTP/1.1 200 OK\r\n{kind}\r\n".encode(), piece))
    assert_no_answer(client_of(server.url), "a body of more than 1000 bytes", status=200)


def test_a_line_of_a_chunk_without_an_end_is_not_read_for_ever(
    serve: Serve, client_of: ClientOf
) -> None:
    server = serve(repeats(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 1000))
    error = refusal(client_of(server.url, limits=SHORT))
    assert error.failure.category is Category.FETCH


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ("X-Header: x\r\n" * 1000, "headers beyond all bounds"),
        ("X-Header: x\r\n" * 101, "headers beyond all bounds"),
        (f"X-Header: {'x' * 200_000}\r\n", "a header beyond all bounds"),
        ("Content-Length: 5\r\nContent-Length: 7\r\n", "headers that contradict each other"),
        ("Content-Length: 5, 7\r\n", "headers that contradict each other"),
    ],
    ids=["1000 of them", "101 of them", "200 kB", "two lengths", "two lengths in one"],
)
def test_headers_that_no_server_in_its_senses_sends(
    headers: str, seen: str, serve: Serve, client_of: ClientOf
) -> None:
    server = serve(says_raw(f"HTTP/1.1 200 OK\r\n{headers}\r\nhello".encode()))
    client = client_of(server.url)

    error = refusal(client)

    assert (error.failure.category, error.failure.seen) == (Category.FETCH, seen)
    assert [exchange.error for exchange in client.recorder.exchanges] == [seen]
    # A socket that is left to the collector would be a warning in somebody else's test.
    del error, client
    gc.collect()


@pytest.mark.parametrize("length", ["-5", "five", "5.0", "", "3, five"])
def test_a_length_that_is_none_is_no_answer(length: str, serve: Serve, client_of: ClientOf) -> None:
    """RFC 9112, 6.3: nobody can tell where such an answer ends."""
    server = serve(says_raw(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n[1]".encode()))
    client = client_of(server.url)
    assert_no_answer(client, "a Content-Length that is no number", status=200)


def bomb(*, doubly: bool) -> bytes:
    """A gigabyte of zeros, compressed; one piece over and over, so that it takes no time."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    begins = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    piece = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    raw = begins + piece * 1024
    return gzip.compress(raw) if doubly else raw


@pytest.mark.parametrize("doubly", [False, True])
def test_a_bomb_is_not_unpacked(doubly: bool, serve: Serve, client_of: ClientOf) -> None:
    kind = "gzip, gzip" if doubly else "gzip"
    server = serve(says(f"Content-Encoding: {kind}", bomb(doubly=doubly)))
    client = client_of(server.url)

    tracemalloc.start()
    try:
        assert_no_answer(client, "a body of more than 1000 bytes", status=200)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # Of the gigabyte; what is read at once may be unpacked before it is counted.
    assert most_bytes < 1 << 28


@pytest.mark.parametrize("url", ["https://.example.com", "http://[::1]x", "https://%zz"])
def test_a_url_that_nothing_can_be_sent_to_is_no_answer_either(
    url: str, client_of: ClientOf
) -> None:
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

    assert (error.failure.category, error.failure.where) == (
        Category.BUDGET,
        f"GET {server.url}/x",
    )
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


# -- the request as given ---------------------------------------------------------------------


def test_an_answer_is_had_whole(serve: Serve, client_of: ClientOf) -> None:
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


def test_a_compressed_body_may_come_in_pieces(serve: Serve, client_of: ClientOf) -> None:
    raw = gzip.compress(json.dumps(list(range(100))).encode())
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(raw)}\r\n\r\n"

    def in_pieces(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head.encode())
        for byte in raw:
            connection.sendall(bytes([byte]))

    assert client_of(serve(in_pieces).url).send(GET).json() == list(range(100))


def test_what_is_sent_is_the_request_and_nothing_else(serve: Serve, client_of: ClientOf) -> None:
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
def test_credentials_never_go_to_where_a_redirect_leads(
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
    assert curl_line(GET, "https://api.example.com/x", Redactor()) == (
        "curl -sS -i https://api.example.com/x"
    )


def test_a_body_as_text_is_sent_as_it_is(serve: Serve, client_of: ClientOf) -> None:
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
def test_a_body_that_nobody_would_read_is_to_be_put_into_a_file(
    request_: Request, instead: str
) -> None:
    line = curl_line(request_, "https://api.example.com/x", Redactor())
    assert line.endswith(f" {instead} https://api.example.com/x")


# -- what is held against an API description --------------------------------------------------


def test_what_an_answer_is_held_against_is_shown_request_and_answer(
    serve: Serve, client_of: ClientOf
) -> None:
    """What it finds stays on the exchange, and on the answer's."""
    shown: list[tuple[Request, int, object]] = []
    held = ConformanceResult(operation="GET /x", undeclared=("/a",))

    def hold(request: Request, response: Response) -> ConformanceResult | None:
        shown.append((request, response.status, response.json()))
        return held if request.path == "/x" else None

    client = client_of(serve(says('{"a": 1}')).url)
    client.validator = hold
    other = Request(method="GET", path="/y")
    responses = [client.send(GET), client.send(other)]

    assert shown == [(GET, 200, {"a": 1}), (other, 200, {"a": 1})]
    assert [exchange.held for exchange in client.recorder.exchanges] == [held, None]
    assert tuple(response.exchange for response in responses) == client.recorder.exchanges


def test_it_is_shown_the_answer_that_counts_and_none_that_is_asked_for_again(
    serve: Serve, client_of: ClientOf, clock: FakeClock
) -> None:
    shown: list[int] = []

    def hold(request: Request, response: Response) -> ConformanceResult:
        shown.append(response.status)
        return ConformanceResult(operation="GET /x")

    server = serve(says("busy", status="503 Service Unavailable"), says("{}"))
    budget = Budget(60.0, clock=clock, sleep=clock.sleep)
    client = client_of(server.url, budget=budget, retries=True)
    client.validator = hold

    response = client.send(GET)

    assert shown == [200]
    assert [(exchange.status, exchange.held) for exchange in client.recorder.exchanges] == [
        (503, None),
        (200, ConformanceResult(operation="GET /x")),
    ]
    assert response.exchange == client.recorder.exchanges[-1]


def test_it_is_not_asked_while_restoring(serve: Serve, client_of: ClientOf) -> None:
    """The target comes first: a comparison that takes long must not keep it changed."""

    def hold(request: Request, response: Response) -> ConformanceResult | None:
        raise AssertionError("what restores is not held")

    client = client_of(serve(says("{}")).url)
    client.validator = hold
    assert client.send(GET, restoring=True).status == 200
    assert [exchange.held for exchange in client.recorder.exchanges] == [None]


def test_it_is_shown_nothing_where_there_is_no_answer(serve: Serve, client_of: ClientOf) -> None:
    def hold(request: Request, response: Response) -> ConformanceResult | None:
        raise AssertionError("there is nothing to hold")

    client = client_of(serve(hangs_up).url)
    client.validator = hold
    assert refusal(client).failure.category is Category.FETCH
    assert [exchange.held for exchange in client.recorder.exchanges] == [None]


# -- JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "Expecting property name enclosed in double quotes (character 2)"),
        (b'"\xff"', "not UTF-8 at byte 2"),
        (b"NaN", "NaN is not JSON"),
        (b'{"a": Infinity}', "Infinity is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xef\xbb\xbf{}", "Unexpected UTF-8 BOM (decode using utf-8-sig) (character 1)"),
        (b"{} {}", "Extra data (character 4)"),
        (b"9" * 10_000, "a number that is too long"),
    ],
    ids=lambda value: f"{value[:8]!r} {len(value)}" if isinstance(value, bytes) else "",
)
def test_a_body_that_is_not_json_is_invalid(
    body: bytes, why: str, make_answer: Callable[..., Response]
) -> None:
    with pytest.raises(SmokeError) as caught:
        make_answer(body=body).json()

    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        f"expected a JSON body, seen 200 with application/json, {len(body)} bytes: {why}\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: look at the answer with the curl line: it is declared as JSON, and is not"
    )


def test_no_body_is_no_json_either(make_answer: Callable[..., Response]) -> None:
    with pytest.raises(SmokeError) as caught:
        make_answer(body=b"").json()
    assert (caught.value.failure.seen, caught.value.failure.hint) == (
        "200 with no body",
        "repeat the request with the curl line and see why nothing comes in the body",
    )


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("text/html; charset=utf-8", "an HTML page"),
        ("Application/XHTML+XML", "an HTML page"),
        ("text/plain", "text/plain"),
        ("", "no type"),
    ],
)
def test_what_came_instead_is_named(
    kind: str, seen: str, make_answer: Callable[..., Response]
) -> None:
    response = make_answer(502, body=b"gateway", headers={"content-type": kind})
    error = response.not_as_expected("200", category=Category.FETCH, hint="do x")
    assert str(error) == (
        f"expected 200, seen 502 with {seen}, 7 bytes\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: do x"
    )


def test_an_answer_does_not_show_its_body(make_answer: Callable[..., Response]) -> None:
    assert "canary" not in repr(make_answer(body=b"canary"))


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/xml", "image/png"])
def test_json_that_is_declared_as_something_else_is_invalid(
    kind: str, make_answer: Callable[..., Response]
) -> None:
    response = make_answer(body=b"{}", headers={"content-type": f"{kind}; charset=utf-8"})

    with pytest.raises(SmokeError) as caught:
        response.json()

    what = "an HTML page" if kind == "text/html" else kind
    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        f"expected a JSON body that is declared as such, seen 200 with {what}, 2 bytes\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: send it as Content-Type: application/json: what reads the answer by its type"
        " takes it for something else"
    )
    assert response.json(declared=False) == {}


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/problem+json",
        "text/json",
    ],
)
def test_every_type_of_json_is_one(kind: str, make_answer: Callable[..., Response]) -> None:
    assert make_answer(body=b"[1]", headers={"content-type": kind}).json() == [1]


def test_what_declares_nothing_is_read_as_what_it_is(make_answer: Callable[..., Response]) -> None:
    assert make_answer(body=b"[1]", headers={"content-type": ""}).json() == [1]


# -- redirects in words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "location", "words"),
    [
        (301, "https://www.example.com/", "a redirect to https://www.example.com/"),
        (302, "/login?next=secret&token=secret", "a redirect to /login"),
        (307, "/login#token=secret", "a redirect to /login"),
        (308, "?token=secret", "a redirect to nowhere"),
        (302, "", "a redirect to nowhere"),
        (200, "/login", ""),
        (404, "/login", ""),
    ],
)
def test_a_redirect_is_told_without_what_may_be_secret_in_it(
    status: int, location: str, words: str, make_answer: Callable[..., Response]
) -> None:
    response = make_answer(status, headers={"location": location})
    assert response.redirects_to == words
    seen = response.not_as_expected("200").failure.seen
    assert seen == (f"{status}, {words}" if words else f"{status} with no body")


def plain(response: Response, url: str = "http://api.example.com/v1/x") -> Response:
    """The same answer to a request in the clear."""
    return replace(response, exchange=replace(response.exchange, url=url))


@pytest.mark.parametrize(
    ("location", "base"),
    [
        ("https://api.example.com/v1/x", "https://api.example.com"),
        ("https://API.example.com/", "https://API.example.com"),
        ("https://api.example.com:8443/v1/x?token=secret", "https://api.example.com:8443"),
    ],
)
def test_a_redirect_to_the_same_place_under_https_says_what_to_give(
    location: str, base: str, make_answer: Callable[..., Response]
) -> None:
    response = plain(make_answer(308, headers={"location": location}))
    hint = (
        f"the target wants https: give a base URL that begins with {base};"
        " what was sent so far went in the clear"
    )
    assert response.https_hint == hint
    assert response.not_as_expected("200", hint="do x").failure.hint == hint


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (301, "https://www.example.com/v1/x"),
        (301, "http://api.example.com/v1/x/"),
        (301, "/v1/x/"),
        (301, ""),
        (301, "https://["),
        (200, "https://api.example.com/v1/x"),
    ],
)
def test_another_redirect_has_no_such_hint(
    status: int, location: str, make_answer: Callable[..., Response]
) -> None:
    response = plain(make_answer(status, headers={"location": location}))
    assert response.https_hint == ""
    assert response.not_as_expected("200", hint="do x").failure.hint == "do x"


def test_a_target_under_https_already_has_no_such_hint(
    make_answer: Callable[..., Response],
) -> None:
    response = make_answer(301, headers={"location": "https://api.example.com/other"})
    assert response.https_hint == ""


# -- whatever a server sends ------------------------------------------------------------------


@given(status=st.integers(100, 599), location=locations | header_texts, url=locations)
@settings(max_examples=150, deadline=None)
def test_whatever_a_redirect_says_it_can_be_told(
    make_answer: Callable[..., Response], status: int, location: str, url: str
) -> None:
    for response in (
        plain(make_answer(status, headers={"location": location})),
        plain(make_answer(status, headers={"location": location}), url=url),
    ):
        error = response.not_as_expected("200", hint="do x")
        assert error.failure.seen.startswith(str(status))
        assert error.failure.hint
        assert "?" not in response.redirects_to


@given(
    body=bodies(json_values),
    kind=st.sampled_from(["application/json", "text/html", ""]) | header_texts,
    declared=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_whatever_a_body_holds_it_is_json_or_invalid(
    make_answer: Callable[..., Response], body: bytes, kind: str, declared: bool
) -> None:
    response = make_answer(body=body, headers={"content-type": kind})
    refused: Category | None = None
    try:
        json.dumps(response.json(declared=declared))
    except SmokeError as error:
        refused = error.failure.category
    assert refused in (None, Category.INVALID)


@given(responses=st.lists(raw_answers, min_size=1, max_size=3))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_comes_over_the_wire_is_an_answer_or_no_answer(
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
