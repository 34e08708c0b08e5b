"""The pages on migration: their commands are carried out, and their outputs compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_apismoke.commands.main import COMMANDS
from pytest_apismoke.configuration.setting_table import SETTINGS

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = sorted((DOCS / "migration").glob("*.md"))
IMPORTING = [page for page in PAGES if "<!-- run -->" in page.read_text(encoding="utf-8")]
#: The options of `apismoke import` that the pages name.
OF_THE_COMMAND = {"--environment", "--variable", "--api", "--force", "--oauth2-bearer"}


@pytest.mark.parametrize("page", [*PAGES, DOCS / "rehearsal.md"], ids=lambda page: page.stem)
def test_every_option_and_command_of_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = {one.option for one in SETTINGS if one.option} | OF_THE_COMMAND
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text)) <= known
    commands = re.findall(r"apismoke ([a-z]+)\b(?!\.)", text.partition("# ")[2])
    assert {one for one in commands if one in COMMANDS} <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
