"""The running server: socket, database, ready line, and shutdown in order."""

import contextlib
import errno
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvicorn

from .access import Accounts, Tokens
from .app import App
from .backend import Backend
from .behaviour import combine
from .connection import Protocol
from .documents import new_document
from .login_limit import LOGINS_PER_MINUTE, LoginLimit
from .options import Credentials, Options, StartError
from .stopping import Stop, print_line
from .store import Store
from .traffic import Traffic

_HOST = "127.0.0.1"
# Enough for a response under way, and a short wait for the process that waits for the exit.
_SHUTDOWN_TIMEOUT_S = 1
# Longer than any pause between two requests of a client, so that no request meets a closed
# connection.
_KEEP_ALIVE_S = 60


def serve(options: Options, credentials: Credentials, stop: Stop) -> None:
    """Serve until asked to stop; print the ready line first and the counters last.

    Raises:
        StartError: the port or the temporary folder cannot be used.
    """
    traffic = Traffic()
    with _listening(options.port) as listener, _store() as store:
        url = f"http://{_HOST}:{listener.getsockname()[1]}"
        behaviour = combine(fault.make() for fault in options.faults)
        backend = Backend(
            base_url=url,
            version=options.version,
            store=store,
            accounts=Accounts(store),
            tokens=Tokens(),
            login_limit=LoginLimit(behaviour.logins_per_minute(LOGINS_PER_MINUTE)),
            behaviour=behaviour,
            twilio_auth_token=credentials.twilio_auth_token,
        )
        backend.accounts.add(credentials.username, credentials.password)
        store.save(behaviour.initial_document(new_document()))
        ready = _ready_line(url, options, credentials)
        server = _Server(_config(App(backend, traffic)), stop, ready)
        server.run(sockets=[listener])
    print_line({"requests": traffic.total, "logins": traffic.logins})


class _Server(uvicorn.Server):
    """A server that prints the ready line, and exits with 0 when asked to stop."""

    def __init__(
        self, config: uvicorn.Config, stop: Stop, ready_line: Mapping[str, object]
    ) -> None:
        super().__init__(config)
        self._stop = stop
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Only now: its reader may connect at once.
        if not print_line(self._ready_line):
            self._stop.request()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.requested

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The handlers of Stop stay in place: uvicorn would raise the signal again after its
        # shutdown, and the exit code would not be 0.
        yield


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_S,
    )


def _ready_line(url: str, options: Options, credentials: Credentials) -> dict[str, object]:
    password = {"password": credentials.password} if credentials.generated else {}
    return {
        "url": url,
        "username": credentials.username,
        **password,
        "version": options.version,
        "faults": [fault.name for fault in options.faults],
        "pid": os.getpid(),
    }


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # asyncio sets TCP_NODELAY only if the protocol is named; without it every response on a
    # connection that is used again would take 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        # On POSIX this allows a restart on the same port; on Windows it would share a used one.
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
