"""Waits until the target is ready and, if a version is expected, until that version answers."""

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
    " has finished, or set another path in [readiness] of apismoke.toml"
)
_NOT_API_HINT = (
    "this does not look like the API: check the URL and its path prefix, or set the path and the"
    " expected response in [readiness] of apismoke.toml"
)
_NO_STATUS_HINT = (
    "set where the page has its status, and its healthy values, as status_pointer and"
    " healthy_status in [readiness] of apismoke.toml"
)
_MEMBER_HINT = (
    "find out why it is not well, with the service's log; if this is how it looks when all is well,"
    " see healthy_members and healthy_words in [readiness] of apismoke.toml"
)
#: Longer than any version, tag or commit.
_VERSION_CHARS = 200
_REDIRECT_HINT = (
    "redirects are not followed: give the final URL; if a sign-in stands before the target, give"
    " the header that passes it below [headers] in apismoke.toml"
)
_OTHER_HINT = (
    "look at the response of the readiness path and at the service's log;"
    " allow more time with --target-wait SECONDS"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The target is ready; `version` is the one that it reports, None if it reports none."""

    after_s: float
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The result of one poll; `reason` is why the target is not ready, None if it is."""

    reason: str | None
    version: str | None = None
    hint: str = _OTHER_HINT


def poll_once(client: Client, readiness: Readiness) -> Poll:
    """Requests the readiness path once; an unreachable target is a result too."""
    try:
        response = client.send(Request(method="GET", path=readiness.path), fresh=True)
    except SmokeError as error:
        if error.failure.category is Category.BUDGET:
            return Poll(reason="no response in time")
        return Poll(reason=error.failure.seen, hint=error.failure.hint)
    return read_response(response, readiness)


def read_response(response: Response, readiness: Readiness) -> Poll:
    """Reads a response of the readiness path. Pure."""
    if response.status not in readiness.statuses:
        hint = _NOT_FOUND_HINT if response.status == 404 else _OTHER_HINT
        if 300 <= response.status < 400:
            return Poll(
                reason=f"{response.status}, {response.redirects_to}",
                hint=response.https_hint or _REDIRECT_HINT,
            )
        return Poll(reason=str(response.status), hint=hint)
    status_is_enough = not readiness.healthy_status
    try:
        body = response.json(declared=False)
    except SmokeError as error:
        if status_is_enough:
            return Poll(reason=None)
        return Poll(reason=error.failure.seen, hint=_NOT_API_HINT)
    version = _shown_version(lookup(body, readiness.version_pointer))
    status = lookup(body, readiness.status_pointer)
    if status_is_enough or _word(status) in readiness.healthy_status:
        reason = _unhealthy_member(body, readiness)
        return Poll(
            reason=f"{response.status} with {reason}" if reason else None,
            version=version,
            hint=_MEMBER_HINT if reason else _OTHER_HINT,
        )
    where = f"at {readiness.status_pointer}" if readiness.status_pointer else "as its body"
    return Poll(
        reason=f"{response.status} with {describe(status)} {where}",
        version=version,
        # A string may change while waiting; a value of another type will not.
        hint=_OTHER_HINT if isinstance(status, str) else _NO_STATUS_HINT,
    )


def _unhealthy_member(body: object, readiness: Readiness) -> str:
    """The first member that says something else than that all is well; empty if none does."""
    for pointer in readiness.healthy_members:
        value = lookup(body, pointer)
        if isinstance(value, dict) and "status" in value:
            value, pointer = value["status"], f"{pointer}/status"
        if value is not ABSENT and _word(value) not in readiness.healthy_words:
            return f"{describe(value)} at {pointer}"
    return ""


def _word(status: object) -> str | None:
    """The status on the page as a string; booleans and numbers as in JSON."""
    if isinstance(status, str):
        return status.lower()
    return json.dumps(status) if isinstance(status, (bool, int, float)) else None


def _shown_version(version: object) -> str | None:
    """The version as a string; None if there is none."""
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
        client: sends the polls; its budget must not be shorter than `wait_s`.
        readiness: the path to poll and the response to expect.
        wait_s: the longest wait, in seconds; 0 polls once.
        version: the version that must answer several times in a row, or None.
        clock: a monotonic clock in seconds.
        sleep: waits between two polls, in seconds.
        progress: called at each poll with the reason and the seconds waited so far.

    Raises:
        SmokeError: `unready`, or `version` when all that is wrong is the version.

    """
    started = clock()
    agreeing = 0
    while True:
        poll = poll_once(client, readiness)
        agreeing = agreeing + 1 if poll.reason is None and poll.version == version else 0
        enough = version is None and poll.reason is None
        if enough or (version is not None and agreeing >= readiness.agreeing_answers):
            return Ready(after_s=clock() - started, version=poll.version)
        if not agreeing:
            progress(poll.reason or f"version {poll.version} answers", clock() - started)
        pause_s = 0.0 if agreeing else readiness.poll_interval_s
        # Polls between agreeing responses have no pause and are few, so they ignore the limit.
        if not agreeing and clock() - started + pause_s > wait_s:
            raise _never_ready(client, readiness, poll, wait_s, version)
        sleep(pause_s)


def confirm_version(client: Client, readiness: Readiness, version: str) -> None:
    """Polls the version once more, at the end: a fleet half rolled out must not pass.

    Raises:
        SmokeError: `version` when another one answers, or none.

    """
    poll = poll_once(client, readiness)
    if poll.version != version:
        raise _wrong_version(client, readiness, poll, version, "at the end of the run")


def _never_ready(
    client: Client, readiness: Readiness, poll: Poll, wait_s: float, version: str | None
) -> SmokeError:
    if version is not None and poll.reason is None:
        return _wrong_version(client, readiness, poll, version, f"within {wait_s:g} s")
    return fail(
        Category.UNREADY,
        expected=f"the target to be ready within {wait_s:g} s",
        seen=poll.reason or "no stable version",
        where=f"GET {client.base_url}{readiness.path}",
        hint=poll.hint,
    )


def _wrong_version(
    client: Client, readiness: Readiness, poll: Poll, version: str, when: str
) -> SmokeError:
    seen = f"version {poll.version}" if poll.version else "no version"
    return fail(
        Category.VERSION,
        expected=f"version {version} to answer {when}",
        seen=poll.reason or seen,
        where=f"GET {client.base_url}{readiness.path}, property {readiness.version_pointer}",
        hint="wait for the roll-out to finish, or check that the deploy took this version"
        if poll.version or poll.reason
        else f"the readiness page must carry the version at {readiness.version_pointer}",
    )
