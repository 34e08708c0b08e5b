"""A failure has three parts: what was expected and seen, where, what to do."""

from __future__ import annotations

from pytest_apismoke.errors import (
    TARGET_CATEGORIES,
    Category,
    Failure,
    defect,
    fail,
    interrupted,
    misconfigured,
)

FAILURE = Failure(
    category=Category.FETCH,
    expected="a response",
    seen="none",
    where="GET https://api.example.com/",
    hint="look into the log",
)


def test_a_failure_shows_all_its_parts() -> None:
    assert FAILURE.message == "expected a response, seen none"
    assert str(FAILURE) == (
        "expected a response, seen none\n"
        "  where: GET https://api.example.com/\n"
        "  what to do: look into the log"
    )


def test_a_failure_without_a_place_omits_the_line() -> None:
    error = misconfigured(expected="a", seen="b", where="", hint="c")
    assert str(error) == "expected a, seen b\n  what to do: c"
    assert error.failure.category is Category.USAGE


def test_a_failure_can_be_counted_for_another_stage_and_stays_dirty() -> None:
    error = fail(Category.FETCH, expected="a response", seen="none", where="", hint="x")
    error.dirty = True

    counted = error.as_category(Category.SAVE)

    assert (counted.failure.category, counted.dirty) == (Category.SAVE, True)
    assert (counted.failure.message, error.failure.category) == (
        "expected a response, seen none",
        Category.FETCH,
    )


def test_some_categories_are_no_evidence_against_the_target() -> None:
    assert sorted(set(Category) - TARGET_CATEGORIES) == [
        "budget",
        "internal",
        "interrupted",
        "unready",
        "unverified",
        "usage",
        "version",
    ]


def test_the_string_of_a_category_is_its_json_value() -> None:
    assert f"{Category.OAUTH}" == "oauth"


def test_an_interruption_hints_at_another_run() -> None:
    assert interrupted("the run", where="here") == Failure(
        category=Category.INTERRUPTED,
        expected="the run to finish",
        seen="it was interrupted",
        where="here",
        hint="run the gate again",
    )


def test_a_defect_is_not_blamed_on_the_target() -> None:
    assert defect("the run", seen="KeyError: 'id'", where="here") == Failure(
        category=Category.INTERNAL,
        expected="the run to run",
        seen="KeyError: 'id'",
        where="here",
        hint="this is a defect of the gate or of another plugin, not of the target;"
        " please report it",
    )
