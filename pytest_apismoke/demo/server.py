"""The running process: socket, database, ready line, and an orderly end."""

import contextlib
import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from .access import Accounts, Tokens, utc_now
from .app import App
from .backend import Backend
from .behaviour import combine
from .documents import new_document
from .options import Credentials, Options, StartError
from .stopping import Stop, say
from .store import Store
from .traffic import Traffic

_HOST = "127.0.0.1"
# Long enough for an answer under way, short enough for whoever waits for the process to end.
_GRACE_S = 1
# Longer than any pause between two requests of a client, so that none meets a closed connection.
_KEEP_ALIVE_S = 60


def serve(options: Options, credentials: Credentials, stop: Stop) -> None:
    """Serve until told to stop; print the ready line and, at the end, the counters.

    Raises:
        StartError: the port or the temporary folder cannot be used.
    """
    traffic = Traffic()
    with _listening(options.port) as listener, _store() as store:
        url = f"http://{_HOST}:{listener.getsockname()[1]}"
        backend = Backend(
            base_url=url,
            version=options.version,
            store=store,
            accounts=Accounts(store),
            tokens=Tokens(),
            behaviour=combine(fault.make() for fault in options.faults),
        )
        backend.accounts.add(credentials.username, credentials.password)
        store.save(new_document(utc_now()))
        server = _Server(
            _config(App(backend, traffic)), stop, _ready_line(url, options, credentials)
        )
        server.run(sockets=[listener])
    say({"requests": traffic.total, "logins": traffic.logins})


class _Server(uvicorn.Server):
    """Announces itself, and ends when asked to instead of dying of the signal."""

    def __init__(self, config: uvicorn.Config, stop: Stop, ready_line: dict[str, Any]) -> None:
        super().__init__(config)
        self._stop = stop
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Printed now and not earlier: who reads it may connect at once.
        if not say(self._ready_line):
            self._stop.request()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.requested

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again after its shutdown, and the exit code would not be
        # 0. The handlers of Stop stay in place instead.
        yield


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )


def _ready_line(url: str, options: Options, credentials: Credentials) -> dict[str, Any]:
    line: dict[str, Any] = {"url": url, "username": credentials.username}
    if credentials.generated:
        line["password"] = credentials.password
    return {
        **line,
        "version": options.version,
        "faults": [fault.name for fault in options.faults],
        "pid": os.getpid(),
    }


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # The protocol is named because asyncio sets TCP_NODELAY only then; without it every answer
    # on a connection in use would take 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        # On POSIX it allows a restart on the same port; on Windows it would share a used one.
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, port))
            listener.listen()
        except OSError as error:
            used = error.errno == errno.EADDRINUSE
            raise StartError(
                f"expected to listen on port {port}, seen: {error.strerror}",
                where=f"{_HOST}:{port}",
                hint=f"{'stop what uses the port, or leave' if used else 'leave'} --port out to "
                "get a free one.",
            ) from None
        yield listener


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="apismoke-demo-")
    except OSError as error:
        raise StartError(
            f"expected to create the database in a temporary folder, seen: {error.strerror}",
            where=str(error.filename),
            hint="make the folder writable, or set TMPDIR to one that is.",
        ) from None
    with folder as name, contextlib.closing(Store(Path(name) / "demo.sqlite3")) as store:
        yield store
