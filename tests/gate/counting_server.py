"""A server that counts requests and connections, and holds requests until so many are there."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

#: The longest time that a request is held, in seconds: those that it waits for do not come.
_PATIENCE_S = 5.0
#: How long the first item takes where others have to be sent ahead, in seconds.
_FIRST_S = 0.02
LOGIN = "/api/auth/login"
TOKEN = "opaque-canary-of-the-counting-server"


class CountingServer(ThreadingHTTPServer):
    """Answers `/items/N` with the number, until a test tells it otherwise.

    Args:
        holds_until: no item but the first is answered before so many have been asked for at the
            same time.
        bears: what is more than so many at once is refused with 429.
        status_of: the status of an item, by its number.
        login_status: the status of the login.
        needs_token: whether an item is refused without a token.
        serves_one: whether it serves one connection after the other, each until it is closed.

    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        *,
        holds_until: int = 1,
        bears: int = 1000,
        status_of: Callable[[int], int] = lambda number: 200,
        login_status: int = 200,
        needs_token: bool = False,
        serves_one: bool = False,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.holds_until = holds_until
        self.bears = bears
        self.status_of = status_of
        self.login_status = login_status
        self.needs_token = needs_token
        self.serves_one = serves_one
        self.seen: list[str] = []
        self.at_once = self.most_at_once = 0
        self.connections: set[socket.socket] = set()
        self.most_open = 0
        self.are_there = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, or at once."""
        if self.serves_one:
            HTTPServer.process_request(self, request, client_address)
        else:
            super().process_request(request, client_address)

    def items(self) -> list[str]:
        """The items that were asked for, in order."""
        return [path for path in self.seen if path.startswith("/items/")]

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: CountingServer

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections.add(self.connection)
            there = sum(not _is_closed(one) for one in self.server.connections)
            self.server.most_open = max(self.server.most_open, there)

    def finish(self) -> None:
        with self.server.lock:
            self.server.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        server = self.server
        if not self.path.startswith("/items/"):
            self._say(200, {"status": "ok"})
            return
        with server.lock:
            server.seen.append(self.path)
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            is_too_much = server.at_once > server.bears
            is_first = len(server.seen) == 1
            if server.at_once >= server.holds_until:
                server.are_there.set()
        try:
            if is_too_much:
                self._say(429, {"error": "too many"}, retry_after="0")
                return
            if not is_first:
                server.are_there.wait(_PATIENCE_S)
            elif server.holds_until > 1 or server.serves_one:
                # Else the others are not sent before their checks begin.
                threading.Event().wait(_FIRST_S)
            if server.needs_token and "Authorization" not in self.headers:
                self._say(401, {"error": "no token"})
                return
            number = int(self.path.rpartition("/")[2])
            self._say(server.status_of(number), {"id": number})
        finally:
            with server.lock:
                server.at_once -= 1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._say(self.server.login_status, {"access_token": TOKEN, "token_type": "bearer"})

    def _say(self, status: int, body: Any, *, retry_after: str = "") -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


def _is_closed(connection: socket.socket) -> bool:
    """Whether the client has closed a connection, which its own thread may not have seen yet."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
