"""The commands of each page are run, one after the other; what it shows is what they print.

They are whole runs, so `--every` takes a sample of the pages (conftest.py at the root).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from documentation.outputs import comparable, is_printed
from documentation.pages import Block, blocks_of, pages, text_of
from documentation.scripts_in import scripts_in
from documentation.surroundings import OURS, End, Surroundings, run
from documentation.ways import Way, ways_of
from documentation.world import World

RUN = (Way.SHELL, Way.OUTPUT, Way.WRITTEN)
#: A call whose exit code a comment behind it names.
_CODE = re.compile(rf"((?:{'|'.join(OURS)}) .*?) +# (\d+)$", re.MULTILINE)


def of_page(page: str) -> list[Block]:
    """The blocks that are run, or compared with what a run has left."""
    return [block for block in blocks_of(page) if ways_of(block)[0] in RUN]


def runs_something(page: str) -> bool:
    texts = "\n".join(block.text + block.comment for block in of_page(page))
    return bool(re.search(rf"\b(?:{'|'.join(OURS)}) |\.sh ", texts))


PAGES = [page for page in pages() if runs_something(page)]


@pytest.fixture
def surroundings(tmp_path: Path, world: World) -> Iterator[Surroundings]:
    made = Surroundings(tmp_path, url=world.url, is_real=True)
    yield made
    made.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A script of a page, the block that it is from, and whether that block's output is shown."""

    block: Block
    script: str
    is_shown: bool

    def expects(self, end: End) -> bool:
        """Whether a command ended as the page says: with a code behind it, or with 0."""
        codes = {call: int(code) for call, code in _CODE.findall(self.script)}
        is_looked_at = self.is_shown or "echo $?" in self.script or "$?" in self.script
        return is_looked_at or end.code == codes.get(end.call, 0)


def steps_of(page: str) -> list[Step]:
    """The scripts of a page in their order; one in the comment of an output is its own."""
    found = []
    blocks = of_page(page)
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if command := block.said("output of"):
            found.append(Step(block=block, script=f"{command}\n", is_shown=True))
        if ways_of(block)[0] is Way.SHELL:
            is_shown = following is not None and ways_of(following)[0] is Way.OUTPUT
            for script in scripts_in(block):
                found.append(Step(block=block, script=script, is_shown=is_shown))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_do_what_it_shows(page: str, surroundings: Surroundings) -> None:
    if "uvicorn" in text_of(page):
        pytest.importorskip("fastapi")
    surroundings.lay_out(page)
    steps = steps_of(page)
    ended = run(page, [step.script for step in steps], surroundings)
    printed = dict(zip(range(len(steps)), ended, strict=True))
    wrong: dict[str, str] = {}
    for block in of_page(page):
        before = [n for n, step in enumerate(steps) if step.block.line <= block.line]
        if ways_of(block)[0] is Way.OUTPUT and not is_shown(block, printed[before[-1]].out):
            wrong[str(block)] = printed[before[-1]].out
        if name := block.said("written"):
            found = surroundings.text_of(name)
            wrong |= {} if found.rstrip("\n") == block.text.rstrip("\n") else {str(block): found}
    ends = [end for end in surroundings.ends() if not steps[end.step].expects(end)]
    assert (wrong, ends) == ({}, []), "".join(ran.out for ran in ended)


def is_shown(block: Block, printed: str) -> bool:
    """Whether an output is the whole of what was printed, if it says so, or a part of it."""
    if block.comment == "output":
        return comparable(printed) == comparable(block.text)
    return is_printed(block.text, printed)
