"""Settings of any shape, over real HTTP: a few lines of configuration, and the same gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gate.shaped_server import ShapedServer
from harness import (
    KILLING,
    MAY_ARRIVE,
    Gate,
    await_end_of_group,
    credentials,
    killing,
)
from shaped_backend import SHAPES, Shape

#: One shape of each kind; the others are a matter of the requests, which the unit tests look at.
SAMPLE = ("JSON Patch inside an envelope, with a version", "a form", "a CSRF token from a cookie")
BY_NAME = {shape.name: shape for shape in SHAPES}
PUT_BACK = "that was put back"
Start = Callable[[Shape], ShapedServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, and stops them after the test."""
    started: list[ShapedServer] = []

    def begin(shape: Shape) -> ShapedServer:
        started.append(ShapedServer(shape))
        return started[-1]

    yield begin
    for server in started:
        server.stop()


def each() -> list[Any]:
    return [
        pytest.param(
            shape,
            id=shape.name,
            # In CI the others run in memory, and `tests/shapes` has the like over HTTP.
            marks=() if shape.name in SAMPLE else (pytest.mark.by_hand,),
        )
        for shape in SHAPES
    ]


@pytest.mark.parametrize("shape", each())
def test_a_healthy_backend_passes_and_keeps_its_document(
    gate: Gate, start: Start, shape: Shape
) -> None:
    server = start(shape)
    gate.write("apismoke.toml", server.configuration)

    ended = gate.against_url(server.url, "--smoke")

    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert (server.backend.is_as_before, server.backend.updates) == (True, 2)
    assert "csrf-canary" not in ended.output
    assert gate.entries() == []


@pytest.mark.parametrize("shape", each())
def test_an_update_that_is_accepted_and_dropped_is_not_kept(
    gate: Gate, start: Start, shape: Shape
) -> None:
    server = start(shape)
    server.backend.drops = True
    gate.write("apismoke.toml", server.configuration)

    ended = gate.against_url(server.url, "--smoke", "-oapismoke_readback_wait=0.3")

    assert (ended.code, ended.report["categories"]) == (4, {"persist": 1}), ended.output
    assert server.backend.is_as_before


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["JSON Patch inside an envelope, with a version", "a form"])
def test_a_full_run_writes_every_shape(gate: Gate, start: Start, name: str) -> None:
    server = start(BY_NAME[name])
    gate.write("apismoke.toml", server.configuration)

    ended = gate.against_url(server.url, "-oapismoke_persistence_delay=0.1")

    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert server.backend.is_as_before


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
    gate: Gate, start: Start, step: str, how: str
) -> None:
    server = start(BY_NAME["JSON Patch inside an envelope, with a version"])
    gate.write("apismoke.toml", server.configuration)
    process = gate.start(
        *(f"--target-url={server.url}", KILLING, "--smoke", "-oapismoke_fresh_reads=1"),
        environ={**credentials(), **killing(step)},
    )
    assert gate.end(process).code == -9
    await_end_of_group(process.pid)
    assert [(entry["root"], entry["method"]) for entry in gate.entries()] == [("/data", "PATCH")]
    assert server.backend.is_as_before is (how != "left")

    ended = gate.against_url(server.url, "--smoke", "-oapismoke_readback_wait=0.1")

    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert server.backend.is_as_before
    told = [note for note in ended.notes() if MAY_ARRIVE in note or note.endswith(PUT_BACK)]
    assert [MAY_ARRIVE in note for note in told] == TOLD[how]


@pytest.mark.exhaustive
def test_another_profile_does_not_put_back_what_it_would_read_elsewhere(
    gate: Gate, start: Start
) -> None:
    """What is the original of one shape would be something else inside another."""
    server = start(BY_NAME["JSON Patch inside an envelope, with a version"])
    gate.write("apismoke.toml", server.configuration)
    process = gate.start(
        *(f"--target-url={server.url}", KILLING, "--smoke", "-oapismoke_fresh_reads=1"),
        environ={**credentials(), **killing("after PATCH me 1")},
    )
    gate.end(process)
    await_end_of_group(process.pid)
    (entry,) = gate.entries()
    updates = server.backend.updates
    gate.write("apismoke.toml", '[document]\nprobe = "/about"\nupdate_method = "PATCH"\n')

    restored = gate.run_command(
        ["apismoke", "restore", entry["run_id"], f"--target-url={server.url}"], **credentials()
    )

    assert restored.code != 0
    assert "was elsewhere in the answer than [document] root and select of this profile" in (
        " ".join(restored.output.split())
    )
    assert (server.backend.updates, gate.entries()) == (updates, [entry])

    gate.write("apismoke.toml", server.configuration)
    restored = gate.run_command(
        ["apismoke", "restore", f"--target-url={server.url}"], **credentials()
    )
    assert (restored.code, server.backend.is_as_before) == (0, True), restored.output
