"""Every command of the documentation is called as it stands there; the program takes the call."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation.calls import refusal
from documentation.pages import Block, blocks_of, every_block, pages
from documentation.scripts_in import scripts_in
from documentation.surroundings import Surroundings, run
from documentation.ways import Way, way_of

CALLED = (Way.SHELL, Way.CALLED, Way.FRAGMENT)
PAGES = [page for page in pages() if any(way_of(one) in CALLED for one in blocks_of(page))]
SCRIPTS = [block for block in every_block() if block.language == "sh"]
#: What deploy.sh logs.
_LOGGED = re.compile(r"^\S+ deploy\.sh: .*\n", re.MULTILINE)


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[Surroundings]:
    made = Surroundings(tmp_path, url="https://api.example.com", is_real=False)
    yield made
    made.close()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_runs_and_calls_what_there_is(
    page: str, surroundings: Surroundings, pytestconfig: pytest.Config
) -> None:
    """With programs that only note how they are called; a variable that nobody sets is an error."""
    surroundings.lay_out(page)
    blocks = [block for block in blocks_of(page) if way_of(block) in CALLED]
    scripts = {f"{block}: {script}": script for block in blocks for script in scripts_in(block)}
    ended = dict(zip(scripts, run(page, scripts.values(), surroundings), strict=True))
    failed = {name: _LOGGED.sub("", ran.err) for name, ran in ended.items() if ran.code}
    told = {name: _LOGGED.sub("", ran.err) for name, ran in ended.items()}
    assert (failed, {name: words for name, words in told.items() if words}) == ({}, {})
    refused = {str(call): refusal(call, pytestconfig) for call in surroundings.programs.calls()}
    assert {call: reason for call, reason in refused.items() if reason} == {}


@pytest.mark.parametrize("block", SCRIPTS, ids=str)
def test_every_script_can_be_parsed(block: Block) -> None:
    ended = subprocess.run(
        ["sh", "-n"], input=block.text, text=True, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
