"""An entry of a dead run, which another run recovers, and one that nobody wrote."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal


def new_entry() -> Entry:
    return Entry(
        name="0a1b2c3d-probe",
        run_id="0a1b2c3d",
        target="https://api.example.com",
        account="1",
        method="PUT",
        path="/api/business/me",
        accepted=(200,),
        original={"description": "Hair"},
    )


def test_an_entry_that_is_stored_again_while_it_is_recovered_keeps_its_lock(tmp_path: Path) -> None:
    """The dead run had the id of this process, as in a container."""
    dead = Journal(tmp_path, Redactor())
    entry = dead.record(new_entry())
    del dead
    gc.collect()

    alive = Journal(tmp_path, Redactor())
    dirty = replace(entry, phase=Phase.DIRTY)
    with alive.claimed(entry, mine=False) as is_dead:
        assert is_dead
        assert alive.record(dirty) == dirty
    assert alive.entries() == (dirty,)
    # So it is found again, by this process as by any other.
    with alive.claimed(dirty, mine=False) as is_dead:
        assert is_dead


@pytest.mark.parametrize("places", [["description"], [""], [7], [None]])
def test_an_entry_with_a_place_that_is_no_pointer_is_no_entry(places: list[object]) -> None:
    data = {**new_entry().to_json(), "places": places}
    with pytest.raises(ValueError, match="not an entry"):
        Entry.from_json(data)
