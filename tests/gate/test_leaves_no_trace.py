"""After every end of a run the document is as before, or the exact repair is reported."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate.sampling import sampled_with_workers
from gate.toy_server import TOKEN, ToyServer
from harness import (
    KILLING,
    PASSWORD,
    Backend,
    Ended,
    Gate,
    await_end_of_group,
    credentials,
    killing,
    leave_time_to,
)

PUT = "PUT /api/business/me"
LEFT_CHANGED = "THE TARGET WAS LEFT CHANGED"


@pytest.fixture
def toy() -> Iterator[ToyServer]:
    """A backend that the test can change at any moment."""
    server = ToyServer()
    yield server
    server.stop()


def write_test(gate: Gate, ending: str) -> None:
    """Writes a test of a user's that changes the document, and then ends in some way."""
    gate.write(
        "test_mine.py",
        f"""
        import os, signal, threading
        import pytest

        @pytest.mark.smoke
        def test_mine(smoke_client, smoke_preserve):
            with smoke_preserve() as document:
                changed = {{
                    "industry": "mine", "greeting_style": None, "receptionist_enabled": False
                }}
                answer = smoke_client.request("PUT", "/api/business/me", json=changed)
                assert answer.status == 200
                {ending}
        """,
    )


#: Kills a run whose probe has arrived: before a round has shown it, and after.
INTENT, KEPT = "after PUT me 1", "before PUT me 2"


def kill_with_a_probe_in_place(
    gate: Gate, url: str, *arguments: str, step: str = INTENT
) -> dict[str, object]:
    """Leaves a probe behind; returns the entry of the journal."""
    ended = gate.end(
        gate.start(
            f"--target-url={url}",
            "--smoke",
            KILLING,
            *arguments,
            environ={**credentials(), **killing(step)},
        )
    )
    assert ended.code == -9
    (entry,) = gate.entries()
    assert entry["phase"] == ("intent" if step == INTENT else "kept")
    return entry


def await_second_probe(gate: Gate, run: subprocess.Popen[str]) -> None:
    """Waits until a run has seen its second probe."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            if any(e["phase"] == "kept" and len(e["written"]) == 2 for e in gate.entries()):
                return
        leave_time_to(run)


def a_minute_has_passed(gate: Gate) -> None:
    """Makes the last update of the only entry older than any update that is under way."""
    (file,) = gate.state_dir.glob("*.json")
    entry = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**entry, "sent_at": entry["sent_at"] - 61}), "utf-8")


def against_toy(gate: Gate, toy: ToyServer, *arguments: str, workers: int = 0) -> Ended:
    """Runs the gate against the toy server, which shows at once what was written."""
    return gate.run(
        f"--target-url={toy.url}",
        "-oapismoke_readback_wait=0.2",
        *arguments,
        environ=credentials(),
        workers=workers,
    )


def restore(gate: Gate, *arguments: str) -> Ended:
    return gate.run_command(["apismoke", "restore", *arguments], **credentials())


# -- ends of a test ------------------------------------------------------------------------------

ENDINGS = {
    "timeout-signal": ("threading.Event().wait()", ["--timeout=1", "--timeout-method=signal"]),
    "timeout-thread": ("threading.Event().wait()", ["--timeout=1", "--timeout-method=thread"]),
    "exit": ("pytest.exit('enough', returncode=0)", []),
    "assertion": ("assert document is None", []),
    "assertion-x": ("assert document is None", ["-x"]),
    "ctrl-c": ("raise KeyboardInterrupt", []),
    "skip": ("pytest.skip('after all')", []),
    "signal": ("signal.raise_signal(signal.SIGTERM)", []),
}


@pytest.mark.parametrize(
    ("ending", "arguments", "workers"),
    sampled_with_workers(
        list(ENDINGS.values()), in_sample=lambda how: "exit" in how[0] or "raise" in how[0]
    ),
)
def test_a_users_test_that_ends_while_the_document_is_changed(
    gate: Gate, backend: Backend, ending: str, arguments: list[str], workers: int
) -> None:
    before = backend.document()
    write_test(gate, ending)
    # Without the built-in write: what the two do to each other is told further down.
    ended = gate.against(
        backend, "--smoke", "--smoke-api=twilio", "test_mine.py", *arguments, workers=workers
    )
    assert backend.document() == before, ended.output
    assert ended.code == 5, ended.output
    assert gate.entries() == [], ended.output


def test_a_users_test_that_ends_its_process_while_the_document_is_changed(
    gate: Gate, backend: Backend
) -> None:
    """The run has no time to restore; it says so, and the journal has what is to be put back."""
    before = backend.document()
    write_test(gate, "os._exit(0)")
    ended = gate.against(backend, "--smoke", "--smoke-api=twilio", "test_mine.py")
    assert backend.document() != before
    assert (ended.code, ended.report["verdict"]) == (4, "dirty"), ended.output
    assert ended.put_back == ended.report["repair"]
    told = "DIRTY: the target was left changed: os._exit ended the run\n"
    assert ended.verdict_block.startswith(told)
    assert "\nexit code 4, the target was left changed;" in ended.out
    assert restore(gate).code == 0
    assert (backend.document(), gate.entries()) == (before, [])


@pytest.mark.distributed
def test_the_controller_restores_for_a_worker_whose_process_was_ended(
    gate: Gate, backend: Backend
) -> None:
    """No entry is left: a person who forces the restore would not get the original from it."""
    before = backend.document()
    write_test(gate, "os._exit(0)")
    ended = gate.against(backend, "--smoke", "--smoke-api=twilio", "test_mine.py", workers=2)
    assert (backend.document(), ended.code, gate.entries()) == (before, 5, []), ended.output
    assert restore(gate, "--force").code == 0
    assert backend.document() == before


def test_the_timeout_method_that_ends_the_run_is_not_used_and_that_is_noted(
    gate: Gate, backend: Backend
) -> None:
    """Whether the command line asks for it, or a test's own marker."""
    gate.write(
        "test_mine.py",
        """
        import threading
        import pytest

        @pytest.mark.smoke
        @pytest.mark.timeout(1, method="thread")
        def test_mine(smoke_client):
            smoke_client.get("/api/business/me")
            threading.Event().wait()
        """,
    )
    how = ["--smoke", "--smoke-api=twilio", "test_mine.py"]
    by_marker = gate.against(backend, *how)
    by_option = gate.against(backend, *how, "--timeout-method=thread")
    note = "pytest-timeout's method 'thread' would end the whole run without a verdict"
    for ended in (by_marker, by_option):
        assert ended.code == 5, ended.output
        assert ended.outcomes()["test_mine.py::test_mine"] == "failed"
        assert note in ended.told


