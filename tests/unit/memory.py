"""A server, a client and a journal in memory: how they misbehave is set by their attributes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.journal_dir import repair_command
from pytest_apismoke.configuration.profiles import Document as DocumentProfile
from pytest_apismoke.configuration.profiles import Limits, TargetProfile
from pytest_apismoke.documents import differences, lookup
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.budget import Budget, Clock, Sleep
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry

if TYPE_CHECKING:
    from pytest_apismoke.safewrite.journal import Journal

BASE_URL = "https://api.example.com"
URL = f"{BASE_URL}/api/business/me"
TOKEN = "canary-token-6d1f0b9e"
GIVEN = Credentials(token=TOKEN)
NO_ANSWER = "a connection closed without a response"

T = TypeVar("T")
Document = dict[str, Any]
#: What a server makes of an update: the document that it has afterwards, or `Refused`.
Merging = Callable[[Document, Mapping[str, Any]], Document]
Action = Callable[[], object]
#: When a kept connection is dropped, without a response.
Drop = Literal["before applying", "after applying"]


class Refused(Exception):  # noqa: N818 - an answer, and no error of the server
    """Raised by a `Merging` that does not accept an update."""

    def __init__(self, status: int, detail: str = "refused") -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail


def merges(document: Document, body: Mapping[str, Any]) -> Document:
    return {**document, **body}


class Store:
    """A server with one document and all its former versions.

    A read sees the version of `lag_s` seconds ago. Scripts say their last line for ever; the status
    None is no answer at all.
    """

    def __init__(self, document: Document, clock: Clock) -> None:
        self._clock = clock
        self._versions: list[tuple[float, Document]] = [(float("-inf"), copy.deepcopy(document))]
        self._due: list[tuple[float, Action]] = []
        self.requests: list[Request] = []
        #: A line for each request, for the eye.
        self.course: list[str] = []
        self.merging: Merging = merges
        self.statuses: list[int | None] = [200]
        self.applies: list[bool] = [True]
        self.lag_s = 0.0
        #: How many fetches after the first update get no answer.
        self.lost_fetches = 0
        #: How the entity tag of a version is written, or "" for none.
        self.etag = ""
        self.honours_etags = True
        #: Whether the answer to an update has the tag of what it wrote.
        self.tells_tags = False
        #: How the next updates over a kept connection are lost, one each; over a fresh one none is.
        self.drops: list[Drop] = []
        #: What happens right before and right after an update; one action an update.
        self.before_updates: list[Action] = []
        self.after_updates: list[Action] = []

    @property
    def document(self) -> Document:
        """The document as it really is."""
        return self._versions[-1][1]

    @property
    def updates(self) -> list[Any]:
        """The bodies of the updates that arrived."""
        return [request.json for request in self.requests if request.method != "GET"]

    @property
    def conditions(self) -> list[str]:
        """The If-Match of each update that arrived, empty where there was none."""
        updates = (request for request in self.requests if request.method != "GET")
        return [request.headers.get("If-Match", "") for request in updates]

    def become(self, document: Document) -> None:
        """Has another document from now on."""
        self._versions.append((self._clock(), {**document, "updated_at": len(self._versions)}))

    def hold(self, **members: Any) -> None:
        """Somebody else changes some members."""
        self.become({**self.document, **members})

    def later(self, seconds: float, action: Action) -> None:
        """Does something at the first request after so many seconds."""
        self._due.append((self._clock() + seconds, action))

    def handle(self, request: Request) -> Response | None:
        now = self._clock()
        # One by one: what is due may be a request of its own, with which more is due.
        while due := [due for due in self._due if due[0] <= now]:
            self._due.remove(due[0])
            due[0][1]()
        self.requests.append(request)
        return self._show() if request.method == "GET" else self._update(request)

    def log(self, name: str, request: Request, response: Response | None) -> None:
        """Notes down who asked for what, and what the document was afterwards."""
        condition = request.headers.get("If-Match", "")
        self.course.append(
            f"{self._clock():.3f} {name} {request.method} {request.json or ''} {condition}"
            f" -> {response.status if response else 'no answer'}, {self.document}"
        )

    def _show(self) -> Response | None:
        if self.lost_fetches and self.updates:
            self.lost_fetches -= 1
            return None
        number = self._number_shown()
        tag = {"etag": self._tag(number)} if self.etag else {}
        return new_answer(200, self._versions[number][1], tag)

    def _number_shown(self) -> int:
        """The number of the version that a read sees."""
        seen_at = self._clock() - self.lag_s
        return max(n for n, (time, _) in enumerate(self._versions) if time <= seen_at)

    def _update(self, request: Request) -> Response | None:
        if self.before_updates:
            self.before_updates.pop(0)()
        condition = request.headers.get("If-Match", "")
        if condition and not (self.honours_etags and condition == self._tag()):
            return new_answer(412, {"error": "changed"}, {})
        tag: dict[str, str] = {}
        if _next(self.applies):
            body = copy.deepcopy(dict(request.json))
            try:
                self.become(self.merging(copy.deepcopy(self.document), body))
            except Refused as refused:
                return new_answer(refused.status, {"error": refused.detail}, {})
            tag = {"etag": self._tag()} if self.tells_tags else {}
        if self.after_updates:
            self.after_updates.pop(0)()
        status = _next(self.statuses)
        return None if status is None else new_answer(status, {"ok": True}, tag)

    def _tag(self, number: int | None = None) -> str:
        return self.etag.format(len(self._versions) - 1 if number is None else number)


def _next(script: list[Any]) -> Any:
    return script.pop(0) if len(script) > 1 else script[0]


def new_answer(status: int, body: object, headers: Mapping[str, str]) -> Response:
    return Response(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=json.dumps(body).encode(),
        exchange=Exchange.told(
            method="PUT",
            url=URL,
            status=status,
            duration_s=0.1,
            request_id=None,
            excerpt="",
            error=None,
            curl=f"curl -sS -i {URL}",
        ),
    )


class MemoryClient(Client):
    """Takes requests to a store; `travel` is called on the way there and on the way back."""

    def __init__(
        self, store: Store, budget: Budget, travel: Action = lambda: None, name: str = ""
    ) -> None:
        super().__init__(BASE_URL, redactor=Redactor(), limits=Limits(), budget=budget)
        self.expect_at_least(0.1)
        self.store = store
        self.travel = travel
        self.name = name
        #: Whether requests that were sent side by side have arrived.
        self.is_there = False
        self.connections: list[tuple[str, str]] = []

    def together(self, jobs: Sequence[Callable[[Recorder], T]]) -> tuple[T, ...]:
        """One after the other, so that a store sees one order, but with one journey for all."""
        self.travel()
        self.is_there = True
        try:
            return tuple(job(self.recorder) for job in jobs)
        finally:
            self.is_there = False
            self.travel()

    def send(self, request: Request, *, fresh: bool = False, restoring: bool = False) -> Response:
        self.budget.require(f"{request.method} {URL}", restoring=restoring)
        started = self.budget.clock()
        self.connections.append((request.method, "fresh" if fresh else "kept"))
        if not self.is_there:
            self.travel()
        response = self._exchange(request, fresh=fresh)
        self.store.log(self.name, request, response)
        if not self.is_there:
            self.travel()
        self.expect_at_least(self.budget.clock() - started)
        if response is None:
            raise fail(
                Category.FETCH,
                expected="an answer",
                seen=NO_ANSWER,
                where=f"{request.method} {URL}",
                hint="x",
            )
        return response

    def _exchange(self, request: Request, *, fresh: bool) -> Response | None:
        is_kept_update = request.method != "GET" and not fresh
        drop = self.store.drops.pop(0) if is_kept_update and self.store.drops else None
        if drop == "before applying":
            return None
        response = self.store.handle(request)
        return None if drop == "after applying" else response


def new_target(
    store: Store,
    *,
    clock: Clock,
    sleep: Sleep,
    travel: Action = lambda: None,
    probe: str = "/description",
    budget_s: float = 60.0,
    name: str = "",
    credentials: Credentials = GIVEN,
) -> Target:
    """A real target, whose client reaches the store."""
    client = MemoryClient(store, Budget(budget_s, clock=clock, sleep=sleep), travel, name)
    profile = replace(TargetProfile(), document=DocumentProfile(probe=(probe,)))
    auth = Auth(client, profile.login, credentials)
    return Target(client, auth, profile)


class MemoryJournal:
    """Keeps entries as a journal does, as JSON and without secrets, but no longer than a test."""

    def __init__(self, redactor: Redactor) -> None:
        # Nothing can be stored there, so that the sightings of one test are not those of another.
        self.folder = Path("/dev/null/journal")
        self.redactor = redactor
        self._stored: dict[str, str] = {}

    def as_journal(self) -> Journal:
        return cast("Journal", self)

    def repair(self, entry: Entry, profile: str) -> str:
        return repair_command(entry.target, self.folder, entry.run_id, profile=profile)

    def record(self, entry: Entry) -> Entry:
        stored = replace(entry.without_secrets(self.redactor), started_at="then")
        self._stored[stored.name] = json.dumps(stored.to_json())
        return stored

    def forget(self, entry: Entry) -> None:
        self._stored.pop(entry.name, None)

    def entries(self, target: str | None = None) -> tuple[Entry, ...]:
        found = [Entry.from_json(json.loads(text)) for text in self._stored.values()]
        return tuple(entry for entry in found if target in (None, entry.target))

    def lock_document(self, target: str, path: str) -> bool:
        return True

    def unlock_document(self, target: str, path: str) -> None:
        """Nobody else is on this machine."""

    @contextmanager
    def claimed(self, entry: Entry, *, mine: bool = True) -> Iterator[bool]:
        """Whoever wrote an entry that is still there is dead."""
        yield True


def failure_of(step: Action) -> SmokeError | None:
    try:
        step()
    except SmokeError as error:
        return error
    return None


def as_before(document: Document, start: Document, probe: str = "/description") -> bool:
    """Whether nothing of a probe is left; null in its field and no field are the same nothing."""
    found = differences(start, document, ignoring=["/updated_at"])
    return not found or (
        all(
            probe.startswith(f"{difference.pointer}/") or probe == difference.pointer
            for difference in found
        )
        and all(_nothing(lookup(one, f.pointer)) for f in found for one in (start, document))
    )


def _nothing(value: Any) -> bool:
    # No JSON value but null is without a type of its own.
    return value is None or not isinstance(value, (str, int, float, list, dict))
