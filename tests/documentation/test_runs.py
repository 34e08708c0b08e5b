"""The commands of each page are run, one after the other; what it shows is what they print.

They are whole runs, so `--every` takes a sample of the pages (conftest.py at the root).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation.outputs import comparable, is_printed
from documentation.pages import Block, blocks_of, pages
from documentation.scripts_in import scripts_in
from documentation.surroundings import OURS, Ran, Surroundings
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


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_do_what_it_shows(page: str, surroundings: Surroundings) -> None:
    surroundings.lay_out(page)
    codes: dict[str, int] = {}
    printed = ""
    all_ended: list[Ran] = []
    wrong: dict[str, object] = {}
    for block in of_page(page):
        way = ways_of(block)[0]
        if way is Way.WRITTEN:
            found = surroundings.text_of(str(block.said("written")))
            if found.rstrip("\n") != block.text.rstrip("\n"):
                wrong[str(block)] = found
            continue
        command = block.said("output of")
        if way is Way.SHELL or command:
            scripts = (f"{command}\n",) if command else scripts_in(block)
            codes |= {call: int(code) for script in scripts for call, code in _CODE.findall(script)}
            ended = surroundings.run(*scripts)
            all_ended += ended
            printed = said(ended)
        if way is Way.OUTPUT and not is_shown(block, printed):
            wrong[str(block)] = printed
    ends = [(code, call) for code, call in surroundings.ends() if code != codes.get(call, 0)]
    assert (wrong, ends) == ({}, []), said(all_ended)


def said(ended: list[Ran]) -> str:
    return "".join(ran.out + ran.err for ran in ended)


def is_shown(block: Block, printed: str) -> bool:
    if block.comment == "output":
        return comparable(printed) == comparable(block.text)
    return is_printed(block.text, printed)
