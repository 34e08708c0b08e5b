"""Stopping the process in order, and the lines on stdout for the process that started it."""

import contextlib
import json
import os
import signal
import sys
import threading
from types import FrameType

_CHUNK_BYTES = 4096


class Stop:
    """A request to stop: from a signal, from the end of stdin, or from the code."""

    def __init__(self) -> None:
        self._requested = False

    @property
    def requested(self) -> bool:
        """Whether the process has to stop."""
        return self._requested

    def request(self) -> None:
        """Ask the process to stop."""
        self._requested = True

    def on_signals(self) -> None:
        """Stop at SIGINT and SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def on_end_of_stdin(self) -> None:
        """Stop at the end of stdin: the process that started this one has ended or closed it."""
        threading.Thread(target=self._read_stdin, name="stdin", daemon=True).start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.request()

    def _read_stdin(self) -> None:
        # os.read, because a thread inside sys.stdin.read would hold its lock while the
        # interpreter shuts down, and that aborts the process. A closed stdin is at its end too.
        with contextlib.suppress(OSError):
            while os.read(0, _CHUNK_BYTES):
                pass
        self.request()


def print_line(content: object) -> bool:
    """Print a string as it is, or any other value as JSON; return False if stdout is closed."""
    try:
        print(content if isinstance(content, str) else json.dumps(content), flush=True)
    except OSError:
        # Without a reader, Python would report the same broken pipe once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
