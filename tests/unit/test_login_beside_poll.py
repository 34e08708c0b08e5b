"""The login is sent beside the first poll of the readiness path, and counts if that finds it ready.

The server answers a request only once those that come beside it are there: sent one after the
other they would wait for ever.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from unit.loopback import PATIENCE_S
from unit.test_preflight import settings_of

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Category
from pytest_apismoke.preflight.early_login import may_log_in_beside_a_poll
from pytest_apismoke.preflight.preflight import run_preflight
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

pytestmark = pytest.mark.usefixtures("plain_environment")

HEALTH, LOGIN, ME = "/health", "/api/auth/login", "/api/business/me"
Answer = tuple[int, Any]

READY: Answer = (200, {"status": "ok"})
STARTING: Answer = (503, {"status": "starting"})
REFUSED: Answer = (401, {"detail": "Invalid credentials"})
LIMITED: Answer = (429, {"error": "Rate limit exceeded"})


def token(value: str) -> Answer:
    return 200, {"access_token": value, "user": {"id": "u1"}}


class Server(ThreadingHTTPServer):
    """Answers each path by a script of its own, whose last entry is for ever.

    With `together` the first poll and the first login wait for each other.
    """

    daemon_threads = True

    def __init__(
        self, *, health: Sequence[Answer], login: Sequence[Answer], together: bool
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.script = {HEALTH: list(health), LOGIN: list(login), ME: [(200, {"id": "biz_1"})]}
        self.meeting = threading.Barrier(2) if together else None
        self.seen: list[str] = []
        self.login_came = threading.Event()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path: str) -> Answer:
        with self.lock:
            is_first = path in (HEALTH, LOGIN) and path not in self.seen
            self.seen.append(path)
            if path == LOGIN:
                self.login_came.set()
            script = self.script[path]
            answer = script.pop(0) if len(script) > 1 else script[0]
        if is_first and self.meeting:
            self.meeting.wait(PATIENCE_S)
        return answer


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, document = self.server.answer(self.path)
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  # the name that http.server calls

    def log_message(self, *_: object) -> None:
        """Says nothing."""


Start = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[Server] = []

    def one(health: Sequence[Answer], login: Sequence[Answer], *, together: bool = True) -> Server:
        servers.append(Server(health=health, login=login, together=together))
        return servers[-1]

    yield one
    for server in servers:
        server.shutdown()
        server.server_close()


def preflight_of(
    settings: Settings, clock: FakeClock, meanwhile: Callable[[], None] = lambda: None
) -> PreflightResult:
    return run_preflight(
        settings,
        Redactor(),
        run_id="this-run",
        progress=lambda reason, after_s: None,
        meanwhile=meanwhile,
        clock=clock,
        sleep=clock.sleep,
    )


def read_only(url: str, folder: Path, **options: str | bool) -> Settings:
    """One read of the settings is enough for a run that does not write."""
    return overlapping(url, folder, **{"--smoke-read-only": True, **options})


def overlapping(url: str, folder: Path, **options: str | bool) -> Settings:
    return settings_of(url, "", folder, {"--smoke-concurrency": "2", **options})


def test_a_target_that_is_ready_is_logged_in_to_in_the_same_round_trip(
    start: Start, clock: FakeClock, tmp_path: Path
) -> None:
    server = start([READY], [token("first"), token("second")])

    preflight = preflight_of(read_only(server.url, tmp_path), clock)

    assert (preflight.login.failure, preflight.token.value) == (None, "first")
    assert sorted(server.seen) == [LOGIN, ME, HEALTH]


def test_the_time_of_the_login_is_for_something_else_too(
    start: Start, clock: FakeClock, tmp_path: Path
) -> None:
    """What is called meanwhile waits here for the login: one after the other, for ever."""
    server = start([READY], [token("first")], together=False)
    begun: list[list[str]] = []

    def meanwhile() -> None:
        assert server.login_came.wait(PATIENCE_S)
        begun.append(list(server.seen))

    preflight_of(read_only(server.url, tmp_path), clock, meanwhile)
    assert begun == [[LOGIN]]


def test_a_login_to_a_target_that_was_not_ready_does_not_count(
    start: Start, clock: FakeClock, tmp_path: Path
) -> None:
    server = start([STARTING, STARTING, READY], [token("first"), token("second")])

    preflight = preflight_of(read_only(server.url, tmp_path), clock)

    assert preflight.token.value == "second"
    assert server.seen[2:] == [HEALTH, HEALTH, LOGIN, ME]


@pytest.mark.parametrize("answer", [LIMITED, STARTING], ids=["429", "503"])
def test_a_target_that_is_not_ready_is_logged_in_to_once(
    answer: Answer, start: Start, clock: FakeClock, tmp_path: Path
) -> None:
    """Whatever the first login is answered: what would be repeated waits for the poll."""
    server = start([*[STARTING] * 8, READY], [answer, token("second")])

    preflight = preflight_of(read_only(server.url, tmp_path), clock)

    assert preflight.token.value == "second"
    assert server.seen[2:] == [*[HEALTH] * 8, LOGIN, ME]


def test_a_login_that_was_limited_is_repeated_where_the_target_is_ready(
    start: Start, clock: FakeClock, tmp_path: Path
) -> None:
    server = start([READY], [LIMITED, token("second")])

    preflight = preflight_of(read_only(server.url, tmp_path), clock)

    assert [exchange.status for exchange in preflight.login.exchanges] == [429, 200]
    assert server.seen[2:] == [LOGIN, ME]


def test_a_target_that_never_is_ready_is_told_and_its_login_is_not(
    start: Start, clock: FakeClock, tmp_path: Path
) -> None:
    server = start([STARTING], [REFUSED])

    preflight = preflight_of(read_only(server.url, tmp_path, **{"--target-wait": "2"}), clock)

    assert preflight.stopped_by is not None
    assert preflight.stopped_by.category is Category.UNREADY
    assert preflight.login.failure is None
    assert server.seen.count(LOGIN) == 1


def ended(preflight: PreflightResult) -> tuple[object, ...]:
    """How a preflight ended, without what differs from run to run."""
    stopped = preflight.stopped_by
    return (
        (stopped.category, stopped.expected, stopped.seen) if stopped else None,
        preflight.login.failure and replace(preflight.login.failure, where=""),
        [exchange.status for exchange in preflight.login.exchanges],
        preflight.login.notes,
        preflight.fetch.failure,
        preflight.token.value,
    )


@pytest.mark.parametrize(
    "login",
    [[token("t")], [REFUSED], [LIMITED, token("t")], [(500, {})], [(200, {"no": "token"})]],
    ids=["token", "401", "429", "500", "no token"],
)
@pytest.mark.parametrize(
    "health",
    [[READY], [STARTING], [(404, {})], [(200, {"status": "broken"})], [(301, {})]],
    ids=["ready", "503", "404", "ill", "redirect"],
)
def test_a_preflight_ends_as_it_does_one_request_after_the_other(
    health: list[Answer], login: list[Answer], start: Start, clock: FakeClock, tmp_path: Path
) -> None:
    def run(*, overlaps: bool) -> tuple[object, ...]:
        server = start(health, login, together=overlaps)
        at_once = "2" if overlaps else "1"
        options = {"--target-wait": "0", "--smoke-concurrency": at_once}
        return ended(preflight_of(read_only(server.url, tmp_path, **options), clock))

    assert run(overlaps=True) == run(overlaps=False)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://api.example.com", True),
        ("http://127.0.0.1:8000", True),
        # A redirect to HTTPS must come before the password.
        ("http://api.example.com", False),
    ],
)
def test_a_password_goes_beside_a_poll_only_where_nobody_else_can_read_it(
    url: str, may: bool, tmp_path: Path
) -> None:
    assert may_log_in_beside_a_poll(overlapping(url, tmp_path)) is may


def test_a_version_that_is_waited_for_answers_the_login_too(tmp_path: Path) -> None:
    settings = overlapping("https://api.example.com", tmp_path)
    assert not may_log_in_beside_a_poll(replace(settings, target_version="7"))


def test_a_token_that_was_given_is_no_login(tmp_path: Path) -> None:
    settings = overlapping("https://api.example.com", tmp_path)
    given = replace(settings.credentials, token="given")
    assert not may_log_in_beside_a_poll(replace(settings, credentials=given))


@pytest.mark.parametrize("options", [{"--smoke-concurrency": "1"}, {"--smoke-rate": "5"}])
def test_a_run_that_sends_one_request_at_a_time_logs_in_once_ready(
    options: dict[str, str], tmp_path: Path
) -> None:
    settings = overlapping("https://api.example.com", tmp_path, **options)
    assert not may_log_in_beside_a_poll(settings)
