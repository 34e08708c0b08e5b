"""Find known secrets in a text, in whatever encoding and behind whatever escapes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction.encodings import encodings, hex_digits, spellings
from pytest_apismoke.redaction.unescaping import (
    View,
    byte_string,
    canonical,
    views,
    without_line_breaks,
    without_separators,
)

#: From this length on the first and last characters count as the secret: tools cut long values.
_LONG_SECRET = 32
_PIECE = 16
_WORD = late_pattern(r"[\w.~+/=%-]*", re.ASCII)
#: The number of characters by which a string is looked up; no secret is shorter.
_GRAM = 4
_STEP = 4

Span = tuple[int, int]


class _Needles:
    """Strings that are found in one pass over a text, in any case.

    A text is looked at in steps: at each place the next characters are looked up among all those
    that a string has within its first step. So the work does not grow with the number of strings.
    """

    def __init__(self) -> None:
        self._by_gram: dict[int, dict[str, set[tuple[str, int]]]] = {1: {}, _STEP: {}}

    def add(self, strings: Iterable[str]) -> None:
        for folded in map(_folded, strings):
            if len(folded) < _GRAM:
                continue
            step = _STEP if len(folded) >= _GRAM + _STEP - 1 else 1
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
                for string, at in by_gram[folded[hit : hit + _GRAM]]:
                    if hit >= at and folded.startswith(string, hit - at):
                        yield hit - at, hit - at + len(string)


class SecretFinder:
    """Knows the secrets of a run, and finds them."""

    def __init__(self) -> None:
        self._escaped = _Needles()
        self._wrapped = _Needles()
        self._bytes = _Needles()
        self._beginnings = _Needles()
        self._ends = _Needles()

    def add(self, secret: str) -> None:
        """Adds a secret; each long part of it between dots, as of a JWT, is a secret too."""
        parts = {part for part in secret.split(".") if len(part) >= _LONG_SECRET}
        for part in {secret, *parts}:
            encoded = encodings(part)
            for spelling in spellings(part) | encoded:
                self._escaped.add(canonical(spelling))
            self._wrapped.add("".join(one.split()) for one in encoded)
            self._bytes.add(hex_digits(part))
            if len(part) >= _LONG_SECRET:
                raw = byte_string(part)
                self._wrapped.add(["".join(raw.split())])
                self._beginnings.add([raw[:_PIECE]])
                self._ends.add([raw[-_PIECE:]])

    def without_secrets(self, text: str, replacement: str) -> str:
        """The text with each secret in it replaced."""
        parts, end = [], 0
        for start, stop in _merged(self._found(text)):
            parts += [text[end:start], replacement]
            end = stop
        return "".join([*parts, text[end:]]) if parts else text

    def _found(self, text: str) -> Iterator[Span]:
        plain = last = None
        for view in views(text):
            plain, last = plain or view, view
            yield from _in(view, self._escaped)
            if view is plain:
                yield from self._pieces(view)
        for view in {id(one): one for one in (plain, last) if one is not None}.values():
            if (unwrapped := without_line_breaks(view)) is not view:
                yield from _in(unwrapped, self._wrapped)
            if (digits := without_separators(view)) is not view:
                yield from _in(digits, self._bytes)

    def _pieces(self, view: View) -> Iterator[Span]:
        """The beginnings of long secrets with the rest of the word, and their ends likewise."""
        folded, done = _folded(view.text), 0
        for start, end in sorted(self._beginnings.find(folded)):
            if start >= done:
                word = _WORD.match(view.text, end)
                done = word.end() if word else end
                yield view.original(start, done)
        done = 0
        for start, end in sorted(self._ends.find(folded)):
            # Not further back than the last one: else the search would be quadratic.
            word = _WORD.match(view.text[done:start][::-1])
            yield view.original(start - (word.end() if word else 0), end)
            done = end


def _in(view: View, needles: _Needles) -> Iterator[Span]:
    for start, end in needles.find(_folded(view.text)):
        yield view.original(start, end)


def _folded(text: str) -> str:
    """A string of bytes in lower case, as media types are shown, with the blanks of forms."""
    return text.lower().replace("+", " ")


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in their order, those that overlap as one."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current and start < current[1]:
            current = current[0], max(end, current[1])
        else:
            if current:
                yield current
            current = start, end
    if current:
        yield current
