"""Reads tables of a configuration by the kinds of their keys, and collects every mistake. Pure.

Why not with jsonschema and the published schema, which is made from the same records: it accepts
nan, 2.0 as an integer and a line feed at a string's end, fails on an integer of 5,000 digits, and
has no words for people; the code that would fix this is as long as the code below.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.configuration import references
from pytest_apismoke.configuration.keys import PATH, Key, Shape, keys_of, records_of
from pytest_apismoke.configuration.origins import place_in
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import MOST_BITS, in_words
from pytest_apismoke.configuration.toml_text import dotted
from pytest_apismoke.errors import Failure, misconfigured

_TABLES = (Shape.TABLE, Shape.TABLE_OF_LISTS)
#: The path to a value: the keys from the top level of the configuration down.
Steps = tuple[str, ...]

_CREDENTIALS = "credentials come from the environment only: APISMOKE_USERNAME, APISMOKE_PASSWORD"
_URL = "the URL is not part of the configuration: give it with --target-url or APISMOKE_TARGET_URL"
#: Keys that a configuration never has but a reader may expect, with the place of their values.
_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("username", "user", "password", "token", "secret"), _CREDENTIALS),
    **dict.fromkeys(("url", "base_url", "target_url"), _URL),
    **{
        name: f"the table for this is [{table}]"
        for name, table in (
            ("settings", "document"),
            ("health", "readiness"),
            ("auth", "login"),
            ("phone", "twilio"),
            ("timeouts", "limits"),
        )
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value as the file has it, with its key; a string in it may have references."""

    key: Key
    value: Any


