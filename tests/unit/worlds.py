"""Servers with habits, and what goes wrong on the way to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unit.instances import OwnStores, ReadCaches
from unit.memory import Document, Drop, Store
from unit.odd_servers import OddServer, server_with

if TYPE_CHECKING:
    from unit.conftest import FakeClock


@dataclass(frozen=True, kw_only=True)
class World:
    """A server and what goes wrong with it; see `Store`."""

    server: OddServer = field(default_factory=server_with)
    #: Whether the profile says that updates have to contain the whole document.
    whole: bool = False
    #: How the profile says that updates are written.
    update_format: str = "json"
    #: Whether the profile lets a probe be written where nothing was.
    may_be_absent: bool = False
    #: The statuses of the updates, and whether they are applied, whatever the status.
    statuses: tuple[int | None, ...] = (200,)
    applies: tuple[bool, ...] = (True,)
    lag_s: float = 0.0
    etag: str = ""
    drops: tuple[Drop, ...] = ()
    #: By how much the first updates of a life come late; 0 is at once.
    late_s: tuple[float, ...] = ()
    lost_fetches: int = 0
    #: How long each way of a request takes, in turn.
    legs_s: tuple[float, ...] = (0.0,)
    #: How long a run rests between two of its steps.
    rests_s: float = 0.0
    #: Seconds after which each of two read caches reads the store again.
    refresh_s: float = 0.0
    #: How many instances have stores of their own.
    stores: int = 1

    def store(self, document: Document, clock: FakeClock) -> Store:
        store = Store(document, clock)
        if self.stores > 1:
            store = OwnStores(document, clock, instances=self.stores)
        elif self.refresh_s:
            store = ReadCaches(document, clock, instances=2, refresh_s=self.refresh_s)
        store.merging, store.lag_s, store.etag = self.server.merging, self.lag_s, self.etag
        store.statuses, store.applies = list(self.statuses), list(self.applies)
        store.drops, store.lost_fetches = list(self.drops), self.lost_fetches
        return store
