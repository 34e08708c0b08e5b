"""The write protocol keeps its invariants in every world, but for those that nothing can keep."""

from __future__ import annotations

import pytest
from model.explorer import BOUND, RULE_BOUND, explore
from model.invariants import Invariant
from model.moment import Model
from model.probabilities import believed_if_any_round_were, one_bad_unseen, own_stores
from model.rules import PURPOSES, Rule
from model.worlds import LARGE, WORLDS, world_named

#: Worlds that take more than a second or two.
EXHAUSTIVE = frozenset(
    {
        "one store, 2 gates, edit of the probe field, killed",
        "one store, 3 gates, one killed",
        "2 own stores, 2 gates",
        "updates dropped, 2 gates",
        "tags, 2 gates, edit of the probe field, killed",
        "2 own stores, reads by chance",
        "updates later than the wait, 2 gates",
    }
)
#: Those with more states than are explored.
BOUNDED = frozenset(
    {
        "one store, 3 gates, one killed",
        "2 own stores, 2 gates",
        "updates dropped, 2 gates",
        "2 own stores, reads by chance",
        "updates later than the wait, 2 gates",
    }
)
#: What no protocol can keep, in the worlds where that is so. Without conditional updates, an update
#: overwrites an edit that came after its look (S4-window), or that a stale look hid. A difference
#: beside the probe that follows a kill is told, whoever made it (S5-editor). With delays that have
#: no bound, or reads that reach an instance by chance, reads prove nothing. `gave-up` is no
#: violation.
KNOWN = {
    "one store, 1 gate, edit of the probe field, killed": {"S4-window"},
    "one store, 1 gate, edit beside, killed": {"S5-editor"},
    "one store, 3 gates": {"gave-up"},
    "one store, 2 gates, both killed": {"gave-up"},
    "one store, 2 gates, edit of the probe field, killed": {"S4-window"},
    "one store, 2 gates, journal lost": {"gave-up"},
    "one store, 3 gates, one killed": {"gave-up"},
    "one store, 2 gates, edit of the probe field, split": {"S4-window"},
    "2 gates slower than the Fischer bound": {"gave-up"},
    "3 caches, 1 gate, edit of the probe field": {"S4-stale", "S4-window"},
    "2 caches, 2 gates": {"gave-up"},
    "2 own stores, reads by chance": {"S2-blind", "S3-blind", "S6-blind", "S7-blind", "S8-blind"},
    "updates dropped, edit of the probe field": {"S4-window"},
    "updates later than the wait, 2 gates": {"S2"},
    "updates late (no bound)": {"S2", "S3", "S7"},
    "side effect, edit of the probe field": {"S4-window"},
    "restoring updates refused, edit of the probe field": {"S4-window"},
}
#: A rule that is left out, a world, and the invariants that are then broken in it as well.
NEEDED = (
    (
        Rule.UNANIMOUS,
        "3 caches, 1 gate, edit of the probe field",
        {"S2-blind", "S3-blind", "S5-editor", "S7-blind", "S8-blind"},
    ),
    (
        Rule.UNANIMOUS,
        "2 own stores, 1 gate, killed",
        {"S2-blind", "S3-blind", "S6-blind", "S7-blind", "S8-blind"},
    ),
    (Rule.SEND_ALWAYS, "1 cache, slower than the wait", {"S8"}),
    (Rule.SEND_ALWAYS, "tags, 1 gate, edit beside, killed", {"S5-editor"}),
    (Rule.OWN_BY_MARK, "tags, 1 gate, edit of the probe field, killed", {"S4", "S5-editor"}),
    (Rule.TELL_NOT_UNDO, "one store, 1 gate, edit beside, killed", {"S4"}),
    (Rule.JOURNAL_CLEAR, "one store, 2 gates, both killed", {"S1"}),
    (Rule.STICKY, "side effect, killed", {"S2", "S3", "S6", "S7"}),
    (Rule.STICKY, "an update wipes the rest, killed", {"S2", "S3", "S7"}),
    (Rule.SURFACED, "updates later than the wait", {"S3", "S7"}),
    (Rule.PHASE, "an update wipes the rest, killed", {"S2", "S3", "S7"}),
    (Rule.QUIET, "2 caches, 2 gates", {"S5"}),
    (Rule.QUIET, "one store, 2 gates, both killed", {"S5"}),
    (Rule.HALFWAY, "one store, 2 gates, split rounds", {"gave-up"}),
    (Rule.FISCHER, "one store, 2 gates, journal lost", {"S2", "S3", "S5"}),
    (Rule.LOOK, "one store, 1 gate, edit of the probe field, killed", {"S4-stale"}),
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(world.name, marks=[pytest.mark.exhaustive] if world.name in EXHAUSTIVE else [])
        for world in WORLDS
    ],
)
def test_only_what_no_protocol_can_keep_is_broken(name: str) -> None:
    result = explore(Model(world_named(name)), BOUND)
    assert result.names == KNOWN.get(name, set())
    assert result.is_complete == (name not in BOUNDED)


@pytest.mark.parametrize(("rule", "name", "broken"), NEEDED)
def test_a_rule_that_is_left_out_breaks_what_it_is_for(
    rule: Rule, name: str, broken: set[str]
) -> None:
    result = explore(Model(world_named(name), left_out=rule), RULE_BOUND)
    assert result.names - KNOWN.get(name, set()) == broken


def test_each_rule_is_needed() -> None:
    """Of the look halfway, only `inconclusive` depends."""
    only_gave_up = {rule for rule, _, broken in NEEDED if broken == {"gave-up"}}
    assert {rule for rule, _, _ in NEEDED} == set(Rule) == set(PURPOSES)
    assert only_gave_up == {Rule.HALFWAY}


def test_the_tables_name_worlds_and_invariants_that_exist() -> None:
    names = {world.name for world in WORLDS}
    assert len(names) == len(WORLDS)
    assert names >= {*LARGE, *EXHAUSTIVE, *BOUNDED, *KNOWN, *(name for _, name, _ in NEEDED)}
    assert {invariant.value for invariant in Invariant} >= set().union(*KNOWN.values())


def test_a_trace_tells_each_step() -> None:
    result = explore(Model(world_named("one store, 1 gate, edit of the probe field, killed")))
    assert result.broken[Invariant.S4_WINDOW] == (
        "gate 0 starts",
        "gate 0 reads the original, journals it",
        "gate 0 looks, sends its probe",
        "somebody edits text",
        "gate 0's probe lands: marker",
    )


def test_a_round_that_must_agree_is_believed_by_chance_less_often() -> None:
    """Two instances with stores of their own: the rule of one last, wide round is worth it."""
    seen = [
        (
            round(float(one_bad_unseen(2, reads)), 4),
            round(float(own_stores(2, reads).read_back_is_believed), 4),
            round(float(believed_if_any_round_were(2, reads)), 4),
            round(float(own_stores(2, reads).green_and_probe_left), 4),
        )
        for reads in (1, 4, 8)
    ]
    assert seen == [
        (0.5, 0.9688, 0.9844, 0.4692),
        (0.0625, 0.0703, 0.3211, 0.0025),
        (0.0039, 0.0039, 0.0232, 0.0),
    ]
