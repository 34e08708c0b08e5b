"""Which requests are repeated, how soon and how often: retries hide no broken target."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.hostile import header_texts
from unit.loopback import Play, RawServer, hangs_up, resets, says, says_raw, unused_port

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.error_words import FetchFailure, FetchProblem
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.retry import AT_MOST, AT_MOST_IN_A_RUN, TRANSIENT, Attempts, asked_wait_s
from pytest_apismoke.http.wire import Wire
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

Serve = Callable[..., RawServer]
ClientOf = Callable[..., Client]

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)
DATE = "Thu, 01 Jan 2026 12:00:00 GMT"
GET = Request(method="GET", path="/x")
PUT = Request(method="PUT", path="/x", json={"a": 1})
UNAVAILABLE = says("busy", status="503 Service Unavailable")
WELL = says("{}")


def failed(problem: FetchProblem, *, is_transient: bool = False) -> FetchFailure:
    return FetchFailure(problem=problem, words=problem.value, is_transient=is_transient)


RESET = failed(FetchProblem.RESET, is_transient=True)


def lost(*, has_sent: bool) -> Reply:
    """A connection that failed."""
    return Reply(failure=RESET, has_sent=has_sent)


def unanswered(*, has_sent: bool) -> Reply:
    """A timeout, a certificate, a response that is not HTTP: not the connection's fault."""
    return Reply(failure=failed(FetchProblem.READ_TIMEOUT), has_sent=has_sent)


# -- what may be sent again -------------------------------------------------------------------

#: Every way in which a request can end.
ENDS: dict[str, Reply] = {
    **{
        str(status): Reply(status=status, body=b"<html>", has_sent=True)
        for status in (
            *(200, 201, 202, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 408, 409, 410, 412),
            *(418, 422, 425, 429, 500, 501, 502, 503, 504, 505, 507, 511, 599),
        )
    },
    "200, then reset": Reply(status=200, failure=RESET, has_sent=True),
    "500, then reset": Reply(status=500, failure=RESET, has_sent=True),
    "200, too long": Reply(status=200, failure=failed(FetchProblem.BODY_TOO_LARGE), has_sent=True),
    "503, too slow": Reply(status=503, failure=failed(FetchProblem.TOTAL_TIMEOUT), has_sent=True),
    "lost before": lost(has_sent=False),
    "lost after": lost(has_sent=True),
    "no connection in time": unanswered(has_sent=False),
    "no response in time": unanswered(has_sent=True),
}
SAFE = {"429", "502", "503", "504"}
LOST = {"lost before", "lost after", "200, then reset", "500, then reset"}
#: The ends after which a request may be repeated.
REPEATED: dict[tuple[str, bool], set[str]] = {
    ("GET", False): SAFE | LOST,
    ("HEAD", False): SAFE | LOST,
    ("OPTIONS", False): SAFE | LOST,
    # An update may be refused any number of times; one that may have arrived is not repeated.
    ("PUT", False): {"429", "503", "lost before"},
    ("POST", False): {"lost before"},
    ("PATCH", False): {"lost before"},
    ("DELETE", False): {"lost before"},
    # A login: after a 429, the code that logs in waits as told.
    ("POST", True): (SAFE | LOST) - {"429"},
    ("GET", True): (SAFE | LOST) - {"429"},
    ("PUT", True): (SAFE | LOST) - {"429"},
}


# -- an update whose kept connection was dropped ----------------------------------------------

