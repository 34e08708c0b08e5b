"""A reverse proxy on the loopback whose upstreams stand in a file, as for blue and green."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

_UPSTREAM_LIMIT_S = 30
_TEXT = (("Content-Type", "text/plain"),)
#: Headers that concern one connection only (RFC 9110, section 7.6.1).
_OF_ONE_CONNECTION = {
    *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"),
    *("upgrade", "content-length"),
}


class Proxy:
    """Carries each request to the upstreams of a file in turn, on a free port of 127.0.0.1.

    The file has one URL a line. It is read for each request, so that whoever replaces it with `mv`
    switches at once; with an empty file, or none, the proxy answers 503.

    Args:
        upstreams: the file.

    """

    def __init__(self, upstreams: Path) -> None:
        self._upstreams = upstreams
        self._counts: Counter[str] = Counter()
        self._counted = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def next_upstream(self) -> str:
        """The upstream whose turn it is; empty if there is none."""
        try:
            listed = self._upstreams.read_text("utf-8").split()
        except FileNotFoundError:
            return ""
        if not listed:
            return ""
        with self._counted:
            chosen = listed[sum(self._counts.values()) % len(listed)]
            self._counts[chosen] += 1
            self._counted.notify_all()
        return chosen

    def when_carried(
        self, upstream: str, requests: int, action: Callable[[], None]
    ) -> threading.Thread:
        """Does something, in a thread, once an upstream got so many more requests."""
        with self._counted:
            wanted = self._counts[upstream] + requests

        def wait() -> None:
            with self._counted:
                self._counted.wait_for(lambda: self._counts[upstream] >= wanted)
            action()

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Closes it."""
        self._server.shutdown()
        self._server.server_close()


def _handler_of(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Carries a request, and the response back."""

        protocol_version = "HTTP/1.1"

        def carry(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = proxy.next_upstream()
            if not upstream:
                self.reply(503, _TEXT, b"no upstream")
                return
            connection = http.client.HTTPConnection(
                urlsplit(upstream).netloc, timeout=_UPSTREAM_LIMIT_S
            )
            try:
                connection.request(self.command, self.path, body or None, dict(_kept(self.headers)))
                response = connection.getresponse()
                self.reply(response.status, _kept(response.headers), response.read())
            except (OSError, http.client.HTTPException):
                self.reply(502, _TEXT, b"the upstream does not answer")
            finally:
                connection.close()

        def reply(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = carry

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    return Handler


def _kept(headers: Message) -> list[tuple[str, str]]:
    return [
        (name, value) for name, value in headers.items() if name.lower() not in _OF_ONE_CONNECTION
    ]