def test_a_users_test_that_changes_several_fields_and_adds_one(
    gate: Gate, toy: ToyServer, workers: int
) -> None:
    before = dict(toy.document)
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_mine(smoke_client, smoke_preserve):
            with smoke_preserve() as document:
                document.update(description="mine", phone_number="+14155550123", motto="new")
                del document["id"]
                smoke_client.request("PUT", "/api/business/me", json=document)
                assert smoke_client.get("/api/business/me").json()["motto"] == "new"
            after = smoke_client.get("/api/business/me").json()
            assert after["phone_number"] is None
        """,
    )
    ended = against_toy(gate, toy, "--smoke", "--smoke-api=twilio", "test_mine.py", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    # An update can't remove a property; null is the nearest.
    assert toy.document == {**before, "motto": None}
    assert gate.entries() == []


def test_a_users_test_that_is_killed_is_restored_by_the_next_run(
    gate: Gate, backend: Backend, workers: int
) -> None:
    before = backend.document()
    write_test(gate, "os.killpg(os.getpgrp(), signal.SIGKILL)")
    process = gate.start(
        f"--target-url={backend.url}",
        "--smoke",
        "--smoke-api=twilio",
        "test_mine.py",
        environ=credentials(),
        workers=workers,
    )
    assert gate.end(process).code == -9
    await_end_of_group(process.pid)
    assert backend.document()["industry"] == "mine"
    ended = gate.against(backend, "--smoke", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert backend.document() == before
    (note,) = ended.notes()
    assert note.endswith(
        "was ended before it restored /industry, /greeting_style, /receptionist_enabled;"
        " that was put back"
    )


# -- a user's test on one worker, the built-in write on another -----------------------------------

CONCURRENT = """
    import pathlib, time
    import pytest

    PATH = "/api/business/me"

    def wait_for(condition):
        give_up_at = time.monotonic() + 3
        while not condition() and time.monotonic() < give_up_at:
            pass

    @pytest.mark.smoke
    def test_mine(smoke_client, smoke_preserve):
        def is_probed():
            return "[apismoke" in smoke_client.get(PATH).json()["business_hours"]

        def write(**fields):
            assert smoke_client.request("PUT", PATH, json=fields).status == 200

"""
#: Lets the built-in write begin only once the user's test has written.
USER_FIRST = """
    import pathlib, time

    def pytest_runtest_setup(item):
        give_up_at = time.monotonic() + 3
        while (
            item.nodeid == "settings::save"
            and not pathlib.Path("written").exists()
            and time.monotonic() < give_up_at
        ):
            pass
