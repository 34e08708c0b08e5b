"""A backend in memory, shaped like a `Target`: each path holds one document.

It merges updates, unless its attributes say otherwise.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, Document
from pytest_apismoke.documents import ABSENT
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.document_update import update_request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target

if TYPE_CHECKING:
    from unit.conftest import FakeClock

BASE_URL = "https://api.example.com"
SETTINGS_PATH = DEFAULT_PROFILE.document.path
SETTINGS_URL = BASE_URL + SETTINGS_PATH
LOST_ANSWER = "a connection closed without a response"

Json = dict[str, Any]
#: Applies an update: returns the document after it.
Merging = Callable[[Json, Mapping[str, Any]], Json]


def merges(document: Json, body: Mapping[str, Any]) -> Json:
    return {**document, **body}


def replaces(document: Json, body: Mapping[str, Any]) -> Json:
    return dict(body)


def drops(document: Json, body: Mapping[str, Any]) -> Json:
    return document


class Backend:
    """The backend; `sent` has the restoring updates as method, path and body."""

    def __init__(
        self, documents: Mapping[str, Json], clock: FakeClock, make_answer: Callable[..., Response]
    ) -> None:
        self.profile = replace(DEFAULT_PROFILE, document=Document(probe=("/description",)))
        self.client = self
        self.base_url = BASE_URL
        self.slowest_s = 0.1
        self.budget = Budget(60.0, clock=clock, sleep=clock.sleep)
        self.documents = {path: copy.deepcopy(dict(held)) for path, held in documents.items()}
        self.merging: Merging = merges
        #: The status of each update; one other than 200 changes nothing.
        self.status = 200
        #: Whether reads get a response.
        self.responses = True
        self.sent: list[tuple[str, str, Json]] = []
        self.reads = 0
        #: What was told.
        self.notes: list[str] = []
        self._answer = make_answer

    @property
    def target(self) -> Target:
        return cast(Target, self)

    @property
    def recorder(self) -> Backend:
        return self

    def note(self, text: str) -> None:
        self.notes.append(text)

    @property
    def settings(self) -> Json:
        return self.documents[SETTINGS_PATH]

    @property
    def bodies(self) -> list[Json]:
        return [body for _, _, body in self.sent]

    def change(self, path: str = SETTINGS_PATH, /, **members: Any) -> None:
        """Changes a document, as a test, a person or a killed run does."""
        self.documents[path].update(members)

    def become(self, path: str = SETTINGS_PATH, /, **members: Any) -> None:
        """Replaces a document; members that are `ABSENT` are left out."""
        self.documents[path] = {k: v for k, v in members.items() if v is not ABSENT}

    def fetch_document(
        self, document: Document | None = None, *, fresh: bool = False, restoring: bool = False
    ) -> Response:
        path = (document or self.profile.document).path
        self.budget.require(f"GET {path}", restoring=restoring)
        self.reads += 1
        if not self.responses:
            raise fail(
                Category.FETCH,
                expected="an answer",
                seen=LOST_ANSWER,
                where=f"GET {BASE_URL}{path}",
                hint="x",
            )
        return self._answer(body=self.documents[path])

    def read_together(
        self, document: Document | None, count: int, *, restoring: bool = False
    ) -> tuple[Response | SmokeError, ...]:
        return tuple(self._read(document, restoring=restoring) for _ in range(count))

    def _read(self, document: Document | None, *, restoring: bool) -> Response | SmokeError:
        try:
            return self.fetch_document(document, fresh=True, restoring=restoring)
        except SmokeError as error:
            return error

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
        place = document or self.profile.document
        assert restoring, "a restore may use the time that is reserved for it"
        assert not if_match, "a recovery is unconditional"
        request = update_request(fields, place, base=base or {}, answer=answer, absent=absent)
        body = copy.deepcopy(request.json)
        self.sent.append((request.method, request.path, body))
        if self.status == 200:
            held = self.documents[place.path]
            self.documents[place.path] = self.merging(held, copy.deepcopy(body))
        return self._answer(self.status, body={"ok": True})
