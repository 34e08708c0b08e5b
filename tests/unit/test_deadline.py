"""One request within one deadline: it ends in time, and what was given up is never sent."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from unit.loopback import PATIENCE_S, RawServer, says, threads_left_behind

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.deadline import (
    Call,
    GivenUpError,
    OverrunError,
    call_under_way,
    within,
)
from pytest_apismoke.http.request import Request

Serve = Callable[..., RawServer]
ClientOf = Callable[..., Client]

PUT = Request(method="PUT", path="/x", json={"a": 1})


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What a request hangs on; let go of at the end at the latest, so that no thread stays."""
    event = threading.Event()
    yield event
    event.set()
    for thread in threads_left_behind():
        thread.join(PATIENCE_S)


def join_abandoned() -> None:
    """Waits until the threads left behind are done: what they have not sent by then, nobody has."""
    for thread in threads_left_behind():
        thread.join(PATIENCE_S)
    assert threads_left_behind() == []


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(PATIENCE_S)
        theirs.settimeout(PATIENCE_S)
        yield ours, theirs


# -- what comes of an action ------------------------------------------------------------------


def test_what_the_action_returns_is_returned() -> None:
    result = object()
    assert within(PATIENCE_S, PATIENCE_S, lambda: result, Call()) is result


def test_the_action_may_return_nothing() -> None:
    assert within(PATIENCE_S, PATIENCE_S, lambda: None, Call()) is None


@pytest.mark.parametrize(
    "error", [ValueError("x"), OSError(5, "y"), KeyboardInterrupt(), SystemExit(3)]
)
def test_what_the_action_raises_is_raised_here(error: BaseException) -> None:
    def action() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        within(PATIENCE_S, PATIENCE_S, action, Call())

    assert caught.value is error


def test_the_action_runs_in_a_thread_of_its_own_that_knows_its_call() -> None:
    call = Call()

    def action() -> tuple[bool, bool, Call | None]:
        thread = threading.current_thread()
        return thread is threading.main_thread(), thread.daemon, call_under_way()

    assert within(PATIENCE_S, PATIENCE_S, action, call) == (False, True, call)
    assert call_under_way() is None


def test_a_call_that_ended_in_time_was_not_given_up() -> None:
    call = Call()
    within(PATIENCE_S, PATIENCE_S, lambda: None, call)
    assert (call.given_up, call.has_sent) == (False, False)


# -- time that is over ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit_s", "connect_limit_s", "has_sent", "connected"),
    [
        (PATIENCE_S, 0.0, False, False),
        (0.0, PATIENCE_S, False, False),
        (0.0, 0.0, False, False),
        (0.01, 0.0, True, True),
        (0.0, PATIENCE_S, True, True),
        (0.0, 0.0, True, True),
    ],
)
def test_time_that_is_over_says_whether_there_was_a_connection(
    limit_s: float,
    connect_limit_s: float,
    has_sent: bool,
    connected: bool,
    hanging: threading.Event,
) -> None:
    """Without one, the time to connect is the limit; with one, the time of the whole request."""
    call = Call()
    call.has_sent = has_sent

    with pytest.raises(OverrunError) as caught:
        within(limit_s, connect_limit_s, hanging.wait, call)

    assert (caught.value.connected, call.given_up) == (connected, True)


def test_a_request_that_is_being_answered_may_take_longer_than_to_connect() -> None:
    call = Call()
    call.has_sent = True
    assert within(PATIENCE_S, 0.0, lambda: "late", call) == "late"


def test_what_a_given_up_action_comes_to_troubles_nobody(hanging: threading.Event) -> None:
    def action() -> None:
        hanging.wait()
        raise ValueError("nobody listens")

    with pytest.raises(OverrunError):
        within(0.0, 0.0, action, Call())
    hanging.set()
    join_abandoned()


# -- giving up --------------------------------------------------------------------------------


