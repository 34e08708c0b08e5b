"""A reverse proxy that answers the updates of one path with success, and forwards none of them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from servers.asking import ask_at
from servers.server import Answer

#: What belongs to one connection, or is set anew.
_NOT_PASSED_ON = frozenset({"connection", "keep-alive", "transfer-encoding", "host"})


class DroppingProxy(ThreadingHTTPServer):
    """Stands in front of a server; `dropped` counts the updates that it did not forward.

    Args:
        upstream: the URL of the server.
        update: the method and the path of what is dropped.
        status: how it is answered: 200 with the document as it is, or 204.

    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str, *, update: tuple[str, str], status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.update, self.status = upstream, update, status
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.dropped = 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Ends it."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: DroppingProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _pass_on_or_drop(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {n: v for n, v in self.headers.items() if n.lower() not in _NOT_PASSED_ON}
        if (self.command, self.path) != self.server.update:
            self._answer(ask_at(self.server.upstream, self.command, self.path, body, headers))
            return
        self.server.dropped += 1
        if self.server.status == 204:
            self._answer(Answer(status=204))
            return
        read = {n: v for n, v in headers.items() if n.lower() in {"authorization", "accept"}}
        self._answer(ask_at(self.server.upstream, "GET", self.path, None, read))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_OPTIONS = _pass_on_or_drop  # noqa: N815

    def _answer(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in {*_NOT_PASSED_ON, "content-length"}:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
