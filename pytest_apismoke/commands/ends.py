"""How a run of pytest can end, as the process that ran it tells the command."""

from __future__ import annotations

from typing import NamedTuple

from pytest_apismoke.records import dataclass

#: With a verdict, whose exit code is told.
VERDICT = "verdict"
#: With information that was asked for, such as the help.
INFORMED = "informed"
#: Without a target.
NO_TARGET = "no-target"
#: Without a run, because an option of the call is somebody else's too; the text is the reason.
CLASHED = "clashed"
#: With an exit code of pytest's own.
REJECTED = "rejected"
#: With an exception.
BROKE_OFF = "broke-off"


class Told(NamedTuple):
    """An end that was told, with its exit code, and what is said of it."""

    end: str
    code: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How the process ended: its exit code, and the ends that it has told."""

    code: int
    told: tuple[Told, ...]

    def code_told(self, *ends: str) -> int | None:
        """The code of the last of some ends; None if none of them was told."""
        codes = [one.code for one in self.told if one.end in ends]
        return codes[-1] if codes else None

    def text_told(self, end: str) -> str:
        """What was said of an end; empty if it was not told."""
        return next((one.text for one in self.told if one.end == end), "")