UPDATE = replace(PUT, is_idempotent=True)
DROPPED = Reply(failure=RESET, has_sent=True, over_kept=True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
@pytest.mark.parametrize(
    ("reply", "wait_s"),
    [
        (DROPPED, 0.0),
        (replace(DROPPED, over_kept=False), None),
        (replace(DROPPED, has_answered=True), None),
        (replace(DROPPED, failure=failed(FetchProblem.READ_TIMEOUT)), None),
        (replace(DROPPED, failure=replace(RESET, is_overdue=True)), None),
        (Reply(status=500, has_sent=True, over_kept=True, has_answered=True), None),
    ],
    ids=["dropped", "fresh", "answered", "time-out", "overdue", "500"],
)
def test_an_update_that_states_what_is_to_be_is_repeated_where_a_kept_connection_was_dropped(
    reply: Reply, wait_s: float | None, method: str
) -> None:
    marked = replace(UPDATE, method=method)
    assert Attempts(marked).next_wait_s(reply) == wait_s
    assert Attempts(replace(marked, is_idempotent=False)).next_wait_s(reply) is None


class DroppingServer:
    """Answers the first request on its first connection, and drops the second one there.

    `requests` has the methods of all requests by connection.
    """

    def __init__(self, *, half: bytes = b"", drops_fresh: bool = False) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._half, self._drops_fresh = half, drops_fresh
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.requests: list[list[str]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with self._listening, contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.requests.append([])
                with connection:
                    self._play(connection)

    def _play(self, connection: socket.socket) -> None:
        while data := connection.recv(65536):
            while b'{"a": 1}' not in data and data.startswith(b"PUT"):
                data += connection.recv(65536)
            self.requests[-1].append(data.split()[0].decode())
            if len(self.requests[-1]) == 2:
                connection.sendall(self._half)
                return
            if self._drops_fresh and len(self.requests) == 2:
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("update", "server", "requests", "attempts"),
    [
        (UPDATE, {}, [["GET", "PUT"], ["PUT"]], [(None, 1), (200, 2)]),
        (UPDATE, {"drops_fresh": True}, [["GET", "PUT"], ["PUT"]], [(None, 1), (None, 2)]),
        (UPDATE, {"half": b"HTTP/1.1 "}, [["GET", "PUT"]], [(None, 1)]),
        (PUT, {}, [["GET", "PUT"]], [(None, 1)]),
    ],
    ids=["dropped", "dropped twice", "begun", "not marked"],
)
def test_a_dropped_update_is_sent_once_more_over_a_fresh_connection(
    update: Request,
    server: dict[str, Any],
    requests: list[list[str]],
    attempts: list[tuple[int | None, int]],
    client_of: ClientOf,
    clock: FakeClock,
) -> None:
    dropping = DroppingServer(**server)
    budget = Budget(60.0, clock=clock, sleep=clock.sleep)
    client = client_of(dropping.url, budget=budget, retries=True)
    client.send(GET)

    with contextlib.nullcontext() if attempts[-1][0] else pytest.raises(SmokeError):
        client.send(update)

    dropping.stop()
    assert dropping.requests == requests
    exchanges = client.recorder.exchanges[1:]
    assert [(exchange.status, exchange.attempt) for exchange in exchanges] == attempts
    assert clock.slept == [0.0] * (len(attempts) - 1)


# -- which requests, in all -------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [str.upper, str.lower])
@pytest.mark.parametrize(("method", "repeatable"), REPEATED)
def test_a_request_is_repeated_only_where_that_hides_no_broken_target(
    method: str, repeatable: bool, spelling: Callable[[str], str]
) -> None:
    request = Request(method=spelling(method), path="/x", repeatable=repeatable)
    waits = {name: Attempts(request).next_wait_s(reply) for name, reply in ENDS.items()}
    assert {name for name, wait_s in waits.items() if wait_s is not None} == REPEATED[
        method, repeatable
    ]


@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "BREW"]),
    repeatable=st.booleans(),
    status=st.integers(100, 999).filter(lambda status: status not in TRANSIENT),
    body=st.binary(max_size=20),
    headers=st.dictionaries(st.sampled_from(["retry-after", "date"]), header_texts),
)
@settings(max_examples=100, deadline=None)
def test_the_content_of_a_response_is_never_a_reason_to_retry(
    method: str, repeatable: bool, status: int, body: bytes, headers: dict[str, str]
) -> None:
    reply = Reply(status=status, headers=headers, body=body, has_sent=True)
    request = Request(method=method, path="/x", repeatable=repeatable)
    assert Attempts(request).next_wait_s(reply) is None


@pytest.mark.parametrize(
    ("safe", "expected"),
    [("get", True), ("Head", True), ("OPTIONS", True), ("put", False), ("TRACE", False)],
)
def test_methods_that_change_nothing_are_safe(safe: str, expected: bool) -> None:
    assert Request(method=safe, path="/").is_safe is expected


# -- how soon and how often -------------------------------------------------------------------


def waits_of(request: Request, reply: Reply, chance: float = 0.0) -> list[float]:
    attempts = Attempts(request, chance=lambda: chance)
    waits = []
    while (wait_s := attempts.next_wait_s(reply)) is not None:
        waits.append(wait_s)
    return waits


@pytest.mark.parametrize(
    ("chance", "waits"), [(0.0, [0.2, 0.4, 0.8]), (0.5, [0.3, 0.5, 0.9]), (1.0, [0.4, 0.6, 1.0])]
)
def test_each_wait_is_longer_than_the_one_before_and_jittered(
    chance: float, waits: list[float]
) -> None:
    for reply in (lost(has_sent=False), Reply(status=503, has_sent=True)):
        assert waits_of(GET, reply, chance) == pytest.approx(waits)


