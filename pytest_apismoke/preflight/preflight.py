"""Runs the preflight once, before any test: readiness, login, and the first fetch.

The result is frozen and picklable, and the same for a serial run and for each worker. The
processes that run the tests do not log in themselves.

Long because the steps of the preflight and the clients that they build share their settings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.budget import Budget, Clock, Sleep, reserve_s
from pytest_apismoke.http.client import Client, ResponseValidator
from pytest_apismoke.http.login import Auth, Token, TokenSource
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target, read_document
from pytest_apismoke.openapi.response_validator import response_validator
from pytest_apismoke.openapi.spec_source import LoadedSpec, from_target, spec_of
from pytest_apismoke.preflight.readiness import Ready, wait_until_ready
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.recovery import account_of, recover

if TYPE_CHECKING:
    from pytest_apismoke.openapi.spec import Spec

#: A poll of the readiness path that began in time may take this much longer.
_ONE_POLL_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The result of one step of the preflight.

    `response` is the response of a fetch; `dirty` means that the target was left changed.
    """

    failure: Failure | None = None
    response: Response | None = None
    exchanges: tuple[Exchange, ...] = ()
    duration_s: float = 0.0
    notes: tuple[str, ...] = ()
    dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightResult:
    """All that a process needs to run the checks. Has secrets: never show it, never store it.

    `stopped_by` is the failure that keeps every check from running, if there is one; `spec_step` is
    the fetch of the OpenAPI document, `recovery` the restore of what earlier runs left changed.
    """

    settings: Settings
    run_id: str
    ready: Ready | None = None
    stopped_by: Failure | None = None
    stopped_exchanges: tuple[Exchange, ...] = ()
    login: Step = field(default_factory=Step, repr=False)
    fetch: Step = field(default_factory=Step, repr=False)
    recovery: Step = field(default_factory=Step, repr=False)
    spec_step: Step = field(default_factory=Step)
    loaded_spec: LoadedSpec | None = None
    token: Token = field(default=Token(value=""), repr=False)
    token_ends_at: float | None = None
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ends_at: float = 0.0
    remaining_s: float = 0.0

    @property
    def account(self) -> str:
        """The id of the account; empty if its settings have none."""
        return _account(self.fetch, self.settings)

    def with_time_left(self, clock: Clock = time.monotonic) -> PreflightResult:
        """A copy with relative times as of now: the clocks of two processes may differ."""
        token = self.token
        if self.token_ends_at is not None:
            token = replace(token, lifetime_s=max(0.0, self.token_ends_at - clock()))
        return replace(self, token=token, remaining_s=max(0.0, self.ends_at - clock()))


def client_for_readiness(
    settings: Settings,
    redactor: Redactor,
    *,
    wait_s: float,
    retries: bool = False,
    clock: Clock = time.monotonic,
) -> Client:
    """A client whose budget is the wait for readiness, apart from the budget of the run.

    By default without retries, because the wait for readiness polls anyway.
    """
    budget = Budget(wait_s + _ONE_POLL_S, reserved_s=0.0, clock=clock)
    return _client(settings, redactor, budget, retries=retries)


def _client(
    settings: Settings,
    redactor: Redactor,
    budget: Budget,
    *,
    retries: bool = True,
    validator: ResponseValidator | None = None,
) -> Client:
    return Client(
        settings.target_url,
        redactor=redactor,
        limits=settings.profile.limits,
        budget=budget,
        trust=settings.tls,
        retries=retries,
        # A proxy can't reach a backend that listens on this machine's loopback only.
        direct=settings.embedded,
        validator=validator,
    )


def run_preflight(
    settings: Settings,
    redactor: Redactor,
    *,
    run_id: str,
    progress: Callable[[str, float], None],
    loaded_spec: LoadedSpec | None = None,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
) -> PreflightResult:
    """Waits for the target, logs in and fetches; returns failures as data.

    Args:
        settings: of the run.
        redactor: knows the secrets of this run.
        run_id: of the run.
        progress: called with the reason for waiting, and the seconds waited so far.
        loaded_spec: the OpenAPI document, if it was loaded from a file.
        clock: a monotonic clock, in seconds.
        sleep: waits, in seconds.

    """
    wait_s = settings.target_wait_s
    client = client_for_readiness(settings, redactor, wait_s=wait_s, clock=clock)
    try:
        ready = wait_until_ready(
            client,
            settings.profile.readiness,
            wait_s=wait_s,
            version=settings.target_version,
            clock=clock,
            sleep=sleep,
            progress=progress,
        )
    except SmokeError as error:
        last = client.recorder.exchanges[-1:]
        return PreflightResult(
            settings=settings, run_id=run_id, stopped_by=error.failure, stopped_exchanges=last
        )
    budget = Budget(settings.budget_s, clock=clock, sleep=sleep)
    spec_step, loaded_spec = _fetch_spec(settings, redactor, budget, loaded_spec)
    spec = spec_of(loaded_spec, settings.target_url)
    validator = response_validator(spec, redactor, budget)
    client = _client(settings, redactor, budget, validator=validator)
    preflight = _log_in_and_fetch(settings, redactor, client, run_id=run_id)
    return replace(preflight, ready=ready, spec_step=spec_step, loaded_spec=loaded_spec)


