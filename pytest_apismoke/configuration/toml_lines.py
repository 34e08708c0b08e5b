"""Finds the line of each key in a TOML document, for messages and for the origin of values. Pure.

The parsers of the standard library and of tomli keep no positions. Of the libraries, tomlkit keeps
the text around its items but tells no line. So this scans a document that a parser has accepted
already: it has to find the keys, not to validate.
Source: TOML 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from pytest_apismoke.configuration.toml_loader import parse_toml
from pytest_apismoke.configuration.toml_text import dotted
from pytest_apismoke.errors import Excerpt
from pytest_apismoke.late_pattern import late_pattern

_BLANK = late_pattern(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = late_pattern(r"[ \t]*")
_BARE = late_pattern(r"[0-9A-Za-z_-]+")
#: A string of any kind; those over several lines first, because two quotes are an empty string too.
_STRING = late_pattern(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = late_pattern(r"[^,\]}#\n]+")
#: A value that no secret can be, whole.
_HARMLESS = late_pattern(r"(?:true|false|[-+]?\d{1,9})(?=[ \t\r]*(?:[\n#,}]|\Z))")
#: The bare parts of a dotted key before its last one.
_DOTTED = late_pattern(r"(?:[0-9A-Za-z_-]+[ \t]*\.[ \t]*)+\Z")
_EQUALS = late_pattern(r"[ \t]*=[ \t]*")


class Span(NamedTuple):
    """Where a key stands: its line, from 1, and its offsets in the text."""

    line: int
    start: int
    end: int


class Places:
    """The places of the keys of a document.

    Args:
        text: a valid TOML document.
        file: how messages name it.

    """

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._spans = _Scanner(text).scan()

    @property
    def lines(self) -> Mapping[tuple[str, ...], int]:
        """The line of each key and table, from 1; see `lines_of`."""
        return {steps: span.line for steps, span in self._spans.items()}

    def excerpt(self, steps: tuple[str, ...]) -> Excerpt | None:
        """The key at a place, with its table in front and its value behind; None without it.

        A value that may be a secret is left out.
        """
        span = self._spans.get(steps)
        if span is None or not steps or steps[-1].isdecimal():
            return None
        key = self._text[span.start : span.end]
        equals = _EQUALS.match(self._text, span.end)
        if equals is None:
            # A header, or a part of a dotted key.
            table = dotted(_names(steps[:-1]))
            before, behind = f"[{table}." if table else "[", "]"
        else:
            value = _HARMLESS.match(self._text, equals.end())
            parts = self._dotted_before(span)
            above = steps[: len(steps) - 1 - len(parts)]
            table, is_of_list = dotted(_names(above)), above and above[-1].isdecimal()
            before = f"[[{table}]] " if is_of_list else f"[{table}] " if table else ""
            before += "".join(f"{part}." for part in parts)
            behind = f" = {value.group() if value else '…'}"
        return Excerpt(
            file=self._file,
            line=span.line,
            text=f"{before}{key}{behind}",
            start=len(before),
            length=len(key),
        )

    def _dotted_before(self, span: Span) -> list[str]:
        """The parts of a dotted key that stand in front of one of them, such as `a` of `a.b`."""
        line = self._text[self._text.rfind("\n", 0, span.start) + 1 : span.start]
        found = _DOTTED.search(line)
        return [part.strip() for part in found.group().split(".")[:-1]] if found else []


def _names(steps: tuple[str, ...]) -> tuple[str, ...]:
    """The keys of a place without the indices of lists, as a header has them."""
    return tuple(one for one in steps if not one.isdecimal())


def lines_of(text: str) -> Mapping[tuple[str, ...], int]:
    """The line of each key and table, from 1, by the keys that lead there from the top level.

    A table that several headers mention has the line of the first. The tables of a list, [[name]],
    have their index as a key below it; keys inside any other list have no line.

    Args:
        text: a valid TOML document.

    """
    return Places(text, "").lines


class _Scanner:
    """Walks through one document once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted_to = 0
        self._spans: dict[tuple[str, ...], Span] = {}
        #: How many tables each list has so far.
        self._counts: dict[tuple[str, ...], int] = {}

    def scan(self) -> Mapping[tuple[str, ...], Span]:
        table: tuple[str, ...] = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._spans

    def _header(self) -> tuple[str, ...]:
        """Reads the header of a table, or of the next table of a list."""
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        table = self._key(())
        if brackets == 2:
            index = self._counts.get(table, 0)
            self._counts[table] = index + 1
            table = (*table, str(index))
            self._spans[table] = Span(self._current_line(), self._at, self._at)
        self._at += brackets
        return table

    def _pair(self, table: tuple[str, ...]) -> None:
        place = self._key(table)
        # The equals sign.
        self._at += 1
        self._skip(_SPACE)
        self._value(place)

    def _key(self, table: tuple[str, ...]) -> tuple[str, ...]:
        """Reads a dotted key, records each of its parts, and the spaces behind it."""
        place = table
        while True:
            self._skip(_SPACE)
            if place in self._counts:
                # What follows is in the last table of the list.
                place = (*place, str(self._counts[place] - 1))
            start = self._at
            place = (*place, self._part())
            self._spans.setdefault(place, Span(self._current_line(), start, self._at))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return place
            self._at += 1

    def _part(self) -> str:
        if bare := _BARE.match(self._text, self._at):
            self._at = bare.end()
            return bare.group()
        # The parser knows the escapes of its version of TOML.
        text: str = parse_toml(f"key = {self._skip(_STRING)}", "")["key"]
        return text

    def _value(self, place: tuple[str, ...]) -> None:
        first = self._text[self._at]
        if first == "{":
            self._inline_table(place)
        elif first == "[":
            self._list()
        elif first in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _inline_table(self, place: tuple[str, ...]) -> None:
        self._at += 1
        # TOML 1.1 allows line ends here, and a comma before the brace.
        self._skip(_BLANK)
        while self._text[self._at] != "}":
            self._pair(place)
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_BLANK)
        self._at += 1

    def _list(self) -> None:
        """Passes over a list, without a recursion: it may be nested as deep as a parser allows."""
        depth = 0
        while True:
            self._skip(_BLANK)
            character = self._text[self._at]
            if character in "\"'":
                self._skip(_STRING)
                continue
            self._at += 1
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(character, 0)
            if depth == 0:
                return

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None, "the document is valid"
        self._at = found.end()
        return found.group()

    def _current_line(self) -> int:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line
