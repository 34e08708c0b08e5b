"""Requests the readiness path, and the page with the version: once, or several side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.error_words import FetchProblem
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import TOO_MANY, asked_wait_s
from pytest_apismoke.preflight.health_page import (
    Poll,
    ShownVersion,
    other_scheme_hint,
    read_response,
    version_in,
)

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


def poll_once(client: Client, readiness: Readiness, ask: Ask | None = None) -> Poll:
    """Requests the readiness path once; an unreachable target is a result too.

    A version at another path is asked for only where the target is ready, and where that needs a
    login, only with an `ask` that has it.
    """
    try:
        response = client.send(Request(method="GET", path=readiness.path), fresh=True)
    except SmokeError as error:
        return _no_response(client, error)
    poll = replace(read_response(response, readiness), exchange=response.exchange)
    if response.status == TOO_MANY:
        return replace(poll, asked_pause_s=asked_wait_s(response.headers))
    is_asked = ask is not None or not readiness.version_needs_login
    if poll.reason is None and readiness.version_path and is_asked:
        return _with_version_elsewhere(poll, ask or _asking(client), readiness)
    return poll


def poll_together(
    client: Client, readiness: Readiness, ask: Ask | None, count: int
) -> tuple[Poll, ...]:
    """Polls side by side, each over a connection of its own: a balancer chooses for each."""
    if count == 1:
        return (poll_once(client, readiness, ask),)

    def poll(recorder: Recorder) -> Poll:
        return poll_once(client.recording(recorder), readiness, ask)

    return client.together([poll] * count)


def _no_response(client: Client, error: SmokeError) -> Poll:
    from pytest_apismoke.http.certificates import speaks_tls

    failure = error.failure
    if failure.category is Category.BUDGET:
        return Poll(reason="no response in time", is_out_of_time=True)
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


def _with_version_elsewhere(poll: Poll, ask: Ask, readiness: Readiness) -> Poll:
    """The same poll with the version that its own path shows."""
    try:
        response = ask(Request(method="GET", path=readiness.version_path))
    except SmokeError as error:
        is_late = error.failure.category is Category.BUDGET
        version = ShownVersion(why=error.failure.seen)
        return replace(poll, version=version, exchange=None, is_out_of_time=is_late)
    poll = replace(poll, exchange=response.exchange)
    if response.status == 200:
        return replace(poll, version=version_in(response, readiness))
    pause_s = asked_wait_s(response.headers) if response.status == TOO_MANY else None
    return replace(poll, version=ShownVersion(why=str(response.status)), asked_pause_s=pause_s)
