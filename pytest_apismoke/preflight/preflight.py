"""Runs the preflight once, before any test: readiness, login, and the first fetch.

The result is frozen and picklable, and the same for a serial run and for each worker. The
processes that run the tests do not log in themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.http.budget import Budget, Clock, Sleep
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.side_by_side import beside
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.known.entries import Known
from pytest_apismoke.openapi.response_validator import response_validator
from pytest_apismoke.openapi.spec_source import LoadedSpec, StoredCopy, spec_of_run
from pytest_apismoke.preflight.clients import asking_with_token, client_for_readiness, new_client
from pytest_apismoke.preflight.early_login import EarlyLogin
from pytest_apismoke.preflight.polling import Ask
from pytest_apismoke.preflight.readiness import Ready, wait_until_ready
from pytest_apismoke.preflight.recovering import recovered
from pytest_apismoke.preflight.result import PreflightResult, SpecPromise, Step
from pytest_apismoke.preflight.stepping import logged_in, step_of
from pytest_apismoke.preflight.unready import NotReadyError
from pytest_apismoke.preflight.watching import NOBODY, Watch
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.obeyed import KnownDocument

#: How many polls are kept for the reports: a target may take an hour to start.
_POLLS = 100
#: Called with the reason for waiting, and the seconds waited so far.
Progress = Callable[[str, float], None]


def run_preflight(
    settings: Settings,
    redactor: Redactor,
    *,
    run_id: str,
    progress: Progress,
    trace: Trace | None = None,
    loaded_spec: LoadedSpec | None = None,
    known: Known | None = None,
    stored: StoredCopy | None = None,
    documents: Sequence[KnownDocument] = (),
    hand_over: Callable[[Client], object] = Client.close,
    meanwhile: Callable[[], object] = lambda: None,
    watch: Watch = NOBODY,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
) -> PreflightResult:
    """Waits for the target, logs in and fetches; returns failures as data.

    Args:
        settings: of the run.
        redactor: knows the secrets of this run.
        run_id: of the run.
        progress: called with the reason for waiting, and the seconds waited so far.
        trace: of the run, on `clock`; by default one that begins now.
        loaded_spec: the OpenAPI document, if it was loaded from a file.
        known: the known violations.
        stored: the copy of that of the target, if there is one.
        documents: the documents that declared checks may change.
        hand_over: takes the client in the end: the run may go on over its connections.
        meanwhile: what else to do, in another thread, while a target that is ready is asked.
        watch: is told of the steps.
        clock: a monotonic clock, in seconds.
        sleep: waits, in seconds.

    """
    trace = trace or Trace.begin(run_id, settings.traceparent, clock=clock)
    client = client_for_readiness(
        settings, redactor, wait_s=settings.target_wait_s, trace=trace, clock=clock
    )
    try:
        start = _await_target(settings, redactor, client, progress, watch, clock=clock, sleep=sleep)
    except SmokeError as error:
        shown = error.exchange if isinstance(error, NotReadyError) else None
        last = (shown,) if shown else client.recorder.exchanges[-1:]
        return PreflightResult(
            settings=settings,
            run_id=run_id,
            trace=trace,
            stopped_by=error.failure,
            stopped_exchanges=last,
            polls=client.recorder.exchanges[-_POLLS:],
        )
    watch.ready(start.ready)
    polls = client.recorder.exchanges[-_POLLS:]
    with beside(meanwhile) as begin:
        budget, early = Budget(settings.budget_s, clock=clock, sleep=sleep), start.login
        promise = SpecPromise(loaded_spec=loaded_spec, step=Step())
        if loaded_spec is None and (path := settings.contracts.openapi) is not None:
            from pytest_apismoke.preflight.spec_fetch import fetch_spec
            from pytest_apismoke.preflight.spec_promise import promise_of

            early = (
                early.within(budget)
                if early
                else EarlyLogin.of(settings, redactor, budget, trace, watch)
            )
            fetched = fetch_spec(early.target, path, login=early.step)
            promise = promise_of(fetched, stored, path=path, redactor=redactor)
        spec = spec_of_run(promise.loaded_spec, settings, known)
        validator = response_validator(spec, redactor, budget)
        if early is None:
            client = new_client(settings, redactor, budget, validator=validator, trace=trace)
        else:
            early = early.validated(validator)
            client = early.target.client.within(budget, validator=validator)
        try:
            # Not before: it would only be in the way of the request that is about to be sent.
            client.when_waiting(begin)
            preflight = _log_in_and_fetch(
                settings,
                redactor,
                client,
                run_id=run_id,
                documents=documents,
                early=early,
                watch=watch,
            )
        finally:
            client.when_waiting(None)
            hand_over(client)
    return replace(
        preflight,
        trace=trace,
        ready=start.ready,
        polls=polls,
        spec_step=promise.step,
        loaded_spec=promise.loaded_spec,
        comparison=promise.comparison,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """The target is ready, and the login made if the version needs it."""

    ready: Ready
    login: EarlyLogin | None = None


def _await_target(
    settings: Settings,
    redactor: Redactor,
    client: Client,
    progress: Progress,
    watch: Watch,
    *,
    clock: Clock,
    sleep: Sleep,
) -> _Start:
    """Waits until the target is ready, and the expected version answers.

    Raises:
        NotReadyError: as `wait_until_ready`.

    """
    needs_login = bool(settings.target_version) and settings.profile.readiness.version_needs_login

    def wait(version: str | None, ask: Ask | None = None) -> Ready:
        return wait_until_ready(
            client,
            settings.profile.readiness,
            wait_s=settings.target_wait_s,
            version=version,
            clock=clock,
            sleep=sleep,
            progress=progress,
            ask=ask,
        )

    ready = wait(None if needs_login else settings.target_version)
    if not needs_login:
        return _Start(ready=ready)
    # With a budget of its own: that of the run begins once the version answers.
    own = Budget(settings.budget_s, clock=clock, sleep=sleep)
    login = EarlyLogin.of(settings, redactor, own, client.trace, watch)
    if login.step.failure is None:
        ask = asking_with_token(client, settings, login.target.auth)
        ready = wait(settings.target_version, ask)
    return _Start(ready=ready, login=login)


def _log_in_and_fetch(
    settings: Settings,
    redactor: Redactor,
    client: Client,
    *,
    run_id: str,
    documents: Sequence[KnownDocument],
    early: EarlyLogin | None,
    watch: Watch,
) -> PreflightResult:
    client.on_retry = watch.asked_again
    budget = client.budget
    token = early.target.auth.token_as_it_is() if early else None
    auth = Auth(client, settings.profile.login, settings.credentials, token=token)
    target = Target(client, auth, settings.profile)
    login = early.step if early else logged_in(target, watch)
    writes = "settings" in settings.apis and not settings.read_only
    reads = max(settings.fresh_reads if writes else 1, settings.repeat)
    journal = Journal(settings.journal_dir, redactor, ends_with_run=settings.embedded)
    waiting = [entry.run_id for entry in journal.entries(settings.target_url)]
    # Whose changes the journal holds is told by the id in the settings. A profile without settings
    # says nothing about their path: nobody may answer there.
    is_recovering = bool(waiting) and not settings.read_only
    reads_them = settings.profile.has_settings and (settings.reads_settings or is_recovering)
    fetch = (
        Step()
        if login.failure or not reads_them
        else _fetch(target, reads, is_strict=settings.repeat > 1)
    )
    pins = (*settings.profile.login.expect, *settings.profile.document.expect)
    is_proven = not pins or not (login.failure or fetch.failure)
    recovery = Step()
    if waiting:
        recovery = recovered(
            target,
            journal,
            fetch,
            documents,
            note=f"the journal has changes that {', '.join(dict.fromkeys(waiting))} left;"
            " not put back, because",
            is_proven=is_proven,
            settings=settings,
        )
    if recovery.exchanges and reads_them:
        # The first fetch may have changes of a killed run; the checks need the original.
        fetch = _fetch(target, reads, is_strict=settings.repeat > 1)
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


def _fetch(target: Target, reads: int, *, is_strict: bool) -> Step:
    """Fetches the settings; in several reads side by side if they are about to be written."""
    read: list[Response] = []

    def fetch(target: Target) -> Response:
        read.extend((target.strictly() if is_strict else target).fetch_round(reads))
        return read[-1]

    step = step_of(target, fetch)
    return replace(step, round=() if step.failure else tuple(read))


def ended_early(settings: Settings, trace: Trace, failure: Failure) -> PreflightResult:
    """The preflight of a run that ended before its checks."""
    return PreflightResult(settings=settings, run_id=trace.run_id, trace=trace, stopped_by=failure)
