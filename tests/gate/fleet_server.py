"""Several instances behind one address, inside the test's own process; a balancer chooses.

The instances share one store, as they do behind a real balancer. Each connection is carried to one
of them, chosen by chance or in turn.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness import PASSWORD, USERNAME

TOKEN = "a-token-of-the-fleet"
HEALTH, LOGIN, ME = "/health", "/api/auth/login", "/api/business/me"
OAUTH, ORDERS, PRICES = "/oauth/google/start", "/api/orders", "/api/prices"
VERSION_HEADER = "X-Version"
#: Two declared checks, each of which is sent once in a run.
CHECKS = f"""
    [[check]]
    name = "orders"
    path = "{ORDERS}"
    [check.expect]
    status = 200

    [[check]]
    name = "prices"
    path = "{PRICES}"
    [check.expect]
    status = 200
"""

Answer = tuple[int, object]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance of the fleet.

    Attributes:
        version: what its health page, and the header of each response, show.
        broken: the paths that it answers with an error, and the status of that.
        status: what its health page says of itself.
        shows: what it makes of the settings when it is asked for them.

    """

    version: str = "2"
    broken: frozenset[str] = frozenset()
    error: int = 500
    status: str = "ok"
    shows: Callable[[dict[str, Any]], object] = field(default=lambda document: document)


GOOD = Instance()
OLD = Instance(version="1")


def with_one(odd: Instance, *, of: int, good: Instance = GOOD) -> tuple[Instance, ...]:
    """A fleet of which one instance is odd."""
    return (odd, *[good] * (of - 1))


class FleetServer(ThreadingHTTPServer):
    """Responds like the API of SPEC section 5, by one of its instances.

    Args:
        instances: of the fleet; may be replaced while it runs.
        seed: of the balancer's chance; None takes the instances in turn.
        header: whether every response carries the version.

    """

    daemon_threads = True
    #: As a real server's; the default of five makes a burst of connections wait.
    request_queue_size = 128

    def __init__(
        self, instances: Sequence[Instance], *, seed: int | None = 1, header: bool = False
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.instances = tuple(instances)
        self.header = header
        self.document: dict[str, Any] = {
            "id": "biz_1",
            "name": "Fleet",
            "description": "A fleet",
            "industry": "Ships",
            "greeting_style": "Ahoy",
            "phone_number": "+14155550123",
            "receptionist_enabled": False,
            "google_calendar_connected": False,
        }
        #: How many requests of each path have come, and what is done before each is answered.
        self.asked: Counter[str] = Counter()
        self.before: Callable[[FleetServer, str], None] = lambda server, path: None
        self._chance = None if seed is None else random.Random(seed)  # noqa: S311  # a balancer's
        self._lock = threading.Lock()
        self._turn = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def choose(self) -> int:
        """The balancer's choice for a connection."""
        with self._lock:
            if self._chance is not None:
                return self._chance.randrange(len(self.instances))
            self._turn += 1
            return (self._turn - 1) % len(self.instances)

    def come(self, path: str) -> None:
        """Counts a request."""
        with self._lock:
            self.asked[path] += 1
            self.before(self, path)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: FleetServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self._number = self.server.choose()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.come(path)
        instance = self._instance()
        page = {"status": instance.status, "version": instance.version}
        answers: dict[str, Callable[[], Answer]] = {
            HEALTH: lambda: (200, page),
            OAUTH: lambda: (200, {"available": False, "error": "not_configured", "detail": "no"}),
            ME: lambda: self._for_the_owner(lambda: instance.shows(self.server.document)),
            ORDERS: lambda: self._for_the_owner(lambda: {"items": []}),
            PRICES: lambda: self._for_the_owner(lambda: {"items": []}),
        }
        answer = answers.get(path, lambda: (404, {"error": "not_found", "detail": path}))
        self._answer(*self._unless_broken(path, answer))

    def do_POST(self) -> None:
        sent = self._sent()
        self.server.come(self.path)
        is_right = sent == {"email": USERNAME, "password": PASSWORD}
        right: Answer = (200, {"access_token": TOKEN})
        self._answer(*self._unless_broken(self.path, lambda: right if is_right else _REFUSED))

    def do_PUT(self) -> None:
        sent = self._sent()
        self.server.come(f"PUT {self.path}")

        def update() -> object:
            self.server.document = {**self.server.document, **sent}
            return {"status": "success"}

        self._answer(*self._unless_broken(self.path, lambda: self._for_the_owner(update)))

    def _instance(self) -> Instance:
        return self.server.instances[self._number % len(self.server.instances)]

    def _unless_broken(self, path: str, answer: Callable[[], Answer]) -> Answer:
        if path in self._instance().broken:
            return self._instance().error, {"error": "broken", "detail": path}
        return answer()

    def _for_the_owner(self, body: Callable[[], object]) -> Answer:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _REFUSED
        return 200, body()

    def _sent(self) -> Mapping[str, Any]:
        return dict(json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}"))

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.server.header:
            self.send_header(VERSION_HEADER, self._instance().version)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: the test looks at `asked`."""


_REFUSED: Answer = (401, {"detail": "Could not validate credentials"})
