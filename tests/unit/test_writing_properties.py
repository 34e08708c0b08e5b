"""Whatever a server does, and whenever a run dies: the document is as before, or the gate says so.

Many more examples, for whoever changes the write protocol:

    EXAMPLES=20000 pytest tests/unit/test_writing_properties.py -m by_hand
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.lives import Life, Run, lived
from unit.memory import Document
from unit.odd_habits import (
    HABITS,
    NULL_BECOMES_EMPTY,
    OMITS_NULL,
    cuts_at,
    refuses_longer_than,
    takes_only,
)
from unit.odd_servers import PROBE, Habit, OddServer, Right, server_with
from unit.worlds import World

from pytest_apismoke.safewrite.comparison import is_masked

if TYPE_CHECKING:
    from unit.conftest import FakeClock

EXAMPLES = 150
MANY = int(os.environ.get("EXAMPLES", "2000"))
STRONG, WEAK, NONE = '"v{}"', 'W/"v{}"', ""
MakeClock = Callable[[], "FakeClock"]
search = settings(max_examples=EXAMPLES, deadline=None)
long_search = settings(
    max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)

# -- documents ------------------------------------------------------------------------------------

NAMES = st.sampled_from(["active", "audit_status", "lastModifiedBy", "tags", "a/b", "~"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TEXTS = TEXT | st.sampled_from(
    [
        *("Open 9 to 5", " older ", "older\r\ntext", "a\rb \n", "OPEN", "GRÜẞE", "whsec_****"),
        *("longer than twenty characters", "pending", "smoke", "y" * 1990, "[apismoke 0a", "\t"),
    ]
)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e300, 1e300)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXT, inner, max_size=3),
    max_leaves=6,
)
PROBED = (
    TEXTS
    | SCALARS
    | st.fixed_dictionaries({"about": TEXTS | NUMBERS}, optional={"more": JSON})
    | st.lists(TEXTS, max_size=3)
)
PLAIN: Document = {"id": 1, "active": True, PROBE: "Open 9 to 5", "updated_at": 0}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document = draw(st.dictionaries(NAMES | TEXT, JSON, max_size=4))
    document.pop(PROBE, None)
    if draw(st.integers(0, 9)):
        document[PROBE] = draw(PROBED)
    moving = {"version": draw(st.integers(0, 9)), "updatedAt": "2026-01-01T00:00:00+00:00"}
    return {**document, **moving, "id": 1, "updated_at": 0}


def as_shown(document: Document, server: OddServer) -> Document:
    """The document as such a server has it: one that leaves out null never shows any."""
    if OMITS_NULL not in server.habits:
        return document
    return {name: value for name, value in document.items() if value is not None}


# -- worlds ---------------------------------------------------------------------------------------

LIMITS = st.sampled_from([8, 20, 30, 45, 60])
HABIT = (
    st.sampled_from(HABITS)
    | st.builds(cuts_at, LIMITS)
    | st.builds(refuses_longer_than, LIMITS)
    | st.sampled_from([takes_only(PROBE), takes_only("active")])
)
SERVERS = st.lists(HABIT, max_size=3).map(lambda habits: server_with(*habits))
STATUSES = st.sampled_from([200, 200, 200, 204, 422, 412, 403, 500, None])


def _usually(value: object, otherwise: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.integers(0, 3).flatmap(lambda n: otherwise if n == 3 else st.just(value))


def _within_the_wait(world: World) -> World:
    """Without delays that add up to more than the wait, or that hide one store of several."""
    world = replace(world, lag_s=0.0) if world.stores > 1 or world.refresh_s else world
    # A patch says what it means only together with the one document that it is for, and a server
    # that replaces the document takes none.
    replaces = any(habit.name == "replaces" for habit in world.server.habits)
    is_plain = world.whole or world.stores > 1 or replaces
    return replace(world, update_format="json") if is_plain else world


#: Delays are shorter than the wait: no protocol holds where they have no bound.
WORLDS: st.SearchStrategy[World] = st.builds(
    World,
    server=SERVERS,
    whole=_usually(False, st.just(True)),
    update_format=st.sampled_from(["json", "json", "json-patch", "merge-patch"]),
    statuses=_usually((200,), st.lists(STATUSES, min_size=1, max_size=4).map(tuple)),
    applies=_usually((True,), st.lists(st.booleans(), min_size=1, max_size=5).map(tuple)),
    lag_s=_usually(0.0, st.sampled_from([0.1, 0.5, 1.0, 1.7])),
    etag=st.sampled_from([NONE, STRONG, WEAK]),
    drops=_usually(
        (), st.lists(st.sampled_from(["before applying", "after applying"]), max_size=3).map(tuple)
    ),
    late_s=_usually((), st.lists(st.sampled_from([0.0, 1.0, 1.6, 3.0]), max_size=4).map(tuple)),
    lost_fetches=_usually(0, st.sampled_from([1, 3, 9])),
    legs_s=_usually(
        (0.0,),
        st.lists(st.sampled_from([0.0, 0.05, 0.125, 0.5, 1.5]), min_size=1, max_size=4).map(tuple),
    ),
    rests_s=_usually(0.0, st.sampled_from([1.5, 20.0, 45.0, 70.0])),
    refresh_s=_usually(0.0, st.sampled_from([0.1, 0.5, 1.5])),
    stores=_usually(1, st.sampled_from([2, 3])),
).map(_within_the_wait)
KILLED = st.lists(
    st.builds(
        Run,
        dies_at=st.none() | st.integers(0, 60),
        pause_s=st.sampled_from([0.0, 2.5, 30.0, 3600.0]),
    ),
    max_size=3,
)
#: The last run lives; whatever the others left behind has landed.
LAST = Run()


def ends_well(life: Life) -> None:
    """What must hold of the outcomes of a life; the steps were watched already."""
    was_dirty = False
    for number, outcome in enumerate(life.outcomes):
        about = f"run {number}\n{life}"
        if outcome.died:
            continue
        is_back = outcome.ending.is_close
        if outcome.is_green:
            assert is_back, f"green, and not as before: {about}"
            assert not outcome.is_under_way, f"green, and an update on its way: {about}"
            told = outcome.ending.is_equal or outcome.notes
            assert told, f"green, and the blanks untold: {about}"
        is_noted = outcome.ending.is_red and outcome.is_noted
        assert is_back or outcome.ending.is_dirty or is_noted, f"changed in silence: {about}"
        if was_dirty:
            assert is_back or outcome.ending.is_dirty, f"dirty once, and forgotten: {about}"
        was_dirty = not is_back and (was_dirty or outcome.ending.is_dirty)


def check_a_life(document: Document, world: World, runs: list[Run], clock: FakeClock) -> None:
    life = lived(world, as_shown(document, world.server), clock, runs)
    clock.now += 120.0
    life.mend()
    last = life.live(LAST)
    ends_well(life)
    assert last.ending.is_close or last.ending.is_dirty, f"left at last: {life}"


def check_a_verdict(document: Document, world: World, clock: FakeClock) -> None:
    document = as_shown(document, world.server)
    life = lived(world, document, clock, [LAST])
    ends_well(life)
    right = world.server.right_for(document)
    if PROBE not in document or is_masked(document[PROBE]):
        # Misconfigured: the first field that is not there, and what may be a mask.
        assert life.store.updates == [], str(life)
        right = Right.IS_RED
    elif is_masked(document):
        # What looks masked is never sent back.
        right = Right.EQUAL_OR_DIRTY
    if right is Right.EQUAL_OR_DIRTY and not life.outcomes[0].ending.is_dirty:
        right = Right.BLANKS_TOLD
    assert right.admits(life.outcomes[0].ending), f"{right} is right: {life}"


@given(document=documents(), world=WORLDS, runs=KILLED)
@search
def test_a_document_is_as_before_or_the_target_is_called_dirty(
    make_clock: MakeClock, document: Document, world: World, runs: list[Run]
) -> None:
    check_a_life(document, world, runs, make_clock())


@given(document=documents(), server=SERVERS, etag=st.sampled_from([NONE, STRONG, WEAK]))
@search
def test_the_verdict_is_the_right_one(
    make_clock: MakeClock, document: Document, server: OddServer, etag: str
) -> None:
    world = World(server=server, etag=etag)
    check_a_verdict(document, world, make_clock())


def test_a_refused_update_that_was_applied_is_taken_back_though_a_read_was_lost_and_others_stale(
    make_clock: MakeClock,
) -> None:
    world = World(statuses=(422,), lost_fetches=1, refresh_s=0.1)
    document: Document = {"id": 1, "description": "0", "updated_at": 0}
    check_a_life(document, world, [Run()], make_clock())


@pytest.mark.parametrize("dies_at", range(12))
@pytest.mark.parametrize("more", [(), (cuts_at(8),)], ids=["kept", "cut"])
def test_null_that_becomes_empty_is_never_forgotten(
    make_clock: MakeClock, dies_at: int, more: tuple[Habit, ...]
) -> None:
    """Null is given back before any probe; nothing undoes what becomes of it."""
    document: Document = {"id": 1, "description": None, "updated_at": 0}
    world = World(server=server_with(NULL_BECOMES_EMPTY, *more))
    check_a_life(document, world, [Run(dies_at=dies_at)], make_clock())


@pytest.mark.parametrize("dies_at", range(12))
@pytest.mark.parametrize("update_format", ["json", "merge-patch", "json-patch"])
def test_a_field_that_was_absent_is_absent_again(
    make_clock: MakeClock, dies_at: int, update_format: str
) -> None:
    world = World(may_be_absent=True, update_format=update_format)
    check_a_life({"id": 1, "updated_at": 0}, world, [Run(dies_at=dies_at)], make_clock())


@pytest.mark.by_hand
@given(document=documents(), world=WORLDS, runs=KILLED)
@long_search
def test_many_lives(
    make_clock: MakeClock, document: Document, world: World, runs: list[Run]
) -> None:
    check_a_life(document, world, runs, make_clock())


@pytest.mark.by_hand
@given(document=documents(), server=SERVERS, etag=st.sampled_from([NONE, STRONG, WEAK]))
@long_search
def test_many_verdicts(
    make_clock: MakeClock, document: Document, server: OddServer, etag: str
) -> None:
    check_a_verdict(document, World(server=server, etag=etag), make_clock())
