"""The failures of the write protocol in a few words, the fullest form first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from pytest_apismoke.documents import Difference
from pytest_apismoke.safewrite.marker import find


def of_update(where: str, told: str) -> tuple[str, ...]:
    """An update of the document at a URL: with its path, and without it."""
    return (f"an update of {urlsplit(where).path} {told}", f"an update {told}")


def of_update_at(where: str, verb: str, found: Sequence[Difference]) -> tuple[str, ...]:
    """An update of the document at a URL, and the places to which it did something."""
    return tuple(told for one in places(found) for told in of_update(where, f"{verb} {one}"))


def of_reads(where: str, told: str) -> tuple[str, ...]:
    """Reads of the document at a URL: with its path, and without it."""
    return (f"GET {urlsplit(where).path}: {told}", told)


def left_changed(found: Sequence[Difference]) -> tuple[str, ...]:
    """What a target that was left changed holds."""
    several = places(found)
    if len(several) != 1:
        return several
    is_probe = any(isinstance(one.after, str) and find(one.after) for one in found)
    return (f"{several[0]} {'holds a probe' if is_probe else 'is not as it was'}", *several)


def places(found: Sequence[Difference]) -> tuple[str, ...]:
    """The places of differences: all of them, or the first and the number of the others."""
    first, *others = dict.fromkeys(one.pointer for one in found) or ("",)
    if not others:
        return (first,) if first else ()
    all_of_them = f"{', '.join([first, *others[:-1]])} and {others[-1]}"
    return (all_of_them, f"{first} and {len(others)} more")
