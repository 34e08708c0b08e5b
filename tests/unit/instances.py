"""Several instances behind one address, in memory: with stores of their own, or with read caches.

Requests go to one instance after the other.
"""

from __future__ import annotations

import copy
import itertools
from threading import RLock

from unit.memory import Document, Store

from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response


class OwnStores(Store):
    """Instances that do not share their store: an update reaches one of them.

    `document`, `become` and `hold` are about the first one.
    """

    def __init__(self, document: Document, clock: Clock, *, instances: int) -> None:
        super().__init__(document, clock)
        further = [copy.deepcopy(self._versions) for _ in range(instances - 1)]
        self._instances = [self._versions, *further]
        self._turns = itertools.cycle(self._instances)
        # Reads come side by side, and an action may send a request of its own.
        self._lock = RLock()

    @property
    def documents(self) -> tuple[Document, ...]:
        """The document of each instance, as it really is."""
        return tuple(versions[-1][1] for versions in self._instances)

    def handle(self, request: Request) -> Response | None:
        with self._lock:
            before, self._versions = self._versions, next(self._turns)
            try:
                return super().handle(request)
            finally:
                self._versions = before


class ReadCaches(Store):
    """Instances that share a store, and read it again only after `refresh_s` seconds."""

    def __init__(
        self, document: Document, clock: Clock, *, instances: int, refresh_s: float
    ) -> None:
        super().__init__(document, clock)
        self.refresh_s = refresh_s
        #: Of each instance: when it read the store, and the number of the version it found.
        self._caches: list[tuple[float, int]] = [(clock(), 0)] * instances
        self._turns = itertools.cycle(range(instances))

    def _number_shown(self) -> int:
        instance = next(self._turns)
        read_at, number = self._caches[instance]
        if self._clock() - read_at >= self.refresh_s:
            number = super()._number_shown()
            self._caches[instance] = (self._clock(), number)
        return number
