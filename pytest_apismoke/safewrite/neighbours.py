"""Tell whether an update reached other items of the list that the document is one of. Pure.

An update without its condition changes every account, and a look at one's own shows nothing of it.
Only a text with this run's marker proves that; any other value may be equal by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import ABSENT, describe, lookup, same
from pytest_apismoke.errors import Category, SmokeError, fail, presentable
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.probe import Probe
from pytest_apismoke.safewrite.reading import Look
from pytest_apismoke.safewrite.restoring import BY_THAT_RUN, left_changed

_MOST_SHOWN = 3
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Another item that has the probe: what tells it from the others, and its value before."""

    name: str
    before: Any
    now: Any


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
        Reached(name=name, before=lookup(before.get(name, {}), probe.pointer), now=probe.value)
        for name, item in _others(seen, document)
        if same(lookup(item, probe.pointer), probe.value)
    )


def noted(found: Sequence[Reached], place: str) -> dict[str, Mapping[str, Any]]:
    """What a journal entry keeps of the items, see `Entry.others`."""
    return {one.name: {} if one.before is ABSENT else {place: one.before} for one in found}


def still_reached(entry: Entry, look: Look, document: Document) -> tuple[Reached, ...]:
    """The items of an entry that are not as they were before it.

    Not only those that show the probe: the update that put back the original has reached them too.
    """
    there = dict(_others(look, document))
    return tuple(
        Reached(name=name, before=value, now=now)
        for name, before in entry.others.items()
        if name in there
        for place in entry.places
        if not same(value := before.get(place, ABSENT), now := lookup(there[name], place))
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


def reached_others(found: Sequence[Reached], place: str, where: str, *, repair: str) -> SmokeError:
    """The update changed more than one item; only the meant one can be put back."""
    told = (f"the item with {o.name} has it too, where {describe(o.before)} was" for o in found)
    error = fail(
        Category.PERSIST,
        expected=f"the value just written to {place}, in no other item of the list",
        seen=_listed(list(told)),
        where=f"GET {where}, over fresh connections",
        hint=left_changed(
            repair,
            "correct these items by hand, as this run may update its own alone",
            also="look for an update without its condition (WHERE)",
        ),
        in_short=_in_short(found),
    )
    return SmokeError(error.failure, dirty=True)


def still_changed(found: Sequence[Reached], entry: Entry, *, repair: str) -> SmokeError:
    """The other items are as that run left them, or were edited since."""
    told = (
        f"the item with {presentable(one.name, _LONGEST_NAME)} has {describe(one.now)}, where"
        f" {describe(one.before)} was"
        for one in found
    )
    error = fail(
        Category.PERSIST,
        expected=f"the other items of the list as they were before {entry.who}",
        seen=_listed(list(told)),
        where=f"GET {entry.target}{entry.path}",
        hint=left_changed(
            repair,
            f"correct these items by hand, or '{repair} --accept' accepts them",
            how=BY_THAT_RUN,
        ),
        in_short=_in_short(found),
    )
    return SmokeError(error.failure, dirty=True)


def _in_short(found: Sequence[Reached]) -> tuple[str, ...]:
    return (f"{len(found)} other item{'' if len(found) == 1 else 's'} of its list",)


def _listed(told: Sequence[str]) -> str:
    more = f"; and {len(told) - _MOST_SHOWN} more" if len(told) > _MOST_SHOWN else ""
    return "; ".join(told[:_MOST_SHOWN]) + more
