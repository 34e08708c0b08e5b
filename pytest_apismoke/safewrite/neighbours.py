"""Tell whether an update reached other items of the list that the document is one of. Pure.

An update without its condition changes every account, and a look at one's own shows nothing of it.
Only a text that carries this run's marker proves that: another value may be the same by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import describe, lookup, same
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.safewrite.probe import Probe
from pytest_apismoke.safewrite.reading import Look

_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Another item that has the probe: what tells it from the others, and its value before."""

    name: str
    before: Any


def reached(first: Look, seen: Look, document: Document, probe: Probe) -> tuple[Reached, ...]:
    """The other items that have the probe.

    Args:
        first: the read before the probe.
        seen: a read that shows it.
        document: which item of the list is meant.
        probe: the value that was written.

    """
    if not document.select or not isinstance(probe.value, str):
        return ()
    before = dict(_others(first, document))
    return tuple(
        Reached(name=name, before=lookup(before.get(name, {}), probe.pointer))
        for name, item in _others(seen, document)
        if same(lookup(item, probe.pointer), probe.value)
    )


def _others(look: Look, document: Document) -> Iterator[tuple[str, Any]]:
    """The items of the list that are not meant, by what the meant one is told by."""
    if look.response is None:
        return
    try:
        items = lookup(look.response.json(declared=False), document.root)
    except SmokeError:
        return
    for item in items if isinstance(items, list) else ():
        if not all(same(lookup(item, place), value) for place, value in document.select):
            marks = (f"{describe(lookup(item, place))} at {place}" for place, _ in document.select)
            yield " and ".join(marks), item


def reached_others(found: tuple[Reached, ...], place: str, where: str) -> SmokeError:
    """The update changed more than one item; only the meant one can be put back."""
    told = "; ".join(
        f"the item with {one.name} has it too, where {describe(one.before)} was"
        for one in found[:_MOST_SHOWN]
    )
    more = f"; and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    error = fail(
        Category.PERSIST,
        expected=f"the value just written to {place}, in no other item of the list",
        seen=f"{told}{more}",
        where=f"GET {where}, over fresh connections",
        hint="THE TARGET WAS LEFT CHANGED: correct these items by hand, as this run may update its"
        " own alone; look for an update without its condition (WHERE)",
    )
    return SmokeError(error.failure, dirty=True)
