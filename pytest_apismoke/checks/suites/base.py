"""What every suite opens with: the login and the settings document, both from the preflight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_apismoke.checks.stages import Proof, Stage
from pytest_apismoke.documents import ABSENT, describe
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target, read_document
from pytest_apismoke.preflight.preflight import PreflightResult, Step
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.schemas.store import Broken, Schemas
from pytest_apismoke.schemas.validation_timeout import limit_validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the checks of every suite are given; the base of their classes."""

    target: Target
    preflight: PreflightResult
    redactor: Redactor
    journal: Journal
    schemas: Schemas

    def needs_cleanup(self) -> bool:
        """Whether something was changed and not yet put back; most suites change nothing."""
        return False

    def exchanges(self) -> list[Exchange]:
        """The list to which every request of this process is appended."""
        return self.target.client.exchanges

    def basis(self) -> tuple[Exchange, ...]:
        """The fetch of the settings document, or the login where that has failed already."""
        return (self.preflight.fetch.exchanges or self.preflight.login.exchanges)[-1:]

    def remarks(self) -> list[str]:
        """What the target has to say whatever the stage, such as that its token was renewed."""
        return self.target.notes

    def login(self) -> Proof:
        """The login of the preflight gave a token."""
        return _told(self.preflight.login, "the login answered with a token")

    def fetch(self) -> Proof:
        """The settings document could be fetched."""
        return _told(self.preflight.fetch, "the settings document was fetched with the token")

    def document(self, *, otherwise: Category) -> dict[str, Any]:
        """The document that the preflight fetched.

        Raises:
            SmokeError: of the category `otherwise` when the answer is not such a document.

        """
        response = self.preflight.fetch.response
        assert response is not None, "the fetch stage comes first"
        try:
            return read_document(response)
        except SmokeError as error:
            raise error.as_category(otherwise) from None

    def broken(self, value: object, contract: str) -> Broken:
        """How a value breaks a contract, which may be one that a user wrote.

        Raises:
            SmokeError: `budget` when it takes too long to find out.

        """
        with limit_validation(self.schemas.where(contract), self.target.client.budget):
            return self.schemas.check(value, contract, self.redactor)

    def ask_start(self) -> Response:
        """Asks the OAuth start for this account; judges nothing.

        Raises:
            SmokeError: `fetch` when no answer came, `error` when the document has no id to ask for.

        """
        calendar = self.target.profile.calendar
        account = self._account_id()
        return self.target.send(
            Request(
                method="GET",
                path=calendar.start_path,
                query=((calendar.account_parameter, account),),
            )
        )

    def _account_id(self) -> str:
        field = self.target.profile.document.id_field
        value = self.document(otherwise=Category.ERROR).get(field, ABSENT)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return str(value)
        raise fail(
            Category.ERROR,
            expected=f"the account's id in {field!r}",
            seen=describe(value),
            where=f"{self.target.client.base_url}{self.target.profile.document.path}",
            hint="the OAuth start needs the id: the settings document must carry it",
        )


OPENING_STAGES = (
    Stage(name="login", run=Opening.login, logs_in=True, of_preflight=True),
    Stage(name="fetch", run=Opening.fetch, of_preflight=True),
)


def _told(step: Step, verified: str) -> Proof:
    if step.failure:
        raise SmokeError(step.failure)
    return Proof(
        verified=verified,
        notes=step.notes,
        exchanges=step.exchanges,
        duration_s=step.duration_s,
    )
