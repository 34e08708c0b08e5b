"""Puts a document back, and proves it by fresh reads or says that the target is dirty."""

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

#: Restoring may take this long even where a small budget reserved less; see `Budget`.
_FLOOR_S = 5.0
#: How restoring went where nothing out of the ordinary had to be done.
PUT_BACK = "the probe field was put back"
WHOLE = "the whole document had to be written back"

#: The answer to an update whose condition (If-Match) does not hold (RFC 9110, 15.5.13).
CHANGED_MEANWHILE = 412
#: The share of what is left that a store which lags may take for itself.
_DOUBT_SHARE = 0.5
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 0.5

#: What to send, and how that went in words if the document is right afterwards; None is nothing.
Step = tuple[str, Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A document as one read showed it; `etag` is its strong entity tag, if it has one."""

    document: dict[str, Any]
    etag: str = ""


class Restorer:
    """Reads, compares and restores one document.

    Args:
        target: the backend.
        state_dir: where the journal lies, for the command that a person can repair with.
        owner: the run whose changes are to go; the probes of others are looked through.
        run_id: whose journal has the original, where that is not the owner's.
        wait_s: for how long a read that does not show yet what was written is asked again.
        document: which document; by default the settings.

    Members of `changing` (JSON Pointers) are not compared. Those of `may_be_null` may come back as
    null although the original did not have them: the same nothing.

    """

    def __init__(
        self,
        target: Target,
        state_dir: Path,
        *,
        owner: str,
        wait_s: float,
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
        self.where = f"{target.client.base_url}{self._place.path}"
        self.changing: list[str] = []
        self.may_be_null: Collection[str] = ()
        self.retries = 0

    def of(self, owner: str) -> Restorer:
        """A restorer of the same document for what another run has left."""
        other = Restorer(
            self._target,
            self._state_dir,
            owner=owner,
            wait_s=self._wait_s,
            document=self._given,
        )
        other.changing = self.changing
        return other

    def read(self, *, fresh: bool = True, restoring: bool = False) -> Seen:
        """Reads the document.

        Raises:
            SmokeError: when it can't be read.

        """
        response = self._target.fetch_document(self._given, fresh=fresh, restoring=restoring)
        return Seen(document=read_document(response), etag=_strong_etag(response))

    def differences(
        self, expected: Mapping[str, Any], seen: Mapping[str, Any]
    ) -> tuple[Difference, ...]:
        """Where a document is not as expected, apart from what others are doing to it."""
        seen = self.without_others(seen)
        return tuple(
            difference
            for difference in differences(dict(expected), dict(seen), ignoring=self.changing)
            if not (difference.pointer in self.may_be_null and _nothing(difference))
            # What stands below another run's probe that had to be cut, only that run knows.
            if difference.after is not LOST
        )

    def without_others(self, seen: Mapping[str, Any]) -> dict[str, Any]:
        """The document without the probe of another run, if there is one."""
        pointer = self._target.profile.document.probe
        marker = marker_in(seen, pointer)
        if marker is None or marker.run_id == self._owner:
            return dict(seen)
        return without_marker(seen, pointer)

    def settle(
        self, expected: Mapping[str, Any], *, restoring: bool = False
    ) -> tuple[tuple[Difference, ...], Seen]:
        """Reads until the document is as expected; what still differs when the time is over.

        Another run's probe in the field ends the waiting: what is expected will not come back.
        """
        budget = self._target.client.budget
        give_up_at = budget.clock() + self._wait_s
        pause_s = _FIRST_PAUSE_S
        while True:
            seen = self.read(restoring=restoring)
            found = self.differences(expected, seen.document)
            left_s = give_up_at - budget.clock()
            if not found or left_s <= 0:
                return found, seen
            pause_s = min(pause_s, left_s)
            if self.without_others(seen.document) != seen.document and not restoring:
                return found, seen
            if budget.remaining_s(restoring=restoring) <= pause_s:
                return found, seen
            budget.pause(pause_s)
            self.retries += 1
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def put_back(
        self, goal: Mapping[str, Any], steps: Sequence[Step], *, doubtful: bool = False
    ) -> str:
        """Takes step after step until a fresh read shows the goal; returns how it went.

        Args:
            goal: the document as it is to be.
            steps: what to send, the least first.
            doubtful: whether a read may show what was there before the restoring update, so that
                only a later one proves anything.

        Raises:
            SmokeError: `persist`, marked dirty, when no read showed the goal.

        """
        problem = "the document still differs"
        for words, body in steps:
            status = None
            try:
                # An answer that is lost says nothing: the document does.
                with contextlib.suppress(SmokeError):
                    status = self.send(body) if body is not None else None
                if doubtful:
                    self._let_the_store_catch_up()
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
        """Leaves at least some seconds for restoring, whatever is left of the budget."""
        self._target.client.budget.extend_for_restoring(_FLOOR_S)

    def send(self, body: Mapping[str, Any], *, if_match: str = "") -> int:
        """Sends a restoring update; returns the status of the answer."""
        return self._target.update_document(
            body, self._given, restoring=True, if_match=if_match
        ).status

    def _let_the_store_catch_up(self) -> None:
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
            hint=f"THE TARGET WAS LEFT CHANGED: when it takes updates again, run {repair}",
        )


def not_persisted(found: Sequence[Difference], *, place: str, where: str) -> Failure:
    """The failure where a document is not as a write should have left it; `place` was written."""
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
    """A dirty failure in the words for what an earlier run has left."""
    expected = f"what the run {run_id} left behind to be put back"
    return SmokeError(replace(error.failure, expected=expected), dirty=error.dirty)


def listed(found: Sequence[Difference]) -> str:
    """The first few differences as a phrase."""
    shown = "; ".join(map(str, found[:3]))
    return shown if len(found) <= 3 else f"{shown}; and {len(found) - 3} more"


def _nothing(difference: Difference) -> bool:
    return all(v is ABSENT or v is None for v in (difference.before, difference.after))


def _strong_etag(response: Response) -> str:
    """The entity tag that If-Match can use (RFC 9110, 8.8.3): weak ones never match."""
    etag = response.headers.get("etag", "").strip()
    return etag if len(etag) > 1 and etag.startswith('"') and etag.endswith('"') else ""
