"""Finds the line of each key in a TOML document, for messages and for the origin of values. Pure.

The parsers of the standard library and of tomli keep no positions. Of the libraries, tomlkit keeps
the text around its items but tells no line. So this scans a document that a parser has accepted
already: it has to find the keys, not to validate.
Source: TOML 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_apismoke.configuration.toml_loader import parse_toml
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


def lines_of(text: str) -> Mapping[tuple[str, ...], int]:
    """The line of each key and table, from 1, by the keys that lead there from the top level.

    A table that several headers mention has the line of the first. The tables of a list, [[name]],
    have their index as a key below it; keys inside any other list have no line.

    Args:
        text: a valid TOML document.

    """
    return _Scanner(text).scan()


class _Scanner:
    """Walks through one document once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted_to = 0
        self._lines: dict[tuple[str, ...], int] = {}
        #: How many tables each list has so far.
        self._counts: dict[tuple[str, ...], int] = {}

    def scan(self) -> Mapping[tuple[str, ...], int]:
        table: tuple[str, ...] = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> tuple[str, ...]:
        """Reads the header of a table, or of the next table of a list."""
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        table = self._key(())
        if brackets == 2:
            index = self._counts.get(table, 0)
            self._counts[table] = index + 1
            table = (*table, str(index))
            self._lines[table] = self._current_line()
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
            place = (*place, self._part())
            self._lines.setdefault(place, self._current_line())
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
