"""Recovery restores the changes of killed runs, and leaves later edits alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.documents_in_memory import (
    BASE_URL,
    LOST_ANSWER,
    SETTINGS_PATH,
    SETTINGS_URL,
    Backend,
    Json,
    drops,
    merges,
    replaces,
)

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import ABSENT, differences
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST, Marker, find
from pytest_apismoke.safewrite.obeyed import KnownDocument, account_of
from pytest_apismoke.safewrite.probe import marker_in
from pytest_apismoke.safewrite.reading import Reader
from pytest_apismoke.safewrite.recovery import Recovered, Recovery
from pytest_apismoke.safewrite.residue import clear_residue

if TYPE_CHECKING:
    from unit.conftest import FakeClock

MakeAnswer = Callable[..., Response]

RUN = "0123abcd"
STARTED_AT = "2026-01-01T00:00:00Z"
PROBED = "Hair [apismoke 0123abcd.1 11s]"
#: Seconds since the epoch; the entries are so old that no update can come any more.
NOW, LONG_AGO = 1_000_000.0, 900_000.0
ORIGINAL: Json = {
    "id": 7,
    "name": "Salon",
    "description": "Hair",
    "greeting_style": None,
    "hours": {"mon": "9-5"},
    "active": True,
    "updated_at": 0,
}
HOURS_PATH = "/api/hours"
HOURS = KnownDocument.of(Document(path=HOURS_PATH))


def new_entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "name": f"{changes.get('run_id', RUN)}-probe",
        "run_id": RUN,
        "target": BASE_URL,
        "account": "7",
        "method": "PUT",
        "path": SETTINGS_PATH,
        "accepted": (200,),
        "original": ORIGINAL,
        "written": ({"description": PROBED},),
        "changing": ("/updated_at",),
        "sent_at": LONG_AGO,
        "started_at": STARTED_AT,
        **changes,
    }
    places = tuple(f"/{name}" for body in values["written"] for name in body)
    return Entry(**{"places": tuple(dict.fromkeys(places)), **values})


def without(*names: str) -> Json:
    return {name: value for name, value in ORIGINAL.items() if name not in names}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(folder: Path) -> Journal:
    """A journal whose run has ended."""
    return Journal(folder, Redactor())


@pytest.fixture
def backend(clock: FakeClock, make_answer: MakeAnswer) -> Backend:
    return Backend({SETTINGS_PATH: {**ORIGINAL, "description": PROBED}}, clock, make_answer)


def reader_of(backend: Backend, *, wait_s: float = 0.0) -> Reader:
    return Reader(backend.target, backend.profile.document, reads=2, wait_s=wait_s)


def recovered(
    backend: Backend,
    journal: Journal,
    *,
    account: str | None = "7",
    documents: Sequence[KnownDocument] = (HOURS,),
    now: float = NOW,
    wait_s: float = 0.0,
    **arguments: Any,
) -> Recovered:
    """The result of a recovery by a later run."""
    return Recovery(
        backend.target,
        journal,
        reader=reader_of(backend, wait_s=wait_s),
        account=account,
        documents=documents,
        now=lambda: now,
    ).run(**arguments)


def restored_note(places: str = "/description", *, run_id: str = RUN) -> str:
    return (
        f"the run {run_id} of {STARTED_AT} was ended before it restored {places}; that was put back"
    )


def edited_note(places: str, *, path: str = SETTINGS_PATH, run_id: str = RUN) -> str:
    return f"{places} of {path} was edited since the run {run_id} of {STARTED_AT} and left alone"


def repair(folder: Path, run_id: str = RUN) -> str:
    return f"apismoke restore --target-url={BASE_URL} --state-dir={folder} {run_id}"


def still_dirty(folder: Path, seen: str, run_id: str = RUN) -> Failure:
    """The failure of differences that a run left, or may have left, in other fields."""
    command = repair(folder, run_id)
    return Failure(
        category=Category.PERSIST,
        expected=f"the changes of the run {run_id} to be put back",
        seen=seen,
        where=f"GET {SETTINGS_URL}",
        hint="THE TARGET WAS LEFT CHANGED by that run, or edited since: correct it, or"
        f" '{command} --accept' accepts it, '{command} --force' puts back the journal's original;"
        " where every update changes it, list it in [document] volatile, or name another field in"
        " [document] probe",
    )


def not_restored(folder: Path, seen: str, run_id: str = RUN) -> Failure:
    """The failure of a restore that did not succeed."""
    command = repair(folder, run_id)
    return Failure(
        category=Category.PERSIST,
        expected=f"the changes of the run {run_id} to be put back",
        seen=seen,
        where=f"PUT {SETTINGS_URL}",
        hint=f"THE TARGET WAS LEFT CHANGED: when it accepts updates again, run {command};"
        f" '{command} --accept' accepts what is there; name another field in [document] probe if"
        " this one can't be restored",
    )


# -- whose values are restored ------------------------------------------------------------------


def test_the_changes_of_a_killed_run_are_restored_and_its_entry_deleted(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    journal.record(new_entry())

    assert recovered(backend, journal) == Recovered(notes=(restored_note(),), restored=(RUN,))
    assert backend.settings == ORIGINAL
    assert backend.sent == [("PUT", SETTINGS_PATH, {"description": "Hair"})]
    assert [path for path in folder.iterdir() if path.suffix != ".turn"] == []

    assert recovered(backend, journal) == Recovered()
    assert (len(backend.sent), backend.settings) == (1, ORIGINAL)


@pytest.mark.parametrize(
    ("written", "current", "body", "places"),
    [
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED},
            {"description": "Hair"},
            "/description",
            id="still what was written",
        ),
        pytest.param(
            [{"description": PROBED}, {"description": "two"}],
            {"description": PROBED},
            {"description": "Hair"},
            "/description",
            id="still what was written before the last",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED[:12]},
            {"description": "Hair"},
            "/description",
            id="cut off at the end",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED.upper()},
            {"description": "Hair"},
            "/description",
            id="its letters in another case",
        ),
        pytest.param(
            [{"greeting_style": "Hello there"}],
            {"greeting_style": "Hello"},
            {"greeting_style": None},
            "/greeting_style",
            id="cut off where nothing was",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED, "name": None, "hours": ABSENT},
            {"description": "Hair", "name": "Salon", "hours": {"mon": "9-5"}},
            "/description, /name, /hours",
            id="others that were emptied go together with ours",
        ),
        pytest.param(
            [{"extra": 1}], {"extra": 1}, {"extra": None}, "/extra", id="a member written anew"
        ),
        pytest.param(
            [{"name": None}], {"name": None}, {"name": "Salon"}, "/name", id="written null"
        ),
        pytest.param(
            [{"name": None}],
            {"name": ABSENT},
            {"name": "Salon"},
            "/name",
            id="written null, and left out since",
        ),
        pytest.param(
            [{"hours": {"mon": "1", "tue": [2]}}],
            {"hours": {"tue": [2], "mon": "1"}},
            {"hours": {"mon": "9-5"}},
            "/hours",
            id="an object, whole",
        ),
        pytest.param(
            [{"active": 1}], {"active": 1}, {"active": True}, "/active", id="1 was written"
        ),
        pytest.param([{"id": 8}], {"id": 8.0}, {"id": 7}, "/id", id="8 is 8.0"),
        pytest.param(
            [{"description": PROBED}],
            {"updated_at": 9, "description": PROBED},
            {"description": "Hair"},
            "/description",
            id="what changes by itself is not sent",
        ),
    ],
)
def test_a_value_of_the_run_is_restored(
    backend: Backend,
    journal: Journal,
    written: list[Json],
    current: Json,
    body: Json,
    places: str,
) -> None:
    backend.become(**{**ORIGINAL, **current})
    journal.record(new_entry(written=tuple(written)))

    assert recovered(backend, journal) == Recovered(notes=(restored_note(places),), restored=(RUN,))
    assert backend.bodies == [body]
    assert journal.entries() == ()


@pytest.mark.parametrize(
    ("written", "current", "places"),
    [
        pytest.param({"description": PROBED}, {"description": "Nails"}, "/description", id="new"),
        pytest.param(
            {"active": "a text"},
            {"active": "b text"},
            "/active",
            id="another text in the place of no text",
        ),
        pytest.param(
            {"hours": {"mon": "1", "tue": [2]}},
            {"hours": {"mon": "1"}},
            "/hours",
            id="an object that was edited",
        ),
        pytest.param({"id": True}, {"id": 1}, "/id", id="true is not 1"),
    ],
)
@pytest.mark.parametrize("phase", [Phase.INTENT, Phase.KEPT, Phase.OPEN])
def test_a_value_of_somebody_is_left_alone_and_told(
    backend: Backend, journal: Journal, phase: Phase, written: Json, current: Json, places: str
) -> None:
    edited = {**ORIGINAL, **current}
    backend.become(**edited)
    journal.record(new_entry(written=(written,), phase=phase))

    assert recovered(backend, journal) == Recovered(notes=(edited_note(places),), restored=(RUN,))
    assert (backend.sent, backend.settings, journal.entries()) == ([], edited, ())


def test_whoever_may_want_the_original_after_all_keeps_the_entry(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    backend.change(description="Nails", name="Shop")
    stored = journal.record(new_entry(phase=Phase.KEPT))

    first = recovered(backend, journal, keeps_edited=True)
    second = recovered(backend, journal, keeps_edited=True)

    assert first == second
    assert first == Recovered(
        notes=(
            f"{edited_note('/description, /name')}; '{repair(folder)} --force' puts back the"
            f" journal's original, '{repair(folder)} --accept' forgets it",
        ),
        left=(RUN,),
    )
    assert (backend.sent, journal.entries()) == ([], (stored,))


@pytest.mark.parametrize("value", ["canary", None, "[redacted]"])
@pytest.mark.parametrize("force", [True, False])
def test_a_withheld_value_is_not_compared_and_not_sent(
    backend: Backend, journal: Journal, value: str | None, force: bool
) -> None:
    backend.change(key=value, description="Hair")
    withheld = ("/key", "/a~1b")
    journal.record(new_entry(withheld=withheld, written=({"description": PROBED}, {"key": "x"})))

    recovered(backend, journal, force=force)

    assert backend.bodies == [{"description": "Hair"}]
    assert backend.settings["key"] == value


def test_a_masked_original_is_never_sent(backend: Backend, journal: Journal) -> None:
    """That would store the mask."""
    backend.change(secret="")
    original = {**ORIGINAL, "secret": "whsec_****"}
    journal.record(new_entry(original=original, phase=Phase.INTENT))

    found = recovered(backend, journal)

    assert backend.bodies == [{"description": "Hair"}]
    assert found.failure is not None
    assert found.failure.seen == "/secret was the string 'whsec_****' and is the string ''"


def test_places_are_named_as_json_pointers(backend: Backend, journal: Journal) -> None:
    backend.become(**{"a/b": 3, "m~n": "y"})
    entry = new_entry(
        original={"a/b": 3, "m~n": "x"}, written=({"m~n": "y"},), places=("/m~0n",), changing=()
    )
    journal.record(entry)
    assert recovered(backend, journal).notes == (restored_note("/m~0n"),)
    assert backend.bodies == [{"m~n": "x"}]


def test_a_value_inside_an_object_is_restored_without_its_neighbours(
    backend: Backend, journal: Journal
) -> None:
    backend.change(hours={"mon": "9-5 [apismoke 0123abcd.1 11s]", "tue": "new"}, description="Hair")
    journal.record(
        new_entry(
            written=({"hours": {"mon": "9-5 [apismoke 0123abcd.1 11s]"}},),
            places=("/hours/mon",),
            phase=Phase.KEPT,
        )
    )
    assert recovered(backend, journal) == Recovered(
        notes=(restored_note("/hours/mon"), edited_note("/hours/tue")), restored=(RUN,)
    )
    assert backend.settings["hours"] == {"mon": "9-5", "tue": "new"}


def test_another_document_is_restored_at_its_path_and_by_its_method(
    backend: Backend, journal: Journal
) -> None:
    backend.documents[HOURS_PATH] = {"mon": "closed", "tue": "9-5"}
    journal.record(
        new_entry(
            method="PATCH",
            path=HOURS_PATH,
            original={"mon": "9-5", "tue": "9-5"},
            written=({"mon": "closed"},),
        )
    )
    known = [KnownDocument(method="PATCH", paths=re.compile("/api/[a-z]+"))]
    assert recovered(backend, journal, documents=known) == Recovered(
        notes=(restored_note("/mon"),), restored=(RUN,)
    )
    assert backend.sent == [("PATCH", HOURS_PATH, {"mon": "9-5"})]
    assert backend.settings["description"] == PROBED


def test_a_server_that_replaces_gets_the_whole_document_where_the_profile_says_so(
    backend: Backend, journal: Journal
) -> None:
    backend.merging = replaces
    journal.record(new_entry(whole=True))
    assert recovered(backend, journal).restored == (RUN,)
    assert (backend.settings, backend.bodies) == (ORIGINAL, [ORIGINAL])


def test_the_probe_of_a_living_gate_is_looked_through(backend: Backend, journal: Journal) -> None:
    theirs = "Hair [apismoke ffffffff.1 11s]"
    backend.change(description=theirs, name="Shop")
    journal.record(new_entry(written=({"name": "Shop"},)))

    assert recovered(backend, journal).restored == (RUN,)
    assert backend.settings == {**ORIGINAL, "description": theirs}
    assert backend.bodies == [{"name": "Salon"}]


@pytest.mark.parametrize(("phase", "settled"), [(Phase.KEPT, True), (Phase.INTENT, False)])
def test_the_probe_of_a_living_gate_in_the_place_of_ours_is_left_to_it(
    backend: Backend, journal: Journal, phase: Phase, settled: bool
) -> None:
    backend.change(description="Hair [apismoke ffffffff.1 11s]")
    journal.record(new_entry(phase=phase, sent_at=NOW - 1))
    assert bool(recovered(backend, journal).restored) == settled
    assert backend.sent == []


# -- the other fields -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "current",
    [
        pytest.param({"description": PROBED}, id="the probe is there"),
        pytest.param({"description": "Hair"}, id="the original is back"),
        pytest.param({"description": "Nails"}, id="the probe field was edited"),
    ],
)
@pytest.mark.parametrize("phase", [Phase.INTENT, Phase.OPEN])
def test_a_difference_beside_is_dirty_where_the_update_may_have_done_it(
    backend: Backend, journal: Journal, phase: Phase, current: Json
) -> None:
    """Killed before the read-back: nobody knows what the update did to other fields."""
    backend.change(name="Shop", **current)
    journal.record(new_entry(phase=phase))

    found = recovered(backend, journal)

    assert (found.left, found.restored) == ((RUN,), ())
    assert found.failure is not None
    assert found.failure.seen == "/name was the string 'Salon' and is the string 'Shop'"
    assert backend.settings["name"] == "Shop", "told, and never written back"
    (entry,) = journal.entries()
    assert (entry.phase, entry.differing) == (Phase.DIRTY, ("/name",))
    assert backend.bodies in ([], [{"description": "Hair"}])


@pytest.mark.parametrize(
    ("current", "restored"),
    [
        pytest.param({"description": PROBED}, (restored_note(),), id="the probe is there"),
        pytest.param({"description": "Hair"}, (), id="the original is back"),
    ],
)
@pytest.mark.parametrize(
    ("beside", "places"),
    [({"name": "Shop"}, "/name"), ({"name": None}, "/name"), ({"extra": "x"}, "/extra")],
    ids=["changed", "emptied", "added"],
)
def test_a_difference_beside_is_an_edit_where_the_update_was_seen_not_to_do_it(
    backend: Backend,
    journal: Journal,
    current: Json,
    restored: tuple[str, ...],
    beside: Json,
    places: str,
) -> None:
    """Somebody's value is left alone, be it an empty one."""
    backend.change(**beside, **current)
    journal.record(new_entry(phase=Phase.KEPT))

    assert recovered(backend, journal) == Recovered(
        notes=(*restored, edited_note(places)), restored=(RUN,)
    )
    assert backend.settings == {**ORIGINAL, **beside}
    assert journal.entries() == ()


