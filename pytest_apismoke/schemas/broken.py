"""The violations of one value, and their words."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.errors import Break, Violation
from pytest_apismoke.evidence import Sighting
from pytest_apismoke.known.entries import besides
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The violations of a value, and a diff that shows them; false for a valid value.

    `known` are the violations that are excused: they are not in `violations`. `gone` are the
    excused ones that the value could have and has not.
    """

    violations: tuple[Violation, ...] = ()
    difference: tuple[str, ...] = ()
    known: tuple[Violation, ...] = ()
    gone: tuple[Break, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.violations)

    @property
    def in_words(self) -> str:
        """The violations as a phrase, with the number of those that are known."""
        return in_words(self.violations) + besides(sum(len(one.breaks) for one in self.known))

    def sighting(self, name: str, *, contract: str, status: int | None) -> Sighting:
        """What the value has shown of the known violations; see `Sighting` for the arguments."""
        met = tuple(one for violation in self.known for one in violation.breaks)
        return Sighting(name=name, contract=contract, status=status, met=met, gone=self.gone)


def in_words(violations: Sequence[Violation], *, at_most: int = 3) -> str:
    """The first few violations as a phrase, and the number of the others."""
    shown = "; ".join(map(str, violations[:at_most]))
    rest = len(violations) - at_most
    return f"{shown}; and {rest} more" if rest > 0 else shown
