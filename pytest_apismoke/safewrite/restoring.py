"""Restore a document, and prove it by fresh reads or report the target as dirty."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_apismoke.configuration.journal_dir import repair_command
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import ABSENT, Difference, differences
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target, read_document
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.probe import marker_in, without_marker

#: Restoring may take this long even if a small budget reserved less, in seconds; see `Budget`.
RESTORING_FLOOR_S = 5.0
#: How the restore succeeded, in words.
PUT_BACK = "the probe field was put back"
WHOLE = "the whole document had to be written back"

#: 412 Precondition Failed: the document no longer has the entity tag (RFC 9110, 15.5.13).
CHANGED_MEANWHILE = 412
#: The share of the remaining budget to spend on waiting for a store that lags.
_DOUBT_SHARE = 0.5
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 0.5

#: How the step succeeded, in words, and the body to send; None sends nothing.
Step = tuple[str, Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A document as one read returned it; `etag` is its strong entity tag, if any."""

    document: dict[str, Any]
    etag: str = ""


class Restorer:
    """Reads, compares and restores one document.

    Args:
        target: the backend.
        state_dir: the journal's directory, for the repair command in messages.
        owner: the run whose changes are restored; probes of other runs are looked through.
        run_id: the run whose journal has the original, if that is not the owner.
        wait_s: how long to repeat a read that does not show the last write yet, in seconds.
        reads: how many fresh reads, side by side, prove something together.
        document: the document; by default the settings.

    Attributes:
        changing: JSON Pointers to values that change by themselves and are not compared.
        may_be_null: JSON Pointers that are absent in the original and may be null afterwards.

    """

    def __init__(
        self,
        target: Target,
        state_dir: Path,
        *,
        owner: str,
        wait_s: float,
        reads: int = 1,
        document: Document | None = None,
        run_id: str = "",
    ) -> None:
        self._target = target
        self._state_dir = state_dir
        self._given = document
        self._place = document or target.profile.document
        self._owner = owner
        self._run_id = run_id or owner
        self._wait_s = wait_s
        self._reads = reads
        self.where = f"{target.client.base_url}{self._place.path}"
        self.changing: list[str] = []
        self.may_be_null: Collection[str] = ()
        self.retries = 0
        #: How many reads of the last round were as expected, and how many there were.
        self.agreeing = (0, 0)

    def of(self, owner: str) -> Restorer:
        """A restorer of the same document for the changes of another run."""
        other = Restorer(
            self._target,
            self._state_dir,
            owner=owner,
            wait_s=self._wait_s,
            reads=self._reads,
            document=self._given,
        )
        other.changing = self.changing
        return other

    def read(self, *, fresh: bool = True, restoring: bool = False) -> Snapshot:
        """Reads the document.

        Raises:
            SmokeError: if it can't be read.

        """
        response = self._target.fetch_document(self._given, fresh=fresh, restoring=restoring)
        return Snapshot(document=read_document(response), etag=_strong_etag(response))

    def differences(
        self, expected: Mapping[str, Any], seen: Mapping[str, Any]
    ) -> tuple[Difference, ...]:
        """The differences from the expected document, apart from the probe of another run."""
        seen = self.without_others(seen)
        return tuple(
            difference
            for difference in differences(dict(expected), dict(seen), ignoring=self.changing)
            if not (difference.pointer in self.may_be_null and _nothing(difference))
            # The original below a probe that had to be cut is known to its run only.
            if difference.after is not LOST
        )

    def without_others(self, seen: Mapping[str, Any]) -> dict[str, Any]:
        """The document without the probe of another run, if any."""
        document = dict(seen)
        for pointer in self._target.profile.document.probe:
            marker = marker_in(document, pointer)
            if marker is not None and marker.run_id != self._owner:
                document = without_marker(document, pointer)
        return document

    def settle(
        self, expected: Mapping[str, Any], *, restoring: bool = False
    ) -> tuple[tuple[Difference, ...], Snapshot]:
        """Reads until the document is as expected or the time is over; returns what still differs.

        Several instances may answer behind one address, so fresh reads side by side have to agree.
        If some are as expected and others are not, the rest of the time passes, and one last round,
        twice as wide, decides: asking until one agrees by chance would prove nothing. Another run's
        probe in the field ends the wait: the expected value will not come back.
        """
        budget = self._target.client.budget
        give_up_at = budget.clock() + self._wait_s
        pause_s = _FIRST_PAUSE_S
        is_mixed = False
        while True:
            round_ = self._read_round(self._reads * (2 if is_mixed else 1), restoring=restoring)
            compared = [(self.differences(expected, one.document), one) for one in round_]
            differing = [pair for pair in compared if pair[0]]
            found, seen = (differing or compared)[-1]
            left_s = give_up_at - budget.clock()
            if not found or left_s <= 0 or is_mixed:
                self.agreeing = (len(compared) - len(differing), len(compared))
                return found, seen
            is_mixed = len(differing) < len(compared)
            pause_s = left_s if is_mixed else min(pause_s, left_s)
            if self.without_others(seen.document) != seen.document and not restoring:
                return found, seen
            if budget.remaining_s(restoring=restoring) <= pause_s:
                return found, seen
            budget.pause(pause_s)
            self.retries += 1
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _read_round(self, count: int, *, restoring: bool) -> list[Snapshot]:
        if count == 1:
            return [self.read(restoring=restoring)]
        snapshots = []
        for read in self._target.read_together(self._given, count, restoring=restoring):
            if isinstance(read, SmokeError):
                raise read
            snapshots.append(Snapshot(document=read_document(read), etag=_strong_etag(read)))
        return snapshots

    def put_back(
        self, goal: Mapping[str, Any], steps: Sequence[Step], *, doubtful: bool = False
    ) -> str:
        """Takes one step after another until a fresh read shows the goal; returns how, in words.

        Args:
            goal: the document as it should be.
            steps: the updates to try, the smallest first.
            doubtful: whether a read may be stale, so that only a later one proves the restore.

        Raises:
            SmokeError: `persist`, marked dirty, if no read showed the goal.

        """
        problem = "the document still differs"
        for words, body in steps:
            status = None
            try:
                # A lost response proves nothing; the document does.
                with contextlib.suppress(SmokeError):
                    status = self.send(body) if body is not None else None
                if doubtful:
                    self._wait_for_store()
                found, _ = self.settle(goal, restoring=True)
            except SmokeError as error:
                problem = f"{error.failure.seen} ({error.failure.where})"
                continue
            if not found:
                return words
            problem = listed(found)
            if status not in (None, *self._place.update_statuses):
                problem += f"; the restoring update was answered {status}"
        raise SmokeError(self._dirty(problem), dirty=True)

    def take_time(self) -> None:
        """Extends the budget so that at least a few seconds remain for restoring."""
        self._target.client.budget.extend_for_restoring(RESTORING_FLOOR_S)

    def send(self, body: Mapping[str, Any], *, if_match: str = "") -> int:
        """Sends a restoring update; returns the status of the response."""
        return self._target.update_document(
            body, self._given, restoring=True, if_match=if_match
        ).status

    def _wait_for_store(self) -> None:
        budget = self._target.client.budget
        share_s = _DOUBT_SHARE * budget.remaining_s(restoring=True)
        budget.pause(min(self._wait_s, share_s))

    def _dirty(self, problem: str) -> Failure:
        repair = repair_command(
            self._target.client.base_url,
            self._state_dir,
            self._run_id,
            profile=self._target.profile.name,
        )
        return Failure(
            category=Category.PERSIST,
            expected="the original document after restoring",
            seen=problem,
            where=f"{self._place.update_method} {self.where}",
            hint=f"THE TARGET WAS LEFT CHANGED: when it accepts updates again, run {repair}",
        )


