"""Recovery restores the changes of killed runs, and leaves later edits alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
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

from pytest_apismoke.documents import ABSENT, same
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST, Marker, find
from pytest_apismoke.safewrite.recovery import (
    Decision,
    Recovered,
    absent_at,
    account_of,
    clear_residue,
    decide,
    recover,
)
from pytest_apismoke.safewrite.restoring import Restorer

if TYPE_CHECKING:
    from unit.conftest import FakeClock

MakeAnswer = Callable[..., Response]

RUN = "0123abcd"
STARTED_AT = "2026-01-01T00:00:00Z"
PROBED = "Hair [apismoke 0123abcd.1 60s]"
ORIGINAL: Json = {
    "id": 7,
    "name": "Salon",
    "description": "Hair",
    "greeting_style": None,
    "hours": {"mon": "9-5"},
    "active": True,
    "updated_at": 0,
}


def new_entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "name": f"{changes.get('run_id', RUN)}-probe",
        "run_id": RUN,
        "target": BASE_URL,
        "account": "7",
        "request": {"method": "PUT", "path": SETTINGS_PATH, "json": {"description": "Hair"}},
        "accepted": (200,),
        "original": ORIGINAL,
        "written": ({"description": PROBED},),
        "changing": ("/updated_at",),
        "started_at": STARTED_AT,
        **changes,
    }
    return Entry(**values)


def without(*names: str) -> Json:
    return {name: value for name, value in ORIGINAL.items() if name not in names}


# -- entries of probes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [PROBED, {"about": PROBED}, ["x", PROBED], {"more": [{"about": PROBED}]}]
)
def test_an_entry_with_a_marker_at_any_depth_is_of_a_probe(value: object) -> None:
    assert new_entry(written=({"description": value},)).is_probe


def test_an_entry_without_a_marker_is_not() -> None:
    assert not new_entry(written=({"description": {"about": "Hair"}, "active": True},)).is_probe


# -- deciding ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "current", "body", "edited"),
    [
        pytest.param([{"description": PROBED}], {}, {}, [], id="already the original"),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED},
            {"description": "Hair"},
            [],
            id="still what was written",
        ),
        pytest.param(
            [{"description": PROBED}, {"description": "two"}],
            {"description": PROBED},
            {"description": "Hair"},
            [],
            id="still what was written before the last",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": "Nails"},
            {},
            ["/description"],
            id="edited since",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": f"{PROBED}!"},
            {},
            ["/description"],
            id="edited behind what was written",
        ),
        pytest.param([], {"description": "Nails"}, {}, ["/description"], id="nothing was written"),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED[:12]},
            {"description": "Hair"},
            [],
            id="cut off at the end",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": "Hai"},
            {},
            ["/description"],
            id="shorter than the original: nobody's cut",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED[5:]},
            {},
            ["/description"],
            id="cut off at the beginning",
        ),
        pytest.param(
            [{"greeting_style": "Hello there"}],
            {"greeting_style": "Hello"},
            {"greeting_style": None},
            [],
            id="cut off where nothing was",
        ),
        pytest.param(
            [{"active": "a text"}],
            {"active": "a te"},
            {},
            ["/active"],
            id="a cut text in the place of no text",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED, "name": None, "hours": ABSENT},
            {"description": "Hair", "name": "Salon", "hours": {"mon": "9-5"}},
            [],
            id="others that were emptied go together with ours",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"name": None, "hours": ABSENT},
            {},
            ["/name", "/hours"],
            id="others that were emptied alone are an edit",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED, "name": "", "hours": {}},
            {"description": "Hair"},
            ["/name", "/hours/mon"],
            id="an empty text and an empty object are values",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED, "name": "Shop"},
            {"description": "Hair"},
            ["/name"],
            id="another change is left alone",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"description": PROBED, "extra": 1},
            {"description": "Hair"},
            ["/extra"],
            id="another new member is left alone",
        ),
        pytest.param(
            [{"extra": 1}], {"extra": 1}, {"extra": None}, [], id="a member that was written anew"
        ),
        pytest.param(
            [{"greeting_style": PROBED}],
            {"greeting_style": ABSENT},
            {},
            [],
            id="null may be absent",
        ),
        pytest.param([{"extra": PROBED}], {"extra": None}, {}, [], id="absent may be null"),
        pytest.param(
            [{"name": None}], {"name": ABSENT}, {}, ["/name"], id="written null, found absent"
        ),
        pytest.param([{"name": None}], {"name": None}, {"name": "Salon"}, [], id="written null"),
        pytest.param(
            [{"hours": {"mon": "1", "tue": [2]}}],
            {"hours": {"tue": [2], "mon": "1"}},
            {"hours": {"mon": "9-5"}},
            [],
            id="an object, whole",
        ),
        pytest.param(
            [{"hours": {"mon": "1", "tue": [2]}}],
            {"hours": {"mon": "1"}},
            {},
            ["/hours"],
            id="an object that was edited",
        ),
        pytest.param([{"active": 1}], {"active": 1}, {"active": True}, [], id="1 was written"),
        pytest.param([{"id": True}], {"id": 1}, {}, ["/id"], id="true is not 1"),
        pytest.param([{"id": 8}], {"id": 8.0}, {"id": 7}, [], id="8 is 8.0"),
        pytest.param(
            [{"updated_at": 1, "description": PROBED}],
            {"updated_at": 1},
            {},
            [],
            id="what changes by itself is ignored",
        ),
        pytest.param(
            [{"description": PROBED}],
            {"updated_at": 9, "description": PROBED},
            {"description": "Hair"},
            [],
            id="what changes by itself is not sent",
        ),
    ],
)
def test_values_of_the_run_are_restored_and_edits_left_alone(
    written: list[Json], current: Json, body: Json, edited: list[str]
) -> None:
    entry = new_entry(written=tuple(written))
    found = {name: v for name, v in {**ORIGINAL, **current}.items() if v is not ABSENT}
    before = copy.deepcopy((entry, found))
    # A decision is about whole properties.
    names = tuple("/hours" if pointer.startswith("/hours") else pointer for pointer in edited)

    assert decide(entry, found) == Decision(goal={**found, **body}, body=body, edited=names)
    assert (entry, found) == before


@pytest.mark.parametrize(
    ("current", "body"),
    [
        ({}, {}),
        ({"description": "Nails"}, {"description": "Hair"}),
        ({"description": PROBED, "name": "Shop"}, {"name": "Salon", "description": "Hair"}),
        ({"name": None}, {"name": "Salon"}),
        ({"extra": 1}, {"extra": None}),
        ({"extra": None, "updated_at": 9}, {}),
    ],
)
def test_force_restores_everything_but_values_that_change_by_themselves(
    current: Json, body: Json
) -> None:
    found = {**ORIGINAL, **current}
    assert decide(new_entry(), found, force=True) == Decision(goal={**found, **body}, body=body)


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("value", ["canary", None, "[redacted]"])
def test_withheld_values_are_not_compared_and_not_sent(value: str | None, force: bool) -> None:
    entry = new_entry(withheld=("/key", "/a~1b"), written=({"key": "[redacted]", "a/b": 1},))
    found = {**ORIGINAL, "key": value, "a/b": 1}
    assert decide(entry, found, force=force) == Decision(goal=found, body={})


def test_edited_properties_are_named_as_json_pointers() -> None:
    entry = new_entry(original={"a/b": 1, "m~n": 1}, written=({"m~n": 2},))
    assert decide(entry, {"a/b": 3, "m~n": 2}) == Decision(
        goal={"a/b": 3, "m~n": 1}, body={"m~n": 1}, edited=("/a~1b",)
    )


MEMBERS = st.dictionaries(
    st.sampled_from(["a", "b", "c/d", "~"]),
    st.sampled_from([None, True, 1, 0, "", "x", "xyz", [1], {"k": None}]),
    max_size=4,
)


@given(
    original=MEMBERS, written=st.lists(MEMBERS, max_size=3), current=MEMBERS, force=st.booleans()
)
@settings(max_examples=300, deadline=None)
def test_a_decision_moves_towards_the_original_and_settles(
    original: Json, written: list[Json], current: Json, force: bool
) -> None:
    """A second decision, about the restored document, has nothing left to send."""
    entry = new_entry(original=original, written=tuple(written), changing=())

    decision = decide(entry, current, force=force)

    assert all(same(v, original.get(name)) for name, v in decision.body.items())
    assert decision.goal == {**current, **decision.body}
    assert decide(entry, decision.goal, force=force) == Decision(
        goal=decision.goal, body={}, edited=decision.edited
    )
    assert not (force and decision.edited)


# -- recovering -------------------------------------------------------------------------------


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


def recovered(backend: Backend, journal: Journal, **arguments: Any) -> Recovered:
    arguments = {"account": "7", "wait_s": 0.0, **arguments}
    return recover(backend.target, journal, **arguments)


def restored_note(places: str = "/description", *, run_id: str = RUN) -> str:
    return (
        f"the run {run_id} of {STARTED_AT} was ended before it restored {places}; that was put back"
    )


def repair(folder: Path, run_id: str = RUN) -> str:
    return f"apismoke restore --target-url={BASE_URL} --state-dir={folder} {run_id}"


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


def test_an_entry_whose_changes_the_run_restored_itself_is_deleted_silently(
    backend: Backend, journal: Journal
) -> None:
    backend.change(description="Hair", updated_at=5)
    journal.record(new_entry())
    assert recovered(backend, journal) == Recovered(restored=(RUN,))
    assert (backend.sent, journal.entries()) == ([], ())


def test_another_document_is_restored_at_its_path_and_by_its_method(
    backend: Backend, journal: Journal
) -> None:
    backend.documents["/api/hours"] = {"mon": "closed", "tue": "9-5"}
    request = {"method": "PATCH", "path": "/api/hours"}
    journal.record(
        new_entry(
            request=request, original={"mon": "9-5", "tue": "9-5"}, written=({"mon": "closed"},)
        )
    )
    assert recovered(backend, journal) == Recovered(notes=(restored_note("/mon"),), restored=(RUN,))
    assert backend.sent == [("PATCH", "/api/hours", {"mon": "9-5"})]
    assert backend.settings["description"] == PROBED


def test_a_later_edit_is_left_alone_and_stays_in_the_journal(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    backend.change(description="Nails", name="Shop")
    stored = journal.record(new_entry())

    first, second = recovered(backend, journal), recovered(backend, journal)

    assert first == second
    assert first == Recovered(
        notes=(
            f"the run {RUN} of {STARTED_AT} was ended before it restored /name, /description of"
            f" {SETTINGS_PATH}, edited since and left alone; '{repair(folder)} --force' puts back"
            f" the journal's original, '{repair(folder)} --discard' forgets it",
        ),
        left=(RUN,),
    )
    assert (backend.sent, journal.entries()) == ([], (stored,))


def test_everything_but_the_edit_is_restored(backend: Backend, journal: Journal) -> None:
    backend.change(name="Shop")
    stored = journal.record(new_entry())

    found = recovered(backend, journal)

    assert (found.restored, found.left, found.failure) == ((), (RUN,), None)
    assert "restored /name of" in found.notes[0]
    assert backend.settings == {**ORIGINAL, "name": "Shop"}
    assert journal.entries() == (stored,)


def test_force_restores_edits_too(backend: Backend, journal: Journal) -> None:
    backend.change(description="Nails", name="Shop", extra=1)
    journal.record(new_entry())

    assert recovered(backend, journal, force=True) == Recovered(
        notes=(restored_note("/name, /description, /extra"),), restored=(RUN,)
    )
    assert backend.settings == {**ORIGINAL, "extra": None}
    assert journal.entries() == ()


@pytest.fixture
def unknown() -> Entry:
    """The entry of a check that wrote to another path: which properties it changed is unknown."""
    return new_entry(account="", written=({},))


def test_a_change_by_the_run_or_by_a_person_is_dirty_until_settled_by_force(
    backend: Backend, journal: Journal, folder: Path, unknown: Entry
) -> None:
    stored = journal.record(unknown)
    backend.change(description="Nails", active=False)

    assert recovered(backend, journal, account="") == Recovered(
        left=(RUN,),
        failure=Failure(
            category=Category.PERSIST,
            expected=f"the changes of the run {RUN} to be put back",
            seen="/description, /active changed, by that run or by somebody since",
            where=f"PUT {SETTINGS_URL}",
            hint=f"'{repair(folder)} --force' puts back the journal's original,"
            f" '{repair(folder)} --discard' forgets it",
        ),
    )
    assert (backend.sent, journal.entries()) == ([], (stored,))

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
    assert found.failure.seen == "/active changed, by that run or by somebody since"
    assert (found.left, backend.settings) == ((RUN,), {**ORIGINAL, "active": False})


@pytest.mark.parametrize(
    ("account", "whose"), [("", "an account that this run does not know"), ("8", "another account")]
)
def test_entries_of_other_accounts_are_named_and_skipped(
    account: str, whose: str, backend: Backend, journal: Journal
) -> None:
    journal.record(new_entry())
    assert recovered(backend, journal, account=account) == Recovered(
        notes=(f"the journal has an entry of the run {RUN} for {whose}",), left=(RUN,)
    )


def test_a_server_that_replaces_gets_the_whole_document(backend: Backend, journal: Journal) -> None:
    backend.merging = replaces
    backend.documents[SETTINGS_PATH] = {"description": PROBED}
    journal.record(new_entry(original=without("updated_at")))

    assert recovered(backend, journal) == Recovered(
        notes=(restored_note("/description, /id, /name, /hours, /active"),), restored=(RUN,)
    )
    assert backend.settings == without("updated_at", "greeting_style")


def test_a_document_with_withheld_values_is_never_sent_whole(
    backend: Backend, journal: Journal
) -> None:
    """The journal's copy lacks a property, and would remove it."""
    backend.merging = replaces
    journal.redactor.learn("canary-key", "APISMOKE_TOKEN")
    backend.change(key="canary-key")
    stored = journal.record(new_entry(original={**ORIGINAL, "key": "canary-key"}))

    found = recovered(backend, journal)

    assert (found.left, journal.entries(), stored.withheld) == ((RUN,), (stored,), ("/key",))
    assert backend.bodies == [{"description": "Hair"}]


