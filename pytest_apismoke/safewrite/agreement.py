"""Tell whether several reads of one document agree, and what it means if they do not. Pure.

Of what differs, only a counter or the moment of a change moves by itself, beside what the profile
names. Reads that show two accounts, or two shapes of the document, come from two services.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pytest_apismoke.documents import Difference, describe, differences, lookup, same, step
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite import in_short
from pytest_apismoke.safewrite.comparison import volatile_line
from pytest_apismoke.safewrite.moving import varies_by_itself

Documents = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Pointers to what varies by itself, and the differences that nothing explains."""

    unsteady: tuple[str, ...] = ()
    problem: tuple[Difference, ...] = ()


def agreement(documents: Documents, *, changing: Collection[str]) -> Agreement:
    """Compares reads of one document.

    Args:
        documents: as the reads show it.
        changing: JSON Pointers to what changes by itself, as the profile names it.

    """
    found = [
        one
        for other in documents[1:]
        for one in differences(dict(documents[0]), dict(other), ignoring=changing)
    ]
    unsteady = tuple(
        pointer
        for pointer in dict.fromkeys(one.pointer for one in found)
        if varies_by_itself(pointer, (lookup(document, pointer) for document in documents))
    )
    rest = {one.pointer: one for one in found if one.pointer not in unsteady}
    return Agreement(unsteady=unsteady, problem=tuple(rest.values()))


def two_accounts(documents: Documents, id_field: str) -> str:
    """What shows that the reads are of two accounts, as a phrase; else empty."""
    place = f"/{step(id_field)}"
    found = [lookup(document, place) for document in documents]
    # A service that is upgraded may show the same id as a number, and as a string.
    other = next(
        (one for one in found if not same(one, found[0]) and str(one) != str(found[0])), None
    )
    if other is None:
        return ""
    return f"two accounts: {place} is {describe(found[0])} and {describe(other)}"


def two_shapes(documents: Documents, changing: Collection[str]) -> str:
    """What shows that the reads are of two shapes, as a phrase; else empty.

    A shape is what properties there are, and the JSON type of each; null goes with any type.
    """
    names = dict.fromkeys(name for document in documents for name in document)
    for name in names:
        if f"/{step(name)}" in changing:
            continue
        missing = sum(name not in document for document in documents)
        if missing:
            return f"two shapes: /{step(name)} is absent in {missing} of {len(documents)} reads"
        values = [document[name] for document in documents if document[name] is not None]
        other = next((one for one in values if _type(one) != _type(values[0])), None)
        if other is not None:
            return f"two shapes: /{step(name)} is {describe(values[0])} and {describe(other)}"
    return ""


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def disagreement(
    documents: Documents, *, id_field: str, changing: Collection[str], where: str
) -> Failure | None:
    """The failure of reads that are of two accounts or of two shapes; None if they are of one.

    Args:
        documents: as the reads show the document.
        id_field: the property that tells the account.
        changing: JSON Pointers to what changes by itself.
        where: the URL of the document.

    """
    what = two_accounts(documents, id_field) or two_shapes(documents, changing)
    if not what:
        return None
    return Failure(
        category=Category.STATE,
        expected="fresh reads that agree on the account and on the shape of its document",
        in_short=in_short.of_reads(where, what),
        seen=what,
        where=f"GET {where}, over {len(documents)} fresh connections",
        hint="look for instances of two versions, or with two databases, behind this address",
    )


def persists(
    documents: Documents, problem: Sequence[Difference], *, listed: str, where: str
) -> Failure:
    """The failure of reads that show different values of one document.

    Args:
        documents: as the reads show it.
        problem: the differences.
        listed: those in words.
        where: the URL of the document.

    """
    place = problem[0].pointer
    first = lookup(documents[0], place)
    alike = sum(same(first, lookup(document, place)) for document in documents)
    return Failure(
        category=Category.PERSIST,
        expected="fresh reads that agree before anything is written",
        in_short=in_short.of_reads(where, f"the instances disagree on {place}"),
        seen=f"the instances disagree: {alike} of {len(documents)} reads show one value; {listed}",
        where=f"GET {where}, over {len(documents)} fresh connections",
        hint="nothing was written; look for instances with a store or a cache of their own; if"
        f" these fields change by themselves, write [document] {volatile_line(problem)}",
    )
