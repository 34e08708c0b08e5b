"""Patterns are read as ECMA 262 has them; `re` gets only what it searches in a bounded time."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_apismoke.schemas.ecma262 import NotEcmaError, in_words_of_python
from pytest_apismoke.schemas.patterns import compile_pattern, longest_for_re

EVERYTHING = float("inf")
NOTHING = -1

#: What JavaScript finds with the flag `u`, or without it where the pattern is only valid so.
FOUND = [
    ("^[a-z]+$", ["abc", "a"], ["abc\n", "abC", ""]),
    (r"^\d{3}$", ["123"], ["\u0661\u0662\u0663", "123\n"]),
    (r"^\D$", ["\u0661", "\n"], ["1"]),
    (r"^\w$", ["a", "_", "7"], ["\xe9", "-"]),
    (r"^[\W-]$", ["\xe9", "-", "\n"], ["a", "_"]),
    (r"^\s$", [*"\t\n\v\f\r \xa0\u1680\u2003\u2028\u202f\u3000\ufeff"], [*"\x1c\x85\u200b"]),
    (r"^[\S]$", ["\x1c", "\x85", "\u200b", "\U0001f600"], [" ", "\ufeff"]),
    (r"\bb", ["a b", "\xe9b"], ["ab"]),
    (r"^\B$", [""], ["a"]),
    ("^.$", ["a", "\x85", "\U0001f600"], ["\n", "\r", "\u2028", "\u2029"]),
    (r"^\p{L}+$", ["\xe9", "\u03b1b"], ["\xe91", "\xe9\n"]),
    (r"^[\p{Lu}\d]\P{L}$", ["\xc9-", "7 "], ["\xe9-", "7a"]),
    (r"^\p{Script=Greek}$", ["\u03b1"], ["a"]),
    ("[]", [], ["", "a", "[]"]),
    ("^[^]$", ["\n", "a"], [""]),
    (r"^[\b]$", ["\b"], ["b"]),
    ("^[[&&a-c~~]+$", ["[&b~"], ["d"]),
    (r"^[a-\d]+$", ["a-7"], ["b"]),
    (r"^[\w-.]+$", ["a-b."], ["/"]),
    ("^[+--]+$", ["+,-"], ["."]),
    (r"^\/\-\@\{\.$", ["/-@{."], ["/-@{a"]),
    ("^a{,2}$", ["a{,2}"], ["aa", ""]),
    ("^a{2}]}$", ["aa]}"], ["a{2}]}"]),
    (r"^\cJ\x41\u0042\u{43}\t\0$", ["\nABC\t\0"], ["cJABC\t\0"]),
    (r"^\u{1F600}$", ["\U0001f600"], ["\u1f60"]),
    (r"^\uD83D\uDE00$", ["\U0001f600"], ["\U0001f601"]),
    (r"^[\uD800-\uDBFF][\uDC00-\uDFFF]$", ["\U0001f600"], ["a"]),
    (r"^(?<year>\d+)-\k<year>$", ["12-12"], ["12-13"]),
    (r"^(?:(a)|b)\1c$", ["aac", "bc"], ["abc"]),
    (r"^\1(a)$", ["a"], ["aa"]),
    (r"^(a\1)$", ["a"], ["aa"]),
    ("^[[:alpha:]]+$", ["a]", ":]]"], ["a", "b]"]),
    (r"(?<=a+)b", ["aab"], ["cb"]),
    ("^(?i:a)b$", ["Ab", "ab"], ["AB"]),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "found", "missed"), FOUND)
def test_a_pattern_finds_what_it_finds_in_javascript(
    pattern: str, found: list[str], missed: list[str]
) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.is_ecma
    assert [one for one in (*found, *missed) if compiled.search(one)] == found


@pytest.mark.parametrize(
    ("pattern", "found", "missed"),
    [
        ("(?i)^a$", ["A", "a"], ["b"]),
        (r"\A[a-z]+\Z", ["abc"], ["abc\n", "1"]),
        ("^(?P<x>a)(?P=x)$", ["aa"], ["a"]),
        ("^a++b$", ["aab"], ["b"]),
        (r"^(?s:.)$", ["\n"], [""]),
    ],
)
def test_a_pattern_of_another_dialect_means_what_python_takes_it_for(
    pattern: str, found: list[str], missed: list[str]
) -> None:
    compiled = compile_pattern(pattern)
    assert [one for one in (*found, *missed) if compiled.search(one)] == found


ATOMS = st.sampled_from(
    [*"ab0 \n_\xe9\x1c\u0903-/{}]", r"\w", r"\W", r"\s", r"\S", r"\d", r"\D", r"\b", r"\B", ".",
     "^", "$", "[ab]", r"[^\w-]", r"[\W_]", r"[\S ]", "[[]", "[]", "[^]", r"[\]a]", r"[^\s\d]",
     r"[\b]", "[a-]", r"[a-\d]", r"[\w-.]", r"\u{1F600}", r"\uD83D\uDE00", r"\cJ", r"\0", "(?<=a)",
     "(?<!b)", "(?<n>a)", r"\k<n>", r"\1", r"\/", "[&&a]", "[+--b]", "[a||b]", "(?i:A)", "a{,2}"]
)  # fmt: skip
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,3}", "*?"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(lambda parts: "".join(parts), st.lists(inner, min_size=1, max_size=4))
        | st.builds(lambda parts: "|".join(parts), st.lists(inner, min_size=2, max_size=3))
        | st.builds(
            lambda kind, part, times: f"{kind}{part}){times}",
            st.sampled_from(["(", "(?:"]),
            inner,
            QUANTIFIERS,
        )
        | st.builds(lambda kind, part: f"{kind}{part})", st.sampled_from(["(?=", "(?!"]), inner)
    ),
    max_leaves=8,
)
STRINGS = st.text(st.sampled_from("aab0 \n_\xe9\x1c\u0903-/{}]\U0001f600\u2028\xa0"), max_size=9)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, STRINGS)
def test_both_engines_find_the_same(pattern: str, string: str) -> None:
    try:
        words = in_words_of_python(pattern)
        plain, limited = re.compile(words), regex.compile(words, regex.VERSION0)
    except (NotEcmaError, re.error, regex.error):
        assume(False)
    found = limited.search(string, timeout=5.0) is not None
    assert (plain.search(string) is not None) == found


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
        (")", re.error),
        ("*", re.error),
        ("[b-a]", re.error),
        ("[a", re.error),
        ("a\\", re.error),
        (r"\p{Foo}", re.error),
        (r"(a)\2", re.error),
        (r"\k<x>", re.error),
        ("a{1,99999999999}", OverflowError),
        ("(" * 5000 + ")" * 5000, RecursionError),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        compile_pattern(pattern)


@pytest.mark.parametrize("string", ["a" * 50 + "!", "a" * 50, ""])
def test_without_a_limit_a_pattern_is_searched_for_to_its_end(string: str) -> None:
    assert compile_pattern("^(a+)+$").search(string) == string.endswith("a")
