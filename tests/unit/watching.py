"""What must hold of each update that is sent: it is in the journal, and changes what it may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from unit.memory import Document
from unit.odd_servers import PROBE

from pytest_apismoke.documents import ABSENT, Difference, key_of, lookup, replaced, same
from pytest_apismoke.safewrite.comparison import is_emptied
from pytest_apismoke.safewrite.entry import Entry


@dataclass(frozen=True, kw_only=True)
class Known:
    """A target: all documents that it had, the first one first, and how it is updated."""

    had: tuple[Document, ...]
    #: Whether the profile says that updates have to contain the whole document.
    whole: bool


def assert_journalled(
    body: Mapping[str, Any], entries: Iterable[Entry], known: Known, *, about: object
) -> None:
    """An entry has this update, and says how to take it back."""
    entries = tuple(entries)
    assert entries, f"sent without an entry: {body}\n{about}"
    assert any(_covers(entry, body, known) for entry in entries), (
        f"sent what no entry covers: {body}\n{entries}\n{about}"
    )


def _covers(entry: Entry, body: Mapping[str, Any], known: Known) -> bool:
    return (
        entry.whole is known.whole
        and set(map(key_of, entry.places)) <= {PROBE}
        and all(_may_be_sent(entry, body, key, known) for key in body)
    )


def _may_be_sent(entry: Entry, body: Mapping[str, Any], key: str, known: Known) -> bool:
    """Whether one property is the probe, what our updates emptied, or the rest of a whole body."""
    emptied = [p for p in entry.emptied if key_of(p) == key and _was_emptied(p, known)]
    places = [p for p in entry.places if key_of(p) == key] + emptied
    if not places:
        return entry.whole and any(same(body[key], one.get(key, ABSENT)) for one in known.had)
    for place in places:
        values = [lookup(entry.original, place)]
        if place in emptied:
            values += [lookup(one, place) for one in known.had]
        else:
            values += [lookup(written, place) for written in entry.written]
        sendable = [one for value in values for one in (_sendable(value), _as_patched(value))]
        if not any(same(lookup(body, place), one) for one in sendable):
            return False
    # Whatever stands around the places is as the server has, or had, it.
    around = _without(places, body, key)
    return any(same(around, _without(places, one, key)) for one in known.had)


def _was_emptied(place: str, known: Known) -> bool:
    before = lookup(known.had[0], place)
    found = (Difference(pointer=place, before=before, after=lookup(d, place)) for d in known.had)
    return any(map(is_emptied, found))


def _sendable(value: Any) -> Any:
    return None if value is ABSENT else value


def _as_patched(value: Any) -> Any:
    """What a merge patch makes of a value: its null removes, inside of objects too (RFC 7396)."""
    if not isinstance(value, dict):
        return _sendable(value)
    return {name: _as_patched(inner) for name, inner in value.items() if inner is not None}


def _without(places: Iterable[str], document: Mapping[str, Any], key: str) -> Any:
    held: Any = {key: document[key]} if key in document else {}
    for place in places:
        held = replaced(held, place, None)
    return held