def not_persisted(
    found: Sequence[Difference], *, place: str, where: str, agreeing: tuple[int, int] = (0, 0)
) -> Failure:
    """The failure when a document is not as the write to `place` should have left it."""
    some, all_ = agreeing
    if some:
        return Failure(
            category=Category.PERSIST,
            expected=f"the value just written to {place} in every fresh read",
            seen=f"the instances disagree: {some} of {all_} reads show it; in others"
            f" {listed(found)}",
            where=f"GET {where}, over fresh connections",
            hint="several instances answer behind this address: look for one with a store or a"
            " cache of its own",
        )
    others = [difference for difference in found if difference.pointer != place]
    lost = len(others) < len(found)
    return Failure(
        category=Category.PERSIST,
        expected=f"the value just written to {place}, and no other field changed",
        seen=listed(others) if others and not lost else listed(found),
        where=f"GET {where}, over a fresh connection",
        hint="the write was acknowledged but not kept: look at the transaction, the cache and the"
        " replica behind it"
        if lost
        else "the write changed more than it was asked to: look at how the update merges",
    )


def left_by(error: SmokeError, run_id: str) -> SmokeError:
    """The failure of a restore, in words for the changes of an earlier run."""
    expected = f"the changes of the run {run_id} to be put back"
    return SmokeError(replace(error.failure, expected=expected), dirty=error.dirty)


def listed(found: Sequence[Difference]) -> str:
    """The first three differences as a phrase."""
    shown = "; ".join(map(str, found[:3]))
    return shown if len(found) <= 3 else f"{shown}; and {len(found) - 3} more"


def _nothing(difference: Difference) -> bool:
    return all(v is ABSENT or v is None for v in (difference.before, difference.after))


def _strong_etag(response: Response) -> str:
    """The entity tag if it is strong: If-Match never matches a weak one (RFC 9110, 13.1.1)."""
    etag = response.headers.get("etag", "").strip()
    return etag if len(etag) > 1 and etag.startswith('"') and etag.endswith('"') else ""