class Mistakes:
    """The mistakes of one configuration, in the order in which they are found.

    Args:
        file: how messages name the file.
        at: the table of the file in which the configuration stands.
        lines: the line of each key of the file.
        homes: the tables that have a key, by the key's name, as a reader writes them.

    """

    def __init__(
        self,
        file: str,
        at: Steps = (),
        *,
        lines: Mapping[Steps, int] | None = None,
        homes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.file = file
        self.failures: list[Failure] = []
        self._at = at
        self._lines = lines or {}
        self._homes = homes or {}

    def anew(self) -> Mistakes:
        """A collector for the same file, without a mistake."""
        other = copy.copy(self)
        other.failures = []
        return other

    def add(self, steps: Steps, *, expected: str, seen: str, hint: str) -> None:
        """Adds a mistake at a place."""
        where = place_in(self.file, self.line(steps), self.key(steps))
        error = misconfigured(expected=expected, seen=seen, where=where, hint=hint)
        self.failures.append(error.failure)

    def key(self, steps: Steps) -> str:
        """A place in the file as TOML writes it."""
        return dotted((*self._at, *steps))

    def line(self, steps: Steps) -> int:
        """The line of a place; 0 where it is not known."""
        return self._lines.get((*self._at, *steps), 0)

    def items(
        self, raw: object, steps: Steps, *, known: Sequence[str] = ()
    ) -> Iterator[tuple[str, Any]]:
        """The keys and values of a table; a key that is not `known` is a mistake.

        With nothing `known` every key is valid. Anything but a table is a mistake without items.
        """
        if not isinstance(raw, dict):
            hint = f"write [{self.key(steps)}], and its keys below"
            self.add(steps, expected="a table", seen=in_words(raw), hint=hint)
            return
        for name, value in raw.items():
            if not known or name in known:
                yield name, value
            else:
                hint = _ELSEWHERE.get(name) or self._home(name) or nearest(name, known)
                expected = f"one of the keys {', '.join(known)}"
                self.add((*steps, name), expected=expected, seen=repr(name), hint=hint)

    def record(self, record: type, raw: object, steps: Steps) -> dict[Steps, Given]:
        """The valid values of a record's table and of the tables in it, by their places."""
        keys, records = keys_of(record), records_of(record)
        found: dict[Steps, Given] = {}
        for name, value in self.items(raw, steps, known=(*keys, *records)):
            place = (*steps, name)
            if name in records:
                found |= self.record(records[name], value, place)
            elif valid := self.value(keys[name], value, place):
                found[place] = valid
        return found

    def value(self, key: Key, value: object, place: Steps) -> Given | None:
        """A value of a key; None, and a mistake, where the key does not take it.

        A string that refers to a variable is of the right kind or not once the variable is known.
        """
        if broken := references.broken_in(value):
            self.add(
                place,
                expected=references.WORDS,
                seen=repr(broken),
                hint="correct the name; for these characters themselves write $${",
            )
        elif seen := wrong(key, value, is_resolved=False):
            self.add(place, expected=expected(key), seen=seen, hint=hint(key, value))
        elif name := _literal_secret(key, value, place):
            variable = re.sub(r"\W+", "_", name).strip("_").upper()
            self.add(
                place,
                expected=f'a reference such as "${{{variable}}}" for {name!r}',
                seen="a secret in the file (not shown)",
                hint="put it into an environment variable, and refer to that; where others have"
                " read the file, replace the secret",
            )
        else:
            return Given(key=key, value=value)
        return None

    def _home(self, name: str) -> str:
        homes = self._homes.get(name, ())
        return f"{name!r} is a key of {' and '.join(homes)}" if homes else ""


def _literal_secret(key: Key, value: object, place: Steps) -> str:
    """The first name that promises a secret and has it in the file, in tables with own names."""
    table, pairs = place[-2], [(place[-1], value)]
    if isinstance(value, dict):
        table, pairs = key.name, list(value.items())
    # Below [accounts.NAME]; that table's module is made of these.
    is_of_account = place[-3:-2] == ("accounts",) and not isinstance(value, dict)
    if table not in references.TABLES_OF_SECRETS and not is_of_account:
        return ""
    return next(
        (
            name
            for name, text in pairs
            if isinstance(text, str)
            and text
            and references.is_sensitive_name(name)
            and not references.names_in(text)
        ),
        "",
    )


def wrong(key: Key, value: object, *, is_resolved: bool) -> str:
    """The part of a value that the key does not take, in words; empty where it takes the value.

    Args:
        key: the key.
        value: its value as the file has it, or after the references in it are resolved.
        is_resolved: whether they are; a string with a reference is let pass until then.

    """

    def fits(item: object) -> bool:
        is_open = not is_resolved and key.kind.of is str and references.mentions(item)
        return is_open or key.kind.fits(item)

    if key.shape in _TABLES and isinstance(value, dict):
        return _wrong_in_table(key, value)
    if key.shape in (Shape.LIST, Shape.VALUE_OR_LIST) and isinstance(value, list):
        for item in value:
            if not fits(item):
                return f"{_in_words(item)} in it"
        return "" if len(value) >= key.kind.at_least else "an empty list"
    is_one = key.shape in (Shape.VALUE, Shape.VALUE_OR_LIST)
    return "" if is_one and fits(value) else _in_words(value)


def _wrong_in_table(key: Key, table: Mapping[str, object]) -> str:
    for name, value in table.items():
        if not key.kind.fits(name):
            return f"the key {name!r} in it"
        several = key.shape is Shape.TABLE_OF_LISTS and isinstance(value, list) and value
        for item in several or [value]:
            if not _is_scalar(item):
                return f"{in_words(item)} at {name!r} in it"
    return ""


def _is_scalar(value: object) -> bool:
    """Whether a TOML value is a scalar of JSON, which has neither dates nor infinite numbers."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return value.bit_length() <= MOST_BITS
    return isinstance(value, str)


def expected(key: Key) -> str:
    """The values that a key takes, in words."""
    items = "at least one item" if key.kind.at_least else "items"
    if key.shape is Shape.TABLE:
        return f"a table of strings, numbers and booleans, each key {key.kind.words}"
    if key.shape is Shape.TABLE_OF_LISTS:
        return (
            f"a table of strings, numbers and booleans, or lists of them, each key {key.kind.words}"
        )
    if key.shape is Shape.VALUE_OR_LIST:
        return f"{key.kind.words}, or a list of {items} of that kind"
    if key.shape is Shape.LIST:
        return f"a list of {items}, each {key.kind.words}"
    return key.kind.words


def hint(key: Key, value: object) -> str:
    """What to write instead of a value that the key does not take."""
    if key.kind.choices and isinstance(value, str):
        return nearest(value, key.kind.choices)
    if key.shape is Shape.TABLE:
        return f'write, for instance, {key.name} = {{ "/user/email" = "smoke@example.com" }}'
    if key.shape is Shape.TABLE_OF_LISTS:
        return f'write, for instance, {key.name} = {{ "/db" = ["connected", "up"] }}'
    example = key.kind.least if key.default is None else key.written_default
    instance = f"write, for instance, {key.name} = {json.dumps(example)}"
    if key.kind.of is not str and references.mentions(value):
        return f"only strings come from the environment: {instance}"
    if key.kind is PATH and isinstance(value, str) and "://" in value:
        return f"the host is that of --target-url: {instance}"
    return instance


def _in_words(value: object) -> str:
    # The part before the @ may be a password.
    if isinstance(value, str) and "://" in value and "@" in value:
        return "a URL with credentials (not shown)"
    return in_words(value)
