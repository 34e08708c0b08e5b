"""Decide what an entry of a killed run means, and what is sent to take it back. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_apismoke.documents import Difference, key_of, lookup
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.comparison import is_emptied, is_empty
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.reading import Look, Round

_OF_THE_RUN = frozenset({Owner.SENT, Owner.OURS})


def owners_in(entry: Entry, look: Look) -> tuple[Owner, ...]:
    """Whose value a read shows in each place of an entry, in their order."""
    ownership, document = entry.ownership, look.document
    return tuple(
        Owner.ORIGINAL if ownership.is_back(place, document) else ownership.of(place, document)
        for place in entry.places
    )


def shows_the_run(owners: Iterable[Owner]) -> bool:
    """Whether a value of the run is among those of its places."""
    return not _OF_THE_RUN.isdisjoint(owners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a round shows of an entry.

    Attributes:
        document: as the last read shows it.
        ours: the places in which a read shows a value of the run.
        originals: the places in which a read shows the original.
        edited: the places in which every read shows somebody's value.
        harm: what differs beside the places.

    """

    document: Mapping[str, Any]
    ours: tuple[str, ...]
    originals: tuple[str, ...]
    edited: tuple[Difference, ...]
    harm: tuple[Difference, ...]

    @classmethod
    def of(cls, entry: Entry, seen: Round[tuple[Owner, ...]], *, probes: Sequence[str]) -> Shown:
        """What a round of `owners_in` shows."""
        documents = [look.document for look in seen.looks]
        owners = {
            place: {owners[index] for owners in seen.opinions}
            for index, place in enumerate(entry.places)
        }
        return cls(
            document=documents[-1],
            ours=tuple(place for place, found in owners.items() if shows_the_run(found)),
            originals=tuple(place for place, found in owners.items() if Owner.ORIGINAL in found),
            edited=tuple(
                Difference(
                    pointer=place,
                    before=lookup(entry.original, place),
                    after=lookup(documents[-1], place),
                )
                for place, found in owners.items()
                if found == {Owner.SOMEBODY}
            ),
            harm=entry.beside(*documents, probes=probes).harm,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done about an entry.

    Attributes:
        dirty: the differences that it has to answer for; nothing is sent then.
        sends: whether the original is sent.
        emptied: JSON Pointers to the values beside the places that are sent back too.
        left_alone: the differences that count as somebody's edits.

    """

    dirty: tuple[Difference, ...] = ()
    sends: bool = False
    emptied: tuple[str, ...] = ()
    left_alone: tuple[Difference, ...] = ()


def plan_for(entry: Entry, shown: Shown) -> Plan:
    """Decides what is done about an entry."""
    if not shown.ours:
        if noted := _noted(entry, shown):
            return Plan(dirty=noted)
        return Plan(
            sends=_is_unproven(entry, shown.originals), left_alone=(*shown.edited, *shown.harm)
        )
    if entry.phase is Phase.KEPT:
        # A round showed what the update did beside its places: all else came later.
        return Plan(sends=True, left_alone=(*shown.edited, *shown.harm))
    # What differs beside is sent back where it was emptied, and dirty where it was not.
    emptied = tuple(one.pointer for one in shown.harm if is_emptied(one))
    return Plan(sends=True, emptied=emptied, left_alone=shown.edited)


def _noted(entry: Entry, shown: Shown) -> tuple[Difference, ...]:
    """The differences that an entry, none of whose values is there, may have to answer for."""
    if entry.phase is Phase.DIRTY:
        found = (*shown.edited, *shown.harm)
        return tuple(one for one in found if _is_among(one.pointer, entry.differing))
    if entry.only_gives_back and entry.phase is not Phase.KEPT:
        # Null that was given back and came out as an empty string, say: no update undoes that.
        stored_otherwise = (
            one for one in shown.edited if is_empty(one.before) and is_empty(one.after)
        )
        return (*stored_otherwise, *shown.harm)
    is_known_harmless = entry.phase is Phase.KEPT and bool(entry.places)
    return () if is_known_harmless or not entry.written else shown.harm


def _is_unproven(entry: Entry, originals: Collection[str]) -> bool:
    """Whether the original has to be sent although reads show it: they may be old."""
    if entry.phase is Phase.DIRTY:
        return any(place in entry.differing for place in originals)
    # The run of an open entry has sent it already, and one that was ended while it gave the
    # original back has sent nothing else: to send it again would only repeat the risk.
    return bool(originals) and entry.phase is not Phase.OPEN and not entry.only_gives_back


def claiming(entry: Entry, shown: Shown) -> Entry:
    """The entry as if its run had written every value that differs."""
    differing = (one.pointer for one in (*shown.edited, *shown.harm))
    present = dict.fromkeys((*entry.places, *differing))
    # The journal does not have the original of a withheld value.
    places = tuple(one for one in present if not _is_among(one, entry.withheld))
    body = {key: shown.document.get(key) for key in map(key_of, places)}
    written = (*entry.written, body)
    return replace(entry, places=places, written=written, phase=Phase.INTENT)


def _is_among(place: str, places: Iterable[str]) -> bool:
    """Whether one of the places is this one, above it, or inside it."""
    return any(
        place == one or place.startswith(f"{one}/") or one.startswith(f"{place}/") for one in places
    )
