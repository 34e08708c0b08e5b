"""Declared checks against a backend in memory: from the text of a file to what they came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_apismoke.checks.declared.running import DeclaredChecks

from pytest_apismoke.checks.declared.items import items_of
from pytest_apismoke.checks.declared.model import DeclaredCheck, parse
from pytest_apismoke.checks.declared.request import Maker
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Limits, TargetProfile
from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request, curl_line
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas

if TYPE_CHECKING:
    from unit.conftest import FakeClock

BASE_URL = "https://api.example.com"
TOKEN = "canary-token-of-this-run"
FILE = "contracts/orders.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """An answer of the backend: what is no text of bytes is sent as JSON."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    takes_ms: float = 100.0


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
            body="",
            error=None,
            curl=curl_line(request, url, self.redactor),
        )

    @contextmanager
    def preserved(
        self, path: str, *, method: str | None = None, changing: Sequence[str] = ()
    ) -> Iterator[None]:
        """Stands for the fixture `smoke_preserve`."""
        how = f", put back by {method}" if method else ""
        self.course.append(f"keeps {path}{how}{f' but for {changing}' if changing else ''}")
        try:
            yield
        finally:
            self.course.append(f"puts {path} back")

    def about_to_send(self, path: str, body: object) -> None:
        """Stands for the journal."""
        self.course.append(f"notes {path} {body}")

    @property
    def target(self) -> Target:
        profile = TargetProfile()
        return Target(self, Auth(self, profile.login, Credentials(token=TOKEN)), profile)


def _answer(said: Says, exchange: Exchange) -> Response:
    from unit.conftest import new_answer

    plain = new_answer(said.status, body=said.body, headers=said.headers)
    return Response(
        status=said.status,
        headers=plain.headers,
        body=plain.body,
        exchange=exchange,
        shown=plain.headers,
    )


def declared(text: str, path: str = "orders.toml") -> tuple[DeclaredCheck, ...]:
    """The checks of a file without mistakes."""
    found = parse(text, path)
    assert found.mistakes == ()
    return found.checks


def checks_of(
    text: str, backend: Backend, *, schemas: Mapping[str, Any] | None = None, **options: Any
) -> DeclaredChecks:
    """What makes the checks of a file; `schemas` are those of `contracts/` by their names."""
    found = parse(text, "orders.toml")
    assert found.mistakes == ()
    files = {f"{name}.schema.json": schema for name, schema in (schemas or {}).items()}
    read_only = options.pop("read_only", False)
    maker = Maker(
        schemas=Schemas({**files, **found.schemas}, labels=found.labels),
        redactor=backend.redactor,
        **{
            "target": backend.target,
            "preserved": backend.preserved,
            "about_to_send": backend.about_to_send,
            **options,
        },
    )
    return DeclaredChecks(items_of(found.checks, smoke=False), maker, read_only=read_only)


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
