"""Blocks of JSON in the documentation are what they are said to be."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from documentation.pages import ROOT, Block, every_block
from documentation.ways import Way, way_of
from jsonschema import Draft202012Validator

from pytest_apismoke.commands.check import main

BLOCKS = [block for block in every_block() if way_of(block) is Way.DATA]
CONTRACTS = [block for block in BLOCKS if '"$schema"' in block.text]
REPORT = json.loads((files("pytest_apismoke.reports") / "report.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("block", CONTRACTS, ids=str)
def test_a_contract_has_no_mistake(
    block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = tmp_path / "contracts" / "page.schema.json"
    contract.parent.mkdir()
    contract.write_text(block.text, "utf-8")
    code = main([str(tmp_path)])
    told = "contracts/: 0 checks, 1 schema: nothing to correct\n"
    assert (code, capsys.readouterr().out) == (0, told)


def test_the_contract_of_a_worked_example_is_the_one_that_is_run() -> None:
    shown = [json.loads(one.text) for one in CONTRACTS if one.page.endswith("worked-examples.md")]
    found = (ROOT / "tests" / "servers").glob("*/contracts/*.schema.json")
    run = [json.loads(path.read_text("utf-8")) for path in found]
    assert [contract in run for contract in shown] == [True]


@pytest.mark.parametrize("block", [one for one in BLOCKS if one not in CONTRACTS], ids=str)
def test_any_other_block_is_a_part_of_a_report(block: Block) -> None:
    """It lacks properties, and each that it has is as the report has it."""
    data: dict[str, Any] = json.loads(block.text)
    assert "verdict" in data
    assert set(data) <= set(REPORT["properties"])
    part = Draft202012Validator({**REPORT, "required": []})
    assert [error.message for error in part.iter_errors(data)] == []
