"""Starts the reference backend as the process it is, and talks to it over real HTTP."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

END_S = 20
PASSWORD = "correct horse"


def _environment(changes: Mapping[str, str]) -> dict[str, str]:
    # The process runs the package that the tests import, checkout or installed.
    spec = importlib.util.find_spec("pytest_apismoke.demo")
    assert spec is not None
    assert spec.origin is not None
    inherited = {key: value for key, value in os.environ.items() if "APISMOKE" not in key}
    return {**inherited, "PYTHONPATH": str(Path(spec.origin).parents[2]), **changes}


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "pytest_apismoke.demo", *arguments]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running backend and a client of it."""

    process: subprocess.Popen[str]
    ready: Mapping[str, Any]
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request; whatever comes back must carry a request id."""
        response = self.session.request(
            method, self.url + path, timeout=END_S, allow_redirects=False, **options
        )
        assert response.headers["X-Request-ID"]
        return response

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def login(self, password: str | None = None) -> requests.Response:
        right = self.ready.get("password", PASSWORD)
        body = {"username": self.ready["username"], "password": password or right}
        return self.request("POST", "/api/auth/login", json=body)

    def bearer(self) -> dict[str, str]:
        response = self.login()
        assert response.status_code == 200
        return {"Authorization": f"Bearer {response.json()['access_token']}"}

    def fetch(self, headers: Mapping[str, str] | None = None) -> requests.Response:
        return self.get("/api/business/me", headers=headers or self.bearer())

    def save(
        self, changes: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        return self.request(
            "PUT", "/api/business/me", json=changes, headers=headers or self.bearer()
        )

    def document(self) -> dict[str, Any]:
        response = self.fetch()
        assert response.status_code == 200
        document: dict[str, Any] = response.json()
        return document

    def oauth(self) -> requests.Response:
        return self.get("/oauth/google/start", params={"business_id": self.document()["id"]})

    def hang_up(self) -> None:
        """Do what the death of the starting process does."""
        self.session.close()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def end(self) -> list[str]:
        """Wait for the end, which must be in order, and return the lines printed after ready."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with self.process.stdout as out, self.process.stderr as err:
            lines, errors = out.read().splitlines(), err.read()
        assert self.process.wait(END_S) == 0, errors
        assert errors == ""
        return lines


class Fleet:
    """Every backend started so far."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []

    def start(
        self, *arguments: str, stdin: int = subprocess.PIPE, environ: Mapping[str, str]
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

    def reap(self) -> None:
        """End what still runs, and insist that nothing of it stays."""
        for process in self._started:
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
        for process in self._started:
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    fleet = Fleet()
    yield fleet
    fleet.reap()


@pytest.fixture(scope="session")
def shared_demo(fleet: Fleet) -> Demo:
    """A healthy backend for tests that leave it as it was."""
    return fleet.start("--until-eof", environ={"APISMOKE_DEMO_PASSWORD": PASSWORD})


@pytest.fixture(scope="session")
def tagged_demo(fleet: Fleet) -> Demo:
    """A backend with ETags for tests that save, whatever was saved before."""
    return fleet.start("--until-eof", "--fault=etags", environ={"APISMOKE_DEMO_PASSWORD": PASSWORD})


@pytest.fixture
def start(fleet: Fleet) -> Iterator[Callable[..., Demo]]:
    """Start backends with these faults; they are told to end when the test ends."""
    started: list[Demo] = []

    def _start(*faults: str, options: tuple[str, ...] = (), **environ: str) -> Demo:
        chosen = [part for fault in faults for part in ("--fault", fault)]
        environ = {"APISMOKE_DEMO_PASSWORD": PASSWORD, **environ}
        started.append(fleet.start("--until-eof", *chosen, *options, environ=environ))
        return started[-1]

    yield _start
    for demo in started:
        demo.hang_up()


@pytest.fixture
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command to its end and return what it printed."""

    def _run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            _command(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=END_S,
            env=_environment(environ),
        )

    return _run