"""
CONCURRENTLY = {
    "takes the run's probe for the original": """
        wait_for(is_probed)
        with smoke_preserve() as document:
            assert "[apismoke" not in document["business_hours"]
            write(greeting_style="mine")
    """,
    "writes while the run compares": """
        wait_for(is_probed)
        with smoke_preserve():
            write(greeting_style="mine")
            wait_for(lambda: not is_probed())
    """,
    "is taken for the original": """
        with smoke_preserve():
            write(business_hours="mine")
            pathlib.Path("written").touch()
            wait_for(is_probed)
    """,
}


@pytest.mark.distributed
@pytest.mark.parametrize("body", CONCURRENTLY.values(), ids=CONCURRENTLY)
def test_a_users_test_and_the_built_in_write_do_not_meet(
    gate: Gate, backend: Backend, body: str
) -> None:
    """The code, and the document, are the same as in a serial run."""
    before = backend.document()
    gate.write("test_mine.py", CONCURRENT + textwrap.indent(textwrap.dedent(body), " " * 8))
    if "written" in body:
        gate.write("conftest.py", USER_FIRST)
    ended = gate.against(backend, "-oapismoke_persistence_delay=1", "test_mine.py", workers=2)
    assert backend.document() == before, ended.output
    assert ended.code == 0, ended.output


# -- ends of a process ---------------------------------------------------------------------------


@pytest.mark.distributed
@pytest.mark.parametrize("step", ["after PUT me 1", "before PUT me 2", "after PUT me 2"])
def test_a_worker_that_is_killed_is_restored_for(gate: Gate, backend: Backend, step: str) -> None:
    before = backend.document()
    environ = killing(step, once=gate.folder / "killed")
    ended = gate.against(backend, "--smoke", KILLING, workers=2, **environ)
    assert (gate.folder / "killed").exists()
    assert backend.document() == before, ended.output
    assert gate.entries() == []
    assert (ended.code, "internal" in ended.report["categories"]) == (5, True), ended.output


@pytest.mark.distributed
def test_workers_whose_controller_is_killed_restore_and_end(gate: Gate, backend: Backend) -> None:
    before = backend.document()
    process = gate.start(
        f"--target-url={backend.url}",
        "-oapismoke_persistence_delay=100",
        environ=credentials(),
        workers=2,
    )
    await_second_probe(gate, process)
    assert backend.document() != before
    os.kill(process.pid, signal.SIGKILL)
    gate.end(process)
    await_end_of_group(process.pid)
    assert backend.document() == before
    assert gate.entries() == []


def test_a_budget_that_ends_after_the_write_leaves_time_to_restore(
    gate: Gate, backend: Backend, workers: int
) -> None:
    before = backend.document()
    ended = gate.against(
        backend, "-oapismoke_persistence_delay=100", "--smoke-budget=10", workers=workers
    )
    assert (ended.code, ended.report["categories"]) == (5, {"budget": 1})
    assert ended.outcomes()["settings::restore"] == "passed"
    assert backend.requests(PUT) == 3
    assert backend.document() == before
    assert gate.entries() == []


def test_an_embedded_run_leaves_nothing_on_this_machine(
    gate: Gate, tmp_path: Path, workers: int
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ended = gate.run(
        "--smoke", "--target-url=demo", environ={"TMPDIR": str(temporary)}, workers=workers
    )
    assert ended.code == 0
    assert not gate.state_dir.exists()
    # pytest-xdist makes its workers' temporary directory where pytest keeps those of tests.
    assert [p for p in temporary.iterdir() if not p.name.startswith("pytest-of-")] == []


# -- a target that does not take the original back -----------------------------------------------


@pytest.mark.exhaustive
def test_the_toy_server_is_a_healthy_target(gate: Gate, toy: ToyServer) -> None:
    before = dict(toy.document)
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert toy.document == before


#: And in which table of exit codes the run is judged: dirty is 4 in each.
HOW_IT_FAILS: dict[str, tuple[Callable[[ToyServer], None], str]] = {
    "refuses": (ToyServer.refuse, "category"),
    "is-dead": (ToyServer.die, "verdict"),
}


@pytest.mark.parametrize(("fail", "table"), HOW_IT_FAILS.values(), ids=HOW_IT_FAILS)
def test_a_target_that_is_left_changed_comes_first_and_can_be_put_right(
    gate: Gate, toy: ToyServer, fail: Callable[[ToyServer], None], table: str, workers: int
) -> None:
    before = dict(toy.document)
    toy.after_update = lambda: fail(toy)
    ended = against_toy(gate, toy, "--smoke", f"--smoke-exit-codes={table}", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (4, "dirty"), ended.output
    assert ended.verdict_block.startswith("DIRTY: the target was left changed: ")
    command = ended.put_back
    assert command == ended.report["repair"]
    words = shlex.split(command)
    assert words[:4] == [
        *("apismoke", "restore"),
        f"--target-url={toy.url}",
        f"--state-dir={gate.state_dir}",
    ]
    (entry,) = gate.entries()
    assert words[4:] in ([], [entry["run_id"]])
    assert entry["original"] == before
    assert toy.document != before

    still = gate.run_command(["sh", "-c", command], **credentials())
    assert (still.code, still.has_no_traceback()) == (4 if toy.refuses else 5, True), still.output
    assert len(gate.entries()) == 1

    toy.refuses = toy.is_dead = False
    toy.after_update = lambda: None
    repaired = gate.run_command(["sh", "-c", command], **credentials())
    assert repaired.code == 0, repaired.output
    assert toy.document == before
    assert gate.entries() == []


@pytest.mark.exhaustive
def test_the_next_run_does_not_judge_a_target_that_can_not_be_put_right(
    gate: Gate, toy: ToyServer
) -> None:
    """It reports the same again, and writes nothing."""
    toy.after_update = toy.refuse
    assert against_toy(gate, toy, "--smoke").code == 4
    toy.after_update = lambda: None
    left = dict(toy.document)
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, ended.report["verdict"]) == (4, "dirty")
    assert ended.verdict_block.startswith("DIRTY: ")
    assert toy.document == left
    assert len(gate.entries()) == 1


@pytest.mark.exhaustive
def test_the_run_after_it_recovers_puts_it_right(gate: Gate, toy: ToyServer) -> None:
    before = dict(toy.document)
    toy.after_update = toy.refuse
    assert against_toy(gate, toy, "--smoke").code == 4
    toy.after_update, toy.refuses = (lambda: None), False
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, toy.document, gate.entries()) == (0, before, [])
    assert ended.notes()[0].endswith(
        "was ended before it restored /greeting_style; that was put back"
    )


@pytest.mark.exhaustive
def test_a_users_document_that_can_not_be_put_back_makes_the_run_dirty(
    gate: Gate, toy: ToyServer, workers: int
) -> None:
    before = dict(toy.document)
    write_test(gate, "pass")
    toy.after_update = lambda: toy.refuse() if toy.document.get("industry") == "mine" else None
    ended = against_toy(gate, toy, "--smoke", "--smoke-api=twilio", "test_mine.py", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (4, "dirty"), ended.output
    toy.after_update, toy.refuses = (lambda: None), False
    command = ended.put_back
    assert gate.run_command(["sh", "-c", command], **credentials()).code == 0
    assert (toy.document, gate.entries()) == (before, [])


# -- the journal ---------------------------------------------------------------------------------


def test_a_later_edit_is_left_alone(gate: Gate, backend: Backend, workers: int) -> None:
    entry = kill_with_a_probe_in_place(gate, backend.url)
    edited = backend.edit(business_hours="Edited by a person")
    ended = gate.against(backend, "--smoke", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert backend.document() == edited
    told = f"/business_hours of /api/business/me was edited since the run {entry['run_id']} of "
    assert ended.notes()[0].startswith(told)
    # Told once: only `apismoke restore` keeps the entry, for whoever wants the original after all.
    assert gate.entries() == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", [INTENT, KEPT], ids=["intent", "kept"])
def test_an_edit_that_is_left_alone_is_reported_once(
    gate: Gate, backend: Backend, step: str
) -> None:
    kill_with_a_probe_in_place(gate, backend.url, step=step)
    edited = backend.edit(business_hours="Edited by a person")
    ended = gate.against(backend, "--smoke")
    assert (ended.code, backend.document()) == (0, edited), ended.output
    assert len([note for note in ended.notes() if "edited since" in note]) == 1


def test_an_edit_beside_a_probe_that_was_seen_is_left_alone_and_the_probe_is_put_back(
    gate: Gate, backend: Backend, workers: int
) -> None:
    """The killed run noted that its update had changed nothing else, so somebody did later."""
    before = backend.document()
    entry = kill_with_a_probe_in_place(gate, backend.url, step=KEPT)
    backend.edit(industry="Edited by a person")
    ended = gate.against(backend, "--smoke", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert backend.document() == {**before, "industry": "Edited by a person"}
    notes = [note for note in ended.notes() if str(entry["run_id"]) in note]
    assert [note.partition(" of 20")[0] for note in notes] == [
        f"the run {entry['run_id']}",
        f"/industry of /api/business/me was edited since the run {entry['run_id']}",
    ]
    assert notes[0].endswith("was ended before it restored /business_hours; that was put back")
    assert "and left alone" in notes[1]


def test_a_difference_beside_a_probe_that_was_never_seen_is_dirty_until_it_is_accepted(
    gate: Gate, backend: Backend, workers: int
) -> None:
    """Nobody has noted what the update did to the rest: that run may have done it.

    Its probe is put back. The difference may be somebody's edit, and is left alone.
    """
    before = backend.document()
    entry = kill_with_a_probe_in_place(gate, backend.url, step=INTENT)
    backend.edit(industry="Edited by a person")
    edited = {**before, "industry": "Edited by a person"}

    ended = gate.against(backend, "--smoke", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (4, "dirty"), ended.output
    assert (backend.document(), [e["phase"] for e in gate.entries()]) == (edited, ["dirty"])
    told = ended.check("settings::save")["message"]
    assert "the string 'Edited by a person'" in told
    assert LEFT_CHANGED in ended.told
    sent = backend.requests(PUT)

    again = gate.against(backend, "--smoke", workers=workers)
    assert (again.code, again.report["verdict"]) == (4, "dirty"), again.output
    assert (backend.document(), backend.requests(PUT)) == (edited, sent)

    assert restore(gate, "--accept", str(entry["run_id"])).code == 0
    last = gate.against(backend, "--smoke", workers=workers)
    assert (last.code, last.report["verdict"]) == (0, "pass"), last.output
    assert (backend.document(), gate.entries()) == (edited, [])


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", [INTENT, KEPT], ids=["intent", "kept"])
def test_an_edit_beside_a_probe_is_left_alone_by_hand_too(
    gate: Gate, backend: Backend, step: str
) -> None:
    before = backend.document()
    kill_with_a_probe_in_place(gate, backend.url, step=step)
    backend.edit(industry="Edited by a person")
    ended = restore(gate)
    assert ended.code == 4, ended.output
    assert "/industry" in ended.output
    assert backend.document() == {**before, "industry": "Edited by a person"}
    (left,) = gate.entries()
    assert left["phase"] == ("dirty" if step == INTENT else "kept")
    forced = restore(gate, "--force")
    assert (forced.code, backend.document(), gate.entries()) == (0, before, []), forced.output


def edit_after_update(toy: ToyServer, number: int, **fields: str) -> None:
    """Edits the document right after an update has been taken, before anybody looks."""
    updates: list[str] = []

    def edit() -> None:
        updates.append("one more")
        if len(updates) == number:
            toy.document.update(fields)

    toy.after_update = edit


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("at_update", "categories"),
    [
        pytest.param(1, {"persist": 2}, id="the probe"),
        pytest.param(2, {"persist": 1}, id="the restoring update"),
    ],
)
def test_an_edit_beside_that_comes_with_an_update_is_told_and_never_undone(
    gate: Gate, toy: ToyServer, at_update: int, categories: dict[str, int]
) -> None:
    """It looks like the target's own doing: the run says what it has seen, and sends nothing."""
    before = dict(toy.document)
    edit_after_update(toy, at_update, description="Edited by a person")
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, ended.report["verdict"]) == (4, "dirty"), ended.output
    assert ended.report["categories"] == categories
    assert toy.document == {**before, "description": "Edited by a person"}
    assert "Edited by a person" in ended.check("settings::restore")["message"]
    (entry,) = gate.entries()
    assert (entry["phase"], entry["differing"]) == ("dirty", ["/description"])
    assert f"{entry['run_id']} --accept" in " ".join(ended.out.split())


