"""What is left of a secret where a string was shortened in its middle."""

from __future__ import annotations

import reprlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.redaction.halves import without_halves
from pytest_apismoke.redaction.secret_text import SecretText

SECRET = "abcdefghij-0123456789-klmnopqrst"
GONE = "[]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("'abcdefgh...opqrst'", "'[]...[]'"),
        ("'Bearer abcdefgh...opqrst'", "'Bearer []...[]'"),
        ("abcdefgh… and then", "[]… and then"),
        ("...opqrst, ...mnopqrst", "...[], ...[]"),
        ("abcde...", "[]..."),
        # Too short to be of use, or to be told from any other word.
        ("abcd...qrst", "abcd...qrst"),
        # From the middle of it, which no shortening leaves over.
        ("defghij...klmnop", "defghij...klmnop"),
        ("and so on...", "and so on..."),
        ("", ""),
    ],
)
def test_beginnings_and_ends_are_removed(text: str, shown: str) -> None:
    assert without_halves(text, [SECRET], GONE) == shown


def test_a_beginning_that_repeats_itself_is_found_as_a_whole() -> None:
    assert without_halves("x aaaaaaaa...", ["aaaaaaaabbbb"], GONE) == "x []..."


@given(before=st.text(max_size=20), after=st.text(max_size=20), length=st.integers(40, 90))
def test_of_a_shortened_string_no_half_is_shown(before: str, after: str, length: int) -> None:
    redactor = Redactor()
    redactor.learn(SECRET * 4, "APISMOKE_TOKEN")
    short = reprlib.Repr()
    short.maxstring = length
    shown = redactor.text(short.repr(f"{before}{SECRET * 4}{after}"))
    assert SECRET[:6] not in shown
    assert SECRET[-6:] not in shown


def test_a_secret_text_is_a_string_that_does_not_show_itself() -> None:
    token = SecretText(SECRET)
    assert token == SECRET
    assert (f"Bearer {token}", repr(token)) == (f"Bearer {SECRET}", repr(REPLACEMENT))
    assert repr([str(token)]) == f"[{REPLACEMENT!r}]"
