"""A report that fits into what GitHub takes for a step, or says where it was cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.reports.step_summary import LIMIT, fitted

CUT = "> [!WARNING]\n> Cut here: of {} bytes GitHub takes no more. The report has all.\n"


def test_a_text_that_has_room_is_unchanged() -> None:
    assert LIMIT == 1_048_576
    assert fitted("### FAIL\n", written=91, limit=100) == "### FAIL\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("one\ntwo\n" + "x" * 200, "one\ntwo\n\n"),
        ("```sh\ncurl\n" + "x" * 200, "```sh\ncurl\n```\n\n"),
        ("````\n```\na\n" + "x" * 200, "````\n```\na\n````\n\n"),
        ("<details>\na\n" + "x" * 200, "<details>\na\n\n</details>\n\n"),
        ("<details>\n</details>\n~~~\n" + "x" * 200, "<details>\n</details>\n~~~\n~~~\n\n"),
        ("```\n<details>\n```\n" + "x" * 200, "```\n<details>\n```\n\n"),
    ],
)
def test_a_cut_is_at_the_end_of_a_line_and_closes_what_is_open(text: str, kept: str) -> None:
    assert fitted(text, written=1000, limit=1130) == kept + CUT.format(len(text.encode()))


def test_a_step_that_is_full_takes_nothing() -> None:
    assert fitted("a" * 50, written=LIMIT - 10) == ""
    assert fitted("a" * 50, written=LIMIT + 10) == ""


@given(
    st.lists(st.sampled_from(["```", "````", "~~~", "<details>", "</details>", "é", "a b"])).map(
        "\n".join
    ),
    st.integers(0, 400),
)
def test_what_is_added_never_exceeds_the_room(text: str, room: int) -> None:
    assert len(fitted(text, written=LIMIT - room).encode()) <= room
