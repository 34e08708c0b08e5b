"""Strings with `{{variables}}`: their values, and captures of earlier checks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import is_sensitive

VARIABLE = late_pattern(r"\{\{\s*([^{}]+?)\s*\}\}")
_DEEPEST = 5


class NoValueError(Exception):
    """A variable that has no value that may be written; the message says why."""


class Texts:
    """Fills strings.

    Args:
        variables: with their values.
        secrets: the names of those that must not be written.

    """

    def __init__(self, variables: Mapping[str, str], secrets: frozenset[str]) -> None:
        self._variables = dict(variables)
        self._secrets = secrets
        self.captures: dict[str, str] = {}
        #: The variables that a request which is no check would have given a value.
        self.lost: dict[str, str] = {}

    def known(self, name: str, defaults: Mapping[str, str]) -> str | None:
        """The value of a variable, if it has one."""
        return defaults.get(name, self._variables.get(name))

    def plain(self, text: str, defaults: Mapping[str, str]) -> str:
        """A string with the values that are known, secrets included; for what is not written."""
        for _ in range(_DEEPEST):
            filled = VARIABLE.sub(lambda match: self.known(match[1], defaults) or match[0], text)
            if filled == text:
                break
            text = filled
        return text

    def filled(self, text: str, defaults: Mapping[str, str]) -> str:
        """A string as a check file has it: braces doubled, and captures in single ones.

        Raises:
            NoValueError: for a variable without a value that may be written.

        """
        parts: list[str] = []
        end = 0
        for match in VARIABLE.finditer(text):
            parts += [_braces(text[end : match.start()]), self._of(match[1], defaults, _DEEPEST)]
            end = match.end()
        return "".join([*parts, _braces(text[end:])])

    def _of(self, name: str, defaults: Mapping[str, str], deep: int) -> str:
        if name in self.captures:
            return f"{{{self.captures[name]}}}"
        if name in self.lost:
            raise NoValueError(f"it needs {name!r}, which {self.lost[name]}")
        if name.startswith("$"):
            raise NoValueError(f"{name!r} is another value each time")
        value = self.known(name, defaults)
        if value is None or value == "":
            raise NoValueError(f"the variable {name!r} has no value here")
        if name in self._secrets or is_sensitive(name):
            raise NoValueError(f"the variable {name!r} is a secret, which no file may have")
        if not deep:
            raise NoValueError(f"the variable {name!r} needs itself")
        inner = VARIABLE.sub(lambda match: self._of(match[1], defaults, deep - 1), value)
        return inner if VARIABLE.search(value) else _braces(inner)

    def filled_value(self, value: Any, defaults: Mapping[str, str]) -> Any:
        """As `filled`, in all strings of a JSON value."""
        if isinstance(value, str):
            return self.filled(value, defaults)
        if isinstance(value, list):
            return [self.filled_value(one, defaults) for one in value]
        if isinstance(value, dict):
            return {key: self.filled_value(one, defaults) for key, one in value.items()}
        return value


def names_in(value: str) -> set[str]:
    """The captures that a filled string uses."""
    return set(re.findall(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})", value))


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def strings_in(value: object) -> Iterator[str]:
    """All strings in a JSON value, but for keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from strings_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings_in(one)
