"""How the responses of one operation differ from its spec without breaking it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.records import dataclass

_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDrift:
    """How the responses of one operation differ from the spec without violating it.

    `undeclared` lists the places that any response had without a declaration, `unseen` those
    declared places that no response of the same status had, `doubts` the places that only one
    reading of the spec refuses, each with the reason.
    """

    operation: str
    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.undeclared or self.unseen or self.doubts)

    def notes(self) -> tuple[str, ...]:
        """The drift in words, and each doubt of its own."""
        found = replace(self, doubts=())
        shown = [f"readings differ: {self.operation}: {one}" for one in self.doubts[:_PLACES]]
        rest = len(self.doubts) - _PLACES
        if rest > 0:
            shown.append(f"readings differ: {self.operation}: at {rest} more places")
        return (*((f"drift: {found}",) if found else ()), *shown)

    def __str__(self) -> str:
        said = []
        if self.undeclared:
            said.append(f"undeclared: {listed(self.undeclared)}")
        if self.unseen:
            said.append(f"never seen: {listed(self.unseen)}")
        if self.doubts:
            said.append(f"readings differ: {listed(self.doubts, separator='; ')}")
        return f"{self.operation}: {'; '.join(said)}"


def drift_failure(drift: OperationDrift, *, source: str) -> Failure:
    """The failure of a run in which drift is not allowed."""
    seen = str(drift).partition(": ")[2]
    expected, advice = [], []
    if drift.undeclared or drift.unseen:
        expected.append("with exactly what is declared")
        advice.append("declare what is new and remove what is gone")
    if drift.doubts:
        expected.append("that every reading accepts")
        advice.append("do what each place says")
    return Failure(
        category=Category.INVALID,
        expected=f"responses of {drift.operation} {' and '.join(expected)}",
        seen=seen,
        where=source or drift.operation,
        hint=f"{', '.join(advice)}, or use --smoke-drift=note",
    )


def listed(names: Sequence[str], *, separator: str = ", ") -> str:
    """The first few names, and the number of the others."""
    rest = len(names) - _PLACES
    return separator.join(names[:_PLACES]) + (f" and {rest} more" if rest > 0 else "")
