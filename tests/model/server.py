"""The server: how it applies an update, and which documents reads may show."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from model.records import WIPED, Document, State, Update, harm_of
from model.world import Fault, World


@dataclass(frozen=True)
class Server:
    """The server of a world."""

    world: World

    def shown(self, state: State) -> tuple[Document, ...]:
        """The document that each instance shows."""
        return state.caches if self.world.kind == "caches" else state.stores

    def apply(self, document: Document, update: Update) -> Document:
        """The document after an update."""
        body, beside = update.body, document.beside
        if body.has_beside:
            beside = body.beside
        elif self.world.fault is Fault.WIPES:
            beside = WIPED
        if self.world.fault is Fault.SIDE_EFFECT:
            was_harmed = document.beside is not None and document.beside.startswith("h")
            beside = document.beside if was_harmed else harm_of(update.slot)
        tag = document.tag + 1 if self.world.has_tags else document.tag
        return Document(body.text, beside, tag)

    def rounds(self, state: State, reads: int) -> Iterator[tuple[frozenset[Document], bool]]:
        """The documents that so many reads side by side may show; whether they reached all."""
        shown = self.shown(state)
        if self.world.covers and reads >= len(shown):
            yield frozenset(shown), True
            return
        for size in range(1, min(reads, len(shown)) + 1):
            for some in itertools.combinations(shown, size):
                yield frozenset(some), size == len(shown)

    def can_refresh(self, state: State, cache: int) -> bool:
        is_stuck = cache == 0 and self.world.fault is Fault.STUCK_CACHE
        return state.caches[cache] != state.stores[0] and not is_stuck

    def is_settled(self, state: State, slot: int) -> bool:
        """Whether this gate has waited long enough: all that is bounded has happened."""
        fault, is_first = self.world.fault, state.gates[slot].run == 1
        may_be_late = fault is Fault.LATE_WITHOUT_BOUND or (
            fault is Fault.LATER_THAN_THE_WAIT and is_first
        )
        if not may_be_late and any(u.slot == slot and u.is_answered for u in state.flight):
            return False
        if fault is Fault.SLOW_CACHES and is_first:
            return True
        return not any(self.can_refresh(state, cache) for cache in range(len(state.caches)))
