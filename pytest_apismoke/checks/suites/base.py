"""The base of the built-in suites: ordered stages, the login and the settings document."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from pytest_apismoke.checks.model import Check, CheckContext, CheckResult, Skip
from pytest_apismoke.checks.repeating import in_each_document
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.documents import ABSENT, describe
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.document_shape import read_document
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.store import Broken
from pytest_apismoke.schemas.validation_timeout import limit_validation
from pytest_apismoke.verdict.outcome import SkipReason

#: The names of the checks that report the results of the login and of the first fetch.
LOGIN = "login"
FETCH = "fetch"
#: The contract of the document that the profile names.
CONTRACT = "settings"
#: Stands for the account's id in the path of the OAuth start.
_ACCOUNT = "{id}"
_READ_ONLY = "read-only run: nothing was written, so persistence was not verified"
_TOKEN_GIVEN = "APISMOKE_TOKEN is given: the login was not tried"  # noqa: S105  # words, no token

#: What a login has verified, by its kind.
_LOGGED_IN = {
    "token": "the login returned a token",
    "cookie": "the login set a session cookie",
    "basic": "",
}
_NO_LOGIN = "HTTP Basic goes with every request: there is no login to try"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a suite.

    Smoke runs leave out `full_only` stages, read-only runs those with `writes` (`read_only` says
    what was left out), and runs that were given a token those with `logs_in`. A stage with
    `asks_others` sends its requests to another host: neither their contract nor their time is the
    target's. A stage with `needs_cleanup` runs after a failure too, if
    there is anything to clean up. A stage with a `step` sends nothing: it reports the result of
    that step of the preflight, which all suites share. One that `judges_settings` sends nothing
    either: it judges the settings that the preflight has fetched, as each read shows them. For
    `stands_alone` and `repeatable` see `Check`.
    """

    name: str
    run: Callable[[CheckContext], CheckResult]
    full_only: bool = False
    writes: bool = False
    read_only: str = _READ_ONLY
    logs_in: bool = False
    asks_others: bool = False
    step: Step | None = None
    needs_cleanup: Callable[[], bool] | None = None
    stands_alone: Category | None = None
    judges_settings: bool = False
    repeatable: bool = False

    @property
    def may_write(self) -> bool:
        """Whether it may send a request that is not safe."""
        return not (self.step or self.judges_settings or self.repeatable)

    def skip(self, settings: Settings) -> Skip | None:
        """Why this run leaves out the stage; None if it runs it."""
        if self.writes and settings.read_only:
            return Skip(reason=SkipReason.READ_ONLY, text=self.read_only)
        if self.logs_in and settings.credentials.token:
            return Skip(reason=SkipReason.TOKEN_GIVEN, text=_TOKEN_GIVEN)
        if self.logs_in and not settings.profile.login.has_request:
            return Skip(reason=SkipReason.TOKEN_GIVEN, text=_NO_LOGIN)
        return None


