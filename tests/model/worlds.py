"""The worlds that are explored."""

from __future__ import annotations

from model.world import Fault, World

WORLDS = (
    World(name="one store, 1 gate, killed", kills=1),
    World(name="one store, 1 gate, edit of the probe field, killed", editor="text", kills=1),
    World(name="one store, 1 gate, edit beside, killed", editor="beside", kills=1),
    World(name="one store, 2 gates, split rounds", gates=2, splits_rounds=True),
    World(name="one store, 3 gates", gates=3),
    World(name="one store, 2 gates, both killed", gates=2, kills=2),
    World(
        name="one store, 2 gates, edit of the probe field, killed", gates=2, editor="text", kills=1
    ),
    World(name="one store, 2 gates, journal lost", gates=2, kills=1, loses_journal=True),
    World(name="one store, 3 gates, one killed", gates=3, kills=1),
    World(
        name="one store, 2 gates, edit of the probe field, split",
        gates=2,
        editor="text",
        splits_rounds=True,
    ),
    World(name="2 gates slower than the Fischer bound", gates=2, is_slow=True),
    World(
        name="tags, 1 gate, edit of the probe field, killed", editor="text", kills=1, has_tags=True
    ),
    World(name="tags, 1 gate, edit beside, killed", editor="beside", kills=1, has_tags=True),
    World(
        name="tags, 2 gates, edit of the probe field, killed",
        gates=2,
        editor="text",
        kills=1,
        has_tags=True,
    ),
    World(name="2 caches, 1 gate, killed", kind="caches", instances=2, kills=1),
    World(
        name="3 caches, 1 gate, edit of the probe field", kind="caches", instances=3, editor="text"
    ),
    World(name="2 caches, 2 gates", kind="caches", instances=2, gates=2),
    World(
        name="1 cache, slower than the wait",
        kind="caches",
        instances=1,
        fault=Fault.SLOW_CACHES,
        is_healthy=False,
    ),
    World(
        name="2 caches, slower than the wait",
        kind="caches",
        instances=2,
        fault=Fault.SLOW_CACHES,
        is_healthy=False,
    ),
    World(
        name="2 caches, one never refreshes",
        kind="caches",
        instances=2,
        fault=Fault.STUCK_CACHE,
        is_healthy=False,
    ),
    World(
        name="2 own stores, 1 gate, killed",
        kind="own stores",
        instances=2,
        kills=1,
        is_healthy=False,
    ),
    World(
        name="2 own stores, reads by chance",
        kind="own stores",
        instances=2,
        covers=False,
        is_healthy=False,
    ),
    World(name="3 own stores, 1 gate", kind="own stores", instances=3, is_healthy=False),
    World(name="2 own stores, 2 gates", kind="own stores", instances=2, gates=2, is_healthy=False),
    World(name="updates dropped, 1 gate, killed", kills=1, fault=Fault.DROPS, is_healthy=False),
    World(name="updates dropped, 2 gates", gates=2, fault=Fault.DROPS, is_healthy=False),
    World(
        name="updates dropped, edit of the probe field",
        editor="text",
        fault=Fault.DROPS,
        is_healthy=False,
    ),
    World(name="updates late (bounded), killed", kills=1, fault=Fault.LATE, is_healthy=False),
    World(name="updates late (bounded), 2 gates", gates=2, fault=Fault.LATE, is_healthy=False),
    World(name="updates later than the wait", fault=Fault.LATER_THAN_THE_WAIT, is_healthy=False),
    World(
        name="updates later than the wait, 2 gates",
        gates=2,
        fault=Fault.LATER_THAN_THE_WAIT,
        is_healthy=False,
    ),
    World(name="updates late (no bound)", fault=Fault.LATE_WITHOUT_BOUND, is_healthy=False),
    World(name="side effect, killed", kills=1, fault=Fault.SIDE_EFFECT, is_healthy=False),
    World(
        name="side effect, edit of the probe field",
        editor="text",
        fault=Fault.SIDE_EFFECT,
        is_healthy=False,
    ),
    World(
        name="side effect, 2 gates, killed",
        gates=2,
        kills=1,
        fault=Fault.SIDE_EFFECT,
        is_healthy=False,
    ),
    World(name="an update wipes the rest, killed", kills=1, fault=Fault.WIPES, is_healthy=False),
    World(
        name="restoring updates refused, killed",
        kills=1,
        fault=Fault.REFUSES_RESTORES,
        is_healthy=False,
    ),
    World(
        name="restoring updates refused, edit of the probe field",
        editor="text",
        fault=Fault.REFUSES_RESTORES,
        is_healthy=False,
    ),
)
#: Worlds with many states: left out where the protocol is tried without each of its rules.
LARGE = frozenset(
    {
        "one store, 3 gates",
        "one store, 3 gates, one killed",
        "2 gates slower than the Fischer bound",
        "tags, 2 gates, edit of the probe field, killed",
        "2 own stores, reads by chance",
        "2 own stores, 2 gates",
        "updates dropped, 2 gates",
        "updates later than the wait, 2 gates",
    }
)


def world_named(name: str) -> World:
    return next(world for world in WORLDS if world.name == name)
