"""Both engines read a pattern as `re` does; `re` gets only what it searches in a bounded time."""

from __future__ import annotations

import re
import sys
import unicodedata
import warnings

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_apismoke.schemas.patterns import compile_pattern, in_words_of_regex, longest_for_re

EVERYTHING = float("inf")
NOTHING = -1


def both(pattern: str, string: str) -> tuple[bool, bool]:
    """Whether `re` and `regex` find a pattern in a string."""
    plain = re.compile(pattern)
    is_ascii = bool(plain.flags & re.ASCII)
    limited = regex.compile(in_words_of_regex(pattern, is_ascii=is_ascii), regex.VERSION0)
    found = limited.search(string, timeout=5.0)
    return plain.search(string) is not None, found is not None


ATOMS = st.sampled_from(
    [*"ab0 \n_é\x1c\u0903", r"\w", r"\W", r"\s", r"\S", r"\d", r"\D", r"\b", r"\B", ".", "^", "$",
     r"\A", r"\Z", "[ab]", r"[^\w-]", r"[\W_]", r"[\S ]", "[[]", "[]{]", r"[\]a]", r"[^\s\d]",
     "{", "{e}", "{e<=1}", "a{2", "{}", "a{,2}", "a{,}", "a{1}{", r"\{", r"\[", r"\N{BULLET}",
     "(?<=a)", "(?<!b)", "(?i:A)"]
)  # fmt: skip
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "{,2}"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(lambda parts: "".join(parts), st.lists(inner, min_size=1, max_size=4))
        | st.builds(lambda parts: "|".join(parts), st.lists(inner, min_size=2, max_size=3))
        | st.builds(
            lambda kind, part, times: f"{kind}{part}){times}",
            st.sampled_from(["(", "(?:", "(?=", "(?!"]),
            inner,
            QUANTIFIERS,
        )
        | st.builds(lambda part: rf"(a|{part})\1", inner)
    ),
    max_leaves=8,
)
STRINGS = st.text(st.sampled_from("aab0 \n_é\x1c\u0903{e}•"), max_size=9)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, STRINGS)
def test_both_engines_find_the_same(pattern: str, string: str) -> None:
    with warnings.catch_warnings():
        # A set inside of a set may mean something else one day.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            found = both(pattern, string)
        except (re.error, OverflowError):
            assume(False)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "pattern", [r"\w", r"\W", r"[\w-]", r"[\W_]", r"\s", r"\S", r"[\S]", r"[^\s]", r"(?a)\w", r"\b"]
)
def test_classes_have_the_same_characters(pattern: str) -> None:
    """As far as this Python knows them: `regex` may bring a newer Unicode."""
    known = "".join(
        chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) != "Cn"
    )
    plain = re.compile(pattern)
    is_ascii = bool(plain.flags & re.ASCII)
    limited = regex.compile(in_words_of_regex(pattern, is_ascii=is_ascii), regex.VERSION0)
    assert [one.start() for one in limited.finditer(known)] == [
        one.start() for one in plain.finditer(known)
    ]


@pytest.mark.parametrize("string", ["", "\n"])
def test_empty_strings_too(string: str) -> None:
    plain, limited = both(r"\B", string)
    assert plain == limited


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        ("^abc", EVERYTHING),
        (r"^\d{4}-\d{2}", EVERYTHING),
        ("^https?://", EVERYTHING),
        ("^(a|b)$", EVERYTHING),
        ("^[a*+(]$", EVERYTHING),
        (r"^\*\(\+$", EVERYTHING),
        ("abc", 999_999),
        ("^a|b$", 499_999),
        ("^a+$", 999_999),
        ("^(a+)$", 999_999),
        ("^(a+)?$", 499_999),
        ("^[a-z]+@[a-z]+$", 999),
        ("(?:a*)b{2,}", 99),
        ("^(a+)+$", NOTHING),
        ("^(a|aa){2}", NOTHING),
        ("^(a)*", NOTHING),
        (r"^(a+)\1", NOTHING),
        ("^(?P<x>a+)(?P=x)", NOTHING),
        ("(?#[)^(a+)+$(?#])", NOTHING),
        ("(?m)^a", NOTHING),
        ("(?x)^a # [", NOTHING),
        ("^" + "(a|b)" * 20, NOTHING),
    ],
)
def test_re_searches_only_where_its_work_is_bounded(pattern: str, longest: float) -> None:
    assert longest_for_re(pattern, re.compile(pattern).flags) == pytest.approx(longest, abs=0.1)


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("(", re.error),
        (r"\p{L}", re.error),
        ("a{1,99999999999}", OverflowError),
        ("(" * 5000 + ")" * 5000, RecursionError),
    ],
)
def test_a_pattern_that_re_refuses_is_refused(pattern: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        compile_pattern(pattern)


@pytest.mark.parametrize("string", ["a" * 50 + "!", "a" * 50, ""])
def test_without_a_limit_a_pattern_is_searched_for_to_its_end(string: str) -> None:
    assert compile_pattern("^(a+)+$").search(string) == string.endswith("a")
