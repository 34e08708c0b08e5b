"""Numbers and lists in words, as the page shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def took(seconds: float) -> str:
    """A duration: in milliseconds below a second, else in seconds."""
    shown_ms = round(seconds * 1000)
    return f"{shown_ms} ms" if shown_ms < 1000 else f"{seconds:.1f} s"


def counted(count: int, noun: str) -> str:
    """A count with its noun, such as '1 check' and '22 checks'."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """How often: 'once', 'twice', '3 times'."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def listed(names: Iterable[str]) -> str:
    """Names as one phrase: 'settings, calendar and twilio'."""
    every = list(names)
    return " and ".join(filter(None, [", ".join(every[:-1]), *every[-1:]]))


def shortened(names: Sequence[str], most: int) -> str:
    """The first names, and a count of the rest."""
    rest = len(names) - most
    return f"{', '.join(names[:most])} and {rest} more" if rest > 0 else listed(names)


def moment(started_at: str) -> str:
    """A date and time of RFC 3339 in UTC, with its weekday; as it is if it is none."""
    try:
        at = datetime.fromisoformat(started_at.replace("Z", "+00:00"))
    except ValueError:
        return started_at
    day = f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year}"
    return f"{day}, {at:%H:%M} UTC"
