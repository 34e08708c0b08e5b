"""Waits until the target is ready and, if a version is expected, until that version answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.budget import Clock, Sleep
from pytest_apismoke.http.certificates import speaks_tls
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.error_words import FetchProblem
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.health_page import (
    Poll,
    ShownVersion,
    other_scheme_hint,
    read_response,
    version_in,
)
from pytest_apismoke.preflight.versions import is_same_version, telling_difference

#: Sends a request over a fresh connection.
Ask = Callable[[Request], Response]
#: What keeps a request from being answered, however long one waits.
_FINAL = frozenset(
    {
        FetchProblem.UNTRUSTED_CERTIFICATE,
        FetchProblem.CLIENT_CERTIFICATE_WANTED,
        FetchProblem.CERTIFICATE_ALERT,
        FetchProblem.PROXY_LOGIN,
        FetchProblem.PROXY_SETTING,
    }
)
_WRONG_SCHEME = frozenset({FetchProblem.PLAIN_HTTP, FetchProblem.SPEAKS_TLS})
#: What a server that speaks TLS does to a request without, if it does not say anything.
_HUNG_UP = frozenset({FetchProblem.CLOSED, FetchProblem.RESET, FetchProblem.BROKE_OFF})
#: The seconds that each step of a handshake may take, which only tells TLS from plain HTTP.
_HANDSHAKE_S = 2.0
_NO_VERSION_HINT = (
    "say where the version is: version_pointer, version_header or version_path in [readiness] of"
    " apismoke.toml; or leave out --target-version"
)
_OTHER_VERSION_HINT = "wait for the roll-out to finish, or check that the deploy took this version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The target is ready; `version` is the one that it reports, None if it reports none.

    `note` is a sentence for the verdict, about what the page says beside that.
    """

    after_s: float
    version: str | None
    note: str = ""


def poll_once(client: Client, readiness: Readiness, ask: Ask | None = None) -> Poll:
    """Requests the readiness path once; an unreachable target is a result too.

    A version at another path is asked for only where the target is ready, and where that needs a
    login, only with an `ask` that has it.
    """
    try:
        response = client.send(Request(method="GET", path=readiness.path), fresh=True)
    except SmokeError as error:
        return _no_response(client, error)
    poll = read_response(response, readiness)
    is_asked = ask is not None or not readiness.version_needs_login
    if poll.reason is None and readiness.version_path and is_asked:
        version = _version_elsewhere(ask or _asking(client), readiness)
        return replace(poll, version=version)
    return poll


def _no_response(client: Client, error: SmokeError) -> Poll:
    failure = error.failure
    if failure.category is Category.BUDGET:
        return Poll(reason="no response in time")
    reason = error.reason if isinstance(error, NoResponseError) else None
    poll = Poll(reason=failure.seen, hint=failure.hint)
    if reason is None:
        return poll
    if reason.problem is FetchProblem.NOTHING_SENT:
        # No amount of waiting makes a target of it.
        raise error
    # Through a proxy, it may be the proxy that speaks the other one.
    if reason.problem in _WRONG_SCHEME and not reason.proxy:
        return replace(poll, hint=other_scheme_hint(client.base_url), is_final=True)
    hung_up = reason.problem in _HUNG_UP and not reason.proxy
    is_plain = client.base_url.startswith("http:")
    if hung_up and is_plain and speaks_tls(client.base_url, _HANDSHAKE_S):
        words = f"{failure.seen}: the port speaks TLS, not plain HTTP"
        return Poll(reason=words, hint=other_scheme_hint(client.base_url), is_final=True)
    return replace(poll, is_final=reason.problem in _FINAL)


def _asking(client: Client) -> Ask:
    return lambda request: client.send(request, fresh=True)


def _version_elsewhere(ask: Ask, readiness: Readiness) -> ShownVersion:
    try:
        response = ask(Request(method="GET", path=readiness.version_path))
    except SmokeError as error:
        return ShownVersion(why=error.failure.seen)
    if response.status != 200:
        return ShownVersion(why=str(response.status))
    return version_in(response, readiness)


