"""Entries of what is not there: a check or an operation that was renamed or removed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from pytest_apismoke.configuration.rootdir import DECLARED_IN
from pytest_apismoke.known.entries import Entry, is_operation
from pytest_apismoke.known.place import LABEL


def without_check(entries: Iterable[Entry], checks: Collection[str]) -> Iterator[str]:
    """A note on each declared check that is in the list and does not exist.

    Args:
        entries: of the list; tests are not looked for.
        checks: the names of all declared checks.

    """
    names = (one.name for one in entries if one.name.startswith(f"{DECLARED_IN}/"))
    yield from _missing(names, checks, "check")


def without_operation(
    entries: Iterable[Entry], operations: Collection[str], *, contract: str | None
) -> Iterator[str]:
    """A note on each operation that is in the list and that its document does not have.

    Args:
        entries: of the list.
        operations: of the document, by name.
        contract: the title of the document; None where there is none.

    """
    of_operations = [one for one in entries if is_operation(one.name)]
    names = [one.name for one in of_operations if one.contract == contract]
    yield from _missing(names, operations, "operation")
    others = {one.contract for one in of_operations if one.name in operations}
    if others and not names:
        # An API with another title is another one, even if its paths are the same.
        titles = ", ".join(map(repr, sorted(others)))
        yield (
            f"{LABEL} has nothing of {contract!r}, as the OpenAPI document calls its API, but of"
            f" {titles}; if that is the same one, correct 'contract' there"
        )


def _missing(names: Iterable[str], every: Iterable[str], what: str) -> Iterator[str]:
    known = dict.fromkeys(every)
    for name in dict.fromkeys(names):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            yield f"{LABEL} names {name!r}, which is no {what}{meant}"