def test_giving_up_shuts_the_connection(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    call = Call()
    call.goes_over(ours, sending=True)

    call.give_up()

    assert theirs.recv(1) == b""
    with pytest.raises(BrokenPipeError):
        ours.sendall(b"x")
    call.is_over()


def test_a_connection_that_was_only_made_is_shut_too(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    call = Call()
    call.goes_over(ours, sending=False)
    assert not call.has_sent

    call.give_up()

    assert theirs.recv(1) == b""
    call.is_over()


@pytest.mark.parametrize("sending", [False, True])
def test_after_giving_up_nothing_more_is_connected_or_sent(
    sending: bool, pair: tuple[socket.socket, socket.socket]
) -> None:
    call = Call()
    call.give_up()

    with pytest.raises(GivenUpError):
        call.goes_over(pair[0], sending=sending)

    assert not call.has_sent


def test_a_connection_whose_request_is_over_can_not_be_shut_by_it_any_more(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """It may carry another request by now."""
    ours, theirs = pair
    call = Call()
    call.goes_over(ours, sending=True)
    call.goes_over(ours, sending=True)
    call.is_over()

    call.give_up()

    ours.sendall(b"x")
    assert theirs.recv(1) == b"x"


def test_a_connection_that_is_broken_already_can_be_given_up() -> None:
    ours, theirs = socket.socketpair()
    call = Call()
    call.goes_over(ours, sending=True)
    theirs.close()
    ours.close()
    call.give_up()
    call.is_over()
    assert call.given_up


def test_an_interruption_of_the_one_who_waits_gives_up_too(
    hanging: threading.Event, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    call = Call()
    after: list[type[BaseException]] = []

    def action() -> None:
        call.goes_over(ours, sending=True)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        hanging.wait()
        try:
            call.goes_over(ours, sending=True)
        except OSError as error:
            after.append(type(error))

    with pytest.raises(KeyboardInterrupt):
        within(PATIENCE_S, PATIENCE_S, action, call)

    assert (call.given_up, theirs.recv(1)) == (True, b"")
    hanging.set()
    join_abandoned()
    assert after == [GivenUpError]


def test_an_interruption_while_the_thread_starts_gives_up_too(
    monkeypatch: pytest.MonkeyPatch, hanging: threading.Event
) -> None:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    call = Call()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            within(PATIENCE_S, PATIENCE_S, hanging.wait, call)

    assert call.given_up


# -- over real connections --------------------------------------------------------------------

#: The whole request may take this long where a test wants to see it given up.
SHORT = Limits(connect_timeout_s=5.0, read_timeout_s=5.0, request_timeout_s=0.1)


def seen_by(client: Client) -> str:
    with pytest.raises(SmokeError) as caught:
        client.send(PUT)
    return caught.value.failure.seen


def begins_and_stops(server: RawServer, connection: socket.socket) -> None:
    """Something comes, so that no single read is too late before the whole request is."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    server.until_closed(connection)


def test_the_other_side_sees_a_given_up_request_end(serve: Serve, client_of: ClientOf) -> None:
    server: RawServer = serve(lambda connection: begins_and_stops(server, connection))

    assert seen_by(client_of(server.url, limits=SHORT)).endswith("answer in time")

    server.stop()
    assert server.closed == [b""]
    join_abandoned()


@pytest.mark.parametrize("fresh", [False, True])
def test_the_next_request_goes_over_a_connection_of_its_own(
    fresh: bool, serve: Serve, client_of: ClientOf
) -> None:
    server: RawServer = serve(lambda connection: begins_and_stops(server, connection), says("{}"))
    client = client_of(server.url, limits=SHORT)
    seen_by(client)
    assert client.send(PUT, fresh=fresh).status == 200


def test_a_name_whose_address_comes_too_late_is_never_sent_to(
    serve: Serve,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    hanging: threading.Event,
) -> None:
    """A lookup knows no timeout; the update must not arrive minutes after the verdict."""
    look_up = socket.getaddrinfo

    def hangs(*args: Any, **options: Any) -> Any:
        hanging.wait()
        return look_up(*args, **options)

    server = serve(says("{}"))
    client = client_of(server.url, limits=SHORT)
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", hangs)

        assert seen_by(client) == "no connection in time"
        assert [(e.status, e.error) for e in client.recorder.exchanges] == [
            (None, "no connection in time")
        ]

        hanging.set()
        join_abandoned()
    server.stop()
    assert "".join(server.seen) == ""


def test_a_connection_that_is_made_too_late_is_closed(
    serve: Serve,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    hanging: threading.Event,
) -> None:
    made: list[socket.socket] = []
    connect = socket.socket.connect

    def hangs(connection: socket.socket, address: Any) -> None:
        connect(connection, address)
        made.append(connection)
        hanging.wait()

    server = serve(says("{}"))
    client = client_of(server.url, limits=SHORT)
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", hangs)

        assert seen_by(client) == "no connection in time"

        hanging.set()
        join_abandoned()
    assert [connection.fileno() for connection in made] == [-1]
    server.stop()
    assert "".join(server.seen) == ""


def test_a_request_that_hangs_in_the_handshake_is_given_up(client_of: ClientOf) -> None:
    """The other side takes the connection and says nothing, so that TLS never begins."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        assert seen_by(client_of(url, limits=SHORT)).endswith(" in time")
        join_abandoned()
