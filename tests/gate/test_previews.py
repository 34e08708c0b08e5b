"""The page on previews shows what a run says of a sign-in in front of the API."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from harness import Gate

from pytest_apismoke.configuration.loading import load

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "previews.md").read_text("utf-8")


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
    """The lines at 80 columns, as a terminal has them."""
    (shown,) = re.findall(r"```\n(INCONCLUSIVE.*?)```", PAGE, re.DOTALL)
    headline, advice = shown.split("...\n")
    ended = gate.against_url(sign_in, "--smoke", COLUMNS="80")
    assert (ended.code, headline in ended.out, advice in ended.out) == (5, True, True)


def test_each_configuration_can_be_used() -> None:
    texts = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", PAGE), "canary-of-a-wall")
    for text in texts:
        name = "preview" if "profiles.preview" in text else "default"
        assert load({"apismoke.toml": text}, name=name, environ=environ)[1] == ()
    assert len(texts) == 5


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```nginx\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {places}\n{text}\n}}\n"
    )
    ended = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-c", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
