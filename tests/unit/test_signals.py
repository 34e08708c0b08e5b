"""Signals that end a run: an orderly end, and none while something is being restored."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress

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


def test_a_signal_that_is_held_back_arrives_at_the_end_and_only_the_first_does() -> None:
    events: list[str] = []
    with signals.handled(lambda: events.append("signal")):
        with signals.held_back():
            send(signal.SIGTERM)
            send(signal.SIGINT)
            events.append("restored")
        events.append("after")
    assert events == ["restored", "signal", "after"]


def test_without_a_signal_nothing_arrives() -> None:
    events: list[str] = []
    with signals.handled(lambda: events.append("signal")), signals.held_back():
        pass
    assert events == []


def test_holding_back_twice_delivers_once() -> None:
    events: list[str] = []
    with signals.handled(lambda: events.append("signal")), signals.held_back():
        with signals.held_back():
            send(signal.SIGTERM)
        events.append("restored")
    assert events == ["restored", "signal"]


def test_a_signal_that_is_held_back_arrives_although_restoring_failed() -> None:
    events: list[str] = []
    with (
        signals.handled(lambda: events.append("signal")),
        suppress(ValueError),
        signals.held_back(),
    ):
        send(signal.SIGTERM)
        raise ValueError
    assert events == ["signal"]


def test_signals_that_are_held_back_for_good_are_told_and_not_delivered() -> None:
    events: list[str] = []
    with (
        signals.handled(lambda: events.append("signal")),
        signals.held_back(deliver=False) as waiting,
    ):
        send(signal.SIGTERM)
        send(signal.SIGINT)
    assert (waiting, events) == ([signal.SIGTERM, signal.SIGINT], [])


# -- a test's time limit ----------------------------------------------------------------------


@pytest.fixture
def events() -> Iterator[list[str]]:
    """What happened, in order; an alarm says so itself, as pytest-timeout's would."""
    happened: list[str] = []

    def on_alarm(*_: object) -> None:
        happened.append("alarm")

    before = signal.signal(signal.SIGALRM, on_alarm)
    yield happened
    assert signal.signal(signal.SIGALRM, before) is on_alarm


def test_a_time_limit_waits_while_signals_are_held_back(events: list[str]) -> None:
    with signals.held_back() as waiting:
        send(signal.SIGALRM)
        send(signal.SIGALRM)
        events.append("restored")
    events.append("after")
    assert (waiting, events) == ([], ["restored", "alarm", "after"])


def test_a_time_limit_comes_although_signals_are_held_back_for_good(events: list[str]) -> None:
    with (
        signals.handled(lambda: events.append("signal")),
        signals.held_back(deliver=False) as waiting,
    ):
        send(signal.SIGTERM)
        send(signal.SIGALRM)
        events.append("restored")
    assert (waiting, events) == ([signal.SIGTERM], ["restored", "alarm"])


def test_a_time_limit_comes_although_restoring_failed(events: list[str]) -> None:
    with suppress(ValueError), signals.held_back():
        send(signal.SIGALRM)
        raise ValueError
    assert events == ["alarm"]


def test_a_time_limit_waits_until_the_outermost_is_done(events: list[str]) -> None:
    with signals.held_back():
        with signals.held_back():
            send(signal.SIGALRM)
        events.append("restored")
    assert events == ["restored", "alarm"]


@pytest.mark.parametrize("order", ["alarm first", "signal first"])
def test_a_signal_that_ends_the_run_goes_before_a_time_limit(events: list[str], order: str) -> None:
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


def test_a_time_limit_comes_after_a_signal_whose_handler_returns(events: list[str]) -> None:
    with signals.handled(lambda: events.append("signal")), signals.held_back():
        send(signal.SIGALRM)
        send(signal.SIGTERM)
    assert events == ["signal", "alarm"]


def test_outside_a_time_limit_strikes_at_once(events: list[str]) -> None:
    with signals.handled(lambda: events.append("signal")):
        send(signal.SIGALRM)
        events.append("after")
    assert events == ["alarm", "after"]


# -- from outside and from elsewhere ----------------------------------------------------------


@pytest.fixture(params=signals.ENDING)
def ignored(request: pytest.FixtureRequest) -> Iterator[int]:
    """A signal that whoever started this process had ignored, as nohup does."""
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


def test_another_thread_may_hold_back_too_and_changes_nothing() -> None:
    """Only the main thread can set handlers; asking elsewhere must not fail."""
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


def test_an_interruption_that_python_drops_in_a_finaliser_comes_once_more() -> None:
    class Finalised:
        def __del__(self) -> None:
            send(signal.SIGTERM)

    def drop_it_and_wait() -> None:
        Finalised()
        threading.Event().wait(60)

    with signals.handled(signals.interrupt) as received, pytest.raises(KeyboardInterrupt):
        drop_it_and_wait()
    assert len(received) == 2
