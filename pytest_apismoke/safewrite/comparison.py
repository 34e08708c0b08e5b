"""Tell what an update did to the fields beside it: a counter, a moment, blanks, or harm. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pytest_apismoke.documents import ABSENT, Difference, differences, key_of
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.moving import has_moved_on

#: A secret that the target shows masked: writing it back would store the mask.
_MASK = late_pattern(r"[*•●]{3,}|\A[xX]{4,}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What differs from a document in later reads of it, by what it means.

    A place stands once in each group, as the last read shows it that has it there.

    Attributes:
        moved: counters that went up, and moments that moved on.
        emptied: values that are gone: null, empty, or absent.
        other: all others.

    """

    moved: tuple[Difference, ...] = ()
    emptied: tuple[Difference, ...] = ()
    other: tuple[Difference, ...] = ()

    @property
    def harm(self) -> tuple[Difference, ...]:
        """The differences that an update must not cause."""
        return unique([*self.emptied, *self.other])

    @property
    def emptied_places(self) -> tuple[str, ...]:
        """JSON Pointers to the values that are gone."""
        return tuple(one.pointer for one in self.emptied)


def beside(
    before: Mapping[str, Any], *after: Mapping[str, Any], ignoring: Collection[str]
) -> Beside:
    """Compares a document with later reads of it.

    An original that only the journal of another run has, below its probe, is not compared.

    Args:
        before: a JSON object.
        after: the same document later, as each read shows it.
        ignoring: JSON Pointers to the places that are not compared.

    """
    found = [
        one
        for later in after
        for one in differences(dict(before), dict(later), ignoring=ignoring)
        if one.after is not LOST
    ]
    moved = [one for one in found if has_moved_on(one)]
    emptied = [one for one in found if is_emptied(one)]
    other = [one for one in found if not has_moved_on(one) and not is_emptied(one)]
    return Beside(moved=unique(moved), emptied=unique(emptied), other=unique(other))


def unique(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """The last difference of each place."""
    return tuple({one.pointer: one for one in found}.values())


def is_normalised(before: object, after: object) -> bool:
    """Whether a string differs from another only by blanks at its ends and by line ends."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    return _normal(before) == _normal(after)


def is_empty(value: object) -> bool:
    """Whether a value is absent, null, or empty."""
    is_nothing = value is ABSENT or value is None
    return is_nothing or (isinstance(value, (str, list, dict)) and not value)


def is_emptied(one: Difference) -> bool:
    """Whether a value holds less than before: null where a list was, nothing where null was."""
    return _fullness(one.after) < _fullness(one.before)


def _fullness(value: object) -> int:
    if value is ABSENT:
        return 0
    if value is None:
        return 1
    return 2 if is_empty(value) else 3


def is_masked(value: object) -> bool:
    """Whether a value, or a string inside it, looks like a secret that is shown masked."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str) and _MASK.search(one):
            return True
        if isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return False


def volatile_line(found: Iterable[Difference]) -> str:
    """The line of the configuration that leaves these fields out of the comparison."""
    names = dict.fromkeys(key_of(one.pointer) for one in found)
    return f"volatile = [{', '.join(_quoted(name) for name in names)}]"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _normal(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
