"""Find known secrets in a text, in whatever encoding and behind whatever escapes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction.encodings import encodings, hex_digits, spellings
from pytest_apismoke.redaction.needles import Looks, Needles, Span, folded_of
from pytest_apismoke.redaction.unescaping import (
    View,
    byte_string,
    canonical,
    has_escapes,
    views,
    without_line_breaks,
    without_separators,
)

#: From this length on the first and last characters count as the secret: tools cut long values.
_LONG_SECRET = 32
_PIECE = 16
_WORD = late_pattern(r"[\w.~+/=%-]*", re.ASCII)
_NO_HEX_DIGITS = bytes(set(range(256)) - set(b"0123456789abcdef"))


class SecretFinder:
    """Knows the secrets of a run, and finds them."""

    def __init__(self) -> None:
        self._escaped = Needles()
        self._wrapped = Needles()
        self._bytes = Needles()
        self._beginnings = Needles()
        self._ends = Needles()
        #: Of all of them that a text may have as it is, so that one pass is enough.
        self._plain = Looks()

    def add(self, secret: str) -> None:
        """Adds a secret; each long part of it between dots, as of a JWT, is a secret too."""
        parts = {part for part in secret.split(".") if len(part) >= _LONG_SECRET}
        for part in {secret, *parts}:
            encoded = encodings(part)
            for spelling in spellings(part) | encoded:
                self._in_plain_text(self._escaped, canonical(spelling))
            self._wrapped.add("".join(one.split()) for one in encoded)
            self._bytes.add(hex_digits(part))
            if len(part) >= _LONG_SECRET:
                raw = byte_string(part)
                self._wrapped.add(["".join(raw.split())])
                self._in_plain_text(self._beginnings, [raw[:_PIECE]])
                self._in_plain_text(self._ends, [raw[-_PIECE:]])

    def _in_plain_text(self, needles: Needles, strings: Iterable[str]) -> None:
        strings = tuple(strings)
        needles.add(strings)
        self._plain.add(strings)

    def is_free(self, text: str) -> bool:
        """Whether no secret can be in a text, nor in a part of it: a cheap and cautious answer.

        True only if the text has no escapes, and none of the strings that stand for a secret can be
        in it as it is, on one line, or among its hexadecimal digits. So the answer for several
        texts with something between them holds for each.
        """
        if not text.isascii():
            try:
                text = text.encode().decode("latin-1")
            except UnicodeEncodeError:
                return False
        if has_escapes(text):
            return False
        folded = folded_of(text)
        has_lines = "\n" in text or "\r" in text
        return not (
            self._plain.may_meet(folded)
            or (has_lines and self._wrapped.may_meet(folded_of("".join(text.split()))))
            or self._bytes.may_meet(_hex_digits_of(folded))
        )

    def without_secrets(self, text: str, replacement: str) -> str:
        """The text with each secret in it replaced."""
        if self.is_free(text):
            return text
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
        folded, done = folded_of(view.text), 0
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


def _in(view: View, needles: Needles) -> Iterator[Span]:
    for start, end in needles.find(folded_of(view.text)):
        yield view.original(start, end)


def _hex_digits_of(folded: str) -> str:
    """All hexadecimal digits of a folded text, whatever stands between them."""
    digits = folded.replace("0x", "").encode("latin-1", "replace")
    return digits.translate(None, _NO_HEX_DIGITS).decode("latin-1")


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