def dirty(folder: Path, seen: str, run_id: str = RUN) -> Failure:
    return Failure(
        category=Category.PERSIST,
        expected=f"the changes of the run {run_id} to be put back",
        seen=seen,
        where=f"PUT {SETTINGS_URL}",
        hint="THE TARGET WAS LEFT CHANGED: when it accepts updates again,"
        f" run {repair(folder, run_id)}",
    )


@pytest.mark.parametrize(
    ("status", "answered"), [(200, ""), (403, "; the restoring update was answered 403")]
)
def test_a_failed_restore_is_a_failure_and_keeps_the_entry(
    backend: Backend, journal: Journal, folder: Path, status: int, answered: str
) -> None:
    backend.status, backend.merging = status, drops
    stored = journal.record(new_entry())
    seen = f"/description was the string 'Hair' and is the string {PROBED!r}{answered}"

    assert recovered(backend, journal) == Recovered(left=(RUN,), failure=dirty(folder, seen))
    assert journal.entries() == (stored,)

    backend.status, backend.merging = 200, merges
    assert recovered(backend, journal).restored == (RUN,)
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_a_document_that_can_not_be_read_is_noted_and_keeps_the_entry(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    """It is no failure of the target that this run has to judge."""
    backend.responses = False
    stored = journal.record(new_entry())

    assert recovered(backend, journal) == Recovered(
        left=(RUN,),
        notes=(
            f"the changes of the run {RUN} of {STARTED_AT} could not be checked:"
            f" {LOST_ANSWER} (GET {SETTINGS_URL}); '{repair(folder)}' tries again,"
            f" '{repair(folder)} --discard' forgets it",
        ),
    )
    assert (backend.sent, journal.entries()) == ([], (stored,))


def test_the_entry_of_another_account_is_left_alone(backend: Backend, journal: Journal) -> None:
    stored = journal.record(new_entry(account="8"))

    assert recovered(backend, journal) == Recovered(
        notes=(f"the journal has an entry of the run {RUN} for another account",), left=(RUN,)
    )
    assert (backend.reads, backend.sent, journal.entries()) == (0, [], (stored,))

    assert recovered(backend, journal, account=None).restored == (RUN,)


def test_entries_of_another_target_are_ignored(backend: Backend, journal: Journal) -> None:
    stored = journal.record(new_entry(target="https://other.example.com"))
    assert recovered(backend, journal) == Recovered()
    assert (backend.reads, journal.entries()) == (0, (stored,))


def test_entries_of_a_living_run_are_left_alone(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    alive = Journal(folder, Redactor())
    stored = alive.record(new_entry())

    assert recovered(backend, journal) == Recovered()
    assert (backend.reads, backend.sent, journal.entries()) == (0, [], (stored,))

    assert recovered(backend, alive).restored == (RUN,)


def test_recovery_can_be_limited_to_some_runs(backend: Backend, journal: Journal) -> None:
    backend.change(name="Shop")
    mine = journal.record(new_entry())
    journal.record(new_entry(run_id="ffffffff", written=({"name": "Shop"},)))

    found = recovered(backend, journal, runs=["ffffffff", "00000000"])

    assert found == Recovered(
        notes=(restored_note("/name", run_id="ffffffff"),), restored=("ffffffff",)
    )
    assert backend.settings == {**ORIGINAL, "description": PROBED}
    assert journal.entries() == (mine,)
    assert recovered(backend, journal, runs=["00000000"]) == Recovered()


def test_several_entries_are_restored_oldest_first(backend: Backend, journal: Journal) -> None:
    backend.documents["/api/hours"] = {"mon": "closed"}
    backend.documents["/api/gone"] = {"a": "edited"}
    other = {"method": "PUT", "path": "/api/hours"}
    gone = {"method": "PUT", "path": "/api/gone"}
    journal.record(
        new_entry(
            run_id="cccccccc", request=other, original={"mon": "9-5"}, written=({"mon": "closed"},)
        )
    )
    journal.record(
        new_entry(run_id="bbbbbbbb", request=gone, original={"a": 1}, written=({"a": 2},))
    )
    journal.record(
        new_entry(run_id="aaaaaaaa", written=({"name": "Shop"},), started_at="2026-01-02T00:00:00Z")
    )
    backend.change(name="Shop")

    found = recovered(backend, journal)

    assert "restored /a of /api/gone, edited since" in found.notes[0]
    assert found.notes[1:] == (
        restored_note("/mon", run_id="cccccccc"),
        restored_note("/name", run_id="aaaaaaaa").replace("01-01", "01-02"),
    )
    assert (found.restored, found.left) == (("cccccccc", "aaaaaaaa"), ("bbbbbbbb",))
    assert backend.bodies == [{"mon": "9-5"}, {"name": "Salon"}]
    assert [entry.run_id for entry in journal.entries()] == ["bbbbbbbb"]


def test_a_probe_of_the_same_run_is_no_edit_of_a_preserved_document(
    backend: Backend, journal: Journal
) -> None:
    backend.change(name="Shop")
    journal.record(new_entry(name=f"{RUN}-99-0", written=({"name": "Shop"},)))
    journal.record(new_entry())

    assert recovered(backend, journal) == Recovered(
        notes=(restored_note("/name"), restored_note()), restored=(RUN, RUN)
    )
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_after_the_first_failure_the_rest_is_tried(
    backend: Backend, journal: Journal, folder: Path
) -> None:
    backend.status = 500
    backend.documents["/api/hours"] = {"mon": "9-5"}
    backend.change(description="Hair", name="Shop")
    for run_id in ("aaaaaaaa", "bbbbbbbb"):
        journal.record(new_entry(run_id=run_id, written=({"name": "Shop"},)))
    request = {"method": "PUT", "path": "/api/hours"}
    journal.record(new_entry(run_id="cccccccc", request=request, original={"mon": "9-5"}))

    found = recovered(backend, journal)

    assert found.failure == dirty(
        folder,
        "/name was the string 'Salon' and is the string 'Shop'; the restoring update was"
        " answered 500",
        "aaaaaaaa",
    )
    assert (found.restored, found.left) == (("cccccccc",), ("aaaaaaaa", "bbbbbbbb"))


def test_the_probe_of_a_living_gate_is_looked_through(backend: Backend, journal: Journal) -> None:
    theirs = "Hair [apismoke ffffffff.1 60s]"
    backend.change(description=theirs, name="Shop")
    journal.record(new_entry(written=({"name": "Shop"},)))

    assert recovered(backend, journal).restored == (RUN,)
    assert backend.settings == {**ORIGINAL, "description": theirs}
    assert backend.bodies == [{"name": "Salon"}]


def test_restoring_has_some_time_although_the_budget_is_spent(
    backend: Backend, journal: Journal, clock: FakeClock
) -> None:
    clock.now += 100.0
    journal.record(new_entry())
    assert recovered(backend, journal).restored == (RUN,)


def test_documents_that_hang_share_the_time_for_restoring(
    backend: Backend, journal: Journal, clock: FakeClock
) -> None:
    clock.now += 100.0
    began = clock.now
    backend.change(description=PROBED)
    backend.merging = lambda document, body: _hang(clock, document)
    for number in range(10):
        journal.record(new_entry(name=f"{RUN}-{number}"))

    found = recovered(backend, journal)

    assert (found.left, found.restored) == ((RUN,) * 10, ())
    assert clock.now - began <= 2 * 5.0


def _hang(clock: FakeClock, document: Json) -> Json:
    clock.now += 5.0
    return document


# -- residues --------------------------------------------------------------------------------


def residue(
    backend: Backend, folder: Path, value: str, *, run_id: str = "ffffffff"
) -> Callable[[], str]:
    backend.change(description=value)
    restorer = Restorer(backend.target, folder, owner=run_id, wait_s=0.0)
    restorer.changing = ["/updated_at"]
    marker = find(value)
    assert marker is not None
    seen = restorer.read()
    return lambda: clear_residue(restorer, seen, "/description", marker=marker)


@pytest.mark.parametrize(
    ("value", "original"),
    [
        ("Hair [apismoke ffffffff.1 60s]", "Hair"),
        ("[apismoke ffffffff.1 60s]", ""),
        ("[apismoke ffffffff.1 60s null]", None),
        ("[apismoke ffffffff.1 60s absent]", None),
        ("Hair [apismoke aaaaaaaa.1 60s] [apismoke ffffffff.9 60s]", "Hair"),
    ],
)
def test_a_residue_is_replaced_by_the_original_from_its_marker(
    backend: Backend, folder: Path, value: str, original: str | None
) -> None:
    assert residue(backend, folder, value)() == (
        "a probe that the run ffffffff had left in /description was removed"
    )
    assert backend.settings == {**ORIGINAL, "description": original}
    assert backend.bodies == [{"description": original}]


def test_a_residue_without_its_original_is_not_guessed_at(backend: Backend, folder: Path) -> None:
    step = residue(backend, folder, "Ha [apismoke ffffffff.1 60s cut]")
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
    assert backend.sent == []


def test_a_residue_that_can_not_be_removed_is_dirty(backend: Backend, folder: Path) -> None:
    backend.status = 403
    step = residue(backend, folder, "Hair [apismoke ffffffff.1 60s]")
    with pytest.raises(SmokeError) as caught:
        step()
    assert caught.value.dirty
    assert caught.value.failure == dirty(
        folder,
        "/description was the string 'Hair' and is the string 'Hair [apismoke ffffffff.1 60s]';"
        " the restoring update was answered 403",
        "ffffffff",
    )


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


@pytest.mark.parametrize(
    ("document", "pointers"),
    [({}, ("/a", "/a/b")), ({"a": {}}, ("/a/b",)), ({"a": {"b": None}}, ())],
)
def test_absent_places_may_come_back_as_null(
    document: Mapping[str, Any], pointers: tuple[str, ...]
) -> None:
    assert absent_at(document, "/a/b") == pointers


def test_the_marker_tells_that_the_original_is_lost() -> None:
    assert find("Ha [apismoke ffffffff.1 60s cut]") == Marker(
        run_id="ffffffff", turn=1, lease_s=60, original=LOST
    )
