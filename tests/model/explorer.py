"""A breadth-first search over every order of steps, for shortest traces to broken invariants.

    python tests/model               # the tables; --help for more

A step of a gate is a function in `protocol` or `restoring`: given a moment, it yields steps. A new
fault is a member of `Fault`, with its effect in `server` or `environment`. A new invariant is a
member of `Invariant`, yielded by a step or by `broken_at_end`. A new rule is a member of `Rule`,
and `here.follows(rule)` where it acts.

The model abstracts from time, but for its order and five bounds. (Fischer) A gate reads back only
when the updates that others had sent before its probe landed have landed. (Lease) A marker is a
residue only when its gate is dead and its updates have landed. (Wait) "Not there" is concluded only
when caches have refreshed and acknowledged updates have landed, unless the fault is that they take
longer. (Quiet) Another probe is sent, after a loss, only when no update of others is in flight.
(Watch) Looks are closer together than a probe stays, so that they see every probe.

It also abstracts from values: what a target does to them (trims, cuts, refuses null, counts) is for
the property tests.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from model.environment import first_state, moves
from model.invariants import Invariant, broken_at_end
from model.moment import Model
from model.records import State, untagged

#: States a world, in a whole exploration: five worlds of two and three gates are larger.
BOUND = 100_000
#: The same where a rule is left out: enough to find what breaks.
RULE_BOUND = 8_000

#: A state, and whether an edit was overwritten on the way: then the end can't have it, which is no
#: second violation.
_Node = tuple[State, bool]


@dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome of one exploration."""

    states: int
    #: All states that can be reached were.
    is_complete: bool
    #: The steps of a shortest trace to each broken invariant, the last one with the end itself.
    broken: dict[Invariant, tuple[str, ...]]
    #: The verdicts of runs in states in which nothing can happen any more: the model does end.
    verdicts: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """The names of the broken invariants."""
        return frozenset(invariant.value for invariant in self.broken)


def explore(model: Model, bound: int = BOUND) -> Result:
    """Explores at most so many states."""
    return _Search(model, bound).run()


class _Search:
    def __init__(self, model: Model, bound: int) -> None:
        self.model, self.bound = model, bound
        first: _Node = (first_state(model), False)
        self.parents: dict[_Node, tuple[_Node, str] | None] = {first: None}
        self.queue = deque([first])
        self.is_complete = True
        self.broken: dict[Invariant, tuple[str, ...]] = {}
        self.verdicts: set[str] = set()

    def run(self) -> Result:
        while self.queue:
            node = self.queue.popleft()
            if not self.follow(node):
                self.judge_end(node)
        return Result(
            states=len(self.parents),
            is_complete=self.is_complete,
            broken=self.broken,
            verdicts=frozenset(self.verdicts),
        )

    def follow(self, node: _Node) -> bool:
        """Takes each step from here; whether one of them leads anywhere else."""
        state, was_lost = node
        can_move = False
        for label, following, broken in moves(self.model, state):
            can_move = can_move or following != state
            for invariant in broken:
                self.note(invariant, node, label)
            is_lost = was_lost or any(invariant.is_lost_edit for invariant in broken)
            self.reach((following, is_lost), node, label)
        return can_move

    def reach(self, child: _Node, parent: _Node, label: str) -> None:
        if child in self.parents:
            return
        if len(self.parents) >= self.bound:
            self.is_complete = False
            return
        self.parents[child] = (parent, label)
        self.queue.append(child)

    def judge_end(self, node: _Node) -> None:
        state, was_lost = node
        self.verdicts.update(verdict for gate in state.gates for verdict in gate.said)
        for invariant in broken_at_end(self.model.world, state):
            if not (was_lost and invariant in (Invariant.S3, Invariant.S3_BLIND)):
                self.note(invariant, node, _end(state))

    def note(self, invariant: Invariant, node: _Node, last: str) -> None:
        """Keeps the first trace to each invariant, which is a shortest one."""
        if invariant in self.broken:
            return
        labels, step = [last], self.parents[node]
        while step is not None:
            node, label = step
            labels.append(label)
            step = self.parents[node]
        self.broken[invariant] = tuple(reversed(labels))


def _end(state: State) -> str:
    stores = [tuple(untagged(store)[:2]) for store in state.stores]
    return f"the end: {stores}, said {[gate.said for gate in state.gates]}"
