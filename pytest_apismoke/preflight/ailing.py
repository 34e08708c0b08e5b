"""Finds what a health page says is broken although no condition of the profile looks at it. Pure.

A page that says "ok" may say in some member that its database is gone. Whether that part is needed
only a person knows, so it is told and no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.configuration.toml_text import toml_string
from pytest_apismoke.documents import describe, step
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.response import Response

#: What a part says of itself when it is broken, in lower case.
_WORDS = frozenset(
    {
        *("down", "disconnected", "unhealthy", "unavailable", "unreachable", "offline", "dead"),
        *("error", "failed", "failing", "fail", "critical", "broken", "lost", "timeout", "red"),
    }
)
#: What tells a part's state, where it is a boolean.
_STATES = re.compile(r"connected|healthy|alive|available|reachable|up|ok", re.IGNORECASE)
#: A setting may be called like a state: the level of a log.
_SETTINGS = re.compile(r"level|mode|policy|severity|type|color", re.IGNORECASE)
#: A page has parts, and parts have details; further down nothing is about the service.
_DEEPEST = 4
_MOST_SHOWN = 3


def ailing_note(response: Response, readiness: Readiness) -> str:
    """The note about what is broken by a page that counts as healthy; empty if nothing is."""
    try:
        body = response.json(declared=False)
    except SmokeError:
        return ""
    judged = {readiness.status_pointer, *readiness.healthy_members, *dict(readiness.healthy)}
    found = [one for one in _ailing(body, "") if not _is_judged(one[0], judged)]
    if not found:
        return ""
    told = " and ".join(f"{describe(value)} at {place}" for place, value in found[:_MOST_SHOWN])
    first = toml_string(found[0][0])
    return (
        f"the health page counts as healthy and has {told}: if the API needs that part, write what"
        f' it says when all is well, as in [readiness] healthy = {{ {first} = "up" }}'
    )


def _is_judged(place: str, judged: Collection[str]) -> bool:
    return any(place == one or (one and place.startswith(f"{one}/")) for one in judged)


def _ailing(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, inner in value.items():
            if inner is False and _STATES.fullmatch(name):
                yield f"{place}/{step(name)}", inner
            if not _SETTINGS.search(name):
                yield from _ailing(inner, f"{place}/{step(name)}", depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for index, inner in enumerate(value):
            yield from _ailing(inner, f"{place}/{index}", depth + 1)
    elif isinstance(value, str) and value.strip().lower() in _WORDS:
        yield place, value
