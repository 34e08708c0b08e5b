"""The journal: entries are on disk before they are needed, complete, and without secrets."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal

TARGET = "https://api.example.com"
PASSWORD, TOKEN = "canary-password", "canary-token-0123456789abcdef0123456789abcdef"
HOUR_S = 3600.0

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def new_entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "name": "0123abcd-probe",
        "run_id": "0123abcd",
        "target": TARGET,
        "account": "7",
        "method": "PUT",
        "path": "/me",
        "accepted": (200, 204),
        "original": {"id": 7, "description": "Hair", "hours": [1, {"a": None}]},
        "phase": Phase.KEPT,
        "places": ("/description",),
        "written": ({"description": "Hair [x]"},),
        "emptied": ("/name",),
        "differing": ("/hours",),
        "changing": ("/updated_at",),
        "sent_at": 5.5,
        **changes,
    }
    return Entry(**values)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal"


@pytest.fixture
def redactor() -> Redactor:
    knowing = Redactor()
    knowing.learn(PASSWORD, "APISMOKE_PASSWORD")
    knowing.learn(TOKEN, "APISMOKE_TOKEN")
    return knowing


@pytest.fixture
def journal(folder: Path, redactor: Redactor) -> Journal:
    return Journal(folder, redactor)


def on_disk(folder: Path, name: str = "0123abcd-probe") -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def names(folder: Path) -> list[str]:
    """The files there, except for the lock files of documents, which stay."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".turn")


def everything(folder: Path) -> str:
    return "\n".join([*names(folder), *(path.read_text() for path in folder.iterdir())])


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


# -- what is on disk --------------------------------------------------------------------------


def test_an_entry_is_on_disk_as_it_was_recorded(folder: Path, journal: Journal) -> None:
    stored = journal.record(new_entry())

    assert on_disk(folder) == {
        "format": 2,
        "kind": "update",
        "name": "0123abcd-probe",
        "run_id": "0123abcd",
        "target": TARGET,
        "account": "7",
        "method": "PUT",
        "path": "/me",
        "root": "",
        "select": {},
        "accepted": [200, 204],
        "original": {"id": 7, "description": "Hair", "hours": [1, {"a": None}]},
        "phase": "kept",
        "places": ["/description"],
        "written": [{"description": "Hair [x]"}],
        "whole": False,
        "emptied": ["/name"],
        "differing": ["/hours"],
        "others": {},
        "changing": ["/updated_at"],
        "withheld": [],
        "sent_at": 5.5,
        "started_at": stored.started_at,
        "host": socket.gethostname(),
        "lock": f"0123abcd-{os.getpid()}.lock",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stored.started_at)
    assert stored == replace(
        new_entry(), started_at=stored.started_at, host=stored.host, lock=stored.lock
    )
    assert journal.entries() == (stored,)


def test_only_the_user_may_read_it(folder: Path, journal: Journal) -> None:
    stored = journal.record(new_entry())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"0123abcd-probe.json": 0o600, stored.lock: 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@given(document=st.dictionaries(st.text(st.characters()), JSON, max_size=4))
# One journal for all examples: each entry replaces the one before.
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_document_is_read_as_it_was_recorded(
    journal: Journal, document: dict[str, Any]
) -> None:
    stored = journal.record(new_entry(original=document, written=(document, {})))
    assert (stored.original, stored.written) == (document, (document, {}))
    assert journal.entries() == (stored,)


def test_an_entry_has_the_place_and_the_document_of_the_restore() -> None:
    entry = new_entry()
    document = entry.document(Document())
    assert entry.place == f"PUT {TARGET}/me"
    assert (document.path, document.update_method, document.update_statuses) == (
        "/me",
        "PUT",
        (200, 204),
    )


def test_recording_again_replaces_the_entry_of_that_name(folder: Path, journal: Journal) -> None:
    first = journal.record(new_entry(written=()))
    again = journal.record(first.with_written({"description": "one"}))
    last = journal.record(again.with_written({"description": "two"}))

    assert last == replace(first, written=({"description": "one"}, {"description": "two"}))
    assert again.with_written({"name": "x"}, "/name", "/description").places == (
        "/description",
        "/name",
    )
    assert journal.entries() == (last,)
    assert names(folder) == [first.lock, "0123abcd-probe.json"]


