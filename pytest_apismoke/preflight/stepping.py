"""Carries out one step of the preflight: what it sent, and its failure, as data."""

from __future__ import annotations

from collections.abc import Callable

from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.preflight.watching import NOBODY, Watch


def step_of(target: Target, action: Callable[[Target], Response | None]) -> Step:
    """The result of an action, which gets the target with a recorder of its own."""
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


def logged_in(target: Target, watch: Watch = NOBODY) -> Step:
    """The login, where the run logs in; `watch` is told when it begins and when it has ended."""
    if not target.auth.logs_in:
        return Step()
    watch.logging_in(f"POST {target.profile.login.path}", target.client.budget.remaining_s())
    step = step_of(target, _log_in)
    watch.logged_in(step)
    return step


def _log_in(target: Target) -> None:
    target.auth.log_in(recorder=target.client.recorder)
