"""One probe write that proves persistence and leaves no trace.

The steps are begin, write, read back, restore. `restore` may be called at any time and any number
of times; it ends with a proof that the document equals the original, or with a dirty failure.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_apismoke import signals
from pytest_apismoke.documents import ABSENT, Difference, describe, differences
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.target import Target, read_document

#: How many requests of the slowest kind seen so far must still fit into the budget before a write.
_REQUESTS_TO_COME = 5
#: Restoring may take this long even where a small budget reserved less; see `Budget`.
_RESTORING_FLOOR_S = 5.0
#: How restoring went where nothing out of the ordinary had to be done.
PUT_BACK = "the probe field was put back"
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 0.5


class ProbeWrite:
    """Writes one probe into the settings document.

    Args:
        target: the backend.
        run_id: a short text that makes this run's probe different from every other's.
        readback_wait_s: for how long a read-back that is not there yet is asked again.

    """

    def __init__(self, target: Target, *, run_id: str, readback_wait_s: float) -> None:
        self._target = target
        self._profile = target.profile.document
        self._marker = f"[apismoke {run_id}]"
        self._wait_s = readback_wait_s
        self._volatile = [f"/{name}" for name in self._profile.volatile]
        self._where = f"{target.client.base_url}{self._profile.path}"
        self._original: dict[str, Any] | None = None
        self._probe = ""
        self._writes = 0
        self._accepted = 0
        self._refused = False
        self.needs_restoring = False
        self.retries = 0

    def begin(self, earlier: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Reads the original, freshly, right before it is changed.

        What differs from an `earlier` read, although nothing was written in between, changes by
        itself: it is not compared later on, and returned, as JSON Pointers.

        Raises:
            SmokeError: when it can't be read or carry a probe, or no time is left to restore it.

        """
        client = self._target.client
        client.budget.require(
            f"the write to {self._where} (it must leave time for restoring)",
            needed_s=_REQUESTS_TO_COME * client.slowest_s,
        )
        original = read_document(self._target.fetch_document(fresh=True))
        before = original.get(self._profile.probe_field)
        if before is not None and not isinstance(before, str):
            raise fail(
                Category.INVALID,
                expected=f"a text or null in the probe field {self._profile.probe_field!r}",
                seen=describe(before),
                where=f"GET {self._where}",
                hint="the probe needs a text field that may be changed and put back",
            )
        self._original = original
        probe = f"/{self._profile.probe_field}"
        unsteady = differences(
            dict(earlier or original), original, ignoring=[*self._volatile, probe]
        )
        self._volatile += [difference.pointer for difference in unsteady]
        return tuple(difference.pointer for difference in unsteady)

    def write(self) -> None:
        """Sends the probe; each call sends another one.

        Raises:
            SmokeError: `save` when it is not accepted, `invalid` when the acceptance is not JSON.

        """
        assert self._original is not None, "begin() comes first"
        self._writes += 1
        before = self._original.get(self._profile.probe_field) or ""
        turn = "" if self._writes == 1 else f" {self._writes}"
        self._probe = f"{before} {self._marker}{turn}".strip()
        # From here on the target may be changed, whether an answer comes or not.
        self.needs_restoring = True
        try:
            answer = self._target.update_document({self._profile.probe_field: self._probe})
        except SmokeError as error:
            if error.failure.category is Category.FETCH:
                raise error.as_category(Category.SAVE) from None
            raise
        if answer.status not in self._profile.update_statuses:
            self._refused = 400 <= answer.status < 500 and not self._accepted
            raise answer.not_as_expected(
                "the update to be accepted",
                category=Category.SAVE,
                hint="look into the target's log at the request id; the update changes"
                f" {self._profile.probe_field!r} only",
            )
        self._accepted += 1
        if answer.body:
            answer.json()

    def read_back(self) -> None:
        """Proves over a fresh connection that the probe is there and nothing else changed.

        Raises:
            SmokeError: `persist` otherwise.

        """
        assert self._original is not None, "begin() comes first"
        expected = {**self._original, self._profile.probe_field: self._probe}
        found = self._settle(expected, restoring=False)
        if found:
            raise SmokeError(self._not_persisted(found))

    def restore(self) -> str:
        """Puts the original back and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, when it could not be proven to be restored.

        """
        with signals.held_back():
            return self._restore()

    def _restore(self) -> str:
        original = self._original
        assert original is not None, "begin() comes first"
        self._target.client.budget.extend_for_restoring(_RESTORING_FLOOR_S)
        field = self._profile.probe_field
        attempts: list[tuple[str, Mapping[str, Any] | None]] = [
            (PUT_BACK, {field: original.get(field)}),
            ("the whole document had to be written back", original),
        ]
        if self._refused:
            # Refused outright: looking is enough; a target that said no is not written to again.
            attempts.insert(0, ("the refused update had changed nothing", None))
        problem = "the document still differs"
        for words, body in attempts:
            status = None
            try:
                # An answer that is lost says nothing: the document does.
                with contextlib.suppress(SmokeError):
                    status = self._put_back(body)
                found = self._settle(original, restoring=True)
            except SmokeError as error:
                problem = f"{error.failure.seen} ({error.failure.where})"
                continue
            if not found:
                self.needs_restoring = False
                absent = "; it was absent at first and may be null now"
                return words if field in original else words + absent
            problem = _listed(found)
            if status not in (None, *self._profile.update_statuses):
                problem += f"; the restoring update was answered {status}"
        raise SmokeError(self._dirty(problem), dirty=True)

    def _put_back(self, body: Mapping[str, Any] | None) -> int | None:
        if body is None:
            return None
        return self._target.update_document(body, restoring=True).status

    def _settle(self, expected: Mapping[str, Any], *, restoring: bool) -> tuple[Difference, ...]:
        """Reads until the document is as expected; what still differs when the time is over."""
        budget = self._target.client.budget
        give_up_at = budget.clock() + self._wait_s
        pause_s = _FIRST_PAUSE_S
        while True:
            answer = self._target.fetch_document(fresh=True, restoring=restoring)
            found = self._differences(expected, read_document(answer))
            if not found or budget.clock() + pause_s > give_up_at:
                return found
            if budget.remaining_s(restoring=restoring) <= pause_s:
                return found
            budget.pause(pause_s)
            self.retries += 1
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _differences(
        self, expected: Mapping[str, Any], seen: Mapping[str, Any]
    ) -> tuple[Difference, ...]:
        probe = f"/{self._profile.probe_field}"
        return tuple(
            difference
            for difference in differences(dict(expected), dict(seen), ignoring=self._volatile)
            # A field that was absent before the first write comes back as null: the same nothing.
            if not (difference.pointer == probe and _nothing(difference))
        )

    def _not_persisted(self, found: Sequence[Difference]) -> Failure:
        probe = f"/{self._profile.probe_field}"
        others = [difference for difference in found if difference.pointer != probe]
        lost = len(others) < len(found)
        return Failure(
            category=Category.PERSIST,
            expected=f"the value just written to {probe}, and no other field changed",
            seen=_listed(others) if others and not lost else _listed(found),
            where=f"GET {self._where}, over a fresh connection",
            hint="the write was acknowledged but not kept: look at the transaction, the cache and"
            " the replica behind it"
            if lost
            else "the write changed more than it was asked to: look at how the update merges",
        )

    def _dirty(self, problem: str) -> Failure:
        original = (self._original or {}).get(self._profile.probe_field)
        return Failure(
            category=Category.PERSIST,
            expected="the original document after restoring",
            seen=problem,
            where=f"{self._profile.update_method} {self._where}",
            hint=f"THE TARGET WAS LEFT CHANGED: set {self._profile.probe_field!r} back to"
            f" {original!r} by hand and compare the other fields",
        )


def _nothing(difference: Difference) -> bool:
    return all(v is ABSENT or v is None for v in (difference.before, difference.after))


def _listed(found: Sequence[Difference]) -> str:
    shown = "; ".join(map(str, found[:3]))
    return shown if len(found) <= 3 else f"{shown}; and {len(found) - 3} more"
