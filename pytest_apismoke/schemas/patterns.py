"""Regular expressions of contracts, compiled here only, and searched for within a time limit.

Python's `re` has no limit: it holds the interpreter's lock until it is done, which for `^(a+)+$`
and a few dozen characters is never. It searches where the form of the pattern and the length of
the string bound its work. Everything else goes to the package `regex`, which takes a timeout in
any thread and releases the lock.

Patterns are those of ECMA 262. One that is not, such as `(?i)^a` or `\\A[a-z]+\\Z`, means what it
means to Python: the specification has no other meaning for it.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.schemas.ecma262 import (
    NotEcmaError,
    in_code_units,
    in_words_of_python,
    needs_code_units,
)
from pytest_apismoke.schemas.validation_timeout import remaining_s

if TYPE_CHECKING:
    import regex

#: The most steps that are left to `re`: some hundredths of a second.
_MOST_STEPS = 1_000_000
_COMPILED_PATTERNS = 512
_FIRST_TIMEOUT_S = 0.1

_TOKEN = late_pattern(
    r"""
    (?P<reference>\\[1-9]|\(\?P=)
    | (?P<escape>\\N\{[^}]*\}|\\.)
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<open>\((?:\?:|\?=|\?!|\?<=|\?<!|\?P<\w+>|(?!\?)))
    | (?P<extension>\(\?)                       # flags, a comment, a condition
    | (?P<close>\))
    | (?P<quantifier>(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d*\})[?+]?)
    | (?P<bar>\|)
    | (?P<brace>\{)
    """,
    re.VERBOSE | re.DOTALL,
)
_FIXED = late_pattern(r"\{\d+\}")


class Pattern:
    """A compiled regular expression; `compile_pattern` makes them.

    `is_ecma` tells whether it is one of ECMA 262.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self.is_ecma = True
        try:
            self._words = in_words_of_python(source)
        except NotEcmaError:
            self.is_ecma = False
            self._words = source
        self._has_halves = needs_code_units(source)
        try:
            self._plain = re.compile(self._words)
            self._longest = longest_for_re(self._words, self._plain.flags)
        except re.error:
            # It may need what only the other package has.
            self._longest = -1
            _ = self._limited

    def search(self, string: str) -> bool:
        """Whether the pattern matches anywhere in a string.

        Raises:
            ValidationTimeoutError: when the time limit, if there is one, is reached.

        """
        if self._has_halves:
            string = in_code_units(string)
        if len(string) <= self._longest:
            return self._plain.search(string) is not None
        timeout_s = _FIRST_TIMEOUT_S
        while True:
            left_s = remaining_s()
            limit_s = None if left_s is None else min(timeout_s, left_s)
            try:
                return self._limited.search(string, timeout=limit_s, concurrent=True) is not None
            except TimeoutError:
                # `regex` counts the processor time of all threads together, which may run faster
                # than the clock, or slower: the clock decides whether to go on with more.
                timeout_s *= 2

    @cached_property
    def _limited(self) -> regex.Pattern[str]:
        # Few contracts have a pattern that needs it.
        import regex

        try:
            return regex.compile(self._words, regex.VERSION0)
        except regex.error as error:
            # The position is that in our own words.
            raise re.error(str(error).partition(" at position ")[0], self._source) from None


@lru_cache(maxsize=_COMPILED_PATTERNS)
def compile_pattern(source: str) -> Pattern:
    """A regular expression of ECMA 262, or else of Python.

    Raises:
        re.error: for one that is neither.
        OverflowError: for one with a repetition that is too large.
        RecursionError: for one that is nested too deeply.

    """
    return Pattern(source)


def longest_for_re(source: str, flags: int) -> float:
    """The length up to which `re` searches any string in a bounded number of steps; -1 for none.

    Each quantifier takes at most as many characters as there are, each alternative doubles the
    ways, and each place may be where the match begins. Below another quantifier the ways multiply
    without a bound that would be of use; what a reference, a flag inside or a comment does to the
    count is not looked at.
    """
    quantifiers = choices = depth = end = 0
    is_anchored = source.startswith(("^", r"\A")) and not flags & re.MULTILINE
    before = ""
    if flags & re.VERBOSE:
        return -1
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind in ("reference", "extension"):
            return -1
        if kind == "quantifier":
            repeats = token[0][0] != "?"
            if repeats and before == "close" and token.start() == end:
                return -1
            is_choice = not repeats or _FIXED.match(token[0])
            quantifiers += not is_choice
            choices += not repeats
        depth += (kind == "open") - (kind == "close")
        if kind == "bar":
            choices += 1
            is_anchored = is_anchored and depth > 0
        before, end = str(kind), token.end()
    exponent = quantifiers + (not is_anchored)
    most: float = _MOST_STEPS / 2**choices
    if most < 1:
        return -1
    return most ** (1 / exponent) - 1 if exponent else float("inf")


def is_of_a_pattern(error: OverflowError) -> bool:
    """Whether a pattern repeats too often, rather than a number being too large."""
    return "repetition" in str(error)
