"""What the unit tests share: a clock that only moves when told, and a client that follows a script.

Fixtures that property tests use are of session scope; they hand out makers, never state.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from unit.loopback import RawServer

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor

T = TypeVar("T")
#: How often a property is tried with --few-examples: enough to execute it on another Python.
FEW_EXAMPLES = 10
BASE_URL = "https://api.example.com"
#: Generous for a loopback: a test that wants to see a limit reached sets its own.
LIMITS = Limits(connect_timeout_s=5.0, read_timeout_s=5.0, max_body_bytes=1000)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Gives a property test few examples where that is asked for, whatever its own number is."""
    test = getattr(item, "obj", None)
    if hasattr(test, "hypothesis") and item.config.getoption("--few-examples"):
        # Here, because a run of the gate alone loads this file too, and needs no hypothesis.
        from hypothesis import settings

        # Hypothesis has no public name for the settings of a test.
        name = "_hypothesis_internal_use_settings"
        own: Any = getattr(test, name, None) or settings.default
        setattr(test, name, settings(own, max_examples=min(own.max_examples, FEW_EXAMPLES)))


class FakeClock:
    """A monotonic clock that moves when somebody sleeps, and by `step_s` at each look."""

    def __init__(self, *, step_s: float = 0.0) -> None:
        self.now = 1000.0
        self.step_s = step_s
        self.slept: list[float] = []

    def __call__(self) -> float:
        self.now += self.step_s
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ScriptedClient(Client):
    """Gives the answers of a script instead of asking anybody; remembers what was asked."""

    def __init__(self, script: Sequence[Response | SmokeError], clock: FakeClock) -> None:
        budget = Budget(60.0, clock=clock, sleep=clock.sleep)
        super().__init__(BASE_URL, redactor=Redactor(), limits=LIMITS, budget=budget)
        self.requests: list[Request] = []
        self.restoring: list[bool] = []
        self._script = list(script)

    def together(self, jobs: Sequence[Callable[[Recorder], T]]) -> tuple[T, ...]:
        return tuple(job(self.recorder) for job in jobs)

    def send(self, request: Request, *, fresh: bool = False, restoring: bool = False) -> Response:
        self.requests.append(request)
        self.restoring.append(restoring)
        # The last line of the script is said for ever.
        said = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(said, SmokeError):
            raise said
        return said


def new_exchange(**changes: Any) -> Exchange:
    values: dict[str, Any] = {
        "method": "GET",
        "url": f"{BASE_URL}/api",
        "status": 200,
        "duration_s": 0.1,
        "request_id": None,
        "excerpt": "",
        "error": None,
        "curl": f"curl -sS -i {BASE_URL}/api",
    }
    return Exchange.told(**{**values, **changes})


def new_answer(
    status: int = 200, *, body: object = None, headers: Mapping[str, str] | None = None
) -> Response:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"content-type": "application/json"}
    return Response(
        status=status,
        headers={**kind, **(headers or {})},
        body=raw,
        exchange=new_exchange(status=status),
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def make_clock() -> Callable[..., FakeClock]:
    return FakeClock


@pytest.fixture(scope="session")
def make_exchange() -> Callable[..., Exchange]:
    return new_exchange


@pytest.fixture(scope="session")
def make_answer() -> Callable[..., Response]:
    """An answer; a body that is not bytes is sent as JSON, None is no body."""
    return new_answer


@pytest.fixture
def scripted(clock: FakeClock) -> Callable[..., ScriptedClient]:
    """A client that says the given answers and errors one after the other, the last for ever."""
    return lambda *script: ScriptedClient(script, clock)


@pytest.fixture(scope="session")
def make_scripted() -> Callable[..., ScriptedClient]:
    """The same for a script and a clock that the test makes itself."""
    return ScriptedClient


# -- over real sockets ------------------------------------------------------------------------


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy, no .netrc and no authorities of whoever runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in (
            *("NETRC", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """Starts a server that plays a script; see `RawServer`."""
    servers: list[RawServer] = []

    def start(*script: Any, **options: Any) -> RawServer:
        servers.append(RawServer(*script, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def client_of(plain_environment: None) -> Iterator[Callable[..., Client]]:
    """A client of a URL; sends nothing twice unless told."""
    clients: list[Client] = []

    def make(
        url: str, *, limits: Limits = LIMITS, budget: Budget | None = None, **options: Any
    ) -> Client:
        client = Client(
            url,
            redactor=Redactor(),
            limits=limits,
            budget=budget or Budget(60.0),
            **{"retries": False, **options},
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
