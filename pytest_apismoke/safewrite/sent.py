"""What this run sent last, and what is known about its updates. Pure."""

from __future__ import annotations

from typing import Any

from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The probe that was sent last.

    Attributes:
        probe: its place and value.
        shown: what the look right before it showed in that place.
        turn: which of the run's probes it is, from 1.
        lease_s: what its marker claims, in seconds.
        at_s: when its update was answered or failed, by the clock of the budget, in seconds.
        saw_another: whether another gate's marker showed up since.

    """

    probe: Probe
    shown: Any
    turn: int
    lease_s: int
    at_s: float
    saw_another: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known about the updates of this run.

    Attributes:
        was_accepted: whether any was accepted.
        may_have_arrived: whether any may have been applied: not all of them were refused.
        was_seen: whether a round showed the last probe.
        may_come: whether one may still arrive: a probe that was gone before it was seen.
        tag: the entity tag that the target gave to the last accepted one, if any.

    """

    was_accepted: bool = False
    may_have_arrived: bool = False
    was_seen: bool = False
    may_come: bool = False
    tag: str = ""

    @property
    def has_landed(self) -> bool:
        """Whether no update can arrive after the restore any more."""
        return (self.was_seen or not self.may_have_arrived) and not self.may_come
