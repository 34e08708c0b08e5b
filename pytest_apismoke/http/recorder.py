"""Collects the evidence of one check, whose thread may run beside others."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pytest_apismoke.evidence import Exchange, Sighting


class Recorder:
    """Collects exchanges, notes and sightings in their order. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._notes: dict[str, str] = {}
        self._sightings: list[Sighting] = []

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges so far."""
        with self._lock:
            return tuple(self._exchanges)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes so far, each of them once."""
        with self._lock:
            return tuple(self._notes.values())

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """What responses have shown of known violations, beside those of the exchanges."""
        with self._lock:
            return tuple(self._sightings)

    def sighted(self, sighting: Sighting) -> None:
        """Records what a response has shown of known violations, if it has shown any."""
        if sighting.met or sighting.gone:
            with self._lock:
                self._sightings.append(sighting)

    def add(self, exchange: Exchange) -> None:
        """Records an exchange."""
        with self._lock:
            self._exchanges.append(exchange)

    def note(self, note: str, *, topic: str = "") -> None:
        """Records a sentence for the report, once however often it is repeated.

        Of several with one `topic`, which differ in a number perhaps, the first is kept.
        """
        with self._lock:
            self._notes.setdefault(topic or note, note)

    def take_over(self, other: Recorder) -> None:
        """Adds the evidence of another recorder."""
        for exchange in other.exchanges:
            self.add(exchange)
        for sighting in other.sightings:
            self.sighted(sighting)
        with other._lock:
            notes = tuple(other._notes.items())
        for topic, note in notes:
            self.note(note, topic=topic)

    def move_to_end(self, which: Callable[[Exchange], bool]) -> None:
        """Moves some exchanges behind the others, in their order."""
        with self._lock:
            self._exchanges.sort(key=which)

    def amend(self, exchange: Exchange, amended: Exchange) -> None:
        """Replaces a recorded exchange by a more complete record of it."""
        with self._lock:
            self._exchanges = [amended if one is exchange else one for one in self._exchanges]


class Relay(Recorder):
    """Forwards to the recorder of the check that is running.

    It serves an object that several checks of a suite share, such as a probe: the checks run one
    after the other, and each sets `to` when it begins.
    """

    def __init__(self, to: Recorder) -> None:
        super().__init__()
        self.to = to

    def add(self, exchange: Exchange) -> None:
        """Records an exchange of the running check."""
        self.to.add(exchange)

    def note(self, note: str, *, topic: str = "") -> None:
        """Records a note of the running check."""
        self.to.note(note, topic=topic)

    def sighted(self, sighting: Sighting) -> None:
        """Records what a response to the running check has shown of known violations."""
        self.to.sighted(sighting)
