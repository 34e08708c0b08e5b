"""How the process is told to end, and how it talks to the one that started it."""

import contextlib
import json
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

_CHUNK_BYTES = 4096


class Stop:
    """A request to end, from whichever side it comes."""

    def __init__(self) -> None:
        self._requested = False

    @property
    def requested(self) -> bool:
        """Whether the process is to end."""
        return self._requested

    def request(self) -> None:
        """Ask the process to end."""
        self._requested = True

    def on_signals(self) -> None:
        """Let SIGINT and SIGTERM ask."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def on_end_of_stdin(self) -> None:
        """Let the end of stdin ask: whoever started the process has died or is done."""
        threading.Thread(target=self._read_to_the_end, name="stdin", daemon=True).start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.request()

    def _read_to_the_end(self) -> None:
        # os.read, because a thread inside sys.stdin.read would hold its lock while the
        # interpreter shuts down, and that aborts the process. A closed stdin has ended as well.
        with contextlib.suppress(OSError):
            while os.read(0, _CHUNK_BYTES):
                pass
        self.request()


def say(content: Any) -> bool:
    """Print one line, JSON unless it is text; return whether anybody could read it."""
    try:
        print(content if isinstance(content, str) else json.dumps(content), flush=True)
    except OSError:
        # Nobody reads any more. Python would complain about the same pipe once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