def test_a_request_is_repeated_three_times_at_most() -> None:
    assert AT_MOST == 3
    assert len(waits_of(GET, lost(has_sent=True))) == 3
    attempts = Attempts(GET)
    ends = [lost(has_sent=True), Reply(status=502), Reply(status=503), Reply(status=504)]
    assert [attempts.next_wait_s(reply) is None for reply in ends] == [False, False, False, True]


def test_each_request_has_its_own_count() -> None:
    assert [len(waits_of(GET, Reply(status=503))) for _ in range(3)] == [3, 3, 3]


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"retry-after": "7"}, [7.0, 7.0, 7.0]),
        ({"retry-after": "20"}, [20.0, 20.0, 20.0]),
        ({"retry-after": "21"}, []),
        ({"retry-after": "86400"}, []),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:05 GMT", "date": DATE}, [5.0, 5.0, 5.0]),
        ({"retry-after": "Thu, 01 Jan 2026 13:00:00 GMT", "date": DATE}, []),
        # To come back at once is no reason to ask any sooner.
        ({"retry-after": "0"}, [0.2, 0.4, 0.8]),
        ({"retry-after": "Wed, 31 Dec 2025 12:00:00 GMT", "date": DATE}, [0.2, 0.4, 0.8]),
        ({"retry-after": "soon"}, [1.0, 1.0, 1.0]),
        ({}, [0.2, 0.4, 0.8]),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_respected_or_ends_the_attempts(
    status: int, headers: dict[str, str], waits: list[float]
) -> None:
    reply = Reply(status=status, headers=headers, has_sent=True)
    assert waits_of(GET, reply) == pytest.approx(waits)
    assert waits_of(PUT, reply) == pytest.approx(waits)


def test_the_retry_after_of_a_truncated_response_is_ignored() -> None:
    reply = Reply(status=503, headers={"retry-after": "9"}, failure=RESET, has_sent=True)
    assert waits_of(GET, reply) == pytest.approx([0.2, 0.4, 0.8])


def test_the_jitter_ignores_a_seeded_generator() -> None:
    """Tests and plugins seed the shared one, in every xdist worker the same way."""
    waits = set()
    for _ in range(5):
        random.seed(1)
        waits.add(Attempts(GET).next_wait_s(Reply(status=503)))
    assert len(waits) > 1


@given(status=st.sampled_from(sorted(TRANSIENT)), retry_after=header_texts, date=header_texts)
@settings(max_examples=150, deadline=None)
def test_any_retry_after_leads_to_a_bounded_wait(status: int, retry_after: str, date: str) -> None:
    reply = Reply(status=status, headers={"retry-after": retry_after, "date": date})
    waits = waits_of(GET, reply)
    assert len(waits) <= AT_MOST
    assert all(0.2 <= wait_s <= 20.0 for wait_s in waits)


# -- Retry-After ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("99999", 99999.0),
        ("0000030", 30.0),
        ("100000", 86400.0),
        ("9" * 5000, 86400.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 13:00:30 +0100", 30.0),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("", 1.0),
        ("-5", 1.0),
        ("1.5", 1.0),
        ("²", 1.0),
        ("٣", 1.0),
        ("next week", 1.0),
        ("Thu, 99 Foo 2026 12:00:30 GMT", 1.0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 1.0),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", 1.0),
    ],
)
def test_the_seconds_of_a_retry_after_header(header: str, seconds: float) -> None:
    assert asked_wait_s({"retry-after": header, "date": DATE}) == seconds


def test_a_missing_retry_after_is_one_second() -> None:
    assert asked_wait_s({}) == 1.0


@given(retry_after=header_texts, date=header_texts)
@settings(max_examples=150, deadline=None)
def test_no_header_asks_for_a_negative_wait(retry_after: str, date: str) -> None:
    assert asked_wait_s({"retry-after": retry_after, "date": date}) >= 0.0


@given(offset_s=st.integers(-(10**6), 10**6), skew_s=st.integers(-(10**8), 10**8))
@settings(max_examples=60, deadline=None)
def test_a_retry_after_date_is_compared_with_the_date_of_the_response(
    offset_s: int, skew_s: int
) -> None:
    """The server's clock may differ from this machine's by hours."""

    def told(moment: datetime) -> str:
        return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")

    theirs = NOW + timedelta(seconds=skew_s)
    headers = {"retry-after": told(theirs + timedelta(seconds=offset_s)), "date": told(theirs)}
    assert asked_wait_s(headers) == max(0, offset_s)


