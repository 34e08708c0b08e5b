"""A gate at a moment: what it can do next, and the invariants that are judged when it does so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from model.invariants import Invariant
from model.records import (
    Body,
    Document,
    Edit,
    Gate,
    Kind,
    Mark,
    Place,
    State,
    Update,
    Verdict,
    has_edit,
    has_probe_of,
    is_harmed_by,
)
from model.rules import Rule
from model.server import Server
from model.world import World

#: Sends are counted no further, so that there are not more states than needed.
MAX_SENDS = 9


class Step(NamedTuple):
    """A step from one state to the next, and the invariants that it breaks."""

    label: str
    state: State
    broken: tuple[Invariant, ...] = ()


@dataclass(frozen=True)
class Model:
    """A world, and the protocol in it."""

    world: World
    #: A rule that the protocol does not follow.
    left_out: Rule | None = None
    #: Reads side by side.
    round_size: int = 4

    @cached_property
    def server(self) -> Server:
        return Server(self.world)

    def follows(self, rule: Rule) -> bool:
        return rule is not self.left_out


@dataclass(frozen=True)
class Moment:
    """A gate in a state. Its methods make the steps that it can take from here."""

    model: Model
    state: State
    slot: int
    #: The gate as it enters the next state: without the first half of a round, if it had one.
    gate: Gate

    @property
    def world(self) -> World:
        return self.model.world

    @property
    def is_settled(self) -> bool:
        return self.model.server.is_settled(self.state, self.slot)

    def follows(self, rule: Rule) -> bool:
        return self.model.follows(rule)

    def becomes(self, label: str, gate: Gate) -> Step:
        """The step after which the gate is as given."""
        return Step(label, self.state.with_gate(self.slot, gate))

    def looks(self) -> Iterator[Document]:
        """The documents that one read over the sending connection may show."""
        yield from dict.fromkeys(self.model.server.shown(self.state))

    def rounds(self) -> Iterator[Step | tuple[Gate, frozenset[Document]]]:
        """Each round that is possible: the gate after it and the documents, or its first half."""
        reads = self.model.round_size if self.follows(Rule.UNANIMOUS) else 1
        for documents, has_reached_all in self.model.server.rounds(self.state, reads):
            if self.world.splits_rounds and reads > 1 and not self.gate.half:
                yield self.becomes("reads", self.gate._replace(half=documents))
                continue
            was_blind = self.gate.was_blind or not has_reached_all
            gate = self.gate._replace(half=frozenset(), was_blind=was_blind)
            yield gate, self.gate.half | documents

    def is_residue(self, mark: Mark) -> bool:
        """Whether its gate is gone, and no update of that run can arrive any more."""
        gate = self.state.gates[mark.slot]
        is_gone = gate.run != mark.run or gate.has_ended
        return is_gone and not any(
            update.sender == (mark.slot, mark.run) and not update.is_answered
            for update in self.state.flight
        )

    def sends(
        self, label: str, gate: Gate, kind: Kind, body: Body, *, view: Document, to: Place
    ) -> Step:
        """The step that puts an update into flight, after a look that showed the view."""
        is_journalled = gate.entry is not None and gate.entry.knows(body)
        tag = view.tag if self.world.has_tags else None
        update = Update(self.slot, gate.run, body, kind, self._edit_in(view), tag)
        sending = gate._replace(
            place=to,
            tries=0,
            half=frozenset(),
            saw_another=False,
            sends=min(gate.sends + 1, MAX_SENDS),
        )
        state = self.state.with_gate(self.slot, sending).with_update(update)
        return Step(label, state, () if is_journalled else (Invariant.S1,))

    def _edit_in(self, view: Document) -> Edit:
        field = self.world.editor
        was_edited = (
            field is not None
            and not self.state.edits
            and any(has_edit(store, field) for store in self.state.stores)
        )
        if field is None or not was_edited:
            return "later"
        return "shown" if has_edit(view, field) else "hidden"

    def ends(self, label: str, gate: Gate, verdict: Verdict) -> Step:
        """The step that ends the run."""
        state = self.state.with_gate(self.slot, gate.ended(verdict))
        return Step(label, state, tuple(self._broken_by(verdict, gate)))

    def _broken_by(self, verdict: Verdict, gate: Gate) -> Iterator[Invariant]:
        stores, slot = self.state.stores, self.slot
        shown = (*self.model.server.shown(self.state), *stores)
        ours = [update for update in self.state.flight if update.slot == slot]
        if verdict == "green" and any(is_harmed_by(document, slot) for document in shown):
            yield Invariant.S2.unless_blind(gate.was_blind)
        if verdict == "green" and any(update.kind == "probe" for update in ours):
            yield Invariant.S2
        if verdict in ("persist", "dirty") and self.world.is_healthy:
            yield Invariant.S5_EDITOR if self.world.editor else Invariant.S5
        if verdict == "inconclusive" and self.world.is_healthy and not self.world.editor:
            yield Invariant.GAVE_UP
        if verdict != "dirty" and not ours and any(has_probe_of(store, slot) for store in stores):
            yield Invariant.S8.unless_blind(gate.was_blind)
        was_dirty = gate.said[-1:] == ("dirty",)
        if was_dirty and verdict == "green" and any(is_harmed_by(store, slot) for store in stores):
            yield Invariant.S6.unless_blind(gate.was_blind)
