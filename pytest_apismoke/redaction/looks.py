"""Tell whether strings may be in a text, at a small part of the price of finding them. Pure.

A text is looked at in steps: at each step its next characters are compared with all those that an
anchor has within its first step, as numbers and all at once.
"""

from __future__ import annotations

from collections.abc import Iterable

#: The number of characters of a look, and those from one look to the next.
_LOOK = 4
#: With that many a string has a whole look inside it, wherever the looks begin.
ANCHOR_CHARS = 2 * _LOOK - 1


class Looks:
    """Anchors: strings of which a text needs to have one."""

    def __init__(self) -> None:
        self._anchors: set[str] = set()
        self._numbers: set[int] = set()
        self._short: set[str] = set()

    def add(self, anchors: Iterable[str]) -> None:
        """Adds the beginnings of strings; those of fewer than four characters are left out."""
        beginnings = {one[:ANCHOR_CHARS] for one in anchors}
        long = [one for one in beginnings if len(one) == ANCHOR_CHARS]
        short = map(folded_of, beginnings.difference(long))
        self._short.update(one for one in short if len(one) >= _LOOK)
        # All in a row, each as long as two looks: every second look is one of an anchor.
        folded = folded_of(" ".join([*long, " " * _LOOK]))
        self._anchors.update(
            folded[at : at + ANCHOR_CHARS] for at in range(0, len(long) * 2 * _LOOK, 2 * _LOOK)
        )
        row = _bytes(folded)
        for first in range(_LOOK):
            looks = memoryview(row[first : len(row) - _LOOK + first]).cast("I")
            self._numbers.update(looks[::2])

    def may_meet(self, folded: str) -> bool:
        """Whether any of the strings may be in a folded text; True only if an anchor is."""
        for short in tuple(self._short):
            if short in folded:
                return True
        raw = _bytes(folded)
        # A look is an unsigned integer, of four bytes everywhere; blanks fill the last one.
        looks = memoryview(raw + b" " * (_LOOK - len(raw) % _LOOK)).cast("I")
        if self._numbers.isdisjoint(looks):
            return False
        hits = (at * _LOOK for at, number in enumerate(looks) if number in self._numbers)
        return any(
            folded[start : start + ANCHOR_CHARS] in self._anchors
            for hit in hits
            for start in range(max(0, hit - _LOOK + 1), hit + 1)
        )


def folded_of(text: str) -> str:
    """A string of bytes in lower case, as media types are shown, with the blanks of forms."""
    return text.lower().replace("+", " ")


def _bytes(folded: str) -> bytes:
    return folded.encode("latin-1", "replace")
