"""Whether a key of a configuration takes a value, and what to say where it does not. Pure.

Why not with jsonschema and the published schema, which is made from the same records: it accepts
nan, 2.0 as an integer and a line feed at a string's end, fails on an integer of 5,000 digits, and
has no words for people; the code that would fix this is as long as the code below.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from pytest_apismoke.configuration import references
from pytest_apismoke.configuration.keys import PATH, Key, Shape
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import MOST_BITS, in_words

_TABLES = (Shape.TABLE, Shape.TABLE_OF_LISTS)


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
    if key.kind.hint:
        return key.kind.hint
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
