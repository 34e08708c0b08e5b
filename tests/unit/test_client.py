"""Requests over real sockets: whatever the other side does, one kind of error leaves the client."""

from __future__ import annotations

import gzip
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_apismoke.budget import Budget
from pytest_apismoke.client import Answer, Client, Request, curl_line
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.profiles import Limits
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

GET = Request(method="GET", path="/x")
HINT = (
    "check that the service is up and reachable from here, and look into its log around this time"
)
LIMITS = Limits(connect_timeout_s=2.0, read_timeout_s=2.0, max_body_bytes=1000)

#: Plays the other side of one connection, which is closed after it.
Play = Callable[[socket.socket], None]


class RawServer:
    """A loopback server that plays a script, one entry a connection, the last for ever."""

    def __init__(self, *script: Play) -> None:
        self._script = list(script)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.seen: list[str] = []
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            if self.stopping.is_set():
                connection.close()
                return
            play = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            with connection, suppress(OSError):
                self.seen.append(_request_on(connection))
                play(connection)

    def stop(self) -> None:
        self.stopping.set()
        # A connection of its own wakes the thread that waits for one.
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        self._thread.join(5)
        self._listening.close()


def _request_on(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            break
        data += chunk
    return data.decode("latin-1")


def says(*parts: str | bytes, status: str = "200 OK", length: int | None = None) -> Play:
    """A whole answer, the last part being the body."""
    *headers, body = parts
    raw = body if isinstance(body, bytes) else body.encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(raw) if length is None else length}",
        "Connection: close",
        *(str(header) for header in headers),
    ]
    return says_raw("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)


def says_raw(data: bytes) -> Play:
    return lambda connection: connection.sendall(data)


def hangs_up(connection: socket.socket) -> None:
    """Says nothing; the connection is closed after it."""


def resets(connection: socket.socket) -> None:
    # Lingering for no time at all makes closing a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy and no .netrc of whoever runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("NETRC", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    servers: list[RawServer] = []

    def start(*script: Play) -> RawServer:
        servers.append(RawServer(*script))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(url: str, *, limits: Limits = LIMITS, budget: Budget | None = None) -> Client:
        client = Client(url, redactor=Redactor(), limits=limits, budget=budget or Budget(60.0))
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


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
    assert str(error) == (
        f"expected an answer, seen {seen}\n  where: GET {client.base_url}/x\n  what to do: {HINT}"
    )
    (exchange,) = client.exchanges
    assert (exchange.status, exchange.error) == (status, seen)


# -- no answer --------------------------------------------------------------------------------


def test_nobody_listening_is_connection_refused(client_of: ClientOf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert_no_answer(client_of(f"http://127.0.0.1:{port}"), "connection refused")


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
    started = time.monotonic()

    client = client_of(server.url, limits=Limits(connect_timeout_s=1.0, read_timeout_s=0.1))

    assert_no_answer(client, "no complete answer in time", status=200)
    assert 0.3 <= time.monotonic() - started < 2.0


@pytest.mark.parametrize("url", ["https://.example.com", "http://[::1]x", "https://%zz"])
def test_a_url_that_nothing_can_be_sent_to_is_no_answer_either(
    url: str, client_of: ClientOf
) -> None:
    client = client_of(url)

    error = refusal(client)

    assert (error.failure.category, error.failure.where) == (Category.FETCH, f"GET {url}/x")
    assert [exchange.error for exchange in client.exchanges] == [error.failure.seen]


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
    assert (server.seen, client.exchanges) == ([], [])
    assert client.send(GET, restoring=True).status == 200


def test_a_request_that_outlasted_the_budget_is_not_the_targets_fault(
    serve: Serve, client_of: ClientOf, clock: FakeClock
) -> None:
    def too_late(connection: socket.socket) -> None:
        clock.now += 60.0

    client = client_of(serve(too_late).url, budget=Budget(8.0, clock=clock, sleep=clock.sleep))

    assert refusal(client).failure.category is Category.BUDGET
    assert [exchange.status for exchange in client.exchanges] == [None]


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

    answer = client_of(server.url).send(GET)

    assert (answer.status, answer.json(), answer.content_type) == (
        418,
        {"a": "é"},
        "application/json",
    )
    assert (answer.where, answer.exchange.request_id, answer.exchange.excerpt) == (
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


def test_redirects_are_not_followed(serve: Serve, client_of: ClientOf) -> None:
    server = serve(says("Location: /elsewhere", "", status="302 Found"))

    answer = client_of(server.url).send(GET)

    assert (answer.status, answer.headers["location"], len(server.seen)) == (302, "/elsewhere", 1)


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

    (exchange,) = client.exchanges
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


# -- JSON -------------------------------------------------------------------------------------

REPEAT_HINT = (
    "repeat the request with the curl line and look at what answers;"
    " an HTML page often comes from a proxy, a gateway or a web front end"
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'"\xff"',
        b"NaN",
        b'{"a": Infinity}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"9" * 10_000,
    ],
    ids=lambda body: f"{body[:8]!r} {len(body)}",
)
def test_a_body_that_is_not_json_is_invalid(
    body: bytes, make_answer: Callable[..., Answer]
) -> None:
    with pytest.raises(SmokeError) as caught:
        make_answer(body=body).json()

    size = f"application/json, {len(body)} bytes" if body else "no body"
    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        f"expected a JSON body, seen 200 with {size}\n"
        "  where: GET https://api.example.com/api\n"
        f"  what to do: {REPEAT_HINT}"
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
    kind: str, seen: str, make_answer: Callable[..., Answer]
) -> None:
    answer = make_answer(502, body=b"gateway", headers={"content-type": kind})
    error = answer.not_as_expected("200", category=Category.FETCH, hint="do x")
    assert str(error) == (
        f"expected 200, seen 502 with {seen}, 7 bytes\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: do x"
    )


def test_an_answer_does_not_show_its_body(make_answer: Callable[..., Answer]) -> None:
    assert "canary" not in repr(make_answer(body=b"canary"))
