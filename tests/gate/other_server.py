"""A backend that does everything, and calls nothing as the default profile does."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness import PASSWORD, USERNAME

TOKEN = "opaque-canary-of-the-other-server"
#: What an `apismoke.toml` has to say of it.
CONFIGURATION = """
    [readiness]
    path = "/live"
    status_pointer = "/checks/database"
    healthy_status = ["GREEN"]
    version_pointer = "/build"

    [login]
    path = "/session"
    username_field = "email"
    password_field = "pass"
    token_pointer = "/data/token"
    header = "X-Api-Key"
    scheme = ""

    [document]
    path = "/v2/account"
    update_method = "PATCH"
    update_statuses = [204]
    probe = "/about"
    volatile = ["seen_at"]

    [calendar]
    connected_field = "calendar"
    start_path = "/v2/calendar/start"
    account_parameter = "account"

    [twilio]
    number_field = "phone"
    enabled_field = "answers_calls"
    recommended = []
"""


class OtherServer(ThreadingHTTPServer):
    """Keeps a `document`; while it `refuses`, which begins once it is told to `refuse_soon` and has
    taken an update, every update is answered 503.

    With a `wall`, a value of the header X-Wall, each request without it is `held_up` by a redirect.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.document: dict[str, Any] = {
            "id": "acc_1",
            "name": "Other",
            "about": "Another one",
            "phone": "+14155550123",
            "answers_calls": True,
            "calendar": False,
        }
        self.reads = 0
        self.refuse_soon = False
        self.refuses = False
        self.wall = ""
        self.held_up = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: OtherServer

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if not self.server.wall or self.headers["X-Wall"] == self.server.wall:
            return True
        self.server.held_up += 1
        self.send_response(302)
        self.send_header("Location", "https://sso.example/login")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/live":
            self._answer(200, {"checks": {"database": "green"}, "build": "7"})
        elif path == "/v2/account" and self._is_owner():
            self.server.reads += 1
            self._answer(200, {**self.server.document, "seen_at": self.server.reads})
        elif (path, query) == ("/v2/calendar/start", "account=acc_1"):
            self._answer(200, {"available": False, "error": "off", "detail": "no client id"})
        else:
            self._answer(401 if path == "/v2/account" else 404, {"error": "no"})

    def do_POST(self) -> None:
        right = self._sent() == {"email": USERNAME, "pass": PASSWORD}
        found = self.path == "/session" and right
        self._answer(*((201, {"data": {"token": TOKEN}}) if found else (401, {"error": "no"})))

    def do_PATCH(self) -> None:
        sent = self._sent()
        if self.path != "/v2/account" or not self._is_owner():
            self._answer(401, {"error": "no"})
            return
        if self.server.refuses:
            self._answer(503, {"error": "read_only"})
            return
        self.server.refuses = self.server.refuse_soon
        self.server.document = {**self.server.document, **sent}
        self._answer(204, None)

    def _is_owner(self) -> bool:
        return self.headers["X-Api-Key"] == TOKEN

    def _sent(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, status: int, body: Mapping[str, Any] | None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if data:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass
