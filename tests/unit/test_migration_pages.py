"""The pages on migration: their commands are carried out, and their outputs compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.commands.main import COMMANDS, main
from pytest_apismoke.configuration.setting_table import SETTINGS

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = sorted((DOCS / "migration").glob("*.md"))
IMPORTING = [page for page in PAGES if "<!-- run -->" in page.read_text(encoding="utf-8")]
#: The options of `apismoke import` that the pages name.
OF_THE_COMMAND = {"--environment", "--variable", "--api", "--force", "--oauth2-bearer"}


def block(text: str, mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", text, re.DOTALL)
    assert found, mark
    return found[1]


@pytest.mark.parametrize("page", IMPORTING, ids=lambda page: page.stem)
def test_the_command_does_what_the_page_shows(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"<!-- file: (\S+) -->", text):
        Path(name).write_text(block(text, f"file: {name}"), encoding="utf-8")
    _, *call = block(text, "run").split()
    code = main(call)
    written = re.findall(r"<!-- written: (\S+) -->", text)[0]
    assert (code, capsys.readouterr().out) == (0, block(text, "output"))
    content = Path(written).read_text(encoding="utf-8")
    assert content.rstrip("\n") == block(text, f"written: {written}").rstrip("\n")
    assert parse(content, Path(written).name).mistakes == ()
    assert not [one for one in ("9f8e7d6c5b4a", "k-5f1d2c7a9b", "hunter22") if one in content]


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
