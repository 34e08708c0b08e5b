"""What has changed in an OpenAPI document: the records, and what a run says about them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.openapi.operation_drift import listed
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor

#: How many breaking changes have a note of their own.
_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change.

    Attributes:
        operations: that it concerns, by their names; the first is the one of `place`.
        place: inside the operation, empty for the operation itself.
        text: what became of it.
        is_breaking: whether the users of the API have to know: a response may be more than what the
            earlier spec said, or lacks what it named; a request that was accepted may be refused.

    """

    operations: tuple[str, ...]
    place: str
    text: str
    is_breaking: bool

    def redacted(self, redactor: Redactor) -> Change:
        """The change without secrets, which the values of an enumeration may be."""
        return Change(
            operations=tuple(map(redactor.text, self.operations)),
            place=redactor.text(self.place),
            text=redactor.text(self.text),
            is_breaking=self.is_breaking,
        )

    def __str__(self) -> str:
        rest = len(self.operations) - 1
        others = f" (and {rest} more operation{'' if rest == 1 else 's'})" if rest else ""
        place = f": {self.place}" if self.place else ""
        return f"{self.operations[0]}{place} {self.text}{others}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the document of the target says otherwise than the copy that was stored of it.

    `stored` is the path of the copy, `served` the URL of the document.
    """

    stored: str
    served: str
    changes: tuple[Change, ...] = ()

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that the users of the API have to know."""
        return tuple(one for one in self.changes if one.is_breaking)

    @property
    def new_operations(self) -> tuple[str, ...]:
        """The operations that the copy does not have."""
        return tuple(
            one.operations[0] for one in self.changes if not one.place and not one.is_breaking
        )

    def notes(self, *, strict: bool) -> tuple[str, ...]:
        """What a report says; when strict, a failure tells what breaks."""
        others = [str(one) for one in self.changes if not one.is_breaking]
        broken = [str(one) for one in self.breaking]
        told = [f"the document has changed, and breaks its copy: {one}" for one in broken[:_TOLD]]
        if len(broken) > _TOLD:
            told.append(
                f"the document has changed, and breaks its copy at {len(broken) - _TOLD} more"
                " places; 'apismoke openapi diff' lists them"
            )
        told = [] if strict else told
        if others:
            told.append(f"the document has changed: {listed(others, separator='; ')}")
        return tuple(told)

    def not_looked_at(self) -> tuple[str, ...]:
        """The operations whose responses nothing is held against."""
        new = self.new_operations
        if not new:
            return ()
        return (f"{listed(new)} ({self.stored} does not have {_them(new)})",)

    def failure(self) -> Failure | None:
        """The failure of a run in which the document may not break its copy, or None."""
        if not self.breaking:
            return None
        return Failure(
            category=Category.INVALID,
            expected=f"a document that promises what its copy {self.stored} does",
            seen=listed([str(one) for one in self.breaking], separator="; "),
            where=self.served,
            hint="take the change back, or accept it with 'apismoke openapi save'; a run without"
            " --smoke-drift=strict notes it",
        )


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
