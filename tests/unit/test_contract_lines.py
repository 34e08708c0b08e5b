"""A contract at the place where a value breaks it."""

from __future__ import annotations

import pytest

from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.contract_lines import contract_lines
from pytest_apismoke.schemas.store import Schemas

ORDER = {
    "title": "An order",
    "required": ["id", "status", "total", "currency"],
    "properties": {
        "id": {"type": "string"},
        "status": {"enum": ["open", "paid", "sent"]},
        "total": {"type": "number", "minimum": 0},
        "currency": {"type": "string"},
    },
}


def test_each_keyword_has_a_line_and_the_broken_one_is_marked_and_whole() -> None:
    assert contract_lines(ORDER, "required", Redactor()) == (
        '! "required": ["id", "status", "total", "currency"]',
        '  "properties": {"id": {…}, "status": {…}, "total": {…}, …}',
    )


@pytest.mark.parametrize("schema", [True, False, None])
def test_a_schema_without_keywords_has_no_lines(schema: object) -> None:
    assert contract_lines(schema, "type", Redactor()) == ()


def test_of_many_keywords_the_broken_one_is_among_the_lines() -> None:
    schema = {**{f"x-{number}": number for number in range(30)}, "type": "string"}
    lines = contract_lines(schema, "type", Redactor())
    assert (len(lines), lines[0], lines[-1]) == (10, '  "x-0": 0', '! "type": "string"')


def test_secrets_and_control_characters_are_not_shown() -> None:
    redactor = Redactor()
    redactor.learn("hunter2-hunter2", "APISMOKE_PASSWORD")
    schema = {"const": "hunter2-hunter2", "pattern": "a\u202eb"}
    assert contract_lines(schema, "const", redactor) == (
        '! "const": "[redacted]"',
        '  "pattern": "a\N{REPLACEMENT CHARACTER}b"',
    )


def test_a_violation_has_the_contract_at_its_place() -> None:
    schemas = Schemas({"order.schema.json": ORDER})
    broken = schemas.check(
        {"id": "1", "status": "open", "total": "129.00", "currency": "USD"}, "order", Redactor()
    )
    assert [one.contract for one in broken.violations] == [('! "type": "number"', '  "minimum": 0')]
