"""Requests in flight: started at once, answered whenever somebody looks, overdue in the end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
from unit.conftest import FakeClock
from unit.loopback import PATIENCE_S, Play, RawServer, hangs_up, request_threads, says, unused_port

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.http.flight import Flight
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.wire import Wire

Serve = Callable[..., RawServer]

GET = Request(method="GET", path="/x")
#: The limit of a request that is not about its limit.
LONG = Limits(connect_timeout_s=PATIENCE_S, read_timeout_s=PATIENCE_S, request_timeout_s=PATIENCE_S)


class Take(Protocol):
    """Starts a request to a server, as `Wire.start` does."""

    def __call__(
        self,
        url: str,
        /,
        *,
        fresh: bool = False,
        limit_s: float = PATIENCE_S,
        when_done: Callable[[], object] = ...,
    ) -> Flight: ...


@pytest.fixture
def take(plain_environment: None, clock: FakeClock) -> Iterator[Take]:
    """A wire whose clock stands still unless told; its workers are gone after the test."""
    before = request_threads()
    wire = Wire(LONG, trust=TlsFiles(), direct=False)

    def start(
        url: str,
        /,
        *,
        fresh: bool = False,
        limit_s: float = PATIENCE_S,
        when_done: Callable[[], object] = lambda: None,
    ) -> Flight:
        return wire.start(GET, url, fresh=fresh, limit_s=limit_s, clock=clock, when_done=when_done)

    yield start
    wire.close()
    for thread in request_threads() - before:
        thread.join(PATIENCE_S)
    assert request_threads() - before == set()


class Gate:
    """A play that answers when it is told, and says when it was asked."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.open = threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        self.asked.set()
        self.open.wait(PATIENCE_S)
        says("{}")(connection)


def failure_of(flight: Flight) -> str:
    failure = flight.reply().failure
    return failure.words if failure else "none"


# -- started, and looked at -------------------------------------------------------------------


def test_a_request_is_started_at_once_and_waited_for_when_somebody_wants_its_reply(
    take: Take, serve: Serve
) -> None:
    gates = [Gate(), Gate()]
    servers = [serve(gate) for gate in gates]

    flights = [take(server.url) for server in servers]

    assert [gate.asked.wait(PATIENCE_S) for gate in gates] == [True, True]
    # The last one first: none waits for another.
    for flight, gate in reversed(list(zip(flights, gates, strict=True))):
        gate.open.set()
        reply = flight.reply()
        assert (reply.status, reply.body, reply.failure) == (200, b"{}", None)


def test_the_reply_is_the_same_each_time(take: Take, serve: Serve) -> None:
    flight = take(serve(says("{}")).url)
    assert flight.reply() is flight.reply()


def test_an_answer_that_came_in_time_is_one_however_late_somebody_looks(
    take: Take, serve: Serve, clock: FakeClock
) -> None:
    """And its duration is that of the request."""
    done = threading.Event()

    def answers_after_2_s(connection: socket.socket) -> None:
        clock.now += 2.0
        says("{}")(connection)

    flight = take(serve(answers_after_2_s).url, limit_s=5.0, when_done=done.set)
    assert done.wait(PATIENCE_S)
    clock.now += 60.0

    assert (flight.reply().status, flight.reply().failure, flight.duration_s) == (200, None, 2.0)


def test_an_answer_that_came_too_late_is_overdue_although_nobody_waited(
    take: Take, serve: Serve, clock: FakeClock
) -> None:
    done = threading.Event()

    def answers_after_8_s(connection: socket.socket) -> None:
        clock.now += 8.0
        says("{}")(connection)

    flight = take(serve(answers_after_8_s).url, limit_s=5.0, when_done=done.set)
    assert done.wait(PATIENCE_S)
    clock.now += 60.0

    assert (failure_of(flight), flight.duration_s) == ("no complete response in time", 8.0)
    assert (flight.reply().body, flight.reply().has_sent) == (b"", True)


