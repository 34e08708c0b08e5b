"""Declared checks against a backend in memory: from the text of a file to what they came to."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.checks.declared.model import DeclaredCheck
from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.model import Check, CheckContext
from pytest_apismoke.checks.plan import plan_checks
from pytest_apismoke.checks.runner import Runner
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Limits, TargetProfile
from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.departure import TargetSender
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.rate import Rate
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request, curl_line
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.known.entries import Known
from pytest_apismoke.preflight.result import PreflightResult, Step
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas

if TYPE_CHECKING:
    from unit.conftest import FakeClock

    from pytest_apismoke.safewrite.document_guard import DocumentGuard
    from pytest_apismoke.safewrite.journal import Journal

BASE_URL = "https://api.example.com"
T = TypeVar("T")
TOKEN = "canary-token-of-this-run"
FILE = "contracts/orders.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """An answer of the backend: what is no text of bytes is sent as JSON."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    takes_ms: float = 100.0
    excerpt: str = ""


#: What a route does each time it is asked, the last for ever.
Script = Says | BaseException | list[Says | BaseException]


class Backend(Client):
    """Plays a script for each route, and leaves an exchange for every request as the real one does.

    `course` has a line for each thing that happened, in order.
    """

    def __init__(self, clock: FakeClock, routes: Mapping[str, Script]) -> None:
        budget = Budget(60.0, clock=clock, sleep=clock.sleep)
        super().__init__(BASE_URL, redactor=Redactor(), limits=Limits(), budget=budget)
        self.redactor.learn(TOKEN, "APISMOKE_TOKEN")
        self.expect_at_least(0.1)
        self.requests: list[Request] = []
        self.course: list[str] = []
        self.routes = {
            route: script if isinstance(script, list) else [script]
            for route, script in routes.items()
        }
        self._clock = clock

    def together(self, jobs: Sequence[Callable[[Recorder], T]]) -> tuple[T, ...]:
        return tuple(job(self.recorder) for job in jobs)

    def send(self, request: Request, *, fresh: bool = False, restoring: bool = False) -> Response:
        self.requests.append(request)
        route = f"{request.method} {request.path}"
        kind = " with the token" if "Authorization" in request.headers else ""
        self.course.append(f"{route}{kind}{' on a fresh connection' if fresh else ''}")
        script = self.routes[route]
        said = script.pop(0) if len(script) > 1 else script[0]
        url = f"{BASE_URL}{request.path}"
        if isinstance(said, BaseException):
            raise said
        self._clock.now += said.takes_ms / 1000
        response = _answer(said, self._recorded(request, url, said))
        if self.validator:
            held = self.validator(request, response)
            response = replace(response, exchange=replace(response.exchange, held=held))
        self.recorder.add(response.exchange)
        return response

    def _recorded(self, request: Request, url: str, said: Says) -> Exchange:
        return Exchange.record(
            self.redactor,
            method=request.method,
            url=url,
            status=said.status,
            duration_s=said.takes_ms / 1000,
            request_id=None,
            body=said.excerpt,
            error=None,
            curl=curl_line(request, url),
        )

    @property
    def target(self) -> Target:
        profile = TargetProfile()
        return Target(self, Auth(self, profile.login, Credentials(token=TOKEN)), profile)