@pytest.mark.exhaustive
@pytest.mark.parametrize("at_update", [1, 2], ids=["the probe", "the restoring update"])
def test_an_edit_of_the_probe_field_right_after_an_update_is_kept_and_noted(
    gate: Gate, toy: ToyServer, at_update: int
) -> None:
    """It carries no run's id, so it is somebody's: it is the original of one more turn."""
    before = dict(toy.document)
    edit_after_update(toy, at_update, greeting_style="Edited by a person")
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert toy.document == {**before, "greeting_style": "Edited by a person"}
    assert gate.entries() == []
    (note,) = (note for note in ended.notes() if "edited by somebody else" in note)
    assert "/greeting_style" in note


@pytest.mark.exhaustive
def test_a_read_only_run_restores_nothing_and_reports_that(gate: Gate, backend: Backend) -> None:
    entry = kill_with_a_probe_in_place(gate, backend.url)
    left, sent = backend.document(), backend.requests(PUT)
    ended = gate.against(backend, "--smoke", "--smoke-read-only")
    assert ended.code == 0, ended.output
    assert (backend.document(), backend.requests(PUT)) == (left, sent)
    assert (
        f"the journal has changes that {entry['run_id']} left; not put back, because this"
        " run is read-only"
    ) in ended.notes()
    assert len(gate.entries()) == 1


@pytest.mark.exhaustive
def test_a_run_of_another_api_restores_too(gate: Gate, backend: Backend) -> None:
    before = backend.document()
    kill_with_a_probe_in_place(gate, backend.url)
    ended = gate.against(backend, "--smoke", "--smoke-api=twilio")
    assert (ended.code, backend.document(), gate.entries()) == (0, before, [])
    assert ended.notes()[0].endswith("that was put back")


def test_nothing_is_written_that_can_not_be_noted_down(
    gate: Gate, backend: Backend, workers: int
) -> None:
    gate.state_dir.write_text("a file where a directory is wanted")
    ended = gate.against(backend, "--smoke", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    save = ended.check("settings::save")
    assert (save["outcome"], save["category"]) == ("failed", "usage")
    assert backend.requests(PUT) == 0


@pytest.mark.exhaustive
def test_no_secret_is_noted_down(gate: Gate, toy: ToyServer) -> None:
    """Not even one that stands in the document; it is not lost either."""
    toy.document |= {"api_token": TOKEN, "hint": f"the password is {PASSWORD}"}
    before = dict(toy.document)
    kill_with_a_probe_in_place(gate, toy.url)
    journal = "".join(path.read_text() for path in gate.state_dir.iterdir())
    assert TOKEN not in journal
    assert PASSWORD[:10] not in journal
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, toy.document, gate.entries()) == (0, before, []), ended.output


@pytest.mark.exhaustive
def test_the_journal_is_its_owners_alone(gate: Gate, backend: Backend) -> None:
    kill_with_a_probe_in_place(gate, backend.url)
    assert gate.state_dir.stat().st_mode & 0o077 == 0
    for path in gate.state_dir.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.exhaustive
def test_a_run_that_is_killed_while_it_puts_back(gate: Gate, toy: ToyServer) -> None:
    """Its update has arrived without a record of that: the run after it detects it.

    No round showed the probe to any of the three: it may come yet, until a minute has passed.
    """
    before = dict(toy.document)
    entry = kill_with_a_probe_in_place(gate, toy.url)
    process = gate.start(f"--target-url={toy.url}", "--smoke", environ=credentials())
    toy.after_update = lambda: os.killpg(process.pid, signal.SIGKILL)
    assert gate.end(process).code == -9
    toy.after_update = lambda: None
    (left,) = gate.entries()
    assert {**left, "sent_at": entry["sent_at"]} == entry
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, toy.document) == (0, before), ended.output
    assert [left["phase"] for left in gate.entries()] == ["open"]
    assert "was never seen and may still arrive" in ended.notes()[0]

    a_minute_has_passed(gate)
    later = against_toy(gate, toy, "--smoke")
    assert (later.code, toy.document, gate.entries()) == (0, before, []), later.output


@pytest.mark.exhaustive
def test_what_can_not_be_put_back_makes_a_run_of_another_api_dirty(
    gate: Gate, toy: ToyServer
) -> None:
    kill_with_a_probe_in_place(gate, toy.url)
    toy.refuse()
    ended = against_toy(gate, toy, "--smoke", "--smoke-api=twilio")
    assert (ended.code, ended.report["verdict"]) == (4, "dirty"), ended.output
    assert ended.report["apis"]["twilio"]["verdict"] == "pass"
    assert ended.put_back == ended.report["repair"]


@pytest.mark.exhaustive
def test_a_killed_run_of_another_target_is_none_of_this_runs_business(
    gate: Gate, backend: Backend, toy: ToyServer
) -> None:
    left = kill_with_a_probe_in_place(gate, backend.url)
    ended = against_toy(gate, toy, "--smoke")
    assert (ended.code, gate.entries()) == (0, [left])
    assert str(left["run_id"]) not in ended.output


# -- apismoke restore ----------------------------------------------------------------------------


@pytest.mark.exhaustive
def test_restore_lists_what_is_left_and_asks_no_target_that_only_the_journal_names(
    gate: Gate, toy: ToyServer
) -> None:
    """It would send the credentials there."""
    entry = kill_with_a_probe_in_place(gate, toy.url)
    sent = len(toy.seen)
    listed = restore(gate, "--list")
    first, second, third, last = listed.out.splitlines()
    assert (listed.code, listed.err, len(toy.seen)) == (0, "", sent)
    assert first.startswith(f"{entry['run_id']}  left behind  ")
    assert first.endswith(f"  PUT {toy.url}/api/business/me")
    assert second == "          'greeting_style' was the string 'Hello'"
    assert third == f"1 in {gate.state_dir}"
    assert last == (
        "--list --target-url=URL looks at that target and shows every value that differs now"
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("given", ["option", "environment"])
def test_restore_lists_every_value_that_still_differs_at_a_named_target(
    gate: Gate, toy: ToyServer, given: str
) -> None:
    entry = kill_with_a_probe_in_place(gate, toy.url)
    probed = toy.document["greeting_style"]
    toy.document |= {"name": "Shop", "description": None}
    arguments = [f"--target-url={toy.url}"] if given == "option" else []
    environ = {"APISMOKE_TARGET_URL": toy.url} if given == "environment" else {}
    before = dict(toy.document)

    listed = gate.run_command(
        ["apismoke", "restore", "--list", *arguments], **credentials(), **environ
    )

    _, *lines, last = listed.out.splitlines()
    assert (listed.code, toy.document, gate.entries()) == (0, before, [entry]), listed.output
    assert [line.strip() for line in lines] == [
        "/name was the string 'Toy' and is the string 'Shop'",
        "/description was the string 'A toy' and is null",
        f"/greeting_style was the string 'Hello' and is the string {probed!r}",
    ]
    assert last == f"1 in {gate.state_dir}"

    toy.document |= {"name": "Toy", "greeting_style": "Hello", "description": "A toy"}
    nothing = restore(gate, "--list", f"--target-url={toy.url}")
    assert nothing.out.splitlines()[1].strip() == "nothing differs from the original"


@pytest.mark.exhaustive
def test_restore_lists_what_the_journal_knows_of_a_target_that_can_not_be_asked(
    gate: Gate, toy: ToyServer
) -> None:
    kill_with_a_probe_in_place(gate, toy.url)
    toy.die()
    listed = restore(gate, "--list", f"--target-url={toy.url}")
    assert (listed.code, listed.has_no_traceback()) == (5, True)
    assert "'greeting_style' was the string 'Hello'" in listed.out
    assert "  where: " in listed.err


@pytest.mark.exhaustive
def test_restore_neither_reads_nor_writes_a_path_that_only_the_journal_names(
    gate: Gate, toy: ToyServer
) -> None:
    """Unless a person names the run."""
    entry = kill_with_a_probe_in_place(gate, toy.url)
    (file,) = gate.state_dir.glob("*.json")
    planted = {**entry, "path": "/api/admin"}
    file.write_text(json.dumps(planted))
    told = "which this run does not write: nothing was sent;"
    # Nor is there a marker, which would tell the original without any journal.
    toy.document |= {"greeting_style": "Hello"}
    before = dict(toy.document)

    listed = restore(gate, "--list", f"--target-url={toy.url}")
    ended = restore(gate)

    assert (listed.code, ended.code, gate.entries()) == (0, 4, [planted])
    assert told in listed.out
    assert told in ended.out
    assert "/api/admin" not in " ".join(toy.seen)
    assert toy.document == before

    named = restore(gate, "--list", f"--target-url={toy.url}", str(entry["run_id"]))
    assert "could not be looked at: 404" in named.out


def test_a_run_that_ended_dirty_makes_the_next_one_dirty_until_that_is_accepted(
    gate: Gate, toy: ToyServer
) -> None:
    """A pipeline that runs once more does not go green; and no probe is written meanwhile."""
    toy.after_update = lambda: toy.document.update(name="Changed by the update")
    first = against_toy(gate, toy, "--smoke")
    assert (first.code, first.report["verdict"]) == (4, "dirty"), first.output
    toy.after_update = lambda: None
    left, (entry,) = dict(toy.document), gate.entries()
    updates = [line for line in toy.seen if line.startswith("PUT")]

    for _ in range(2):
        again = against_toy(gate, toy, "--smoke")
        assert (again.code, again.report["verdict"]) == (4, "dirty"), again.output
        assert "/name was the string 'Toy'" in again.output
    assert [line for line in toy.seen if line.startswith("PUT")] == updates
    assert toy.document == left

    accepted = restore(gate, "--accept", str(entry["run_id"]))
    assert (accepted.code, gate.entries(), toy.document) == (0, [], left)
    last = against_toy(gate, toy, "--smoke")
    assert (last.code, last.report["verdict"]) == (0, "pass"), last.output
    assert toy.document == left


@pytest.mark.exhaustive
def test_restore_of_what_is_under_way_leaves_it_alone(gate: Gate, backend: Backend) -> None:
    process = gate.start(
        f"--target-url={backend.url}", "-oapismoke_persistence_delay=100", environ=credentials()
    )
    await_second_probe(gate, process)
    assert "  under way  " in restore(gate, "--list").out
    (entry,) = gate.entries()
    kept = restore(gate, "--accept", str(entry["run_id"]))
    assert kept.code == 4
    assert kept.out.startswith(f"under way: {entry['run_id']}  PUT {backend.url}")
    (still,) = gate.entries()
    assert still["run_id"] == entry["run_id"]
    assert f"[apismoke {entry['run_id']}." in backend.document()["business_hours"]
    process.send_signal(signal.SIGTERM)
    assert gate.end(process).code == 5
    assert gate.entries() == []


def test_restore_puts_back(gate: Gate, backend: Backend) -> None:
    before = backend.document()
    kill_with_a_probe_in_place(gate, backend.url)
    ended = restore(gate)
    assert (ended.code, backend.document(), gate.entries()) == (0, before, [])
    note, done = ended.out.splitlines()
    assert note.endswith("was ended before it restored /business_hours; that was put back")
    assert done == f"nothing is left to put back at {backend.url}"
    assert restore(gate).code == 0


@pytest.mark.exhaustive
@pytest.mark.parametrize("given", ["option", "environment"])
def test_restore_of_a_named_target(gate: Gate, backend: Backend, given: str) -> None:
    """Also with the slash that a person leaves at the end."""
    before = backend.document()
    kill_with_a_probe_in_place(gate, backend.url)
    url = f"{backend.url}/"
    arguments = [f"--target-url={url}"] if given == "option" else []
    environ = {"APISMOKE_TARGET_URL": url} if given == "environment" else {}
    ended = gate.run_command(["apismoke", "restore", *arguments], **credentials(), **environ)
    assert (ended.code, backend.document(), gate.entries()) == (0, before, []), ended.output


def test_restore_needs_force_for_what_was_edited(gate: Gate, backend: Backend) -> None:
    before = backend.document()
    entry = kill_with_a_probe_in_place(gate, backend.url)
    edited = backend.edit(business_hours="Edited by a person")
    careful = restore(gate)
    assert (careful.code, backend.document(), gate.entries()) == (4, edited, [entry])
    assert f"{entry['run_id']} --force' puts back the journal's original" in careful.out
    forced = restore(gate, "--force")
    assert (forced.code, backend.document(), gate.entries()) == (0, before, [])


@pytest.mark.exhaustive
def test_restore_accepts_only_what_is_named(gate: Gate, backend: Backend) -> None:
    entry = kill_with_a_probe_in_place(gate, backend.url)
    left, sent = backend.document(), backend.counted()["total"]
    unnamed = restore(gate, "--accept")
    assert (unnamed.code, gate.entries()) == (5, [entry])
    assert "what to do: name them; 'apismoke restore --list' shows them" in unnamed.err
    unknown = restore(gate, "--accept", str(entry["run_id"]), "ffffffff")
    assert (unknown.code, gate.entries()) == (5, [entry])
    assert "seen ffffffff" in unknown.err
    assert "what to do: 'apismoke restore --list' shows them; nothing was accepted" in unknown.err
    named = restore(gate, "--accept", str(entry["run_id"]))
    assert (named.code, gate.entries()) == (0, [])
    assert named.out.startswith(f"accepted: {entry['run_id']}  PUT {backend.url}")
    assert backend.counted()["total"] == sent
    assert backend.document() == left


@pytest.mark.exhaustive
def test_restore_leaves_other_accounts_alone(gate: Gate, toy: ToyServer) -> None:
    entry = kill_with_a_probe_in_place(gate, toy.url)
    toy.document |= {"id": "biz_2", "greeting_style": "Of another account"}
    left = dict(toy.document)
    ended = restore(gate, f"--state-dir={gate.state_dir}")
    assert (ended.code, gate.entries()) == (4, [entry]), ended.output
    assert f"an entry of the run {entry['run_id']} for another account" in ended.out
    assert toy.document == left


@pytest.mark.exhaustive
def test_restore_of_a_target_that_is_gone_could_not_be_tried(
    gate: Gate, start_backend: Callable[..., Backend]
) -> None:
    backend = start_backend()
    kill_with_a_probe_in_place(gate, backend.url)
    backend.process.kill()
    ended = restore(gate)
    assert (ended.code, ended.has_no_traceback()) == (5, True)
    assert "connection refused" in ended.err
    assert len(gate.entries()) == 1


@pytest.mark.exhaustive
def test_restore_of_a_target_that_refuses_stays_dirty(gate: Gate, toy: ToyServer) -> None:
    kill_with_a_probe_in_place(gate, toy.url)
    toy.refuse()
    ended = restore(gate)
    assert (ended.code, ended.has_no_traceback()) == (4, True)
    assert LEFT_CHANGED in ended.err
    assert len(gate.entries()) == 1


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "url", ["demo", "http://", "ftp://api.example.com", ""], ids=["demo", "no host", "ftp", "empty"]
)
def test_restore_of_no_usable_target_is_a_mistake_in_the_call(gate: Gate, url: str) -> None:
    ended = restore(gate, f"--target-url={url}")
    assert (ended.code, ended.has_no_traceback()) == (5, True), ended.output
    for_demo = "there is nothing to put back: it ends with its run, and its data go with it"
    assert (for_demo in ended.err) == (url == "demo")


