"""The marker that a text probe carries beside the original text. Pure.

A probe describes itself: whoever finds one, on any machine and without the journal, knows which run
wrote it and what stood there before. `unmarked` is the exact inverse of `marked`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.documents import ABSENT

#: Stands for an original that did not fit beside the marker: only the journal knows it.
LOST: Any = type("Lost", (), {"__repr__": lambda self: "lost"})()

_PATTERN = re.compile(
    r" ?\[apismoke (?P<run_id>[0-9a-f]{8})\.(?P<turn>[0-9]{1,6}) (?P<lease_s>[0-9]{1,6})s"
    r"(?: (?P<was>null|absent|cut))?\]\Z"
)
_ORIGINALS = {"null": None, "absent": ABSENT, "cut": LOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a probe says about itself; `original` may be None, `ABSENT` or `LOST`.

    `lease_s` is how long its run may need it: one that stays longer was left behind.
    """

    run_id: str
    turn: int
    lease_s: int
    original: Any


def marked(original: Any, *, run_id: str, turn: int, lease_s: int, limit: int | None = None) -> str:
    """The original with a marker behind it, at most `limit` characters long.

    Args:
        original: a text, None or `ABSENT`.
        run_id: 8 hexadecimal digits.
        turn: which write of this run it is.
        lease_s: how many seconds the run may need it.
        limit: the longest text that the field takes, if that is known.

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
    # Too short for any marker: only the journal can tell what stood there.
    short = f"{turn}{run_id}"[:limit]
    return next(other for other in (short, short[::-1], "-" * limit) if other != text)


def find(value: object) -> Marker | None:
    """The marker at the end of a value, if it is a text that has one.

    Markers on top of each other are taken off together: the outermost says whose probe it is, what
    is below the innermost is the original.
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
    """The value without markers; `LOST` where that can't be told."""
    marker = find(value)
    return value if marker is None else marker.original
