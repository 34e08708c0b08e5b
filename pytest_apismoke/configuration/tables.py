"""Reads tables of a configuration by the kinds of their keys, and collects every mistake. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration import references
from pytest_apismoke.configuration.keys import Key, keys_of, records_of
from pytest_apismoke.configuration.origins import place_in
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.configuration.toml_text import dotted
from pytest_apismoke.configuration.values import expected, hint, wrong
from pytest_apismoke.errors import Excerpt, Failure, misconfigured
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction.token_patterns import contains_token

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
        excerpt: the line itself, by its keys from the top of the file.
        homes: the tables that have a key, by the key's name, as a reader writes them.

    """

    def __init__(
        self,
        file: str,
        at: Steps = (),
        *,
        lines: Mapping[Steps, int] | None = None,
        excerpt: Callable[[Steps], Excerpt | None] | None = None,
        homes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.file = file
        self.failures: list[Failure] = []
        self._at = at
        self._lines = lines or {}
        self._excerpt = excerpt or (lambda _: None)
        self._homes = homes or {}
        self._named: dict[Steps, Steps] = {}

    def anew(self) -> Mistakes:
        """A collector for the same file, without a mistake."""
        other = copy.copy(self)
        other.failures = []
        return other

    def add(
        self,
        steps: Steps,
        *,
        expected: str,
        seen: str,
        hint: str,
        in_short: tuple[str, ...] = (),
    ) -> None:
        """Adds a mistake at a place."""
        error = misconfigured(
            expected=expected,
            seen=seen,
            where=place_in(self.file, self.line(steps), self.key(steps)),
            hint=hint,
            in_short=in_short,
            excerpt=self._excerpt((*self._at, *self._in_file(steps))),
        )
        self.failures.append(error.failure)

    def name(self, steps: Steps, item: Steps) -> None:
        """Gives an item of a list of tables a place with its name instead of its index."""
        self._named[steps] = item

    def key(self, steps: Steps) -> str:
        """A place in the file as TOML writes it."""
        return dotted((*self._at, *steps))

    def line(self, steps: Steps) -> int:
        """The line of a place; 0 where it is not known."""
        return self._lines.get((*self._at, *self._in_file(steps)), 0)

    def _in_file(self, steps: Steps) -> Steps:
        for length in range(len(steps), 0, -1):
            if item := self._named.get(steps[:length]):
                return (*item, *steps[length:])
        return steps

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
                told = f"{self.file} has a key that does not exist"
                self.add(
                    (*steps, name),
                    expected=expected,
                    seen=repr(name),
                    hint=hint,
                    in_short=(f"{told}: {name!r}", told),
                )

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
    """The first name that promises a secret and has it in the file.

    Of the keys that are ours it is one whose kind is secret; else a parameter of a path, or what
    has the form of a token. In tables with own names, their names tell.
    """
    if key.kind.is_secret:
        has_it = isinstance(value, str) and value and not references.names_in(value)
        return "_".join(place[-2:]) if has_it else ""
    for text in _texts(value):
        for name, content in references.sensitive_parameters(text):
            if not references.names_in(content):
                return name
        if contains_token(text):
            return place[-1]
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


def _texts(value: object) -> Iterator[str]:
    """The strings of a value, those in a table or a list included."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from ([value] if isinstance(value, str) else [])
    for item in items:
        yield from _texts(item)
