"""What must hold in every state, and what may be said of a state in which nothing can happen."""

from __future__ import annotations

from enum import Enum

from model.records import (
    BESIDE,
    BESIDE_EDITED,
    EDITED,
    ORIGINAL,
    Document,
    State,
    is_harmed_by,
    untagged,
)
from model.world import World


class Invariant(Enum):
    """An invariant; "blind" where only reads that missed an instance broke it."""

    S1 = "S1"
    S2 = "S2"
    S2_BLIND = "S2-blind"
    S3 = "S3"
    S3_BLIND = "S3-blind"
    S4 = "S4"
    S4_STALE = "S4-stale"
    S4_WINDOW = "S4-window"
    S5 = "S5"
    S5_EDITOR = "S5-editor"
    S6 = "S6"
    S6_BLIND = "S6-blind"
    S7 = "S7"
    S7_BLIND = "S7-blind"
    S8 = "S8"
    S8_BLIND = "S8-blind"
    GAVE_UP = "gave-up"
    STUCK = "stuck"

    def unless_blind(self, is_blind: bool) -> Invariant:
        return Invariant(f"{self.value}-blind") if is_blind else self

    @property
    def is_lost_edit(self) -> bool:
        return self.value.startswith("S4")


MEANINGS = {
    Invariant.S1: "something is sent that was not journalled",
    Invariant.S2: "green while a probe or a harm of ours is visible, or a probe of ours is still "
    "on its way",
    Invariant.S3: "all have ended, the next run on the machine too: not the original with the "
    "edit, and nobody said persist or dirty",
    Invariant.S4: "an edit is overwritten (-window: it came after the look, -stale: the look did "
    "not show it)",
    Invariant.S5: "persist or dirty on a healthy target (-editor: because of an edit)",
    Invariant.S6: "green after dirty, and the difference is still there",
    Invariant.S7: "something of ours is left, and no journal has an entry for it",
    Invariant.S8: "a run ends with its probe in the store, nothing on its way, and does not say "
    "dirty",
    Invariant.GAVE_UP: "no violation: inconclusive on a healthy target (the model allows three "
    "turns)",
    Invariant.STUCK: "nobody can move, and somebody has not ended",
}


def broken_at_end(world: World, state: State) -> list[Invariant]:
    """The invariants that are broken in a state in which nothing can happen any more."""
    if any(gate.place != "end" for gate in state.gates):
        waiting = all(gate.place != "dead" or gate.run < 2 for gate in state.gates)
        return [Invariant.STUCK] if waiting else []
    is_blind = any(gate.was_blind for gate in state.gates)
    said = {verdict for gate in state.gates for verdict in gate.said}
    wanted = Document(
        EDITED if world.editor == "text" else ORIGINAL,
        BESIDE_EDITED if world.editor == "beside" else BESIDE,
    )
    broken = []
    if any(untagged(store) != wanted for store in state.stores) and not said & {"persist", "dirty"}:
        broken.append(Invariant.S3.unless_blind(is_blind))
    for slot, gate in enumerate(state.gates):
        is_left = any(is_harmed_by(store, slot) for store in state.stores)
        if is_left and gate.entry is None and not world.loses_journal:
            broken.append(Invariant.S7.unless_blind(is_blind))
    return broken
