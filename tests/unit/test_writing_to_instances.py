"""A probe write to several instances behind one address: one read proves nothing about the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.instances import OwnStores, ReadCaches
from unit.memory import URL, Document, Store, failure_of, new_target

from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.probe import choose_field
from pytest_apismoke.safewrite.writing import ProbeWrite

if TYPE_CHECKING:
    from unit.conftest import FakeClock

RUN = "0a1b2c3d"
START: Document = {"id": 1, "name": "Salon", "description": "Hair"}
PROBED = f"Hair [apismoke {RUN}.1 11s]"

NewWrite = Callable[..., ProbeWrite]


@pytest.fixture
def new_write(clock: FakeClock, tmp_path: Path) -> NewWrite:
    def make(store: Store, *, reads: int = 4) -> ProbeWrite:
        target = new_target(store, clock=clock, sleep=clock.sleep)
        journal = Journal(tmp_path / "journal", target.client.redactor)
        return ProbeWrite(
            target, journal, run_id=RUN, account="1", readback_wait_s=2.0, reads=reads
        )

    return make


def test_a_write_that_only_one_of_four_stores_has_is_not_persisted(
    clock: FakeClock, new_write: NewWrite
) -> None:
    write = new_write(OwnStores(START, clock, instances=4))
    write.begin()
    write.write()

    error = failure_of(write.read_back)

    assert error is not None
    assert error.failure == Failure(
        category=Category.PERSIST,
        expected="the value just written to /description in every fresh read",
        seen="the instances disagree: 2 of 8 reads show it; in others /description was the string"
        f" {PROBED!r} and is the string 'Hair'",
        where=f"GET {URL}, over fresh connections",
        hint="several instances answer behind this address: look for one with a store or a cache"
        " of its own",
    )


def test_caches_that_refresh_within_the_wait_pass_and_are_asked_again(
    clock: FakeClock, new_write: NewWrite
) -> None:
    store = ReadCaches(START, clock, instances=4, refresh_s=1.0)
    write = new_write(store)
    write.begin()
    write.write()

    write.read_back()
    write.restore()

    assert (store.document["description"], write.retries > 0) == ("Hair", True)


def test_a_proof_takes_as_many_fresh_reads_as_were_asked_for(
    clock: FakeClock, new_write: NewWrite
) -> None:
    store = Store(START, clock)
    write = new_write(store, reads=3)
    write.begin()
    write.write()
    before = len(store.requests)

    write.read_back()

    assert len(store.requests) - before == 3


@pytest.mark.parametrize(
    ("document", "chosen"),
    [
        ({"a": "x", "b": "y"}, "/a"),
        ({"a": {"c": "x"}, "b": "y"}, "/b"),
        ({"a": "", "b": None, "c": "y"}, "/c"),
        ({"a": {"c": "x"}, "b": None}, "/b"),
        ({"b": []}, "/b"),
        ({}, "/c"),
    ],
)
def test_the_first_candidate_that_holds_text_is_probed(document: Document, chosen: str) -> None:
    assert choose_field(document, ["/a", "/b", "/c"]) == chosen


def test_the_field_is_chosen_from_the_document(clock: FakeClock, tmp_path: Path) -> None:
    store = Store({"id": 1, "business_hours": {"monday": []}, "industry": "Dental"}, clock)
    target = new_target(store, clock=clock, sleep=clock.sleep)
    target.profile = DEFAULT_PROFILE
    journal = Journal(tmp_path / "journal", target.client.redactor)
    write = ProbeWrite(target, journal, run_id=RUN, account="1", readback_wait_s=2.0)

    write.begin()
    write.write()

    assert store.updates == [{"industry": f"Dental [apismoke {RUN}.1 11s]"}]
