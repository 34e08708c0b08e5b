"""Every request of a run names it, in every process and in every step; the report has it all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from collector import Collector
from harness import Backend, Gate
from noisy_proxy import NoisyProxy, Script, Spoiled

from pytest_apismoke import __version__

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE_ID}-{SPAN_ID}-01"
TRACEPARENT = re.compile(rf"00-{TRACE_ID}-([0-9a-f]{{16}})-01")
FETCH = "GET /api/business/me"
OF_A_USER = """
import pytest

@pytest.mark.smoke
def test_of_a_user(smoke_client, smoke_session):
    smoke_client.get("/health")
    smoke_session.get("/health")
    smoke_session.get("/health", headers={"traceparent": None, "X-Request-ID": "mine"})
"""


@pytest.fixture
def front(backend: Backend) -> Iterator[NoisyProxy]:
    """A proxy that keeps the headers, and refuses one request once."""
    started = NoisyProxy(backend.url, Script({FETCH: [None, Spoiled.UNAVAILABLE]}))
    yield started
    started.stop()


def exchanges_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    found = [*report["run"]["exchanges"]]
    for check in report["checks"]:
        found += check["exchanges"]
    return found


def test_every_request_of_a_run_is_a_part_of_the_trace_around_it(
    gate: Gate, front: NoisyProxy, workers: int
) -> None:
    gate.write("test_user.py", OF_A_USER)
    ended = gate.against_url(
        front.url, "--smoke", "test_user.py", workers=workers, TRACEPARENT=GIVEN
    )
    assert ended.code == 0, ended.output
    run = ended.report["run"]
    assert run["trace_id"] == TRACE_ID
    named = [one for one in front.headers if "traceparent" in one]
    spans = [TRACEPARENT.fullmatch(one["traceparent"]) for one in named]
    assert all(spans)
    assert len({span[1] for span in spans if span}) == len(named)
    assert [one["x-request-id"] for one in front.headers if "traceparent" not in one] == ["mine"]
    assert len({one["x-request-id"] for one in front.headers}) == len(front.headers)
    agent = f"pytest-apismoke/{__version__} (run {run['id']})"
    assert {one["user-agent"] for one in front.headers} == {agent}
    # The report has no request that was not sent, and begins with the first one.
    sent = {one["x-request-id"] for one in front.headers}
    told = exchanges_of(ended.report)
    ids = {h["value"] for one in told for h in one["sent_headers"] if h["name"] == "X-Request-ID"}
    assert ids <= sent
    assert all(0 <= one["started_s"] <= ended.report["duration_s"] for one in told)


def test_a_run_is_exported_with_the_spans_that_it_sent(gate: Gate, backend: Backend) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra otel")
    with Collector() as collector:
        ended = gate.against(
            backend, "--smoke", TRACEPARENT=GIVEN, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
        )
        spans = collector.spans()
    assert (ended.code, ended.err) == (0, "")
    root = next(one for one in spans if one["parent"] == SPAN_ID)
    assert root["attributes"]["apismoke.verdict"] == "pass"
    assert root["attributes"]["apismoke.run_id"] == ended.report["run"]["id"]
    sent = {
        found[1]
        for one in exchanges_of(ended.report)
        for header in one["sent_headers"]
        if (found := TRACEPARENT.fullmatch(header["value"]))
    }
    requests = {one["id"] for one in spans if "url.full" in one["attributes"]}
    assert requests == sent
    assert {one["trace"] for one in spans} == {TRACE_ID}


def test_a_collector_that_is_not_there_changes_nothing_but_a_line(
    gate: Gate, backend: Backend
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra otel")
    ended = gate.against(backend, "--smoke", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert ended.code == 0
    assert "apismoke: the trace of this run was not exported: " in ended.err
