"""Regular expressions of contracts, compiled here only, and searched for within a time limit.

Python's `re` has no limit: it holds the interpreter's lock until it is done, which for `^(a+)+$`
and a few dozen characters is never. It searches where the form of the pattern and the length of
the string bound its work. Everything else goes to the package `regex`, which takes a timeout in
any thread and releases the lock. Both read a pattern alike: as `re` does.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pytest_apismoke.schemas.validation_timeout import remaining_s

if TYPE_CHECKING:
    import regex

#: The most steps that are left to `re`: some hundredths of a second.
_MOST_STEPS = 1_000_000
_COMPILED_PATTERNS = 512
_FIRST_TIMEOUT_S = 0.1

_TOKEN = re.compile(
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
_FIXED = re.compile(r"\{\d+\}")
_IN_SET = re.compile(r"\\.|\[", re.DOTALL)

# What `\w` and `\s` are to `re`, in the words of `regex`, and their complements, which may stand in
# a set. The two packages differ in combining marks, and in the four separators of ASCII.
_WORD = r"A-Za-z0-9_\p{L}\p{N}"
_NO_WORD = (
    r"\p{M}\p{S}\p{Z}\p{C}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}"
    r"\u203F\u2040\u2054\uFE33\uFE34\uFE4D-\uFE4F\uFF3F"
)
_SPACE = r"\s\x1C-\x1F"
_NO_SPACE = r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Cs}\p{Co}\p{Cn}\x00-\x08\x0E-\x1B\x7F-\x84\x86-\x9F"
_SETS = {r"\w": _WORD, r"\W": _NO_WORD, r"\s": _SPACE, r"\S": _NO_SPACE}
_BEHIND, _AHEAD = f"(?<=[{_WORD}])", f"(?=[{_WORD}])"
_NOT_BEHIND, _NOT_AHEAD = f"(?<![{_WORD}])", f"(?![{_WORD}])"
# Before Python 3.14, `\B` does not match in an empty string.
_NOT_EMPTY = "" if re.search(r"\B", "") else r"(?!\A\Z)"
_ESCAPES = {
    **{name: f"[{content}]" for name, content in _SETS.items()},
    r"\b": f"(?:{_BEHIND}{_NOT_AHEAD}|{_NOT_BEHIND}{_AHEAD})",
    r"\B": f"(?:{_BEHIND}{_AHEAD}|{_NOT_BEHIND}{_NOT_AHEAD}){_NOT_EMPTY}",
}


class Pattern:
    """A compiled regular expression; `compile_pattern` makes them."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._plain = re.compile(source)
        self._longest = longest_for_re(source, self._plain.flags)

    def search(self, string: str) -> bool:
        """Whether the pattern matches anywhere in a string.

        Raises:
            ValidationTimeoutError: when the time limit, if there is one, is reached.

        """
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

        is_ascii = bool(self._plain.flags & re.ASCII)
        try:
            return regex.compile(in_words_of_regex(self._source, is_ascii=is_ascii), regex.VERSION0)
        except regex.error as error:
            raise re.error(str(error)) from None


@lru_cache(maxsize=_COMPILED_PATTERNS)
def compile_pattern(source: str) -> Pattern:
    """A regular expression, as Python's `re` reads it.

    Raises:
        re.error: for one that `re` refuses.
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


def in_words_of_regex(source: str, *, is_ascii: bool = False) -> str:
    """A pattern that `re` allows, written so that `regex` reads it in the same way."""

    def written(token: re.Match[str]) -> str:
        text = token[0]
        if token.lastgroup == "brace":
            return r"\{"
        if text.startswith("{,"):
            return f"{{0{text[1:]}"
        if token.lastgroup == "escape":
            return text if is_ascii else _ESCAPES.get(text, text)
        return _written_set(text, is_ascii=is_ascii) if token.lastgroup == "set" else text

    return _TOKEN.sub(written, source)


def _written_set(text: str, *, is_ascii: bool) -> str:
    def written(part: re.Match[str]) -> str:
        if part[0] == "[":
            return r"\["
        return part[0] if is_ascii else _SETS.get(part[0], part[0])

    return "[" + _IN_SET.sub(written, text[1:])