def test_an_entry_keeps_the_time_of_its_first_recording(journal: Journal) -> None:
    first = journal.record(new_entry(started_at="2026-01-01T00:00:00Z"))
    assert first.started_at == "2026-01-01T00:00:00Z"


# -- secrets ----------------------------------------------------------------------------------


def test_a_value_with_a_credential_is_left_out_of_the_original_and_named(
    folder: Path, journal: Journal
) -> None:
    stored = journal.record(
        new_entry(
            original={
                "id": 7,
                "password": "not known to the run",
                "api": {"deep": [f"Bearer {TOKEN}"]},
                "a/b~c": PASSWORD,
            },
            written=({"description": f"my {PASSWORD}", "id": 7},),
        )
    )

    assert stored.original == {"id": 7, "password": "not known to the run"}
    assert stored.withheld == ("/api", "/a~1b~0c")
    assert stored.written == ({"description": f"my {REPLACEMENT}", "id": 7},)
    assert journal.entries() == (stored,)
    assert PASSWORD not in everything(folder)
    assert TOKEN not in everything(folder)


def test_the_path_contains_no_credential_either(folder: Path, journal: Journal) -> None:
    journal.record(new_entry(path=f"/me?key={TOKEN}"))
    assert TOKEN not in everything(folder)


def test_a_key_with_a_credential_is_not_stored_either(folder: Path, journal: Journal) -> None:
    journal.record(new_entry(original={"id": 7, PASSWORD: 5}))
    assert PASSWORD not in everything(folder)


def test_withheld_values_stay_named_when_more_is_written(journal: Journal) -> None:
    first = journal.record(new_entry(original={"id": 7, "key": TOKEN}, written=()))
    assert first.withheld == ("/key",)
    again = journal.record(first.with_written({"id": 8}))
    assert again == replace(first, written=({"id": 8},))


# -- forgetting -------------------------------------------------------------------------------


def test_forgetting_deletes_the_entry_and_with_the_last_one_the_lock(
    folder: Path, journal: Journal
) -> None:
    first = journal.record(new_entry(name="a"))
    second = journal.record(new_entry(name="b"))
    assert first.lock == second.lock

    journal.forget(first)
    assert (names(folder), journal.entries()) == ([first.lock, "b.json"], (second,))

    journal.forget(second)
    assert (names(folder), journal.entries()) == ([], ())

    third = journal.record(new_entry(name="c"))
    assert names(folder) == [third.lock, "c.json"]


def test_forgetting_an_unknown_entry_does_no_harm(folder: Path, journal: Journal) -> None:
    journal.forget(new_entry())
    stored = journal.record(new_entry())
    journal.forget(stored)
    journal.forget(stored)
    assert names(folder) == []


# -- finding ----------------------------------------------------------------------------------


def test_the_entries_of_a_target_come_with_the_oldest_first(journal: Journal) -> None:
    def record(name: str, second: int, target: str = TARGET) -> Entry:
        started_at = f"2026-01-01T00:00:{second:02}Z"
        return journal.record(new_entry(name=name, started_at=started_at, target=target))

    late, early = record("a", 9), record("b", 1)
    other = record("c", 5, "https://other.example.com")
    tied = record("aa", 9)

    assert journal.entries(TARGET) == (early, late, tied)
    assert journal.entries("https://other.example.com") == (other,)
    assert journal.entries(f"{TARGET}/") == ()
    assert journal.entries() == (early, other, late, tied)


@pytest.mark.parametrize("is_file", [False, True])
def test_a_missing_directory_or_a_file_in_its_place_has_no_entries(
    folder: Path, journal: Journal, is_file: bool
) -> None:
    if is_file:
        folder.parent.mkdir()
        folder.touch()
    assert journal.entries() == ()
    assert folder.exists() == is_file


