"""Many requests in flight over one client: few connections, and nobody gets another's evidence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from unit.loopback import PATIENCE_S

from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.retry import AT_MOST_IN_A_RUN, Pace

if TYPE_CHECKING:
    from unit.conftest import FakeClock

ClientOf = Callable[..., Client]
THREADS, REQUESTS = 16, 10


class KeepAliveServer(ThreadingHTTPServer):
    """Answers every request with its path, and counts the connections."""

    daemon_threads = True
    request_queue_size = 2 * THREADS

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.connections = 0
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self.connections += 1
        super().process_request(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: KeepAliveServer

    def do_GET(self) -> None:
        body = self.path.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def keep_alive() -> Iterator[Callable[..., KeepAliveServer]]:
    servers: list[KeepAliveServer] = []

    def start(status: int = 200) -> KeepAliveServer:
        servers.append(KeepAliveServer(status))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


KeepAlive = Callable[..., KeepAliveServer]


def in_threads(action: Callable[[int], object]) -> None:
    """Runs an action in all threads at once, each with its number."""
    all_at_once = threading.Barrier(THREADS)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            all_at_once.wait(PATIENCE_S)
            action(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert errors == []
    assert not any(thread.is_alive() for thread in threads)


def test_requests_one_after_another_share_one_connection(
    keep_alive: KeepAlive, client_of: ClientOf
) -> None:
    server = keep_alive()
    client = client_of(server.url)
    for _ in range(REQUESTS):
        client.send(Request(method="GET", path="/x"))
    assert server.connections == 1


def test_many_threads_share_few_connections_and_each_has_its_own_evidence(
    keep_alive: KeepAlive, client_of: ClientOf
) -> None:
    server = keep_alive()
    client = client_of(server.url)
    recorders = [Recorder() for _ in range(THREADS)]
    bodies: list[list[str]] = [[] for _ in range(THREADS)]

    def send(thread: int) -> None:
        view = client.recording(recorders[thread])
        for number in range(REQUESTS):
            response = view.send(Request(method="GET", path=f"/{thread}/{number}"))
            bodies[thread].append(response.body.decode())

    in_threads(send)

    asked = [[f"/{thread}/{n}" for n in range(REQUESTS)] for thread in range(THREADS)]
    assert bodies == asked
    assert [[e.excerpt for e in recorder.exchanges] for recorder in recorders] == asked
    assert client.recorder.exchanges == ()
    assert server.connections <= THREADS


def test_many_threads_share_the_retries_of_a_run(
    keep_alive: KeepAlive, client_of: ClientOf, clock: FakeClock
) -> None:
    server = keep_alive(status=503)
    budget = Budget(60.0, clock=clock, sleep=lambda _: None)
    client = client_of(server.url, budget=budget, retries=True)

    in_threads(lambda _: client.send(Request(method="GET", path="/x")))

    assert len(client.recorder.exchanges) == THREADS + AT_MOST_IN_A_RUN


def test_the_pace_counts_right_in_many_threads() -> None:
    pace = Pace(retries=THREADS * REQUESTS)
    taken: list[bool] = []

    def use(thread: int) -> None:
        for number in range(2 * REQUESTS):
            taken.append(pace.take_retry())
            pace.note(thread + number / 100)

    in_threads(use)

    assert (taken.count(True), taken.count(False)) == (THREADS * REQUESTS, THREADS * REQUESTS)
    assert pace.slowest_s == THREADS - 1 + (2 * REQUESTS - 1) / 100
