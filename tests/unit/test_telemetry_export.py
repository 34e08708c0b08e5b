"""The export to a collector: what it gets, and what becomes of a run where it takes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs the extra otel")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra otel")

from collector import Collector
from unit.traced import FACTS, TRACE, check, report_of

from pytest_apismoke.redaction import Redactor
from pytest_apismoke.run.exporting import Exporter
from pytest_apismoke.telemetry import export

VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
PASS = report_of(check())


@pytest.fixture(autouse=True)
def nothing_of_the_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as started:
        monkeypatch.setenv(VARIABLE, started.url)
        yield started


def exported(**environ: str) -> str:
    return Exporter({VARIABLE: "http://x", **environ}, Redactor().text).export(PASS, in_short=False)


def test_the_collector_gets_the_trace_as_it_was_sent(collector: Collector) -> None:
    assert exported() == ""
    root, span = collector.spans()
    assert collector.paths == ["/v1/traces"]
    assert collector.resource["service.name"] == "pytest-apismoke"
    assert (root["name"], root["trace"], root["id"], root["parent"]) == (
        "apismoke smoke",
        TRACE.trace_id,
        TRACE.span_id,
        TRACE.parent_id,
    )
    assert (root["start"], root["end"]) == (TRACE.began_at, TRACE.began_at + FACTS.duration_s)
    assert root["attributes"]["apismoke.verdict"] == "pass"
    assert root["attributes"]["apismoke.exit_code"] == 0
    assert (span["parent"], span["attributes"]["test.case.name"]) == (
        TRACE.span_id,
        "settings::save",
    )


def test_the_service_is_the_one_that_the_environment_names(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "gate-of-the-shop")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=canary")
    assert exported() == ""
    assert collector.resource["service.name"] == "gate-of-the-shop"
    assert collector.resource["deployment.environment.name"] == "staging"
    assert collector.headers[0]["x-key"] == "canary"


def test_a_trace_of_many_checks_is_sent_in_parts(collector: Collector) -> None:
    many = report_of(*(check(name=f"x::{number}") for number in range(1200)))
    assert Exporter({VARIABLE: "http://x"}, str).export(many, in_short=False) == ""
    assert (len(collector.bodies), len(collector.spans())) == (3, 1201)


def test_a_collector_that_refuses_is_told_of(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 400
    told = exported()
    assert told.startswith("the trace of this run was not exported: ")
    assert "400" in told
    assert caplog.records == []


def test_a_collector_that_hangs_is_left_behind(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LIMIT_S", 0.3)
    collector.answer_never()
    started = time.monotonic()
    told = exported()
    assert time.monotonic() - started < 3.0
    assert told.startswith("the trace of this run was not exported: ")


def test_a_collector_that_is_busy_is_not_waited_for(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK would try again, for as long as it takes."""
    monkeypatch.setattr(export, "LIMIT_S", 0.5)
    collector.status = 503
    started = time.monotonic()
    assert exported().startswith("the trace of this run was not exported: ")
    assert time.monotonic() - started < 3.0


def test_a_collector_that_is_not_there_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with Collector() as gone:
        monkeypatch.setenv(VARIABLE, gone.url)
    monkeypatch.setattr(export, "LIMIT_S", 0.5)
    assert exported().startswith("the trace of this run was not exported: ")


def test_what_a_collector_says_is_told_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    redactor = Redactor()
    redactor.learn("canary-secret", "OTEL_EXPORTER_OTLP_HEADERS")
    monkeypatch.setattr(export, "export", lambda spans, limit_s: "no canary-secret\x1b[2J")
    told = Exporter({VARIABLE: "http://x"}, redactor.text).export(PASS, in_short=False)
    assert told == "the trace of this run was not exported: no [redacted]\ufffd[2J"


def test_a_call_that_was_refused_exports_nothing(collector: Collector) -> None:
    refused = replace(PASS, facts=replace(FACTS, trace=None))
    assert Exporter({VARIABLE: "http://x"}, str).export(refused, in_short=False) == ""
    assert collector.bodies == []


@pytest.mark.parametrize(
    ("environ", "is_asked_for"),
    [
        ({}, False),
        ({VARIABLE: ""}, False),
        ({VARIABLE: "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x/v1/traces"}, True),
        ({VARIABLE: "http://x", "OTEL_SDK_DISABLED": "true"}, False),
        ({VARIABLE: "http://x", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({VARIABLE: "http://x", "OTEL_TRACES_EXPORTER": "otlp"}, True),
    ],
)
def test_a_trace_is_exported_where_the_environment_asks_for_it(
    environ: dict[str, str], is_asked_for: bool
) -> None:
    assert export.is_asked_for(environ) is is_asked_for


def test_without_the_extra_the_run_goes_on_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """In many CI systems the variable is set for other tools."""
    monkeypatch.setattr(export, "_is_installed", lambda: False)
    exporter = Exporter({VARIABLE: "http://x"}, str)
    assert exporter.obstacle == (
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the trace of this run is not exported:"
        " pip install 'pytest-apismoke[otel]', or leave it: nothing else changes"
    )
    assert exporter.export(PASS, in_short=False) == ""


def test_another_protocol_is_told_of() -> None:
    environ = {VARIABLE: "http://x:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    assert Exporter(environ, str).obstacle == (
        "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc', and the trace of this run is not exported: the gate"
        " speaks http/protobuf only"
    )
