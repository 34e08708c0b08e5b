"""Documents that users' tests change are restored, with proof, and recorded in time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from unit.documents_in_memory import (
    BASE_URL,
    LOST_ANSWER,
    SETTINGS_PATH,
    SETTINGS_URL,
    Backend,
    Json,
    drops,
    replaces,
)

from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.safewrite.document_guard import DocumentGuard
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.preserved_document import PreservedDocument
from pytest_apismoke.safewrite.reading import Reader
from pytest_apismoke.safewrite.recovery import Recovered, Recovery

if TYPE_CHECKING:
    from unit.conftest import FakeClock

MakeAnswer = Callable[..., Response]

RUN = "0123abcd"
READS = 2
HOURS_PATH = "/api/hours"
ORIGINAL: Json = {"id": 7, "name": "Salon", "hours": {"mon": ["9", "5"]}, "updated_at": 0}
HOURS: Json = {"mon": "9-5", "etag": 1}
MOVED = (
    "{0}: it moves by itself or with every update, and is no harm; to leave it out, write"
    ' [document] volatile = ["{1}"]'
)


@pytest.fixture
def backend(clock: FakeClock, make_answer: MakeAnswer) -> Backend:
    return Backend({SETTINGS_PATH: ORIGINAL, HOURS_PATH: HOURS}, clock, make_answer)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", Redactor())


def guard_of(backend: Backend, journal: Journal, *, read_only: bool = False) -> DocumentGuard:
    return DocumentGuard(
        backend.target,
        journal,
        run_id=RUN,
        account=lambda: "7",
        wait_s=0.0,
        reads=READS,
        read_only=read_only,
    )


@pytest.fixture
def guard(backend: Backend, journal: Journal) -> DocumentGuard:
    return guard_of(backend, journal)


def preserved_document(backend: Backend, journal: Journal) -> PreservedDocument:
    return PreservedDocument(
        backend.target,
        journal,
        backend.profile.document,
        name="entry",
        run_id=RUN,
        account="7",
        wait_s=0.0,
        reads=READS,
    )


def recovered(backend: Backend, journal: Journal, *, force: bool = False) -> Recovered:
    """The recovery of the next run."""
    reader = Reader(backend.target, backend.profile.document, reads=READS, wait_s=0.0)
    return Recovery(backend.target, journal, reader=reader, account="7").run(force=force)


def killed_amid_a_test(backend: Backend, journal: Journal) -> None:
    """A run that is killed after one of its tests has written."""
    preserved_document(backend, journal).about_to_send({"name": "Shop"})
    backend.change(name="Shop")


def update(
    backend: Backend, guard: DocumentGuard, path: str = SETTINGS_PATH, **members: Any
) -> None:
    """An update that a test sends with `smoke_client`."""
    guard.about_to_send(path, members)
    backend.change(path, **members)


def preserving(guard: DocumentGuard, inside: Callable[[], None]) -> None:
    """A test that uses `smoke_preserve`."""
    with guard.preserved():
        inside()


def refusal(guard: DocumentGuard, inside: Callable[[], None]) -> SmokeError:
    with pytest.raises(SmokeError) as caught:
        preserving(guard, inside)
    return caught.value


def entry_of(journal: Journal) -> Json:
    (entry,) = journal.entries()
    return {
        name: value
        for name, value in entry.to_json().items()
        if name not in ("started_at", "host", "lock", "format")
    }


# -- putting back -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "gone", "body"),
    [
        pytest.param({"name": "Shop"}, [], {"name": "Salon"}, id="changed"),
        pytest.param({"name": None}, [], {"name": "Salon"}, id="emptied"),
        pytest.param({}, ["name"], {"name": "Salon"}, id="gone"),
        pytest.param({"a/b~c": 1}, [], {"a/b~c": None}, id="added"),
        pytest.param({"hours": {}}, [], {"hours": ORIGINAL["hours"]}, id="changed inside"),
        pytest.param({"id": 8, "updated_at": 5}, [], {"id": 7}, id="beside what changes by itself"),
    ],
)
def test_changes_by_a_test_are_restored_and_nothing_else_is_sent(
    backend: Backend,
    journal: Journal,
    guard: DocumentGuard,
    changes: Json,
    gone: list[str],
    body: Json,
) -> None:
    with guard.preserved():
        update(backend, guard, **changes)
        for name in gone:
            del backend.settings[name]
    assert backend.sent == [("PUT", SETTINGS_PATH, body)]
    left = {k: v for k, v in backend.settings.items() if k != "updated_at" and v is not None}
    assert left == {k: v for k, v in ORIGINAL.items() if k != "updated_at"}
    assert journal.entries() == ()


def test_a_change_by_another_client_is_restored_too(backend: Backend, guard: DocumentGuard) -> None:
    """A test may have its own."""
    with guard.preserved():
        backend.change(name="Shop")
    assert (backend.bodies, backend.settings) == ([{"name": "Salon"}], ORIGINAL)


@pytest.mark.parametrize("changes", [{}, {"updated_at": 9}])
def test_an_unchanged_document_is_not_sent(
    backend: Backend, journal: Journal, guard: DocumentGuard, changes: Json
) -> None:
    with guard.preserved():
        backend.change(**changes)
    assert (backend.sent, journal.entries()) == ([], ())


def test_a_document_that_the_test_has_restored_gets_the_original_all_the_same(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    """A read that shows the original may be stale."""
    with guard.preserved():
        update(backend, guard, name="Shop")
        update(backend, guard, name="Salon")
    assert (backend.bodies, backend.settings) == ([{"name": "Salon"}], ORIGINAL)
    assert journal.entries() == ()


def test_what_was_sent_as_it_was_read_is_not_sent_again(
    backend: Backend, guard: DocumentGuard
) -> None:
    """The whole document with one change: a stale version sent back would be refused."""
    backend.change(version=3)
    with guard.preserved() as document:
        update(backend, guard, **{**document, "name": "Shop", "updated_at": 9})
        backend.change(version=4)
    assert backend.bodies == [{"name": "Salon"}]
    assert backend.notes == [
        MOVED.format("/version was the number 3 and is the number 4", "version")
    ]


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        ({}, ()),
        ({"updated_at": 9}, ()),
        ({"name": "Shop"}, ()),
        ({"views": 1}, (MOVED.format("/views was the number 0 and is the number 1", "views"),)),
    ],
)
def test_the_restore_tells_what_moved_by_itself(
    backend: Backend, journal: Journal, changes: Json, notes: tuple[str, ...]
) -> None:
    backend.change(views=0)
    preserved = preserved_document(backend, journal)
    assert preserved.needs_restoring
    backend.change(**changes)
    assert (preserved.restore(), preserved.needs_restoring) == (notes, False)


@pytest.mark.parametrize("name", ["price", "is_open", "owner_id", "guests"])
def test_a_number_that_another_client_raised_is_restored(
    backend: Backend, guard: DocumentGuard, name: str
) -> None:
    """Only a field that is called a counter is one where it is not known what was sent."""
    backend.change(**{name: 0})
    with guard.preserved():
        backend.change(**{name: 1})
    assert (backend.bodies, backend.settings[name]) == ([{name: 0}], 0)


def test_what_an_update_emptied_is_restored_with_it(backend: Backend, guard: DocumentGuard) -> None:
    with guard.preserved():
        update(backend, guard, name="Shop")
        backend.change(hours=None)
    assert backend.bodies == [{"name": "Salon", "hours": ORIGINAL["hours"]}]
    assert backend.settings == ORIGINAL


def test_another_difference_may_be_somebodys_and_is_told(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    """It is never written back: writing it could set off something that nothing undoes."""

    def inside() -> None:
        update(backend, guard, name="Shop")
        backend.change(hours={"mon": ["8", "5"]})

    error = refusal(guard, inside)

    assert error.dirty
    assert error.failure.seen == "/hours/mon/0 was the string '9' and is the string '8'"
    assert (backend.bodies, entry_of(journal)["phase"]) == ([{"name": "Salon"}], "dirty")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"name": "Shop"}, {"name": "shop"}),
        ({"name": "Shopkeeper"}, {"name": "Sho"}),
        ({"name": "Shop"}, {"name": ""}),
        ({"name": "Shop"}, {"name": None}),
        ({"hours": {"mon": ["8"]}}, {"hours": {"mon": ["8"], "tue": ["9"]}}),
        ({"hours": {"tue": ["8"]}}, {"hours": {"mon": ["9", "5"], "tue": ["8"]}}),
        ({"seats": 500}, {"seats": 100}),
        ({"seats": 500}, {"seats": "500"}),
        ({"tags": ["b", "a"]}, {"tags": ["a", "b"]}),
    ],
    ids=repr,
)
def test_what_the_target_made_of_an_update_is_restored(
    backend: Backend, guard: DocumentGuard, sent: Json, stored: Json
) -> None:
    """It cuts, folds, empties, completes, rounds, converts and sorts."""
    backend.change(seats=50, tags=["z"])
    before = dict(backend.settings)
    with guard.preserved():
        update(backend, guard, **sent)
        backend.change(**stored)
    assert backend.settings == before


def test_an_edit_of_the_text_that_a_test_wrote_is_left_alone_and_told(
    backend: Backend, guard: DocumentGuard
) -> None:
    with guard.preserved():
        update(backend, guard, name="Shop")
        backend.change(name="edited by a person")
    assert (backend.sent, backend.settings["name"]) == ([], "edited by a person")
    assert backend.notes == ["/name was edited by somebody else, and left alone"]


# -- updates that replace ---------------------------------------------------------------------


def test_a_server_that_replaces_gets_the_whole_document_where_the_profile_says_so(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    backend.merging = replaces
    with guard.writing(whole=True) as preserved:
        preserved.about_to_send({"name": "Shop"})
        backend.documents[SETTINGS_PATH] = {"name": "Shop"}
    assert backend.bodies == [ORIGINAL]
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_a_server_that_replaces_is_not_sent_the_whole_document_unasked(
    backend: Backend, guard: DocumentGuard
) -> None:
    backend.merging = replaces
    error = refusal(guard, lambda: backend.change(name="Shop"))
    assert (backend.bodies, error.dirty) == ([{"name": "Salon"}], True)
    assert error.failure.seen == "/id is gone; /hours is gone"


# -- values that can't be put back ------------------------------------------------------------

MASKED: Json = {**ORIGINAL, "hook": {"url": "/x", "secret": "whsec_****"}}


@pytest.mark.parametrize("body", [{"hook": {"secret": "new"}}, {"hook": None, "name": "Shop"}])
def test_a_value_that_is_shown_masked_is_not_replaced(
    backend: Backend, journal: Journal, guard: DocumentGuard, body: Json
) -> None:
    """The mask would be all that there is to put back."""
    backend.documents[SETTINGS_PATH] = dict(MASKED)
    error = refusal(guard, lambda: guard.about_to_send(SETTINGS_PATH, body))
    assert (error.failure, error.dirty) == (
        Failure(
            category=Category.USAGE,
            expected="an update that can be taken back",
            seen="one of /hook, which GET shows masked",
            where=SETTINGS_URL,
            hint="nothing was sent: putting back the masked value would store the mask; leave this"
            " field out of the update",
        ),
        False,
    )
    assert (backend.sent, journal.entries()) == ([], ())


def test_a_masked_value_beside_an_update_is_never_sent(
    backend: Backend, guard: DocumentGuard
) -> None:
    backend.documents[SETTINGS_PATH] = dict(MASKED)
    with guard.preserved():
        update(backend, guard, **{**MASKED, "name": "Shop"})
    assert (backend.bodies, backend.settings) == ([{"name": "Salon"}], MASKED)


def test_a_document_with_a_masked_value_is_not_written_whole(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    backend.documents[SETTINGS_PATH] = dict(MASKED)
    with pytest.raises(SmokeError) as caught, guard.writing(whole=True):
        pytest.fail("the test started")
    assert caught.value.failure.category is Category.USAGE
    assert caught.value.failure.seen == "/hook shown masked"
    assert (backend.sent, journal.entries()) == ([], ())


# -- updates that may not have arrived --------------------------------------------------------


def test_an_update_that_was_never_seen_may_come_yet(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    """The original is sent all the same, and the next run looks again."""
    with guard.preserved():
        guard.about_to_send(SETTINGS_PATH, {"name": "Shop"})
    assert (backend.bodies, backend.settings) == ([{"name": "Salon"}], ORIGINAL)
    assert entry_of(journal)["phase"] == "open"

    backend.change(name="Shop")
    assert recovered(backend, journal).restored == (RUN,)
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_after_an_update_that_was_refused_nothing_is_sent(
    backend: Backend, journal: Journal
) -> None:
    preserved = preserved_document(backend, journal)
    preserved.about_to_send({"name": "Shop"})
    preserved.was_refused()
    assert (preserved.restore(), backend.sent, journal.entries()) == ((), [], ())


def test_an_update_that_was_refused_and_changed_something_is_taken_back(
    backend: Backend, journal: Journal
) -> None:
    preserved = preserved_document(backend, journal)
    preserved.about_to_send({"name": "Shop"})
    preserved.was_refused()
    backend.change(name="Shop")
    preserved.restore()
    assert (backend.bodies, backend.settings) == ([{"name": "Salon"}], ORIGINAL)


def test_the_test_gets_a_copy_that_it_may_change(backend: Backend, guard: DocumentGuard) -> None:
    with guard.preserved() as document:
        assert document == ORIGINAL
        document["hours"]["mon"].append("late")
        document["name"] = "Shop"
        update(backend, guard, **document)
    assert backend.settings == ORIGINAL


def test_the_document_is_restored_even_if_the_test_fails(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    error = KeyboardInterrupt()

    def inside() -> None:
        update(backend, guard, name="Shop")
        raise error

    with pytest.raises(KeyboardInterrupt) as caught:
        preserving(guard, inside)
    assert caught.value is error
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


def test_another_gates_probe_is_looked_through_and_left(
    backend: Backend, guard: DocumentGuard
) -> None:
    backend.change(description="Hair [apismoke ffffffff.1 60s]")
    with guard.preserved() as document:
        assert document["description"] == "Hair"
        backend.change(name="Shop")
    assert backend.bodies == [{"name": "Salon"}]
    assert backend.settings["description"] == "Hair [apismoke ffffffff.1 60s]"


OWN_PROBE = f"Hair [apismoke {RUN}.1 60s]"


def test_the_probe_of_this_run_is_not_part_of_the_original(
    backend: Backend, guard: DocumentGuard
) -> None:
    backend.change(description=OWN_PROBE)
    with guard.preserved() as document:
        backend.change(description="Hair")
    assert (document["description"], backend.settings["description"]) == ("Hair", "Hair")


def test_the_probe_of_this_run_is_left_alone(backend: Backend, guard: DocumentGuard) -> None:
    backend.change(description="Hair")
    with guard.preserved():
        backend.change(description=OWN_PROBE)
    assert (backend.sent, backend.settings["description"]) == ([], OWN_PROBE)


# -- path and method --------------------------------------------------------------------------


def test_any_document_can_be_preserved_and_the_method_chosen(
    backend: Backend, guard: DocumentGuard
) -> None:
    with guard.preserved(HOURS_PATH, method="patch") as document:
        assert document == HOURS
        update(backend, guard, HOURS_PATH, mon="closed")
    assert backend.sent == [("PATCH", HOURS_PATH, {"mon": "9-5"})]
    assert backend.documents == {SETTINGS_PATH: ORIGINAL, HOURS_PATH: HOURS}


def test_volatile_properties_named_by_the_test_are_not_compared(
    backend: Backend, guard: DocumentGuard
) -> None:
    with guard.preserved(HOURS_PATH, changing=["etag"]):
        update(backend, guard, HOURS_PATH, mon="closed")
        backend.change(HOURS_PATH, etag=2)
    assert backend.bodies == [{"mon": "9-5"}]
    assert backend.documents[HOURS_PATH] == {**HOURS, "etag": 2}


def test_volatile_properties_named_by_the_test_replace_the_default(
    backend: Backend, guard: DocumentGuard
) -> None:
    with guard.preserved(changing=[]):
        backend.change(updated_at="never")
    assert backend.bodies == [{"updated_at": 0}]


@pytest.mark.parametrize("name", ["a/b", "m~1n"])
def test_the_name_of_a_volatile_property_may_contain_a_slash_or_a_tilde(
    backend: Backend, guard: DocumentGuard, name: str
) -> None:
    backend.change(**{name: 1})
    with guard.preserved(changing=[name]):
        backend.change(**{name: 2})
    assert backend.sent == []


def test_two_documents_at_once(backend: Backend, journal: Journal, guard: DocumentGuard) -> None:
    with guard.preserved(HOURS_PATH), guard.preserved():
        update(backend, guard, HOURS_PATH, mon="closed")
        update(backend, guard, name="Shop")
        assert [(entry.name, entry.written) for entry in journal.entries()] == [
            (f"{RUN}-{os.getpid()}-0", ({"mon": "closed"},)),
            (f"{RUN}-{os.getpid()}-1", ({"name": "Shop"},)),
        ]
    assert [path for _, path, _ in backend.sent] == [SETTINGS_PATH, HOURS_PATH]
    assert backend.documents == {SETTINGS_PATH: ORIGINAL, HOURS_PATH: HOURS}
    assert journal.entries() == ()


def test_a_document_preserved_twice_returns_to_each_original(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    with guard.preserved():
        update(backend, guard, name="Shop")
        with guard.preserved() as inner:
            assert inner["name"] == "Shop"
            update(backend, guard, name="Store")
        assert backend.settings["name"] == "Shop"
    assert (backend.settings, journal.entries()) == (ORIGINAL, ())


# -- one process at a time --------------------------------------------------------------------


def test_a_document_that_another_process_has_locked_is_waited_for(
    backend: Backend, journal: Journal, guard: DocumentGuard, clock: FakeClock
) -> None:
    other = Journal(journal.folder, Redactor())
    assert other.lock_document(BASE_URL, SETTINGS_PATH)

    def until_it_has_put_back(seconds: float) -> None:
        clock.sleep(seconds)
        assert backend.reads == 0
        backend.change(name="Salon")
        other.unlock_document(BASE_URL, SETTINGS_PATH)

    backend.budget = Budget(60.0, clock=clock, sleep=until_it_has_put_back)
    backend.change(name="what the other wrote")

    with guard.preserved() as document:
        assert document == ORIGINAL
        assert not other.lock_document(BASE_URL, SETTINGS_PATH)
        assert other.lock_document(BASE_URL, HOURS_PATH)
    assert clock.slept == [0.05]
    assert other.lock_document(BASE_URL, SETTINGS_PATH)


def test_a_wait_longer_than_the_budget_ends_before_anything_is_read(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    other = Journal(journal.folder, Redactor())
    other.lock_document(BASE_URL, SETTINGS_PATH)

    error = refusal(guard, lambda: pytest.fail("the test started"))

    assert (error.failure.category, error.failure.where, error.dirty) == (
        Category.BUDGET,
        f"waiting for another process to restore {SETTINGS_URL}",
        False,
    )
    assert (backend.reads, journal.entries()) == (0, ())


@pytest.mark.parametrize("status", [200, 403])
def test_a_document_is_unlocked_even_if_the_test_and_the_restore_fail(
    backend: Backend, journal: Journal, guard: DocumentGuard, status: int
) -> None:
    def inside() -> None:
        update(backend, guard, name="Shop")
        backend.status = status
        raise ValueError

    with pytest.raises((ValueError, SmokeError)):
        preserving(guard, inside)
    assert Journal(journal.folder, Redactor()).lock_document(BASE_URL, SETTINGS_PATH)


def test_changes_of_a_killed_run_survive_a_test_beside_a_recovery(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    dead, third = Journal(journal.folder, Redactor()), Journal(journal.folder, Redactor())
    killed_amid_a_test(backend, dead)
    # As the operating system does when a process is killed.
    assert dead._lock is not None
    dead._lock.release()

    with guard.preserved(), contextlib.suppress(SmokeError):
        recovered(backend, third)
    recovered(backend, third)

    assert backend.settings == ORIGINAL
    assert third.entries() == ()


# -- the journal ------------------------------------------------------------------------------


def test_the_original_is_recorded_before_the_test_begins(
    journal: Journal, guard: DocumentGuard
) -> None:
    with guard.preserved(HOURS_PATH, method="patch", changing=["etag"]):
        assert entry_of(journal) == {
            "name": f"{RUN}-{os.getpid()}-0",
            "run_id": RUN,
            "target": BASE_URL,
            "account": "7",
            "kind": "update",
            "phase": "intent",
            "method": "PATCH",
            "path": HOURS_PATH,
            "root": "",
            "select": {},
            "accepted": (200, 201, 202, 204),
            "original": HOURS,
            "places": (),
            "written": (),
            "whole": False,
            "emptied": (),
            "differing": (),
            "others": {},
            "changing": ("/etag",),
            "withheld": (),
            "sent_at": 0.0,
        }


def test_updates_are_recorded_before_they_are_sent(journal: Journal, guard: DocumentGuard) -> None:
    with guard.preserved():
        guard.about_to_send(SETTINGS_PATH, {"name": "Shop"})
        guard.about_to_send(HOURS_PATH, {"mon": "another document"})
        guard.about_to_send(SETTINGS_PATH, None)
        guard.about_to_send(SETTINGS_PATH, ["no object"])
        guard.about_to_send(SETTINGS_PATH, {"name": "Store"})
        assert entry_of(journal)["written"] == ({"name": "Shop"}, {}, {}, {"name": "Store"})


def test_nothing_is_recorded_after_the_test(journal: Journal, guard: DocumentGuard) -> None:
    with guard.preserved():
        pass
    guard.about_to_send(SETTINGS_PATH, {"name": "Shop"})
    assert journal.entries() == ()


def test_the_next_run_restores_the_changes_of_a_killed_test(
    backend: Backend, journal: Journal
) -> None:
    """What differs besides may be that run's doing: it is told until it is gone."""
    killed_amid_a_test(backend, journal)
    backend.change(hours={"mon": "edited by a person"})

    found = recovered(backend, journal)

    assert backend.settings == {**ORIGINAL, "hours": {"mon": "edited by a person"}}
    assert (found.left, found.restored) == ((RUN,), ())
    assert found.failure is not None
    seen = "/hours/mon was a list of 2 and is the string 'edited by a person'"
    assert found.failure.seen == seen
    again = recovered(backend, journal)
    assert (again.left, again.failure is not None and again.failure.seen) == ((RUN,), seen)

    backend.change(hours=ORIGINAL["hours"])
    assert recovered(backend, journal) == Recovered(restored=(RUN,))
    assert journal.entries() == ()


