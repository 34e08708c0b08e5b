"""Read a document: one look before a send, and rounds of fresh reads that decide. See `Reader`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import field
from typing import Any, Generic, TypeVar

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.document_shape import entity_tag, read_document
from pytest_apismoke.http.operation import Progress, operation_path, progress_of
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.records import dataclass

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 0.5
#: What the reads themselves may add to the wait, in seconds.
_MOST_READING_S = 2.0

Opinion = TypeVar("Opinion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The document as one read returned it; `etag` is the tag to send back, if any."""

    document: dict[str, Any]
    etag: str = ""
    response: Response | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Generic[Opinion]):
    """Fresh reads that were sent side by side, and what each of them shows.

    Attributes:
        looks: the reads.
        opinions: what each shows, in the same order.
        repeated: how often the round was asked again.

    """

    looks: tuple[Look, ...]
    opinions: tuple[Opinion, ...]
    repeated: int = 0

    @property
    def opinion(self) -> Opinion | None:
        """What all reads show; None if they differ."""
        return self.opinions[0] if len(set(self.opinions)) == 1 else None

    def shows(self, opinion: Opinion) -> bool:
        """Whether any read shows this."""
        return opinion in self.opinions

    def share(self, opinion: Opinion) -> str:
        """How many reads show this, in words."""
        return f"{Counter(self.opinions)[opinion]} of {len(self.opinions)} reads"


class Reader:
    """Reads one document.

    No single read decides: several instances may answer behind one address, and each may have a
    cache or a store of its own. A round of fresh reads decides. If a round shows the value before,
    it is asked again while the wait lasts (lag). If its reads differ, the rest of the wait passes,
    and one last round, twice as wide, decides: asking until a round agrees by chance would not.

    Args:
        target: the backend.
        document: the document's path, and how it is updated.
        reads: how many reads make a round.
        wait_s: for how long a round is asked again, in seconds.

    """

    def __init__(self, target: Target, document: Document, *, reads: int, wait_s: float) -> None:
        self._target = target
        self.document = document
        self._reads = reads
        self._wait_s = wait_s
        self.budget = target.client.budget
        self.where = f"{target.client.base_url}{document.path}"
        self.repeated = 0
        #: Seconds that the slowest request for this document took.
        self.slowest_s = 0.0

    @property
    def expected_s(self) -> float:
        """Seconds that the slowest request of the run took, whatever it was for."""
        return self._target.client.slowest_s

    def of(self, document: Document) -> Reader:
        """A reader of another document, with the same bounds."""
        return Reader(self._target, document, reads=self._reads, wait_s=self._wait_s)

    def look(self, *, restoring: bool = False) -> Look:
        """Reads once, over the connection that sends next.

        Raises:
            SmokeError: if the document can't be read.

        """
        started = self.budget.clock()
        response = self._target.fetch_document(self.document, restoring=restoring)
        self.note_duration(started)
        return look_of(response, self.document)

    def round(
        self, see: Callable[[Look], Opinion], *, width: int = 1, restoring: bool = False
    ) -> Round[Opinion]:
        """Reads side by side, each time over a fresh connection.

        Args:
            see: what a read shows.
            width: how many times the usual number of reads.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: if a read fails.

        """
        started = self.budget.clock()
        answers = self._target.read_together(
            self.document, self._reads * width, restoring=restoring
        )
        self.note_duration(started)
        looks = []
        for answer in answers:
            if isinstance(answer, SmokeError):
                raise answer
            looks.append(look_of(answer, self.document))
        return Round(looks=tuple(looks), opinions=tuple(map(see, looks)))

    def settle(
        self,
        see: Callable[[Look], Opinion],
        *,
        awaited: Callable[[Opinion], bool],
        ends: Callable[[Round[Opinion]], bool] = lambda _: False,
        restoring: bool = False,
    ) -> Round[Opinion]:
        """Reads rounds until they decide; the last one may still be of several opinions.

        Args:
            see: what a read shows.
            awaited: whether it is what the last update should show; all others may be stale reads.
            ends: whether a round needs no repetition although its reads are not as awaited.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: if a read fails.

        """
        started = self.budget.clock()
        pause_s, paused_s, repeated = _FIRST_PAUSE_S, 0.0, 0
        while True:
            seen = self.round(see, restoring=restoring)
            agreed = seen.opinion
            # Counted by the pauses, so that the rounds are as many however long the reads take.
            left_s = self._wait_s - paused_s
            is_over = left_s <= 0 or self.budget.clock() - started >= self._wait_s + _MOST_READING_S
            if ends(seen) or (agreed is not None and (awaited(agreed) or is_over)):
                break
            if agreed is None:
                rest_s = started + self._wait_s - self.budget.clock()
                self._pause(rest_s, restoring=restoring)
                seen, repeated = self.round(see, width=2, restoring=restoring), repeated + 1
                break
            pause_s = min(pause_s, left_s)
            if self.budget.remaining_s(restoring=restoring) <= pause_s:
                break
            self.budget.pause(pause_s)
            paused_s += pause_s
            pause_s, repeated = min(2 * pause_s, _LONGEST_PAUSE_S), repeated + 1
        self.repeated += repeated
        return Round(looks=seen.looks, opinions=seen.opinions, repeated=repeated)

    def wait_out(self, *, since: float, restoring: bool = False) -> None:
        """Waits until the read-back wait is over, counted from a moment of the budget's clock."""
        self._pause(since + self._wait_s - self.budget.clock(), restoring=restoring)

    def await_operation(self, response: Response, *, restoring: bool = False) -> None:
        """Waits for what an accepted update has started, if it says where that can be asked.

        No longer than the read-back wait: whatever the page says, the reads decide.

        Raises:
            SmokeError: `save` if the operation failed.

        """
        place = self.document.update_path or self.document.path
        path = operation_path(response, self._target.client.base_url, place)
        waited_s, pause_s = 0.0, _FIRST_PAUSE_S
        while path and waited_s < self._wait_s:
            try:
                page = self._target.send(Request(method="GET", path=path), restoring=restoring)
            except SmokeError:
                return
            progress = progress_of(page)
            if progress is Progress.FAILED:
                raise page.not_as_expected(
                    "the accepted update to be applied", category=Category.SAVE
                )
            if progress is Progress.DONE:
                return
            pause_s = min(pause_s, self._wait_s - waited_s)
            self._pause(pause_s, restoring=restoring)
            waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, _LONGEST_PAUSE_S)

    def note_duration(self, started: float) -> None:
        """Notes how long a request took that began at a moment of the budget's clock."""
        self.slowest_s = max(self.slowest_s, self.budget.clock() - started)

    def _pause(self, seconds: float, *, restoring: bool) -> None:
        # Half of what is left at most: the send and the proof need time too.
        most_s = 0.5 * self.budget.remaining_s(restoring=restoring)
        if (pause_s := min(seconds, most_s)) > 0:
            self.budget.pause(pause_s)


def look_of(response: Response, document: Document) -> Look:
    """The document in a response.

    Raises:
        SmokeError: `invalid` if it has none.

    """
    return Look(
        document=read_document(response, document),
        etag=entity_tag(response.headers, document),
        response=response,
    )
