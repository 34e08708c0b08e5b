"""Every block of TOML in the documentation is read by the loader of its kind, without a mistake."""

from __future__ import annotations

import re
from datetime import date

import pytest
from documentation.pages import Block, blocks_of, every_block

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.configuration.loading import load
from pytest_apismoke.errors import Failure
from pytest_apismoke.known.file import parse as parse_known
from pytest_apismoke.verdict.exit_codes import API_CODES

BLOCKS = [block for block in every_block() if block.language == "toml"]
_TABLE = re.compile(r"^(?=\[)", re.MULTILINE)
_PROFILE = re.compile(r"^\[profiles\.(\w+)", re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_of_toml_has_no_mistake(block: Block) -> None:
    """A fragment may need the tables that its page has shown before it."""
    alone = mistakes_in(block.text)
    assert alone == () or mistakes_in(f"{tables_before(block)}{block.text}") == ()


def mistakes_in(text: str) -> tuple[Failure, ...]:
    """The mistakes in a file of checks, of known violations, or a configuration."""
    if "[[check]]" in text:
        return parse(text, "page.toml").mistakes
    if "[[known]]" in text:
        return parse_known(text, today=date(2026, 11, 1)).mistakes
    names = ("default", *dict.fromkeys(_PROFILE.findall(text)))
    environ = {name: _value(name) for name in re.findall(r"\$\{(\w+)\}", text)}
    apis = (*API_CODES, *re.findall(r"contracts/(\w+)\.toml", text))
    loaded = (
        load({"apismoke.toml": text}, name=name, apis=apis, environ=environ) for name in names
    )
    return tuple(mistake for _, mistakes in loaded for mistake in mistakes)


def _value(name: str) -> str:
    return f"AC{'0' * 32}" if name == "TWILIO_ACCOUNT_SID" else "canary-of-the-page"


def tables_before(block: Block) -> str:
    """The tables of earlier blocks of the page that this one does not write itself."""
    mine = {_name(table) for table in _tables(block.text)}
    earlier = [one for one in blocks_of(block.page) if one in BLOCKS and "[[" not in one.text]
    found: dict[str, str] = {}
    for one in earlier[: earlier.index(block)]:
        found |= {_name(table): table for table in _tables(one.text) if _name(table) not in mine}
    return "".join(found.values())


def _tables(text: str) -> list[str]:
    return [table for table in _TABLE.split(text) if table.startswith("[")]


def _name(table: str) -> str:
    return table.partition("]")[0]
