"""A `ShapedBackend` over real HTTP, with the login and the pages that a run asks for besides."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness import PASSWORD, USERNAME
from shaped_backend import Answer, Shape, ShapedBackend

TOKEN = "a-token-of-the-shaped-server"


class ShapedServer(ThreadingHTTPServer):
    """Serves the settings of one shape to the one account that logs in."""

    daemon_threads = True

    def __init__(self, shape: Shape) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.backend = ShapedBackend(shape)
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def configuration(self) -> str:
        """What an `apismoke.toml` has to say of it."""
        return f"[document]\n{self.backend.shape.lines}\n"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ShapedServer

    def do_GET(self) -> None:
        self._answer(self._respond())

    def do_POST(self) -> None:
        self._answer(self._respond())

    def do_PUT(self) -> None:
        self._answer(self._respond())

    def do_PATCH(self) -> None:
        self._answer(self._respond())

    def _respond(self) -> Answer:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        if path == "/health":
            return Answer(status=200, body={"status": "ok"})
        if path == "/oauth/google/start":
            reason = {"error": "not_configured", "detail": "no client id"}
            return Answer(status=200, body={"available": False, **reason})
        if path == "/api/auth/login":
            right = json.loads(body) == {"email": USERNAME, "password": PASSWORD}
            return Answer(status=200, body={"access_token": TOKEN}) if right else _REFUSED
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return _REFUSED
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            return self.server.backend.handle(self.command, path, headers, body)

    def _answer(self, answer: Answer) -> None:
        data = b"" if answer.status == 204 else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            for line in value.split("\n"):
                self.send_header(name, line)
        if data:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
        pass


_REFUSED = Answer(status=401, body={"error": "unauthorized", "detail": "a token is required"})
