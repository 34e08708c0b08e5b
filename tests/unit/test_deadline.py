"""One request within one deadline: it ends in time, and an abandoned one is never sent."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest
from unit.loopback import PATIENCE_S, RawServer, request_threads, says

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.errors import SmokeError, interrupted
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.deadline import (
    AbandonedError,
    DeadlineExceededError,
    PendingRequest,
    current_request,
    within,
)
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.worker_pool import WorkerPool

Serve = Callable[..., RawServer]
ClientOf = Callable[..., Client]

PUT = Request(method="PUT", path="/x", json={"a": 1})


class Within(Protocol):
    """`within`, with workers that own nothing, and all the time there is unless told."""

    def __call__(
        self,
        action: Callable[[], object],
        request: PendingRequest | None = None,
        /,
        *,
        limit_s: float = PATIENCE_S,
        connect_limit_s: float = PATIENCE_S,
    ) -> Any: ...


@pytest.fixture
def join_workers() -> Callable[[], None]:
    """Waits until the workers of this test are gone: what they did not send by then, they never do.

    They are gone only where each of them was abandoned, or its client closed.
    """
    before = request_threads()

    def join() -> None:
        for thread in request_threads() - before:
            thread.join(PATIENCE_S)
        assert request_threads() - before == set()

    return join


@pytest.fixture
def hanging(join_workers: Callable[[], None]) -> Iterator[threading.Event]:
    """For a request to hang on; set at the end at the latest, so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()
    join_workers()


@pytest.fixture
def run(hanging: threading.Event) -> Iterator[Within]:
    workers: WorkerPool[None] = WorkerPool(lambda: None, lambda _: None)

    def run(
        action: Callable[[], object],
        request: PendingRequest | None = None,
        /,
        *,
        limit_s: float = PATIENCE_S,
        connect_limit_s: float = PATIENCE_S,
    ) -> Any:
        return within(
            lambda _: action(),
            request or PendingRequest(),
            workers=workers,
            limit_s=limit_s,
            connect_limit_s=connect_limit_s,
        )

    yield run
    workers.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(PATIENCE_S)
        theirs.settimeout(PATIENCE_S)
        yield ours, theirs


# -- the end of an action ---------------------------------------------------------------------


@pytest.mark.parametrize("result", [object(), None], ids=["something", "nothing"])
def test_the_result_of_the_action_is_returned(result: object, run: Within) -> None:
    assert run(lambda: result) is result


@pytest.mark.parametrize(
    "error", [ValueError("x"), OSError(5, "y"), KeyboardInterrupt(), SystemExit(3)]
)
def test_an_exception_of_the_action_is_raised_here(error: BaseException, run: Within) -> None:
    def action() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        run(action)

    assert caught.value is error
    # The next one has another worker.
    assert run(lambda: 1) == 1


def test_the_action_runs_in_a_daemon_thread_that_knows_its_request(run: Within) -> None:
    request = PendingRequest()

    def action() -> tuple[bool, bool, PendingRequest | None]:
        thread = threading.current_thread()
        return thread is threading.main_thread(), thread.daemon, current_request()

    assert run(action, request) == (False, True, request)
    assert (current_request(), request.is_abandoned, request.has_sent) == (None, False, False)


def test_actions_one_after_another_run_in_one_thread(run: Within) -> None:
    assert len({run(threading.get_ident) for _ in range(10)}) == 1


def test_a_worker_whose_action_failed_does_not_come_before_one_that_was_well(run: Within) -> None:
    """The connection of the other may be the only one that the target serves."""
    well: list[int] = []

    def fails() -> None:
        well.append(run(threading.get_ident))
        raise LookupError

    with pytest.raises(LookupError):
        run(fails)

    assert [run(threading.get_ident)] == well


def test_an_action_after_an_abandoned_one_runs_at_once_in_another_thread(
    run: Within, hanging: threading.Event
) -> None:
    with pytest.raises(DeadlineExceededError):
        run(hanging.wait, limit_s=0.0)
    assert run(lambda: hanging.is_set()) is False


# -- time that is up --------------------------------------------------------------------------


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
def test_when_time_is_up_the_error_says_whether_there_was_a_connection(
    limit_s: float,
    connect_limit_s: float,
    has_sent: bool,
    connected: bool,
    run: Within,
    hanging: threading.Event,
) -> None:
    """Without one, the time to connect is the limit; with one, the time of the whole request."""
    request = PendingRequest()
    request.has_sent = has_sent

    with pytest.raises(DeadlineExceededError) as caught:
        run(hanging.wait, request, limit_s=limit_s, connect_limit_s=connect_limit_s)

    assert (caught.value.connected, request.is_abandoned) == (connected, True)


def test_a_request_that_was_sent_may_take_longer_than_the_time_to_connect(run: Within) -> None:
    request = PendingRequest()
    request.has_sent = True
    assert run(lambda: "late", request, connect_limit_s=0.0) == "late"


def test_an_exception_of_an_abandoned_action_goes_nowhere(
    run: Within, hanging: threading.Event, join_workers: Callable[[], None]
) -> None:
    def action() -> None:
        hanging.wait()
        raise ValueError("too late")

    with pytest.raises(DeadlineExceededError):
        run(action, limit_s=0.0)
    hanging.set()
    join_workers()


# -- abandoning a request ---------------------------------------------------------------------


