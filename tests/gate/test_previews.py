"""The page on previews shows what a run says of a sign-in in front of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from harness import Gate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "previews.md"


class SignIn(BaseHTTPRequestHandler):
    """Sends everybody to a sign-in."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "https://vercel.com/sso-api?url=preview")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture
def sign_in() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), SignIn) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_output_it_shows_is_real(gate: Gate, sign_in: str) -> None:
    (shown,) = re.findall(r"```\n(INCONCLUSIVE.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    headline, advice = shown.split("...\n")
    ended = gate.against_url(sign_in, "--smoke", COLUMNS="80")
    assert (ended.code, headline in ended.out, advice in ended.out) == (5, True, True)