@pytest.fixture
def with_a_key(backend: Backend, journal: Journal) -> str:
    """Puts a credential of the run into the document."""
    journal.redactor.learn("canary-key", "APISMOKE_TOKEN")
    backend.change(key="canary-key")
    return "canary-key"


def test_a_credential_in_the_document_is_restored_too(
    backend: Backend, journal: Journal, guard: DocumentGuard, with_a_key: str
) -> None:
    """The running process has it, though the journal does not."""
    with guard.preserved():
        update(backend, guard, key=f"not {with_a_key}", name="Shop")
        assert entry_of(journal)["original"] == ORIGINAL
        assert entry_of(journal)["written"] == ({"key": f"not {REPLACEMENT}", "name": "Shop"},)
    assert backend.settings == {**ORIGINAL, "key": with_a_key}


def test_a_credential_in_the_document_is_never_on_disk(
    journal: Journal, guard: DocumentGuard, with_a_key: str
) -> None:
    with guard.preserved():
        text = "".join(path.read_text() for path in journal.folder.glob("*"))
    assert with_a_key not in text


@pytest.mark.parametrize("force", [False, True])
def test_recovery_leaves_a_credential_in_the_document_alone(
    backend: Backend, journal: Journal, with_a_key: str, force: bool
) -> None:
    killed_amid_a_test(backend, journal)

    found = recovered(backend, journal, force=force)

    assert (backend.settings, found.restored) == ({**ORIGINAL, "key": with_a_key}, (RUN,))


