"""Writes a profile as TOML, each value with a comment that names its origin. Pure.

Loading the text again gives the same profile, but for what is masked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_apismoke.configuration import accounts, headers, references, resources
from pytest_apismoke.configuration.keys import Key, keys_of, records_of
from pytest_apismoke.configuration.layers import SECTIONS
from pytest_apismoke.configuration.origins import Origin
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.configuration.tables import Steps
from pytest_apismoke.configuration.toml_text import dotted
from pytest_apismoke.redaction import REPLACEMENT, Redactor

#: The width of a page, and the last column in which comments begin one below the other.
_WIDTH, _LAST_COLUMN = 80, 48
_INDENT = "  "

#: A key, its value, and its origin.
_Line = tuple[str, Any, Origin]


def toml_of(profile: TargetProfile, environ: Mapping[str, str]) -> str:
    """The profile as TOML.

    A secret from the environment is shown as the reference to it, and so is a variable that is not
    set. A key of an API is shown where it is given.

    Args:
        profile: to write.
        environ: the environment with which it was resolved.

    """
    parts = (_sections, _of_headers, _of_resources, _of_apis, _of_accounts)
    tables = [table for part in parts for table in part(profile)]
    redactor = Redactor()
    for value, name in profile.secrets:
        redactor.learn(value, name)
    writer = _Writer(redactor, environ)
    return "\n".join(writer.table(place, lines) for place, lines in tables)


def _sections(profile: TargetProfile) -> Iterator[tuple[Steps, list[_Line]]]:
    for name, record in SECTIONS.items():
        yield from _of_record(record, getattr(profile, name), (name,), profile)


def _of_record(
    record: type, values: object, place: Steps, profile: TargetProfile
) -> Iterator[tuple[Steps, list[_Line]]]:
    """The table of a record, and the tables in it."""
    yield from _of_keys(keys_of(record).values(), values, place, profile)
    for name, below in records_of(record).items():
        yield from _of_record(below, getattr(values, name), (*place, name), profile)


def _of_keys(
    keys: Iterable[Key], values: object, place: Steps, profile: TargetProfile
) -> Iterator[tuple[Steps, list[_Line]]]:
    lines: list[_Line] = []
    inner: list[tuple[Steps, list[_Line]]] = []
    for key in keys:
        at, value = (*place, key.name), getattr(values, key.name)
        is_table = isinstance(key.written_default, dict)
        if is_table and value:
            items = ((name, item, profile.origin_of(*at, name)) for name, item in value)
            inner.append((at, [_without_secret(key.name, *item) for item in items]))
        elif value is not None:
            lines.append((key.name, {} if is_table else value, profile.origin_of(*at)))
    yield place, lines
    yield from inner


def _without_secret(table: str, name: str, value: Any, origin: Origin) -> _Line:
    """A line of a table with names of its own, where a name may promise a secret."""
    has_contents = table in references.TABLES_OF_CONTENTS and not isinstance(value, bool)
    is_secret = has_contents and references.is_sensitive_name(name) and not origin.variables
    return name, REPLACEMENT if is_secret else value, origin


def _of_headers(profile: TargetProfile) -> Iterator[tuple[Steps, list[_Line]]]:
    if profile.headers:
        place = (headers.TABLE,)
        origins = ((name, text, profile.origin_of(*place, name)) for name, text in profile.headers)
        yield place, list(origins)


def _of_resources(profile: TargetProfile) -> Iterator[tuple[Steps, list[_Line]]]:
    for resource in profile.resources:
        place = (resources.TABLE, resource.name)
        of_document = _of_keys(resources.OF_DOCUMENT.values(), resource, place, profile)
        (_, lines), *inner = of_document
        name = resources.NAME.name
        yield place, [(name, resource.name, profile.origin_of(*place, name)), *lines]
        yield from inner


def _of_apis(profile: TargetProfile) -> Iterator[tuple[Steps, list[_Line]]]:
    for api in profile.apis:
        place = ("apis", api.name)
        given = [(name, profile.origin_of(*place, name)) for name in keys_of(type(api))]
        yield place, [(name, getattr(api, name), origin) for name, origin in given if origin.file]


def _of_accounts(profile: TargetProfile) -> Iterator[tuple[Steps, list[_Line]]]:
    for account in profile.accounts:
        place = (accounts.TABLE, account.name)
        for at, lines in _of_record(accounts.Account, account, place, profile):
            # What an account does not have is no part of it.
            yield at, [line for line in lines if line[1] not in ("", {})]


class _Writer:
    """Writes tables.

    Args:
        redactor: knows the secrets of the profile.
        environ: the environment with which the profile was resolved.

    """

    def __init__(self, redactor: Redactor, environ: Mapping[str, str]) -> None:
        self._redactor = redactor
        self._environ = environ

    def table(self, place: Steps, lines: list[_Line]) -> str:
        """A table with one value a line, or a list over several lines."""
        pairs = [
            (f"{dotted((name,))} = {self._value(value, origin)}", self._comment(origin))
            for name, value, origin in lines
        ]
        lengths = (len(pair) for pair, _ in pairs)
        column = max((length for length in lengths if length <= _LAST_COLUMN), default=0)
        written = [_commented(pair, comment, column) for pair, comment in pairs]
        return "".join(f"{line}\n" for line in (_header(place), *written))

    def _value(self, value: Any, origin: Origin) -> str:
        are_set = all(self._environ.get(variable) for variable in origin.variables)
        if origin.variables and (origin.is_secret or not are_set):
            return _literal(origin.written)
        return _literal(_masked(value, self._redactor))

    def _comment(self, origin: Origin) -> str:
        unset = [name for name in origin.variables if not self._environ.get(name)]
        return origin.in_short(unset=unset)


def _header(place: Steps) -> str:
    """The header of a table; a resource is named below it."""
    if place[0] != resources.TABLE:
        return f"[{dotted(place)}]"
    return f"[{dotted((place[0], *place[2:]))}]" if place[2:] else f"[[{place[0]}]]"


def _commented(pair: str, comment: str, column: int) -> str:
    """A pair with its comment behind it, or below it where the line would be too long."""
    *above, last = pair.split("\n")
    for before in (f"{last:<{0 if above else column}}  ", f"{last}  ", f"{last}\n{_INDENT}"):
        line = f"{before}# {comment}"
        if len(line) <= _WIDTH:
            break
    return "\n".join([*above, line])


def _masked(value: Any, redactor: Redactor) -> Any:
    """A value that can be loaded again, without known secrets."""
    if isinstance(value, str):
        # A path may have a query with a secret.
        shown = redactor.url(value) if value.startswith("/") else redactor.text(value)
        return shown.replace("${", "$${")
    if isinstance(value, tuple):
        return [_masked(item, redactor) for item in value]
    return value


def _literal(value: Any) -> str:
    """A value as TOML; a list that would not fit beside its comment has a line for each item."""
    if isinstance(value, str):
        # TOML allows no DEL in a string, JSON does.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        items = [_literal(item) for item in value]
        flat = f"[{', '.join(items)}]"
        if len(flat) <= _WIDTH // 2:
            return flat
        return "\n".join(["[", *(f"{_INDENT}{item}," for item in items), "]"])
    return json.dumps(value)
