"""Clients and targets: for readiness, for the checks of a run, and for commands outside a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.http.budget import Budget, Clock, reserve_s
from pytest_apismoke.http.client import Client, ResponseValidator
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.rate import Rate
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.token import TokenSource
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.openapi.response_validator import response_validator
from pytest_apismoke.preflight.health_page import carried_version
from pytest_apismoke.preflight.polling import Ask
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from pytest_apismoke.openapi.spec import Spec

#: A poll of the readiness path that began in time may take this much longer.
_ONE_POLL_S = 1.0


def client_for_readiness(
    settings: Settings,
    redactor: Redactor,
    *,
    wait_s: float,
    retries: bool = False,
    trace: Trace | None = None,
    clock: Clock = time.monotonic,
) -> Client:
    """A client whose budget is the wait for readiness, apart from the budget of the run.

    By default without retries, because the wait for readiness polls anyway.
    """
    budget = Budget(wait_s + _ONE_POLL_S, reserved_s=0.0, clock=clock)
    # While a target starts it may be as slow as it likes.
    limits = replace(settings.profile.limits, latency_s=None)
    return new_client(settings, redactor, budget, retries=retries, limits=limits, trace=trace)


def new_client(
    settings: Settings,
    redactor: Redactor,
    budget: Budget,
    *,
    retries: bool = True,
    validator: ResponseValidator | None = None,
    limits: Limits | None = None,
    trace: Trace | None = None,
) -> Client:
    """A client of the target, with the limits, headers and certificates of the settings.

    The redactor learns the secrets of the profile, which the client sends. Without the trace of a
    run, its requests have one of their own.
    """
    for value, name in settings.profile.secrets:
        # A header may ask for the version that has to answer. That one stands in the call, and it
        # has to be found in the responses.
        if value != settings.target_version:
            redactor.learn(value, name)
    return Client(
        settings.target_url,
        redactor=redactor,
        limits=limits or settings.profile.limits,
        budget=budget,
        trust=settings.tls,
        retries=retries,
        # A proxy can't reach a backend that listens on this machine's loopback only.
        direct=settings.embedded,
        validator=validator,
        headers=settings.profile.headers,
        at_once=settings.concurrency,
        rate=Rate(settings.rate_per_s, clock=budget.clock),
        version_of=carried_version(settings.profile.readiness) if settings.target_version else None,
        trace=trace or Trace.begin(traceparent=settings.traceparent, clock=budget.clock),
    )


def target_of(
    preflight: PreflightResult,
    redactor: Redactor,
    spec: Spec | None = None,
    *,
    token_source: TokenSource | None = None,
    client: Client | None = None,
) -> Target:
    """The target for the process that runs the checks, with the token of the preflight.

    With the client of the preflight, if that was run in this process, its connections are kept.
    """
    settings = preflight.settings
    for value, name in preflight.secrets:
        redactor.learn(value, name)
    budget = Budget(
        settings.budget_s,
        remaining_s=preflight.remaining_s,
        reserved_s=reserve_s(settings.budget_s),
    )
    validator = response_validator(spec, redactor, budget)
    if client is None:
        client = new_client(settings, redactor, budget, validator=validator, trace=preflight.trace)
    else:
        client = client.within(budget, validator=validator)
    so_far = (*preflight.login.exchanges, *preflight.fetch.exchanges)
    client.expect_at_least(max((exchange.duration_s for exchange in so_far), default=0.0))
    auth = Auth(
        client,
        settings.profile.login,
        settings.credentials,
        token=preflight.token,
        token_source=token_source,
    )
    return Target(client, auth, settings.profile)


def asking_with_token(client: Client, settings: Settings, auth: Auth) -> Ask:
    """What sends a request with the run's token, over a fresh connection of the client."""
    target = Target(client, auth, settings.profile)
    return lambda request: target.send(request, fresh=True)


@contextmanager
def logged_in(settings: Settings, redactor: Redactor) -> Iterator[Target]:
    """The target for a command outside a run, with a token of its own.

    Raises:
        SmokeError: `auth` without a usable token.

    """
    redactor.learn(settings.credentials.password, "APISMOKE_PASSWORD")
    client = new_client(settings, redactor, Budget(settings.budget_s))
    auth = Auth(client, settings.profile.login, settings.credentials)
    try:
        if auth.logs_in:
            auth.log_in()
        yield Target(client, auth, settings.profile)
    finally:
        client.close()


@contextmanager
def not_logged_in(settings: Settings, redactor: Redactor) -> Iterator[Client]:
    """A client for a command outside a run, without a token."""
    client = new_client(settings, redactor, Budget(settings.budget_s))
    try:
        yield client
    finally:
        client.close()