def test_what_was_recorded_before_anything_was_sent_can_only_be_an_edit(
    backend: Backend, journal: Journal
) -> None:
    backend.change(description="Hair", name="Shop")
    journal.record(new_entry(written=(), sent_at=0.0))
    assert recovered(backend, journal) == Recovered(notes=(edited_note("/name"),), restored=(RUN,))
    assert backend.sent == []


@pytest.fixture
def unknown() -> Entry:
    """The entry of a check that wrote to another path: which properties it changed is unknown."""
    return new_entry(account="", written=({},))


def test_a_change_by_the_run_or_by_a_person_is_dirty_until_settled_by_force(
    backend: Backend, journal: Journal, folder: Path, unknown: Entry
) -> None:
    journal.record(unknown)
    backend.change(description="Nails", active=False)
    seen = (
        "/description was the string 'Hair' and is the string 'Nails';"
        " /active was the boolean true and is the boolean false"
    )

    assert recovered(backend, journal, account="") == Recovered(
        left=(RUN,), failure=still_dirty(folder, seen), changed="/api/business/me"
    )
    assert (backend.sent, len(journal.entries())) == ([], 1)

    assert recovered(backend, journal, account="", force=True).restored == (RUN,)
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_an_unknown_change_that_has_gone_is_forgotten(
    backend: Backend, journal: Journal, unknown: Entry
) -> None:
    journal.record(unknown)
    backend.change(description=ORIGINAL["description"], updated_at=5)
    assert recovered(backend, journal, account="") == Recovered(restored=(RUN,))
    assert (backend.sent, journal.entries()) == ([], ())


