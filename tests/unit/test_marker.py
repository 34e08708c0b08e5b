"""The marker of a text probe: it says whose it is, and what stood there before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_apismoke.documents import ABSENT
from pytest_apismoke.safewrite.marker import LOST, Marker, find, marked, unmarked

RUN = "0123abcd"
#: What " [apismoke 0123abcd.1 60s cut]" takes.
CUT_LENGTH = 30

RUN_IDS = st.text("0123456789abcdef", min_size=8, max_size=8)
TURNS = st.integers(0, 999_999)
#: What looks like the end of a marker, and is not or not quite one.
PIECES = st.sampled_from(
    [
        *(" ", "\n", "[", "]", "[]", "apismoke", " absent", " null", " cut", "1s]", "\\"),
        "[apismoke 0123abcd.1 60s",
        "[apismoke 0123abcd.1 60s ]",
        "[apismoke 0123abcd.1 60s gone]",
        "[apismoke 0123abcd.1 60s]",
        "[apismoke 0123abcd.1 60s]\n",
        "[APISMOKE 0123abcd.1 60s]",
    ]
)
TEXTS = st.text() | st.lists(PIECES | st.text(max_size=3), max_size=6).map("".join)
ORIGINALS = TEXTS | st.none() | st.just(ABSENT)


def mark(original: Any, *, turn: int = 1, limit: int | None = None) -> str:
    return marked(original, run_id=RUN, turn=turn, lease_s=60, limit=limit)


@pytest.mark.parametrize(
    ("original", "text"),
    [
        ("Hair", "Hair [apismoke 0123abcd.1 60s]"),
        ("", "[apismoke 0123abcd.1 60s]"),
        (" ", "  [apismoke 0123abcd.1 60s]"),
        ("Hair  ", "Hair   [apismoke 0123abcd.1 60s]"),
        ("  über\n", "  über\n [apismoke 0123abcd.1 60s]"),
        (None, "[apismoke 0123abcd.1 60s null]"),
        (ABSENT, "[apismoke 0123abcd.1 60s absent]"),
    ],
)
def test_a_marker_stands_behind_the_original(original: Any, text: str) -> None:
    assert mark(original) == text
    assert find(text) == Marker(run_id=RUN, turn=1, lease_s=60, original=original)
    assert unmarked(text) == original


@given(original=ORIGINALS, run_id=RUN_IDS, turn=TURNS, lease_s=TURNS)
@settings(max_examples=400, deadline=None)
@example(original="", run_id=RUN, turn=0, lease_s=0)
@example(original=" ", run_id=RUN, turn=0, lease_s=0)
@example(original=" [", run_id=RUN, turn=999_999, lease_s=999_999)
def test_unmarked_is_the_exact_inverse_of_marked(
    original: Any, run_id: str, turn: int, lease_s: int
) -> None:
    """Of an original that ends in a marker itself, that marker goes too: it is no original."""
    text = marked(original, run_id=run_id, turn=turn, lease_s=lease_s)

    marker = find(text)

    assert marker == Marker(run_id=run_id, turn=turn, lease_s=lease_s, original=unmarked(original))
    assert unmarked(text) == unmarked(original)
    if find(original) is None:
        assert unmarked(text) == original
        assert type(unmarked(text)) is type(original)


@given(original=ORIGINALS, turns=st.lists(TURNS, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_stacked_markers_are_taken_off_together(original: Any, turns: list[int]) -> None:
    """The outermost says whose probe it is, what is below the innermost is the original."""
    text = original
    for number, turn in enumerate(turns):
        text = marked(text, run_id=f"{number:08x}", turn=turn, lease_s=number)
    assert find(text) == Marker(
        run_id=f"{len(turns) - 1:08x}",
        turn=turns[-1],
        lease_s=len(turns) - 1,
        original=unmarked(original),
    )


def test_an_original_that_was_lost_below_is_lost_above() -> None:
    below = mark("x" * 50, limit=40)
    assert below == "xxxxxxxxxx [apismoke 0123abcd.1 60s cut]"
    assert find(marked(below, run_id="ffffffff", turn=2, lease_s=1)) == Marker(
        run_id="ffffffff", turn=2, lease_s=1, original=LOST
    )


@pytest.mark.exhaustive
def test_a_stack_may_be_higher_than_python_may_recurse() -> None:
    assert unmarked("Hair" + " [apismoke 0123abcd.1 60s]" * 2000) == "Hair"


# -- limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("original", "limit", "text"),
    [
        ("Hair", 30, "Hair [apismoke 0123abcd.1 60s]"),
        ("Hairs", 30, " [apismoke 0123abcd.1 60s cut]"),
        ("Hairdresser", 33, "Hai [apismoke 0123abcd.1 60s cut]"),
        ("Hairdresser", 29, "10123abcd"),
        ("", 25, "[apismoke 0123abcd.1 60s]"),
        ("", 24, "10123abcd"),
        (None, 30, "[apismoke 0123abcd.1 60s null]"),
        (None, 29, "10123abcd"),
        (ABSENT, 32, "[apismoke 0123abcd.1 60s absent]"),
        (ABSENT, 31, " [apismoke 0123abcd.1 60s cut]"),
        ("Hair", 9, "10123abcd"),
        ("Hair", 4, "1012"),
        ("Hair", 1, "1"),
        ("1012", 4, "2101"),
    ],
)
def test_what_does_not_fit_is_cut_and_below_that_no_marker_fits_at_all(
    original: Any, limit: int, text: str
) -> None:
    assert mark(original, limit=limit) == text


@given(original=ORIGINALS, run_id=RUN_IDS, turn=st.integers(1, 40), limit=st.integers(1, 80))
@settings(max_examples=400, deadline=None)
@example(original="1012", run_id="0123abcd", turn=1, limit=4)
def test_a_probe_never_exceeds_the_limit_and_never_tells_a_wrong_original(
    original: Any, run_id: str, turn: int, limit: int
) -> None:
    text = marked(original, run_id=run_id, turn=turn, lease_s=60, limit=limit)

    assert 0 < len(text) <= limit
    marker = find(text)
    if marker is None:
        # Too short for any marker.
        assert limit < CUT_LENGTH + len(str(turn)) - 1
        assert text in (f"{turn}{run_id}"[:limit], f"{turn}{run_id}"[:limit][::-1])
    else:
        assert (marker.run_id, marker.turn, marker.lease_s) == (run_id, turn, 60)
        assert marker.original is LOST or marker.original == unmarked(original)


@given(
    original=st.text("0123456789abcdef", max_size=10) | TEXTS,
    run_id=RUN_IDS,
    turn=st.integers(1, 40),
    limit=st.integers(10, 80),
)
@settings(max_examples=400, deadline=None)
def test_a_probe_differs_from_the_original(
    original: str, run_id: str, turn: int, limit: int
) -> None:
    """What ends in this very run's own marker is no original: the run takes that off first."""
    marker = find(original)
    text = marked(original, run_id=run_id, turn=turn, lease_s=60, limit=limit)
    assert text != original or (marker is not None and marker.run_id == run_id)


