"""The login before its turn: what needs its token comes first, or it takes place beside a poll.

Its responses are validated once the OpenAPI document is there.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.configuration.target_url import is_in_the_clear
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.budget import Budget, Clock, Sleep
from pytest_apismoke.http.client import ResponseValidator
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.side_by_side import Begun, SideBySide
from pytest_apismoke.http.target import Target
from pytest_apismoke.openapi.late_validation import LateValidation
from pytest_apismoke.preflight.clients import new_client
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.preflight.stepping import logged_in
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyLogin:
    """A login before what only a token shows, or beside the first poll of the readiness path."""

    step: Step
    target: Target
    late: LateValidation

    @classmethod
    def of(cls, settings: Settings, redactor: Redactor, budget: Budget) -> EarlyLogin:
        """Logs in."""
        late = LateValidation()
        client = new_client(settings, redactor, budget, validator=late)
        auth = Auth(client, settings.profile.login, settings.credentials)
        target = Target(client, auth, settings.profile)
        step = logged_in(target)
        client.validator = None
        return cls(step=step, target=target, late=late)

    def validated(self, validator: ResponseValidator | None) -> EarlyLogin:
        """The same login, its responses validated against the document that came after them."""
        try:
            exchanges = self.late.validated(self.step.exchanges, validator)
        except SmokeError as error:
            return replace(self, step=replace(self.step, failure=error.failure))
        return replace(self, step=replace(self.step, exchanges=exchanges))

    def within(self, budget: Budget) -> EarlyLogin:
        """The same login with another budget, over the same connections."""
        auth, profile = self.target.auth, self.target.profile
        client = self.target.client.within(budget)
        return replace(self, target=Target(client, auth.using(client), profile))


def may_log_in_beside_a_poll(settings: Settings) -> bool:
    """Whether the login may be sent beside the first poll of the readiness path.

    A version that is waited for has to answer the login too. And a target that is reached in the
    clear gets the password only once it has shown that it is one, and not, say, a redirect to
    HTTPS. Nothing overlaps where the run sends one request at a time, or so many a second.
    """
    logs_in = settings.profile.login.has_request and not settings.credentials.token
    may_overlap = settings.concurrency > 1 and settings.rate_per_s is None
    waits = bool(settings.target_version) or is_in_the_clear(settings.target_url)
    return logs_in and may_overlap and not waits


class LoginBesidePoll:
    """A login that is sent once, beside the first poll of the readiness path.

    It counts only if that poll finds the target ready. Until that is known nothing of it is
    repeated: a target that is starting is not logged in to over and over, and its limit of logins
    is left to the login that counts.

    Args:
        settings: of the run.
        redactor: knows the secrets of this run.
        clock: a monotonic clock, in seconds.
        sleep: waits, in seconds.

    """

    def __init__(
        self, settings: Settings, redactor: Redactor, *, clock: Clock, sleep: Sleep
    ) -> None:
        self._sleep = sleep
        self._budget = Budget(settings.budget_s, clock=clock, sleep=self._pause)
        self._is_decided = threading.Event()
        self._counts = False
        self._threads = SideBySide(at_once=1)
        self._login: Begun[EarlyLogin] = self._threads.begin(
            lambda: EarlyLogin.of(settings, redactor, self._budget)
        )

    def __enter__(self) -> LoginBesidePoll:
        return self

    def __exit__(self, *_: object) -> None:
        # Also where the wait was interrupted: what was not sent yet must not be sent.
        self.discard()

    def _pause(self, seconds: float) -> None:
        """Waits before a repetition, which is made only where the target is ready."""
        self._is_decided.wait()
        if not self._counts:
            raise self._budget.spent("the login beside the first poll")
        self._sleep(seconds)

    def discard(self) -> None:
        """Ends the login as soon as its request is answered: the target is not ready."""
        if not self._is_decided.is_set():
            self._budget.cut_short()
            self._is_decided.set()

    def result(self) -> EarlyLogin | None:
        """The login, if it was not discarded; waits for its end in any case.

        A login that comes to its end later could take the place of the one that counts.
        """
        self._counts = not self._is_decided.is_set()
        self._is_decided.set()
        try:
            login = self._login.result()
        finally:
            self._threads.close()
        if self._counts:
            return login
        login.target.client.close()
        return None
