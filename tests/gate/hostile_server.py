"""A backend that is healthy but for one thing: raw sockets, so that it can break every rule.

It answers like the API of SPEC section 5, until a request comes to the place where it is told to
misbehave. What it then does is an `Act`: a function that does as it likes with the connection.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from harness import PASSWORD, USERNAME

ME = "/api/business/me"
#: Long enough that pieces of it would be recognised, too.
CANARY = "canary-t0ken-of-the-hostile-server"
#: The settings document.
DOCUMENT: Mapping[str, Any] = {
    "id": "biz_1",
    "name": "Hostile",
    "description": "It looks harmless",
    "greeting_style": "Hello",
    "phone_number": "+14155550123",
    "receptionist_enabled": True,
    "google_calendar_connected": False,
}
_PIECE = b"x" * 65536
_REFUSAL = {"error": "unauthorized", "detail": "a valid token is required"}
_REASONS = {200: "OK", 302: "Found", 401: "Unauthorized", 404: "Not Found"}


@dataclass(frozen=True)
class Asked:
    """A request as received; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Visit:
    """One request at the place where the server misbehaves, and its connection.

    `number` counts from 1. `asked` lacks headers and body where the request was left unread. The
    connection is closed after it, unless `goes_on` is set.
    """

    def __init__(
        self, server: HostileServer, connection: socket.socket, asked: Asked, number: int
    ) -> None:
        self.server = server
        self.connection = connection
        self.asked = asked
        self.number = number
        self.goes_on = False

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Lets time pass, but not when the server is to stop."""
        self.server.stopping.wait(seconds)

    def response(self, status: int | str, body: object, **headers: str) -> None:
        """Send a whole response; anything but bytes is sent as JSON."""
        self.send(answered(status, body, **headers))

    def behave(self) -> None:
        """Respond as a healthy backend would."""
        status, body = self.server.respond(self.asked)
        self.response(status, body, Connection="keep-alive")
        self.goes_on = True

    def until_the_other_side_leaves(self) -> None:
        """Leaves what comes unread, and the connection open."""
        self.server.stopping.wait()


#: What to do with a request; whether the connection may be used again is its to say.
Act = Callable[[Visit], None]


@dataclass(frozen=True)
class Misbehaviour:
    """Where the server misbehaves, how, and how often.

    `place` is one of `HostileServer.place_of`'s, or `*` for every one. `times` is None for always.
    `unread` leaves the request itself in the socket.
    """

    place: str
    act: Act
    times: int | None = None
    unread: bool = False
    document: Mapping[str, Any] = field(default_factory=dict)


def answered(status: int | str, body: object, **headers: str) -> bytes:
    """The bytes of a whole response; `status` may be any string for the status line."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    line = f"{status} {_REASONS.get(status, 'Some reason')}" if isinstance(status, int) else status
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {
        "Content-Type": "application/json",
        "Content-Length": str(len(data)),
        "Connection": "close",
        **given,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value != "-")
    return f"HTTP/1.1 {line}\r\n{head}\r\n".encode("latin-1") + data


