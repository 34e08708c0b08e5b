"""The garbage collector passes over what a run imported, and over nothing of anybody else."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pytest_apismoke.system import collector


@pytest.fixture(autouse=True)
def nothing_frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    gc.unfreeze()
    monkeypatch.setattr(collector, "_is_ours", False)
    yield
    gc.unfreeze()


def new_object() -> list[object]:
    """One that only the garbage collector could free."""
    made: list[object] = []
    made.append(made)
    return made


def is_seen(wanted: object) -> bool:
    return any(one is wanted for one in gc.get_objects())


def test_what_is_there_is_passed_over_and_what_comes_later_is_not() -> None:
    there = new_object()
    collector.spare()
    later = new_object()
    assert (is_seen(there), is_seen(later)) == (False, True)


def test_the_next_run_of_a_process_frees_what_the_last_one_left() -> None:
    class Left:
        freed = False

        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            Left.freed = True

    left = Left()
    collector.spare()
    del left
    gc.collect()
    before = Left.freed
    collector.spare()
    assert (before, Left.freed) == (False, True)


def test_a_run_passes_over_no_more_than_what_is_there_when_it_begins() -> None:
    collector.spare()
    between = new_object()
    collector.spare()
    assert not is_seen(between)


def test_objects_that_the_process_itself_has_frozen_stay_so_and_none_are_added() -> None:
    """A server that forks does so, to share its pages."""
    gc.freeze()
    theirs = gc.get_freeze_count()
    added = new_object()
    collector.spare()
    assert is_seen(added)
    # None that they froze was shown; those that are gone since were freed by their last reference.
    assert 0 < gc.get_freeze_count() <= theirs
