"""The trace of a run: what each request says of it, and what the surroundings say of the run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from unit.conftest import FakeClock
from unit.loopback import RawServer, says

from pytest_apismoke import __version__
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, Limits, Login
from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.ahead_request import AheadRequest, Departed
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.outgoing import outgoing
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.target_session import TargetSession
from pytest_apismoke.http.ticket import Ticket
from pytest_apismoke.http.trace import Trace, parent_in
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.unshown import id_is_only_sent

Serve = Callable[..., RawServer]

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE_ID}-{SPAN_ID}-01"
GET = Request(method="GET", path="/x")


def begun(traceparent: str = "") -> Trace:
    return Trace.begin("97354f56", traceparent, clock=lambda: 100.0)


def client_of(server: RawServer, trace: Trace | None = None) -> Client:
    return Client(
        server.url,
        redactor=Redactor(),
        limits=Limits(),
        budget=Budget(60.0),
        trace=trace or Trace.begin("97354f56"),
    )


def headers_of(seen: str) -> dict[str, str]:
    lines = seen.split("\r\n\r\n")[0].split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


# -- the surroundings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traceparent", "parent"),
    [
        (GIVEN, (TRACE_ID, SPAN_ID)),
        (f" 00-{TRACE_ID}-{SPAN_ID}-00\n", (TRACE_ID, SPAN_ID)),
        (f"01-{TRACE_ID}-{SPAN_ID}-01-more", (TRACE_ID, SPAN_ID)),
        (f"00-{TRACE_ID}-{SPAN_ID}-01-more", None),
        (f"ff-{TRACE_ID}-{SPAN_ID}-01", None),
        (f"00-{'0' * 32}-{SPAN_ID}-01", None),
        (f"00-{TRACE_ID}-{'0' * 16}-01", None),
        (f"00-{TRACE_ID.upper()}-{SPAN_ID}-01", None),
        (f"00-{TRACE_ID}-{SPAN_ID}", None),
        ("hello", None),
        ("", None),
    ],
)
def test_the_surroundings_name_a_trace_as_the_specification_says(
    traceparent: str, parent: tuple[str, str] | None
) -> None:
    assert parent_in(traceparent) == parent


def test_a_run_is_a_part_of_the_trace_that_its_surroundings_name() -> None:
    trace = begun(GIVEN)
    assert (trace.trace_id, trace.parent_id) == (TRACE_ID, SPAN_ID)
    assert trace.span_id != SPAN_ID


def test_a_run_has_a_trace_of_its_own_where_nobody_names_one() -> None:
    one, another = begun(), begun("nonsense")
    assert {len(one.trace_id), len(another.trace_id)} == {32}
    assert one.trace_id != another.trace_id
    assert (one.parent_id, another.parent_id) == ("", "")


def test_another_process_knows_when_the_run_began_by_the_time_of_day() -> None:
    """Its monotonic clock says nothing about that of the first."""
    trace = replace(begun(), began_at=time.time() - 2.5)
    there = trace.of_this_process(clock=lambda: 7000.0)
    assert there.began_s == pytest.approx(6997.5, abs=0.2)
    assert replace(there, began_s=trace.began_s) == trace


# -- what each request says -------------------------------------------------------------------


def test_a_request_names_the_tool_the_run_the_trace_and_itself() -> None:
    headers = begun(GIVEN).headers()
    assert headers["User-Agent"] == f"pytest-apismoke/{__version__} (run 97354f56)"
    assert re.fullmatch(rf"00-{TRACE_ID}-[0-9a-f]{{16}}-01", headers["traceparent"])
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])
    assert len(headers) == 3


def test_each_request_is_a_span_of_its_own() -> None:
    trace = begun()
    every = [trace.headers() for _ in range(100)]
    assert len({one["traceparent"] for one in every}) == 100
    assert len({one["X-Request-ID"] for one in every}) == 100
    assert not any(trace.span_id in one["traceparent"] for one in every)


def test_another_host_learns_no_more_than_who_asks() -> None:
    assert begun(GIVEN).elsewhere().headers() == {
        "User-Agent": f"pytest-apismoke/{__version__} (run 97354f56)"
    }


@pytest.mark.parametrize("name", ["User-Agent", "x-request-id", "Traceparent"])
def test_a_header_that_a_request_gives_itself_wins(name: str) -> None:
    sent = outgoing(replace(GET, headers={name: "mine"}), begun().headers()).headers
    assert {key.lower(): value for key, value in sent.items()}[name.lower()] == "mine"
    assert len(sent) == len(outgoing(GET, begun().headers()).headers)


@pytest.mark.parametrize("name", ["User-Agent", "x-request-id", "Traceparent"])
def test_a_header_that_a_request_leaves_empty_is_not_sent(name: str) -> None:
    sent = outgoing(replace(GET, headers={name: ""}), begun().headers()).headers
    assert name.lower() not in {key.lower() for key in sent}
    assert len(sent) == len(outgoing(GET, begun().headers()).headers) - 1


# -- over the wire ----------------------------------------------------------------------------


def test_an_attempt_is_a_span_of_its_own_and_its_record_has_it(serve: Serve) -> None:
    server = serve(says("", status="503 Busy"), says("{}"))
    client = client_of(server)
    client.send(GET)
    sent = [headers_of(seen) for seen in server.seen]
    first, second = client.recorder.exchanges
    assert (first.attempt, second.attempt) == (1, 2)
    assert sent[0]["traceparent"] != sent[1]["traceparent"]
    assert sent[0]["x-request-id"] != sent[1]["x-request-id"]
    for exchange, headers in zip((first, second), sent, strict=True):
        recorded = {name.lower(): value for name, value in exchange.sent_headers}
        assert recorded == {name: value for name, value in headers.items() if name != "host"}
        assert client.trace is not None
        assert exchange.trace_id == client.trace.trace_id
    assert first.started_s is not None
    assert second.started_s is not None
    assert 0 <= first.started_s < second.started_s


def test_the_record_has_the_body_that_was_sent_and_the_headers_that_came(serve: Serve) -> None:
    server = serve(says("X-A: 1", "Set-Cookie: a=b", "Set-Cookie: c=d", "{}"))
    response = client_of(server).send(
        Request(method="POST", path="/x", json={"name": "é", "password": "canary"})
    )
    exchange = response.exchange
    assert exchange.sent_excerpt == '{"name": "é", "password": "[redacted]"}'
    received = [pair for pair in exchange.received_headers if pair[0] in ("x-a", "set-cookie")]
    assert received == [("x-a", "1"), ("set-cookie", "[redacted]"), ("set-cookie", "[redacted]")]


def test_the_record_of_a_response_with_a_secret_has_no_value_that_may_be_it(serve: Serve) -> None:
    server = serve(says("X-Session: canary", "X-Request-ID: req-1", "Location: /canary", "{}"))
    request = Request(method="POST", path="/login", response_is_secret=True)
    received = dict(client_of(server).send(request).exchange.received_headers)
    assert received["x-session"] == "[redacted]"
    assert received["location"] == "[redacted]"
    assert received["x-request-id"] == "req-1"


def session_of(server: RawServer) -> TargetSession:
    client = client_of(server)
    auth = Auth(client, Login(), Credentials(token="token-of-the-run"))
    return TargetSession(Target(client, auth, DEFAULT_PROFILE), allow=lambda _: None)


def test_a_session_says_the_same_and_none_of_it_to_another_host(serve: Serve) -> None:
    server, other = serve(says("{}")), serve(says("{}"))
    session = session_of(server)
    session.get("/x")
    session.get(f"{other.url}/x")
    at_target, elsewhere = headers_of(server.seen[0]), headers_of(other.seen[0])
    assert {"traceparent", "x-request-id"} <= at_target.keys()
    assert not {"traceparent", "x-request-id"} & elsewhere.keys()
    assert at_target["user-agent"] == elsewhere["user-agent"] == begun().user_agent


def test_a_session_leaves_out_what_is_none_and_sends_what_is_given(serve: Serve) -> None:
    server = serve(says("{}"))
    session = session_of(server)
    session.headers["X-Request-ID"] = "mine"
    session.get("/x", headers={"traceparent": None, "User-Agent": None})
    headers = headers_of(server.seen[0])
    assert headers["x-request-id"] == "mine"
    assert not {"traceparent", "user-agent"} & headers.keys()


def test_what_was_sent_ahead_has_the_moment_when_it_was_sent(serve: Serve) -> None:
    """Not that of the check which asks for its answer later."""
    server = serve(says("{}"))
    clock = FakeClock()
    budget = Budget(60.0, clock=clock)
    trace = Trace.begin("97354f56", clock=clock)
    client = Client(server.url, redactor=Redactor(), limits=Limits(), budget=budget, trace=trace)
    clock.now += 2.0
    ahead = Ahead(Sender(client), at_once=4, rate=client.rate, clock=clock, later=lambda *_: None)
    ahead.send({"a check": AheadRequest(request=GET)})
    ahead.settle()
    clock.now += 5.0
    response = client.recording(Recorder(), Ticket(ahead, "a check")).send(GET)
    assert response.exchange.started_s == 2.0
    assert (
        dict(response.exchange.sent_headers)["traceparent"]
        == headers_of(server.seen[0])["traceparent"]
    )
    assert len(server.seen) == 1


class Sender:
    """Sends requests ahead, as they are."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def start(self, ahead: AheadRequest, when_done: Callable[[], None]) -> Departed:
        return self._client.start(ahead.request, fresh=False, when_done=when_done)

    def is_in_vain(self, ahead: AheadRequest, reply: Reply) -> bool:
        return False


