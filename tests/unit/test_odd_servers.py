"""Odd servers do what their names say, and their right verdicts follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unit.instances import OwnStores, ReadCaches
from unit.memory import Document, Drop, Refused, Store, failure_of, new_target
from unit.odd_habits import (
    COUNTS_VERSIONS,
    CRLF_BECOMES_LF,
    DROPS,
    EMPTIES_THE_REST,
    HABITS,
    IGNORES_NULL,
    LOWER_CASES,
    MERGES,
    MOVES_UPDATED_AT,
    NAMES_MODIFIER,
    NULL_BECOMES_EMPTY,
    OMITS_NULL,
    REFUSES_NULL,
    REPLACES,
    STARTS_AUDIT,
    STARTS_AUDIT_OF_REST,
    TRIMS,
    cuts_at,
    refuses_longer_than,
    takes_only,
)
from unit.odd_servers import Ending, Habit, Right, server_with

from pytest_apismoke.http.request import Request

if TYPE_CHECKING:
    from unit.conftest import FakeClock

PLAIN: Document = {"id": 1, "active": True, "description": "Open 9 to 5", "updated_at": 0}
PATH = "/api/business/me"


@pytest.mark.parametrize(
    ("habit", "body", "document"),
    [
        (MERGES, {"a": 2}, {"a": 2, "b": "x"}),
        (REPLACES, {"a": 2}, {"a": 2}),
        (EMPTIES_THE_REST, {"a": 2}, {"a": 2, "b": None}),
        (DROPS, {"a": 2}, {"a": 1, "b": "x"}),
        (takes_only("a"), {"a": 2}, {"a": 2, "b": "x"}),
        (takes_only("a"), {"b": "y"}, 422),
        (cuts_at(2), {"b": "abc"}, {"a": 1, "b": "ab"}),
        (refuses_longer_than(2), {"b": "ab"}, {"a": 1, "b": "ab"}),
        (refuses_longer_than(2), {"b": "abc"}, 422),
        (REFUSES_NULL, {"b": None}, 422),
        (NULL_BECOMES_EMPTY, {"b": None}, {"a": 1, "b": ""}),
        (IGNORES_NULL, {"b": None}, {"a": 1, "b": "x"}),
        (OMITS_NULL, {"b": None}, {"a": 1}),
        (TRIMS, {"b": [" y "], "c": {"d": "z\n"}}, {"a": 1, "b": ["y"], "c": {"d": "z"}}),
        (CRLF_BECOMES_LF, {"b": "x\r\ny"}, {"a": 1, "b": "x\ny"}),
        (LOWER_CASES, {"b": "ABC"}, {"a": 1, "b": "abc"}),
        (COUNTS_VERSIONS, {"a": 2}, {"a": 2, "b": "x", "version": 1}),
        (
            MOVES_UPDATED_AT,
            {"a": 2},
            {"a": 2, "b": "x", "updatedAt": "2026-01-01T00:00:01+00:00"},
        ),
        (NAMES_MODIFIER, {"a": 2}, {"a": 2, "b": "x", "lastModifiedBy": "smoke"}),
        (STARTS_AUDIT, {"a": 2}, {"a": 2, "b": "x"}),
        (
            STARTS_AUDIT,
            {"description": ""},
            {"a": 1, "b": "x", "description": "", "audit_status": "pending"},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Habit) else "",
)
def test_a_habit_does_what_its_name_says(
    habit: Habit, body: Document, document: Document | int
) -> None:
    start: Document = {"a": 1, "b": "x"}
    after: Document | int
    try:
        after = server_with(habit).merging(start, body)
    except Refused as refused:
        after = refused.status
    assert after == document
    assert start == {"a": 1, "b": "x"}


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.name)
def test_the_right_of_a_habit_is_what_trying_it_finds(habit: Habit) -> None:
    assert server_with(habit).right_for(PLAIN) is habit.right


@pytest.mark.parametrize(
    ("habits", "text", "right"),
    [
        ((REFUSES_NULL,), None, Right.IS_RED),
        ((NULL_BECOMES_EMPTY,), None, Right.EQUAL_OR_DIRTY),
        ((IGNORES_NULL,), None, Right.EQUAL_OR_DIRTY),
        ((OMITS_NULL,), None, Right.PASSES),
        ((TRIMS,), "older ", Right.BLANKS_TOLD),
        ((CRLF_BECOMES_LF,), "older\r\ntext", Right.BLANKS_TOLD),
        ((LOWER_CASES,), "lower", Right.PASSES),
        ((cuts_at(20),), "longer than twenty characters", Right.EQUAL_OR_DIRTY),
        ((refuses_longer_than(20),), "longer than twenty characters", Right.IS_RED),
        ((TRIMS, COUNTS_VERSIONS, MOVES_UPDATED_AT), "text", Right.PASSES),
        ((REPLACES, TRIMS), "text", Right.IS_RED),
        ((REPLACES, takes_only("description")), "text", Right.EQUAL_OR_DIRTY),
        ((COUNTS_VERSIONS, STARTS_AUDIT), "text", Right.EQUAL_OR_DIRTY),
        ((DROPS, REFUSES_NULL), None, Right.IS_RED),
        ((MERGES,), 17, Right.EQUAL_OR_DIRTY),
    ],
    ids=lambda value: str(server_with(*value)) if isinstance(value, tuple) else repr(value),
)
def test_what_is_right_depends_on_the_document(
    habits: tuple[Habit, ...], text: object, right: Right
) -> None:
    document = {**PLAIN, "version": 3, "description": text}
    assert server_with(*habits).right_for(document) is right


def test_a_side_effect_that_is_there_already_is_no_harm() -> None:
    document = {**PLAIN, "audit_status": "pending"}
    assert server_with(STARTS_AUDIT).right_for(document) is Right.PASSES
    assert server_with(STARTS_AUDIT_OF_REST).right_for(PLAIN) is Right.PASSES


@pytest.mark.parametrize(
    ("ending", "admitted"),
    [
        (Ending(is_equal=True, is_close=True), "PASSES ENDS_EQUAL BLANKS_TOLD EQUAL_OR_DIRTY"),
        (
            Ending(is_equal=True, is_close=True, is_red=True),
            "ENDS_EQUAL IS_RED BLANKS_TOLD EQUAL_OR_DIRTY",
        ),
        (Ending(is_equal=True, is_close=True, is_red=True, is_dirty=True), "EQUAL_OR_DIRTY"),
        (Ending(is_equal=False, is_close=True), "BLANKS_TOLD"),
        (Ending(is_equal=False, is_close=False), ""),
        (Ending(is_equal=False, is_close=False, is_red=True), ""),
        (Ending(is_equal=False, is_close=False, is_red=True, is_dirty=True), "EQUAL_OR_DIRTY"),
    ],
)
def test_an_ending_is_right_or_wrong(ending: Ending, admitted: str) -> None:
    assert [right.name for right in Right if right.admits(ending)] == admitted.split()


def test_fields_that_move_by_themselves_do_not_count() -> None:
    server = server_with(COUNTS_VERSIONS, TRIMS)
    moved = {**PLAIN, "version": 9, "updated_at": 4}
    assert server.ending(PLAIN, moved) == Ending(is_equal=True, is_close=True)
    closed = {**moved, "description": " Open 9 to 5\r\n"}
    assert server.ending(PLAIN, closed) == Ending(is_equal=False, is_close=True)
    assert str(server) == "counts versions + trims"


# -- in a store -----------------------------------------------------------------------------------


def test_a_refusal_is_a_status_and_changes_nothing(clock: FakeClock) -> None:
    store = Store({"a": 1}, clock)
    store.merging = server_with(REFUSES_NULL).merging
    response = store.handle(Request(method="PUT", path=PATH, json={"a": None}))
    assert response is not None
    assert (response.status, store.document) == (422, {"a": 1})


@pytest.mark.parametrize(
    ("drop", "arrived"), [("before applying", []), ("after applying", [{"a": 2}])]
)
def test_a_dropped_connection_is_kept_and_gives_no_answer(
    clock: FakeClock, drop: Drop, arrived: list[Document]
) -> None:
    store = Store({"a": 1}, clock)
    store.drops = [drop]
    client = new_target(store, clock=clock, sleep=clock.sleep).client
    update = Request(method="PUT", path=PATH, json={"a": 2})
    assert client.send(update, fresh=True).status == 200
    assert failure_of(lambda: client.send(update)) is not None
    assert client.send(update).status == 200
    assert store.updates == [{"a": 2}, *arrived, {"a": 2}]


def test_stores_of_their_own_take_turns(clock: FakeClock) -> None:
    stores = OwnStores({"a": 1}, clock, instances=2)
    seen = [_handled(stores, body) for body in ({"a": 2}, None, None, None)]
    assert seen == [{"ok": True}, {"a": 1}, {"a": 2, "updated_at": 1}, {"a": 1}]
    assert stores.documents == ({"a": 2, "updated_at": 1}, {"a": 1})


def test_each_read_cache_refreshes_after_its_time(clock: FakeClock) -> None:
    caches = ReadCaches({"a": 1}, clock, instances=2, refresh_s=2.0)
    _handled(caches, {"a": 2})
    seen = [_handled(caches, None)["a"]]
    clock.now += 2.0
    seen += [_handled(caches, None)["a"]]  # the other cache
    _handled(caches, {"a": 3})
    seen += [_handled(caches, None)["a"] for _ in range(2)]
    assert seen == [1, 2, 3, 2]


def _handled(store: Store, body: Document | None) -> Document:
    """The body of the response to a fetch, or to an update."""
    request = (
        Request(method="PUT", path=PATH, json=body) if body else Request(method="GET", path=PATH)
    )
    response = store.handle(request)
    assert response is not None
    found = response.json()
    assert isinstance(found, dict)
    return found
