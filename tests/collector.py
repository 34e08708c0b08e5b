"""A stand-in for a collector of traces, on the loopback: it takes them over OTLP/HTTP, or not."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Collector(ThreadingHTTPServer):
    """Keeps the spans that were posted, and the headers of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.status = 200
        #: Set at the end, so that requests that hang do not outlive the test.
        self.hang: threading.Event | None = None

    def __enter__(self) -> Collector:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.hang:
            self.hang.set()
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        """Its base URL, as OTEL_EXPORTER_OTLP_ENDPOINT takes it."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer_never(self) -> None:
        """From now on takes traces and says nothing."""
        self.hang = threading.Event()

    @property
    def resource(self) -> dict[str, Any]:
        """What the first trace says about its service."""
        return _plain(self._requests()[0].resource_spans[0].resource.attributes)

    def spans(self) -> list[dict[str, Any]]:
        """The spans in their order, with ids in hexadecimal digits."""
        return [
            {
                "name": span.name,
                "trace": span.trace_id.hex(),
                "id": span.span_id.hex(),
                "parent": span.parent_span_id.hex(),
                "kind": span.kind,
                "start": span.start_time_unix_nano / 1e9,
                "end": span.end_time_unix_nano / 1e9,
                "status": (span.status.code, span.status.message),
                "attributes": _plain(span.attributes),
            }
            for request in self._requests()
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def _requests(self) -> list[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]


def _plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append(body)
        self.server.headers.append(dict(self.headers))
        self.server.paths.append(self.path)
        if self.server.hang:
            self.server.hang.wait(60)
            return
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""
