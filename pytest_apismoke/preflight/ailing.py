"""Finds what a health page says is broken although no condition of the profile looks at it. Pure.

A page that says "ok" may say in some member that its database is gone: then it is not ready.
Whether any other part is needed only a person knows, so that is told and no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.configuration.toml_text import toml_string
from pytest_apismoke.documents import describe, lookup, step
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.late_pattern import late_pattern

#: What a part says of itself when it is broken, in lower case.
_WORDS = frozenset(
    {
        *("down", "disconnected", "unhealthy", "unavailable", "unreachable", "offline", "dead"),
        *("error", "failed", "failing", "fail", "critical", "broken", "lost", "timeout", "red"),
    }
)
#: What tells a part's state, where it is a boolean.
_STATES = late_pattern(r"connected|healthy|alive|available|reachable|up|ok", re.IGNORECASE)
#: A setting may be called like a state: the level of a log.
_SETTINGS = late_pattern(r"level|mode|policy|severity|type|color", re.IGNORECASE)
#: The service's own database, in words that underscores join; `db_backup` is something else.
_DATABASE = late_pattern(
    r"""
    (?:(?:primary|main|default|master|app)_)?
    (?:db|database|datastore|sql|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|sqlite3?|mssql
      |sql_?server|oracle|cockroach(?:db)?)
    (?:_(?:db|database|server|primary|main|default|connections?|check|status|state|health|ping
      |connected|healthy|alive|available|reachable|up|ok|responsetime))*
    """,
    re.VERBOSE,
)
#: Where a part has its state; `db/backup` is something else again.
_OWN_STATE = late_pattern(
    r"status|state|health|result|value|connection|ping|\d+|"
    r"connected|healthy|alive|available|reachable|up|ok"
)
#: Which part an item of a list is about.
_NAMES = ("name", "component", "componentId", "service", "id", "check")
_WORD_START = late_pattern(r"(?<=[a-z0-9])(?=[A-Z])")
#: A page has parts, and parts have details; further down nothing is about the service.
_DEEPEST = 4
_MOST_SHOWN = 3


def ailing_note(response: Response, readiness: Readiness) -> str:
    """The note about what is broken by a page that counts as healthy; empty if nothing is."""
    found = [(place, value) for place, value, _ in _found(response, readiness)]
    if not found:
        return ""
    told = " and ".join(f"{describe(value)} at {place}" for place, value in found[:_MOST_SHOWN])
    first = toml_string(found[0][0])
    return (
        f"the health page counts as healthy and has {told}: if the API needs that part, write what"
        f' it says when all is well, as in [readiness] healthy = {{ {first} = "up" }}'
    )


def dead_database(response: Response, readiness: Readiness) -> tuple[str, Any] | None:
    """Where the page says that a database is gone, and how; None if it does not.

    A profile whose `healthy_members` are an empty list looks at no database.
    """
    if not readiness.healthy_members:
        return None
    dead = ((place, value) for place, value, of_db in _found(response, readiness) if of_db)
    return next(dead, None)


def _found(response: Response, readiness: Readiness) -> list[tuple[str, Any, bool]]:
    """What is broken and not judged by the profile: place, value, and whether it is a database."""
    try:
        body = response.json(declared=False)
    except SmokeError:
        return []
    judged = {readiness.status_pointer, *readiness.healthy_members, *dict(readiness.healthy)}
    found = []
    for place, value in _ailing(body, ""):
        is_database = _is_of_database(body, place)
        # Elsewhere a string with more than the word may be about anything: "failed logins: 3".
        counts = is_database or value is False or _says_broken(value, why=False)
        if counts and not _is_judged(place, judged):
            found.append((place, value, is_database))
    return found


def _is_judged(place: str, judged: Collection[str]) -> bool:
    return any(place == one or (one and place.startswith(f"{one}/")) for one in judged)


def _ailing(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, inner in value.items():
            if inner is False and (_STATES.fullmatch(name) or _is_database(name)):
                yield f"{place}/{step(name)}", inner
            if not _SETTINGS.search(name):
                yield from _ailing(inner, f"{place}/{step(name)}", depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for index, inner in enumerate(value):
            yield from _ailing(inner, f"{place}/{index}", depth + 1)
    elif isinstance(value, str) and _says_broken(value, why=True):
        yield place, value


def _says_broken(text: str, *, why: bool) -> bool:
    """Whether a string says that a part is broken; with `why`, the reason may stand behind it."""
    words = text.strip().lower()
    first = re.match(r"[a-z]+", words) if why else None
    return words in _WORDS or (first is not None and first.group() in _WORDS)


def _is_of_database(body: Any, place: str) -> bool:
    """Whether a place has the state of a database itself, and not that of a detail of it."""
    steps = place.split("/")
    for at in range(len(steps) - 1, 0, -1):
        if _is_database(steps[at]) or _names_database(lookup(body, "/".join(steps[: at + 1]))):
            return True
        if not _OWN_STATE.fullmatch(steps[at].lower()):
            return False
    return False


def _names_database(value: Any) -> bool:
    names = [value.get(name) for name in _NAMES] if isinstance(value, dict) else []
    return any(isinstance(name, str) and _is_database(name) for name in names)


def _is_database(name: str) -> bool:
    words = re.sub(r"[\W_]+", "_", _WORD_START.sub("_", name)).strip("_").lower()
    return _DATABASE.fullmatch(words) is not None
