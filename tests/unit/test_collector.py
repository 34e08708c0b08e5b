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


def test_what_is_there_is_passed_over() -> None:
    collector.spare()
    assert gc.get_freeze_count() > 0


def test_what_comes_later_is_collected() -> None:
    collector.spare()
    later: list[object] = []
    later.append(later)
    assert any(one is later for one in gc.get_objects())


def test_a_second_time_in_one_run_adds_what_has_come_since() -> None:
    collector.spare()
    since: list[object] = []
    since.append(since)
    collector.spare()
    assert not any(one is since for one in gc.get_objects())


def test_the_next_run_of_a_process_shows_it_what_the_last_one_left() -> None:
    collector.spare()
    collector.begin()
    assert gc.get_freeze_count() == 0


def test_objects_that_the_process_itself_has_frozen_stay_so_and_none_are_added() -> None:
    """A server that forks does so, to share its pages."""
    gc.freeze()
    theirs = gc.get_freeze_count()
    collector.begin()
    collector.spare()
    added: list[object] = []
    added.append(added)
    collector.spare()
    assert any(one is added for one in gc.get_objects())
    # None that they froze was shown; those that are gone since were freed by their last reference.
    assert 0 < gc.get_freeze_count() <= theirs
