"""Signals end a run in order, and not while a restore is under way."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from types import FrameType, FunctionType

import pytest

from pytest_apismoke.system import signals


@pytest.fixture(autouse=True)
def handlers_are_put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in signals.ENDING}
    yield
    assert {number: signal.getsignal(number) for number in signals.ENDING} == before


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", signals.ENDING)
def test_a_signal_calls_the_handler(number: int) -> None:
    calls: list[str] = []
    with signals.handled(lambda: calls.append("called")):
        send(number)
        send(number)
    assert calls == ["called", "called"]


def test_the_handler_of_a_run_ends_it_as_ctrl_c_does() -> None:
    with pytest.raises(KeyboardInterrupt), signals.handled(signals.interrupt):
        send(signal.SIGTERM)


# -- deferred signals -------------------------------------------------------------------------


@pytest.fixture
def events() -> Iterator[list[str]]:
    """The events of a test, in order; the alarm of a time limit adds itself."""
    happened: list[str] = []

    def on_alarm(*_: object) -> None:
        happened.append("alarm")

    before = signal.signal(signal.SIGALRM, on_alarm)
    yield happened
    assert signal.signal(signal.SIGALRM, before) is on_alarm


@pytest.mark.parametrize("fails", [False, True], ids=["restored", "restore fails"])
@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(
    ("sent", "deliver", "delivered"),
    [
        ([], True, []),
        ([signal.SIGTERM, signal.SIGINT], True, ["signal"]),
        ([signal.SIGTERM, signal.SIGINT], False, []),
        ([signal.SIGALRM, signal.SIGALRM], True, ["alarm"]),
        ([signal.SIGALRM, signal.SIGTERM], True, ["signal", "alarm"]),
        ([signal.SIGTERM, signal.SIGALRM], False, ["alarm"]),
    ],
)
def test_signals_wait_for_the_outermost_block_and_the_first_of_a_kind_is_delivered(
    events: list[str],
    sent: list[int],
    deliver: bool,
    delivered: list[str],
    depth: int,
    fails: bool,
) -> None:
    with (
        signals.handled(lambda: events.append("signal")),
        suppress(ValueError),
        ExitStack() as blocks,
    ):
        for _ in range(depth):
            waiting = blocks.enter_context(signals.held_back(deliver=deliver))
        for number in sent:
            send(number)
        events.append("restored")
        if fails:
            raise ValueError
    assert events == ["restored", *delivered]
    assert waiting == [number for number in sent if number != signal.SIGALRM]


@pytest.mark.parametrize("order", ["alarm first", "signal first"])
def test_a_signal_that_ends_the_run_suppresses_a_time_limit(events: list[str], order: str) -> None:
    numbers = [signal.SIGALRM, signal.SIGTERM]

    def restore() -> None:
        with signals.held_back():
            for number in numbers if order == "alarm first" else reversed(numbers):
                send(number)
            events.append("restored")
        events.append("after")

    with pytest.raises(KeyboardInterrupt), signals.handled(signals.interrupt):
        restore()
    assert events == ["restored"]


def test_outside_a_block_a_time_limit_strikes_at_once(events: list[str]) -> None:
    with signals.handled(lambda: events.append("signal")):
        send(signal.SIGALRM)
        events.append("after")
    assert events == ["alarm", "after"]


# -- ignored signals and other threads --------------------------------------------------------


@pytest.fixture(params=signals.ENDING)
def ignored(request: pytest.FixtureRequest) -> Iterator[int]:
    """A signal that the parent process ignores, as nohup does."""
    before = signal.signal(request.param, signal.SIG_IGN)
    yield request.param
    signal.signal(request.param, before)


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(ignored: int) -> None:
    events: list[str] = []
    with signals.handled(lambda: events.append("signal")), signals.held_back() as waiting:
        send(ignored)
        inside = signal.getsignal(ignored)
    send(ignored)
    assert (inside, signal.getsignal(ignored)) == (signal.SIG_IGN, signal.SIG_IGN)
    assert (waiting, events) == ([], [])


def test_deferring_in_another_thread_changes_nothing() -> None:
    """Only the main thread may set handlers; other threads must not fail."""
    seen: list[object] = []

    def elsewhere() -> None:
        with signals.held_back():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert seen == [before]


def test_another_thread_can_end_the_run() -> None:
    called = threading.Event()
    with signals.handled(called.set):
        thread = threading.Thread(target=signals.send_to_main_thread)
        thread.start()
        thread.join()
        assert called.wait(5)


def test_an_interruption_that_python_drops_in_a_finaliser_is_sent_again() -> None:
    class Finalised:
        def __del__(self) -> None:
            send(signal.SIGTERM)

    def drop_it_and_wait() -> None:
        Finalised()
        threading.Event().wait(60)

    with signals.handled(signals.interrupt) as received, pytest.raises(KeyboardInterrupt):
        drop_it_and_wait()
    assert len(received) == 2


def _here() -> FrameType:
    return sys._getframe()


def _frame(file: str) -> FrameType:
    """A frame of some code in a file, as a signal finds it."""
    frame: FrameType = FunctionType(_here.__code__.replace(co_filename=file), globals())()
    return frame


def test_a_signal_inside_pythons_own_code_for_imports_is_sent_again() -> None:
    """An exception there may leave its lock held, and every later import would hang."""

    def import_and_wait() -> None:
        _handler()(signal.SIGTERM, _frame("<frozen importlib._bootstrap>"))
        threading.Event().wait(60)

    with signals.handled(signals.interrupt) as received, pytest.raises(KeyboardInterrupt):
        import_and_wait()
    assert len(received) == 2


def test_a_module_that_is_imported_is_interrupted_at_once() -> None:
    with signals.handled(signals.interrupt), pytest.raises(KeyboardInterrupt):
        _handler()(signal.SIGTERM, _frame("a_module.py"))


def test_an_import_that_hangs_is_interrupted_at_last() -> None:
    importing = _frame("<frozen importlib._bootstrap>")
    calls: list[str] = []
    with signals.handled(lambda: calls.append("called")) as received:
        received += [signal.SIGTERM] * 40
        _handler()(signal.SIGTERM, importing)
    assert calls == ["called"]


def _handler() -> Callable[[int, FrameType | None], object]:
    handler = signal.getsignal(signal.SIGTERM)
    assert callable(handler)
    return handler