# -- the id of a request ----------------------------------------------------------------------

IDS = {
    "its own": (("X-Request-ID: req-1", "CF-Ray: ray-1"), "req-1"),
    "a correlation": (("X-Correlation-ID: cor-1", "X-Amzn-Trace-Id: Root=1"), "cor-1"),
    "a gateway of Amazon": (("x-amzn-RequestId: req-2", "X-Amzn-Trace-Id: Root=1"), "req-2"),
    "Amazon's trace": (("X-Amzn-Trace-Id: Root=1-67891233-abcdef",), "Root=1-67891233-abcdef"),
    "Cloudflare": (("CF-Ray: 230b030023ae2822-SJC",), "230b030023ae2822-SJC"),
    "Google": (("X-Cloud-Trace-Context: 105445/1;o=1",), "105445/1;o=1"),
    "a trace": ((f"traceresponse: {GIVEN}",), GIVEN),
    "an empty one": (("X-Request-ID:", "CF-Ray: ray-1"), "ray-1"),
}


@pytest.mark.parametrize(("said", "request_id"), IDS.values(), ids=IDS)
def test_the_id_is_the_one_that_the_response_names(
    said: tuple[str, ...], request_id: str, serve: Serve
) -> None:
    exchange = client_of(serve(says(*said, "{}"))).send(GET).exchange
    assert (exchange.request_id, id_is_only_sent(exchange.evidence)) == (request_id, False)


def test_without_one_it_is_the_id_that_was_sent(serve: Serve) -> None:
    server = serve(says("{}", status="500 Oops"))
    response = client_of(server).send(GET)
    assert response.exchange.request_id == headers_of(server.seen[0])["x-request-id"]
    assert id_is_only_sent(response.exchange.evidence)
    assert response.log_hint == "look into the target's log at the time of the request"


def test_what_was_never_sent_has_no_id(serve: Serve) -> None:
    server = serve(says("{}"))
    server.stop()
    client = client_of(server)
    with pytest.raises(Exception, match="refused"):
        client.send(GET)
    assert {exchange.request_id for exchange in client.recorder.exchanges} == {None}


def test_an_id_that_the_response_repeats_is_a_known_one(serve: Serve) -> None:
    def echo(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Request-ID: mine\r\nContent-Length: 2\r\n\r\n{}")

    response = client_of(serve(echo)).send(replace(GET, headers={"X-Request-ID": "mine"}))
    assert response.exchange.request_id == "mine"
    assert not id_is_only_sent(response.exchange.evidence)
    assert response.log_hint == "look into the target's log at the request id"
