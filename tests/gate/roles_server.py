"""A backend with an owner and a reader, who may read but not write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from gate.login_server import CANARY, Answer, LoginServer, refusal
from harness import PASSWORD, USERNAME

#: The password of the reader.
READER_WORD = f"{CANARY}-reader-password"
ACCOUNTS = {USERNAME: (PASSWORD, "owner"), "reader@example.com": (READER_WORD, "reader")}


class RolesServer(LoginServer):
    """Says in the answer to a login which role an account has; a token belongs to one account.

    `elsewhere` is where /away leads. `seen` has each request with the role of its token. A
    request of /forget makes it forget every token. `longer` is how long a token is.
    """

    hangs_at = "/hang"
    reader_writes = False
    configuration = """
        [limits]
        request_timeout_s = 1

        [accounts.reader]
        username = "reader@example.com"
        password = "${READER_WORD}"
        expect = { "/role" = "reader" }

        [accounts.stranger]
        username = "stranger@example.com"
        password = "${READER_WORD}"
    """

    def __init__(self) -> None:
        super().__init__()
        self.roles: dict[str, str] = {}
        self.elsewhere = ""
        self.seen: list[tuple[str, str, str]] = []
        self.logins: dict[str, int] = {}
        self.longer = 0

    def issue(self, kind: str) -> str:
        secret = super().issue(kind)
        if not self.longer:
            return secret
        # Of no format that anybody knows, and the same in every run.
        longer = hashlib.shake_256(secret.encode()).hexdigest(self.longer // 2)
        self.good.add(longer)
        self.issued[-1] = longer
        return longer

    def log_in(self, path: str, headers: Mapping[str, str], body: str) -> Answer:
        secret = self.secret_in(headers)
        if path == "/api/auth/login":
            return self._log_in(json.loads(body))
        if path == "/away":
            return 302, None, [("Location", self.elsewhere), ("Content-Length", "0")]
        if path == "/home":
            return 302, None, [("Location", "/api/business/me"), ("Content-Length", "0")]
        if path == "/leak":
            return (
                302,
                None,
                [("Location", f"{self.elsewhere}?t={secret}"), ("Content-Length", "0")],
            )
        if path == "/echo":
            return 200, {"sent": body, "token": secret}, [("Set-Cookie", f"crumb={CANARY}-crumb")]
        if path == "/cookie":
            return 200, {"cookie": headers.get("cookie", "")}, []
        if path == "/forget":
            self.good.clear()
            return 200, {}, []
        return super().log_in(path, headers, body)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: str) -> Answer:
        secret = self.secret_in(headers)
        role = self.roles.get(secret, "")
        self.seen.append((method, path, role))
        if (
            path == "/api/business/me"
            and method != "GET"
            and role == "reader"
            and not self.reader_writes
        ):
            return 403, {"error": "forbidden", "detail": "a reader may not write"}, []
        return super().answer(method, path, headers, body)

    def _log_in(self, sent: dict[str, str]) -> Answer:
        email = sent.get("email", "")
        self.logins[email] = self.logins.get(email, 0) + 1
        word, role = ACCOUNTS.get(email, ("", ""))
        if not word or sent.get("password") != word:
            return refusal()
        token = self.issue(f"{role}-token")
        self.roles[token] = role
        return 200, {"access_token": token, "role": role}, []
