"""Declared checks and known violations: what passes, what is told, and what is never excused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from unit.declaring import BASE_URL, FILE, Backend, Guard, Says, checks_of
from unit.exchanges import retold

from pytest_apismoke.checks.model import CheckResult
from pytest_apismoke.errors import Break, Violation
from pytest_apismoke.evidence import ConformanceResult, Sighting
from pytest_apismoke.http.response import Response
from pytest_apismoke.known.entries import Entry, Known

if TYPE_CHECKING:
    from unit.conftest import FakeClock

LIST = '[[check]]\nname = "list"\npath = "/orders"\n'
CHANGE = (
    '[[check]]\nname = "change"\nmethod = "PUT"\npath = "/orders/1"\njson = { note = "x" }\n'
    'changes = "/orders/1"\n'
)
ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
    "$defs": {"line": {"type": "object", "required": ["sku"]}},
}

#: The id of the check breaks, and that is known.
ID = Break("/id", "type")
OF_THE_LIST = Entry(name=f"{FILE}::list", contract="order", status=200, what=ID)
MET = Sighting(name=f"{FILE}::list", contract="order", status=200, met=(ID,))


def with_known(
    clock: FakeClock, body: object, *entries: Entry, text: str = LIST + 'expect.schema = "order"\n'
) -> CheckResult:
    backend = Backend(clock, {"GET /orders": Says(body=body)})
    checks = checks_of(text, backend, schemas={"order": ORDER}, known=Known(entries=entries))
    return checks.result(f"{FILE}::list")


def test_a_check_whose_violations_are_all_known_passes_and_says_so(clock: FakeClock) -> None:
    result = with_known(clock, {"id": "7"}, OF_THE_LIST)
    assert (result.verified, result.sightings) == (
        "GET /orders responded as declared; 1 known violation",
        (MET,),
    )


def test_beside_known_violations_only_the_new_one_is_told(clock: FakeClock) -> None:
    failure = with_known(clock, {"id": "7", "note": 1}, OF_THE_LIST).failure
    assert failure is not None
    assert failure.seen == (
        "/note: expected type string, got the number 1 (besides 1 known violation)"
    )
    assert failure.difference == ("@@ / @@", '  "id": "7"', '- "note": type string', '+ "note": 1')


@pytest.mark.parametrize(
    "entry",
    [
        replace(OF_THE_LIST, name=f"{FILE}::another"),
        replace(OF_THE_LIST, name="contracts/bills.toml::list"),
        replace(OF_THE_LIST, name="GET /orders"),
        replace(OF_THE_LIST, contract="order#/$defs/line"),
        replace(OF_THE_LIST, contract=""),
        replace(OF_THE_LIST, status=201),
        replace(OF_THE_LIST, what=Break("/id", "required")),
    ],
)
def test_an_entry_of_something_else_excuses_nothing(entry: Entry, clock: FakeClock) -> None:
    result = with_known(clock, {"id": "7"}, entry)
    assert result.failure is not None
    assert not any(sighting.met for sighting in result.sightings)


def test_the_schema_in_a_check_has_no_name(clock: FakeClock) -> None:
    text = LIST + 'expect.schema = { properties = { id = { type = "integer" } } }\n'
    result = with_known(clock, {"id": "7"}, replace(OF_THE_LIST, contract=""), text=text)
    assert result.sightings == (replace(MET, contract=""),)


def test_what_the_response_no_longer_breaks_is_sighted_as_gone(clock: FakeClock) -> None:
    result = with_known(clock, {"id": 7}, OF_THE_LIST)
    assert (result.verified, result.sightings) == (
        "GET /orders responded as declared",
        (replace(MET, met=(), gone=(ID,)),),
    )


def test_the_response_to_an_update_that_is_restored_is_never_excused(clock: FakeClock) -> None:
    name = f"{FILE}::change"
    backend = Backend(clock, {"PUT /orders/1": Says(body={"id": "7"})})
    checks = checks_of(
        CHANGE + 'expect.schema = "order"\n',
        backend,
        schemas={"order": ORDER},
        known=Known(entries=(replace(OF_THE_LIST, name=name),), records=True),
    )
    result = checks.result(name)
    assert result.failure is not None
    assert (result.failure.violations[0].breaks, result.sightings) == ((ID,), ())


@pytest.mark.parametrize("records", [False, True])
def test_no_reading_before_a_write_is_excused(
    records: bool, clock: FakeClock, make_answer: Callable[..., Response]
) -> None:
    violation = Violation(
        pointer="/a", expected="a list", actual="nothing", kind="type", places=("/a",)
    )
    held = ConformanceResult(operation="GET /orders/{id}", known=(violation,))
    read = make_answer(body={"a": 1})
    exchange = replace(retold(read.exchange, url=f"{BASE_URL}/orders/1"), method="GET", held=held)
    backend = Backend(clock, {"PUT /orders/1": Says()})
    checks = checks_of(
        CHANGE,
        backend,
        guard=Guard(backend, reading=replace(read, exchange=exchange)),
        known=Known(entries=(OF_THE_LIST,), records=records),
    )
    failure = checks.result(f"{FILE}::change").failure
    assert failure is not None
    assert (failure.expected, failure.seen, failure.hint, backend.requests) == (
        "/orders/1 to match its contract before it is changed",
        "/a: expected a list, got nothing",
        "nothing was written: an update that is restored from an incomplete reading would delete"
        " what is missing; fix the response or its contract first (before a write"
        " contracts/known.toml excuses nothing)",
        [],
    )
