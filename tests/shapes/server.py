"""A backend of the table, served over HTTP on the loopback inside the test's own process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from shapes.asking import Asked, RefusedError
from shapes.logins import Logins
from shapes.pages import CalendarStart, HealthPage
from shapes.parts import Backend, Fault
from shapes.settings import OTHERS, Settings
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_LIMIT_S = 30
#: More than the limit of the shape that is about latency.
_SLOW_S = 1.5


class Server:
    """The ASGI application of a backend: its parts behind one another.

    `seen` are the requests with the statuses of their answers, for whoever looks into a failure.
    """

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.monotonic) -> None:
        self._logins = Logins(backend)
        self._settings = Settings(backend, clock)
        health = HealthPage(backend)
        self._open = {**health.routes(), **self._logins.routes()}
        self._owners = {
            **health.guarded_routes(),
            **CalendarStart(backend).routes(),
            **self._settings.routes(),
        }
        self._is_slow = backend.fault is Fault.READ_IS_SLOW
        self._slow_path = backend.document.path
        self.seen: list[str] = []
        self.url = ""

    @property
    def document(self) -> bytes:
        """The settings byte for byte."""
        return self._settings.as_stored

    @property
    def updates(self) -> int:
        """How many updates were accepted."""
        return self._settings.updates

    def correct_others(self) -> None:
        """Somebody puts the other items of the list back by hand."""
        self._settings.others = OTHERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = Asked(
            method=request.method,
            path=request.url.path,
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=await request.body(),
        )
        if self._is_slow and asked.path == self._slow_path:
            await asyncio.sleep(_SLOW_S)
        answer = self.answer(asked)
        self.seen.append(f"{asked.method} {asked.path} {answer.status_code}")
        await answer(scope, receive, send)

    def answer(self, asked: Asked) -> Response:
        """The answer to a request, without HTTP."""
        try:
            self._logins.check_headers(asked)
            if asked.route in self._open:
                return self._open[asked.route](asked)
            if asked.route in self._owners:
                self._logins.check(asked)
                return self._owners[asked.route](asked)
            raise RefusedError(404, f"no {asked.method} {asked.path}")
        except RefusedError as refused:
            return refused.answer


@contextmanager
def serving(backend: Backend) -> Iterator[Server]:
    """Serves a backend."""
    app = Server(backend)
    # With the protocol named asyncio switches delayed sending off: an answer would take 40 ms more.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        # From here on the kernel takes connections, so that nobody has to wait for the thread.
        listener.listen()
        app.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, ws="none", loop="asyncio"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve([listener])), name="shapes", daemon=True
        )
        thread.start()
        try:
            yield app
        finally:
            server.should_exit = True
            thread.join(_LIMIT_S)
            assert not thread.is_alive()
