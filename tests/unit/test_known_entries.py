"""What a run makes of the list of known violations: met, gone, new, and the list afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_apismoke.errors import Break
from pytest_apismoke.evidence import Sighting
from pytest_apismoke.known.entries import Entry, Known, KnownUse, merged, number_of, use_of
from pytest_apismoke.known.names import without_check, without_operation

TOTAL, NOTE = Break("/total", "type"), Break("/note", "required")
ONE = Entry(name="GET /orders/{id}", contract="Shop", status=200, what=TOTAL, reason="old")
LIST = replace(ONE, name="GET /orders", what=NOTE, reason="")
KNOWN = Known(entries=(ONE, LIST))
SEEN = Sighting(name="GET /orders/{id}", contract="Shop", status=200)


# -- what is excused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "what", "is_excused"),
    [
        ({}, TOTAL, True),
        ({}, Break("/total", "enum"), False),
        ({}, Break("/total/net", "type"), False),
        ({}, Break("", "type"), False),
        ({"status": 404}, TOTAL, False),
        ({"status": None}, TOTAL, False),
        ({"contract": "Billing"}, TOTAL, False),
        ({"name": "GET /orders/{order_id}"}, TOTAL, False),
        ({"name": "GET /orders"}, TOTAL, False),
    ],
)
def test_an_entry_excuses_exactly_what_it_says(
    of: dict[str, object], what: Break, is_excused: bool
) -> None:
    subject: dict[str, object] = {"name": ONE.name, "contract": "Shop", "status": 200, **of}
    assert (what in KNOWN.of(**subject)) is is_excused  # type: ignore[arg-type]  # of the table


def test_a_failure_of_the_server_is_never_excused_not_even_while_recording() -> None:
    failed = replace(ONE, status=500)
    known = Known(entries=(failed,), records=True)
    assert TOTAL not in known.of(ONE.name, contract="Shop", status=500)
    assert TOTAL in known.of(ONE.name, contract="Shop", status=404)


# -- what was seen ----------------------------------------------------------------------------


def test_what_one_response_met_is_not_gone_because_another_one_has_not() -> None:
    sightings = (replace(SEEN, gone=(TOTAL,)), replace(SEEN, met=(TOTAL,)), SEEN)
    assert use_of(KNOWN, sightings) == KnownUse(met=(ONE,))
    assert use_of(KNOWN, reversed(sightings)) == KnownUse(met=(ONE,))


def test_what_no_response_has_is_gone_and_what_was_not_looked_at_is_not() -> None:
    assert use_of(KNOWN, [replace(SEEN, gone=(TOTAL,))]) == KnownUse(gone=(ONE,))
    assert use_of(KNOWN, []) == KnownUse()


def test_what_several_responses_have_counts_once() -> None:
    sightings = [replace(SEEN, met=(TOTAL,)), replace(SEEN, met=(TOTAL, NOTE))]
    assert number_of(sightings) == 2
    assert number_of([*sightings, replace(SEEN, name="GET /orders", met=(TOTAL,))]) == 3


def test_what_is_gone_at_one_target_and_met_at_another_is_not_gone() -> None:
    assert merged([KnownUse(gone=(LIST, ONE)), KnownUse(met=(ONE,))]) == KnownUse(
        met=(ONE,), gone=(LIST,)
    )


# -- the list afterwards ----------------------------------------------------------------------


def test_a_list_gets_what_is_new_loses_what_is_gone_and_keeps_the_rest_with_its_reasons() -> None:
    unseen = replace(LIST, name="GET /never", reason="not asked for")
    known = Known(entries=(unseen, ONE, LIST), records=True)
    other = replace(SEEN, name="GET /orders", met=(TOTAL,), gone=(NOTE,))
    use = use_of(known, [replace(SEEN, met=(TOTAL,)), other])
    new = replace(LIST, what=TOTAL)
    assert use == KnownUse(met=(new, ONE), gone=(LIST,), new=(new,))
    assert use.rewritten(known.entries) == (unseen, new, ONE)


# -- entries of what is not there -------------------------------------------------------------


def test_a_check_that_was_renamed_is_told_with_its_likely_name() -> None:
    of_a_check = replace(ONE, name="contracts/orders.toml::one order")
    of_a_test = replace(ONE, name="test_orders.py::test_one")
    checks = ["contracts/orders.toml::one of the orders"]
    assert list(without_check([of_a_check, of_a_test, ONE], checks)) == [
        "contracts/known.toml names 'contracts/orders.toml::one order', which is no check; did you"
        " mean 'contracts/orders.toml::one of the orders'?"
    ]
    assert list(without_check([of_a_check], [of_a_check.name])) == []


def test_an_operation_that_was_renamed_is_told_once_with_its_likely_name() -> None:
    operations = ["GET /orders", "GET /orders/{order_id}"]
    entries = [ONE, replace(ONE, what=NOTE), LIST]
    assert list(without_operation(entries, operations, contract="Shop")) == [
        "contracts/known.toml names 'GET /orders/{id}', which is no operation; did you mean"
        " 'GET /orders/{order_id}'?"
    ]


def test_an_api_with_another_title_is_another_one_and_that_is_told() -> None:
    assert list(without_operation([LIST], ["GET /orders"], contract="Shop v2")) == [
        "contracts/known.toml has nothing of 'Shop v2', as the OpenAPI document calls its API, but"
        " of 'Shop'; if that is the same one, correct 'contract' there"
    ]
    mine = replace(LIST, contract="Shop v2")
    assert list(without_operation([LIST, mine], ["GET /orders"], contract="Shop v2")) == []
    assert list(without_operation([LIST], ["GET /bills"], contract="Billing")) == []
    assert list(without_operation([LIST], (), contract=None)) == []
