"""A reverse proxy that spoils requests, as a gateway does while what is behind it is replaced."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_UPSTREAM_LIMIT_S = 60.0
#: What belongs to one connection and is not passed on (RFC 9110, 7.6.1).
_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade"})
_PAGE = b"<!doctype html><title>gateway</title><h1>nothing is behind this gateway</h1>"
_PROBLEM = b'{"error": "unavailable", "detail": "the service is being replaced"}'


class Spoiled(str, Enum):
    """What happens to a request in place of being passed on; what is CUT is passed on before."""

    PAGE = "200 with a page"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    RESET = "reset"
    CUT = "cut"

    def __str__(self) -> str:
        return self.value


#: Decides over each request from its method and its path without the query.
Decision = Callable[[str, str], "Spoiled | None"]


class Noise:
    """Spoils a share of the safe requests, by seeded chance."""

    def __init__(self, share: float, seed: object) -> None:
        self._share = share
        self._chance = random.Random(str(seed))  # noqa: S311  # chance that can be had again

    def __call__(self, method: str, path: str) -> Spoiled | None:
        """Decides; the same seed gives the same decisions in the same order."""
        if method not in SAFE_METHODS or self._chance.random() >= self._share:
            return None
        return self._chance.choice((Spoiled.BAD_GATEWAY, Spoiled.UNAVAILABLE, Spoiled.RESET))


class Script:
    """Spoils the first requests of a route as told, and passes on all others.

    Args:
        routes: from `METHOD /path` to what happens to the first such requests, one after the
            other; None passes one on.

    """

    def __init__(self, routes: Mapping[str, Sequence[Spoiled | None]]) -> None:
        self._routes = {route: list(spoiled) for route, spoiled in routes.items()}

    def __call__(self, method: str, path: str) -> Spoiled | None:
        """Decides."""
        left = self._routes.get(f"{method} {path}")
        return left.pop(0) if left else None


class NoisyProxy(ThreadingHTTPServer):
    """Stands in front of a backend on a loopback port of its own; serves as a forward proxy too.

    `arrived` counts the requests by `METHOD /path`, `spoiled` those of them that were not answered
    by the backend, by what happened instead. `headers` are those of each, in the order in which
    they arrived, with names in lower case.
    """

    daemon_threads = True
    # Of a run with workers: nobody is to wait for a place in the queue.
    request_queue_size = 128

    def __init__(self, upstream: str, decide: Decision) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.arrived: Counter[str] = Counter()
        self.spoiled: Counter[Spoiled] = Counter()
        self.headers: list[dict[str, str]] = []
        self._decide = decide
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def take(
        self, method: str, path: str, headers: Iterable[tuple[str, str]] = ()
    ) -> Spoiled | None:
        """Counts a request, and decides over it."""
        with self._lock:
            self.headers.append({name.lower(): value for name, value in headers})
            self.arrived[f"{method} {path}"] += 1
            spoiled = self._decide(method, path)
            if spoiled:
                self.spoiled[spoiled] += 1
            return spoiled

    def stop(self) -> None:
        """Ends it."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a client that was killed leaves broken connections."""


class _Handler(BaseHTTPRequestHandler):
    server: NoisyProxy
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; held back, the second would wait for an acknowledgement.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        upstream = self.server.upstream
        self._upstream = HTTPConnection(
            upstream.hostname or "", upstream.port, timeout=_UPSTREAM_LIMIT_S
        )

    def finish(self) -> None:
        self._upstream.close()
        super().finish()

    def _pass_on_or_spoil(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        spoiled = self.server.take(self.command, path, self.headers.items())
        if spoiled is Spoiled.PAGE:
            self._answer(200, "text/html", _PAGE)
        elif spoiled is Spoiled.SERVER_ERROR:
            self._answer(500, "application/json", _PROBLEM)
        elif spoiled is Spoiled.BAD_GATEWAY:
            self._answer(502, "text/html", _PAGE)
        elif spoiled is Spoiled.UNAVAILABLE:
            self._answer(503, "application/json", _PROBLEM)
        elif spoiled is Spoiled.RESET:
            self._reset()
        else:
            self._pass_on(body, cut=spoiled is Spoiled.CUT)

    def do_GET(self) -> None:
        self._pass_on_or_spoil()

    def do_POST(self) -> None:
        self._pass_on_or_spoil()

    def do_PUT(self) -> None:
        self._pass_on_or_spoil()

    def do_CONNECT(self) -> None:
        """Lets nothing through that it can't read."""
        self.server.take(self.command, self.path)
        self._answer(405, "text/html", _PAGE)

    def _pass_on(self, body: bytes, *, cut: bool) -> None:
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in _OF_THE_CONNECTION
        }
        # As a proxy that a client was told to use it is asked with the whole URL.
        path = urlsplit(self.path)._replace(scheme="", netloc="").geturl()
        self._upstream.request(self.command, path, body=body or None, headers=headers)
        response = self._upstream.getresponse()
        content = response.read()
        self._begin(response, len(content))
        if cut:
            self.wfile.write(content[: len(content) // 2])
            self._reset()
        else:
            self.wfile.write(content)

    def _begin(self, response: HTTPResponse, length: int) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in (*_OF_THE_CONNECTION, "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _answer(self, status: int, content_type: str, content: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _reset(self) -> None:
        """Ends the connection with a reset instead of an end."""
        self.close_connection = True
        abort = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)
        # The socket closes only with what was made of it.
        self.rfile.close()
        with contextlib.suppress(OSError):
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass
