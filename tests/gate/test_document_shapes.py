"""A run that is killed while it writes by JSON Patch, inside an envelope and with a version."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness import (
    KILLING,
    MAY_ARRIVE,
    Gate,
    await_end_of_group,
    credentials,
    killing,
)
from shapes.server import Server, serving
from shapes.table import DOCUMENTS

SHAPE = next(one for one in DOCUMENTS if "inside an envelope" in one.name)
PUT_BACK = "that was put back"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(SHAPE.backend) as started:
        yield started


#: Steps of a run with JSON Patch: around the updates, and around what is recorded between them.
STEPS = {
    "before PATCH me 1": "open",
    "after PATCH me 1": "left",
    "before make 2": "left",
    "after sync folder 2": "left",
    "before PATCH me 2": "left",
    "after PATCH me 2": "back",
    "before unlink .json 1": "back",
}


#: Whether each note of the next run says that an update may still come, and not that it put back.
TOLD = {"open": [True], "left": [False], "back": []}


@pytest.mark.exhaustive
@pytest.mark.parametrize(("step", "how"), STEPS.items())
def test_a_run_with_json_patch_is_killed_and_the_next_puts_back(
    gate: Gate, server: Server, step: str, how: str
) -> None:
    gate.write("apismoke.toml", SHAPE.lines)
    before = server.document
    process = gate.start(
        *(f"--target-url={server.url}", KILLING, "--smoke", "-oapismoke_fresh_reads=1"),
        environ={**credentials(), **killing(step)},
    )
    assert gate.end(process).code == -9
    await_end_of_group(process.pid)
    assert [(entry["root"], entry["method"]) for entry in gate.entries()] == [("/data", "PATCH")]
    assert (server.document == before) is (how != "left")

    ended = gate.against_url(server.url, "--smoke", "-oapismoke_readback_wait=0.1")

    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert server.document == before
    told = [note for note in ended.notes() if MAY_ARRIVE in note or note.endswith(PUT_BACK)]
    assert [MAY_ARRIVE in note for note in told] == TOLD[how]


@pytest.mark.exhaustive
def test_another_profile_does_not_put_back_what_it_would_read_elsewhere(
    gate: Gate, server: Server
) -> None:
    """What is the original of one shape would be something else inside another."""
    gate.write("apismoke.toml", SHAPE.lines)
    before = server.document
    process = gate.start(
        *(f"--target-url={server.url}", KILLING, "--smoke", "-oapismoke_fresh_reads=1"),
        environ={**credentials(), **killing("after PATCH me 1")},
    )
    gate.end(process)
    await_end_of_group(process.pid)
    (entry,) = gate.entries()
    updates = server.updates
    gate.write("apismoke.toml", '[document]\nprobe = "/about"\nupdate_method = "PATCH"\n')

    restored = gate.run_command(
        ["apismoke", "restore", entry["run_id"], f"--target-url={server.url}"], **credentials()
    )

    assert restored.code != 0
    assert "was elsewhere in the answer than [document] root and select of this profile" in (
        " ".join(restored.output.split())
    )
    assert (server.updates, gate.entries()) == (updates, [entry])

    gate.write("apismoke.toml", SHAPE.lines)
    restored = gate.run_command(
        ["apismoke", "restore", f"--target-url={server.url}"], **credentials()
    )
    assert (restored.code, server.document) == (0, before), restored.output
