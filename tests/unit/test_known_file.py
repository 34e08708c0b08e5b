"""The file of known violations: what it may say, what is a mistake, and how it is written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.errors import Break
from pytest_apismoke.known.entries import Entry
from pytest_apismoke.known.file import Parsed, parse, render

TODAY = date(2026, 6, 15)
ONE = """
[[known]]
operation = "GET /orders/{id}"
contract = "Shop"
status = 200
place = "/items/*/total"
kind = "type"
"""
ENTRY = Entry(
    name="GET /orders/{id}",
    contract="Shop",
    status=200,
    what=Break("/items/*/total", "type"),
)
OF_A_CHECK = Entry(
    name="contracts/orders.toml::one order",
    contract="",
    status=None,
    what=Break("/note", "required"),
    reason='"note" comes with release 12',
    until=TODAY,
)


def mistakes(text: str) -> list[str]:
    return [str(mistake) for mistake in parse(text, today=TODAY).mistakes]


def test_an_entry_is_of_an_operation_or_of_a_check_and_people_may_add_to_it() -> None:
    text = f"""{ONE}
[[known]]
check = "contracts/orders.toml::one order"
place = "/note"
kind = "required"
reason = '"note" comes with release 12'
until = 2026-06-15
"""
    assert parse(text, today=TODAY) == Parsed(entries=(ENTRY, OF_A_CHECK))


@pytest.mark.parametrize("text", ["", "# nothing\n", "known = []\n"])
def test_a_file_without_entries_is_none_at_all(text: str) -> None:
    assert parse(text, today=TODAY) == Parsed()


NAME = "operation = 'GET /a'\n"
REST = "place = ''\nkind = 'type'\n"
KEYS = "operation, check, contract, status, place, kind, reason, until"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "known = [",
            "expected valid TOML, seen Invalid value\n"
            "  where: contracts/known.toml, at its end\n"
            "  what to do: correct the file",
        ),
        (
            "[[check]]\nname = 'the list'",
            "expected only [[known]] tables, seen 'check'\n"
            "  where: contracts/known.toml, line 1\n"
            "  what to do: write [[known]]; the checks of an API stand in another file than"
            " known.toml",
        ),
        (
            "[known]\na = 1",
            "expected [[known]] tables, seen a table\n"
            "  where: contracts/known.toml, line 1\n"
            "  what to do: write [[known]]",
        ),
        (
            "known = ['GET /a']",
            "expected a table, seen the string 'GET /a'\n"
            "  where: contracts/known.toml, line 1\n"
            "  what to do: write [[known]]",
        ),
        (
            f"[[known]]\n{NAME}plase = '/a'\n{REST}",
            f"expected the keys {KEYS}, seen 'plase'\n"
            "  where: contracts/known.toml, line 3\n"
            "  what to do: did you mean 'place'?",
        ),
        (
            f"[[known]]\n{NAME}{REST}status = '200'",
            "expected a status such as 200, below 500, as 'status', seen the string '200'\n"
            "  where: contracts/known.toml, line 5\n"
            "  what to do: correct it",
        ),
        (
            f"[[known]]\n{NAME}{REST}status = 503",
            "expected a status such as 200, below 500, as 'status', seen the number 503\n"
            "  where: contracts/known.toml, line 5\n"
            "  what to do: correct it",
        ),
        (
            f"[[known]]\n{NAME}{REST}until = '2026-12-31'",
            "expected a date such as 2030-12-31, without quotes, as 'until', seen the string"
            " '2026-12-31'\n"
            "  where: contracts/known.toml, line 5\n"
            "  what to do: correct it",
        ),
        (
            f"[[known]]\n{NAME}{REST}until = 2026-12-31T00:00:00",
            "expected a date such as 2030-12-31, without quotes, as 'until', seen the date or time"
            " 2026-12-31 00:00:00\n"
            "  where: contracts/known.toml, line 5\n"
            "  what to do: correct it",
        ),
        (
            f"[[known]]\n{NAME}{REST}reason = 7",
            "expected a string as 'reason', seen the number 7\n"
            "  where: contracts/known.toml, line 5\n"
            "  what to do: correct it",
        ),
        (
            f"[[known]]\n{NAME}place = ''",
            "expected the key 'kind', seen an entry without it\n"
            "  where: contracts/known.toml, line 1\n"
            "  what to do: let 'apismoke known write' write it",
        ),
        (
            f"[[known]]\n{REST}",
            "expected either 'operation' or 'check', seen neither\n"
            "  where: contracts/known.toml, line 1\n"
            "  what to do: copy it from a report, or let 'apismoke known write' write it",
        ),
        (
            f"[[known]]\n{NAME}check = 'a::b'\n{REST}",
            "expected either 'operation' or 'check', seen both\n"
            "  where: contracts/known.toml, line 1\n"
            "  what to do: copy it from a report, or let 'apismoke known write' write it",
        ),
        (
            f"[[known]]\noperation = 'contracts/a.toml::b'\n{REST}",
            "expected a method and a path, such as GET /orders/{id}, seen 'contracts/a.toml::b'\n"
            "  where: contracts/known.toml, line 2\n"
            "  what to do: write it as in the OpenAPI document; a check or a test stands in"
            " 'check'",
        ),
        (
            f"[[known]]\ncheck = 'GET /a'\n{REST}",
            "expected a check such as contracts/orders.toml::one order, seen 'GET /a'\n"
            "  where: contracts/known.toml, line 2\n"
            "  what to do: copy the name from a report",
        ),
        (
            f"{ONE}reason = 'one'\n{ONE}reason = 'another'",
            "expected each known violation once, seen the same one as in line 2\n"
            "  where: contracts/known.toml, line 10\n"
            "  what to do: delete one of them",
        ),
        (
            f"{ONE}until = 2026-06-14",
            "expected entries that are still valid, seen one that was valid until 2026-06-14\n"
            "  where: contracts/known.toml, line 8\n"
            "  what to do: correct the response or its contract and delete the entry, or move the"
            " date if it is to be known for longer",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(text: str, message: str) -> None:
    assert mistakes(text) == [message]


def test_every_mistake_is_told() -> None:
    assert len(mistakes(f"{ONE}until = 2020-01-01\n{ONE}other = 1\n[[known]]\n{REST}")) == 3


def test_a_file_is_sorted_and_has_a_block_for_each_entry() -> None:
    later = Entry(name="GET /orders/{id}", contract="Shop", status=404, what=Break("", "type"))
    assert render([OF_A_CHECK, later, ENTRY]) == (
        "# Known violations of contracts: a run fails on new ones only, and tells which are gone.\n"
        "# 'apismoke known write' writes this file anew. It keeps 'reason' and 'until', which are"
        " yours, but no\n"
        "# comments.\n"
        "\n"
        "[[known]]\n"
        'operation = "GET /orders/{id}"\n'
        'contract = "Shop"\n'
        "status = 200\n"
        'place = "/items/*/total"\n'
        'kind = "type"\n'
        "\n"
        "[[known]]\n"
        'operation = "GET /orders/{id}"\n'
        'contract = "Shop"\n'
        "status = 404\n"
        'place = ""\n'
        'kind = "type"\n'
        "\n"
        "[[known]]\n"
        'check = "contracts/orders.toml::one order"\n'
        'place = "/note"\n'
        'kind = "required"\n'
        'reason = "\\"note\\" comes with release 12"\n'
        "until = 2026-06-15\n"
    )


printable = st.text(st.characters(exclude_categories=["Cs"]))
entries = st.builds(
    Entry,
    name=printable.map("GET /".__add__) | printable.map("tests/test_a.py::".__add__),
    contract=printable,
    status=st.none() | st.integers(100, 499),
    what=st.builds(Break, printable, printable),
    reason=printable,
    until=st.none() | st.dates(TODAY),
)


@given(st.lists(entries, max_size=4, unique_by=lambda entry: entry.key))
def test_what_is_written_is_read_again(written: list[Entry]) -> None:
    read = parse(render(written), today=TODAY)
    assert read == Parsed(entries=tuple(sorted(written, key=lambda entry: entry.order)))
