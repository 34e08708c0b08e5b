"""The marker that a string probe carries after the original string. Pure.

A marker tells any gate, on any machine and without the journal, which run wrote the probe and what
the original was. `unmarked` is the exact inverse of `marked`.
"""

from __future__ import annotations

from typing import Any

from pytest_apismoke.documents import ABSENT
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

#: Stands for an original that did not fit before the marker: only the journal has it.
LOST: Any = type("Lost", (), {"__repr__": lambda self: "lost"})()

_PATTERN = late_pattern(
    r" ?\[apismoke (?P<run_id>[0-9a-f]{8})\.(?P<turn>[0-9]{1,6}) (?P<lease_s>[0-9]{1,6})s"
    r"(?: (?P<was>null|absent|cut))?\]\Z"
)
_ORIGINALS = {"null": None, "absent": ABSENT, "cut": LOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """The content of a marker; `original` may be None, `ABSENT` or `LOST`.

    `lease_s` is how long its run may need the probe, in seconds; after that it is a residue.
    """

    run_id: str
    turn: int
    lease_s: int
    original: Any


def marked(original: Any, *, run_id: str, turn: int, lease_s: int, limit: int | None = None) -> str:
    """The original followed by a marker, at most `limit` characters long.

    Args:
        original: a string, None or `ABSENT`.
        run_id: 8 hexadecimal digits.
        turn: the number of this write in its run, from 1.
        lease_s: how long the run may need the probe, in seconds.
        limit: the maximum length of the field, if known.

    """
    was = " absent" if original is ABSENT else " null" if original is None else ""
    text = original if isinstance(original, str) else ""
    name = f"apismoke {run_id}.{turn} {lease_s}s"
    whole = f"{text} [{name}{was}]" if text else f"[{name}{was}]"
    if limit is None or len(whole) <= limit:
        return whole
    end = f" [{name} cut]"
    if len(end) <= limit:
        return text[: limit - len(end)] + end
    # Too short for any marker: only the journal has the original.
    short = f"{turn}{run_id}"[:limit]
    return next(other for other in (short, short[::-1], "-" * limit) if other != text)


def find(value: object) -> Marker | None:
    """The marker at the end of a string, if any.

    Nested markers count as one: the outermost names the run, and the original precedes the
    innermost.
    """
    outermost = found = _PATTERN.search(value) if isinstance(value, str) else None
    below: Any = value
    while found is not None:
        below = _ORIGINALS[found["was"]] if found["was"] else below[: found.start()]
        found = _PATTERN.search(below) if isinstance(below, str) else None
    if outermost is None:
        return None
    return Marker(
        run_id=outermost["run_id"],
        turn=int(outermost["turn"]),
        lease_s=int(outermost["lease_s"]),
        original=below,
    )


def unmarked(value: Any) -> Any:
    """The value without markers; `LOST` if the marker does not tell."""
    marker = find(value)
    return value if marker is None else marker.original