VALID: dict[str, Any] = json.loads(json.dumps(new_entry(name="bad").to_json()))
WRONG: tuple[dict[str, Any], ...] = (
    {"format": 1},
    # What another version does with an entity has to be taken back by that version.
    {"kind": "creation"},
    *({"name": name} for name in ("other", "../bad")),
    *({"method": method} for method in (5, None, "", "GET", "put")),
    # A planted entry must neither delete anything nor take the token to another host.
    {"method": "DELETE"},
    *(
        {"path": path}
        for path in (
            "@evil.example/x",
            "//evil.example/x",
            "/\\evil.example/x",
            "me",
            "/a\nb",
            "",
            5,
        )
    ),
    *({"original": [1]}, {"written": None}, {"written": [5]}, {"accepted": ["200"]}),
    *({"phase": phase} for phase in ("", "done", None, ["kept"])),
    *({"sent_at": value} for value in ("soon", None, [1])),
    *({"whole": value} for value in (None, 1, "no")),
    *({"others": value} for value in (None, [], ["a"], {"a": 1})),
    *({"started_at": 5}, {"lock": 5}, {"target": None}, {"run_id": ["x"]}),
    *(
        {name: value}
        for name in ("places", "changing", "withheld", "emptied", "differing")
        for value in ([5], ["description"], [""], None, "/description")
    ),
    {"extra": 1},
)
MAY_BE_MISSING = {"started_at", "host", "lock", "whole", "others"}
DAMAGED = {
    "empty": "",
    "truncated": json.dumps(VALID)[:-20],
    "not UTF-8": json.dumps(VALID).replace("Hair", "\udcff"),
    "not JSON": "<html>",
    **{text: text for text in ("null", "1", '"ab"', "[1]", '[["format", 1]]', "{}")},
    **{
        f"without {missing}": json.dumps({k: v for k, v in VALID.items() if k != missing})
        for missing in sorted(VALID.keys() - MAY_BE_MISSING)
    },
    **{str(wrong): json.dumps({**VALID, **wrong}) for wrong in WRONG},
    "nested too deeply": "[" * 200_000 + "]" * 200_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_no_valid_entry_is_skipped_and_kept(
    folder: Path, journal: Journal, content: str
) -> None:
    stored = journal.record(new_entry())
    raw = content.encode("utf-8", "surrogateescape")
    (folder / "bad.json").write_bytes(raw)

    assert journal.entries() == (stored,)
    journal.record(new_entry(name="next"))
    journal.forget(stored)

    assert (folder / "bad.json").read_bytes() == raw


def test_the_entry_that_those_files_are_made_of_is_valid(folder: Path, journal: Journal) -> None:
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text(json.dumps(VALID))
    assert journal.entries() == (new_entry(name="bad"),)


def test_a_directory_with_the_name_of_an_entry_is_skipped(folder: Path, journal: Journal) -> None:
    stored = journal.record(new_entry())
    (folder / "bad.json").mkdir()
    assert journal.entries() == (stored,)


# -- claiming ---------------------------------------------------------------------------------

RECORDS = """
import sys
from pathlib import Path
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal

journal = Journal(Path(sys.argv[1]), Redactor())
journal.lock_document("https://api.example.com", "/me")
journal.record(Entry(
    name="other-probe", run_id="other", target="https://api.example.com", account="7",
    method="PUT", path="/me", accepted=(200,), original={},
))
print("recorded", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_run(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has recorded an entry and lives until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", RECORDS, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "recorded\n"
            yield process
        finally:
            process.kill()


def end(process: subprocess.Popen[str], *, killed: bool) -> None:
    if killed:
        process.send_signal(signal.SIGKILL)
    else:
        assert process.stdin is not None
        process.stdin.close()
    process.wait(20)


@pytest.mark.parametrize("killed", [True, False])
def test_an_entry_can_be_claimed_once_the_process_that_recorded_it_is_gone(
    folder: Path, journal: Journal, killed: bool
) -> None:
    with another_run(folder) as process:
        (entry,) = journal.entries()
        for _ in range(2):
            with journal.claimed(entry) as is_dead:
                assert not is_dead
        end(process, killed=killed)
        with journal.claimed(entry) as is_dead:
            assert is_dead
    assert journal.entries() == (entry,)


@pytest.mark.parametrize("killed", [True, False])
def test_a_document_is_unlocked_once_the_process_that_locked_it_is_gone(
    folder: Path, journal: Journal, killed: bool
) -> None:
    with another_run(folder) as process:
        assert not journal.lock_document(TARGET, "/me")
        end(process, killed=killed)
        assert journal.lock_document(TARGET, "/me")


def test_an_entry_is_claimed_by_one_process_at_a_time(folder: Path, journal: Journal) -> None:
    with another_run(folder) as process:
        end(process, killed=True)
    (entry,) = journal.entries()
    second = Journal(folder, Redactor())

    with journal.claimed(entry) as mine, second.claimed(entry) as theirs:
        assert (mine, theirs) == (True, False)
    with second.claimed(entry) as theirs:
        assert theirs


def test_an_entry_that_another_process_has_settled_is_not_claimed(
    folder: Path, journal: Journal
) -> None:
    with another_run(folder) as process:
        end(process, killed=True)
    (entry,) = journal.entries()
    with journal.claimed(entry):
        journal.forget(entry)

    with journal.claimed(entry) as is_dead:
        assert not is_dead
    assert names(folder) == []


def test_the_entry_of_a_dead_run_that_is_recorded_anew_stays_one_that_any_process_may_claim(
    folder: Path, journal: Journal
) -> None:
    """Whoever finds it dirty lives on: under its lock it would look as if it were under way."""
    with another_run(folder) as process:
        end(process, killed=True)
    (entry,) = journal.entries()

    with journal.claimed(entry):
        anew = journal.record(replace(entry, phase=Phase.DIRTY))

    assert anew == replace(entry, phase=Phase.DIRTY)
    for reader in (journal, Journal(folder, Redactor())):
        with reader.claimed(anew, mine=False) as is_dead:
            assert is_dead


def test_an_own_entry_is_under_the_own_lock_again_when_it_is_recorded_after_the_last_was_forgotten(
    folder: Path, journal: Journal
) -> None:
    first = journal.record(new_entry())
    journal.forget(first)

    again = journal.record(first)

    assert again == first
    with Journal(folder, Redactor()).claimed(again) as is_dead:
        assert not is_dead


def test_a_process_may_claim_its_own_entries(journal: Journal) -> None:
    stored = journal.record(new_entry())
    with journal.claimed(stored) as is_dead:
        assert is_dead
    assert journal.entries() == (stored,)


def test_an_entry_without_a_lock_may_be_claimed_by_any_process(journal: Journal) -> None:
    with journal.claimed(new_entry()) as is_dead:
        assert is_dead


def test_a_run_whose_lock_is_taken_by_another_process_records_nothing(
    folder: Path, redactor: Redactor
) -> None:
    first, second = Journal(folder, redactor), Journal(folder, redactor)
    stored = first.record(new_entry())
    assert str(refusal(second, new_entry(name="b"))) == message(
        folder, "another process holds the lock of this run"
    )
    assert first.entries() == (stored,)


# -- locking documents ------------------------------------------------------------------------


def test_a_document_is_locked_by_one_process_at_a_time(folder: Path, redactor: Redactor) -> None:
    one, other = Journal(folder, redactor), Journal(folder, redactor)

    assert one.lock_document(TARGET, "/me")
    assert not other.lock_document(TARGET, "/me")
    assert other.lock_document(TARGET, "/hours")
    assert other.lock_document("https://other.example.com", "/me")

    one.unlock_document(TARGET, "/me")
    assert other.lock_document(TARGET, "/me")
    assert not one.lock_document(TARGET, "/me")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_process_may_lock_a_document_again_and_unlocks_it_as_often(
    folder: Path, redactor: Redactor
) -> None:
    one, other = Journal(folder, redactor), Journal(folder, redactor)
    assert (one.lock_document(TARGET, "/me"), one.lock_document(TARGET, "/me")) == (True, True)

    one.unlock_document(TARGET, "/me")
    assert not other.lock_document(TARGET, "/me")

    one.unlock_document(TARGET, "/me")
    assert other.lock_document(TARGET, "/me")


def test_locking_a_document_leaves_entries_alone(folder: Path, journal: Journal) -> None:
    stored = journal.record(new_entry())
    journal.lock_document(TARGET, "/me")
    journal.unlock_document(TARGET, "/me")
    assert journal.entries() == (stored,)


def test_a_document_can_not_be_locked_in_an_unwritable_directory(
    folder: Path, journal: Journal
) -> None:
    folder.parent.mkdir()
    folder.touch()
    with pytest.raises(SmokeError) as caught:
        journal.lock_document(TARGET, "/me")
    assert caught.value.failure.category is Category.USAGE
    assert str(caught.value) == message(folder, "File exists")


# -- entries that can not be stored -----------------------------------------------------------


def refusal(journal: Journal, entry: Entry) -> SmokeError:
    with pytest.raises(SmokeError) as caught:
        journal.record(entry)
    assert (caught.value.failure.category, caught.value.dirty) == (Category.USAGE, False)
    return caught.value


def message(folder: Path, why: str) -> str:
    return (
        f"expected to record the original before the first write, seen {why}\n"
        f"  where: the journal, {folder}\n"
        "  what to do: set APISMOKE_STATE_DIR to a writable directory that outlives the run;"
        " nothing was written to the target"
    )


@pytest.mark.parametrize(("level", "why"), [(0, "File exists"), (1, "Not a directory")])
def test_a_directory_that_can_not_be_created_is_a_usage_error(
    folder: Path, journal: Journal, level: int, why: str
) -> None:
    file = [folder, folder.parent][level]
    file.parent.mkdir(exist_ok=True)
    file.write_text("a file")
    assert str(refusal(journal, new_entry())) == message(folder, why)
    assert file.read_text() == "a file"


def test_a_document_that_is_nested_too_deeply_is_the_targets_fault(
    folder: Path, journal: Journal
) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    entry = new_entry(original=deep)
    with pytest.raises(SmokeError) as caught:
        journal.record(entry)
    assert caught.value.failure == Failure(
        category=Category.INVALID,
        expected="a document that can be recorded before it is changed",
        seen="one that is nested too deeply",
        where=f"GET {entry.target}{entry.path}",
        hint="nothing was written; find out why the document is nested so deeply",
    )
    assert not list(folder.glob("*.json"))


@pytest.mark.parametrize(("owner", "name"), [(os, "fsync"), (Path, "replace")], ids=str)
def test_an_interrupted_write_leaves_the_old_entry(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    stored = journal.record(new_entry())

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(owner, name, broken)
    error = refusal(journal, stored.with_written({"description": "more"}))
    monkeypatch.undo()

    assert str(error) == message(folder, "No space left on device")
    assert journal.entries() == (stored,)
    assert names(folder) == [stored.lock, "0123abcd-probe.json"]


# -- sweeping ---------------------------------------------------------------------------------

LEFT_BEHIND = (".0123abcd-probe.json.k3x9", "dead.lock")


@pytest.mark.parametrize("left", LEFT_BEHIND)
@pytest.mark.parametrize(("seconds", "stays"), [(HOUR_S + 60, False), (HOUR_S - 60, True)])
def test_files_of_killed_runs_are_swept_after_an_hour(
    folder: Path, journal: Journal, left: str, seconds: float, stays: bool
) -> None:
    folder.mkdir(parents=True)
    (folder / left).touch()
    age(folder / left, seconds)

    journal.record(new_entry())

    assert (folder / left).exists() is stays


def test_the_lock_that_an_entry_names_and_other_files_are_never_swept(
    folder: Path, journal: Journal
) -> None:
    with another_run(folder) as process:
        end(process, killed=True)
    (entry,) = journal.entries()
    (folder / "notes.txt").touch()
    for path in folder.iterdir():
        age(path, 100 * HOUR_S)
    before = names(folder)

    stored = journal.record(new_entry())

    assert before == ["notes.txt", entry.lock, "other-probe.json"]
    assert names(folder) == sorted([*before, "0123abcd-probe.json", stored.lock])


def test_an_entry_of_before_there_were_other_items_has_none() -> None:
    data = new_entry().to_json()
    del data["others"]
    assert Entry.from_json(data) == new_entry()