def test_a_known_change_does_not_settle_an_unknown_one(backend: Backend, journal: Journal) -> None:
    journal.record(new_entry(written=({"description": PROBED}, {})))
    backend.change(active=False)

    found = recovered(backend, journal)

    assert found.failure is not None
    assert found.failure.seen == "/active was the boolean true and is the boolean false"
    assert (found.left, backend.settings) == ((RUN,), {**ORIGINAL, "active": False})


# -- dirty is sticky ------------------------------------------------------------------------------


def test_a_dirty_entry_is_dirty_again_until_the_difference_is_gone(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    """The probe field is long back: a pipeline that runs once more does not go green."""
    backend.change(description="Hair", name="Shop")
    journal.record(new_entry(phase=Phase.DIRTY, differing=("/name",)))
    seen = "/name was the string 'Salon' and is the string 'Shop'"

    for _ in range(3):
        assert recovered(backend, journal) == Recovered(
            left=(RUN,), failure=still_dirty(folder, seen), changed="/api/business/me"
        )
    assert backend.sent == []

    backend.change(name="Salon")
    assert recovered(backend, journal) == Recovered(restored=(RUN,))
    assert (backend.sent, journal.entries()) == ([], ())


def test_no_command_is_told_where_the_target_ends_with_the_run(
    backend: Backend, folder: Path
) -> None:
    """As after the death of a worker against the embedded backend."""
    journal = Journal(folder, Redactor(), ends_with_run=True)
    backend.change(description="Hair", name="Shop")
    journal.record(new_entry(phase=Phase.DIRTY, differing=("/name",)))

    failure = recovered(backend, journal).failure

    assert failure
    assert failure.hint == (
        "THE TARGET WAS LEFT CHANGED by that run, or edited since: it ends with this run: nothing"
        " to put back; where every update changes it, list it in [document] volatile, or name"
        " another field in [document] probe"
    )


def test_a_run_that_finds_a_difference_makes_every_later_one_dirty(
    backend: Backend, journal: Journal
) -> None:
    """The first run restores the probe field, so that only the harm beside it is left."""
    backend.change(name="Shop")
    journal.record(new_entry())

    found = [recovered(backend, journal).failure for _ in range(3)]

    assert [one is not None and "/name was" in one.seen for one in found] == [True] * 3
    assert backend.bodies == [{"description": "Hair"}]


@pytest.mark.parametrize(
    ("differing", "current", "seen"),
    [
        (
            "/hours",
            {"hours": {"mon": "closed"}},
            "/hours/mon was the string '9-5' and is the string 'closed'",
        ),
        ("/hours/mon", {"hours": None}, "/hours was an object with 'mon' and is null"),
        (
            "/description",
            {"description": "Nails"},
            "/description was the string 'Hair' and is the string 'Nails'",
        ),
    ],
    ids=["inside what was noted", "around what was noted", "the probe field, whoever wrote it"],
)
def test_another_difference_in_a_noted_field_is_dirty_too(
    backend: Backend, journal: Journal, differing: str, current: Json, seen: str
) -> None:
    backend.change(**{"description": "Hair", **current})
    journal.record(new_entry(phase=Phase.DIRTY, differing=(differing,)))
    found = recovered(backend, journal)
    assert found.failure is not None
    assert (found.failure.seen, backend.sent) == (seen, [])


def test_a_field_that_was_not_noted_was_edited_since(backend: Backend, journal: Journal) -> None:
    backend.change(description="Hair", name="Shop")
    journal.record(new_entry(phase=Phase.DIRTY, differing=("/active",)))
    assert recovered(backend, journal) == Recovered(notes=(edited_note("/name"),), restored=(RUN,))


def test_a_probe_that_could_not_be_restored_is_sent_its_original_until_that_is_proven(
    backend: Backend, journal: Journal
) -> None:
    """Reads that show the original may be old: its restore was never proven."""
    backend.change(description="Hair")
    journal.record(new_entry(phase=Phase.DIRTY, differing=("/description",)))
    assert recovered(backend, journal) == Recovered(restored=(RUN,))
    assert backend.bodies == [{"description": "Hair"}]


def test_a_dirty_entry_belongs_to_no_living_run(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    """The process that found it dirty looks again before it would write a probe of its own."""
    backend.change(name="Shop")
    stored = Journal(folder, Redactor()).record(new_entry())
    own = Journal(folder, Redactor())
    own.record(new_entry(name="own", run_id="ffffffff", path="/api/other"))

    for _ in range(2):
        found = recovered(backend, own, path=SETTINGS_PATH, mine=False)
        assert found.failure is not None
        assert found.left == (RUN,)
    dirty, _ = sorted(own.entries(), key=lambda entry: entry.name)
    assert dirty.lock == stored.lock


# -- updates that were never seen -----------------------------------------------------------------


def still_open() -> str:
    return (
        f"an update of the run {RUN} of {STARTED_AT} to {SETTINGS_PATH} was never seen and may"
        " still arrive; the original is there, and a run 60 s after that update settles it"
    )


@pytest.mark.parametrize("since_s", [0.0, 59.9])
def test_an_update_that_was_never_seen_may_come_yet(
    backend: Backend, journal: Journal, since_s: float
) -> None:
    """The original is sent, and its entry stays open: a late probe is found by the next run."""
    backend.change(description="Hair")
    journal.record(new_entry(sent_at=NOW - since_s))

    assert recovered(backend, journal) == Recovered(notes=(still_open(),), left=(RUN,))
    assert backend.bodies == [{"description": "Hair"}]
    (entry,) = journal.entries()
    assert entry.phase is Phase.OPEN

    backend.change(description=PROBED)
    assert recovered(backend, journal) == Recovered(notes=(restored_note(),), restored=(RUN,))
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_an_open_entry_is_settled_by_reads_a_minute_after_the_last_send(
    backend: Backend, journal: Journal
) -> None:
    """Its run has sent the original already: nothing is sent once more."""
    backend.change(description="Hair")
    stored = journal.record(new_entry(phase=Phase.OPEN, sent_at=NOW))

    assert recovered(backend, journal, now=NOW + 59.9) == Recovered(
        notes=(still_open(),), left=(RUN,)
    )
    assert journal.entries() == (stored,)
    assert recovered(backend, journal, now=NOW + 60.0) == Recovered(restored=(RUN,))
    assert (backend.sent, journal.entries()) == ([], ())


def test_an_update_that_was_seen_is_settled_at_once(backend: Backend, journal: Journal) -> None:
    """The run was killed amid the restore: the original is sent all the same, and proven."""
    backend.change(description="Hair", updated_at=5)
    journal.record(new_entry(phase=Phase.KEPT, sent_at=NOW))
    assert recovered(backend, journal) == Recovered(restored=(RUN,))
    assert (backend.bodies, journal.entries()) == ([{"description": "Hair"}], ())


def test_nothing_is_read_before_the_updates_of_the_dead_run_have_landed(
    backend: Backend, journal: Journal, clock: FakeClock
) -> None:
    backend.change(description="Hair")
    landing = clock.now + 0.15
    read = backend.fetch_document

    def late(*arguments: Any, **named: Any) -> Response:
        if clock.now >= landing:
            backend.change(description=PROBED)
        return read(*arguments, **named)

    backend.fetch_document = late  # type: ignore[method-assign]  # a double
    journal.record(new_entry())
    recovered(backend, journal)
    assert clock.slept[0] == pytest.approx(0.2)


# -- by force ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "body"),
    [
        ({"description": "Nails"}, {"description": "Hair"}),
        ({"description": PROBED, "name": "Shop"}, {"name": "Salon", "description": "Hair"}),
        ({"name": None}, {"name": "Salon", "description": "Hair"}),
        ({"name": ABSENT}, {"name": "Salon", "description": "Hair"}),
        ({"extra": "x"}, {"extra": None, "description": "Hair"}),
        ({"hours": {"mon": "1", "tue": "2"}}, {"hours": {"mon": "9-5"}, "description": "Hair"}),
    ],
)
@pytest.mark.parametrize("phase", Phase)
def test_force_restores_everything_but_values_that_change_by_themselves(
    backend: Backend, journal: Journal, phase: Phase, current: Json, body: Json
) -> None:
    backend.become(**{**ORIGINAL, **current, "updated_at": 9})
    journal.record(new_entry(phase=phase, differing=("/name",)))

    found = recovered(backend, journal, force=True)

    (sent,) = backend.bodies
    assert (found.restored, found.failure, journal.entries()) == ((RUN,), None, ())
    assert left_of(backend.settings, {**ORIGINAL, "updated_at": 9}) == []
    assert left_of(sent, body) == []


def left_of(document: Json, original: Json) -> list[str]:
    """What differs; null and absent are one and the same nothing."""
    found = differences(original, document)
    nothing: tuple[object, ...] = (None, ABSENT)
    return [
        d.pointer
        for d in found
        if not all(any(v is n for n in nothing) for v in (d.before, d.after))
    ]


MEMBERS = st.dictionaries(
    st.sampled_from(["a", "b", "c/d", "~"]),
    st.sampled_from([None, True, "", "x", "xyz", [True], {"k": None}]),
    max_size=4,
)


@given(
    original=MEMBERS,
    written=st.lists(MEMBERS, max_size=3),
    current=MEMBERS,
    phase=st.sampled_from([Phase.INTENT, Phase.KEPT, Phase.OPEN]),
    force=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_what_still_differs_after_a_recovery_is_told(
    tmp_path_factory: pytest.TempPathFactory,
    make_clock: Callable[..., FakeClock],
    make_answer: MakeAnswer,
    original: Json,
    written: list[Json],
    current: Json,
    phase: Phase,
    force: bool,
) -> None:
    """And only what the run wrote or emptied was sent, unless by force."""
    backend = Backend({SETTINGS_PATH: current}, make_clock(), make_answer)
    journal = Journal(tmp_path_factory.mktemp("journal"), Redactor())
    places = tuple(dict.fromkeys(f"/{key_step(n)}" for body in written for n in body))
    journal.record(
        new_entry(
            original=original,
            written=tuple(written),
            places=places,
            changing=(),
            phase=phase,
        )
    )

    found = recovered(backend, journal, force=force)

    left = left_of(backend.settings, original)
    assert found.failure or [place for place in left if place not in " ".join(found.notes)] == []
    assert bool(journal.entries()) == bool(found.left)
    if force:
        assert (left, found.failure) == ([], None)
    else:
        before = len(backend.sent)
        again = recovered(backend, journal)
        assert (again.failure is None) == (found.failure is None), "dirty is sticky"
        assert len(backend.sent) == before or found.failure


def key_step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


# -- which entries are obeyed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"root": "/data"}, id="root"),
        pytest.param({"select": {"/slug": "main"}}, id="select"),
        pytest.param({"root": "/data", "account": "8"}, id="which has another id there"),
        pytest.param({"root": "/data", "path": HOURS_PATH}, id="of another document"),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_an_entry_whose_document_was_elsewhere_in_the_answer_is_told(
    backend: Backend, journal: Journal, folder: Path, changes: Json, named: bool
) -> None:
    """Its original means nothing where this profile has the document."""
    stored = journal.record(new_entry(**changes))

    assert recovered(backend, journal, runs=[RUN] if named else []) == Recovered(
        notes=(
            f"the journal has an entry of the run {RUN} of {STARTED_AT} for PUT {stored.path},"
            " whose document was elsewhere in the answer than [document] root and select of this"
            " profile say: nothing was sent; name the profile of that run with --target-profile,"
            f" or '{repair(folder)} --accept' forgets it",
        ),
        left=(RUN,),
    )
    assert (backend.sent, journal.entries()) == ([], (stored,))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"path": "/api/admin/users"}, id="another path"),
        pytest.param({"path": f"{SETTINGS_PATH}/"}, id="a path that begins alike"),
        pytest.param({"path": f"{SETTINGS_PATH}?x=1"}, id="a path with a query"),
        pytest.param({"method": "POST"}, id="another method"),
        pytest.param({"path": HOURS_PATH, "method": "PATCH"}, id="another method of a check's"),
    ],
)
def test_an_entry_for_what_this_run_does_not_write_is_not_obeyed(
    backend: Backend, journal: Journal, folder: Path, changes: Json
) -> None:
    """A planted entry would send whatever it likes with the token of this run."""
    entry = new_entry(**changes)
    backend.documents[entry.path] = {**ORIGINAL, "description": PROBED}
    stored = journal.record(entry)

    assert recovered(backend, journal) == Recovered(
        notes=(
            f"the journal has an entry of the run {RUN} of {STARTED_AT} for {entry.method}"
            f" {entry.path}, which this run does not write: nothing was sent; '{repair(folder)}'"
            f" obeys it by name, '{repair(folder)} --accept' forgets it",
        ),
        left=(RUN,),
    )
    assert (backend.reads, backend.sent, journal.entries()) == (0, [], (stored,))

    assert recovered(backend, journal, runs=[RUN]).restored == (RUN,)
    assert backend.sent == [(entry.method, entry.path, {"description": "Hair"})]