class HostileServer:
    """Listens on loopback until it is stopped; a thread for each connection.

    `document` is what it keeps, `original` what that was at first; `elsewhere` is an address of
    another origin that it may redirect to, and `led_astray` counts who came there.
    """

    def __init__(self, misbehaviour: Misbehaviour) -> None:
        self.misbehaviour = misbehaviour
        self.original: dict[str, Any] = {**DOCUMENT, **misbehaviour.document}
        self.document = dict(self.original)
        self.health: dict[str, Any] = {"status": "ok", "version": "1.0.0"}
        self.updates = 0
        self.logins = 0
        self.led_astray = 0
        self.tokens: set[str] = set()
        self.visits: dict[str, int] = {}
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = _listener()
        self._elsewhere = _listener()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.elsewhere = f"http://127.0.0.1:{self._elsewhere.getsockname()[1]}"
        for listener, serve in ((self._listener, self._serve), (self._elsewhere, self._stray)):
            threading.Thread(target=self._accept, args=(listener, serve), daemon=True).start()

    def in_place_of_names(self, text: str) -> str:
        """A string with the server's addresses for `{url}`, `{netloc}` and `{elsewhere}`."""
        netloc = self.url.partition("//")[2]
        named = {"{url}": self.url, "{netloc}": netloc, "{elsewhere}": self.elsewhere}
        for name, address in named.items():
            text = text.replace(name, address)
        return text

    def stop(self) -> None:
        """Close all connections, and stop misbehaving."""
        self.stopping.set()
        for listener in (self._listener, self._elsewhere):
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    # -- the healthy backend ---------------------------------------------------------------------

    def place_of(self, method: str, path: str) -> str:
        """Which step of a gate a request is, told by what has happened so far."""
        route = (method, path.partition("?")[0])
        if route == ("GET", ME):
            return ("fetch", "read-back", "restored")[min(self.updates, 2)]
        if route == ("PUT", ME):
            return "restore" if self.updates else "save"
        return {
            ("GET", "/health"): "health",
            ("POST", "/api/auth/login"): "login",
            ("GET", "/oauth/google/start"): "oauth",
        }.get(route, "nowhere")

    def respond(self, asked: Asked) -> tuple[int, object]:
        """The status and the body of a healthy backend's response."""
        place = self.place_of(asked.method, asked.path)
        if place == "health":
            return 200, self.health
        if place == "login":
            return self.log_in(json.loads(asked.body))
        if place == "nowhere":
            return 404, {"error": "not_found", "detail": asked.path}
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, _REFUSAL
        if place == "oauth":
            reason = {"error": "not_configured", "detail": "no client id"}
            return 200, {"available": False, **reason}
        if asked.method == "PUT":
            self.update(asked)
        return 200, self.document

    def log_in(self, sent: object, **further: object) -> tuple[int, object]:
        """A new token for the right password, else a refusal."""
        if sent != {"email": USERNAME, "password": PASSWORD}:
            return 401, _REFUSAL
        return 200, {"access_token": self.new_token(), "token_type": "Bearer", **further}

    def new_token(self, token: str = "") -> str:
        """A token that is good from now on."""
        self.logins += 1
        token = token or f"{CANARY}-{self.logins}"
        self.tokens.add(token)
        return token

    def update(self, asked: Asked) -> None:
        """Store an update."""
        self.document = {**self.document, **json.loads(asked.body)}
        self.updates += 1

    # -- connections -----------------------------------------------------------------------------

    def _accept(self, listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hold, args=(connection, serve), daemon=True).start()

    def _hold(self, connection: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        with self._lock:
            self._open.add(connection)
        # The other side may leave at any time; that is no concern of a hostile server's.
        with contextlib.suppress(OSError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serve(connection)
        with self._lock:
            self._open.discard(connection)

    def _stray(self, connection: socket.socket) -> None:
        self.led_astray += 1
        connection.sendall(answered(200, self.original))

    def _serve(self, connection: socket.socket) -> None:
        # The connection is closed once its reader is, too.
        with connection.makefile("rb") as reader:
            for asked in self._requests(connection, reader):
                number = self._number_of_visit(asked)
                if number is None:
                    Visit(self, connection, asked, 0).behave()
                    continue
                visit = Visit(self, connection, asked, number)
                self.misbehaviour.act(visit)
                if not visit.goes_on:
                    return

    def _requests(self, connection: socket.socket, reader: BinaryIO) -> Iterator[Asked]:
        while first := connection.recv(4096, socket.MSG_PEEK):
            method, path, *_ = first.decode("latin-1").split(" ")
            if self.misbehaviour.unread and self.misbehaviour.place == self.place_of(method, path):
                yield Asked(method, path)
                return
            reader.readline()
            headers: dict[str, str] = {}
            while (line := reader.readline().decode("latin-1").rstrip("\r\n")) != "":
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = reader.read(int(headers.get("content-length", "0")))
            yield Asked(method, path, headers, body)

    def _number_of_visit(self, asked: Asked) -> int | None:
        """The how manieth it is at the place of misbehaving; None where it is to be served well."""
        place = self.place_of(asked.method, asked.path)
        with self._lock:
            number = self.visits[place] = self.visits.get(place, 0) + 1
        told = self.misbehaviour
        is_here = told.place in (place, "*")
        return number if is_here and (told.times is None or number <= told.times) else None


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


# -- what it can do: each function makes an act --------------------------------------------------


def says(*pieces: bytes) -> Act:
    """Sends some bytes, whatever they are, and closes."""

    def act(visit: Visit) -> None:
        for piece in pieces:
            visit.send(piece)

    return act


def responses(status: int | str, body: object = b"", **headers: str) -> Act:
    """Sends a response, and closes; a header `-` is left out."""
    return says(answered(status, body, **headers))


def says_and_goes_on(data: bytes) -> Act:
    """Sends some bytes, and then serves the next request over the same connection."""

    def act(visit: Visit) -> None:
        visit.send(data)
        visit.goes_on = True

    return act


def says_and_stays(data: bytes) -> Act:
    """Sends some bytes, and neither sends more nor closes."""

    def act(visit: Visit) -> None:
        visit.send(data)
        visit.until_the_other_side_leaves()

    return act


def resets_after(data: bytes) -> Act:
    """Sends some bytes, and then breaks the connection off hard."""

    def act(visit: Visit) -> None:
        visit.send(data)
        # Not lingering at all: the kernel sends a reset instead of an orderly end.
        visit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visit.connection.close()

    return act


def drips(beginning: bytes, dripped: bytes, *, without_end: bool = True) -> Act:
    """Sends one byte at a time; without end, it begins with the dripped ones again and again."""
    every_s = 0.05 if without_end else 0.001

    def act(visit: Visit) -> None:
        visit.send(beginning)
        while not visit.server.stopping.is_set():
            for byte in dripped:
                visit.send(bytes([byte]))
                visit.pause(every_s)
            if not without_end:
                return

    return act


def floods(beginning: bytes, piece: bytes = _PIECE, *, every_s: float = 0.0) -> Act:
    """Sends without end, as fast as it is taken or somewhat slower."""

    def act(visit: Visit) -> None:
        visit.send(beginning)
        while not visit.server.stopping.is_set():
            visit.send(piece)
            visit.pause(every_s)

    return act


def asks_to_wait(*statuses: int, **headers: str) -> Act:
    """Responds with one status after the other, then always with the last one."""

    def act(visit: Visit) -> None:
        status = statuses[min(visit.number, len(statuses)) - 1]
        visit.response(status, {"error": "busy", "detail": "later"}, **headers)

    return act


def behaves_after(seconds: float) -> Act:
    """Responds as a healthy backend, after a while."""

    def act(visit: Visit) -> None:
        visit.pause(seconds)
        visit.behave()

    return act


def logs_in_with(*, expires_in: object = None, **members: object) -> Act:
    """Responds to the login with other properties than a healthy backend; None omits one."""

    def act(visit: Visit) -> None:
        _, good = visit.server.log_in(json.loads(visit.asked.body))
        assert isinstance(good, dict)
        visit.response(200, {**good, "expires_in": expires_in, **members})

    return act


def jwt(lifetime_s: float, number: int) -> str:
    """A JWT with `iat` and `exp`; its signature is never verified."""
    now = 1_000_000_000
    parts = ({"alg": "none"}, {"iat": now, "exp": now + lifetime_s, "jti": number})
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([text.rstrip("=") for text in texts] + [CANARY])


def grants_tokens_for(seconds: float, *, as_jwt: bool) -> Act:
    """Behaves, slowly, while tokens are good for that long only; to be used in every place."""
    ends_at: dict[str, float] = {}

    def act(visit: Visit) -> None:
        server = visit.server
        server.tokens = {token for token in server.tokens if time.monotonic() < ends_at[token]}
        visit.pause(seconds / 5)
        if "login" not in visit.asked.path:
            visit.behave()
            return
        token = server.new_token(jwt(seconds, server.logins) if as_jwt else "")
        ends_at[token] = time.monotonic() + seconds
        said = {} if as_jwt else {"expires_in": seconds}
        visit.response(200, {"access_token": token, **said})

    return act


def gives_large_tokens(size: int) -> Act:
    """Responds to the login with a token of that many characters, and accepts it."""

    def act(visit: Visit) -> None:
        visit.response(200, {"access_token": visit.server.new_token(CANARY + "x" * size)})

    return act


def revokes_tokens(visit: Visit) -> None:
    """Forgets every token, and then responds as a healthy backend."""
    visit.server.tokens.clear()
    visit.behave()


def revokes_at(*places: str) -> Act:
    """Forgets every token at the first request of each of some places, and behaves otherwise."""

    def act(visit: Visit) -> None:
        place = visit.server.place_of(visit.asked.method, visit.asked.path)
        if place in places and visit.number == 1:
            visit.server.tokens.clear()
        visit.behave()

    return act


def wants_a_cookie(visit: Visit) -> None:
    """Sets a cookie at the login and takes nothing else; to be used in every place."""
    if visit.asked.path == "/health" or "c=1" in visit.asked.headers.get("cookie", ""):
        visit.behave()
    elif "login" in visit.asked.path:
        _, good = visit.server.log_in(json.loads(visit.asked.body))
        visit.response(200, good, Set_Cookie="c=1; Path=/")
    else:
        visit.response(401, _REFUSAL)


def redirects_to(place: str, status: int = 302, body: bytes = b"") -> Act:
    """Redirects; `{url}`, `{netloc}` and `{elsewhere}` are addresses of the server's."""

    def act(visit: Visit) -> None:
        visit.response(status, body, Location=visit.server.in_place_of_names(place))

    return act


def echoes(status: int, **headers: str) -> Act:
    """Gives the secret of the request back, in the body and for `SECRET` in the headers."""

    def act(visit: Visit) -> None:
        secret = _secret_of(visit)
        named = {name: value.replace("SECRET", secret) for name, value in headers.items()}
        visit.response(status, f"you sent {secret}".encode(), **named)

    return act


def echoes_raw(response: bytes) -> Act:
    """Sends some bytes, whatever they are, with the secret of the request for `SECRET` in them."""

    def act(visit: Visit) -> None:
        visit.send(response.replace(b"SECRET", _secret_of(visit).encode()))

    return act


def _secret_of(visit: Visit) -> str:
    return visit.asked.headers.get("authorization", "") or visit.asked.body.decode()


def keeps_and(then: Act) -> Act:
    """Stores the update, and then responds in another way than a healthy backend."""

    def act(visit: Visit) -> None:
        visit.server.update(visit.asked)
        then(visit)

    return act


def bomb(layers: int = 1) -> bytes:
    """A gibibyte of zeros, compressed again and again: small to send, huge when decompressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    # After a full flush the compressor forgets what was before: the same piece fits any number of
    # times, and need not be made each time.
    first, again = (
        packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    data = first + again * 1023
    for _ in range(layers - 1):
        data = gzip.compress(data, 9)
    return data
