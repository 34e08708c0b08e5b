"""Finds the page that tells whether the target is healthy, and how to read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.discovery.description import PATHS as DESCRIPTIONS
from pytest_apismoke.discovery.finding import Finding, below
from pytest_apismoke.discovery.own_document import PATHS as DOCUMENTS
from pytest_apismoke.documents import ABSENT, lookup
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.late_pattern import late_pattern

#: Where health pages are, the most telling first.
PATHS = (
    *("/health", "/healthz", "/api/health", "/health/ready", "/readyz", "/ready", "/livez"),
    *("/api/healthz", "/api/v1/health", "/api/v1/utils/health-check/", "/actuator/health"),
    *("/server/health", "/status", "/api/status", "/ping", "/up", "/__heartbeat__"),
)
#: What a target without a health page answers at least.
_ANYTHING = ("/", *DESCRIPTIONS)
_FINE = 200
_GUARDED = (401, 403)
_BROKEN = 500
_STATUS_PLACES = ("/status", "/state", "/health", "/ok", "/healthy", "/success", "/data/status")
_VERSION_PLACES = ("/version", "/info/version", "/build/version", "/app/version", "/data/version")
#: A page that says so is no proof of how a healthy one looks.
_UNHEALTHY = frozenset(
    {
        "false",
        "down",
        "error",
        "fail",
        "failed",
        "unhealthy",
        "degraded",
        "disconnected",
        "unavailable",
        "unreachable",
        "offline",
    }
)
#: What no status has that is the same each time.
_CHANGES = late_pattern(r"\d")
#: A longer text is no status, in characters.
_LONGEST_WORD = 40
_DEFAULT = Readiness()


def find_health_page(client: Client) -> Finding:
    """Asks the usual paths until one answers 200 as a health page does.

    Raises:
        SmokeError: `fetch` when the target does not answer at all.

    """
    for path in PATHS:
        response = client.send(Request(method="GET", path=path))
        if response.status == 200 and (found := _read(response)) is not None:
            keys, how = found
            given = {"path": path, **keys} if path != _DEFAULT.path else keys
            return Finding(keys=below("readiness", given), seen=(f"GET {path} answers 200: {how}",))
    return _without_page(*_what_answers(client))


def _without_page(path: str, response: Response) -> Finding:
    status = response.status if response.status < _BROKEN else _FINE
    keys: dict[str, Any] = {"path": path, "healthy_status": []}
    if status not in _DEFAULT.statuses:
        keys["statuses"] = [status]
    return Finding(
        keys=below("readiness", keys),
        unknown=(
            f"no health page at the usual paths: the run waits for {status} from {path!r}; write"
            " its path as [readiness] path, because a dead database goes unnoticed otherwise",
            *_leads_on(path, response),
        ),
    )


def _leads_on(path: str, response: Response) -> tuple[str, ...]:
    """What to do where the page that stands in leads elsewhere."""
    if not response.redirects_to:
        return ()
    return (
        f"why GET {path} is {response.redirects_to}: if the API is below that, call 'apismoke init'"
        " again with its URL, because redirects are not followed",
    )


def _what_answers(client: Client) -> tuple[str, Response]:
    """The path that tells the most without being a health page, and its answer."""
    answers: dict[str, Response] = {}
    for path in (*_ANYTHING, *DOCUMENTS):
        answers[path] = client.send(Request(method="GET", path=path))
        if answers[path].status == _FINE:
            return path, answers[path]
    # What asks who is there is up as well, and says more than that there is no such path.
    guarded = (path for path, answer in answers.items() if answer.status in _GUARDED)
    path = next(guarded, "/")
    return path, answers[path]


def _read(response: Response) -> tuple[dict[str, Any], str] | None:
    """The keys beside the path, and what the page shows; None where it is no health page."""
    try:
        body: Any = response.json(declared=False)
    except SmokeError:
        return _read_text(response)
    if isinstance(body, (bool, str)):
        return _read_status("", body)
    if not isinstance(body, dict):
        return None
    version = next(_versions(body), None)
    keys: dict[str, Any] = {"version_pointer": version} if version else {}
    for place in _STATUS_PLACES:
        status = lookup(body, place)
        if _word(status) in _UNHEALTHY:
            return None
        if isinstance(status, (bool, str)) and (found := _read_status(place, status)):
            more = f", a version at {version}" if version else ""
            members, unlike = _members(body)
            return {**keys, **found[0], **members}, f"{found[1]}{more}{unlike}"
    members, unlike = _members(body)
    how = "an object without a status, so its 200 alone counts"
    return {**keys, "healthy_status": [], **members}, f"{how}{unlike}"


def _members(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The members that have to be well, without those that have a word of another meaning.

    Returns:
        The key, where it differs from its default, and what is told of it.

    """
    words = {
        pointer: _word(value.get("status") if isinstance(value, dict) else value)
        for pointer in _DEFAULT.healthy_members
        if (value := lookup(body, pointer)) is not ABSENT
    }
    known = _UNHEALTHY.union(_DEFAULT.healthy_words)
    unlike = [pointer for pointer, word in words.items() if word not in known]
    if not unlike:
        return {}, ""
    left = [pointer for pointer in _DEFAULT.healthy_members if pointer not in unlike]
    words_for = " and ".join(unlike)
    return {"healthy_members": left}, f"; {words_for} does not tell whether all is well: left out"


def _read_status(place: str, status: bool | str) -> tuple[dict[str, Any], str] | None:
    word = _word(status)
    if len(word) > _LONGEST_WORD or not word.isprintable() or not word or word in _UNHEALTHY:
        return None
    if _CHANGES.search(word):
        # Such as the time that it has been up, which is another one at the next look.
        how = f"a text {_at(place)} that may change, so its 200 alone counts"
        return {"healthy_status": []}, how
    keys: dict[str, Any] = {"status_pointer": place} if place != _DEFAULT.status_pointer else {}
    if word not in _DEFAULT.healthy_status:
        keys["healthy_status"] = [word]
    return keys, f"{json.dumps(status)} {_at(place)}"


def _at(place: str) -> str:
    return f"at {place}" if place else "as its body"


def _word(status: object) -> str:
    if isinstance(status, str):
        return status.lower()
    return json.dumps(status) if isinstance(status, bool) else ""


def _read_text(response: Response) -> tuple[dict[str, Any], str] | None:
    """A page of one or two words is a status; a page of HTML is none."""
    text = response.body.decode("utf-8", "replace").strip()
    if "html" in response.content_type or not text or len(text) > _LONGEST_WORD or "<" in text:
        return None
    return _read_status("", text)


def _versions(body: dict[str, Any]) -> Iterator[str]:
    for place in _VERSION_PLACES:
        if isinstance(lookup(body, place), (str, int, float)):
            yield place
