"""Servers on the loopback that play a script: what the other side of a request may do."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from pytest_apismoke.http.worker_pool import THREAD_NAME

#: Plays the other side of one connection, which is closed after it.
Play = Callable[[socket.socket], None]

#: A play that has not ended by then is stuck in a connection whose other side is gone without the
#: kernel having said so: it holds data that nobody reads any more.
_STUCK_S = 0.5
#: How long a test waits for what is about to happen anyway; reached only by a failing one.
PATIENCE_S = 20.0


class RawServer:
    """A loopback server that plays a script, one entry a connection, the last for ever.

    `seen` holds what came over each connection, `closed` what was read of it after the request by
    `until_closed`. With a `context` it speaks TLS, and connections that fail in the handshake are
    counted in `failed_handshakes`, not played.
    """

    def __init__(self, *script: Play, context: ssl.SSLContext | None = None) -> None:
        self._script = list(script)
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self.seen: list[str] = []
        self.closed: list[bytes] = []
        self.failed_handshakes = 0
        self.stopping = threading.Event()
        self._playing: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            if self.stopping.is_set():
                connection.close()
                return
            connection.settimeout(PATIENCE_S)
            with connection, suppress(OSError):
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        if self._context is not None:
            plain = connection.dup()
            try:
                connection = self._context.wrap_socket(connection, server_side=True)
            except OSError:
                self.failed_handshakes += 1
                _hang_up_gently(plain)
                return
            plain.close()
        with connection:
            request = _request_on(connection)
            play = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            self.seen.append(request)
            self._playing = connection
            play(connection)

    def until_closed(self, connection: socket.socket) -> None:
        """A play: says nothing, and notes what still comes until the other side is gone."""
        try:
            self.closed.append(connection.recv(65536))
        except ConnectionError:
            self.closed.append(b"")

    def stop(self) -> None:
        """Ends once every connection that was made before has been played."""
        self.stopping.set()
        # A connection of its own wakes the thread that waits for one.
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S).close()
        self._thread.join(_STUCK_S)
        if self._thread.is_alive() and self._playing is not None:
            with suppress(OSError):
                self._playing.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_S)
        self._listening.close()


def _hang_up_gently(connection: socket.socket) -> None:
    """Reads to the end first: what is closed with something unread is reset, and an alert lost."""
    with connection, suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def _request_on(connection: socket.socket) -> str:
    """A request with its body: what is closed with something unread is reset."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data.decode("latin-1")
        data += chunk
        if data.startswith(b"\x16"):
            # A handshake of TLS, where none is spoken.
            return data.decode("latin-1")
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < sum(lengths):
        chunk = connection.recv(65536)
        if not chunk:
            break
        body += chunk
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def says(*parts: str | bytes, status: str = "200 OK", length: int | None = None) -> Play:
    """A whole answer, the last part being the body."""
    *headers, body = parts
    raw = body if isinstance(body, bytes) else body.encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(raw) if length is None else length}",
        "Connection: close",
        *(str(header) for header in headers),
    ]
    return says_raw("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)


def says_raw(data: bytes) -> Play:
    return lambda connection: connection.sendall(data)


def repeats(beginning: bytes, piece: bytes) -> Play:
    """Says the same piece over and over, until the other side is gone."""

    def play(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(piece)

    return play


def hangs_up(connection: socket.socket) -> None:
    """Says nothing; the connection is closed after it."""


def resets(connection: socket.socket) -> None:
    # Lingering for no time at all makes closing a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def tunnels(connection: socket.socket, request: str) -> None:
    """What a proxy does that is asked to CONNECT: passes bytes on, both ways, until both end."""
    host, _, port = request.split()[1].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as onward:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pass_on, args=(onward, connection), daemon=True)
        back.start()
        _pass_on(connection, onward)
        back.join(PATIENCE_S)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def unused_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    return port


def request_threads() -> set[threading.Thread]:
    """The threads that send requests, those without a request and abandoned ones included."""
    return {thread for thread in threading.enumerate() if thread.name == THREAD_NAME}
