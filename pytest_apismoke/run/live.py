"""Writes how far a run has come: lines that stay, and on a terminal a last one that is rewritten.

In a log each fact is a line of its own, once, with the time at which it happened; while nothing
happens, a line each ten seconds says what the run is waiting for. The lines go to the output that
the process was started with: pytest has put another one in its place while a test runs.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TextIO

from pytest_apismoke.preflight.readiness import Ready
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.preflight.watching import Watch
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.terminal import live
from pytest_apismoke.reports.terminal.folding import seconds, usable, wrapped
from pytest_apismoke.reports.terminal.line import in_ascii, line, safe
from pytest_apismoke.verdict.judgement import USER_TESTS
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason
from pytest_apismoke.verdict.reasons import reason

#: How often the last line of a terminal is rewritten, and how long a log stays silent, in seconds.
_REWRITTEN_S, _SILENT_S = 1.0, 10.0
#: So many failures and second tries are told at once; all of them are in the verdict.
_MOST_TOLD = 16
_LABEL_WIDTH = 8
_CLEAR, _DIM, _END = "\r\x1b[K", "\x1b[2m", "\x1b[0m"


class Live(Watch):
    """Writes lines to a stream; may be called from several threads.

    Args:
        stream: where they go; None for a run that says nothing before its verdict.
        redactor: keeps secrets out of them.
        path: that shows whether the target is ready.
        wait_s: how long the run waits for that, in seconds.
        owns_stream: whether it is closed in the end.
        in_place: whether the last line may be rewritten.
        has_colour: whether that line is dimmed.
        ascii_only: whether the stream can't show other characters.
        clock: in seconds.
        width: of the terminal, in columns.

    """

    def __init__(
        self,
        stream: TextIO | None,
        redactor: Redactor,
        *,
        path: str = "/",
        wait_s: float = 0.0,
        owns_stream: bool = False,
        in_place: bool = False,
        has_colour: bool = False,
        ascii_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
        width: int = 80,
    ) -> None:
        self._stream, self._owns_stream = stream, owns_stream
        self._redactor = redactor
        self._path, self._wait_s = path, wait_s
        self._in_place, self._ascii_only = in_place, ascii_only
        self._dim, self._undim = (_DIM, _END) if has_colour else ("", "")
        self._clock = clock
        self._width = usable(width)
        self._began = self._said_at = self._rewritten_at = clock()
        self._lock = threading.RLock()
        self._is_open = False
        self._doing: Callable[[float], str] | None = None
        self._since = self._began
        self._reasons: list[str] = []
        self._told: set[str] = set()
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None

    # -- what happens ---------------------------------------------------------------------------

    def begin(self, version: str, mode: str, target: str) -> None:
        """The run begins."""
        self._say("", live.began(version, mode, target))
        self._wait_for(lambda for_s: f"GET {self._path}: no answer for {for_s:.0f} s")

    def waiting(self, reason: str, after_s: float) -> None:
        """The target is not ready, for a reason, some seconds after the first look."""
        self._reasons.append(reason)
        words = live.not_ready(reason, self._path)
        if self._in_place:
            self._rewrite(f"{words}, {after_s:.0f} of {self._wait_s:g} s")
        elif len(self._reasons) < 2:
            self._say("", f"{words}; waiting up to {self._wait_s:g} s")
        elif reason != self._reasons[-2]:
            self._say("", words)
        if reason not in self._reasons[-2:-1] or self._doing is None:
            self._wait_for(lambda for_s: f"{words}, for {for_s:.0f} s now")

    def ready(self, ready: Ready) -> None:
        """The target is ready."""
        self._say("ready", live.ready(self._reasons, ready.version), ready.after_s)

    def logging_in(self, request: str, limit_s: float) -> None:
        """A login is sent."""
        self._wait_for(lambda for_s: live.no_answer(request, for_s, limit_s))

    def logged_in(self, step: Step) -> None:
        """A login has ended."""
        why = ""
        if failure := step.failure:
            outcome = Outcome.of_failure(
                self._redactor, failure, api="login", stage="login", name="login"
            )
            why = reason(outcome)
            self._told.add(why)
        self._say("login", live.login(why), step.duration_s)

    def progress(self, done: int, planned: int, running: str) -> None:
        """Some checks have ended, and another one begins."""
        self._wait_for(lambda _: live.in_flight(done, planned, running))
        if self._in_place and self._clock() - self._rewritten_at >= _REWRITTEN_S / 10:
            self.tick()

    def asked_again(self, request: str, came: str, wait_s: float) -> None:
        """A request is sent again; each one is told once, however often that is.

        Args:
            request: its method and path.
            came: what came of it.
            wait_s: how long the run waits before, in seconds.

        """
        words = live.asked_again(request, came, wait_s)
        if self._in_place:
            self._wait_for(lambda _: words)
            self.tick()
        elif request not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(request)
            self._say("", words)

    def failed(self, check: Outcome) -> None:
        """A check has failed; what failed for the same reason is told once."""
        words = live.failed(check)
        why = words.partition("FAILED: ")[2]
        if why not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(why)
            self._say(check.api, words, check.duration_s)

    def finished(self, api: str, checks: Sequence[Outcome], took_s: float | None) -> None:
        """All checks of an API have ended; `took_s` is None where it has sent nothing itself."""
        has_run = any(check.outcome is not Result.SKIPPED for check in checks)
        # What a failure kept from running is told at the end, with that failure. It may be one of
        # another API: then the verdict on this one is no pass, whatever has passed of it.
        was_kept = any(check.skip_reason is SkipReason.DEPENDENCY for check in checks)
        if has_run and not was_kept and not any(check.outcome.is_failure for check in checks):
            noun = "test" if api == USER_TESTS else "check"
            self._say(api, live.finished(checks, noun), took_s)

    def end(self) -> None:
        """Nothing more is written: something else writes from here on."""
        self._ended.set()
        with self._lock:
            self._doing = None
            self._clear()
            stream, self._stream = self._stream, None
            if stream is not None and self._owns_stream:
                with suppress(OSError, ValueError):
                    stream.close()

    # -- how it is written ----------------------------------------------------------------------

    def _say(self, label: str, text: str, took_s: float | None = None) -> None:
        """Writes a line that stays."""
        now = self._clock()
        # Before it is folded: no secret is recognised in two lines.
        text = self._redactor.text(text)
        if not self._in_place:
            took = f", {seconds(took_s)}" if label == "login" and took_s is not None else ""
            colon = " " if label == "login" else ": "
            words = f"{label}{colon}{text}{took}" if label else text
            told = live.in_log(words, now - self._began, width=self._width)
        elif label:
            told = live.in_columns(
                label, text, took_s, label_width=_LABEL_WIDTH, edge=self._width - 2
            )
        else:
            told = wrapped(text, self._width)
        with self._lock:
            self._doing = None
            self._clear()
            self._write_lines(told)
            self._said_at = now

    def _rewrite(self, text: str) -> None:
        """Writes the last line anew, on a terminal."""
        with self._lock:
            room = self._width - 1
            told = self._shown(f"> {text}")
            # A line that is folded by the terminal could not be rewritten.
            told = told if len(told) <= room else f"{told[: room - 3]}..."
            self._rewritten_at = self._clock()
            self._write(f"{_CLEAR}{self._dim}{told}{self._undim}")
            self._is_open = True

    def _clear(self) -> None:
        if self._is_open:
            self._write(_CLEAR)
            self._is_open = False

    def _shown(self, text: str) -> str:
        (one,) = safe([line(self._redactor.text(text))])
        return in_ascii(one.text) if self._ascii_only else one.text

    def _write_lines(self, lines: Iterable[str]) -> None:
        self._write("".join(f"{self._shown(one)}\n" for one in lines))

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        # A reader that has gone, or a stream that is closed, must not end the run.
        with suppress(OSError, ValueError):
            encoding = self._stream.encoding or "utf-8"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()

    # -- what takes long ------------------------------------------------------------------------

    def _wait_for(self, doing: Callable[[float], str]) -> None:
        """Takes note of what the run is waiting for from now on."""
        with self._lock:
            self._doing, self._since = doing, self._clock()
        if self._ticker is None and self._stream is not None and not self._ended.is_set():
            self._ticker = threading.Thread(target=self._go_on_ticking, daemon=True)
            self._ticker.start()

    def _go_on_ticking(self) -> None:
        while not self._ended.wait(_REWRITTEN_S):
            self.tick()

    def tick(self) -> None:
        """Tells what the run is waiting for, if it is time."""
        with self._lock:
            if self._doing is None:
                return
            now = self._clock()
            words = self._doing(now - self._since)
            if self._in_place:
                time_s = f"{now - self._began:.1f} s"
                self._rewrite(f"{words}{time_s.rjust(max(self._width - 4 - len(words), 8))}")
            elif now - self._said_at >= _SILENT_S:
                self._said_at = now
                words = self._redactor.text(words)
                self._write_lines(live.in_log(words, now - self._began, width=self._width))


def own_stream(captures: bool) -> TextIO | None:
    """The output of this process, which stays what it is while pytest captures that of tests.

    Args:
        captures: whether pytest does so.

    """
    stream = sys.stdout
    if not captures:
        return stream
    try:
        number = os.dup(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return stream
    return os.fdopen(number, "w", encoding=stream.encoding or "ascii", errors="backslashreplace")


def width_of_terminal() -> int:
    """The columns of the terminal."""
    return shutil.get_terminal_size().columns


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal on which a line can be rewritten."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
