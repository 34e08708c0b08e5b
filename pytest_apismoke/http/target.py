"""The target for checks: sends requests with the run's token, and reads and updates documents."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pytest_apismoke.configuration.profiles import Document, TargetProfile
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.account import refuse_other_account
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.document_shape import csrf_token
from pytest_apismoke.http.document_update import update_request
from pytest_apismoke.http.freshness import cache_note
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.rounds import good_answers
from pytest_apismoke.http.ticket import Ticket

#: A response from a cache shows what was there before (RFC 9111, 5.2.1.4).
_NOT_CACHED = {"Cache-Control": "no-cache"}


class Target:
    """Sends authenticated requests; renews a token that runs out or is refused."""

    def __init__(self, client: Client, auth: Auth, profile: TargetProfile) -> None:
        self.client = client
        self.auth = auth
        self.profile = profile
        #: The statuses of a token that is refused; many frameworks send 403 for an invalid one.
        self._refused = frozenset(profile.refusals.statuses)
        #: The methods and paths that were answered with 403 when the token was a new one.
        self._forbidden: set[tuple[str, str]] = set()
        self._is_fresh = False

    def of_document(self, document: Document) -> Target:
        """The same target whose document, in the place of the settings, is another one."""
        view = copy.copy(self)
        view.profile = replace(self.profile, document=document)
        return view

    def strictly(self) -> Target:
        """The same target, each request over a connection of its own, and each answer counts."""
        view = copy.copy(self)
        view._is_fresh = True
        view.client = self.client.strictly()
        return view

    def recording(self, recorder: Recorder, ticket: Ticket | None = None) -> Target:
        """The same target with another recorder, and a ticket for a request that was sent ahead."""
        view = copy.copy(self)
        view.client = self.client.recording(recorder, ticket)
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
            expected: the statuses that are no failure; if 401 or 403 is one, it does not renew the
                token.

        """
        token = self._usable_token(restoring=restoring)
        response = self._send(request, token, fresh=fresh, restoring=restoring)
        if response.status not in expected and self._renews(
            request, response, token, restoring=restoring
        ):
            response = self._send(request, self.auth.token, fresh=fresh, restoring=restoring)
            self._note_if_forbidden(request, response)
        self.auth.follow(response, request.path)
        return response

    def _usable_token(self, *, restoring: bool) -> str:
        recorder = self.client.recorder
        if self.auth.renew_if_it_ends(recorder, restoring=restoring):
            recorder.note("the token was about to run out and was renewed")
        return self.auth.token

    def _renews(self, request: Request, response: Response, token: str, *, restoring: bool) -> bool:
        """Renews a token that was refused; returns whether the request has to be sent again."""
        if response.status not in self._refused:
            return False
        if response.status == 403 and (request.method, request.path) in self._forbidden:
            return False
        recorder = self.client.recorder
        if not self.auth.renew(recorder, refused=token, restoring=restoring):
            return False
        recorder.note("the token was refused and renewed once")
        return True

    def _note_if_forbidden(self, request: Request, response: Response) -> None:
        # A new token does not help: 403 is about the account, and costs no further login.
        if response.status == 403:
            self._forbidden.add((request.method, request.path))

    def _send(self, request: Request, token: str, *, fresh: bool, restoring: bool) -> Response:
        fresh = fresh or self._is_fresh
        return self.client.send(self.with_token(request, token), fresh=fresh, restoring=restoring)

    def with_token(self, request: Request, token: str) -> Request:
        """A request with what authenticates it."""
        own = self.auth.headers(token, path=request.path)
        headers = {**own, **request.headers}
        if "Cookie" in own and "Cookie" in request.headers:
            headers["Cookie"] = f"{own['Cookie']}; {request.headers['Cookie']}"
        return replace(request, headers=headers)

    def fetch_document(
        self, document: Document | None = None, *, fresh: bool = False, restoring: bool = False
    ) -> Response:
        """Fetches a document, by default the settings.

        Raises:
            SmokeError: `fetch` when the status is not 200 or there is no response.

        """
        newest_date = self.client.newest_date
        response = self.send(self._reading(document), fresh=fresh, restoring=restoring)
        read = self._as_read(response, document, newest_date)
        if isinstance(read, SmokeError):
            raise read
        return read

    def fetch_round(self, reads: int) -> tuple[Response, ...]:
        """Fetches the settings several times side by side, and compares the account.

        Those are the round that a write begins with, and cost no further round trip.

        Raises:
            SmokeError: as `fetch_document` and `check_account`.

        """
        answers = self.read_together(None, reads) if reads > 1 else (self.fetch_document(),)
        found = good_answers(answers, self.client.recorder)
        for response in found:
            self.check_account(response)
        return found

    def read_together(
        self, document: Document | None, count: int, *, restoring: bool = False
    ) -> tuple[Response | SmokeError, ...]:
        """Fetches a document several times at once, each over a connection of its own.

        All of them cost one round trip. Several instances behind one address need not agree: one
        read proves nothing about the others.

        Args:
            document: which one; None for the settings.
            count: how many times.
            restoring: may use the time reserved for restoring.

        Returns:
            The responses in the order of the requests; a fetch that failed is its error, as in
            `fetch_document`.

        """
        request, newest_date = self._reading(document), self.client.newest_date
        try:
            token = self._usable_token(restoring=restoring)
        except SmokeError as error:
            return (error,) * count
        first = self._send_together(request, token, count, restoring=restoring)
        refused = [read for read in first if self._is_refused(read)]
        again = iter(self._send_again(request, refused, token, restoring=restoring))
        reads = [next(again) if self._is_refused(read) else read for read in first]
        return tuple(
            read if isinstance(read, SmokeError) else self._as_read(read, document, newest_date)
            for read in reads
        )

    def _send_together(
        self, request: Request, token: str, count: int, *, restoring: bool
    ) -> Sequence[Response | SmokeError]:
        # Neither a token nor a note is shared: a job takes no lock that its caller may hold.
        def read(recorder: Recorder) -> Response | SmokeError:
            target = self.recording(recorder)
            try:
                return target._send(request, token, fresh=True, restoring=restoring)
            except SmokeError as error:
                return error

        reads = self.client.together([read] * count)
        for one in reads:
            if isinstance(one, Response):
                # Before a refusal is looked at: another of these may have renewed the session.
                self.auth.follow(one, request.path)
        return reads

    def _send_again(
        self,
        request: Request,
        refused: Sequence[Response | SmokeError],
        token: str,
        *,
        restoring: bool,
    ) -> Sequence[Response | SmokeError]:
        """The reads whose token was refused, repeated with another one if there is one."""
        first = next((read for read in refused if isinstance(read, Response)), None)
        try:
            if first is None or not self._renews(request, first, token, restoring=restoring):
                return refused
        except SmokeError as error:
            return [error] * len(refused)
        again = self._send_together(request, self.auth.token, len(refused), restoring=restoring)
        for read in again:
            if isinstance(read, Response):
                self._note_if_forbidden(request, read)
        return again

    def _is_refused(self, read: Response | SmokeError) -> bool:
        return isinstance(read, Response) and read.status in self._refused

    def _reading(self, document: Document | None) -> Request:
        place = document or self.profile.document
        return Request(method="GET", path=place.path, headers=_NOT_CACHED)

    def _as_read(
        self, response: Response, document: Document | None, newest_date: datetime | None
    ) -> Response | SmokeError:
        what = f"{self.profile.document.name} " if document is None else ""
        if response.status != 200:
            category, hint = Category.FETCH, response.log_hint
            if response.status in self._refused and self.auth.refused_hint:
                category, hint = Category.AUTH, self.auth.refused_hint
            elif response.status in self._refused:
                hint = "the token of this very run is refused: check its audience, key and clock"
            return response.not_as_expected(
                f"200 with the {what}document",
                category=category,
                hint=hint,
            )
        if note := cache_note(response.where, response.headers, newest_date):
            self.client.recorder.note(note, topic=f"{response.where} from a cache")
        return response

    def check_account(self, response: Response) -> None:
        """Compares a response with the account that the profile pins for the settings.

        Raises:
            SmokeError: `auth` when it is another one, `invalid` when the body is not JSON.

        """
        refuse_other_account(response, self.profile.document, self.client.redactor)

    def update_document(
        self,
        fields: Mapping[str, Any],
        document: Document | None = None,
        *,
        base: Mapping[str, Any] | None = None,
        answer: Response | None = None,
        absent: Collection[str] = (),
        restoring: bool = False,
        if_match: str = "",
    ) -> Response:
        """Sends an update of a document, by default of the settings; accepts any status.

        Args:
            fields: the properties that change, whole.
            document: which one.
            base: the document as it was last read.
            answer: of that read.
            absent: JSON Pointers to places that are null in `fields` and are to be absent.
            restoring: may use the time reserved for restoring.
            if_match: the entity tag that the document must still have (RFC 9110, 13.1.1).

        """
        place = document or self.profile.document
        if answer is not None and (token := csrf_token(answer, place)):
            self.client.redactor.learn(token, "CSRF_TOKEN")
        request = update_request(
            fields,
            place,
            base=base or {},
            answer=answer,
            absent=absent,
            if_match=if_match,
            # One for each update: a target may answer a second one with the same from its memory.
            key=str(uuid.uuid4()),
        )
        return self.send(request, restoring=restoring)
