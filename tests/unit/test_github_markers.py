"""The hidden lines of an issue or a comment: of one target, and hard to forge."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.github.markers import (
    EVIDENCE,
    Last,
    evidence_of,
    is_of,
    is_older,
    last_line,
    last_of,
    marker,
    normalised,
)

TARGET = "https://api.example.com"


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("https://API.example.com/", TARGET),
        ("HTTPS://api.example.com:443", TARGET),
        ("https://api.example.com.", TARGET),
        ("http://api.example.com:80/v1/", "http://api.example.com/v1"),
        ("https://api.example.com:8443", "https://api.example.com:8443"),
        ("https://[::1]:443/x", "https://[::1]/x"),
        ("https://user:secret@api.example.com/?token=1#x", TARGET),
        ("staging", "staging"),
        ("https://[", "https://["),
    ],
)
def test_two_ways_to_write_a_target_are_one(written: str, compared: str) -> None:
    assert normalised(written) == compared


def test_a_path_keeps_its_case() -> None:
    assert normalised("https://a.example/V1") != normalised("https://a.example/v1")


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_marker_is_one_comment_of_html(target: str) -> None:
    line = marker(target)
    assert line.isprintable()
    assert line.startswith("<!-- apismoke: target=")
    assert "--" not in line[4:-3]
    assert is_of(f"{line}\nmore", target)


@pytest.mark.parametrize(
    "body",
    ["", "text", f"text\n{marker(TARGET)}", f"> {marker(TARGET)}", marker("https://b.example")],
)
def test_a_text_is_a_targets_only_by_its_first_line(body: str) -> None:
    assert not is_of(body, TARGET)


def test_line_ends_of_forms_make_no_difference() -> None:
    assert is_of(f"{marker(TARGET)}\r\nmore", TARGET)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.text("a,-<>!& =%"))
def test_what_is_remembered_is_read_again(summary: str, failing: str) -> None:
    last = Last(verdict="fail", summary=summary, failing=failing)
    assert last_of(f"{marker(TARGET)}\n{last_line(last)}\ntext") == last


@pytest.mark.parametrize(
    "second", ["", "text", "<!-- apismoke-last:  -->", "<!-- apismoke-last: who=me&x -->"]
)
def test_what_is_not_there_is_not_remembered(second: str) -> None:
    assert last_of(f"{marker(TARGET)}\n{second}") == Last()


def test_evidence_begins_behind_the_first_line_that_says_so() -> None:
    body = f"head `{EVIDENCE}`\n{EVIDENCE}\none\n{EVIDENCE}\ntwo"
    assert evidence_of(body) == f"one\n{EVIDENCE}\ntwo"
    assert evidence_of("head") == ""


@pytest.mark.parametrize(
    ("at", "than", "is_so"),
    [
        ("2026-11-27T17:42:00Z", "2026-11-27T17:42:01Z", True),
        ("2026-11-27T17:42:00Z", "2026-11-27T17:42:00Z", False),
        ("2026-11-27T17:42:00+01:00", "2026-11-27T17:00:00Z", True),
        ("", "2026-11-27T17:42:00Z", False),
        ("2026-11-27T17:42:00", "2026-11-27T17:42:01Z", False),
    ],
)
def test_times_are_compared_where_they_are_known(at: str, than: str, is_so: bool) -> None:
    assert is_older(at, than) is is_so
