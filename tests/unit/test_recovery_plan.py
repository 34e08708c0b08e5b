"""What an entry of a killed run means: a pure decision, so that every row of it is seen here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_apismoke.documents import Difference
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.reading import Look, Round
from pytest_apismoke.safewrite.recovery_plan import Plan, Shown, claiming, owners_in, plan_for

PROBED = "Hair [apismoke 0a1b2c3d.1 11s]"
ORIGINAL = {"text": "Hair", "tags": ["x"], "price": 5}
ENTRY = Entry(
    name="0a1b2c3d-probe",
    run_id="0a1b2c3d",
    target="https://api.example.com",
    account="1",
    method="PUT",
    path="/settings",
    accepted=(200,),
    original=ORIGINAL,
    places=("/text",),
    written=({"text": PROBED},),
)
EDITED = Difference(pointer="/text", before="Hair", after="Nails")
EMPTIED = Difference(pointer="/tags", before=["x"], after=[])
RAISED = Difference(pointer="/price", before=5, after=7)
HARMED = {"tags": [], "price": 7}


def shown(*documents: dict[str, object], entry: Entry = ENTRY) -> Shown:
    looks = tuple(Look(document={**ORIGINAL, **document}) for document in documents)
    opinions = tuple(owners_in(entry, look) for look in looks)
    return Shown.of(entry, Round(looks=looks, opinions=opinions), probes=["/text"])


def test_what_is_shown_is_told_by_place_and_beside_the_places() -> None:
    assert shown({"text": PROBED}, {"text": "Hair", **HARMED}) == Shown(
        document={**ORIGINAL, **HARMED},
        ours=("/text",),
        originals=("/text",),
        edited=(),
        harm=(EMPTIED, RAISED),
    )
    assert shown({"text": "Nails"}) == Shown(
        document={**ORIGINAL, "text": "Nails"}, ours=(), originals=(), edited=(EDITED,), harm=()
    )
    # One read of an edit among others of the original decides nothing.
    assert shown({"text": "Nails"}, {}).edited == ()


@pytest.mark.parametrize(
    ("phase", "document", "expected"),
    [
        *(
            (phase, {"text": PROBED, **HARMED}, Plan(sends=True, emptied=("/tags",)))
            for phase in (Phase.INTENT, Phase.OPEN, Phase.DIRTY)
        ),
        (
            Phase.KEPT,
            {"text": PROBED, **HARMED},
            Plan(sends=True, left_alone=(EMPTIED, RAISED)),
        ),
        (Phase.INTENT, {}, Plan(sends=True)),
        (Phase.KEPT, {}, Plan(sends=True)),
        (Phase.OPEN, {}, Plan()),
        (Phase.DIRTY, {}, Plan(sends=True)),
        *(
            (phase, {"text": "Nails"}, Plan(left_alone=(EDITED,)))
            for phase in (Phase.INTENT, Phase.KEPT, Phase.OPEN)
        ),
        (Phase.DIRTY, {"text": "Nails"}, Plan(dirty=(EDITED,))),
        (Phase.KEPT, {"price": 7}, Plan(sends=True, left_alone=(RAISED,))),
        (Phase.INTENT, {"price": 7}, Plan(dirty=(RAISED,))),
        # Only what an entry is dirty with is dirty again.
        (Phase.DIRTY, {"price": 7}, Plan(sends=True, left_alone=(RAISED,))),
    ],
)
def test_what_is_done_about_an_entry(
    phase: Phase, document: dict[str, object], expected: Plan
) -> None:
    differing = ("/text",) if phase is Phase.DIRTY else ()
    entry = replace(ENTRY, phase=phase, differing=differing)
    assert plan_for(entry, shown(document, entry=entry)) == expected


def test_nothing_is_dirty_where_nothing_was_written() -> None:
    entry = replace(ENTRY, places=(), written=())
    assert plan_for(entry, shown({"price": 7}, entry=entry)) == Plan(left_alone=(RAISED,))


def test_by_force_every_value_that_differs_counts_as_the_runs_own_but_for_withheld_ones() -> None:
    entry = replace(ENTRY, phase=Phase.DIRTY, withheld=("/tags",))
    assert claiming(entry, shown({"text": "Nails", **HARMED}, entry=entry)) == replace(
        entry,
        phase=Phase.INTENT,
        places=("/text", "/price"),
        written=({"text": PROBED}, {"text": "Nails", "price": 7}),
    )