class Suite(ABC):
    """A built-in suite: the state that its stages share, and their checks.

    Args:
        context: of the process; each check gets a copy with its own recorder.
        first: the API of the first suite of the run, which reports failures of the preflight.

    """

    api: str

    def __init__(self, context: CheckContext, *, first: str) -> None:
        self._context = context
        self._first = first

    @abstractmethod
    def stages(self) -> tuple[Stage, ...]:
        """The stages of the suite, in order."""

    def checks(self) -> tuple[Check, ...]:
        """The checks of this run's mode, in order."""
        settings = self._context.settings
        chosen = [stage for stage in self.stages() if not (stage.full_only and settings.smoke)]
        names = [f"{self.api}::{stage.name}" for stage in chosen]
        return tuple(
            Check(
                id=names[index],
                api=self.api,
                stage=stage.name,
                run=partial(self.run, stage),
                smoke=not stage.full_only,
                skip=stage.skip(settings) or self._reported_elsewhere(stage),
                after=tuple(names[:index]),
                needs_cleanup=stage.needs_cleanup,
                stands_alone=stage.stands_alone,
                basis=self.basis,
                shares_requests=True,
                writes=stage.writes,
                may_write=stage.may_write,
                repeatable=stage.repeatable,
                reports_conformance=not stage.asks_others
                and (self.api == self._first or stage.step is None),
            )
            for index, stage in enumerate(chosen)
        )

    def run(self, stage: Stage, context: CheckContext) -> CheckResult:
        """Carries out a stage."""
        if stage.judges_settings:
            return in_each_document(stage.run, context)
        return stage.run(context)

    def basis(self) -> tuple[Exchange, ...]:
        """The exchange that the stages judge, whose failures have none of their own."""
        preflight = self._context.preflight
        return (preflight.fetch.exchanges or preflight.login.exchanges)[-1:]

    def opening(self) -> tuple[Stage, ...]:
        """The stages that every suite begins with: the login, and the fetch of the document."""
        preflight = self._context.preflight
        kind = preflight.settings.profile.login.kind
        return (
            Stage(
                name=LOGIN,
                run=lambda _: step_result(preflight.login, _LOGGED_IN[kind]),
                logs_in=True,
                step=preflight.login,
            ),
            Stage(
                name=FETCH,
                run=lambda _: step_result(
                    preflight.fetch, "the settings document was fetched with the token"
                ),
                step=preflight.fetch,
            ),
        )

    def _reported_elsewhere(self, stage: Stage) -> Skip | None:
        """Skips a stage whose step of the preflight failed: the first suite reports it."""
        if stage.step is None or stage.step.failure is None or self.api == self._first:
            return None
        return Skip.not_run(f"{self._first}::{stage.name}")


def step_result(step: Step, verified: str) -> CheckResult:
    """The result of a step of the preflight as the result of a check."""
    return CheckResult(
        verified="" if step.failure else verified,
        failure=step.failure,
        notes=step.notes,
        exchanges=step.exchanges,
        duration_s=step.duration_s,
    )


def settings_document(context: CheckContext, *, otherwise: Category) -> dict[str, Any]:
    """The settings document that the preflight fetched.

    Raises:
        SmokeError: of the category `otherwise` when the response is not such a document.

    """
    response = context.preflight.fetch.response
    assert response is not None, "the fetch stage comes first"
    return document_in_answer(response, context, otherwise=otherwise)


def document_in_answer(
    response: Response, context: CheckContext, *, otherwise: Category
) -> dict[str, Any]:
    """The document of a context in a response.

    Raises:
        SmokeError: of the category `otherwise` when the response is not such a document.

    """
    try:
        return read_document(response, context.target.profile.document)
    except SmokeError as error:
        raise error.as_category(otherwise) from None


def breach(context: CheckContext, value: object, contract: str) -> Broken:
    """The places where a value breaks a contract, which may be one that a user wrote.

    Raises:
        SmokeError: `budget` when the validation takes too long.

    """
    with limit_validation(context.schemas.where(contract), context.target.client.budget):
        return context.schemas.check(value, contract, context.redactor)


def ask_oauth_start(context: CheckContext) -> Response:
    """Requests the OAuth start for this account; accepts any response.

    Raises:
        SmokeError: `fetch` when there is no response, `error` when the document has no account id.

    """
    calendar = context.target.profile.calendar
    path, parameter = calendar.start_path, calendar.account_parameter
    needs_account = bool(parameter) or _ACCOUNT in path
    account = _account_id(context) if needs_account else ""
    return context.target.send(
        Request(
            method="GET",
            path=path.replace(_ACCOUNT, quote(account, safe="")),
            query=((parameter, account),) if parameter else (),
        )
    )


def _account_id(context: CheckContext) -> str:
    field = context.target.profile.document.id_field
    value = settings_document(context, otherwise=Category.ERROR).get(field, ABSENT)
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    raise fail(
        Category.ERROR,
        expected=f"the account's id in {field!r}",
        seen=describe(value),
        where=f"{context.target.client.base_url}{context.target.profile.document.path}",
        hint="the OAuth start needs the id: the settings document must carry it",
    )
