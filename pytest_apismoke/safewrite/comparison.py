"""Tell what an update did to the fields beside it: a counter, a moment, blanks, or harm. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pytest_apismoke.documents import ABSENT, Difference, differences, key_of

#: A date, or a date and a time, as JSON documents write them (RFC 3339, ISO 8601).
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?(.*))?")
_ZONE = re.compile(r"|[Zz]|[+-]\d{2}:?\d{2}")
#: A secret that the target shows masked: writing it back would store the mask.
_MASK = re.compile(r"[*•●]{3,}|\A[xX]{4,}\Z")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The differences of two documents, by what they mean.

    Attributes:
        moved: counters that went up, and moments that moved on.
        emptied: values that are gone: null, empty, or absent.
        other: all others.

    """

    moved: tuple[Difference, ...] = ()
    emptied: tuple[Difference, ...] = ()
    other: tuple[Difference, ...] = ()

    @property
    def harm(self) -> tuple[Difference, ...]:
        """The differences that an update must not cause."""
        return (*self.emptied, *self.other)


def beside(
    before: Mapping[str, Any], after: Mapping[str, Any], *, ignoring: Collection[str]
) -> Beside:
    """Compares two documents.

    Args:
        before: a JSON object.
        after: the same document later.
        ignoring: JSON Pointers to the places that are not compared.

    """
    found = differences(dict(before), dict(after), ignoring=ignoring)
    moved = tuple(one for one in found if has_moved_on(one.before, one.after))
    emptied = tuple(one for one in found if is_emptied(one))
    return Beside(
        moved=moved,
        emptied=emptied,
        other=tuple(one for one in found if one not in moved and one not in emptied),
    )


def has_moved_on(before: object, after: object) -> bool:
    """Whether a value is a counter that went up, or a moment that moved on."""
    if isinstance(before, bool) or isinstance(after, bool):
        return False
    if isinstance(before, (int, float)) and isinstance(after, (int, float)):
        return after > before
    earlier, later = _moment(before), _moment(after)
    return earlier is not None and later is not None and later > earlier


def varies_by_itself(values: Iterable[object]) -> bool:
    """Whether different values of one field, read at about one time, are a counter or moments."""
    given = list(values)
    if any(isinstance(value, bool) for value in given):
        return False
    numbers = all(isinstance(value, (int, float)) for value in given)
    return numbers or all(_moment(value) is not None for value in given)


def is_normalised(before: object, after: object) -> bool:
    """Whether a string differs from another only by blanks at its ends and by line ends."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    return _normal(before) == _normal(after)


def is_empty(value: object) -> bool:
    """Whether a value is absent, null, or empty."""
    return (
        value is ABSENT
        or any(value is one or value == one for one in _EMPTY[:1])
        or (isinstance(value, (str, list, dict)) and not value)
    )


def is_emptied(one: Difference) -> bool:
    """Whether a value holds less than before: null where a list was, nothing where null was."""
    return _fullness(one.after) < _fullness(one.before)


def _fullness(value: object) -> int:
    if value is ABSENT:
        return 0
    if value is None:
        return 1
    return 2 if is_empty(value) else 3


def is_masked(value: object) -> bool:
    """Whether a value, or a string inside it, looks like a secret that is shown masked."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str) and _MASK.search(one):
            return True
        if isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return False


def volatile_line(found: Iterable[Difference]) -> str:
    """The line of the configuration that leaves these fields out of the comparison."""
    names = dict.fromkeys(key_of(one.pointer) for one in found)
    return f"volatile = [{', '.join(_quoted(name) for name in names)}]"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _normal(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _moment(value: object) -> float | None:
    """A moment in seconds, for comparison with one in the same notation; None for other values."""
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    day, time, fraction, zone = found.groups()
    zone = (zone or "").strip()
    if not _ZONE.fullmatch(zone):
        return None
    if zone in ("Z", "z"):
        zone = ""
    elif zone and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    try:
        parsed = datetime.fromisoformat(f"{day}T{time or '00:00'}{zone or '+00:00'}")
        return parsed.timestamp() + float(f"0.{fraction or 0}")
    except (ValueError, OverflowError):
        return None
