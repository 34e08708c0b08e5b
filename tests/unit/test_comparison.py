"""What an update did to other fields: what moves by itself is no harm, and nothing else is none."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.documents import ABSENT, Difference
from pytest_apismoke.safewrite.comparison import (
    Beside,
    beside,
    is_empty,
    is_masked,
    is_normalised,
    volatile_line,
)
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.moving import has_moved_on, is_named_so, varies_by_itself


def change(pointer: str, before: Any, after: Any) -> Difference:
    return Difference(pointer=pointer, before=before, after=after)


# -- counters and moments ---------------------------------------------------------------------

MOVED = [
    ("/version", 3, 4),
    ("/version", 3, 90_000),
    ("/version", 3.0, 4.0),
    ("/revision", 0, 1),
    ("/__v", 0, 1),
    ("/metadata/resourceVersion", "48123", "48199"),
    ("/usage/requests", 99, 131),
    ("/quotaUsed", 0, 2),
    ("/totalViews", 10, 11),
    ("/apis/0", 7, 8),
    ("/updatedAt", "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"),
    ("/updatedAt", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00.000001Z"),
    ("/updatedAt", "2026-01-01T10:00:00+0200", "2026-01-01T09:00:00+00:00"),
    ("/updatedAt", "2026-01-01 10:00:00,5", "2026-01-01 10:00:00,51"),
    ("/updated_at", 1_767_261_600, 1_767_261_601),
    ("/updated_at", 1_767_261_600.25, 1_767_261_600.5),
    ("/lastModifiedMs", 1_767_261_600_000, 1_767_261_600_001),
    ("/last_active", "2026-01-01", "2026-01-02"),
    ("/heartbeat", "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"),
]
HARM = [
    # Backwards, or not at all.
    ("/version", 4, 3),
    ("/version", 4, 4),
    ("/updatedAt", "2026-01-01T10:00:01Z", "2026-01-01T10:00:00Z"),
    ("/updatedAt", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00+02:00"),
    # Not a counter by its value.
    ("/version", 3, 3.5),
    ("/version", -1, 0),
    ("/version", False, True),
    ("/version", 0, True),
    ("/version", 3, "4"),
    ("/version", "1.9", "2.0"),
    ("/version", None, 1),
    ("/version", 3, float("inf")),
    ("/version", float("nan"), 3),
    ("/version", [3], [4]),
    ("/anything", 3, 4_000),
    ("/anything", "3", "4"),
    # Not a counter by its name.
    ("/price", 10, 12),
    ("/price", 9.99, 10.99),
    ("/prices/0", 10, 12),
    ("/amountTotal", 10, 12),
    ("/owner_id", 5, 9),
    ("/ownerId", 5, 9),
    ("/stock", 1, 2),
    ("/active", 0, 1),
    ("/is_open", 0, 1),
    ("/status", 0, 1),
    ("/latitude", 52, 53),
    ("/opensAtHour", 8, 9),
    # Another notation is no later moment.
    ("/updatedAt", "2026-01-01T10:00:00", "2026-01-01T11:00:00Z"),
    ("/updatedAt", "2026-01-01", "2026-01-01T11:00:00"),
    ("/updatedAt", "2026-01-01T10:00:00Z", "2026-13-01T10:00:00Z"),
    ("/updatedAt", "2026-01-01T10:00:00Z", "2026-01-01T10:00:01 or so"),
    # A moment that somebody chose.
    ("/birthday", "1990-01-01", "1991-01-01"),
    ("/day", "2026-01-01", "2026-01-02"),
    ("/valid_until", "2026-01-01T10:00:00Z", "2027-01-01T10:00:00Z"),
    ("/createdAt", "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"),
    ("/expires_at", 1_767_261_600, 1_767_261_601),
]


@pytest.mark.parametrize(("pointer", "before", "after"), MOVED)
def test_a_counter_goes_up_and_a_moment_moves_on(pointer: str, before: Any, after: Any) -> None:
    assert has_moved_on(change(pointer, before, after))


@pytest.mark.parametrize(("pointer", "before", "after"), HARM)
def test_nothing_else_moves_by_itself(pointer: str, before: Any, after: Any) -> None:
    assert not has_moved_on(change(pointer, before, after))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(ABSENT)
NAMES = st.sampled_from(["/version", "/price", "/x", "/updatedAt", "/birthday", "/"])


@given(pointer=NAMES, before=SCALARS, after=SCALARS)
@settings(max_examples=300, deadline=None)
def test_nothing_moves_on_in_both_directions(pointer: str, before: Any, after: Any) -> None:
    forth, back = change(pointer, before, after), change(pointer, after, before)
    assert not (has_moved_on(forth) and has_moved_on(back))


MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 2),
    max_value=datetime(2100, 1, 1),
    timezones=st.sampled_from([timezone(timedelta(minutes=m)) for m in (-570, 0, 345, 840)]),
)


@given(one=MOMENTS, other=MOMENTS)
@settings(max_examples=200, deadline=None)
def test_moments_are_compared_over_time_zones(one: datetime, other: datetime) -> None:
    moved = has_moved_on(change("/updatedAt", one.isoformat(), other.isoformat()))
    assert moved is (other > one)


@pytest.mark.parametrize(
    ("pointer", "is_named"),
    [
        ("/version", True),
        ("/last_login", True),
        ("/price", False),
        ("/guests", False),
        ("/", False),
    ],
)
def test_some_names_say_that_a_value_moves_by_itself(pointer: str, is_named: bool) -> None:
    assert is_named_so(pointer) is is_named


@pytest.mark.parametrize(
    ("pointer", "values", "varies"),
    [
        ("/load", [0.3, 0.5, 0.1], False),
        ("/calls", [0.5, 1.5], True),
        ("/seats_taken", [3, 5], False),
        ("/tenant", [3, 5], True),
        ("/tenant", [3, 5000], False),
        ("/at", [1.7e9, 1.8e9], True),
        ("/version", [3, 4], True),
        ("/updatedAt", ["2026-01-01T10:00:00Z", "2026-01-01T09:00:00Z"], True),
        ("/price", [10, 12], False),
        ("/owner_id", [5, 9], False),
        ("/valid_until", ["2026-01-01", "2027-01-01"], False),
        ("/load", [0.3, None], False),
        ("/open", [True, False], False),
        ("/load", [0, True], False),
        ("/name", ["a", "b"], False),
    ],
)
def test_instances_that_disagree_do_not_pass_for_counters(
    pointer: str, values: list[Any], varies: bool
) -> None:
    assert varies_by_itself(pointer, values) is varies


# -- two documents ----------------------------------------------------------------------------


def test_the_differences_are_told_apart_by_what_they_mean() -> None:
    before = {"version": 1, "a": {"views": 2, "price": 5}, "tags": ["x"], "note": "n", "v/w": 1}
    after = {"version": 2, "a": {"views": 3, "price": 6}, "tags": [], "more": 1, "v/w": 9}
    assert beside(before, after, ignoring=["/v~1w"]) == Beside(
        moved=(change("/version", 1, 2), change("/a/views", 2, 3)),
        emptied=(change("/tags", ["x"], []), change("/note", "n", ABSENT)),
        other=(change("/a/price", 5, 6), change("/more", ABSENT, 1)),
    )


def test_a_place_that_differs_in_several_reads_counts_once_as_the_last_one_shows_it() -> None:
    before = {"version": 1, "tags": ["x"], "price": 5, "text": "Hair"}
    reads: list[dict[str, Any]] = [
        {**before, "version": 2, "tags": None},
        before,
        # Below the probe of another run, which had to be cut, is an original that nobody knows.
        {**before, "version": 3, "price": 7, "tags": [], "text": LOST},
    ]
    found = beside(before, *reads, ignoring=[])
    assert found == Beside(
        moved=(change("/version", 1, 3),),
        emptied=(change("/tags", ["x"], []),),
        other=(change("/price", 5, 7),),
    )
    assert (found.emptied_places, found.harm) == (("/tags",), (*found.emptied, *found.other))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.text(), JSON, max_size=4)


@given(before=DOCUMENTS, after=DOCUMENTS)
@settings(max_examples=200, deadline=None)
def test_every_difference_has_one_meaning(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = beside(before, after, ignoring=[])
    pointers = [one.pointer for one in (*found.moved, *found.harm)]
    assert len(pointers) == len(set(pointers))
    assert bool(pointers) is (beside(after, before, ignoring=[]) != Beside())


@given(document=DOCUMENTS)
@settings(max_examples=50, deadline=None)
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert beside(document, document, ignoring=[]) == Beside()


# -- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((None, True), (ABSENT, True), ("", True), ([], True), ({}, True)),
        *((0, False), (0.0, False), (False, False), (" ", False), ([None], False)),
    ],
)
def test_nothing_is_empty_but_nothing(value: Any, expected: bool) -> None:
    assert is_empty(value) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (" Hair\n", "Hair", True),
        ("a\r\nb", "a\nb", True),
        ("a\rb", "a\nb", True),
        ("a \nb", "a\nb", True),
        ("a b", "ab", False),
        ("a\nb", "ab", False),
        ("Hair", "hair", False),
        (5, "5", False),
        (None, "", False),
    ],
)
def test_normalised_are_blanks_at_the_ends_and_line_ends(
    before: Any, after: Any, expected: bool
) -> None:
    assert is_normalised(before, after) is expected
    assert is_normalised(after, before) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("whsec_****", True),
        ("****1234", True),
        ("••••••", True),
        ("xxxx", True),
        ({"a": [{"b": "sk_***"}]}, True),
        ("**", False),
        ("xxx", False),
        ("a xxxx", False),
        ("Hair", False),
        (None, False),
        ({"****": 1}, False),
    ],
)
def test_a_mask_is_found_wherever_it_is(value: Any, expected: bool) -> None:
    assert is_masked(value) is expected


def test_the_line_for_the_configuration_names_each_property_once() -> None:
    found = [change(p, 1, 2) for p in ("/a/b", "/a/c", "/v~1w", '/q"\\')]
    assert volatile_line(found) == 'volatile = ["a", "v/w", "q\\"\\\\"]'
