"""The habits of servers that were seen, for `OddServer`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from unit.memory import Document, Refused
from unit.odd_servers import PROBE, Body, Consequence, Habit, Right, Taking

UNPROCESSABLE = 422
#: Characters that a short text and a marker need.
ROOM_FOR_A_PROBE = 100
#: Where a server that keeps a moment has none yet.
_FIRST_MOMENT = "2026-01-01T00:00:00+00:00"

# -- how a body is stored -------------------------------------------------------------------------


def _replaces(document: Document, body: Body) -> Document:
    return dict(body)


def _empties_the_rest(document: Document, body: Body) -> Document:
    return {**dict.fromkeys(document), **body}


def _drops(document: Document, body: Body) -> Document:
    return document


MERGES = Habit(name="merges")
#: An update of one field empties all the others: they are sent back with the original.
REPLACES = Habit(name="replaces", stores=_replaces, right=Right.IS_RED)
EMPTIES_THE_REST = Habit(name="empties the rest", stores=_empties_the_rest, right=Right.IS_RED)
DROPS = Habit(name="drops", stores=_drops, right=Right.IS_RED)


# -- how a body is taken --------------------------------------------------------------------------


def _texts(change: Callable[[str], str]) -> Taking:
    """Changes each string of a body, however deep."""

    def changed(value: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list):
            return [changed(item) for item in value]
        if isinstance(value, dict):
            return {name: changed(item) for name, item in value.items()}
        return value

    return lambda document, body: {name: changed(value) for name, value in body.items()}


def _refuses(is_wrong: Callable[[str, Any], bool]) -> Taking:
    """Refuses a body with a property that is wrong, by its name and value."""

    def taken(document: Document, body: Body) -> Document:
        if any(is_wrong(name, value) for name, value in body.items()):
            raise Refused(UNPROCESSABLE)
        return dict(body)

    return taken


def takes_only(*names: str) -> Habit:
    """Refuses unknown and read-only properties."""
    return Habit(
        name=f"takes only {', '.join(names)}",
        takes=_refuses(lambda name, value: name not in names),
        right=Right.PASSES if PROBE in names else Right.IS_RED,
    )


def _right_of_limit(length: int) -> Right:
    return Right.PASSES if length >= ROOM_FOR_A_PROBE else Right.ENDS_EQUAL


def cuts_at(length: int) -> Habit:
    return Habit(
        name=f"cuts at {length}",
        takes=_texts(lambda text: text[:length]),
        right=_right_of_limit(length),
    )


def refuses_longer_than(length: int) -> Habit:
    return Habit(
        name=f"refuses longer than {length}",
        takes=_refuses(lambda name, value: isinstance(value, str) and len(value) > length),
        right=_right_of_limit(length),
    )


REFUSES_NULL = Habit(name="refuses null", takes=_refuses(lambda name, value: value is None))
NULL_BECOMES_EMPTY = Habit(
    name="null becomes empty",
    takes=lambda document, body: {n: "" if v is None else v for n, v in body.items()},
)
IGNORES_NULL = Habit(
    name="ignores null",
    takes=lambda document, body: {n: v for n, v in body.items() if v is not None},
)
TRIMS = Habit(name="trims", takes=_texts(str.strip))
CRLF_BECOMES_LF = Habit(
    name="CRLF becomes LF", takes=_texts(lambda text: text.replace("\r\n", "\n"))
)
LOWER_CASES = Habit(name="lower-cases", takes=_texts(str.lower), right=Right.EQUAL_OR_DIRTY)


# -- consequences ---------------------------------------------------------------------------------


def _without_nulls(before: Document, after: Document, body: Body) -> Document:
    return {name: value for name, value in after.items() if value is not None}


def _counts(name: str) -> Consequence:
    def counted(before: Document, after: Document, body: Body) -> Document:
        number = before.get(name)
        return {**after, name: number + 1 if isinstance(number, int) else 1}

    return counted


def _moves_moment(before: Document, after: Document, body: Body) -> Document:
    """Adds a second, so that the function remains pure."""
    moment = datetime.fromisoformat(before.get("updatedAt") or _FIRST_MOMENT)
    return {**after, "updatedAt": (moment + timedelta(seconds=1)).isoformat()}


def sets(field: str, value: object, *, where: str) -> Habit:
    """A side effect that nothing undoes, of an update that sends a field."""
    return Habit(
        name=f"sets {field} where {where} is sent",
        then=lambda before, after, body: {**after, field: value} if where in body else after,
        right=Right.EQUAL_OR_DIRTY if where == PROBE else Right.PASSES,
    )


OMITS_NULL = Habit(name="omits null", then=_without_nulls)
COUNTS_VERSIONS = Habit(
    name="counts versions", then=_counts("version"), moving=frozenset({"version"})
)
MOVES_UPDATED_AT = Habit(
    name="moves updatedAt", then=_moves_moment, moving=frozenset({"updatedAt"})
)
#: Neither a counter nor a moment: without the profile's `volatile`, it counts as harm.
NAMES_MODIFIER = Habit(
    name="names the modifier",
    then=lambda before, after, body: {**after, "lastModifiedBy": "smoke"},
    right=Right.EQUAL_OR_DIRTY,
)
STARTS_AUDIT = sets("audit_status", "pending", where=PROBE)
STARTS_AUDIT_OF_REST = sets("audit_status", "pending", where="active")

HABITS = (
    MERGES,
    REPLACES,
    EMPTIES_THE_REST,
    DROPS,
    takes_only(PROBE, "active"),
    takes_only("active"),
    cuts_at(20),
    cuts_at(2000),
    refuses_longer_than(20),
    refuses_longer_than(2000),
    REFUSES_NULL,
    NULL_BECOMES_EMPTY,
    IGNORES_NULL,
    TRIMS,
    CRLF_BECOMES_LF,
    LOWER_CASES,
    OMITS_NULL,
    COUNTS_VERSIONS,
    MOVES_UPDATED_AT,
    NAMES_MODIFIER,
    STARTS_AUDIT,
    STARTS_AUDIT_OF_REST,
)