def _fetch_spec(
    settings: Settings, redactor: Redactor, budget: Budget, loaded_spec: LoadedSpec | None
) -> tuple[Step, LoadedSpec | None]:
    """Fetches the OpenAPI document from the target, if the settings ask for that."""
    source = settings.contracts.openapi
    if loaded_spec is not None or source is None:
        return Step(), loaded_spec
    client = _client(settings, redactor, budget)
    started = budget.clock()
    failure: Failure | None = None
    try:
        loaded_spec = from_target(client, source)
    except SmokeError as error:
        failure = error.failure
    client.close()
    duration_s = budget.clock() - started
    step = Step(failure=failure, exchanges=client.recorder.exchanges, duration_s=duration_s)
    return step, loaded_spec


def _log_in_and_fetch(
    settings: Settings, redactor: Redactor, client: Client, *, run_id: str
) -> PreflightResult:
    budget = client.budget
    auth = Auth(client, settings.profile.login, settings.credentials)
    target = Target(client, auth, settings.profile)
    login = _step(target, _log_in) if auth.logs_in else Step()
    fetch = Step() if login.failure else _step(target, Target.fetch_document)
    recovery = _recover(target, settings, redactor, fetch)
    if recovery.exchanges:
        # The first fetch may have changes of a killed run; the checks need the original.
        fetch = _step(target, Target.fetch_document)
    client.close()
    return PreflightResult(
        settings=settings,
        run_id=run_id,
        login=login,
        fetch=fetch,
        recovery=recovery,
        token=auth.token_as_it_is(),
        token_ends_at=auth.token_ends_at,
        secrets=redactor.secrets(),
        ends_at=budget.clock() + budget.remaining_s(restoring=True),
    )


def _recover(target: Target, settings: Settings, redactor: Redactor, fetch: Step) -> Step:
    """Restores what earlier runs on this machine have left changed, unless read-only."""
    journal = Journal(settings.journal_dir, redactor)
    waiting = [entry.run_id for entry in journal.entries(settings.target_url)]
    if not waiting:
        return Step()
    runs = ", ".join(dict.fromkeys(waiting))
    if settings.read_only:
        note = f"the journal has changes that {runs} left; not put back, because this run"
        return Step(notes=(f"{note} is read-only",))
    recorder = Recorder()
    # Without settings there may still be documents that declared checks have changed.
    account = _account(fetch, settings)
    bound = target.recording(recorder)
    recovered = recover(bound, journal, account=account, wait_s=settings.readback_wait_s)
    return Step(
        failure=recovered.failure,
        notes=recovered.notes,
        exchanges=recorder.exchanges,
        dirty=recovered.failure is not None,
    )


def _account(fetch: Step, settings: Settings) -> str:
    """The id of the account in the fetched document; empty if there is none."""
    try:
        document = read_document(fetch.response) if fetch.response else {}
    except SmokeError:
        return ""
    return account_of(document, settings.profile.document.id_field)


def _log_in(target: Target) -> None:
    target.auth.log_in(recorder=target.client.recorder)


def _step(target: Target, action: Callable[[Target], Response | None]) -> Step:
    recorder, clock = Recorder(), target.client.budget.clock
    started = clock()
    failure: Failure | None = None
    response: Response | None = None
    try:
        response = action(target.recording(recorder))
    except SmokeError as error:
        failure = error.failure
    return Step(
        failure=failure,
        response=response,
        exchanges=recorder.exchanges,
        duration_s=clock() - started,
        notes=recorder.notes,
    )


def target_of(
    preflight: PreflightResult,
    redactor: Redactor,
    spec: Spec | None = None,
    *,
    token_source: TokenSource | None = None,
) -> Target:
    """The target for the process that runs the checks, with the token of the preflight."""
    settings = preflight.settings
    for value, name in preflight.secrets:
        redactor.learn(value, name)
    budget = Budget(
        settings.budget_s,
        remaining_s=preflight.remaining_s,
        reserved_s=reserve_s(settings.budget_s),
    )
    validator = response_validator(spec, redactor, budget)
    client = _client(settings, redactor, budget, validator=validator)
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


@contextmanager
def logged_in(settings: Settings, redactor: Redactor) -> Iterator[Target]:
    """The target for a command outside a run, with a token of its own.

    Raises:
        SmokeError: `auth` without a usable token.

    """
    redactor.learn(settings.credentials.password, "APISMOKE_PASSWORD")
    client = _client(settings, redactor, Budget(settings.budget_s))
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
    client = _client(settings, redactor, Budget(settings.budget_s))
    try:
        yield client
    finally:
        client.close()


def ended_early(settings: Settings, run_id: str, failure: Failure) -> PreflightResult:
    """The preflight of a run that ended before its checks."""
    return PreflightResult(settings=settings, run_id=run_id, stopped_by=failure)
