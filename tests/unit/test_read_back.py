"""What a round after a probe means: a pure decision, so that every row of it is seen here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_apismoke.documents import ABSENT, Difference
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import Beside
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.marker import Marker
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.probe import Probe
from pytest_apismoke.safewrite.read_back import (
    Attempt,
    Explained,
    Kept,
    Tally,
    Then,
    explain,
    kept,
)
from pytest_apismoke.safewrite.reading import Look, Round
from pytest_apismoke.safewrite.sent import Known, Sent

PLACE, WHERE = "/text", "https://api.example.com/settings"
FIRST, PROBED = "Hair [apismoke 0a1b2c3d.1 11s]", "Hair [apismoke 0a1b2c3d.2 11s]"
ENTRY = Entry(
    name="0a1b2c3d-probe",
    run_id="0a1b2c3d",
    target="https://api.example.com",
    account="1",
    method="PUT",
    path="/settings",
    accepted=(200,),
    original={"text": "Hair"},
    places=(PLACE,),
    written=({"text": FIRST}, {"text": PROBED}),
    changing=("/views",),
)
SENT = Sent(probe=Probe(pointer=PLACE, value=PROBED), shown="Hair", turn=2, lease_s=11, at_s=100.0)
ATTEMPT = Attempt(
    sent=SENT,
    known=Known(was_accepted=True, may_have_arrived=True),
    tally=Tally(),
    entry=ENTRY,
    passed_s=3.0,
    looked_after_s=1.0,
    other=None,
    is_conditional=False,
    where=WHERE,
)
OTHER = Marker(run_id="ffffffff", turn=1, lease_s=11, original="Hair")
GONE = replace(ATTEMPT.known, may_come=True)
SEEN = replace(ATTEMPT.known, was_seen=True)


def change(after: str) -> Difference:
    return Difference(pointer=PLACE, before=PROBED, after=after)


def all_show(owner: Owner, text: str, *, etag: str = "") -> Round[Owner]:
    look = Look(document={"text": text}, etag=etag)
    return Round(looks=(look, look), opinions=(owner, owner))


def told(explained: Explained) -> tuple[Known, Tally, tuple[str, ...], str, Then]:
    failure = str(explained.failure or "")
    return explained.known, explained.tally, explained.notes, failure, explained.then


# -- the probe is gone --------------------------------------------------------------------------

CAME_FIRST = "the run ffffffff wrote at the same time and came first"


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (
            replace(ATTEMPT, other=OTHER),
            Explained(known=GONE, tally=Tally(), notes=(CAME_FIRST,), then=Then.WAIT),
        ),
        (
            replace(ATTEMPT, other=OTHER, known=SEEN),
            Explained(known=SEEN, tally=Tally(), notes=(CAME_FIRST,), then=Then.WAIT),
        ),
        (
            replace(ATTEMPT, other=OTHER, sent=replace(SENT, turn=3)),
            Explained(
                known=GONE,
                tally=Tally(),
                notes=(CAME_FIRST,),
                failure=messages.no_turn(WHERE, 3),
                then=Then.WAIT,
            ),
        ),
        # A probe that was lost is a turn more.
        (
            replace(ATTEMPT, other=OTHER, sent=replace(SENT, turn=3), tally=Tally(losses=1)),
            Explained(known=GONE, tally=Tally(losses=1), notes=(CAME_FIRST,), then=Then.WAIT),
        ),
    ],
)
def test_a_probe_that_another_gate_displaced(attempt: Attempt, expected: Explained) -> None:
    seen = all_show(Owner.OTHER_GATE, "Hair [apismoke ffffffff.1 11s]")
    assert told(explain(seen, attempt)) == told(expected)


SAW_ANOTHER = replace(SENT, saw_another=True)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (ATTEMPT, Explained(known=GONE, tally=Tally(losses=1), then=Then.QUIET)),
        (
            replace(ATTEMPT, tally=Tally(losses=1)),
            Explained(
                known=GONE,
                tally=Tally(losses=1),
                failure=messages.not_kept(change("Hair"), WHERE),
            ),
        ),
        (
            replace(ATTEMPT, is_conditional=True),
            Explained(known=GONE, tally=Tally(), failure=messages.not_kept(change("Hair"), WHERE)),
        ),
        (
            replace(ATTEMPT, sent=SAW_ANOTHER, tally=Tally(losses=1)),
            Explained(known=GONE, tally=Tally(losses=1), notes=(messages.ANOTHER_GATE,)),
        ),
        (
            replace(ATTEMPT, sent=replace(SAW_ANOTHER, turn=6)),
            Explained(known=GONE, tally=Tally(), failure=messages.no_turn(WHERE, 6)),
        ),
        (
            replace(ATTEMPT, sent=SAW_ANOTHER, passed_s=11.0),
            Explained(
                known=GONE, tally=Tally(), failure=messages.kept_too_long(PLACE, 11.0, WHERE)
            ),
        ),
    ],
)
def test_the_original_instead_of_the_probe(attempt: Attempt, expected: Explained) -> None:
    assert told(explain(all_show(Owner.ORIGINAL, "Hair"), attempt)) == told(expected)


def test_a_probe_that_was_gone_at_the_first_look_was_not_removed_as_left_behind() -> None:
    """Another gate has to see it for its whole lease first; a slow target needs longer anyway."""
    seen = all_show(Owner.ORIGINAL, "Hair")
    slow = replace(ATTEMPT, passed_s=30.0)

    assert told(explain(seen, slow)) == told(explain(seen, ATTEMPT))
    assert str(explain(seen, slow).loss) == str(messages.not_kept(change("Hair"), WHERE))
    for attempt in (replace(slow, looked_after_s=11.0), replace(slow, known=SEEN)):
        failure = explain(seen, attempt).failure
        assert str(failure) == str(messages.kept_too_long(PLACE, 30.0, WHERE))


# -- something else is there --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown", "failure"),
    [
        ("Hair [apis", "Hair", messages.altered(change("Hair [apis"), where=WHERE)),
        (FIRST, "Hair", messages.came_late(change(FIRST), WHERE)),
        # It stood there before this probe was sent.
        (FIRST, FIRST, messages.not_kept(change(FIRST), WHERE)),
    ],
)
def test_something_of_this_run_that_is_not_the_probe(
    text: str, shown: str, failure: Exception
) -> None:
    attempt = replace(ATTEMPT, sent=replace(SENT, shown=shown))
    explained = explain(all_show(Owner.OURS, text), attempt)
    assert told(explained) == (SEEN, Tally(), (), str(failure), Then.NOTHING)


@pytest.mark.parametrize("is_second", [False, True])
def test_an_edit_of_the_probe_field_is_one_turn_more_and_only_once(is_second: bool) -> None:
    attempt = replace(ATTEMPT, tally=Tally(edits=int(is_second)))
    failure = str(messages.edited_twice(change("Nails"), where=WHERE)) if is_second else ""
    assert told(explain(all_show(Owner.SOMEBODY, "Nails"), attempt)) == (
        ATTEMPT.known,
        Tally(edits=1 + is_second),
        ("/text was edited by somebody else during the run",),
        failure,
        Then.NOTHING,
    )


@pytest.mark.parametrize(
    ("owner", "known", "share"),
    [(Owner.SENT, SEEN, "1 of 2 reads"), (Owner.SOMEBODY, ATTEMPT.known, "0 of 2 reads")],
)
def test_reads_that_differ_to_the_end(owner: Owner, known: Known, share: str) -> None:
    looks = (Look(document={"text": "a"}), Look(document={"text": "Hair"}))
    seen = Round(looks=looks, opinions=(owner, Owner.ORIGINAL))
    failure = messages.disagree(share, place=PLACE, where=WHERE)
    assert told(explain(seen, ATTEMPT)) == (known, Tally(), (), str(failure), Then.NOTHING)


# -- the probe is there -------------------------------------------------------------------------

EMPTIED = Difference(pointer="/tags", before=["x"], after=ABSENT)
OPENED = Difference(pointer="/is_open", before=True, after=False)
MOVED = Difference(pointer="/version", before=1, after=2)
HARMED = Beside(emptied=(EMPTIED,), other=(OPENED,))


def parts(one: Kept) -> tuple[Entry, tuple[str, ...], str]:
    return one.entry, one.notes, str(one.failure or "")


def judged(found: Beside, *, tag: str = "", etag: str = "") -> tuple[Entry, tuple[str, ...], str]:
    seen = all_show(Owner.SENT, PROBED, etag=etag)
    return parts(kept(seen, found, ENTRY, place=PLACE, tag=tag, where=WHERE))


def test_a_probe_that_was_kept() -> None:
    entry = replace(ENTRY, phase=Phase.KEPT)
    assert judged(Beside()) == (entry, (), "")
    note = (
        "/version was the number 1 and is the number 2: it moves by itself or with every update,"
        ' and is no harm; to leave it out, write [document] volatile = ["version"]'
    )
    assert judged(Beside(moved=(MOVED,))) == (entry, (note,), "")


@pytest.mark.parametrize(("tag", "etag"), [("", '"v2"'), ('"v1"', ""), ('"v1"', '"v1"')])
def test_harm_beside_a_probe_that_was_kept(tag: str, etag: str) -> None:
    failure = messages.harmed(HARMED.harm, place=PLACE, where=WHERE)
    assert judged(HARMED, tag=tag, etag=etag) == (
        replace(ENTRY, phase=Phase.INTENT, emptied=("/tags",)),
        (),
        str(failure),
    )


def test_an_edit_beside_the_probe_which_the_entity_tag_shows() -> None:
    assert judged(HARMED, tag='"v1"', etag='"v2"') == (
        replace(ENTRY, phase=Phase.KEPT, changing=("/views", "/tags", "/is_open")),
        (messages.edited_beside(HARMED.harm),),
        "",
    )


def test_a_companion_that_is_stored_otherwise_is_told_so() -> None:
    """A form has no booleans: what a target takes for a switch that is on is its own matter."""
    harm = Difference(pointer="/open", before=True, after=False)
    judged = kept(
        all_show(Owner.SENT, PROBED),
        Beside(other=(harm,)),
        ENTRY,
        place=PLACE,
        tag="",
        where=WHERE,
        companions=("open",),
    )
    assert judged.failure is not None
    assert judged.failure.failure.hint == (
        "a companion is stored as another value than it was sent; a form, for instance, has texts"
        " alone: take it out of [document] companions, or look at how the target reads it"
    )
