"""Reads tables of a configuration by the kinds of their keys, and collects every mistake. Pure.

Why not with jsonschema and the published schema, which is made from the same records: it accepts
nan, 2.0 as an integer and a line feed at a string's end, fails on an integer of 5,000 digits, and
has no words for people; the code that would fix this is as long as the code below.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.keys import Key, Shape, keys_of, records_of
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import MOST_BITS, in_words
from pytest_apismoke.errors import Failure, misconfigured

#: The path to a value: the keys from the top level of the configuration down.
Steps = tuple[str, ...]

_BARE = re.compile(r"[0-9A-Za-z_-]+")
_CREDENTIALS = "credentials come from the environment only: APISMOKE_USERNAME, APISMOKE_PASSWORD"
_URL = "the URL is not part of the configuration: give it with --target-url or APISMOKE_TARGET_URL"
#: Keys that a configuration never has but a reader may expect, with the place of their values.
_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("username", "user", "password", "token", "secret"), _CREDENTIALS),
    **dict.fromkeys(("url", "base_url", "target_url"), _URL),
}


class Mistakes:
    """The mistakes of one configuration, in the order in which they are found.

    Args:
        file: how messages name the file.
        at: the table of the file in which the configuration stands.

    """

    def __init__(self, file: str, at: Steps = ()) -> None:
        self.file = file
        self.failures: list[Failure] = []
        self._at = at

    def add(self, steps: Steps, *, expected: str, seen: str, hint: str) -> None:
        """Adds a mistake at a place."""
        where = ", ".join(filter(None, (self.file, dotted((*self._at, *steps)))))
        error = misconfigured(expected=expected, seen=seen, where=where, hint=hint)
        self.failures.append(error.failure)

    def items(
        self, raw: object, steps: Steps, *, known: Sequence[str] = ()
    ) -> Iterator[tuple[str, Any]]:
        """The keys and values of a table; a key that is not `known` is a mistake.

        With nothing `known` every key is valid. Anything but a table is a mistake without items.
        """
        if not isinstance(raw, dict):
            hint = f"write [{dotted((*self._at, *steps))}], and its keys below"
            self.add(steps, expected="a table", seen=in_words(raw), hint=hint)
            return
        for name, value in raw.items():
            if not known or name in known:
                yield name, value
            else:
                hint = _ELSEWHERE.get(name) or nearest(name, known)
                expected = f"one of the keys {', '.join(known)}"
                self.add((*steps, name), expected=expected, seen=repr(name), hint=hint)

    def record(self, record: type, raw: object, steps: Steps) -> dict[Steps, Any]:
        """The valid values of a record's table and of the tables in it, by their places."""
        keys, records = keys_of(record), records_of(record)
        found: dict[Steps, Any] = {}
        for name, value in self.items(raw, steps, known=(*keys, *records)):
            place = (*steps, name)
            if name in records:
                found |= self.record(records[name], value, place)
                continue
            key = keys[name]
            if wrong := _wrong(key, value):
                self.add(place, expected=_expected(key), seen=wrong, hint=_hint(key, value))
            else:
                found[place] = key.frozen(value)
        return found


def dotted(steps: Steps) -> str:
    """A place as TOML writes it."""
    return ".".join(step if _BARE.fullmatch(step) else json.dumps(step) for step in steps)


def _wrong(key: Key, value: object) -> str:
    """The part of a value that the key does not take, in words; empty where it takes the value."""
    if key.shape in (Shape.TABLE, Shape.TABLE_OF_LISTS) and isinstance(value, dict):
        return _wrong_in_table(key, value)
    if key.shape in (Shape.LIST, Shape.VALUE_OR_LIST) and isinstance(value, list):
        for item in value:
            if not key.kind.fits(item):
                return f"{in_words(item)} in it"
        return "" if len(value) >= key.kind.at_least else "an empty list"
    fits = key.shape in (Shape.VALUE, Shape.VALUE_OR_LIST) and key.kind.fits(value)
    return "" if fits else in_words(value)


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


def _expected(key: Key) -> str:
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


def _hint(key: Key, value: object) -> str:
    if key.kind.choices and isinstance(value, str):
        return nearest(value, key.kind.choices)
    if key.shape is Shape.TABLE:
        return f'write, for instance, {key.name} = {{ "/user/email" = "smoke@example.com" }}'
    if key.shape is Shape.TABLE_OF_LISTS:
        return f'write, for instance, {key.name} = {{ "/db" = ["connected", "up"] }}'
    example = key.kind.least if key.default is None else key.written_default
    return f"write, for instance, {key.name} = {json.dumps(example)}"
