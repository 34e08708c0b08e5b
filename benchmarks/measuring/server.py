"""The latency server as a process of its own, from the outside."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from measuring import api, latency_server

_LIMIT_S = 10
#: A proxy of the environment is not asked for what is on the loopback.
_OPENER = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the server has seen since it began: requests by method and path, without queries."""

    requests: Mapping[str, int]
    connections: int
    most_at_once: int

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.requests.values())

    @property
    def logins(self) -> int:
        """The requests for a token."""
        return self.requests.get(f"POST {api.LOGIN}", 0)

    def __str__(self) -> str:
        """In a cell of a table."""
        return f"{self.total} / {self.connections} / {self.logins} / {self.most_at_once}"


class LatencyServer:
    """Runs while the context is open; ended by its standard input, which ends with this process."""

    def __enter__(self) -> LatencyServer:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, str(Path(latency_server.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the latency server did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End this process, and no other one."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        try:
            self._process.wait(_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def begin(self, latency_ms: int, *, has_tags: bool) -> None:
        """Start the counters and the settings anew, with this latency, with or without tags."""
        told = {"latency_ms": latency_ms, "has_tags": has_tags}
        self._ask(latency_server.BEGIN, json.dumps(told).encode())

    def counters(self) -> Counters:
        """What has been seen since."""
        return Counters(**self._ask(latency_server.COUNTERS))

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        with _OPENER.open(Request(self.url + path, body), timeout=_LIMIT_S) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
        return answer
