"""Whether reads of one document agree, and what it means if they do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.safewrite.agreement import (
    Agreement,
    agreement,
    disagreement,
    two_accounts,
    two_shapes,
)

URL = "https://api.example.com/api/business/me"
NAME = {"id": 1, "name": "Salon"}


@pytest.mark.parametrize(
    ("documents", "told"),
    [
        ([NAME, NAME], ""),
        ([NAME, {**NAME, "id": 2}], "two accounts: /id is the number 1 and the number 2"),
        (
            [NAME, NAME, {"name": "Salon"}],
            "two accounts: /id is the number 1 and nothing (the field is absent)",
        ),
        ([NAME, {**NAME, "id": "1"}], ""),
    ],
)
def test_two_ids_are_two_accounts(documents: list[dict[str, Any]], told: str) -> None:
    assert two_accounts(documents, "id") == told


@pytest.mark.parametrize(
    ("documents", "told"),
    [
        ([NAME, {**NAME, "name": "Shop"}], ""),
        ([NAME, {**NAME, "name": None}], ""),
        ([NAME, {**NAME, "id": 1.5}], ""),
        ([NAME, {**NAME, "open": True}, NAME], "two shapes: /open is absent in 2 of 3 reads"),
        (
            [NAME, {**NAME, "name": ["Salon"]}],
            "two shapes: /name is the string 'Salon' and a list of 1",
        ),
        ([NAME, {**NAME, "id": True}], "two shapes: /id is the number 1 and the boolean true"),
        ([NAME, {**NAME, "updated_at": "now"}], ""),
    ],
)
def test_a_property_that_comes_and_goes_or_changes_its_type_makes_two_shapes(
    documents: list[dict[str, Any]], told: str
) -> None:
    assert two_shapes(documents, ["/updated_at"]) == told


def test_the_failure_names_what_shows_it_and_where() -> None:
    documents = [NAME, {**NAME, "id": 2}]
    assert disagreement(documents, id_field="id", changing=(), where=URL) == Failure(
        category=Category.STATE,
        expected="fresh reads that agree on the account and on the shape of its document",
        seen="two accounts: /id is the number 1 and the number 2",
        where=f"GET {URL}, over 2 fresh connections",
        hint="look for instances of two versions, or with two databases, behind this address",
    )
    assert disagreement([NAME, NAME], id_field="id", changing=(), where=URL) is None


def test_a_counter_and_the_moment_of_a_change_vary_by_themselves() -> None:
    documents = [
        {"revision": 4, "updatedAt": "2026-01-01T10:00:00Z", "price": 3},
        {"revision": 5, "updatedAt": "2026-01-01T10:00:01Z", "price": 3},
    ]
    assert agreement(documents, changing=()) == Agreement(unsteady=("/revision", "/updatedAt"))
    assert agreement([{"price": 3}, {"price": 4}], changing=()).problem
    assert agreement([{"price": 3}, {"price": 4}], changing=["/price"]) == Agreement()


@given(order=st.permutations([NAME, NAME, NAME, {**NAME, "id": 2}]))
def test_whichever_read_is_the_odd_one_it_is_told(order: list[dict[str, Any]]) -> None:
    failure = disagreement(order, id_field="id", changing=(), where=URL)
    assert failure is not None
    assert failure.category is Category.STATE
