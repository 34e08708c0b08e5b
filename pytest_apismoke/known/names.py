"""Entries of what is not there: a check or an operation that was renamed or removed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from pytest_apismoke.configuration.rootdir import DECLARED_IN
from pytest_apismoke.known.entries import Entry
from pytest_apismoke.known.file import LABEL, is_operation


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
    names = (one.name for one in entries if one.contract == contract and is_operation(one.name))
    yield from _missing(names, operations, "operation")


def _missing(names: Iterable[str], known: Collection[str], what: str) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            yield f"{LABEL} names {name!r}, which is no {what}{meant}"