@pytest.mark.parametrize("date", [{}, {"date": "yesterday"}, {"date": ""}])
def test_without_a_date_a_retry_after_date_is_compared_with_this_machines_clock(
    date: dict[str, str],
) -> None:
    headers = {"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT", **date}
    assert asked_wait_s(headers, now=lambda: NOW) == 30.0
    assert asked_wait_s({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT", **date}) == 0.0


# -- failures on the wire ---------------------------------------------------------------------


def reply_of(url: str, request: Request = PUT, *, limits: Limits | None = None) -> Reply:
    wire = Wire(
        limits or Limits(connect_timeout_s=5.0, read_timeout_s=5.0), trust=TlsFiles(), direct=True
    )
    clock = count().__next__
    try:
        return wire.send(request, f"{url}/x", fresh=False, limit_s=10_000.0, clock=clock)
    finally:
        wire.close()


def told(reply: Reply) -> tuple[FetchProblem | None, bool, bool]:
    """The problem, whether it is transient, and whether the request may have arrived."""
    failure = reply.failure
    if failure is None:
        return None, False, reply.has_sent
    return failure.problem, failure.is_transient, reply.has_sent


def test_a_connection_that_was_refused_has_sent_nothing() -> None:
    reply = reply_of(f"http://127.0.0.1:{unused_port()}")
    assert told(reply) == (FetchProblem.REFUSED, True, False)


def test_a_name_without_an_address_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    reply = reply_of("http://api.example.com")
    assert told(reply) == (FetchProblem.NAME_RESOLUTION, True, False)


@pytest.mark.parametrize(
    ("play", "problem", "is_transient"),
    [
        (hangs_up, FetchProblem.CLOSED, True),
        (resets, FetchProblem.RESET, True),
        (says("half", length=100), FetchProblem.BODY_BROKE_OFF, True),
        (says_raw(b"HTTP/1.1 200 OK\r\nX-Half: of"), FetchProblem.HEADERS_BROKE_OFF, True),
        (says_raw(b"SSH-2.0\r\n"), FetchProblem.NOT_HTTP, False),
        (says("Content-Encoding: gzip", "no gzip"), FetchProblem.BODY_NOT_DECODED, False),
        (says("a", status="500 Oops"), None, False),
    ],
    ids=lambda value: value.value if isinstance(value, FetchProblem) else "",
)
def test_a_request_that_was_sent_may_have_arrived(
    play: Play, problem: FetchProblem | None, is_transient: bool, serve: Serve
) -> None:
    assert told(reply_of(serve(play).url)) == (problem, is_transient, True)


def test_a_request_that_no_json_can_express_is_not_sent(serve: Serve) -> None:
    server = serve(WELL)
    endless: list[Any] = []
    endless.append(endless)
    for body in ({"a": float("nan")}, endless):
        reply = reply_of(server.url, Request(method="PUT", path="/x", json=body))
        problem, is_transient, has_sent = told(reply)
        assert problem in (FetchProblem.OTHER, FetchProblem.REQUEST_TOO_DEEP)
        assert (is_transient, has_sent, reply.status) == (False, False, None)
    assert server.seen == []


# -- a run ------------------------------------------------------------------------------------


@pytest.fixture
def again(client_of: ClientOf, clock: FakeClock) -> Callable[..., Client]:
    """A client that sends again, with a clock that moves only while it waits."""

    def make(url: str, *, budget_s: float = 60.0) -> Client:
        budget = Budget(budget_s, clock=clock, sleep=clock.sleep)
        return client_of(url, retries=True, budget=budget)

    return make


Again = Callable[..., Client]


def attempts_of(client: Client) -> list[tuple[int, int | str | None]]:
    return [(e.attempt, e.status or e.error) for e in client.recorder.exchanges]


def test_a_passing_failure_is_retried_and_leaves_its_evidence(
    serve: Serve, again: Again, clock: FakeClock
) -> None:
    server = serve(hangs_up, UNAVAILABLE, WELL)
    client = again(server.url)

    response = client.send(GET)

    closed = "a connection closed without a response"
    assert attempts_of(client) == [(1, closed), (2, 503), (3, 200)]
    assert (response.status, response.exchange) == (200, client.recorder.exchanges[-1])
    assert (len(server.seen), len(set(server.seen)), len(clock.slept)) == (3, 1, 2)


def test_the_next_request_counts_from_one(serve: Serve, again: Again) -> None:
    client = again(serve(UNAVAILABLE, WELL).url)
    for _ in range(2):
        client.send(GET)
    assert attempts_of(client) == [(1, 503), (2, 200), (1, 200)]


def test_a_lasting_failure_is_returned_as_it_is(serve: Serve, again: Again) -> None:
    client = again(serve(UNAVAILABLE).url)
    assert client.send(GET).status == 503
    assert attempts_of(client) == [(1, 503), (2, 503), (3, 503), (4, 503)]


def test_a_refused_connection_is_tried_four_times_with_any_method(again: Again) -> None:
    for method in ("GET", "PUT", "POST"):
        client = again(f"http://127.0.0.1:{unused_port()}")
        with pytest.raises(SmokeError) as caught:
            client.send(Request(method=method, path="/x", json={}))
        assert caught.value.failure.category is Category.FETCH
        assert attempts_of(client) == [(n, "connection refused") for n in (1, 2, 3, 4)]


def test_an_update_that_may_have_arrived_is_sent_once(serve: Serve, again: Again) -> None:
    for play in (hangs_up, resets, says("half", length=100)):
        server = serve(play, WELL)
        with pytest.raises(SmokeError):
            again(server.url).send(PUT)
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    "play",
    [
        says("oops", status="500 Internal Server Error"),
        says("none", status="404 Not Found"),
        says("", status="401 Unauthorized"),
        says("Location: /login", "", status="302 Found"),
        says("<html>this is no JSON"),
        says("Retry-After: 1", "{}"),
    ],
    ids=["500", "404", "401", "302", "200 with garbage", "200 with Retry-After"],
)
@pytest.mark.parametrize("restoring", [False, True])
def test_a_response_of_the_api_itself_is_not_retried(
    restoring: bool, play: Play, serve: Serve, again: Again, clock: FakeClock
) -> None:
    server = serve(play, WELL)
    client = again(server.url)
    client.send(GET, restoring=restoring)
    assert (len(server.seen), [e.attempt for e in client.recorder.exchanges], clock.slept) == (
        1,
        [1],
        [],
    )


def test_a_client_without_retries_sends_once(serve: Serve, client_of: ClientOf) -> None:
    client = client_of(serve(UNAVAILABLE, WELL).url, retries=False)
    assert client.send(GET).status == 503


def test_a_run_has_eight_retries(serve: Serve, again: Again) -> None:
    assert AT_MOST_IN_A_RUN == 8
    client = again(serve(UNAVAILABLE).url)

    for _ in range(4):
        client.send(GET)

    assert [e.attempt for e in client.recorder.exchanges] == [
        *(1, 2, 3, 4),
        *(1, 2, 3, 4),
        *(1, 2, 3),
        1,
    ]


def test_a_restoring_request_is_retried_even_when_the_run_has_no_retries_left(
    serve: Serve, again: Again
) -> None:
    client = again(serve(UNAVAILABLE).url)
    for _ in range(4):
        client.send(GET)
    before = len(client.recorder.exchanges)

    client.send(PUT, restoring=True)

    assert [e.attempt for e in client.recorder.exchanges[before:]] == [1, 2, 3, 4]


@given(
    retry_after=st.none() | st.integers(0, 30),
    budget_s=st.floats(0.5, 100.0),
    took_s=st.floats(0.0, 10.0),
    restoring=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_retries_never_outlast_the_budget(
    make_clock: Callable[..., FakeClock],
    retry_after: int | None,
    budget_s: float,
    took_s: float,
    restoring: bool,
) -> None:
    """Neither the waits do, nor a request after them that is as slow as those before."""
    clock = make_clock()
    budget = Budget(budget_s, clock=clock, sleep=clock.sleep)
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    client, sent_with_left_s = _client_with(_Busy(clock, took_s, headers), budget)
    allowed_s = budget.remaining_s(restoring=restoring)

    client.send(GET, restoring=restoring)

    assert 1 <= len(client.recorder.exchanges) <= AT_MOST + 1
    assert sum(clock.slept) + took_s * (len(client.recorder.exchanges) - 1) <= allowed_s
    assert all(left_s > 0 for left_s in sent_with_left_s)


class _Busy:
    """A wire to a target that responds with 503, always after the same time."""

    def __init__(self, clock: FakeClock, took_s: float, headers: dict[str, str]) -> None:
        self._clock = clock
        self._took_s = took_s
        self._headers = headers
        self.limits_s: list[float] = []

    def send(self, request: Request, url: str, *, limit_s: float, **_: object) -> Reply:
        self.limits_s.append(limit_s)
        self._clock.now += self._took_s
        return Reply(status=503, headers=self._headers, has_sent=True)


def _client_with(wire: _Busy, budget: Budget) -> tuple[Client, list[float]]:
    client = Client("http://127.0.0.1:9", redactor=Redactor(), limits=Limits(), budget=budget)
    client._wire = wire  # type: ignore[assignment]  # what the client asks of a wire
    return client, wire.limits_s
