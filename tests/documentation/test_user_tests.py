"""Tests that users are shown are run as they stand there, and pass against a backend."""

from __future__ import annotations

import re
from pathlib import Path

from documentation.pages import Block, blocks_of, every_block
from documentation.ways import Way, way_of
from documentation.world import World
from gate.shop_server import SCHEMA
from harness import PASSWORD, Gate

BLOCKS = [block for block in every_block() if way_of(block) is Way.TEST]
#: No check but those of the pages is run.
ALONE = "".join(f"[apis.{api}]\nenabled = false\n" for api in ("settings", "calendar", "twilio"))


def whole(block: Block) -> str:
    """A test with what a page leaves out: the import and the mark that others around it show."""
    top = "" if "import pytest" in block.text else "import pytest\n"
    mark = "" if "pytest.mark.e2e" in block.text else "pytestmark = pytest.mark.smoke\n"
    future = "from __future__ import annotations\n"
    return (
        f"{future}{top}{block.text.replace(future, '')}\n{mark if mark not in block.text else ''}"
    )


def accounts() -> str:
    """The accounts of the page on users' own tests."""
    blocks = blocks_of("docs/how-to/your-own-tests.md")
    return "\n".join(block.text for block in blocks if "[accounts." in block.text)


def test_every_test_of_the_pages_passes(tmp_path: Path, world: World) -> None:
    """All in one run, each in a file of its own."""
    gate = Gate(tmp_path / "reader")
    gate.folder.mkdir()
    gate.write("apismoke.toml", f"{ALONE}{accounts()}")
    for name in ("order-list", "orders"):
        gate.write(f"contracts/{name}.schema.json", SCHEMA)
    names = {f"test_{number}.py": block for number, block in enumerate(BLOCKS)}
    for name, block in names.items():
        (gate.folder / name).write_text(whole(block), "utf-8")
    ended = gate.against_url(
        world.url, "--smoke-openapi=/openapi.json", *names, READER_PASSWORD=PASSWORD
    )
    tests = {
        f"{name}::{test}": "passed"
        for name, block in names.items()
        for test in re.findall(r"^def (test_\w+)", block.text, re.MULTILINE)
    }
    outcomes = {name: ended.outcomes().get(name, "missing") for name in tests}
    assert (outcomes, ended.code) == (tests, 0), ended.output
