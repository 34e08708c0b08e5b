"""Whatever a server does, and whenever a run dies: the document is as before, or the gate says so.

Many more examples, for whoever changes the write protocol:

    EXAMPLES=20000 pytest tests/unit/test_writing_properties.py -m by_hand
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.lives import Life, Run, World, lived
from unit.memory import Document
from unit.odd_habits import (
    HABITS,
    cuts_at,
    refuses_longer_than,
    takes_only,
)
from unit.odd_servers import PROBE, server_with

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
        *("Open 9 to 5", " older ", "older\r\ntext", "a\rb \n", "OPEN", "ı ß", "whsec_****", "\t"),
        *("longer than twenty characters", "pending", "smoke", "x" * 1990, "[apismoke 0a1b2c", ""),
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
    for name in (PROBE, "version", "updatedAt"):
        document.pop(name, None)
    if draw(st.integers(0, 9)):
        document[PROBE] = draw(PROBED)
    if draw(st.booleans()):
        document["version"] = draw(st.integers(0, 9))
    return {**document, "id": 1, "updated_at": 0}


# -- worlds ---------------------------------------------------------------------------------------

LIMITS = st.sampled_from([0, 4, 20, 30, 45, 60])
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


#: Delays are shorter than the wait: no protocol holds where they have no bound.
WORLDS: st.SearchStrategy[World] = st.builds(
    World,
    server=SERVERS,
    whole=_usually(False, st.just(True)),  # type: ignore[arg-type]
    statuses=_usually((200,), st.lists(STATUSES, min_size=1, max_size=4).map(tuple)),  # type: ignore[arg-type]
    applies=_usually((True,), st.lists(st.booleans(), min_size=1, max_size=5).map(tuple)),  # type: ignore[arg-type]
    lag_s=_usually(0.0, st.sampled_from([0.1, 0.5, 1.0, 1.7])),  # type: ignore[arg-type]
    etag=st.sampled_from([NONE, STRONG, WEAK]),
    drops=_usually(  # type: ignore[arg-type]
        (), st.lists(st.sampled_from(["before applying", "after applying"]), max_size=3).map(tuple)
    ),
    late_s=_usually(  # type: ignore[arg-type]
        (), st.lists(st.sampled_from([0.0, 1.0, 1.6, 3.0]), max_size=4).map(tuple)
    ),
    lost_fetches=_usually(0, st.sampled_from([1, 3, 9])),  # type: ignore[arg-type]
    legs_s=_usually(  # type: ignore[arg-type]
        (0.0,),
        st.lists(st.sampled_from([0.0, 0.05, 0.125, 0.5, 1.5]), min_size=1, max_size=4).map(tuple),
    ),
    rests_s=_usually(0.0, st.sampled_from([1.5, 20.0, 45.0, 70.0])),  # type: ignore[arg-type]
)
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
    life = lived(world, document, clock, runs)
    clock.now += 120.0
    life.late_s.clear()
    last = life.live(LAST)
    ends_well(life)
    assert last.ending.is_close or last.ending.is_dirty, f"left at last: {life}"


def check_a_verdict(document: Document, world: World, clock: FakeClock) -> None:
    life = lived(world, document, clock, [LAST])
    ends_well(life)
    right = world.server.right_for(document)
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
    make_clock: MakeClock, document: Document, server: object, etag: str
) -> None:
    world = World(server=server, etag=etag)  # type: ignore[arg-type]
    check_a_verdict(document, world, make_clock())


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
    make_clock: MakeClock, document: Document, server: object, etag: str
) -> None:
    check_a_verdict(document, World(server=server, etag=etag), make_clock())  # type: ignore[arg-type]
