"""A backend inside the test's own process, which can change its document and what it refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness import PASSWORD, USERNAME

TOKEN = "a-token-of-the-toy-server"
ME = "/api/business/me"
#: What can be wrong with a further document: no answer, refused, dropped, served to anyone.
FETCH, SAVE, PERSIST, OPEN = "fetch", "save", "persist", "open"


class ToyServer(ThreadingHTTPServer):
    """Responds like the API of SPEC section 5, until a test tells it otherwise.

    `document` is what it keeps, and `others` are further documents by their paths; `broken` says
    what is wrong with one of them. After each update of the settings that it takes it calls
    `after_update`, before the answer is sent; what that changes decides what happens next: while
    `refuses` an update is answered 503, while `is_dead` every connection is closed without an
    answer.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.document: dict[str, Any] = {
            "id": "biz_1",
            "name": "Toy",
            "description": "A toy",
            "industry": "Toys",
            "greeting_style": "Hello",
            "phone_number": None,
            "receptionist_enabled": False,
            "google_calendar_connected": False,
        }
        self.others: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, str] = {}
        self.after_update: Callable[[], None] = lambda: None
        self.version = "1"
        self.refuses = False
        self.is_dead = False
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not self.is_dead

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def die(self) -> None:
        self.is_dead = True

    def refuse(self) -> None:
        self.refuses = True


class _Handler(BaseHTTPRequestHandler):
    server: ToyServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/health":
            self._answer(200, {"status": "ok", "version": self.server.version})
        elif path == "/oauth/google/start":
            reason = {"error": "not_configured", "detail": "no client id"}
            self._answer(200, {"available": False, **reason})
        elif path == ME:
            self._for_the_owner(lambda: (200, self.server.document))
        elif path in self.server.others:
            self._get_other(path)
        else:
            self._answer(404, {"error": "not_found", "detail": path})

    def do_POST(self) -> None:
        sent = self._sent()
        right = sent == {"email": USERNAME, "password": PASSWORD}
        self._answer(*((200, {"access_token": TOKEN}) if right else (401, _REFUSAL)))

    def do_PUT(self) -> None:
        sent = self._sent()
        self._for_the_owner(lambda: self._update(sent))

    do_PATCH = do_PUT  # noqa: N815  # the base looks for it by this name

    def _get_other(self, path: str) -> None:
        broken = self.server.broken.get(path)
        if broken == FETCH:
            self._answer(500, {"error": "broken", "detail": path})
        elif broken == OPEN:
            self._answer(200, self.server.others[path])
        else:
            self._for_the_owner(lambda: (200, self.server.others[path]))

    def _update_other(self, sent: dict[str, Any]) -> tuple[int, Any]:
        broken = self.server.broken.get(self.path)
        if broken == SAVE:
            return 422, {"error": "invalid", "detail": "no updates"}
        if broken != PERSIST:
            self.server.others[self.path] = {**self.server.others[self.path], **sent}
        return 200, self.server.others[self.path]

    def _update(self, sent: dict[str, Any]) -> tuple[int, Any]:
        if self.path in self.server.others:
            return self._update_other(sent)
        if self.server.refuses:
            return 503, {"error": "read_only", "detail": "no updates now"}
        self.server.document = {**self.server.document, **sent}
        self.server.after_update()
        return 200, self.server.document

    def _for_the_owner(self, action: Callable[[], tuple[int, Any]]) -> None:
        is_owner = self.headers["Authorization"] == f"Bearer {TOKEN}"
        self._answer(*(action() if is_owner else (401, _REFUSAL)))

    def _sent(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, status: int, body: Any) -> None:
        self.server.seen.append(f"{self.command} {self.path.partition('?')[0]}")
        if self.server.is_dead:
            return
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass


_REFUSAL = {"error": "unauthorized", "detail": "a valid token is required"}
