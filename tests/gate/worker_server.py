"""A Worker with two versions in its deployment, behind a network that honours overrides or not."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OLD = "db7cd8d3-4425-4fe7-8c81-01bf963b6067"
NEW = "dc8dcd28-271b-4367-9840-6c244f84cb40"


class WorkerServer:
    """Answers as the old version, unless a request asks for the new one and that is honoured."""

    def __init__(self, *, honours: bool) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = self.headers.get("Cloudflare-Workers-Version-Overrides", "")
                match = re.fullmatch(r'shop="([^"]*)"', asked)
                is_new = honours and match is not None and match[1] == NEW
                body = json.dumps({"status": "ok"}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("x-worker-version", NEW if is_new else OLD)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Requests are not logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
