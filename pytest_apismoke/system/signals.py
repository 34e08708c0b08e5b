"""Turn signals that end a run into an orderly end, and defer them while a restore is under way."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

#: The signals that end a run. Windows has no SIGHUP.
ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

#: The signal of a test's time limit (pytest-timeout's signal method): it ends a test, not the run.
_ALARM = tuple(getattr(signal, name) for name in ("SIGALRM",) if hasattr(signal, name))

_RESEND_AFTER_S = 0.05
#: How often a signal inside an import is sent again: longer than any import but one that hangs.
_MOST_RESENT = 40


@contextmanager
def handled(handler: Callable[[], None]) -> Iterator[list[int]]:
    """Calls `handler` in the main thread for each signal that would end the run.

    Yields the list of the signals received so far. Python drops an exception that the handler
    raises inside a finaliser, and may keep the lock of all imports after one inside its machinery
    of imports, so that every later import would hang; the signal is then sent again.
    """
    received: list[int] = []
    send_later: list[Callable[[], None]] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if send_later and _is_in_import_system(frame) and len(received) <= _MOST_RESENT:
            send_later[0]()
        else:
            handler()

    with _installed(on_signal), _resent_from_finalisers(received) as resend:
        send_later.append(resend)
        yield received


def _is_in_import_system(frame: FrameType | None) -> bool:
    """Whether a frame is of Python's own code for imports, and not of a module that it runs."""
    return frame is not None and frame.f_code.co_filename.startswith("<frozen importlib")


@contextmanager
def _resent_from_finalisers(received: list[int]) -> Iterator[Callable[[], None]]:
    """Sends the signal again when Python drops a KeyboardInterrupt inside a finaliser.

    Also suppresses the warning that Python prints about the dropped exception. What the context
    gives sends the signal again at any other time.
    """
    before = sys.unraisablehook
    lock = threading.Lock()
    ended: list[bool] = []

    def send_again() -> None:
        with lock:
            if not ended:
                send_to_main_thread()

    def send_later() -> None:
        # From another thread: an exception raised here would be of no use either.
        timer = threading.Timer(_RESEND_AFTER_S, send_again)
        timer.daemon = True
        timer.start()

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if not (received and issubclass(dropped.exc_type, KeyboardInterrupt)):
            before(dropped)
            return
        send_later()

    sys.unraisablehook = hook
    try:
        yield send_later
    finally:
        with lock:
            ended.append(True)
        # Another plugin may have installed its own hook since; that one stays.
        if sys.unraisablehook is hook:
            sys.unraisablehook = before


def interrupt() -> None:
    """A handler that ends the run as Ctrl-C does, for any signal."""
    raise KeyboardInterrupt


def send_to_main_thread() -> None:
    """Ends the run from another thread, even while the main thread is blocked in a call."""
    if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident) is not None:
        signal.pthread_kill(main, signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGTERM)


@contextmanager
def held_back(*, deliver: bool = True) -> Iterator[list[int]]:
    """Defers the signals that would end the run, and yields the list of those deferred.

    On exit the first of them is delivered, unless `deliver` is False. A test's time limit that
    expires inside is deferred too, and delivered unless the deferred signal ends the run.
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
        # Python delivers signals to the main thread, and only that thread may set handlers.
        yield
        return
    # Signals that our parent process ignores (nohup, background jobs) stay ignored.
    wanted = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, on_signal) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
