"""The state of one probe write: the updates sent, and the reads since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pytest_apismoke.documents import lookup, same
from pytest_apismoke.safewrite.probe import Probe, key_of


@dataclass(slots=True, kw_only=True)
class ProbeState:
    """The mutable state of a probe write. Times are those of the budget's clock, in seconds.

    Attributes:
        pointer: the probe field, as a JSON Pointer.
        original: the document before the first write.
        probe: the probe of the last write.
        turn: the number of the last write, from 1.
        etag: the last strong entity tag of the document; empty if there is none to rely on.
        tags_match: False once the target has refused a condition (If-Match) that should hold.
        looked_at: when a read last showed the field free; None after the next write.
        sent_at: when the last write was sent.
        landed_at: when the last write was answered or given up.
        gap_s: the time between the look at the free field and the end of the write after it.
        in_place_at: when a read since the last write last showed the probe; None if a later read
            did not.
        was_kept: whether a read since the last write showed the probe.
        surfaced: whether a read since the last write showed any change.
        lagged: whether any read-back had to be repeated.
        accepted: how many writes the target accepted.
        refused: whether the target refused the last write for certain (4xx).
        needs_restoring: whether the probe may be in the document.
        notes: sentences for the verdict.

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
    def key(self) -> str:
        """The document's property that contains the probe field."""
        return key_of(self.pointer)

    @property
    def place(self) -> str:
        """The place of the probe: the probe field, or a value inside it."""
        return self.probe.pointer if self.probe else self.pointer

    @property
    def before(self) -> Any:
        """The original value at that place."""
        return lookup(self.original, self.place)

    def expected(self) -> dict[str, Any]:
        """The document with the probe in it."""
        assert self.probe is not None, "nothing was written yet"
        return self.probe.written_to(self.original)

    def is_probe_in(self, document: dict[str, Any]) -> bool:
        """Whether the document contains the probe exactly as it was written."""
        return self.probe is not None and same(lookup(document, self.place), self.probe.value)

    def landed(self, now: float) -> None:
        """Records the end of a write: it was answered or given up."""
        self.landed_at = now
        if self.looked_at is not None:
            self.gap_s, self.looked_at = now - self.looked_at, None

    def sent(self, probe: Probe, now: float) -> None:
        """Records that a probe is about to be sent, and resets the reads of the last one."""
        self.sent_at, self.refused = now, False
        self.probe, self.turn = probe, self.turn + 1
        self.in_place_at, self.was_kept, self.surfaced = None, False, False
        # From here on the target may be changed, with or without a response.
        self.needs_restoring = True