class Guard:
    """Stands for the guard of documents; `course` is where it tells what it does.

    Args:
        backend: whose course it is.
        inside: what happens while a document is under care, to the target of the check.
        after: what putting it back ends with.
        kept: what reading an update back ends with.
        notes: of reading it back.
        reading: the first reading of the document.

    """

    def __init__(
        self,
        backend: Backend,
        inside: Callable[[Target], None] = lambda target: None,
        after: BaseException | None = None,
        kept: SmokeError | None = None,
        notes: tuple[str, ...] = (),
        reading: Response | None = None,
    ) -> None:
        self._course = backend.course
        self._target = backend.target
        self._inside = inside
        self._after = after
        self._kept = kept
        self._notes = notes
        self._reading = reading

    def using(self, target: Target) -> Guard:
        """The same guard for one check."""
        view = copy.copy(self)
        view._target = target
        return view

    @contextmanager
    def writing(
        self,
        path: str,
        *,
        method: str | None,
        changing: Sequence[str] | None,
        whole: bool,
        distrust: Callable[[Response], Failure | None],
    ) -> Iterator[Guard]:
        """Stands for the care of a document that is updated."""
        how = f", put back {'whole ' if whole else ''}by {method}" if method else ""
        self._course.append(f"keeps {path}{how}{f' but for {changing}' if changing else ''}")
        if self._reading is not None and (failure := distrust(self._reading)):
            raise SmokeError(failure)
        self._inside(self._target)
        try:
            yield self
        finally:
            self._course.append(f"puts {path} back")
            if self._after:
                raise self._after

    def about_to_send(self, body: object) -> None:
        """Stands for the journal."""
        self._course.append(f"notes {body}")

    def was_refused(self) -> None:
        """Stands for the restore without an update."""
        self._course.append("was refused")

    def read_back(self, *, persisted: bool) -> tuple[str, ...]:
        """Stands for the reads after an update."""
        self._course.append(f"reads {'what was sent' if persisted else 'the other fields'} back")
        if self._kept:
            raise self._kept
        return self._notes


def _answer(said: Says, exchange: Exchange) -> Response:
    from unit.conftest import new_answer

    plain = new_answer(said.status, body=said.body, headers=said.headers)
    return Response(
        status=said.status,
        headers=plain.headers,
        body=plain.body,
        exchange=exchange,
        redacted_headers=plain.headers,
    )


def declared(text: str, path: str = "orders.toml") -> tuple[DeclaredCheck, ...]:
    """The checks of a file without mistakes."""
    found = parse(text, path)
    assert found.mistakes == ()
    return found.checks


def context_of(
    backend: Backend,
    *,
    settings: Settings | None = None,
    login: Step | None = None,
    schemas: Schemas | None = None,
    target: Target | None = None,
    guard: Guard | None = None,
    known: Known | None = None,
) -> CheckContext:
    """What checks may use, with a backend in memory."""
    return CheckContext(
        target=target or backend.target,
        preflight=PreflightResult(
            settings=settings or settings_of(), run_id="97354f56", login=login or Step()
        ),
        schemas=schemas or Schemas({}),
        redactor=backend.redactor,
        journal=cast("Journal", None),
        guard=cast("DocumentGuard", guard or Guard(backend)),
        known=known or Known(),
    )


def nothing_ahead(context: CheckContext) -> Ahead:
    """What sends no request before its check."""
    client = context.target.client
    rate = Rate(None, clock=client.budget.clock)
    return Ahead(TargetSender(context.target), at_once=1, rate=rate, clock=client.budget.clock)


def runner_of(checks: Iterable[Check], context: CheckContext, *, source: str = "") -> Runner:
    """Runs checks in memory."""
    by_id = {check.id: check for check in checks}
    return Runner(by_id, context, Judge(context.redactor, source=source), nothing_ahead(context))


def checks_of(
    text: str, backend: Backend, *, schemas: Mapping[str, Any] | None = None, **options: Any
) -> Runner:
    """What runs the checks of a file; `schemas` are those of `contracts/` by their names."""
    found = parse(text, "orders.toml")
    assert found.mistakes == ()
    files = {f"{name}.schema.json": schema for name, schema in (schemas or {}).items()}
    settings = settings_of(smoke_read_only=options.pop("read_only", False), smoke_api=["orders"])
    store = Schemas({**files, **found.schemas}, labels=found.labels)
    context = context_of(backend, settings=settings, schemas=store, **options)
    plan = plan_checks(context, found.checks, None)
    return Runner(plan.checks, context, Judge(context.redactor), nothing_ahead(context))


def settings_of(
    *, declared: Sequence[str] = ("orders", "other"), **options: str | bool | list[str]
) -> Settings:
    """The settings of a run with these options, and these APIs in `contracts/`."""
    given = {f"--{name.replace('_', '-')}": value for name, value in options.items()}
    return resolve(
        RawSettings(
            options={"--target-url": "https://api.example.com", **given},
            environ={"APISMOKE_TOKEN": "given-token"},
            ini={},
            directory=Path(),
        ),
        declared=declared,
    )


def refused(call: Any) -> tuple[Category, str]:
    """The category and the text of the error that a call ends with."""
    with pytest.raises(SmokeError) as caught:
        call()
    return caught.value.failure.category, str(caught.value)
