"""Threads that send requests: reused while idle, never waited for, gone with their pool."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from itertools import count

import pytest
from unit.loopback import PATIENCE_S, request_threads

from pytest_apismoke.http.worker_pool import Job, Kept, WorkerPool


class Numbers:
    """Numbers as what workers own, and what became of them."""

    def __init__(self) -> None:
        self._next = count(1)
        self.disposed: list[int] = []

    def new(self) -> int:
        return next(self._next)


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.fixture
def before() -> set[threading.Thread]:
    return request_threads()


@pytest.fixture
def workers(numbers: Numbers, before: set[threading.Thread]) -> Iterator[WorkerPool[int]]:
    pool = WorkerPool(numbers.new, numbers.disposed.append)
    yield pool
    pool.close()


def join(before: set[threading.Thread]) -> None:
    """Waits until every worker that was started since has ended."""
    for thread in request_threads() - before:
        thread.join(PATIENCE_S)
    assert request_threads() - before == set()


def do(workers: WorkerPool[int], *, kept: Kept = Kept.FIRST) -> tuple[int, threading.Thread]:
    """Does one job; which worker did it, by what it owns, and in which thread."""
    done = threading.Event()
    by: list[tuple[int, threading.Thread]] = []

    def run(number: int) -> Kept:
        by.append((number, threading.current_thread()))
        return kept

    workers.start(Job(run=run, announce=done.set))
    assert done.wait(PATIENCE_S)
    return by[0]


def test_jobs_one_after_another_use_one_thread(workers: WorkerPool[int]) -> None:
    """A worker is idle before its job is announced, however soon the next one comes."""
    assert len({do(workers) for _ in range(100)}) == 1


def do_at_once(workers: WorkerPool[int], jobs: int) -> list[int]:
    """Does jobs that wait for one another; which workers did them."""
    all_at_once = threading.Barrier(jobs)
    done = threading.Semaphore(0)
    by: list[int] = []

    def run(number: int) -> Kept:
        by.append(number)
        all_at_once.wait(PATIENCE_S)
        return Kept.FIRST

    for _ in range(jobs):
        workers.start(Job(run=run, announce=done.release))
    for _ in range(jobs):
        assert done.acquire(timeout=PATIENCE_S)
    assert not all_at_once.broken
    return by


def test_any_number_of_jobs_run_at_once_in_as_few_workers(workers: WorkerPool[int]) -> None:
    expected = list(range(1, 21))
    assert [sorted(do_at_once(workers, 20)) for _ in range(3)] == [expected] * 3


def test_a_worker_that_may_not_be_kept_ends_and_is_replaced(
    workers: WorkerPool[int], numbers: Numbers
) -> None:
    number, thread = do(workers, kept=Kept.NOT)
    thread.join(PATIENCE_S)
    assert (number, numbers.disposed, thread.is_alive()) == (1, [1], False)
    assert do(workers)[0] == 2


def test_workers_end_when_they_were_idle_for_long(
    numbers: Numbers, before: set[threading.Thread]
) -> None:
    workers = WorkerPool(numbers.new, numbers.disposed.append, idle_s=0.01)
    do(workers)
    join(before)
    assert numbers.disposed == [1]
    assert do(workers)[0] == 2


def test_a_pool_that_is_closed_has_disposed_of_what_its_idle_workers_own(
    workers: WorkerPool[int], numbers: Numbers, before: set[threading.Thread]
) -> None:
    do(workers)
    workers.close()
    assert numbers.disposed[0] == 1
    join(before)
    assert do(workers)[0] == 2


def test_an_idle_worker_holds_nothing_of_its_last_job(workers: WorkerPool[int]) -> None:
    class Announcement:
        gone = threading.Event()

        def __init__(self, done: threading.Event) -> None:
            self._done = done

        def __call__(self) -> None:
            self._done.set()

        def __del__(self) -> None:
            self.gone.set()

    done = threading.Event()
    workers.start(Job(run=lambda _: Kept.FIRST, announce=Announcement(done)))
    assert done.wait(PATIENCE_S)
    assert Announcement.gone.wait(PATIENCE_S)


def test_no_worker_keeps_the_process_from_ending(workers: WorkerPool[int]) -> None:
    assert do(workers)[1].daemon


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_process_starts_with_an_empty_pool(
    workers: WorkerPool[int], numbers: Numbers
) -> None:
    """The threads stayed in the parent, which goes on using what they own."""
    do(workers)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            number, _ = do(workers)
            os.write(writing, f"{number} {numbers.disposed}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        assert told.read() == "2 [1]"
    os.waitpid(child, 0)
    assert (do(workers)[0], numbers.disposed) == (1, [])
