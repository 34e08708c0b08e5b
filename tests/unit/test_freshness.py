"""A read that a cache answers shows what was there before: its headers tell, and a note says so."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.hostile import header_texts

from pytest_apismoke.http.freshness import NewestDate, cache_note, cached_for_s

NEWEST = datetime(2026, 1, 1, 12, 0, 30, tzinfo=timezone.utc)
WHERE = "GET https://api.example.com/x"


def at(second: int) -> dict[str, str]:
    return {"date": f"Thu, 01 Jan 2026 12:00:{second:02} GMT"}


@pytest.mark.parametrize(
    ("headers", "newest_date", "kept_s"),
    [
        ({}, None, 0.0),
        ({}, NEWEST, 0.0),
        ({"age": "0"}, NEWEST, 0.0),
        ({"age": "37"}, None, 37.0),
        ({"age": " 37 , 40"}, None, 37.0),
        ({"age": "-1"}, None, 0.0),
        ({"age": "soon"}, None, 0.0),
        ({"age": "1" * 11}, None, 0.0),
        (at(30), NEWEST, 0.0),
        (at(20), NEWEST, 0.0),
        (at(19), NEWEST, 11.0),
        (at(19), None, 0.0),
        (at(59), NEWEST, 0.0),
        ({"date": "Thu, 01 Jan 2026 11:00:30 -0000"}, NEWEST, 3600.0),
        ({"date": "yesterday"}, NEWEST, 0.0),
        ({**at(19), "age": "5"}, NEWEST, 5.0),
    ],
)
def test_the_age_or_a_date_that_lies_back_says_how_long_a_response_was_kept(
    headers: dict[str, str], newest_date: datetime | None, kept_s: float
) -> None:
    assert cached_for_s(headers, newest_date) == kept_s


@pytest.mark.parametrize(
    ("headers", "note"),
    [
        (at(30), ""),
        ({"age": "37"}, f"{WHERE} was answered from a cache (Age: 37): what it shows may be old"),
        (
            at(10),
            f"{WHERE} was answered from a cache (its Date is 20 s back): what it shows may be old",
        ),
    ],
)
def test_the_note_names_the_request_and_the_reason(headers: dict[str, str], note: str) -> None:
    assert cache_note(WHERE, headers, NEWEST) == note


def test_the_newest_date_never_goes_back() -> None:
    newest, seen = NewestDate(), []
    for headers in ({}, at(5), at(30), at(20), {"date": "soon"}):
        newest.note(headers)
        seen.append(newest.value and newest.value.second)
    assert seen == [None, 5, 30, 30, 30]


@given(age=header_texts, date=header_texts)
def test_any_header_is_a_number_of_seconds_or_none(age: str, date: str) -> None:
    newest = NewestDate()
    newest.note({"date": date})
    assert cached_for_s({"age": age, "date": date}, NEWEST) >= 0.0


@given(first=st.datetimes(timezones=st.timezones()), second=st.datetimes())
def test_any_two_dates_can_be_compared(first: datetime, second: datetime) -> None:
    newest = second.replace(tzinfo=timezone.utc)
    date = first.astimezone(timezone.utc) if 1 < first.year < 9999 else newest
    headers = {"date": date.strftime("%a, %d %b %Y %H:%M:%S +0000")}
    assert cached_for_s(headers, newest) >= 0.0
