"""One probe write that proves persistence, takes its turn among other gates, and leaves no trace.

The steps are begin, write, read back, restore. `restore` may be called at any time and any number
of times; it ends with a proof that the document equals the original, or with a dirty failure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytest_apismoke.documents import describe, differences, lookup, same, step
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.contention import Turns
from pytest_apismoke.safewrite.document_lock import Holding
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.probe import Probe, choose
from pytest_apismoke.safewrite.probe_state import ProbeState
from pytest_apismoke.safewrite.recovery import absent_at, decide, recover
from pytest_apismoke.safewrite.restoring import (
    CHANGED_MEANWHILE,
    Restorer,
    Seen,
    not_persisted,
)
from pytest_apismoke.safewrite.rollback import Withdrawal
from pytest_apismoke.system import signals

#: How often an update is sent again because its condition (If-Match) did not hold.
_CONFLICTS = 8


class ProbeWrite:
    """Writes one probe into the settings document.

    Args:
        target: the backend.
        journal: where the original is noted down before the first write.
        run_id: 8 hexadecimal digits that make this run's probe different from every other's.
        account: the id of the account's settings document; empty where it has none.
        readback_wait_s: for how long a read-back that is not there yet is asked again.
        hold_s: how long the probe is kept on purpose before it is restored.
        limit: the longest text that the probe field takes, if that is known.

    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        run_id: str,
        account: str,
        readback_wait_s: float,
        hold_s: float = 0.0,
        limit: int | None = None,
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self._account = account
        self._wait_s = readback_wait_s
        self._limit = limit
        self._profile = target.profile.document
        self._restorer = Restorer(target, journal.folder, owner=run_id, wait_s=readback_wait_s)
        self._restorer.changing = [f"/{step(name)}" for name in self._profile.volatile]
        self._where = self._restorer.where
        self._holding = Holding(journal, target.client, self._profile.path)
        self._standing = ProbeState(pointer=self._profile.probe)
        self._turns = Turns(target, self._restorer, self._standing, run_id=run_id, hold_s=hold_s)
        self._withdrawal = Withdrawal(
            target, self._restorer, self._turns, self._standing, run_id=run_id
        )
        self._entry: Entry | None = None
        self._written_again = 0

    @property
    def needs_restoring(self) -> bool:
        """Whether the probe may be in the document."""
        return self._standing.needs_restoring

    @property
    def retries(self) -> int:
        """How many reads and writes were made again."""
        return self._restorer.retries + self._written_again

    def take_notes(self) -> tuple[str, ...]:
        """What is worth a note since this was asked last."""
        notes = tuple(dict.fromkeys(self._standing.notes))
        self._standing.notes.clear()
        return notes

    def begin(self, earlier: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Reads the original right before it is changed, once no other gate's probe is in it.

        What differs from an `earlier` read, although nothing was written in between, changes by
        itself: it is not compared later on, and returned, as JSON Pointers.

        Raises:
            SmokeError: when it can't be read or carry a probe, no time is left to restore it, or
                another run's probe does not go away.

        """
        self._holding.take()
        with self._given_back_if_nothing_was_written():
            self._finish_what_others_began()
            self._await_turn()
            original = self._standing.original
        unsteady = differences(
            dict(earlier or original),
            original,
            ignoring=[*self._restorer.changing, f"/{step(self._standing.member)}"],
        )
        self._restorer.changing += [difference.pointer for difference in unsteady]
        return tuple(difference.pointer for difference in unsteady)

    @contextmanager
    def _given_back_if_nothing_was_written(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if not self.needs_restoring:
                self._holding.give_back()
            raise

    def _finish_what_others_began(self) -> None:
        """Puts back what dead processes have left here, a worker of this very run perhaps."""
        recovered = recover(
            self._target,
            self._journal,
            account=self._account,
            wait_s=self._wait_s,
            path=self._profile.path,
            mine=False,
        )
        if recovered.restored:
            # What is left alone was said before the tests began.
            self._standing.notes += recovered.notes
        if recovered.failure:
            raise SmokeError(recovered.failure, dirty=True)

    def _await_turn(self) -> None:
        self._take_for_original(self._turns.wait())

    def _take_for_original(self, seen: Seen) -> None:
        standing = self._standing
        self._keep_tag(seen)
        standing.original = seen.document
        self._restorer.may_be_null = absent_at(seen.document, standing.pointer)
        before = lookup(seen.document, standing.pointer)
        if self._next_probe() is None:
            raise fail(
                Category.INVALID,
                expected=f"a value that can be changed and put back in {standing.pointer}",
                seen=describe(before),
                where=f"GET {self._where}",
                hint="the probe needs a text, a boolean, a number or null",
            )
        if isinstance(before, (bool, int, float)):
            standing.notes.append(
                f"{standing.pointer} holds {describe(before)}: no text, so gates on other machines"
                " can't recognise this run's probe"
            )

    def _await_another_turn(self) -> None:
        """Waits until the field is free again; the original stays what it was at first.

        Raises:
            SmokeError: `persist` when the document is not the original any more: a change that
                comes late is not to be taken for what was there before.

        """
        self._written_again += 1
        self._turns.step_back()
        seen = self._turns.wait()
        standing = self._standing
        arrived = standing.accepted or self._turns.own_probe_seen
        if not arrived and not (self._entry and decide(self._entry, seen.document).body):
            # Nothing of this run's has arrived: somebody else was faster, and is the truth now.
            self._take_for_original(seen)
            return
        self._keep_tag(seen)
        found = self._restorer.differences(standing.original, seen.document)
        if found:
            standing.surfaced = True
            raise SmokeError(not_persisted(found, place=standing.place, where=self._where))

    def _keep_tag(self, seen: Seen) -> None:
        self._standing.etag = seen.etag if self._standing.tags_match else ""

    def _next_probe(self) -> Probe | None:
        return choose(
            self._standing.original,
            self._standing.pointer,
            run_id=self._run_id,
            turn=self._standing.turn + 1,
            lease_s=math.ceil(self._turns.lease_s),
            limit=self._limit,
        )

    def write(self) -> None:
        """Sends the probe; each call sends another one.

        Raises:
            SmokeError: `save` when it is not accepted, `invalid` when the acceptance is not JSON.

        """
        with self._given_back_if_nothing_was_written():
            self._write()

    def _write(self) -> None:
        standing = self._standing
        response, conflicts = self._send_next_probe(), 0
        while response.status == CHANGED_MEANWHILE and standing.etag:
            refused_tag, conflicts = standing.etag, conflicts + 1
            self._await_another_turn()
            many = conflicts >= _CONFLICTS and not self._turns.others_seen
            if many or standing.etag == refused_tag:
                # Not the document has changed, the tags are of no use (a proxy makes them, say).
                standing.tags_match, standing.etag = False, ""
            response = self._send_next_probe()
        if response.status not in self._profile.update_statuses:
            standing.refused = 400 <= response.status < 500 and not standing.accepted
            raise response.not_as_expected(
                "the update to be accepted",
                category=Category.SAVE,
                hint=f"{response.log_hint}; the update changes {standing.member!r} only",
            )
        standing.accepted += 1
        if response.body:
            response.json()

    def _send_next_probe(self) -> Response:
        standing, budget = self._standing, self._target.client.budget
        probe = self._next_probe()
        if probe and standing.looked_at is not None and same(probe.value, standing.before):
            # The second turn of a boolean; onto the original goes what differs from it.
            standing.turn += 1
            probe = self._next_probe()
        assert probe is not None, "begin() has looked"
        body = probe.update(standing.original)
        # Nothing may end the step between here and the request: what is noted down is sent.
        budget.require(f"{self._profile.update_method} {self._where}")
        self._note_down(body)
        standing.sent(probe, budget.clock())
        try:
            return self._target.update_document(body, if_match=standing.etag)
        except SmokeError as error:
            if error.failure.category is Category.FETCH:
                raise error.as_category(Category.SAVE) from None
            raise
        finally:
            standing.landed(budget.clock())

    def _note_down(self, body: Mapping[str, Any]) -> None:
        original, field = self._standing.original, self._standing.member
        entry = Entry(
            name=f"{self._run_id}-probe",
            run_id=self._run_id,
            target=self._target.client.base_url,
            account=self._account,
            request={
                "method": self._profile.update_method,
                "path": self._profile.path,
                "json": {field: original.get(field)},
            },
            accepted=self._profile.update_statuses,
            original=original,
            written=self._entry.written if self._entry else (),
            changing=tuple(self._restorer.changing),
        )
        self._entry = self._journal.record(entry.with_written(body))
        if field in original and field not in self._entry.original:
            self._journal.forget(self._entry)
            raise fail(
                Category.UNVERIFIED,
                expected=f"a probe field ({self._standing.pointer}) that may be noted down",
                seen="one that holds a credential of this run",
                where=f"GET {self._where}",
                hint="nothing was written; use --smoke-read-only, or another account",
            )

    def read_back(self) -> bool:
        """Proves over a fresh connection that the probe is there and nothing else changed.

        Returns whether it is the one that was written before this was asked: where another gate
        has displaced it, it is written once more.

        Raises:
            SmokeError: `persist` otherwise.

        """
        standing, turn = self._standing, self._standing.turn
        while True:
            self._turns.let_others_land()
            standing.in_place_at = None
            before = self._restorer.retries
            found, seen = self._restorer.settle(standing.expected())
            standing.surfaced = standing.surfaced or not same(seen.document, standing.original)
            if not found and not self._turns.other_gate(seen):
                self._was_seen(seen, late=self._restorer.retries > before)
                return standing.turn == turn
            if not self._turns.explain_loss(seen):
                raise SmokeError(not_persisted(found, place=standing.place, where=self._where))
            self._await_another_turn()
            self.write()

    def _was_seen(self, seen: Seen, *, late: bool) -> None:
        standing = self._standing
        standing.lagged = standing.lagged or late
        standing.was_kept, standing.in_place_at = True, self._target.client.budget.clock()
        self._keep_tag(seen)

    def restore(self) -> str:
        """Puts the original back and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, when it could not be proven to be restored.

        """
        if not self.needs_restoring:
            return "nothing was left to put back"
        with signals.held_back():
            self._restorer.take_time()
            try:
                how = self._withdrawal.carry_out()
                self._standing.needs_restoring = False
                if self._entry is not None:
                    self._journal.forget(self._entry)
                    self._entry = None
            finally:
                self._holding.give_back()
            return how
