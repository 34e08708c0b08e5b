"""Find known secrets in a text, in whatever encoding and behind whatever escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from threading import RLock
from typing import Generic, Protocol, TypeVar

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction.anchors import anchors_of
from pytest_apismoke.redaction.encodings import SHORTEST_INSIDE, encodings, raws, spellings
from pytest_apismoke.redaction.looks import Looks, folded_of
from pytest_apismoke.redaction.needles import Needles, Span
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


class _Anchors:
    """What a text needs to have, and its hexadecimal digits, to have a secret in it."""

    def __init__(self) -> None:
        self.text = Looks()
        self.digits = Looks()

    def add(self, secrets: Iterable[str]) -> None:
        """Adds secrets, a whole one together with its parts."""
        self.text.add(anchors_of(secrets))
        self.text.add(piece for one in secrets for piece in _pieces_of(one) or ())
        self.digits.add(digits for one in secrets for digits in _hex_of(one))


class _Strings:
    """All strings that stand for a secret, by where they are searched."""

    def __init__(self) -> None:
        self.escaped = Needles()
        self.wrapped = Needles()
        self.digits = Needles()
        self.beginnings = Needles()
        self.ends = Needles()

    def add(self, secrets: Iterable[str]) -> None:
        """Adds secrets, a whole one together with its parts."""
        for secret in secrets:
            encoded = encodings(secret)
            for spelling in spellings(secret) | encoded:
                self.escaped.add(canonical(spelling))
            self.wrapped.add("".join(one.split()) for one in encoded)
            self.digits.add(_hex_of(secret))
            if pieces := _pieces_of(secret):
                beginning, end, on_one_line = pieces
                self.beginnings.add([beginning])
                self.ends.add([end])
                self.wrapped.add([on_one_line])


class _Index(Protocol):
    def add(self, secrets: Iterable[str]) -> None: ...


_AnyIndex = TypeVar("_AnyIndex", bound=_Index)


class _Late(Generic[_AnyIndex]):
    """An index that takes in what was learned once somebody asks for it, in any thread."""

    def __init__(self, index: _AnyIndex, learned: list[frozenset[str]]) -> None:
        self._index = index
        self._learned = learned
        self._taken_in = 0
        # The handler of a signal may redact what it says while its own thread is in here.
        self._lock = RLock()

    def __call__(self) -> _AnyIndex:
        if self._taken_in < len(self._learned):
            with self._lock:
                for number in range(self._taken_in, len(self._learned)):
                    self._index.add(self._learned[number])
                    self._taken_in = number + 1
        return self._index


class SecretFinder:
    """Knows the secrets of a run, and finds them.

    A secret costs nothing until a text is searched, and little until one may have it in it.
    """

    def __init__(self) -> None:
        self._learned: list[frozenset[str]] = []
        self._anchors = _Late(_Anchors(), self._learned)
        self._strings = _Late(_Strings(), self._learned)

    def add(self, secret: str) -> None:
        """Adds a secret; each long part of it between dots, as of a JWT, is a secret too."""
        parts = (part for part in secret.split(".") if len(part) >= _LONG_SECRET)
        self._learned.append(frozenset({secret, *parts}))

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
        anchors = self._anchors()
        return not (
            anchors.text.may_meet(folded)
            or (has_lines and anchors.text.may_meet(folded_of("".join(text.split()))))
            or anchors.digits.may_meet(_hex_digits_of(folded))
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
        anchors = self._anchors()
        plain = last = None
        for view in views(text):
            plain, last = plain or view, view
            if anchors.text.may_meet(folded_of(view.text)):
                yield from _in(view, self._strings().escaped)
                if view is plain:
                    yield from _cut(view, self._strings())
        for view in {id(one): one for one in (plain, last) if one is not None}.values():
            unwrapped = without_line_breaks(view)
            if unwrapped is not view and anchors.text.may_meet(folded_of(unwrapped.text)):
                yield from _in(unwrapped, self._strings().wrapped)
            digits = without_separators(view)
            if digits is not view and anchors.digits.may_meet(folded_of(digits.text)):
                yield from _in(digits, self._strings().digits)


def _cut(view: View, strings: _Strings) -> Iterator[Span]:
    """The beginnings of long secrets with the rest of the word, and their ends likewise."""
    folded, done = folded_of(view.text), 0
    for start, end in sorted(strings.beginnings.find(folded)):
        if start >= done:
            word = _WORD.match(view.text, end)
            done = word.end() if word else end
            yield view.original(start, done)
    done = 0
    for start, end in sorted(strings.ends.find(folded)):
        # Not further back than the last one: else the search would be quadratic.
        word = _WORD.match(view.text[done:start][::-1])
        yield view.original(start - (word.end() if word else 0), end)
        done = end


def _in(view: View, needles: Needles) -> Iterator[Span]:
    for start, end in needles.find(folded_of(view.text)):
        yield view.original(start, end)


def _hex_of(secret: str) -> set[str]:
    """The secret in hexadecimal, for a search in a text without what separates the bytes."""
    return {raw.hex() for raw in raws(secret) if len(raw.hex()) >= SHORTEST_INSIDE}


def _pieces_of(secret: str) -> tuple[str, str, str] | None:
    """Of a long secret: how it begins, how it ends, and all of it on one line."""
    if len(secret) < _LONG_SECRET:
        return None
    raw = byte_string(secret)
    return raw[:_PIECE], raw[-_PIECE:], "".join(raw.split())


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
