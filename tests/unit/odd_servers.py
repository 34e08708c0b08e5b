"""Habits of servers, as pure functions, each with the verdicts that are right for it.

A server does three things with an update: it takes the body (alters or refuses it), stores it, and
changes other fields in consequence. A `Habit` is odd in any of them, and habits combine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from unit.memory import Document, Merging, Refused, merges

PROBE = "description"
#: About as long as a marker, and all in lower case as a marker is.
MARKER = "[apismoke 92c8203f.1 11s]"

Body = Mapping[str, Any]
#: The body as it is taken, given the document; may raise `Refused`.
Taking = Callable[[Document, Body], Document]
#: The document at last, given those before and after the update was stored, and the body.
Consequence = Callable[[Document, Document, Body], Document]


# -- right verdicts -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run ended, and what the document was then."""

    #: The document is as before, but for fields that move by themselves.
    is_equal: bool
    #: The same, but for blanks and line ends in the probe field.
    is_close: bool
    is_red: bool = False
    is_dirty: bool = False


class Right(Enum):
    """The endings that are right with a server, strictest first."""

    PASSES = "equal"
    #: The gate may adapt its probe, and pass, or say what was not kept.
    ENDS_EQUAL = "equal, passed or red"
    IS_RED = "equal, and red"
    BLANKS_TOLD = "equal but for blanks and line ends"
    EQUAL_OR_DIRTY = "equal, or dirty"

    def admits(self, ending: Ending) -> bool:
        """Whether such an ending is right."""
        if self is Right.EQUAL_OR_DIRTY:
            return ending.is_equal or ending.is_dirty
        if ending.is_dirty:
            return False
        if self is Right.BLANKS_TOLD:
            return ending.is_close
        is_red = {Right.PASSES: False, Right.IS_RED: True}.get(self, ending.is_red)
        return ending.is_equal and ending.is_red is is_red


# -- habits ---------------------------------------------------------------------------------------


def takes_all(document: Document, body: Body) -> Document:
    return dict(body)


def has_no_consequence(before: Document, after: Document, body: Body) -> Document:
    return after


@dataclass(frozen=True, kw_only=True)
class Habit:
    """A habit, and the right endings with a short, plain text in the probe field.

    `OddServer.right_for` knows them for any document, and for habits that are combined.
    """

    name: str
    right: Right = Right.PASSES
    takes: Taking = takes_all
    #: How the body is stored, if not merged.
    stores: Merging | None = None
    then: Consequence = has_no_consequence
    #: Fields that change with any update, and whose change is no harm: counters, moments.
    moving: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class OddServer:
    """A server with some habits; `merging` is for a `Store`."""

    habits: tuple[Habit, ...]

    def __str__(self) -> str:
        return " + ".join(habit.name for habit in self.habits)

    @property
    def moving(self) -> frozenset[str]:
        return frozenset[str]().union(*(habit.moving for habit in self.habits))

    @property
    def merging(self) -> Merging:
        """The document after an update; raises `Refused`."""
        stores = [habit.stores for habit in self.habits if habit.stores]

        def merging(document: Document, body: Body) -> Document:
            taken = functools.reduce(lambda b, h: h.takes(document, b), self.habits, dict(body))
            after = (stores[-1] if stores else merges)(document, taken)
            for habit in self.habits:
                after = habit.then(document, after, taken)
            return after

        return merging

    def right_for(self, document: Document) -> Right:
        """The right endings with this document, where updates send what the protocol sends.

        Found by trying: the probe field is given back as it is, then with a probe, then restored
        together with what the probe emptied.
        """
        text = document.get(PROBE)
        if not isinstance(text, str | None):
            return Right.EQUAL_OR_DIRTY
        try:
            given = self.merging(document, {PROBE: text})
        except Refused:
            return Right.IS_RED
        if not text or text != text.strip():
            # Risky: it is given back before the probe.
            emptied = _emptied(document, given)
            if emptied:
                return self._right_of_restoring(document, given, emptied)
            if not self.ending(document, given).is_close:
                return Right.EQUAL_OR_DIRTY
        probe = f"{text} {MARKER}" if text else MARKER
        try:
            probed = self.merging(document, {PROBE: probe})
        except Refused:
            return self._right_of_another_probe(document, text)
        restored = self._right_of_restoring(document, probed, _emptied(document, probed))
        if restored is Right.PASSES and probed.get(PROBE) == document.get(PROBE):
            return Right.IS_RED
        if restored is Right.PASSES and probed.get(PROBE) != probe:
            return Right.ENDS_EQUAL
        return restored

    def _right_of_another_probe(self, document: Document, text: str | None) -> Right:
        """The gate may adapt its probe to the length of the text."""
        if not text:
            return Right.ENDS_EQUAL
        try:
            probed = self.merging(document, {PROBE: "-" * len(text)})
        except Refused:
            return Right.ENDS_EQUAL
        restored = self._right_of_restoring(document, probed, _emptied(document, probed))
        return Right.ENDS_EQUAL if restored in (Right.PASSES, Right.IS_RED) else restored

    def _right_of_restoring(self, start: Document, document: Document, emptied: Body) -> Right:
        try:
            restored = self.merging(document, {PROBE: start.get(PROBE), **emptied})
        except Refused:
            return Right.EQUAL_OR_DIRTY
        ending = self.ending(start, restored)
        if not ending.is_close:
            return Right.EQUAL_OR_DIRTY
        if not ending.is_equal:
            return Right.BLANKS_TOLD
        return Right.IS_RED if emptied else Right.PASSES

    def ending(
        self,
        start: Document,
        document: Document,
        *,
        is_red: bool = False,
        is_dirty: bool = False,
    ) -> Ending:
        """How a run ended that found the document as at the start, and left it as it is."""
        before, after = self._essence(start), self._essence(document)
        return Ending(
            is_equal=before == after,
            is_close=_without_blanks(before) == _without_blanks(after),
            is_red=is_red,
            is_dirty=is_dirty,
        )

    def _essence(self, document: Document) -> Document:
        """Without moving fields and the store's own counter; null and absent are the same."""
        ignored = self.moving | {"updated_at"}
        return {n: v for n, v in document.items() if v is not None and n not in ignored}


def _emptied(before: Document, after: Document) -> Document:
    """What stood beside the probe field, and is gone."""
    gone = {n: v for n, v in before.items() if n != PROBE and after.get(n) is None}
    return {name: value for name, value in gone.items() if value is not None}


def _without_blanks(document: Document) -> Document:
    """Without the blanks and line ends in the probe field that a server may normalise."""
    return {n: _normalised(v) if n == PROBE else v for n, v in document.items()}


def _normalised(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, list):
        return [_normalised(item) for item in value]
    if isinstance(value, dict):
        return {name: _normalised(item) for name, item in value.items()}
    return value


def server_with(*habits: Habit) -> OddServer:
    """A server with all these habits, which act in this order; the last way of storing counts."""
    return OddServer(habits=habits)
