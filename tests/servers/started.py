"""A server in a process of its own, on a free port of the loopback, until the block ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from types import TracebackType

from servers.asking import ask_at
from servers.server import PASSWORD, Server

_START_LIMIT_S = 90.0
_STOP_LIMIT_S = 20.0
_MOMENT_S = 0.2


class Started:
    """A running server; entering the block waits until it answers, and gives its URL."""

    def __init__(self, server: Server, bin_folder: Path, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._port = _free_port()
        folder.mkdir(parents=True)
        for name in server.files:
            text = (server.folder / name).read_text("utf-8")
            (folder / name).write_text(text.replace("{port}", str(self._port)), "utf-8")
        command = [
            part.replace("{bin}", str(bin_folder)).replace("{port}", str(self._port))
            for part in server.command
        ]
        with (folder / "output.txt").open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=self._environment(bin_folder),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> str:
        url = f"http://127.0.0.1:{self._port}"
        give_up_at = time.monotonic() + _START_LIMIT_S
        while not self._answers(url):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self._stop()
                output = (self._folder / "output.txt").read_text("utf-8", "replace")
                raise SystemExit(f"{self._server.title} does not start:\n{output[-2000:]}")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_MOMENT_S)
        return url

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _environment(self, bin_folder: Path) -> dict[str, str]:
        ours = {"PORT": str(self._port), "ACCOUNT": self._server.account, "PASSWORD": PASSWORD}
        # What its own settings need from its installed packages.
        modules = {"NODE_PATH": str(bin_folder.parent)}
        return {**os.environ, **modules, **ours, **self._server.environment}

    def _answers(self, url: str) -> bool:
        with suppress(OSError, HTTPException):
            return ask_at(url, "GET", self._server.ready_path, None, {}).status == 200
        return False

    def _stop(self) -> None:
        """Ends the process group that it leads: some servers are several processes."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
