"""A stand-in for a chat service, on the loopback: it takes messages, or does not."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class ChatServer(ThreadingHTTPServer):
    """Keeps what was posted, as pairs of a path and a body; answers 200 unless told otherwise."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, str]] = []
        self.answer = (200, b"ok")
        self.resets = False
        #: Set at the end, so that requests that hang do not outlive the test.
        self.hang: threading.Event | None = None

    def __enter__(self) -> ChatServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.hang:
            self.hang.set()
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """Its URL as Apprise takes it: messages are posted as JSON."""
        return f"json://{self.address}"

    def say(self, status: int, body: bytes = b"") -> None:
        """From now on answers with this status and body."""
        self.answer = (status, body)

    def hang_up(self) -> None:
        """From now on resets each connection without an answer."""
        self.resets = True

    def answer_never(self) -> None:
        """From now on takes messages and says nothing."""
        self.hang = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def log_message(self, *_: object) -> None:
        """Writes nothing: the output of the test is searched."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append((self.path, body))
        if self.server.hang:
            self.server.hang.wait()
            return
        if self.server.resets:
            self.connection.close()
            return
        status, answer = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
