"""The backend under test as checks see it: requests with the run's token, and its document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.auth import Auth
from pytest_apismoke.client import Answer, Client, Request
from pytest_apismoke.documents import describe
from pytest_apismoke.errors import Category, fail
from pytest_apismoke.profiles import TargetProfile


class Target:
    """Sends authenticated requests; a token that is refused is renewed once."""

    def __init__(self, client: Client, auth: Auth, profile: TargetProfile) -> None:
        self.client = client
        self.auth = auth
        self.profile = profile
        self.notes: list[str] = []

    def send(self, request: Request, *, fresh: bool = False, restoring: bool = False) -> Answer:
        """Sends a request with the run's token; see `Client.send` for the arguments and errors."""
        answer = self._send(request, fresh=fresh, restoring=restoring)
        if answer.status == 401 and self.auth.renew():
            self.notes.append("the token was refused and renewed once")
            answer = self._send(request, fresh=fresh, restoring=restoring)
        return answer

    def _send(self, request: Request, *, fresh: bool, restoring: bool) -> Answer:
        headers = {**self.auth.headers(), **request.headers}
        return self.client.send(replace(request, headers=headers), fresh=fresh, restoring=restoring)

    def fetch_document(self, *, fresh: bool = False, restoring: bool = False) -> Answer:
        """Fetches the settings document.

        Raises:
            SmokeError: `fetch` when the status is not 200 or no answer came.

        """
        request = Request(method="GET", path=self.profile.document.path)
        answer = self.send(request, fresh=fresh, restoring=restoring)
        if answer.status != 200:
            category, hint = Category.FETCH, "look into the target's log at the request id"
            if answer.status in (401, 403) and self.auth.token_was_given:
                category = Category.AUTH
                hint = "APISMOKE_TOKEN is refused: it may be expired or meant for another target"
            elif answer.status in (401, 403):
                hint = "the token of this very run is refused: check its audience, key and clock"
            raise answer.not_as_expected(
                "200 with the settings document", category=category, hint=hint
            )
        return answer

    def update_document(self, body: Mapping[str, Any], *, restoring: bool = False) -> Answer:
        """Sends an update of the settings document; judges nothing."""
        document = self.profile.document
        request = Request(method=document.update_method, path=document.path, json=dict(body))
        return self.send(request, fresh=restoring, restoring=restoring)


def read_document(answer: Answer) -> dict[str, Any]:
    """The settings document in an answer.

    Raises:
        SmokeError: `invalid` when the body is not JSON, is null, or is not an object.

    """
    document = answer.json()
    if isinstance(document, dict):
        return document
    if document is None:
        raise fail(
            Category.INVALID,
            expected="a settings document",
            seen="null, which means that this account has no business",
            where=answer.where,
            hint="create a business for the account of APISMOKE_USERNAME, or use another account",
        )
    raise fail(
        Category.INVALID,
        expected="a settings document (a JSON object)",
        seen=describe(document),
        where=answer.where,
        hint="compare the answer with the contract contracts/settings.schema.json",
    )
