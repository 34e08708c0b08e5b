"""Everything that can happen next: updates land, somebody edits, caches refresh, gates move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from model.invariants import Invariant
from model.moment import Model, Moment, Step
from model.protocol import steps_of_gate
from model.records import (
    BESIDE_EDITED,
    EDITED,
    Document,
    Edit,
    Gate,
    Place,
    State,
    Update,
    has_edit,
)
from model.rules import Rule
from model.world import Fault

_LOST_EDIT: dict[Edit, Invariant] = {
    "later": Invariant.S4_WINDOW,
    "hidden": Invariant.S4_STALE,
    "shown": Invariant.S4,
}
#: Where a gate goes on after the answer to its update, and after 412.
_AFTER_ANSWER: dict[Place, Place] = {
    "clearing": "base",
    "clearing in recovery": "start",
    "probing": "landed",
    "restoring": "proof",
}
_AFTER_412: dict[Place, Place] = {**_AFTER_ANSWER, "probing": "base", "restoring": "restore"}
_LATE = (Fault.LATE, Fault.LATER_THAN_THE_WAIT, Fault.LATE_WITHOUT_BOUND)


def first_state(model: Model) -> State:
    """The state before anything has happened."""
    world, document = model.world, Document("A", "a")
    return State(
        stores=(document,) * (world.instances if world.kind == "own stores" else 1),
        caches=(document,) * (world.instances if world.kind == "caches" else 0),
        flight=(),
        edits=1 if world.editor else 0,
        gates=(Gate(),) * world.gates,
        kills=world.kills,
    )


def moves(model: Model, state: State) -> Iterator[Step]:
    """Each step that is possible in this state."""
    for number in range(len(state.flight)):
        yield from _landings(model, state, number)
    if state.edits:
        yield _edit(model, state)
    for cache in range(len(state.caches)):
        if model.server.can_refresh(state, cache):
            caches = (*state.caches[:cache], state.stores[0], *state.caches[cache + 1 :])
            yield Step(f"cache {cache} refreshes", state._replace(caches=caches))
    for slot, gate in enumerate(state.gates):
        yield from _moves_of_gate(model, state, slot, gate)


def _edit(model: Model, state: State) -> Step:
    def edited(store: Document) -> Document:
        tag = store.tag + 1 if model.world.has_tags else 0
        if model.world.editor == "text":
            return store._replace(text=EDITED, tag=tag)
        return store._replace(beside=BESIDE_EDITED, tag=tag)

    stores = tuple(edited(store) for store in state.stores)
    return Step(f"somebody edits {model.world.editor}", state._replace(stores=stores, edits=0))


# -- gates --------------------------------------------------------------------------------------


def _moves_of_gate(model: Model, state: State, slot: int, gate: Gate) -> Iterator[Step]:
    if gate.has_ended:
        if gate.run < 2 and (gate.place == "dead" or gate.entry is not None):
            is_elsewhere = model.world.loses_journal and gate.place == "dead"
            entry = None if is_elsewhere else gate.entry
            again = Gate(run=2, entry=entry, said=gate.said, was_blind=gate.was_blind)
            yield Step(f"gate {slot} runs again", state.with_gate(slot, again))
        return
    if state.kills and gate.run == 1 and gate.place not in ("start", "base"):
        yield from _kills(state, slot, gate)
    for label, following, broken in steps_of_gate(Moment(model, state, slot, gate)):
        yield Step(f"gate {slot} {label}", following, broken)


def _kills(state: State, slot: int, gate: Gate) -> Iterator[Step]:
    killed = state.with_gate(slot, gate.killed())._replace(kills=state.kills - 1)
    yield Step(f"gate {slot} is killed", killed)
    if any(update.slot == slot for update in state.flight):
        rest = tuple(update for update in state.flight if update.slot != slot)
        lost = _nobody_waits_for((slot, gate.run), killed)._replace(flight=rest)
        yield Step(f"gate {slot} is killed, its update is lost", lost)


def _nobody_waits_for(sender: tuple[int, int], state: State) -> State:
    gates = (gate._replace(waits_for=gate.waits_for - {sender}) for gate in state.gates)
    return state._replace(gates=tuple(gates))


# -- updates ------------------------------------------------------------------------------------


def _landings(model: Model, state: State, number: int) -> Iterator[Step]:
    update, rest, fault = state.flight[number], state.without_update(number), model.world.fault
    what = f"gate {update.slot}'s {update.kind}"
    if fault is Fault.DROPS:
        yield Step(f"{what} is acknowledged and dropped", _answered(model, rest, update))
    if fault in _LATE and not update.is_answered:
        later = rest.with_update(update._replace(is_answered=True))
        yield Step(f"{what} is acknowledged, not stored yet", _answered(model, later, update))
    for store, document in enumerate(state.stores):
        if update.if_match not in (None, document.tag):
            yield Step(f"{what} is refused (412)", _answered(model, rest, update, status=412))
            continue
        if fault is Fault.REFUSES_RESTORES and update.kind == "restore":
            yield Step(f"{what} is refused (422)", _answered(model, rest, update, status=422))
        new = model.server.apply(document, update)
        editor = model.world.editor
        loses_edit = editor and has_edit(document, editor) and not has_edit(new, editor)
        stored = _noticed(model, rest.with_store(store, new), update)
        if not update.is_answered:
            stored = _answered(model, stored, update, tag=new.tag)
        where = f" at instance {store}" if model.world.kind == "own stores" else ""
        value = "marker" if update.kind == "probe" else update.body.text
        broken = (_LOST_EDIT[update.edit],) if loses_edit else ()
        yield Step(f"{what} lands{where}: {value}", stored, broken)


def _noticed(model: Model, state: State, update: Update) -> State:
    """The state in which the other gates may know of this update, which has just been stored."""
    may_see = update.kind == "probe" and not model.world.is_slow and model.follows(Rule.HALFWAY)

    def noticing(slot: int, gate: Gate) -> Gate:
        if slot == update.slot:
            return gate
        saw_another = gate.saw_another or (may_see and gate.place == "landed")
        return gate._replace(was_quiet=False, saw_another=saw_another)

    gates = (noticing(slot, gate) for slot, gate in enumerate(state.gates))
    return state._replace(gates=tuple(gates))


def _answered(
    model: Model,
    state: State,
    update: Update,
    *,
    status: Literal[200, 412, 422] = 200,
    tag: int | None = None,
) -> State:
    """The state in which the sender has its answer, if it is still there."""
    state = _nobody_waits_for(update.sender, state)
    gate = state.gates[update.slot]
    if gate.run != update.run or gate.has_ended:
        return state
    others = frozenset(
        other.sender
        for other in state.flight
        if other.sender != update.sender and not other.is_answered
    )
    place = (_AFTER_412 if status == 412 else _AFTER_ANSWER)[gate.place]
    if status == 412 and gate.place == "probing" and gate.turn == 1:
        # Nothing of this gate was ever stored: the document as it is now is the original.
        gate = gate._replace(original=None, entry=None, turn=0)
    gate = gate._replace(
        place=place, waits_for=frozenset() if model.world.is_slow else others, tag=tag
    )
    return state.with_gate(update.slot, gate)