def test_a_body_may_have_keys_that_json_turns_into_strings(
    journal: Journal, guard: DocumentGuard, with_a_key: str
) -> None:
    with guard.preserved():
        guard.about_to_send(SETTINGS_PATH, {1: "one"})
        assert entry_of(journal)["written"] == ({"1": "one"},)


# -- failures -------------------------------------------------------------------------------


def test_a_server_that_refuses_leaves_the_run_dirty_and_the_entry_in_the_journal(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    def inside() -> None:
        update(backend, guard, name="Shop")
        backend.status = 403

    error = refusal(guard, inside)

    repair = f"apismoke restore --target-url={BASE_URL} --state-dir={journal.folder} {RUN}"
    assert error.dirty
    assert error.failure == Failure(
        category=Category.PERSIST,
        expected="the original document after restoring",
        seen="/name was the string 'Salon' and is the string 'Shop'; the restoring update was"
        " answered 403",
        where=f"PUT {SETTINGS_URL}",
        hint=f"THE TARGET WAS LEFT CHANGED: when it accepts updates again, run {repair};"
        f" '{repair} --accept' accepts what is there; name another field in [document] probe if"
        " this one can't be restored",
    )
    assert backend.bodies == [{"name": "Salon"}, {"name": "Salon"}]
    entry = entry_of(journal)
    assert (entry["written"], entry["phase"], entry["differing"]) == (
        ({"name": "Shop"},),
        "dirty",
        ("/name",),
    )

    backend.status = 200
    assert recovered(backend, journal).restored == (RUN,)
    assert backend.settings == ORIGINAL


def test_a_server_that_accepts_and_drops_is_dirty_too(
    backend: Backend, guard: DocumentGuard
) -> None:
    backend.merging = drops
    error = refusal(guard, lambda: update(backend, guard, name="Shop"))
    assert error.dirty
    assert error.failure.seen == "/name was the string 'Salon' and is the string 'Shop'"


def test_restoring_that_can_not_be_proven_is_dirty(backend: Backend, guard: DocumentGuard) -> None:
    def inside() -> None:
        update(backend, guard, name="Shop")
        backend.responses = False

    error = refusal(guard, inside)
    assert (error.dirty, error.failure.where) == (True, f"GET {SETTINGS_URL}")
    assert error.failure.seen == f"it could not be looked at: {LOST_ANSWER}"


def test_the_failure_of_the_test_is_known_when_the_restore_fails_too(
    backend: Backend, guard: DocumentGuard
) -> None:
    problem = ValueError("the test's own")

    def inside() -> None:
        update(backend, guard, name="Shop")
        backend.status = 403
        raise problem

    error = refusal(guard, inside)
    assert (error.dirty, error.__context__) == (True, problem)


def test_without_a_read_the_test_does_not_start(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    backend.responses = False
    with pytest.raises(SmokeError) as caught, guard.preserved():
        pytest.fail("the test started")
    assert (caught.value.failure.category, caught.value.dirty) == (Category.FETCH, False)
    assert (backend.sent, journal.entries()) == ([], ())


def test_without_a_journal_the_test_does_not_start(
    backend: Backend, journal: Journal, guard: DocumentGuard
) -> None:
    journal.folder.write_text("a file")
    with pytest.raises(SmokeError) as caught, guard.preserved():
        pytest.fail("the test started")
    assert caught.value.failure.category is Category.USAGE
    assert backend.sent == []


@pytest.mark.parametrize("path", [None, HOURS_PATH, "no-slash"])
def test_a_read_only_run_preserves_nothing(
    backend: Backend, journal: Journal, path: str | None
) -> None:
    guard = guard_of(backend, journal, read_only=True)
    with pytest.raises(SmokeError) as caught, guard.preserved(path):
        pytest.fail("the test started")
    assert caught.value.failure.category is Category.USAGE
    assert str(caught.value) == (
        "expected a run that may write, seen a read-only one\n"
        f"  where: smoke_preserve, {path or SETTINGS_PATH}\n"
        "  what to do: leave out --smoke-read-only, or skip this test in read-only runs"
    )
    assert backend.reads == 0


@pytest.mark.parametrize("path", ["api/hours", "@evil.example.com/", " /api"])
def test_a_path_begins_with_a_slash(backend: Backend, guard: DocumentGuard, path: str) -> None:
    with pytest.raises(SmokeError) as caught, guard.preserved(path):
        pytest.fail("the test started")
    assert caught.value.failure.category is Category.USAGE
    assert str(caught.value) == (
        f"expected a path that begins with a slash, seen {path!r}\n"
        "  where: smoke_preserve\n"
        "  what to do: write the path as in the API's documentation; the base URL is prepended"
    )
    assert backend.reads == 0


@pytest.mark.parametrize("name", ["data", "result", "attributes"])
def test_a_document_in_an_envelope_is_not_preserved(
    backend: Backend, journal: Journal, guard: DocumentGuard, name: str
) -> None:
    """A restore would store the envelope inside the document."""
    backend.documents[HOURS_PATH] = {name: HOURS}
    with pytest.raises(SmokeError) as caught, guard.preserved(HOURS_PATH):
        pytest.fail("the test started")
    assert caught.value.failure == Failure(
        category=Category.USAGE,
        expected="a document that is read in the form in which it is written",
        seen=f"an object with nothing but {name!r}, which looks like an envelope",
        where=f"GET {BASE_URL}{HOURS_PATH}",
        hint="this version can't put back a document in an envelope: leave this update out",
    )
    assert (backend.sent, journal.entries()) == ([], ())


@pytest.mark.parametrize("document", [{"data": 1}, {"data": {}, "id": 7}, {"hours": {}}, {}])
def test_an_object_that_only_resembles_an_envelope_is_preserved(
    backend: Backend, guard: DocumentGuard, document: Json
) -> None:
    backend.documents[HOURS_PATH] = document
    with guard.preserved(HOURS_PATH) as preserved:
        assert preserved == document
