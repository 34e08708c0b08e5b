"""What every request passes through: counting, request ids, and faults of the whole service."""

import asyncio
import uuid
from collections import Counter
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .behaviour import Behaviour
from .calls import FETCH, HEALTH, LOGIN, OAUTH, SAVE

COUNTERS_PATH = "/demo/requests"

_PATHS = frozenset(route.split(" ")[1] for route in (HEALTH, LOGIN, FETCH, SAVE, OAUTH))


class Traffic:
    """The number of requests so far; asking for it does not count."""

    def __init__(self) -> None:
        self._by_route: Counter[str] = Counter()

    def count(self, route: str) -> None:
        """Count one request; those to unknown paths count together."""
        method, _, path = route.partition(" ")
        if path != COUNTERS_PATH:
            self._by_route[route if path in _PATHS else f"{method} (unknown)"] += 1

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self._by_route.values())

    @property
    def logins(self) -> int:
        """The logins that were asked for, whatever the answer."""
        return self._by_route[LOGIN]

    def counters(self) -> dict[str, Any]:
        """Return the counters as the API answers them."""
        by_route = dict(sorted(self._by_route.items()))
        return {"total": self.total, "logins": self.logins, "by_route": by_route}


class Observed:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, traffic: Traffic, behaviour: Behaviour) -> None:
        self._app = app
        self._traffic = traffic
        self._behaviour = behaviour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        # The server has neither websockets nor lifespan switched on.
        assert scope["type"] == "http"
        route = f"{scope['method']} {scope['path']}"
        self._traffic.count(route)
        response = self._behaviour.gate(route)
        if delay_s := self._behaviour.delay_s(route):
            await asyncio.sleep(delay_s)
        await (response or self._app)(scope, receive, _with_request_id(send))


def _with_request_id(send: Send) -> Send:
    request_id = uuid.uuid4().hex

    async def send_with_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Request-ID"] = request_id
        await send(message)

    return send_with_id
