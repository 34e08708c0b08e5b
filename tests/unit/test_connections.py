"""Connections and what they cost: kept by their worker, looked at once, let go of in the end."""

from __future__ import annotations

import _socket
import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from unit.loopback import PATIENCE_S, Play, RawServer, hangs_up, request_threads, says, says_raw

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.wire import Wire

Serve = Callable[..., RawServer]
Send = Callable[..., Reply]

LIMITS = Limits(connect_timeout_s=PATIENCE_S, read_timeout_s=PATIENCE_S)
PUT = Request(method="PUT", path="/x", json={"a": 1})
#: A whole response, after which the connection stays open.
WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def answers(times: int) -> Play:
    """A play: answers so many requests over one connection."""

    def play(connection: socket.socket) -> None:
        connection.sendall(WELL)
        for _ in range(times - 1):
            data = b""
            while not data.endswith(b'{"a": 1}'):
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            connection.sendall(WELL)

    return play


class Handles:
    """Counts the handles on connections that are opened, and those that are still open."""

    def __init__(self) -> None:
        self.opened: list[_socket.socket] = []

    @property
    def still_open(self) -> int:
        return sum(handle.fileno() != -1 for handle in self.opened)


@pytest.fixture
def handles(monkeypatch: pytest.MonkeyPatch) -> Handles:
    found = Handles()

    class Handle(_socket.socket):
        def __init__(self, *, fileno: int) -> None:
            super().__init__(fileno=fileno)
            found.opened.append(self)

    stand_in = SimpleNamespace(**{**vars(_socket), "socket": Handle})
    monkeypatch.setattr("pytest_apismoke.http.connections._socket", stand_in)
    return found


@pytest.fixture
def send(plain_environment: None) -> Iterator[Send]:
    before = request_threads()
    wire = Wire(LIMITS, trust=TlsFiles(), direct=False)

    def send(url: str, *, fresh: bool = False) -> Reply:
        return wire.send(PUT, url, fresh=fresh, limit_s=PATIENCE_S, clock=lambda: 0.0)

    yield send
    wire.close()
    for thread in request_threads() - before:
        thread.join(PATIENCE_S)


def test_requests_one_after_another_use_one_thread_one_connection_and_one_handle_on_it(
    send: Send, serve: Serve, handles: Handles, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answers(5))
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", counted)

    replies = [send(server.url) for _ in range(5)]

    assert [(reply.status, reply.over_kept) for reply in replies] == [
        (200, False),
        *[(200, True)] * 4,
    ]
    assert (len(started), len(server.seen)) == (1, 1)
    assert (len(handles.opened), handles.still_open) == (1, 1)


@pytest.mark.parametrize(
    "play",
    [says("{}"), says_raw(b"HTTP/1.1 200 OK\r\n\r\n{}"), says("half", length=99), hangs_up],
    ids=["closed after it", "ends with the connection", "cut", "no answer"],
)
def test_no_handle_outlives_its_connection(
    play: Play, send: Send, serve: Serve, handles: Handles
) -> None:
    server = serve(play)
    send(server.url)
    assert (len(handles.opened), handles.still_open) == (1, 0)


def test_a_fresh_connection_is_closed_after_its_request(
    send: Send, serve: Serve, handles: Handles
) -> None:
    server = serve(says_raw(WELL))
    assert [send(server.url, fresh=True).over_kept for _ in range(2)] == [False, False]
    assert (len(server.seen), len(handles.opened), handles.still_open) == (2, 2, 0)


def test_a_wire_that_is_closed_leaves_no_handle(
    plain_environment: None, serve: Serve, handles: Handles
) -> None:
    server = serve(answers(2))
    wire = Wire(LIMITS, trust=TlsFiles(), direct=False)
    wire.send(PUT, server.url, fresh=False, limit_s=PATIENCE_S, clock=lambda: 0.0)
    assert handles.still_open == 1

    wire.close()

    assert handles.still_open == 0
