"""Find strings in a text in any case, with work that does not grow with their number. Pure.

A text is looked at in steps: at each place the next characters are looked up among all those that a
string has within its first step.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

#: The number of characters by which a string is looked up, and those from one look to the next.
_GRAM = 4
_STEP = 4
#: From this length on a string has a whole look inside it, wherever the looks begin.
_LONG = _GRAM + _STEP - 1

Span = tuple[int, int]


class Looks:
    """Tells whether strings may be in a text, at a small part of the price of finding them.

    Only the numbers that looks have as bytes are compared, so a text may seem to have a string that
    it has not, but never the other way round.
    """

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._short: set[str] = set()

    def add(self, strings: Iterable[str]) -> None:
        """Adds strings; those of fewer than four characters are left out."""
        for folded in map(folded_of, strings):
            if len(folded) >= _LONG:
                grams = (_bytes(folded[at : at + _GRAM]) for at in range(_STEP))
                self._numbers.update(int.from_bytes(gram, sys.byteorder) for gram in grams)
            elif len(folded) >= _GRAM:
                self._short.add(folded)

    def may_meet(self, folded: str) -> bool:
        """Whether any of the strings may be in a folded text."""
        for short in self._short:
            if short in folded:
                return True
        raw = _bytes(folded)
        # A look is an unsigned integer, of four bytes everywhere; blanks fill the last one.
        looks = memoryview(raw + b" " * (_STEP - len(raw) % _STEP)).cast("I")
        return not self._numbers.isdisjoint(looks)


class Needles:
    """Strings, of which no text that has one is without four characters, with their places."""

    def __init__(self) -> None:
        self._looks = Looks()
        self._by_gram: dict[int, dict[str, set[tuple[str, int]]]] = {1: {}, _STEP: {}}

    def add(self, strings: Iterable[str]) -> None:
        """Adds strings; those of fewer than four characters are left out."""
        strings = tuple(strings)
        self._looks.add(strings)
        for folded in map(folded_of, strings):
            if len(folded) < _GRAM:
                continue
            step = _STEP if len(folded) >= _LONG else 1
            by_gram = self._by_gram[step]
            for at in range(step):
                by_gram.setdefault(folded[at : at + _GRAM], set()).add((folded, at))

    def may_meet(self, folded: str) -> bool:
        """Whether any of the strings may be in a folded text."""
        return self._looks.may_meet(folded)

    def find(self, folded: str) -> Iterator[Span]:
        """The bounds of each of the strings in a folded text."""
        if not self._looks.may_meet(folded):
            return
        for step, by_gram in self._by_gram.items():
            if not by_gram:
                continue
            places = range(0, len(folded) - _GRAM + 1, step)
            hits = [at for at in places if folded[at : at + _GRAM] in by_gram]
            for hit in hits:
                for string, at in by_gram[folded[hit : hit + _GRAM]]:
                    if hit >= at and folded.startswith(string, hit - at):
                        yield hit - at, hit - at + len(string)


def folded_of(text: str) -> str:
    """A string of bytes in lower case, as media types are shown, with the blanks of forms."""
    return text.lower().replace("+", " ")


def _bytes(folded: str) -> bytes:
    return folded.encode("latin-1", "replace")