@pytest.mark.exhaustive
def test_restore_of_an_unknown_target_finds_nothing_to_do(
    gate: Gate, backend: Backend, toy: ToyServer
) -> None:
    entry = kill_with_a_probe_in_place(gate, backend.url)
    ended = restore(gate, f"--target-url={toy.url}")
    assert (ended.code, gate.entries()) == (0, [entry])
    assert ended.out == f"nothing is left to put back at {toy.url}\n"


@pytest.mark.exhaustive
def test_restore_of_two_targets_asks_which(gate: Gate, backend: Backend, toy: ToyServer) -> None:
    """Credentials go to no server that was not named."""
    kill_with_a_probe_in_place(gate, backend.url)
    ended = gate.end(
        gate.start(
            f"--target-url={toy.url}",
            "--smoke",
            KILLING,
            environ={**credentials(), **killing("after PUT me 1")},
        )
    )
    assert (ended.code, len(gate.entries())) == (-9, 2)
    sent = len(toy.seen)
    asked = restore(gate)
    assert (asked.code, len(toy.seen), len(gate.entries())) == (5, sent, 2)
    assert backend.url in asked.err
    assert toy.url in asked.err
    hint = "name it with --target-url=URL; 'apismoke restore --list' shows the journal"
    assert hint in asked.err


def test_restore_reports_an_empty_journal(gate: Gate) -> None:
    ended = gate.run_command(["apismoke", "restore"])
    assert (ended.code, ended.out) == (0, f"{gate.state_dir} holds nothing to put back\n")
    assert gate.run_command(["apismoke", "restore", "--list"]).out == f"0 in {gate.state_dir}\n"
