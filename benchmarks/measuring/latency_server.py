"""A server that answers each request after a fixed time, on kept connections, and counts.

    python latency_server.py

It prints its URL, and ends when its standard input does. It is one process with one thread, and
answers from memory: what it costs is the same for everything that is measured against it. Below
/-/ it is told what to do, neither delayed nor counted: GET /-/counters, and POST /-/begin with
{"latency_ms": 20, "has_tags": false}, which starts the counters and the settings anew; with tags
the settings have a strong one, and an update that names another is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from measuring import api

#: How much longer than other requests a login takes, as a password's hash does.
LOGIN_LATENCY_S = 0.25
CONTROL = "/-/"
COUNTERS = f"{CONTROL}counters"
BEGIN = f"{CONTROL}begin"
_REASONS = {
    200: "OK",
    302: "Found",
    401: "Unauthorized",
    404: "Not Found",
    405: "Not Allowed",
    412: "Precondition Failed",
}
_REFUSAL = {"detail": "Not authenticated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request whose body has arrived."""

    method: str
    path: str
    authorization: str
    if_match: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, a value for the body, where it redirects to, and the body's entity tag."""

    status: int
    body: Any
    location: str = ""
    tag: str = ""

    def encoded(self) -> bytes:
        """The response as it is sent."""
        body = json.dumps(self.body).encode()
        location = f"Location: {self.location}\r\n" if self.location else ""
        tag = f"ETag: {self.tag}\r\n" if self.tag else ""
        head = (
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}\r\n{location}{tag}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(slots=True)
class Backend:
    """The state of the server: the settings, and what it has counted since it began."""

    latency_s: float = 0.0
    has_tags: bool = False
    settings: dict[str, Any] = field(default_factory=lambda: dict(api.SETTINGS_AT_START))
    requests: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    in_flight: int = 0
    most_at_once: int = 0

    def begin(self, latency_s: float, *, has_tags: bool) -> None:
        """Start anew, as a server that has seen nothing yet."""
        self.latency_s, self.has_tags = latency_s, has_tags
        self.settings = dict(api.SETTINGS_AT_START)
        self.requests = Counter()
        self.connections = self.in_flight = self.most_at_once = 0

    def counters(self) -> dict[str, Any]:
        """What has been counted, as JSON."""
        return {
            "requests": dict(self.requests),
            "connections": self.connections,
            "most_at_once": self.most_at_once,
        }

    def arrived(self, request: Request) -> float:
        """Count a request; return how long it takes in seconds."""
        self.requests[f"{request.method} {request.path.partition('?')[0]}"] += 1
        self.in_flight += 1
        self.most_at_once = max(self.most_at_once, self.in_flight)
        return self.latency_s + (LOGIN_LATENCY_S if request.path == api.LOGIN else 0)

    def answer(self, request: Request) -> Answer:
        """What a request is answered once its time is over."""
        self.in_flight -= 1
        path = request.path.partition("?")[0]
        if path == api.HEALTH:
            return Answer(status=200, body={"status": "ok", "env": "local", "db": "connected"})
        if path == api.LOGIN:
            return _login(request)
        if path == api.OAUTH_START:
            return Answer(status=302, body=None, location=api.OAUTH_LOCATION)
        if request.authorization != f"Bearer {api.TOKEN}":
            return Answer(status=401, body=_REFUSAL)
        if path == api.SETTINGS:
            return self._settings(request)
        return _order(path)

    def _settings(self, request: Request) -> Answer:
        tag = _strong_tag(self.settings) if self.has_tags else ""
        if request.method == "GET":
            return Answer(status=200, body=self.settings, tag=tag)
        if request.method != "PUT":
            return Answer(status=405, body={"detail": "Method Not Allowed"})
        if tag and request.if_match not in ("", tag):
            return Answer(status=412, body={"detail": "Precondition Failed"})
        self.settings |= json.loads(request.body)
        return Answer(status=200, body={"status": "success", "id": 1})


def _strong_tag(document: dict[str, Any]) -> str:
    return f'"{hashlib.sha256(json.dumps(document).encode()).hexdigest()}"'


def _login(request: Request) -> Answer:
    if json.loads(request.body) != {"email": api.EMAIL, "password": api.PASSWORD}:
        return Answer(status=401, body={"detail": "Invalid credentials"})
    user = {"id": 1, "email": api.EMAIL, "business_id": "1", "is_verified": True}
    return Answer(
        status=200, body={"access_token": api.TOKEN, "token_type": "bearer", "user": user}
    )


def _order(path: str) -> Answer:
    folder, _, number = path.rpartition("/")
    if folder != api.ORDERS or not number.isdecimal():
        return Answer(status=404, body={"detail": "Not Found"})
    return Answer(status=200, body=api.order(int(number)))


class Connection(asyncio.Protocol):
    """A kept connection: one request after the other."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._received = bytearray()
        self._is_busy = False
        self._is_counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        self._received += data
        if not self._is_busy:
            self._take()

    def _take(self) -> None:
        request = taken(self._received)
        if request is None:
            return
        if request.path.startswith(CONTROL):
            self._transport.write(_controlled(self._backend, request).encoded())
            return
        if not self._is_counted:
            self._is_counted = True
            self._backend.connections += 1
        self._is_busy = True
        asyncio.get_running_loop().call_later(self._backend.arrived(request), self._answer, request)

    def _answer(self, request: Request) -> None:
        answer = self._backend.answer(request)
        self._is_busy = False
        if not self._transport.is_closing():
            self._transport.write(answer.encoded())
            self._take()


def taken(received: bytearray) -> Request | None:
    """Take a whole request from the front of what has arrived, if it is there."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    size = end + 4 + int(headers.get("content-length", "0"))
    if len(received) < size:
        return None
    body = bytes(received[end + 4 : size])
    del received[:size]
    method, path, _ = first.split(" ")
    return Request(
        method=method,
        path=path,
        authorization=headers.get("authorization", ""),
        if_match=headers.get("if-match", ""),
        body=body,
    )


def _controlled(backend: Backend, request: Request) -> Answer:
    if request.path == BEGIN:
        told = json.loads(request.body)
        backend.begin(told["latency_ms"] / 1000, has_tags=told["has_tags"])
    return Answer(status=200, body=backend.counters())


async def serve() -> None:
    """Serve until standard input ends, as it does when the process that started this is gone."""
    loop = asyncio.get_running_loop()
    backend = Backend()
    server = await loop.create_server(lambda: Connection(backend), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