def test_abandoning_a_request_shuts_down_its_connection(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    request = PendingRequest()
    request.use(ours, sending=True)

    request.abandon()

    assert theirs.recv(1) == b""
    with pytest.raises(BrokenPipeError):
        ours.sendall(b"x")
    request.release()


def test_a_connection_that_has_carried_nothing_yet_is_shut_down_too(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    request = PendingRequest()
    request.use(ours, sending=False)
    assert not request.has_sent

    request.abandon()

    assert theirs.recv(1) == b""
    request.release()


@pytest.mark.parametrize("sending", [False, True])
def test_an_abandoned_request_neither_connects_nor_sends(
    sending: bool, pair: tuple[socket.socket, socket.socket]
) -> None:
    request = PendingRequest()
    request.abandon()

    with pytest.raises(AbandonedError):
        request.use(pair[0], sending=sending)

    assert not request.has_sent


def test_a_request_that_has_ended_can_not_shut_down_its_connection(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """It may carry another request by now."""
    ours, theirs = pair
    request = PendingRequest()
    request.use(ours, sending=True)
    request.use(ours, sending=True)
    request.release()

    request.abandon()

    ours.sendall(b"x")
    assert theirs.recv(1) == b"x"


def test_a_request_whose_connection_is_broken_already_can_be_abandoned() -> None:
    ours, theirs = socket.socketpair()
    request = PendingRequest()
    request.use(ours, sending=True)
    theirs.close()
    ours.close()
    request.abandon()
    request.release()
    assert request.is_abandoned


INTERRUPTIONS: list[BaseException] = [
    KeyboardInterrupt(),
    SmokeError(interrupted("the check", where="this run")),
]


@pytest.mark.parametrize("raised", INTERRUPTIONS, ids=lambda error: type(error).__name__)
def test_an_interruption_of_the_thread_that_waits_abandons_the_request(
    raised: BaseException,
    run: Within,
    hanging: threading.Event,
    pair: tuple[socket.socket, socket.socket],
    join_workers: Callable[[], None],
) -> None:
    """By whatever a signal handler raises there."""
    ours, theirs = pair
    request = PendingRequest()
    after: list[type[BaseException]] = []

    def action() -> None:
        request.use(ours, sending=True)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        hanging.wait()
        try:
            request.use(ours, sending=True)
        except OSError as error:
            after.append(type(error))

    def handle(*_: object) -> None:
        raise raised

    handler = signal.signal(signal.SIGINT, handle)
    try:
        with pytest.raises(type(raised)):
            run(action, request)
    finally:
        signal.signal(signal.SIGINT, handler)

    assert (request.is_abandoned, theirs.recv(1)) == (True, b"")
    hanging.set()
    join_workers()
    assert after == [AbandonedError]


def test_an_interruption_while_the_thread_starts_abandons_the_request(
    run: Within, monkeypatch: pytest.MonkeyPatch, hanging: threading.Event
) -> None:
    start = threading.Thread.start

    def start_and_raise(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    request = PendingRequest()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start_and_raise)
        with pytest.raises(KeyboardInterrupt):
            run(hanging.wait, request)

    assert request.is_abandoned


# -- over real connections --------------------------------------------------------------------

#: For a test that wants to see a whole request abandoned.
SHORT = Limits(connect_timeout_s=5.0, read_timeout_s=5.0, request_timeout_s=0.1)


def seen_by(client: Client) -> str:
    with pytest.raises(SmokeError) as caught:
        client.send(PUT)
    return caught.value.failure.seen


def begins_and_stops(server: RawServer, connection: socket.socket) -> None:
    """Something comes, so that no single read is too late before the whole request is."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    server.until_closed(connection)


def test_the_server_sees_an_abandoned_request_end(
    serve: Serve, client_of: ClientOf, join_workers: Callable[[], None]
) -> None:
    server: RawServer = serve(lambda connection: begins_and_stops(server, connection))

    client = client_of(server.url, limits=SHORT)

    assert seen_by(client) == "no complete response in time"

    client.close()
    server.stop()
    assert server.closed == [b""]
    join_workers()


@pytest.mark.parametrize("fresh", [False, True])
def test_the_request_after_an_abandoned_one_has_a_connection_of_its_own(
    fresh: bool, serve: Serve, client_of: ClientOf
) -> None:
    server: RawServer = serve(lambda connection: begins_and_stops(server, connection), says("{}"))
    # Time enough for the second one, on a busy machine too.
    client = client_of(server.url, limits=replace(SHORT, request_timeout_s=0.5))
    seen_by(client)
    assert client.send(PUT, fresh=fresh).status == 200


def test_a_name_whose_address_comes_too_late_is_never_sent_to(
    serve: Serve,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    hanging: threading.Event,
    join_workers: Callable[[], None],
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
        join_workers()
    server.stop()
    assert "".join(server.seen) == ""


def test_a_connection_that_is_made_too_late_is_closed(
    serve: Serve,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    hanging: threading.Event,
    join_workers: Callable[[], None],
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
        join_workers()
    assert [connection.fileno() for connection in made] == [-1]
    server.stop()
    assert "".join(server.seen) == ""


def test_a_request_that_hangs_in_the_handshake_is_abandoned(
    client_of: ClientOf, join_workers: Callable[[], None]
) -> None:
    """The other side takes the connection and says nothing, so that TLS never begins."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        client = client_of(url, limits=SHORT)
        assert seen_by(client).endswith(" in time")
        client.close()
        join_workers()
