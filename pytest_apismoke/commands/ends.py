"""How a run of pytest can end, as the process that ran it tells the command."""

from __future__ import annotations

from dataclasses import dataclass

#: With a verdict, whose exit code is told.
VERDICT = "verdict"
#: With information that was asked for, such as the help.
INFORMED = "informed"
#: Without a target.
NO_TARGET = "no-target"
#: With an exit code of pytest's own.
REJECTED = "rejected"
#: With an exception.
BROKE_OFF = "broke-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How the process ended: its exit code, and the ends that it has told, each with its code."""

    code: int
    told: tuple[tuple[str, int], ...]

    def code_told(self, *ends: str) -> int | None:
        """The code of the last of some ends; None if none of them was told."""
        codes = [code for end, code in self.told if end in ends]
        return codes[-1] if codes else None
