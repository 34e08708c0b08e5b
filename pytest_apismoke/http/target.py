"""The target for checks: sends requests with the run's token, and reads and updates documents."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document, TargetProfile
from pytest_apismoke.documents import describe
from pytest_apismoke.errors import Category, fail
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response


class Target:
    """Sends authenticated requests; renews a token that runs out or is refused."""

    def __init__(self, client: Client, auth: Auth, profile: TargetProfile) -> None:
        self.client = client
        self.auth = auth
        self.profile = profile

    def recording(self, recorder: Recorder) -> Target:
        """The same target with another recorder for its exchanges and notes."""
        view = copy.copy(self)
        view.client = self.client.recording(recorder)
        return view

    def send(
        self,
        request: Request,
        *,
        fresh: bool = False,
        restoring: bool = False,
        expected: Collection[int] = (),
    ) -> Response:
        """Sends a request with the run's token.

        Args:
            request: without the token.
            fresh: see `Client.send`, also for the errors.
            restoring: likewise.
            expected: the statuses that are no failure; if 401 is one, it does not renew the token.

        """
        recorder = self.client.recorder
        if self.auth.renew_if_it_ends(recorder, restoring=restoring):
            recorder.note("the token was about to run out and was renewed")
        token = self.auth.token
        response = self._send(request, token, fresh=fresh, restoring=restoring)
        is_refused = response.status == 401 and 401 not in expected
        if is_refused and self.auth.renew(recorder, refused=token, restoring=restoring):
            recorder.note("the token was refused and renewed once")
            token = self.auth.token
            response = self._send(request, token, fresh=fresh, restoring=restoring)
        return response

    def _send(self, request: Request, token: str, *, fresh: bool, restoring: bool) -> Response:
        headers = {**self.auth.headers(token), **request.headers}
        return self.client.send(replace(request, headers=headers), fresh=fresh, restoring=restoring)

    def fetch_document(
        self, document: Document | None = None, *, fresh: bool = False, restoring: bool = False
    ) -> Response:
        """Fetches a document, by default the settings.

        Raises:
            SmokeError: `fetch` when the status is not 200 or there is no response.

        """
        request = Request(method="GET", path=(document or self.profile.document).path)
        response = self.send(request, fresh=fresh, restoring=restoring)
        if response.status != 200:
            category, hint = Category.FETCH, response.log_hint
            if response.status in (401, 403) and self.auth.token_was_given:
                category = Category.AUTH
                hint = "APISMOKE_TOKEN is refused: it may be expired or meant for another target"
            elif response.status in (401, 403):
                hint = "the token of this very run is refused: check its audience, key and clock"
            raise response.not_as_expected(
                f"200 with the {_what(document)}document", category=category, hint=hint
            )
        return response

    def update_document(
        self,
        body: Mapping[str, Any],
        document: Document | None = None,
        *,
        restoring: bool = False,
        if_match: str = "",
    ) -> Response:
        """Sends an update of a document, by default of the settings; accepts any status.

        Args:
            body: a JSON object.
            document: which one.
            restoring: over a fresh connection, within the time reserved for restoring.
            if_match: the entity tag that the document must still have (RFC 9110, 13.1.1).

        """
        place = document or self.profile.document
        request = Request(
            method=place.update_method,
            path=place.path,
            json=dict(body),
            headers={"If-Match": if_match} if if_match else {},
        )
        return self.send(request, fresh=restoring, restoring=restoring)


def _what(document: Document | None) -> str:
    return "settings " if document is None else ""


def read_document(response: Response) -> dict[str, Any]:
    """The settings document in a response.

    Raises:
        SmokeError: `invalid` when the body is not JSON, is null, or is not an object.

    """
    document = response.json()
    if isinstance(document, dict):
        return document
    if document is None:
        raise fail(
            Category.INVALID,
            expected="a settings document",
            seen="null, which means that this account has no business",
            where=response.where,
            hint="create a business for the account of APISMOKE_USERNAME, or use another account",
        )
    raise fail(
        Category.INVALID,
        expected="a settings document (a JSON object)",
        seen=describe(document),
        where=response.where,
        hint="compare the response with the contract contracts/settings.schema.json",
    )