@pytest.mark.parametrize(
    ("original", "run_id", "limit"),
    [("1", RUN, 1), ("11", "1aaaaaaa", 2), ("101", "01aaaaaa", 3)],
)
def test_a_probe_differs_from_an_original_that_reads_the_same_backwards(
    original: str, run_id: str, limit: int
) -> None:
    text = marked(original, run_id=run_id, turn=1, lease_s=60, limit=limit)
    assert text != original
    assert len(text) <= limit


def test_two_turns_write_two_texts_under_any_limit() -> None:
    for limit in (None, *range(1, 60)):
        assert mark("Hairdresser", turn=1, limit=limit) != mark("Hairdresser", turn=2, limit=limit)


# -- what is no marker ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hair",
        "Hair [apismoke 0123ABCD.1 60s]",
        "Hair [Apismoke 0123abcd.1 60s]",
        "Hair [apismoke 0123abc.1 60s]",
        "Hair [apismoke 0123abcde.1 60s]",
        "Hair [apismoke 0123abcg.1 60s]",
        "Hair [apismoke 0123abcd 60s]",
        "Hair [apismoke 0123abcd. 60s]",
        "Hair [apismoke 0123abcd.1234567 60s]",
        "Hair [apismoke 0123abcd.\u0661 60s]",
        "Hair [apismoke 0123abcd.-1 60s]",
        "Hair [apismoke 0123abcd.1 60]",
        "Hair [apismoke 0123abcd.1 6.5s]",
        "Hair [apismoke 0123abcd.1 60s lost]",
        "Hair [apismoke 0123abcd.1 60s CUT]",
        "Hair [apismoke 0123abcd.1 60s  cut]",
        "Hair [apismoke 0123abcd.1  60s]",
        "Hair [apismoke 0123abcd.1 60s",
        "Hair apismoke 0123abcd.1 60s]",
        "Hair [apismoke 0123abcd.1 60s] and nails",
        "Hair [apismoke 0123abcd.1 60s] ",
        "Hair [apismoke 0123abcd.1 60s]\n",
        "Hair [apismoke 0123abcd.1 60s].",
    ],
)
def test_a_text_that_does_not_end_in_a_marker_has_none(text: str) -> None:
    assert find(text) is None
    assert unmarked(text) == text


@pytest.mark.parametrize("value", [None, True, 5, 1.5, ABSENT, LOST, ["[apismoke 0123abcd.1 60s]"]])
def test_what_is_no_text_has_no_marker(value: Any) -> None:
    assert find(value) is None
    assert unmarked(value) is value


def test_what_was_lost_shows_itself_as_such() -> None:
    assert repr(LOST) == "lost"
