"""The login before its turn, where what needs its token comes first.

Its responses are validated once the OpenAPI document is there.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import ResponseValidator
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.openapi.late_validation import LateValidation
from pytest_apismoke.preflight.clients import new_client
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.preflight.stepping import logged_in
from pytest_apismoke.preflight.watching import NOBODY, Watch
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyLogin:
    """A login before what only a token shows: the version, or the OpenAPI document."""

    step: Step
    target: Target
    late: LateValidation

    @classmethod
    def of(
        cls,
        settings: Settings,
        redactor: Redactor,
        budget: Budget,
        trace: Trace | None = None,
        watch: Watch = NOBODY,
    ) -> EarlyLogin:
        """Logs in."""
        late = LateValidation()
        client = new_client(settings, redactor, budget, validator=late, trace=trace)
        auth = Auth(client, settings.profile.login, settings.credentials)
        target = Target(client, auth, settings.profile)
        step = logged_in(target, watch)
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
