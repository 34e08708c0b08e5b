"""From a running application that nobody has described to a green gate, without any editing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi_document import FASTAPI
from harness import PASSWORD, USERNAME, Backend, Gate, credentials

TOKEN = "opaque-canary-of-the-described-server"


class DescribedServer(ThreadingHTTPServer):
    """Logs in with a form and keeps a user, as a FastAPI application of the standard shape does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.user: dict[str, Any] = {
            "id": 1,
            "email": USERNAME,
            "full_name": "Ada Byron",
            "is_active": True,
        }
        self.sent: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DescribedServer

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.sent.append(f"{self.command} {self.path}")
        status, answer = self._answer(body)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _answer(self, body: bytes) -> tuple[int, Any]:
        match f"{self.command} {self.path}":
            case "GET /health":
                return 200, {"status": "ok"}
            case "GET /openapi.json":
                return 200, FASTAPI
            case "POST /api/v1/login/access-token":
                sent = dict(parse_qsl(body.decode()))
                is_right = (sent.get("username"), sent.get("password")) == (USERNAME, PASSWORD)
                return (200, {"access_token": TOKEN}) if is_right else (400, {"detail": "no"})
            case "GET /api/v1/users/me" | "PATCH /api/v1/users/me":
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    return 401, {"detail": "Not authenticated"}
                self.server.user |= json.loads(body) if body else {}
                return 200, self.server.user
            case _:
                return 404, {"detail": "Not Found"}

    do_GET = do_POST = do_PATCH = do_OPTIONS = _serve  # noqa: N815  # http.server's names

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def described() -> Iterator[DescribedServer]:
    server = DescribedServer()
    yield server
    server.shutdown()
    server.server_close()


def test_an_application_that_describes_itself_is_gated_with_two_commands(
    gate: Gate, described: DescribedServer
) -> None:
    before = dict(described.user)

    found = gate.run_command(["apismoke", "init", described.url], **credentials())

    assert (found.code, found.err) == (0, "")
    assert {line.partition(" ")[0] for line in described.sent} == {"GET", "POST"}
    written = (gate.folder / "apismoke.toml").read_text("utf-8")
    assert not [secret for secret in (PASSWORD, TOKEN, "Ada Byron") if secret in written]
    for mode in (["--smoke"], []):
        ended = gate.against_url(described.url, *mode)
        assert (ended.code, ended.report["apis"]["settings"]["verdict"]) == (0, "pass"), ended.out
    assert described.user == before


def test_the_default_profile_needs_nothing_but_is_found_as_well(
    gate: Gate, start_backend: Callable[..., Backend]
) -> None:
    backend = start_backend()
    assert gate.run_command(["apismoke", "init", backend.url], **credentials()).code == 0
    assert gate.against(backend, "--smoke").code == 0


def test_files_that_are_there_stay_as_they_are(gate: Gate, described: DescribedServer) -> None:
    mine = gate.write("apismoke.toml", "# mine\n")
    refused = gate.run_command(["apismoke", "init", described.url], **credentials())
    assert (refused.code, mine.read_text("utf-8"), described.sent) == (5, "# mine\n", [])
    assert "expected files that do not exist yet, seen apismoke.toml" in refused.err


def test_without_credentials_it_says_what_it_could_not_tell(
    gate: Gate, described: DescribedServer
) -> None:
    found = gate.run_command(["apismoke", "init", described.url])
    assert found.code == 0
    assert "could not be told: the login was not tried" in found.out
    assert "POST /api/v1/login/access-token" not in described.sent


def test_what_can_not_be_written_leaves_no_file(gate: Gate, described: DescribedServer) -> None:
    # A folder where the configuration should be: only the second of two files can't be written.
    (gate.folder / "apismoke.toml").mkdir()
    refused = gate.run_command(["apismoke", "init", "--force", described.url], **credentials())
    assert refused.code == 5, refused.out
    assert refused.err.endswith("nothing was written\n")
    assert [path.name for path in gate.folder.iterdir()] == ["apismoke.toml"]


def test_a_target_that_does_not_answer_leaves_no_file(gate: Gate) -> None:
    refused = gate.run_command(["apismoke", "init", "http://127.0.0.1:9"], **credentials())
    assert refused.code == 5
    assert refused.err.endswith("nothing was written\n")
    assert list(gate.folder.iterdir()) == []
