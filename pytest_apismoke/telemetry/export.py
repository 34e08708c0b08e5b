"""Sends the trace of a run to a collector, through OpenTelemetry's own SDK (OTLP over HTTP).

The SDK is imported here only, and only where a collector is named.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pytest_apismoke import __version__
from pytest_apismoke.configuration.telling import COLLECTORS
from pytest_apismoke.telemetry.spans import SpanOfRun

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

#: How long the export may take, in seconds; together with the notifications less than the watchdog
#: gives a process that has its verdict. And the same for a run that was interrupted.
LIMIT_S, SHORT_LIMIT_S = 3.0, 1.0
INSTALL = "pip install 'pytest-apismoke[otel]'"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = "http/protobuf"
#: The spans of one request to the collector.
_AT_ONCE = 500
_NAME, _UNNAMED = "service.name", "unknown_service"


def is_asked_for(environ: Mapping[str, str]) -> bool:
    """Whether a collector is named, and tracing is not switched off."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environ.get("OTEL_TRACES_EXPORTER", "otlp").strip() not in ("", "otlp"):
        return False
    return any(environ.get(name, "").strip() for name in COLLECTORS)


def obstacle(environ: Mapping[str, str]) -> str:
    """What keeps the trace from being exported, as a note; empty where nothing does."""
    named = next((name for name in COLLECTORS if environ.get(name, "").strip()), COLLECTORS[0])
    if not _is_installed():
        return (
            f"{named} is set, and the trace of this run is not exported: {INSTALL}, or leave it:"
            " nothing else changes"
        )
    protocol = next((name for name in _PROTOCOLS if environ.get(name, "").strip()), "")
    if protocol and environ[protocol].strip() != _HTTP:
        return (
            f"{protocol} is {environ[protocol].strip()!r}, and the trace of this run is not"
            f" exported: the gate speaks {_HTTP} only"
        )
    return ""


def _is_installed() -> bool:
    try:
        return all(
            find_spec(name)
            for name in ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
        )
    except ModuleNotFoundError:
        return False


def export(spans: Sequence[SpanOfRun], *, limit_s: float) -> str:
    """Sends the spans; returns why that failed, in words that may quote the collector.

    Args:
        spans: of the run.
        limit_s: how long to wait, in seconds; what takes longer is left behind.

    """
    told: list[str] = []

    def send() -> None:
        try:
            told.append(_sent(spans, limit_s=limit_s))
        except BaseException as error:
            # Whatever a library does about a trace, the verdict stays.
            told.append(f"{type(error).__name__}: {error}")

    # No process waits for the end of a daemon, which may sleep until it tries again.
    thread = threading.Thread(target=send, name="apismoke-telemetry", daemon=True)
    thread.start()
    thread.join(limit_s)
    return told[0] if told else f"no answer within {limit_s:g} s"


def _sent(spans: Sequence[SpanOfRun], *, limit_s: float) -> str:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    give_up_at = time.monotonic() + limit_s
    with _collected() as lines:
        exporter = OTLPSpanExporter(timeout=limit_s)
        made = _sdk_spans(spans)
        try:
            for start in range(0, len(made), _AT_ONCE):
                result = exporter.export(made[start : start + _AT_ONCE])
                if result is not SpanExportResult.SUCCESS:
                    return lines[-1] if lines else "the collector did not take it"
                if time.monotonic() > give_up_at:
                    return f"no more than a part of it within {limit_s:g} s"
        finally:
            exporter.shutdown()  # type: ignore[no-untyped-call,unused-ignore]  # OpenTelemetry's own
    return ""


def _sdk_spans(spans: Sequence[SpanOfRun]) -> list[ReadableSpan]:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
    from opentelemetry.trace.status import Status, StatusCode

    def context(trace_id: str, span_id: str, *, is_remote: bool) -> SpanContext:
        return SpanContext(
            trace_id=int(trace_id, 16),
            span_id=int(span_id, 16),
            is_remote=is_remote,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )

    resource = Resource.create()
    if str(resource.attributes.get(_NAME, _UNNAMED)).startswith(_UNNAMED):
        resource = resource.merge(Resource({_NAME: "pytest-apismoke"}))
    scope = InstrumentationScope("pytest-apismoke", __version__)
    return [
        ReadableSpan(
            name=one.name,
            context=context(one.trace_id, one.span_id, is_remote=False),
            parent=context(one.trace_id, one.parent_id, is_remote=one.parent_is_remote)
            if one.parent_id
            else None,
            resource=resource,
            attributes=dict(one.attributes),
            kind=SpanKind.CLIENT if one.is_request else SpanKind.INTERNAL,
            instrumentation_scope=scope,
            status=Status(StatusCode.UNSET)
            if one.error is None
            else Status(StatusCode.ERROR, one.error or None),
            start_time=round(one.started_at * 1e9),
            end_time=round(one.ended_at * 1e9),
        )
        for one in spans
    ]


@contextmanager
def _collected() -> Iterator[list[str]]:
    """What the libraries log, in the place of showing it."""
    lines: list[str] = []
    handler = _Collecting(lines.append)
    logger = logging.getLogger("opentelemetry")
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates


class _Collecting(logging.Handler):
    def __init__(self, take: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._take = take

    def emit(self, record: logging.LogRecord) -> None:
        self._take(record.getMessage())
