"""The file of known violations, `contracts/known.toml`: from text to entries and back. Pure.

It is a file that people review: sorted, one block for each entry, and `reason` and `until` are
theirs. A run refuses a file with a mistake: an entry that means nothing may hide a new violation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from pytest_apismoke.configuration.rootdir import KNOWN
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_lines import Places
from pytest_apismoke.configuration.toml_loader import in_words, parse_toml
from pytest_apismoke.configuration.toml_text import toml_value
from pytest_apismoke.errors import Break, Failure, SmokeError, misconfigured
from pytest_apismoke.known.entries import SERVER_FAILED, Entry, is_operation
from pytest_apismoke.known.place import COMMAND, LABEL
from pytest_apismoke.records import dataclass

_TABLE = "known"
_HEAD = f"""\
# Known violations of contracts: a run fails on new ones only, and tells which are gone.
# '{COMMAND}' writes this file anew. It keeps 'reason' and 'until', which are yours, but no
# comments.
"""
_REQUIRED = ("place", "kind")
_KEYS = ("operation", "check", "contract", "status", *_REQUIRED, "reason", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The entries of a file, to be used only without `mistakes`."""

    entries: tuple[Entry, ...] = ()
    mistakes: tuple[Failure, ...] = ()


def parse(text: str, *, today: date) -> Parsed:
    """The entries of a file, and everything that is wrong with it.

    Args:
        text: of the file.
        today: an entry whose `until` is before it is a mistake.

    """
    try:
        return _Reader(text, today).read()
    except SmokeError as error:
        return Parsed(mistakes=(error.failure,))


class _Reader:
    def __init__(self, text: str, today: date) -> None:
        self._table = parse_toml(text, LABEL)
        self._places = Places(text, LABEL)
        self._lines = self._places.lines
        self._today = today
        self._mistakes: list[Failure] = []

    def read(self) -> Parsed:
        self._look_at_the_top()
        tables = self._table.get(_TABLE, [])
        if not isinstance(tables, list):
            self._mistake((_TABLE,), "[[known]] tables", in_words(tables), "write [[known]]")
            tables = []
        entries: list[Entry] = []
        first: dict[object, int] = {}
        for index, table in enumerate(tables):
            entry = self._entry(table, index)
            if entry is None:
                continue
            line = first.setdefault(entry.key, self._line((_TABLE, str(index))))
            if line != self._line((_TABLE, str(index))):
                seen = f"the same one as in line {line}"
                hint = "delete one of them"
                self._mistake((_TABLE, str(index)), "each known violation once", seen, hint)
            entries.append(entry)
        return Parsed(entries=tuple(entries), mistakes=tuple(self._mistakes))

    def _look_at_the_top(self) -> None:
        for key in self._table:
            if key != _TABLE:
                hint = f"write [[known]]; the checks of an API stand in another file than {KNOWN}"
                self._mistake((key,), "only [[known]] tables", repr(key), hint)

    def _entry(self, table: object, index: int) -> Entry | None:
        """The entry of a table; None where it has a mistake, which is noted."""
        place = (_TABLE, str(index))
        if not isinstance(table, dict):
            self._mistake(place, "a table", in_words(table), "write [[known]]")
            return None
        before = len(self._mistakes)
        for one in _problems(table, self._today):
            at = (*place, one.key) if one.key else place
            self._mistake(at, one.expected, one.seen, one.hint)
        if len(self._mistakes) > before:
            return None
        return Entry(
            name=table.get("operation") or table.get("check") or "",
            contract=table.get("contract", ""),
            status=table.get("status"),
            what=Break(table["place"], table["kind"]),
            reason=table.get("reason", ""),
            until=table.get("until"),
        )

    def _line(self, place: tuple[str, ...]) -> int:
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def _mistake(self, place: tuple[str, ...], expected: str, seen: str, hint: str) -> None:
        where = f"{LABEL}, line {self._line(place)}"
        error = misconfigured(
            expected=expected,
            seen=seen,
            where=where,
            hint=hint,
            excerpt=self._places.excerpt(place),
        )
        self._mistakes.append(error.failure)


class _Problem(NamedTuple):
    """A mistake in an entry: `key` is that of the line, empty for the entry as a whole."""

    expected: str
    seen: str
    hint: str
    key: str = ""


def _problems(table: Mapping[str, Any], today: date) -> Iterator[_Problem]:
    """What is wrong with one entry."""
    for key, value in table.items():
        if key not in _KEYS:
            names = f"the keys {', '.join(_KEYS)}"
            yield _Problem(names, repr(key), nearest(key, _KEYS), key)
        elif wanted := _wanted_instead(key, value):
            yield _Problem(f"{wanted} as {key!r}", in_words(value), "correct it", key)
    for key in _REQUIRED:
        if key not in table:
            yield _Problem(f"the key {key!r}", "an entry without it", f"let '{COMMAND}' write it")
    yield from _problems_of_the_name(table.get("operation"), table.get("check"))
    until = table.get("until")
    if type(until) is date and until < today:
        hint = (
            "correct the response or its contract and delete the entry, or move the date if it"
            " is to be known for longer"
        )
        yield _Problem(
            "entries that are still valid", f"one that was valid until {until}", hint, "until"
        )


def _wanted_instead(key: str, value: object) -> str:
    """What a key should have instead of a value; empty where the value fits."""
    if key == "until":
        return "" if type(value) is date else "a date such as 2030-12-31, without quotes,"
    if key == "status":
        fits = type(value) is int and 100 <= value < SERVER_FAILED
        return "" if fits else f"a status such as 200, below {SERVER_FAILED},"
    return "" if isinstance(value, str) else "a string"


def _problems_of_the_name(operation: object, check: object) -> Iterator[_Problem]:
    if (operation is None) == (check is None):
        seen = "neither" if operation is None else "both"
        hint = f"copy it from a report, or let '{COMMAND}' write it"
        yield _Problem("either 'operation' or 'check'", seen, hint)
    elif isinstance(operation, str) and not is_operation(operation):
        wanted = "a method and a path, such as GET /orders/{id}"
        hint = "write it as in the OpenAPI document; a check or a test stands in 'check'"
        yield _Problem(wanted, repr(operation), hint, "operation")
    elif isinstance(check, str) and "::" not in check:
        wanted = "a check such as contracts/orders.toml::one order"
        yield _Problem(wanted, repr(check), "copy the name from a report", "check")


def render(entries: Iterable[Entry]) -> str:
    """The text of a file, sorted."""
    blocks = (_block(entry) for entry in sorted(entries, key=lambda one: one.order))
    return "\n".join((_HEAD, *blocks))


def _block(entry: Entry) -> str:
    pairs = (
        (key, value.isoformat() if isinstance(value, date) else toml_value(value))
        for key, value in keys_of(entry).items()
    )
    return "\n".join((f"[[{_TABLE}]]", *(f"{key} = {value}" for key, value in pairs), ""))


def keys_of(entry: Entry) -> dict[str, str | int | date]:
    """The keys of an entry with their values, in the order of the file."""
    values = {
        "operation" if is_operation(entry.name) else "check": entry.name,
        "contract": entry.contract or None,
        "status": entry.status,
        "place": entry.what.place,
        "kind": entry.what.kind,
        "reason": entry.reason or None,
        "until": entry.until,
    }
    return {key: value for key, value in values.items() if value is not None}
