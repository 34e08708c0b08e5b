"""What a probe write knows at a moment: what was sent, and what reads have shown since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pytest_apismoke.documents import lookup, same
from pytest_apismoke.safewrite.probe import Probe, field_of


@dataclass(slots=True, kw_only=True)
class ProbeState:
    """Changes from step to step.

    `pointer` is the probe field; `etag` the entity tag that the document had last, empty where
    the target gives none that it honours (`tags_match` is False then).

    Times are those of the budget's clock: `sent_at` and `landed_at` of the last write;
    `looked_at` is when the field was last seen free, None once it is this run's; `gap_s` how long
    the first write after that took to arrive.

    Of the reads since the last write, `in_place_at` says when the probe was seen last, None if
    something else was seen after it; `was_kept` that it was seen at all; `surfaced` that any
    change was; `lagged` that one came late.
    """

    pointer: str
    original: dict[str, Any] = field(default_factory=dict)
    probe: Probe | None = None
    turn: int = 0
    etag: str = ""
    tags_match: bool = True
    looked_at: float | None = None
    sent_at: float = 0.0
    landed_at: float = 0.0
    gap_s: float = 0.0
    in_place_at: float | None = None
    was_kept: bool = False
    surfaced: bool = False
    lagged: bool = False
    accepted: int = 0
    refused: bool = False
    needs_restoring: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def member(self) -> str:
        """The member of the document that holds the probe field."""
        return field_of(self.pointer)

    @property
    def place(self) -> str:
        """Where the probe stands: the probe field, or a member somewhere in it."""
        return self.probe.pointer if self.probe else self.pointer

    @property
    def before(self) -> Any:
        """What stood there at first."""
        return lookup(self.original, self.place)

    def expected(self) -> dict[str, Any]:
        """The document with the probe in it."""
        assert self.probe is not None, "nothing was written yet"
        return self.probe.written_to(self.original)

    def is_probe_in(self, document: dict[str, Any]) -> bool:
        """Whether the document shows the probe, exactly as it was written."""
        return self.probe is not None and same(lookup(document, self.place), self.probe.value)

    def landed(self, now: float) -> None:
        """Notes when a write has been answered, or was given up."""
        self.landed_at = now
        if self.looked_at is not None:
            self.gap_s, self.looked_at = now - self.looked_at, None

    def sent(self, probe: Probe, now: float) -> None:
        """Notes that a probe is sent now, and forgets what reads have shown of the one before."""
        self.sent_at, self.refused = now, False
        self.probe, self.turn = probe, self.turn + 1
        self.in_place_at, self.was_kept, self.surfaced = None, False, False
        # From here on the target may be changed, whether an answer comes or not.
        self.needs_restoring = True
