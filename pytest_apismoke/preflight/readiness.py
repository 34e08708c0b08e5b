"""Waits until the target is ready and, where one is expected, the right version answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.documents import ABSENT, describe, lookup
from pytest_apismoke.errors import Category, SmokeError, fail, presentable
from pytest_apismoke.http.budget import Clock, Sleep
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response

_NOT_FOUND_HINT = (
    "nothing answers at the readiness path: check the URL and its path prefix, and that the deploy"
    " has finished; another path is given as path in [readiness] of apismoke.toml"
)
_NOT_API_HINT = (
    "this does not look like the API: check the URL and its path prefix; which page says what, and"
    " whether its status code is enough, is given in [readiness] of apismoke.toml"
)
_NOT_SAID_HINT = (
    "where the page says how it is, and with which words, is given as status_pointer and"
    " healthy_status in [readiness] of apismoke.toml"
)
#: Longer than any version, tag or commit.
_VERSION_CHARS = 200
_OTHER_HINT = (
    "look at what the readiness path answers and into the service's log;"
    " allow more time with --target-wait SECONDS"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The target is ready: after how many seconds, and which version it says it is, if it does."""

    after_s: float
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one look at the readiness path showed; `reason` is None when it is ready."""

    reason: str | None
    version: str | None = None
    hint: str = _OTHER_HINT


def look(client: Client, readiness: Readiness) -> Sighting:
    """Asks the readiness path once; an unreachable target is a sighting too."""
    try:
        response = client.send(Request(method="GET", path=readiness.path), fresh=True)
    except SmokeError as error:
        if error.failure.category is Category.BUDGET:
            return Sighting(reason="no response in time")
        return Sighting(reason=error.failure.seen, hint=error.failure.hint)
    return read_sighting(response, readiness)


def read_sighting(response: Response, readiness: Readiness) -> Sighting:
    """What an answer of the readiness path says; pure."""
    if response.status not in readiness.statuses:
        hint = _NOT_FOUND_HINT if response.status == 404 else _OTHER_HINT
        if 300 <= response.status < 400:
            return Sighting(
                reason=f"{response.status}, {response.redirects_to}",
                hint=response.https_hint
                or "redirects are not followed: give the URL that answers itself",
            )
        return Sighting(reason=str(response.status), hint=hint)
    status_is_enough = not readiness.healthy_status
    try:
        body = response.json(declared=False)
    except SmokeError as error:
        if status_is_enough:
            return Sighting(reason=None)
        return Sighting(reason=error.failure.seen, hint=_NOT_API_HINT)
    version = _shown_version(lookup(body, readiness.version_pointer))
    status = lookup(body, readiness.status_pointer)
    if status_is_enough or _word(status) in readiness.healthy_status:
        return Sighting(reason=None, version=version)
    where = f"at {readiness.status_pointer}" if readiness.status_pointer else "as its body"
    return Sighting(
        reason=f"{response.status} with {describe(status)} {where}",
        version=version,
        # A text may change; what is no word at all will not become one by waiting.
        hint=_OTHER_HINT if isinstance(status, str) else _NOT_SAID_HINT,
    )


def _word(status: object) -> str | None:
    """What a page says of itself, as a word; true and numbers as JSON writes them."""
    if isinstance(status, str):
        return status.lower()
    return json.dumps(status) if isinstance(status, (bool, int, float)) else None


def _shown_version(version: object) -> str | None:
    """A version as text; what is none, in words."""
    if version is ABSENT or version is None:
        return None
    if isinstance(version, (dict, list)):
        return describe(version)
    return presentable(str(version), _VERSION_CHARS)


def wait_until_ready(
    client: Client,
    readiness: Readiness,
    *,
    wait_s: float,
    version: str | None,
    clock: Clock,
    sleep: Sleep,
    progress: Callable[[str, float], None],
) -> Ready:
    """Polls until the target is ready.

    Args:
        client: asks; its own budget must not be shorter than `wait_s`.
        readiness: where to ask and what to expect.
        wait_s: how long to wait at most; at 0 it is asked once.
        version: the version that must answer several times in a row, or None.
        clock: a monotonic clock in seconds.
        sleep: what waits between two looks.
        progress: told at each look what is being waited for, and for how many seconds already.

    Raises:
        SmokeError: `unready`, or `version` when all that is wrong is the version.

    """
    started = clock()
    agreeing = 0
    while True:
        sighting = look(client, readiness)
        agreeing = agreeing + 1 if sighting.reason is None and sighting.version == version else 0
        enough = version is None and sighting.reason is None
        if enough or (version is not None and agreeing >= readiness.agreeing_answers):
            return Ready(after_s=clock() - started, version=sighting.version)
        if not agreeing:
            progress(sighting.reason or f"version {sighting.version} answers", clock() - started)
        pause_s = 0.0 if agreeing else readiness.poll_interval_s
        # Between agreeing answers there is no giving up: they come at once, and are few.
        if not agreeing and clock() - started + pause_s > wait_s:
            raise _never_ready(client, readiness, sighting, wait_s, version)
        sleep(pause_s)


def confirm_version(client: Client, readiness: Readiness, version: str) -> None:
    """Asks for the version once more, at the end: a fleet half rolled out must not pass.

    Raises:
        SmokeError: `version` when another one answers, or none.

    """
    sighting = look(client, readiness)
    if sighting.version != version:
        raise _wrong_version(client, readiness, sighting, version, "at the end of the run")


def _never_ready(
    client: Client, readiness: Readiness, sighting: Sighting, wait_s: float, version: str | None
) -> SmokeError:
    if version is not None and sighting.reason is None:
        return _wrong_version(client, readiness, sighting, version, f"within {wait_s:g} s")
    return fail(
        Category.UNREADY,
        expected=f"the target to be ready within {wait_s:g} s",
        seen=sighting.reason or "no stable version",
        where=f"GET {client.base_url}{readiness.path}",
        hint=sighting.hint,
    )


def _wrong_version(
    client: Client, readiness: Readiness, sighting: Sighting, version: str, when: str
) -> SmokeError:
    seen = f"version {sighting.version}" if sighting.version else "no version"
    return fail(
        Category.VERSION,
        expected=f"version {version} to answer {when}",
        seen=sighting.reason or seen,
        where=f"GET {client.base_url}{readiness.path}, member {readiness.version_pointer}",
        hint="wait for the roll-out to finish, or check that the deploy took this version"
        if sighting.version or sighting.reason
        else f"the readiness page must carry the version at {readiness.version_pointer}",
    )