@pytest.mark.parametrize(
    ("account", "whose"), [("", "an account that this run does not know"), ("8", "another account")]
)
@pytest.mark.parametrize("runs", [[], [RUN]])
def test_the_entry_of_another_account_is_named_and_left_alone(
    account: str, whose: str, runs: list[str], backend: Backend, journal: Journal
) -> None:
    stored = journal.record(new_entry())
    assert recovered(backend, journal, account=account, runs=runs) == Recovered(
        notes=(f"the journal has an entry of the run {RUN} for {whose}",), left=(RUN,)
    )
    assert (backend.reads, backend.sent, journal.entries()) == (0, [], (stored,))

    assert recovered(backend, journal, account=None).restored == (RUN,)


def test_entries_of_another_target_are_ignored(backend: Backend, journal: Journal) -> None:
    stored = journal.record(new_entry(target="https://other.example.com"))
    assert recovered(backend, journal, runs=[RUN]) == Recovered()
    assert (backend.reads, journal.entries()) == (0, (stored,))


def test_entries_of_a_living_run_are_left_alone(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    alive = Journal(folder, Redactor())
    stored = alive.record(new_entry())

    assert recovered(backend, journal) == Recovered()
    assert recovered(backend, alive, mine=False) == Recovered()
    assert (backend.reads, backend.sent, journal.entries()) == (0, [], (stored,))

    assert recovered(backend, alive).restored == (RUN,)


def test_a_document_that_another_process_has_locked_is_left_to_it(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    other = Journal(folder, Redactor())
    stored = journal.record(new_entry())
    assert other.lock_document(BASE_URL, SETTINGS_PATH)

    assert recovered(backend, journal) == Recovered(
        notes=(
            f"the changes of the run {RUN} of {STARTED_AT} are not put back yet: another process"
            f" has locked {SETTINGS_PATH}",
        )
    )
    assert (backend.reads, backend.sent, journal.entries()) == (0, [], (stored,))


def test_recovery_can_be_limited_to_some_runs(backend: Backend, journal: Journal) -> None:
    mine = journal.record(new_entry(phase=Phase.KEPT))
    journal.record(new_entry(run_id="ffffffff", written=({"name": "Shop"},), phase=Phase.KEPT))
    backend.change(name="Shop")

    found = recovered(backend, journal, runs=["ffffffff", "00000000"])

    assert found == Recovered(
        notes=(restored_note("/name", run_id="ffffffff"),), restored=("ffffffff",)
    )
    assert backend.settings == {**ORIGINAL, "description": PROBED}
    assert journal.entries() == (mine,)
    assert recovered(backend, journal, runs=["00000000"]) == Recovered()


# -- several entries ------------------------------------------------------------------------------


def test_several_entries_are_restored_oldest_first(backend: Backend, journal: Journal) -> None:
    backend.documents[HOURS_PATH] = {"mon": "closed"}
    backend.documents["/api/gone"] = {"a": "edited"}
    known = [HOURS, KnownDocument.of(Document(path="/api/gone"))]
    hours = {"path": HOURS_PATH, "original": {"mon": "9-5"}, "written": ({"mon": "closed"},)}
    gone = {"path": "/api/gone", "original": {"a": "1"}, "written": ({"a": "2"},)}
    journal.record(new_entry(run_id="cccccccc", **hours))
    journal.record(new_entry(run_id="bbbbbbbb", **gone))
    later = "2026-01-02T00:00:00Z"
    journal.record(new_entry(run_id="aaaaaaaa", written=({"name": "Shop"},), started_at=later))
    backend.change(name="Shop", description="Hair")

    found = recovered(backend, journal, documents=known)

    assert found == Recovered(
        notes=(
            edited_note("/a", path="/api/gone", run_id="bbbbbbbb"),
            restored_note("/mon", run_id="cccccccc"),
            restored_note("/name", run_id="aaaaaaaa").replace(STARTED_AT, later),
        ),
        restored=("bbbbbbbb", "cccccccc", "aaaaaaaa"),
    )
    assert backend.bodies == [{"mon": "9-5"}, {"name": "Salon"}]
    assert journal.entries() == ()


def test_after_the_first_failure_the_rest_is_tried(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    backend.status = 500
    backend.documents[HOURS_PATH] = {"mon": "9-5"}
    backend.change(description="Hair", name="Shop")
    for run_id in ("aaaaaaaa", "bbbbbbbb"):
        journal.record(new_entry(run_id=run_id, written=({"name": "Shop"},)))
    journal.record(
        new_entry(run_id="cccccccc", path=HOURS_PATH, original={"mon": "9-5"}, written=())
    )

    found = recovered(backend, journal)

    assert found.failure == not_restored(
        folder,
        "/name was the string 'Salon' and is the string 'Shop'; the restoring update was"
        " answered 500",
        "aaaaaaaa",
    )
    assert (found.restored, found.left) == (("cccccccc",), ("aaaaaaaa", "bbbbbbbb"))


# -- targets in trouble ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answered"), [(200, ""), (403, "; the restoring update was answered 403")]
)
def test_a_failed_restore_is_a_failure_and_keeps_the_entry(
    backend: Backend, journal: Journal, folder: Path, status: int, answered: str
) -> None:
    backend.status, backend.merging = status, drops
    journal.record(new_entry())
    seen = f"/description was the string 'Hair' and is the string {PROBED!r}{answered}"

    assert recovered(backend, journal) == Recovered(
        left=(RUN,), failure=not_restored(folder, seen), changed="/api/business/me"
    )
    (entry,) = journal.entries()
    assert (entry.phase, entry.differing) == (Phase.DIRTY, ("/description",))

    backend.status, backend.merging = 200, merges
    assert recovered(backend, journal).restored == (RUN,)
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_a_document_with_withheld_values_is_never_sent_whole(
    backend: Backend, journal: Journal
) -> None:
    """The journal's copy lacks a property, and would remove it."""
    journal.redactor.learn("canary-key", "APISMOKE_TOKEN")
    backend.merging = replaces
    backend.change(key="canary-key")
    stored = journal.record(new_entry(original={**ORIGINAL, "key": "canary-key"}))

    found = recovered(backend, journal)

    assert (found.left, stored.withheld) == ((RUN,), ("/key",))
    assert all("canary-key" not in str(body) for body in backend.bodies)
    assert backend.bodies == [{"description": "Hair"}]


def test_a_document_that_can_not_be_read_is_noted_and_keeps_the_entry(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    """It is no failure of the target that this run has to judge."""
    backend.responses = False
    stored = journal.record(new_entry())

    assert recovered(backend, journal) == Recovered(
        left=(RUN,),
        notes=(
            f"the changes of the run {RUN} of {STARTED_AT} could not be looked at:"
            f" {LOST_ANSWER} (GET {SETTINGS_URL}); '{repair(folder)}' tries again,"
            f" '{repair(folder)} --accept' forgets it",
        ),
        unseen=Failure(
            category=Category.FETCH,
            expected=f"the changes of the run {RUN} to be put back",
            seen=LOST_ANSWER,
            where=f"GET {SETTINGS_URL}",
            hint="x",
        ),
    )
    assert (backend.sent, journal.entries()) == ([], (stored,))


def test_a_stale_read_is_asked_again_before_it_counts(
    backend: Backend, journal: Journal, clock: FakeClock
) -> None:
    """A replica that lags shows the original for a while."""
    began = clock.now
    read = backend.fetch_document

    def lagging(*arguments: Any, **named: Any) -> Response:
        backend.change(description="Hair" if clock.now < began + 1.0 else PROBED)
        return read(*arguments, **named)

    backend.fetch_document = lagging  # type: ignore[method-assign]  # a double
    backend.merging = drops
    journal.record(new_entry())

    found = recovered(backend, journal, wait_s=2.0)

    assert found.failure is not None
    assert "is the string 'Hair [apismoke" in found.failure.seen


def test_restoring_has_some_time_although_the_budget_is_spent(
    backend: Backend, journal: Journal, clock: FakeClock
) -> None:
    clock.now += 100.0
    journal.record(new_entry())
    assert recovered(backend, journal).restored == (RUN,)


def hangs(backend: Backend, clock: FakeClock) -> None:
    """Every read takes all the time that there is."""
    read = backend.fetch_document

    def hang(*arguments: Any, **named: Any) -> Response:
        left_s = backend.budget.remaining_s(restoring=True)
        clock.now += left_s
        return read(*arguments, **named)

    backend.fetch_document = hang  # type: ignore[method-assign]  # a double


def test_ten_entries_share_one_extension_of_the_budget(
    backend: Backend, journal: Journal, clock: FakeClock
) -> None:
    clock.now += 100.0
    began = clock.now
    hangs(backend, clock)
    for number in range(10):
        journal.record(new_entry(name=f"{RUN}-{number}"))

    found = recovered(backend, journal)

    assert (found.left, found.restored, found.failure) == ((RUN,) * 10, (), None)
    assert clock.now - began <= 5.0


def test_a_recovery_ahead_of_a_write_extends_nothing(
    backend: Backend, journal: Journal, clock: FakeClock
) -> None:
    """Each check that writes begins with one, and would have another five seconds."""
    clock.now += 100.0
    began = clock.now
    hangs(backend, clock)
    journal.record(new_entry())

    found = recovered(backend, journal, path=SETTINGS_PATH)

    assert (found.left, clock.now - began) == ((RUN,), 0.0)


# -- what differs -----------------------------------------------------------------------------


def test_every_difference_is_found_but_in_values_that_change_by_themselves(
    backend: Backend, journal: Journal
) -> None:
    backend.change(name="Shop", extra=1, updated_at=7, key="canary")
    entry = new_entry(withheld=("/key",))
    recovery = Recovery(backend.target, journal, reader=reader_of(backend))

    assert list(map(str, recovery.differences(entry))) == [
        "/name was the string 'Salon' and is the string 'Shop'",
        f"/description was the string 'Hair' and is the string {PROBED!r}",
        "/extra is new",
    ]
    assert backend.sent == []


# -- residues --------------------------------------------------------------------------------


def residue(backend: Backend, journal: Journal, value: str) -> Callable[[], str]:
    backend.change(description=value)
    reader = reader_of(backend)
    look = reader.look()
    found = marker_in(look.document, ["/description"])
    assert found is not None
    return lambda: clear_residue(
        backend.target,
        journal,
        reader,
        found,
        look,
        run_id="eeeeeeee",
        account="7",
        probes=("/description",),
    )


@pytest.mark.parametrize(
    ("value", "original"),
    [
        ("Hair [apismoke ffffffff.1 11s]", "Hair"),
        ("[apismoke ffffffff.1 11s]", ""),
        ("[apismoke ffffffff.1 11s null]", None),
        ("[apismoke ffffffff.1 11s absent]", None),
        ("Hair [apismoke aaaaaaaa.1 11s] [apismoke ffffffff.9 11s]", "Hair"),
    ],
)
def test_a_residue_is_replaced_by_the_original_from_its_marker(
    backend: Backend, journal: Journal, value: str, original: str | None
) -> None:
    assert residue(backend, journal, value)() == (
        "a probe that the run ffffffff had left in /description was removed"
    )
    assert backend.settings == {**ORIGINAL, "description": original}
    assert (backend.bodies, journal.entries()) == ([{"description": original}], ())


def test_a_residue_is_cleared_with_an_entry_in_the_journal(
    backend: Backend, journal: Journal
) -> None:
    """As ever: whoever is killed now leaves a record."""
    probed = "Hair [apismoke ffffffff.1 11s]"
    seen: list[Entry] = []

    def merging(document: Json, body: Any) -> Json:
        seen.extend(journal.entries())
        return merges(document, body)

    backend.merging = merging
    residue(backend, journal, probed)()

    (entry,) = seen
    assert (entry.name, entry.run_id, entry.account) == (
        "eeeeeeee-settings-residue",
        "ffffffff",
        "7",
    )
    assert (entry.original["description"], entry.written) == ("Hair", ({"description": probed},))
    assert (entry.places, entry.path) == (("/description",), SETTINGS_PATH)


@pytest.mark.parametrize("value", ["Hair", "Nails", "Hair [apismoke ffffffff.2 11s]"])
def test_a_residue_that_has_changed_meanwhile_is_left_alone(
    backend: Backend, journal: Journal, value: str
) -> None:
    step = residue(backend, journal, "Hair [apismoke ffffffff.1 11s]")
    backend.change(description=value)
    assert step() == ""
    assert (backend.sent, journal.entries()) == ([], ())


def test_a_residue_without_its_original_is_not_guessed_at(
    backend: Backend, journal: Journal
) -> None:
    step = residue(backend, journal, "Ha [apismoke ffffffff.1 11s cut]")
    with pytest.raises(SmokeError) as caught:
        step()
    assert (caught.value.failure.category, caught.value.dirty) == (Category.UNVERIFIED, False)
    assert str(caught.value) == (
        "expected no probe in /description, seen one that the run ffffffff left behind, in a string"
        " that had to be cut\n"
        f"  where: GET {SETTINGS_URL}\n"
        "  what to do: run 'apismoke restore' on the machine of that run: its journal has the"
        " original; or correct the field by hand"
    )
    assert (backend.sent, journal.entries()) == ([], ())


def test_a_residue_that_can_not_be_removed_is_dirty(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    backend.status = 403
    step = residue(backend, journal, "Hair [apismoke ffffffff.1 11s]")
    with pytest.raises(SmokeError) as caught:
        step()
    assert caught.value.dirty
    assert caught.value.failure == not_restored(
        folder,
        "/description was the string 'Hair' and is the string 'Hair [apismoke ffffffff.1 11s]';"
        " the restoring update was answered 403",
        "ffffffff",
    )
    (entry,) = journal.entries()
    assert entry.phase is Phase.DIRTY


# -- small ones -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "account"),
    [
        ({"id": 7}, "7"),
        ({"id": 0}, "0"),
        ({"id": "b-7"}, "b-7"),
        ({"id": None}, ""),
        ({"id": True}, ""),
        ({"id": 7.5}, ""),
        ({"id": [7]}, ""),
        ({}, ""),
    ],
)
def test_the_account_that_a_document_belongs_to(document: Json, account: str) -> None:
    assert account_of(document, "id") == account


def test_the_marker_tells_that_the_original_is_lost() -> None:
    assert find("Ha [apismoke ffffffff.1 11s cut]") == Marker(
        run_id="ffffffff", turn=1, lease_s=11, original=LOST
    )