def test_a_request_without_an_answer_is_overdue_at_once_when_its_time_was_up_before(
    take: Take, serve: Serve, clock: FakeClock
) -> None:
    """Nobody waits once more for the time that is gone; the server sees the request end."""
    asked = threading.Event()

    def says_nothing(connection: socket.socket) -> None:
        asked.set()
        server.until_closed(connection)

    server: RawServer = serve(says_nothing)
    flight = take(server.url, limit_s=5.0)
    assert asked.wait(PATIENCE_S)
    clock.now += 60.0

    assert (failure_of(flight), flight.duration_s) == ("no complete response in time", 5.0)
    server.stop()
    assert server.closed == [b""]


def test_one_can_wait_for_a_while_and_leave_it_in_flight(take: Take, serve: Serve) -> None:
    gate = Gate()
    flight = take(serve(gate).url)
    assert gate.asked.wait(PATIENCE_S)

    assert not flight.has_ended_within(0.001)
    gate.open.set()
    assert flight.has_ended_within(PATIENCE_S)

    assert (flight.reply().status, flight.reply().failure) == (200, None)


# -- abandoned --------------------------------------------------------------------------------


def test_the_server_sees_an_abandoned_request_end_and_its_reply_is_a_failure(
    take: Take, serve: Serve, clock: FakeClock
) -> None:
    asked = threading.Event()

    def says_nothing(connection: socket.socket) -> None:
        asked.set()
        server.until_closed(connection)

    server: RawServer = serve(says_nothing)
    flight = take(server.url)
    assert asked.wait(PATIENCE_S)
    clock.now += 3.0

    flight.abandon()

    server.stop()
    assert server.closed == [b""]
    reply = flight.reply()
    assert (reply.status, reply.has_sent, failure_of(flight)) == (None, True, "abandoned")
    assert flight.duration_s == 3.0


def test_abandoning_one_request_leaves_the_others_alone(take: Take, serve: Serve) -> None:
    gates = [Gate(), Gate()]
    servers = [serve(gate) for gate in gates]
    abandoned, other = (take(server.url) for server in servers)
    assert [gate.asked.wait(PATIENCE_S) for gate in gates] == [True, True]

    abandoned.abandon()

    for gate in gates:
        gate.open.set()
    assert (other.reply().status, other.reply().failure) == (200, None)


def test_abandoning_a_request_that_has_ended_changes_nothing(
    take: Take, serve: Serve, clock: FakeClock
) -> None:
    flight = take(serve(says("{}")).url)
    reply = flight.reply()
    clock.now += 3.0

    flight.abandon()

    assert (flight.reply(), flight.duration_s) == (reply, 0.0)


# -- the end, told in the worker's thread -----------------------------------------------------


@pytest.mark.parametrize("play", [says("{}"), hangs_up], ids=["an answer", "a failure"])
@pytest.mark.parametrize("fresh", [False, True], ids=["kept", "fresh"])
def test_the_end_is_told_by_the_worker_when_it_is_free_for_the_next_request(
    play: Play, fresh: bool, take: Take, serve: Serve
) -> None:
    """The next request begun there runs in the same thread."""
    server = serve(play)
    told_by: list[threading.Thread] = []
    both = threading.Event()
    further: list[Flight] = []

    def when_first_is_done() -> None:
        told_by.append(threading.current_thread())
        further.append(take(server.url, fresh=fresh, when_done=when_second_is_done))

    def when_second_is_done() -> None:
        told_by.append(threading.current_thread())
        both.set()

    take(server.url, fresh=fresh, when_done=when_first_is_done)

    assert both.wait(PATIENCE_S)
    assert (len(set(told_by)), threading.main_thread() in told_by) == (1, False)


def test_the_end_of_a_request_that_reached_nobody_is_told_too(take: Take) -> None:
    done = threading.Event()
    flight = take(f"http://127.0.0.1:{unused_port()}", when_done=done.set)
    assert done.wait(PATIENCE_S)
    assert failure_of(flight) == "connection refused"


def test_the_end_of_an_abandoned_request_is_told_when_its_worker_has_noticed(
    take: Take, serve: Serve
) -> None:
    gate, done = Gate(), threading.Event()
    flight = take(serve(gate).url, when_done=done.set)
    assert gate.asked.wait(PATIENCE_S)

    flight.abandon()

    assert done.wait(PATIENCE_S)
    gate.open.set()
