"""A backend with the API of SPEC section 5 behind a login of another kind, which a test chooses.

Every secret that it issues is made of `CANARY` and is kept, so that a test can search for it.
"""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from harness import PASSWORD, USERNAME

CANARY = "canary-of-the-login"
ME = "/api/business/me"
Answer = tuple[int, Any, list[tuple[str, str]]]


class LoginServer(ThreadingHTTPServer):
    """Answers requests with a secret that it has issued; `counts` how often it issued one.

    After `good_for` such requests the secret is no longer accepted; with `slides` the response to
    the last of them replaces it, as a sliding session does.
    """

    daemon_threads = True
    #: What an `apismoke.toml` has to say of it.
    configuration = ""
    good_for: int | None = None
    slides = False
    #: The path that is not answered before the server stops.
    hangs_at = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.document: dict[str, Any] = {
            "id": "biz_1",
            "name": "Toy",
            "greeting_style": "Hello",
            "phone_number": None,
            "receptionist_enabled": False,
            "google_calendar_connected": False,
        }
        self.counts: dict[str, int] = {}
        self.issued: list[str] = []
        self.cookies: set[str] = set()
        self.good: set[str] = set()
        self.used = 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self._numbers = itertools.count(1)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def issue(self, kind: str) -> str:
        secret = f"{CANARY}-{kind}-{next(self._numbers)}"
        self.issued.append(secret)
        self.good.add(secret)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return secret

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: str) -> Answer:
        """The answer to any request."""
        if path == "/health":
            return 200, {"status": "ok"}, []
        if path == "/oauth/google/start":
            return 200, {"available": False, "error": "off", "detail": "no client id"}, []
        if path != ME:
            return self.log_in(path, headers, body)
        secret = self.secret_in(headers)
        if secret not in self.good:
            return 401, {"error": "unauthorized", "detail": f"{secret} is not valid"}, []
        if method == "PUT":
            self.document = {**self.document, **json.loads(body)}
        return 200, self.document, self.after_use(secret)

    def after_use(self, secret: str) -> list[tuple[str, str]]:
        self.used += 1
        if self.used != self.good_for:
            return []
        if self.slides:
            return [("Set-Cookie", f"sid={self.issue('session')}; Path=/; HttpOnly")]
        self.good.discard(secret)
        return []

    def secret_in(self, headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ")

    def log_in(self, path: str, headers: Mapping[str, str], body: str) -> Answer:
        return 404, {"error": "not_found", "detail": path}, []


def refusal() -> Answer:
    return 401, {"error": "unauthorized", "detail": f"{PASSWORD} is not the password"}, []


class FormServer(LoginServer):
    """OAuth2's password grant, as FastAPI's own tutorial has it."""

    configuration = """
        [login]
        path = "/token"
        content_type = "form"
        username_field = "username"
        fields = { grant_type = "password", client_secret = "${LOGIN_CLIENT}" }
    """

    def log_in(self, path: str, headers: Mapping[str, str], body: str) -> Answer:
        sent = dict(parse_qsl(body))
        wanted = {
            "username": USERNAME,
            "password": PASSWORD,
            "grant_type": "password",
            "client_secret": f"{CANARY}-client",
        }
        if headers.get("content-type") != "application/x-www-form-urlencoded" or sent != wanted:
            return refusal()
        return 200, {"access_token": self.issue("token"), "token_type": "bearer"}, []


class CookieServer(LoginServer):
    """A session cookie, beside one that is for another host and one for other paths."""

    configuration = """
        [login]
        kind = "cookie"
        path = "/session"
        username_field = "email"
        statuses = [204]
    """

    def log_in(self, path: str, headers: Mapping[str, str], body: str) -> Answer:
        if json.loads(body) != {"email": USERNAME, "password": PASSWORD}:
            return refusal()
        cookies = [
            f"sid={self.issue('session')}; Path=/; HttpOnly; SameSite=Lax",
            f"other={CANARY}-elsewhere; Path=/; Domain=elsewhere.example",
            f"admin={CANARY}-admin; Path=/admin",
        ]
        return 204, None, [("Set-Cookie", cookie) for cookie in cookies]

    def secret_in(self, headers: Mapping[str, str]) -> str:
        cookie = headers.get("cookie", "")
        self.cookies.add(cookie)
        return cookie.removeprefix("sid=")


class SecondFactorServer(LoginServer):
    """A password first, then a code together with what the first answer gave."""

    configuration = """
        [login]
        path = "/login"
        username_field = "email"
        token_pointer = "/data/token"

        [login.then]
        path = "/login/otp"
        fields = { code = "246810" }
        copied = { challenge = "/challenge" }
    """

    def log_in(self, path: str, headers: Mapping[str, str], body: str) -> Answer:
        sent = json.loads(body)
        if path == "/login" and sent == {"email": USERNAME, "password": PASSWORD}:
            return 200, {"mfa_required": True, "challenge": self.issue("challenge")}, []
        challenges = [secret for secret in self.issued if "challenge" in secret]
        if path == "/login/otp" and sent == {"code": "246810", "challenge": challenges[-1]}:
            return 200, {"data": {"token": self.issue("token")}}, []
        return refusal()


class RefreshServer(LoginServer):
    """Short access tokens; a refresh token is good for one refresh."""

    configuration = """
        [login]
        path = "/login"
        username_field = "email"

        [login.refresh]
        path = "/refresh"
    """
    refuses_refresh = False

    def log_in(self, path: str, headers: Mapping[str, str], body: str) -> Answer:
        sent = json.loads(body)
        if path == "/refresh":
            refresh = sent["refresh_token"]
            if self.refuses_refresh or refresh not in self.good:
                return 401, {"detail": f"{refresh} is used up"}, []
            self.good.discard(refresh)
        elif sent != {"email": USERNAME, "password": PASSWORD}:
            return refusal()
        self.counts[path] = self.counts.get(path, 0) + 1
        tokens = {"access_token": self.issue("token"), "refresh_token": self.issue("refresh")}
        return 200, tokens, []


class BasicServer(LoginServer):
    """HTTP Basic with every request."""

    configuration = '[login]\nkind = "basic"'

    def secret_in(self, headers: Mapping[str, str]) -> str:
        wanted = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        self.good.add("the password")
        return "the password" if headers.get("authorization") == f"Basic {wanted}" else "nothing"


class KeyServer(LoginServer):
    """An API key in a header of its own."""

    configuration = '[login]\nheader = "X-API-Key"\nscheme = ""'

    def secret_in(self, headers: Mapping[str, str]) -> str:
        self.good.add(f"{CANARY}-key")
        return headers.get("x-api-key", "")


class _Handler(BaseHTTPRequestHandler):
    server: LoginServer
    protocol_version = "HTTP/1.1"

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0]
        if path == self.server.hangs_at:
            self.server.stopping.wait()
            return
        with self.server.lock:
            status, answer, more = self.server.answer(self.command, path, headers, body)
        data = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in more:
            self.send_header(name, value)
        if answer is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815 - the base's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass
