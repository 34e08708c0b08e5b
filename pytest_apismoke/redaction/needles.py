"""Find strings in a text in any case, with work that does not grow with their number. Pure.

A text is looked at in steps: at each place the next characters are looked up among all those that a
string has within its first step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_apismoke.redaction.looks import ANCHOR_CHARS, folded_of

#: The number of characters by which a string is looked up, and those from one look to the next.
_GRAM = 4
_STEP = 4

Span = tuple[int, int]


class Needles:
    """Strings, of which no text that has one is without four characters, with their places."""

    def __init__(self) -> None:
        self._by_gram: dict[int, dict[str, set[tuple[str, int]]]] = {1: {}, _STEP: {}}

    def add(self, strings: Iterable[str]) -> None:
        """Adds strings; those of fewer than four characters are left out."""
        for folded in map(folded_of, strings):
            if len(folded) < _GRAM:
                continue
            step = _STEP if len(folded) >= ANCHOR_CHARS else 1
            by_gram = self._by_gram[step]
            for at in range(step):
                by_gram.setdefault(folded[at : at + _GRAM], set()).add((folded, at))

    def find(self, folded: str) -> Iterator[Span]:
        """The bounds of each of the strings in a folded text."""
        for step, by_gram in self._by_gram.items():
            if not by_gram:
                continue
            places = range(0, len(folded) - _GRAM + 1, step)
            hits = [at for at in places if folded[at : at + _GRAM] in by_gram]
            for hit in hits:
                for string, at in tuple(by_gram[folded[hit : hit + _GRAM]]):
                    if hit >= at and folded.startswith(string, hit - at):
                        yield hit - at, hit - at + len(string)
