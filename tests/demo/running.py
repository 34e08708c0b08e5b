"""Runs the reference backend as a process of its own, and talks to it over real HTTP."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
from twilio.request_validator import RequestValidator

LIMIT_S = 20
PASSWORD = "correct horse"
LOGIN = "/api/auth/login"
ME = "/api/business/me"
OAUTH = "/oauth/google/start"
CALLBACK = "/oauth/google/callback"
WEBHOOK = "/twilio/status"


def signed(url: str, fields: Mapping[str, str], auth_token: str) -> dict[str, str]:
    """The header with the signature of a POST, by Twilio's own library."""
    signature = RequestValidator(auth_token).compute_signature(url, dict(fields))
    return {"X-Twilio-Signature": str(signature)}


def _without_cookies() -> requests.Session:
    """The cookie of a login would authenticate every request after it."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running backend and a client of it."""

    process: subprocess.Popen[str]
    ready: Mapping[str, Any]
    session: requests.Session = field(default_factory=_without_cookies)

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.url.rpartition(":")[2])

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request; every response must carry a request id."""
        response = self.session.request(
            method, self.url + path, timeout=LIMIT_S, allow_redirects=False, **options
        )
        assert response.headers["X-Request-ID"]
        return response

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def login(self, password: str | None = None) -> requests.Response:
        given = password or self.ready.get("password", PASSWORD)
        return self.request(
            "POST", LOGIN, json={"email": self.ready["username"], "password": given}
        )

    def bearer(self) -> dict[str, str]:
        response = self.login()
        assert response.status_code == 200
        return {"Authorization": f"Bearer {response.json()['access_token']}"}

    def fetch(self, headers: Mapping[str, str] | None = None) -> requests.Response:
        return self.get(ME, headers=self.bearer() if headers is None else headers)

    def save(
        self, changes: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        return self.request(
            "PUT", ME, json=changes, headers=self.bearer() if headers is None else headers
        )

    def document(self) -> dict[str, Any]:
        response = self.fetch()
        assert response.status_code == 200
        document: dict[str, Any] = response.json()
        return document

    def oauth(self) -> requests.Response:
        return self.get(OAUTH, params={"business_id": self.document()["id"]})

    def close_stdin(self) -> None:
        """Do what the death of the starting process does."""
        self.session.close()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def last_lines(self) -> list[Any]:
        """Wait until the process has ended in order; return the lines after the ready line."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with self.process.stdout as out, self.process.stderr as err:
            lines, errors = out.read().splitlines(), err.read()
        assert (self.process.wait(LIMIT_S), errors) == (0, "")
        return [json.loads(line) for line in lines]


Start = Callable[..., Demo]


class Fleet:
    """Every backend started so far."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []

    def start(
        self, *arguments: str, environ: Mapping[str, str], stdin: int = subprocess.PIPE
    ) -> Demo:
        """Start a backend and wait for its ready line."""
        process = subprocess.Popen(
            _command(arguments),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(environ),
        )
        self._started.append(process)
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        return Demo(process=process, ready=json.loads(line))

    def stop(self) -> None:
        """Stop every process; none may stay."""
        for process in self._started:
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
        for process in self._started:
            try:
                process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return _run(_command(arguments), environ)


def run_after(code: str, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end in an interpreter that has run this code first."""
    module = "import runpy; runpy.run_module('pytest_apismoke.demo', run_name='__main__')"
    program = f"import sys; sys.argv = {['demo', *arguments]}; {code}; {module}"
    return _run([sys.executable, "-c", program], environ)


def _run(command: list[str], environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        env=_environment(environ),
    )


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "pytest_apismoke.demo", *arguments]


def _environment(changes: Mapping[str, str]) -> dict[str, str]:
    # The process runs the package that the tests import, checkout or installed.
    spec = importlib.util.find_spec("pytest_apismoke.demo")
    assert spec is not None
    assert spec.origin is not None
    inherited = {key: value for key, value in os.environ.items() if "APISMOKE" not in key}
    return {**inherited, "PYTHONPATH": str(Path(spec.origin).parents[2]), **changes}
