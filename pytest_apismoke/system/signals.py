"""Signals that end a run: turned into an orderly end, and held back while something is restored."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

#: SIGHUP does not exist everywhere.
ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

#: The alarm of a test's time limit (pytest-timeout's signal method); it ends a test, not a run.
_ALARM = tuple(getattr(signal, name) for name in ("SIGALRM",) if hasattr(signal, name))

_A_MOMENT_S = 0.05


@contextmanager
def handled(handler: Callable[[], None]) -> Iterator[list[int]]:
    """While inside, a signal that ends the run calls `handler` in the main thread.

    Gives the list of the signals that came. An exception that a handler raises is lost where it
    happens to strike a finaliser; then the signal is sent once more.
    """
    received: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        received.append(number)
        handler()

    with _installed(on_signal), _quiet_finalisers(received):
        yield received


@contextmanager
def _quiet_finalisers(received: list[int]) -> Iterator[None]:
    """Sends an interruption that struck a finaliser once more, as Python drops it there.

    Python also prints it; that is kept quiet.
    """
    before = sys.unraisablehook
    lock = threading.Lock()
    over: list[bool] = []

    def once_more() -> None:
        with lock:
            if not over:
                send_to_main_thread()

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if not (received and issubclass(dropped.exc_type, KeyboardInterrupt)):
            before(dropped)
            return
        # From a thread of its own, a moment later: what is raised in here is dropped too.
        timer = threading.Timer(_A_MOMENT_S, once_more)
        timer.daemon = True
        timer.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        with lock:
            over.append(True)
        # Another plugin may have put its own hook on top meanwhile; that one stays.
        if sys.unraisablehook is hook:
            sys.unraisablehook = before


def interrupt() -> None:
    """The handler that ends a run the way Ctrl-C does, whichever signal it was."""
    raise KeyboardInterrupt


def send_to_main_thread() -> None:
    """Ends a run from another thread of its process: breaks off what the main thread waits for."""
    if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident) is not None:
        signal.pthread_kill(main, signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGTERM)


@contextmanager
def held_back(*, deliver: bool = True) -> Iterator[list[int]]:
    """While inside, signals that would end the run wait, in the list that this gives.

    At the end the first one is delivered, unless `deliver` is False. A time limit that strikes
    meanwhile waits too, and comes unless the end of the run does.
    """
    waiting: list[int] = []
    alarms: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        (alarms if number in _ALARM else waiting).append(number)

    try:
        with _installed(on_signal, (*ENDING, *_ALARM)):
            yield waiting
    finally:
        for number in (*(waiting[:1] if deliver else ()), *alarms[:1]):
            signal.raise_signal(number)


@contextmanager
def _installed(
    on_signal: Callable[[int, FrameType | None], None], numbers: Sequence[int] = ENDING
) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        # Python delivers signals to the main thread only, and lets only that one set handlers.
        yield
        return
    # What whoever started us had ignored (nohup, a background job) stays ignored.
    wanted = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, on_signal) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
