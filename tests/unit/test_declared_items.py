"""What there is to do for declared checks, and which of it one worker has to do."""

from __future__ import annotations

import pytest
from unit.declaring import FILE, declared

from pytest_apismoke.checks.declared.items import items_of, with_readings
from pytest_apismoke.checks.declared.model import DeclaredCheck, Expect
from pytest_apismoke.checks.declared.readings import Readings
from pytest_apismoke.checks.operations import operation_checks
from pytest_apismoke.openapi.example_requests import OperationCheck

EVERYTHING = """
[[check]]
name = "list"
path = "/orders"
refused_without_auth = true
capture = { order_id = "/items/0/id" }

[[check]]
name = "one"
path = "/orders/{order_id}"

[[check]]
name = "other"
path = "/other"
smoke = false
required = false

[[check]]
name = "change"
path = "/orders/1"
method = "PUT"
changes = "/orders/1"
"""


def names(text: str, *, smoke: bool) -> list[str]:
    return [item.node_id for item in items_of(declared(text), smoke=smoke)]


def test_a_full_run_does_everything_in_the_order_of_the_file() -> None:
    assert names(EVERYTHING, smoke=False) == [
        f"{FILE}::list",
        f"{FILE}::list without a token",
        f"{FILE}::one",
        f"{FILE}::other",
        f"{FILE}::change",
    ]


def test_a_smoke_run_does_what_belongs_to_it() -> None:
    assert names(EVERYTHING, smoke=True) == [
        f"{FILE}::list",
        f"{FILE}::list without a token",
        f"{FILE}::one",
    ]


AFTER = """
capture = { new_id = "/id" }

[[check]]
name = "after"
path = "/orders/{new_id}"
auth = false
"""


def test_it_is_known_beforehand_what_uses_the_token_and_what_needs_a_write() -> None:
    items = items_of(declared(EVERYTHING + AFTER), smoke=False)
    assert {item.stage: (item.uses_token, item.follows_or_writes) for item in items} == {
        "list": (True, False),
        "list without a token": (False, False),
        "one": (True, False),
        "other": (True, False),
        "change": (True, True),
        "after": (False, True),
    }


# -- operations of an API description ---------------------------------------------------------


@pytest.mark.parametrize("smoke", [False, True])
def test_the_operations_of_a_description_are_checks(smoke: bool) -> None:
    """Nothing in them is a placeholder."""
    operation = OperationCheck(
        operation="GET /orders/{id}",
        operation_id="one",
        method="GET",
        path="/orders/{7}",
        query=(("q", "{x}"),),
        headers=(("X-Q", "{"),),
        auth=False,
    )
    assert operation_checks([operation], smoke=smoke) == [
        DeclaredCheck(
            api="openapi",
            name="GET /orders/{id}",
            file="openapi",
            place="",
            path="/orders/{{7}}",
            query=(("q", "{{x}}"),),
            headers=(("X-Q", "{{"),),
            auth=False,
            smoke=smoke,
            expect=Expect(statuses=tuple(range(200, 400))),
        )
    ]


def test_the_node_id_of_an_operation_says_where_it_is_from() -> None:
    operation = OperationCheck(
        operation="GET /orders", operation_id=None, method="GET", path="/orders"
    )
    (item,) = items_of(operation_checks([operation], smoke=True), smoke=True)
    assert item.node_id == "openapi::GET /orders"


# -- what a change reads before it writes -----------------------------------------------------


def test_a_change_trusts_the_earlier_reading_of_its_document() -> None:
    """Otherwise it would be sent twice, since the change is not made if the reading is broken."""
    reading = '[[check]]\nname = "{}"\npath = "/x"\nexpect.schema = "x"\n'
    change = '[[check]]\nname = "b"\npath = "/x"\nmethod = "PUT"\nchanges = "/x"\n'
    checks = declared(reading.format("a") + change + reading.format("c"))
    items = with_readings(items_of(checks, smoke=False), checks, auth=True)
    assert [(item.stage, item.trusts) for item in items] == [
        ("a", ()),
        ("b", (f"{FILE}::a",)),
        ("c", ()),
    ]
    assert [one.name for one in items[1].readings.of("/x", file=FILE)] == ["a", "c"]


CAPTURES = """
[[check]]
name = "list"
path = "/list"
capture = { id = "/0/id", other = "/0/other" }
[[check]]
name = "one"
path = "/list/{id}"
expect.schema = "x"
[[check]]
name = "another"
path = "/list/{other}"
expect.schema = "x"
[[check]]
name = "first"
path = "/list/1"
expect.schema = "x"
"""


@pytest.mark.parametrize(
    ("file", "captured", "names"),
    [
        (FILE, {"id"}, ["one", "first"]),
        (FILE, {"id", "other"}, ["one", "another", "first"]),
        (FILE, set(), ["first"]),
        ("contracts/other.toml", {"id"}, ["first"]),
    ],
)
def test_a_document_is_read_by_its_path_and_by_the_captures_of_the_same_file(
    file: str, captured: set[str], names: list[str]
) -> None:
    readings = Readings(declared(CAPTURES))
    found = readings.of("/list/1", file=file, captured=captured)
    assert [one.name for one in found] == names
