"""The failures of a run as a whole."""

from __future__ import annotations

from pytest_apismoke.errors import Category
from pytest_apismoke.verdict.run_failures import nothing_of


def test_an_api_without_checks_may_be_of_full_runs_only() -> None:
    failure = nothing_of("orders")
    assert (failure.category, failure.message) == (
        Category.UNVERIFIED,
        "expected a check of the API 'orders', which was chosen, seen none that ran in this run",
    )


def test_that_of_a_description_says_why_none_of_its_operations_can_be_asked_for() -> None:
    reasons = ["POST /a (it may change something)", *(f"GET /{n} (it wants a body)" for n in "bcd")]
    failure = nothing_of("openapi", reasons)
    assert (failure.category, failure.seen) == (
        Category.UNVERIFIED,
        "no operation that can be checked: POST /a (it may change something);"
        " GET /b (it wants a body); GET /c (it wants a body) and 1 more",
    )
