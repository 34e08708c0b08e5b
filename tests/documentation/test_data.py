"""Blocks of JSON in the documentation are what they are said to be."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from documentation.pages import ROOT, every_block
from jsonschema import Draft202012Validator

BLOCKS = [block for block in every_block() if block.language == "json"]
REPORT = json.loads((files("pytest_apismoke.reports") / "report.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("text", [block.text for block in BLOCKS], ids=map(str, BLOCKS))
def test_a_block_of_json_is_a_schema_a_part_of_a_report_or_a_file(text: str) -> None:
    """A part of a report lacks properties, and each that it has is as the report has it."""
    data = json.loads(text)
    if "$schema" in data:
        Draft202012Validator.check_schema(data)
        assert is_a_contract_of_a_real_server(data)
    elif "verdict" in data:
        assert set(data) <= set(REPORT["properties"])
        part = {**REPORT, "required": []}
        assert [error.message for error in Draft202012Validator(part).iter_errors(data)] == []
    else:
        # Of another program: what reads it is run with it.
        assert {"info", "values"} & set(data)


def is_a_contract_of_a_real_server(data: Any) -> bool:
    """Whether a schema is one that a real server is run with."""
    found = (ROOT / "tests" / "servers").glob("*/contracts/*.schema.json")
    return data in [json.loads(path.read_text("utf-8")) for path in found]
