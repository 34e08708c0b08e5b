"""Shows on the terminal why the gate is waiting for the target."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.redaction import Redactor


class Progress:
    """Writes a line each time the reason changes; on a terminal it counts the seconds in place."""

    def __init__(self, stream: TextIO, settings: Settings, redactor: Redactor) -> None:
        self._stream = stream
        self._wait_s = settings.target_wait_s
        self._target = settings.target_url
        self._redactor = redactor
        self._in_place = stream.isatty()
        self._last_reason = ""
        self._open_line = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open_line:
            self._stream.write("\n")

    def show(self, reason: str, after_s: float) -> None:
        """Shows why the target is not ready yet, `after_s` seconds after the first poll."""
        words = f"apismoke: waiting for {self._target}: {reason}"
        line = without_commands(self._redactor.text(words))
        if self._in_place:
            self._stream.write(f"\r\x1b[K{line} ({after_s:.0f} of {self._wait_s:g} s)")
            self._open_line = True
        elif reason != self._last_reason:
            self._stream.write(f"{line}\n")
        self._last_reason = reason
        self._stream.flush()
