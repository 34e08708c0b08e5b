"""Several requests at once: one round trip, results and evidence in order, and always killable."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from unit.loopback import PATIENCE_S, request_threads

from pytest_apismoke.http.client import Client
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.side_by_side import SideBySide, beside

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

COUNT = 4


@pytest.fixture
def side_by_side() -> Iterator[SideBySide]:
    one = SideBySide(at_once=16)
    yield one
    one.close()


def test_all_run_at_once_and_their_results_are_in_order(side_by_side: SideBySide) -> None:
    """Each waits here until all have begun: one after the other, the first would wait for ever."""
    all_began = threading.Barrier(COUNT)

    def function(number: int) -> int:
        all_began.wait(PATIENCE_S)
        return number

    for _ in range(2):
        functions = [lambda number=number: function(number) for number in range(COUNT)]
        assert side_by_side.run(functions) == tuple(range(COUNT))


def test_threads_are_kept_for_the_next_time_and_keep_no_process_alive(
    side_by_side: SideBySide,
) -> None:
    before = request_threads()
    all_began = threading.Barrier(COUNT)
    rounds = [
        set(
            side_by_side.run(
                [lambda: (all_began.wait(PATIENCE_S), threading.current_thread())[1]] * COUNT
            )
        )
        for _ in range(3)
    ]
    assert rounds == [request_threads() - before] * 3
    assert {thread.daemon for thread in rounds[0]} == {True}


def test_nothing_to_do_is_done_at_once(side_by_side: SideBySide) -> None:
    assert side_by_side.run([]) == ()


def test_the_first_error_in_order_is_raised_in_the_caller(side_by_side: SideBySide) -> None:
    second_failed = threading.Event()

    def first() -> None:
        second_failed.wait(PATIENCE_S)
        raise LookupError("first")

    def second() -> None:
        second_failed.set()
        raise ValueError("second")

    with pytest.raises(LookupError, match="first"):
        side_by_side.run([first, second])


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals for a thread")
def test_a_signal_handler_that_raises_ends_the_wait(side_by_side: SideBySide) -> None:
    """The jobs end by themselves; the interrupted run does not wait for them."""
    released = threading.Event()
    main = threading.main_thread().ident
    assert main is not None

    def raise_in_main() -> None:
        signal.pthread_kill(main, signal.SIGUSR1)
        released.wait(PATIENCE_S)

    def handler(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side.run([raise_in_main, lambda: None])
        assert not released.is_set()
    finally:
        released.set()
        signal.signal(signal.SIGUSR1, before)


def test_a_client_adds_the_evidence_of_its_jobs_in_order(
    make_scripted: Callable[..., ScriptedClient],
    make_exchange: Callable[..., object],
    clock: FakeClock,
) -> None:
    """Whichever ended first: reports of the same run are the same."""
    client = make_scripted([], clock)
    second_ended = threading.Event()

    def first(recorder: Recorder) -> str:
        second_ended.wait(PATIENCE_S)
        recorder.add(make_exchange(url="first"))  # type: ignore[arg-type]  # an exchange
        recorder.note("5 s old", topic="age")
        return "first"

    def second(recorder: Recorder) -> str:
        recorder.add(make_exchange(url="second"))  # type: ignore[arg-type]  # an exchange
        recorder.note("6 s old", topic="age")
        recorder.note("second")
        second_ended.set()
        return "second"

    assert Client.together(client, [first, second]) == ("first", "second")
    assert [exchange.url for exchange in client.recorder.exchanges] == ["first", "second"]
    assert client.recorder.notes == ("5 s old", "second")
    client.close()


def test_the_evidence_of_a_job_that_failed_is_not_lost(
    make_scripted: Callable[..., ScriptedClient], clock: FakeClock
) -> None:
    client = make_scripted([], clock)

    def fails(recorder: Recorder) -> None:
        recorder.note("so far")
        raise LookupError

    with pytest.raises(LookupError):
        Client.together(client, [fails])
    assert client.recorder.notes == ("so far",)
    client.close()


# -- something else beside an action ---------------------------------------------------------------


def test_something_else_is_done_beside_an_action_to_the_end_of_both() -> None:
    both_began = threading.Barrier(2)
    done: list[threading.Thread] = []

    def meanwhile() -> None:
        both_began.wait(PATIENCE_S)
        done.append(threading.current_thread())

    with beside(meanwhile) as begin:
        begin()
        both_began.wait(PATIENCE_S)
    assert done != [threading.current_thread()]
    assert len(done) == 1


def test_it_is_done_once_and_not_where_nothing_begins_it() -> None:
    done: list[str] = []
    with beside(lambda: done.append("not begun")) as begin:
        pass
    begin()
    with beside(lambda: done.append("begun")) as begin:
        begin()
        begin()
    assert done == ["begun"]


def test_what_fails_beside_an_action_does_not_hide_what_comes_of_it() -> None:
    def meanwhile() -> None:
        raise ImportError

    with beside(meanwhile) as begin:
        begin()
    with pytest.raises(LookupError), _begun(meanwhile):
        raise LookupError


def test_an_interruption_ends_the_action_and_leaves_nothing_beside_it_half_done() -> None:
    is_interrupted = threading.Event()
    done: list[str] = []

    def meanwhile() -> None:
        is_interrupted.wait(PATIENCE_S)
        done.append("all of it")

    def interrupted() -> None:
        is_interrupted.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), _begun(meanwhile):
        interrupted()
    assert done == ["all of it"]


@contextmanager
def _begun(meanwhile: Callable[[], object]) -> Iterator[None]:
    with beside(meanwhile) as begin:
        begin()
        yield
