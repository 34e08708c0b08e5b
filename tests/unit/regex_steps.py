"""Counts the steps of a backtracking matcher, as the one in `re` is: work, without a clock."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

if sys.version_info >= (3, 11):
    from re import _constants as sre
    from re import _parser as parser
else:
    import sre_constants as sre
    import sre_parse as parser

_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
_SINGLE = (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY)


class _Matcher:
    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        parsed: Any = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        self.nodes = list(parsed)
        self.ignores_case = bool(pattern.flags & re.IGNORECASE)
        self.dot_all = bool(pattern.flags & re.DOTALL)
        self.text = text
        self.steps = 0

    def search_all(self) -> int:
        """The number of matches that `finditer` finds."""
        at = found = 0
        while at <= len(self.text):
            end = next(self.ends(self.nodes, at), None)
            found += end is not None
            at = at + 1 if end is None or end == at else end
        return found

    def ends(self, nodes: list[Any], at: int) -> Iterator[int]:  # noqa: C901  # one case a kind
        """Where a match of the nodes may end, in the order in which `re` tries."""
        if not nodes:
            yield at
            return
        (kind, what), rest = nodes[0], nodes[1:]
        self.steps += 1
        if kind in _SINGLE:
            if self.fits(kind, what, at):
                yield from self.ends(rest, at + 1)
        elif kind is sre.BRANCH:
            for branch in what[1]:
                yield from self.ends([*branch, *rest], at)
        elif kind is sre.SUBPATTERN:
            yield from self.ends([*what[3], *rest], at)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            yield from self.repeated(what, rest, at, is_greedy=kind is sre.MAX_REPEAT)
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            holds = self.looks(what, at)
            if holds is (kind is sre.ASSERT):
                yield from self.ends(rest, at)
        elif kind is sre.AT:
            if self.stands(what, at):
                yield from self.ends(rest, at)
        elif kind is sre.GROUPREF:
            # An optional quote, of which the texts here have the same before and behind a key.
            yield from self.ends(rest, at)
        else:
            raise NotImplementedError(kind)

    def repeated(self, what: Any, rest: list[Any], at: int, *, is_greedy: bool) -> Iterator[int]:
        least, most, inner = what
        places = [at]
        if len(inner) == 1 and inner[0][0] in _SINGLE:
            kind, one = inner[0]
            while len(places) <= most and self.fits(kind, one, places[-1]):
                self.steps += 1
                places.append(places[-1] + 1)
        else:
            while len(places) <= most:
                end = next(self.ends(list(inner), places[-1]), None)
                if end is None or end == places[-1]:
                    break
                places.append(end)
        allowed = places[least:]
        for place in reversed(allowed) if is_greedy else allowed:
            self.steps += 1
            yield from self.ends(rest, place)

    def looks(self, what: Any, at: int) -> bool:
        direction, inner = what
        if direction > 0:
            return next(self.ends(list(inner), at), None) is not None
        width = inner.getwidth()[0]
        return at >= width and next(self.ends(list(inner), at - width), None) == at

    def stands(self, what: Any, at: int) -> bool:
        if what in (sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY):
            is_word = [
                0 <= place < len(self.text) and re.match(r"\w", self.text[place]) is not None
                for place in (at - 1, at)
            ]
            return (is_word[0] != is_word[1]) is (what is sre.AT_BOUNDARY)
        return at == (0 if what in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING) else len(self.text))

    def fits(self, kind: Any, what: Any, at: int) -> bool:
        if at >= len(self.text):
            return False
        char = self.text[at]
        if kind is sre.ANY:
            return self.dot_all or char != "\n"
        cases = {char, char.lower(), char.upper()} if self.ignores_case else {char}
        if kind is not sre.IN:
            return any(ord(case) == what for case in cases) is (kind is sre.LITERAL)
        is_negated = what[0][0] is sre.NEGATE
        return any(_is_in(what[is_negated:], case) for case in cases) is not is_negated


def _is_in(items: list[Any], char: str) -> bool:
    for kind, what in items:
        if kind is sre.LITERAL and ord(char) == what:
            return True
        if kind is sre.RANGE and what[0] <= ord(char) <= what[1]:
            return True
        if kind is sre.CATEGORY and re.match(_CATEGORIES[what], char):
            return True
    return False


def steps(pattern: re.Pattern[str], text: str) -> int:
    """The steps that it takes to find every match of a pattern in a text."""
    matcher = _Matcher(pattern, text)
    matcher.search_all()
    return matcher.steps
