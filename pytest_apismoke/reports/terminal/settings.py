"""Every setting with its value and where that comes from, in columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_apismoke.reports.facts import SettingShown
from pytest_apismoke.reports.terminal.folding import NARROW, usable, wrapped

#: A longer value has a line of its own, in columns.
_WIDEST_VALUE = 30


def rendered(settings: Sequence[SettingShown], width: int) -> Iterator[str]:
    """The settings as lines; `width` is in columns."""
    width = usable(width)
    name_width = max((len(one.name) for one in settings), default=0)
    lengths = [len(one.value) for one in settings if len(one.value) <= _WIDEST_VALUE]
    value_width = max(lengths, default=0)
    for one in settings:
        row = f"  {one.name:<{name_width}}  {one.value:<{value_width}}  {one.source}".rstrip()
        if len(row) <= width and width >= NARROW:
            yield row
            continue
        yield f"  {one.name}"
        yield from (f"    {text}" for text in wrapped(f"{one.value} ({one.source})", width - 4))
