"""A world: which servers, gates, editors and accidents there are; see `worlds.py` for the list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from model.records import Field


class Fault(Enum):
    """A fault of the server. The first five may or may not happen, at each update."""

    #: Acknowledged, and not stored.
    DROPS = auto()
    #: Acknowledged, and stored within the wait.
    LATE = auto()
    #: Stored after the wait, but before the next run.
    LATER_THAN_THE_WAIT = auto()
    #: Stored at any time.
    LATE_WITHOUT_BOUND = auto()
    #: A restoring update is refused.
    REFUSES_RESTORES = auto()
    #: An update of the probe field changes the other field for good.
    SIDE_EFFECT = auto()
    #: A field that is not sent is gone.
    WIPES = auto()
    #: The first cache never refreshes.
    STUCK_CACHE = auto()
    #: Caches refresh after the wait, but before the next run.
    SLOW_CACHES = auto()


@dataclass(frozen=True, kw_only=True)
class World:
    """What may happen; everything that may, does so in some order that is explored."""

    name: str
    gates: int = 1
    #: One store; one store behind `instances` read caches that refresh at any time; or as many
    #: stores of their own behind one address, where an update reaches one of them.
    kind: Literal["one", "caches", "own stores"] = "one"
    instances: int = 1
    #: The field that somebody edits, once.
    editor: Field | None = None
    #: How many gates are killed, each at most once, with an update in flight lost or not.
    kills: int = 0
    #: A killed gate's next run finds no entry: another machine.
    loses_journal: bool = False
    #: The server gives strong entity tags and honours them.
    has_tags: bool = False
    #: A round is two moments, not one.
    splits_rounds: bool = False
    #: Gates do not wait for what others had sent before their own probe landed.
    is_slow: bool = False
    #: A round of at least as many reads as instances reaches all of them (round robin).
    covers: bool = True
    fault: Fault | None = None
    #: A red run is a false alarm.
    is_healthy: bool = True
