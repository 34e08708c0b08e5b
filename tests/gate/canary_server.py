"""A backend that gives away secrets in every part of its responses; each begins with `CANARY`."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import PASSWORD

CANARY = "canary"
TOKEN = f"{CANARY}-t0ken-5f1d2c9a7b3e"
#: Known once a check has captured it, and shown before that.
LATE = f"{CANARY}-late-8e64c1f09d27"
_ALL = f"{PASSWORD} and {TOKEN} and {LATE}"

#: The checks that meet them all, in order.
CHECKS = """
    [[check]]
    name = "before anybody knows"
    path = "/early"
    required = false
    expect.status = 204

    [[check]]
    name = "learns"
    path = "/late"
    capture = { session_token = "/value" }

    [[check]]
    name = "passes"
    path = "/passes"

    [[check]]
    name = "in the body"
    path = "/body"

    [[check]]
    name = "in the headers"
    path = "/headers"

    [[check]]
    name = "in the URL"
    path = "/url/{session_token}"
    query = { next = "{session_token}" }

    [[check]]
    name = "in an error"
    path = "/error"
"""
#: Tests of users that show what they know, in every way.
LEAKY = """
import logging
import os
import warnings
import pytest

@pytest.mark.smoke
def test_leaks(smoke_client):
    password = os.environ["APISMOKE_PASSWORD"]
    token = smoke_client._session.target.auth.token
    headers = dict(smoke_client._session.target.auth.headers())
    joined = f"{token}" * 9
    environ = dict(os.environ)
    print("printed", password, token)
    logging.getLogger("mine").error("logged %s %s", password, token)
    answer = smoke_client.get("/api/business/me")
    assert (answer.status, token, password) == (0, joined, headers)

@pytest.mark.smoke
def test_leaks_and_passes(smoke_client):
    print("printed", os.environ["APISMOKE_PASSWORD"])
    assert smoke_client.get("/api/business/me").status == 200

@pytest.mark.smoke
def test_skips(smoke_client):
    pytest.skip(os.environ["APISMOKE_PASSWORD"])

@pytest.fixture
def broken():
    raise RuntimeError(os.environ["APISMOKE_PASSWORD"])

@pytest.mark.smoke
def test_breaks_before_it_starts(broken):
    pass

@pytest.mark.smoke
@pytest.mark.parametrize("value", ["one"])
def test_properties(smoke_client, record_property, value):
    record_property("mine", os.environ["APISMOKE_PASSWORD"])
    raise ValueError(os.environ["APISMOKE_PASSWORD"])
"""
PROFILE = """
    [apis.settings]
    enabled = false
    [apis.calendar]
    enabled = false
    [apis.twilio]
    enabled = false
"""


class CanaryServer(ThreadingHTTPServer):
    """Serves `CHECKS`, a settings document, and an OpenAPI document that breaks itself."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.is_ready = True
        self.document: dict[str, object] = {
            "id": "b-1",
            "name": "Shop",
            "description": f"key {_ALL}",
            "business_hours": "9-5",
        }
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: CanaryServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Writes nothing: the output of the test is searched."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/health":
            ready = self.server.is_ready
            self._say(200 if ready else 503, {"status": "ok" if ready else f"no {PASSWORD}"})
        elif path in ("/early", "/late"):
            self._say(200, {"value": LATE}, **{"X-Request-ID": LATE})
        elif path == "/passes":
            self._say(200, {"sent": _ALL, "of": self.headers["Authorization"]})
        elif path == "/api/business/me":
            self._say(200, self.server.document)
        elif path == "/openapi.json":
            self._say(200, _DESCRIPTION)
        elif path == "/error":
            self.wfile.write(f"HTTP/1.1 {_ALL}\r\n\r\n".encode("latin-1"))
            self.close_connection = True
        elif path == "/headers":
            told = {"X-Request-ID": _ALL, "Set-Cookie": f"a={TOKEN}", "Retry-After": LATE}
            self._say(500, {}, **told, Location=f"/{LATE}?a={TOKEN}")
        else:
            self._say(422, {"error": f"not {_ALL}", "path": self.path})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say(200, {"access_token": TOKEN, "token_type": "bearer"})

    def do_PUT(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.document.update(sent)
        self._say(200, self.server.document)

    def _say(self, status: int, body: object, **headers: str) -> None:
        raw = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


_TEXT = {"type": "string", "description": f"such as {TOKEN}", "example": PASSWORD}
_DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": f"of {TOKEN}", "version": "1"},
    "paths": {
        "/passes": {
            "get": {
                "summary": f"{PASSWORD}",
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["gone"],
                                    "properties": {"sent": {**_TEXT, "enum": [TOKEN]}},
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}
