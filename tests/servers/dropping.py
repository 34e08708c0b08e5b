"""A reverse proxy that answers the updates of one path with success, and forwards none of them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from servers.asking import ask_at
from servers.server import Answer, Server

#: What belongs to one connection, or is set anew.
_NOT_PASSED_ON = frozenset({"connection", "keep-alive", "transfer-encoding", "host"})


class DroppingProxy(ThreadingHTTPServer):
    """Stands in front of a server; `dropped` counts the updates that it did not forward.

    Args:
        upstream: the URL of the server.
        server: whose updates are dropped; they are answered with its document, or with 204.

    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str, server: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.behind = upstream, server
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
        if (self.command, self.path) != self.server.behind.update:
            self._answer(ask_at(self.server.upstream, self.command, self.path, body, headers))
            return
        self.server.dropped += 1
        if self.server.behind.dropped_status == 204:
            self._answer(Answer(status=204))
            return
        read = {n: v for n, v in headers.items() if n.lower() in {"authorization", "accept"}}
        path = self.server.behind.document_path
        self._answer(ask_at(self.server.upstream, "GET", path, None, read))

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

    def log_message(self, *_: object) -> None:
        """Says nothing."""
