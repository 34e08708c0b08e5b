"""Fetches the OpenAPI document of the target, with the token of the run where it has one."""

from __future__ import annotations

from dataclasses import field, replace

from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.openapi.spec_source import LoadedSpec, from_response
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.records import dataclass

#: The statuses with which a document may be refused for its token; a file server, which knows no
#: tokens, may answer 400.
_REFUSED = frozenset({400, 401, 403})
_WITH_TOKEN = "fetched with the token"  # noqa: S105  # no password
_WITHOUT_TOKEN = "fetched without a token"  # noqa: S105  # no password
_AFTER_FAILED_LOGIN = "fetched without a token because the login failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedSpec:
    """The fetch of an OpenAPI document; `how` tells whether the token went with the request."""

    step: Step = field(default_factory=Step)
    loaded_spec: LoadedSpec | None = None
    how: str = ""

    def told(self, *more: str) -> Step:
        """The step with a note on the number of operations, and more notes.

        A target may show only a part of the document to those who have no token.
        """
        if self.loaded_spec is None:
            return replace(self.step, notes=(*self.step.notes, *more))
        operations = self.loaded_spec.operations
        number = f"{operations} operation{'' if operations == 1 else 's'}"
        note = f"{self.loaded_spec.label}, {self.how}, has {number}"
        return replace(self.step, notes=(*self.step.notes, note, *more))


def fetch_spec(target: Target, path: str, *, login: Step) -> FetchedSpec:
    """Fetches an OpenAPI document.

    Args:
        target: with the token of the run, unless the login failed.
        path: of the document.
        login: of the run.

    """
    recorder, clock = Recorder(), target.client.budget.clock
    started = clock()
    try:
        response, how = _ask(target.recording(recorder), path, login=login)
        if how == _AFTER_FAILED_LOGIN and response.status in _REFUSED:
            raise response.not_as_expected(
                f"200 with an OpenAPI document, {how}",
                category=Category.AUTH,
                hint="correct the login; see its own failure",
            )
        loaded_spec = from_response(response, how=how)
    except SmokeError as error:
        fetched = FetchedSpec(step=Step(failure=error.failure))
    else:
        fetched = FetchedSpec(loaded_spec=loaded_spec, how=how)
    step = replace(
        fetched.step,
        exchanges=recorder.exchanges,
        duration_s=clock() - started,
        notes=recorder.notes,
    )
    return replace(fetched, step=step)


def _ask(target: Target, path: str, *, login: Step) -> tuple[Response, str]:
    """The response, and how it was obtained."""
    request = Request(method="GET", path=path)
    if login.failure:
        return target.client.send(request), _AFTER_FAILED_LOGIN
    if not target.auth.headers(path=path):
        return target.client.send(request), _WITHOUT_TOKEN
    # A refusal is no reason to renew the token: the document may be for others, or for everyone.
    response = target.send(request, expected=(*_REFUSED, *target.profile.refusals.statuses))
    if response.status in _REFUSED:
        public = target.client.send(request)
        if public.status == 200:
            return public, _WITHOUT_TOKEN
    return response, _WITH_TOKEN
