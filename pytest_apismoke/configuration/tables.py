"""Reads tables of a configuration by the kinds of their keys, and collects every mistake. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.kinds import Key, keys_of
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.errors import Category, Failure

#: The way to a value: the keys from the top level of the configuration down.
Steps = tuple[str, ...]

_BARE = re.compile(r"[0-9A-Za-z_-]+")
_CREDENTIALS = "credentials come from the environment only: APISMOKE_USERNAME, APISMOKE_PASSWORD"
_URL = "the URL is not configured: give it with --target-url or APISMOKE_TARGET_URL"
#: Keys that somebody may look for here, and where the thing is said instead.
_SAID_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("username", "user", "password", "token", "secret"), _CREDENTIALS),
    **dict.fromkeys(("url", "base_url", "target_url"), _URL),
}


class Mistakes:
    """What is wrong with one configuration.

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
        self.failures.append(
            Failure(
                category=Category.USAGE,
                expected=expected,
                seen=seen,
                where=", ".join(filter(None, (self.file, dotted((*self._at, *steps))))),
                hint=hint,
            )
        )

    def members(
        self, raw: object, steps: Steps, *, known: Sequence[str] = ()
    ) -> Iterator[tuple[str, Any]]:
        """The members of what should be a table; of those that are not `known` a mistake is made.

        With nothing `known` any name is.
        """
        if not isinstance(raw, dict):
            self.add(
                steps,
                expected="a table",
                seen=in_words(raw),
                hint=f"write [{dotted((*self._at, *steps))}], and its keys below",
            )
            return
        for name, value in raw.items():
            if not known or name in known:
                yield name, value
            else:
                hint = _SAID_ELSEWHERE.get(name) or nearest(name, known)
                expected = f"one of the keys {', '.join(known)}"
                self.add((*steps, name), expected=expected, seen=repr(name), hint=hint)

    def record(self, record: type, raw: object, steps: Steps) -> dict[Steps, Any]:
        """The values of a record that may stand, by their places."""
        keys = keys_of(record)
        found = {}
        for name, value in self.members(raw, steps, known=tuple(keys)):
            key, place = keys[name], (*steps, name)
            if self._takes(key, value, place):
                found[place] = _converted(key, value)
        return found

    def _takes(self, key: Key, value: object, steps: Steps) -> bool:
        expected, seen = key.kind.words, in_words(value)
        if key.is_list:
            items = "at least one item" if key.kind.at_least else "items"
            expected = f"a list of {items}, each {key.kind.words}"
            if isinstance(value, list):
                wrong = [item for item in value if not key.kind.fits(item)]
                if not wrong and len(value) >= key.kind.at_least:
                    return True
                seen = f"{in_words(wrong[0])} in it" if wrong else "an empty list"
        elif key.kind.fits(value):
            return True
        self.add(steps, expected=expected, seen=seen, hint=_hint(key, value))
        return False


def dotted(steps: Steps) -> str:
    """A place as TOML writes it."""
    return ".".join(step if _BARE.fullmatch(step) else json.dumps(step) for step in steps)


def _hint(key: Key, value: object) -> str:
    if key.kind.choices and isinstance(value, str):
        return nearest(value, key.kind.choices)
    example = key.kind.least if key.default is None else key.default
    return f"write, for instance, {key.name} = {json.dumps(example)}"


def _converted(key: Key, value: Any) -> Any:
    if key.is_list:
        return tuple(value)
    return float(value) if key.kind.of is float else value