def wait_until_ready(
    client: Client,
    readiness: Readiness,
    *,
    wait_s: float,
    version: str | None,
    clock: Clock,
    sleep: Sleep,
    progress: Callable[[str, float], None],
    ask: Ask | None = None,
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
        ask: sends the request for a version that needs a login.

    Raises:
        SmokeError: `unready`, or `version` when all that is wrong is the version.

    """
    started = clock()
    agreeing = 0
    while True:
        poll = poll_once(client, readiness, ask)
        agreeing = agreeing + 1 if _shows(poll, version) else 0
        enough = version is None and poll.reason is None
        if enough or (version is not None and agreeing >= readiness.agreeing_answers):
            return Ready(after_s=clock() - started, version=poll.version.text, note=poll.note)
        if poll.is_final:
            raise _never_ready(client, readiness, poll)
        if not agreeing:
            progress(poll.reason or _answering(poll), clock() - started)
        pause_s = 0.0 if agreeing else readiness.poll_interval_s
        # Polls between agreeing responses have no pause and are few, so they ignore the limit.
        if not agreeing and clock() - started + pause_s > wait_s:
            if version is not None and poll.reason is None:
                raise _wrong_version(client, readiness, poll, version, f"within {wait_s:g} s")
            raise _never_ready(client, readiness, poll, within_s=wait_s)
        sleep(pause_s)


def confirm_version(
    client: Client, readiness: Readiness, version: str, *, ask: Ask | None = None
) -> None:
    """Polls version and health once more, at the end: a fleet half rolled out must not pass.

    Args:
        client: sends the poll.
        readiness: the path to poll.
        version: the one that must answer.
        ask: sends the request for a version that needs a login.

    Raises:
        SmokeError: `version` when another one answers, or none; `unready` when the version is
            right and the page says that it is not well.

    """
    poll = poll_once(client, readiness, ask)
    shown = poll.version.text
    if shown is None or not is_same_version(version, shown):
        raise _wrong_version(client, readiness, poll, version, "at the end of the run")
    if poll.reason is not None:
        raise fail(
            Category.UNREADY,
            expected="the target to be ready at the end of the run as well",
            seen=poll.reason,
            where=f"GET {client.base_url}{readiness.path}",
            hint="find out what broke it, with the service's log: it was ready before the checks",
        )


def _shows(poll: Poll, version: str | None) -> bool:
    shown = poll.version.text
    if poll.reason is not None or version is None or shown is None:
        return False
    return is_same_version(version, shown)


def _answering(poll: Poll) -> str:
    return f"version {poll.version.text} answers" if poll.version.text else "it shows no version"


def _never_ready(
    client: Client, readiness: Readiness, poll: Poll, *, within_s: float | None = None
) -> SmokeError:
    """The failure of a target that is not ready within a time, or will not be at any time."""
    return fail(
        Category.UNREADY,
        expected=f"the target to be ready within {within_s:g} s"
        if within_s is not None
        else "the target to be ready",
        seen=poll.reason or "no stable version",
        where=f"GET {client.base_url}{readiness.path}",
        hint=poll.hint
        if within_s is not None
        else f"{poll.hint} (told at once: waiting does not change it)",
    )


def _wrong_version(
    client: Client, readiness: Readiness, poll: Poll, version: str, when: str
) -> SmokeError:
    shown = poll.version
    seen, hint = f"version {shown.text}", _OTHER_VERSION_HINT
    if poll.reason:
        seen = poll.reason
    elif shown.text is None:
        seen, hint = f"no version ({shown.why})", _NO_VERSION_HINT
    elif difference := telling_difference(version, shown.text, is_number=shown.is_number):
        seen = f"{seen}, {difference}"
    return fail(
        Category.VERSION,
        expected=f"version {version} to answer {when}",
        seen=seen,
        where=f"GET {client.base_url}{readiness.version_path or readiness.path}, "
        + _place_of_version(readiness),
        hint=hint,
    )


def _place_of_version(readiness: Readiness) -> str:
    if readiness.version_header:
        return f"header {readiness.version_header}"
    return f"property {readiness.version_pointer}" if readiness.version_pointer else "its body"
