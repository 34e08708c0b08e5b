"""Write a probe, prove that the target kept it, and restore the original.

The steps are `begin`, `write`, `read_back` and `restore`. `restore` may be called at any time and
repeatedly; it either proves that the document equals the original, or raises a dirty failure.

Long because the steps are one protocol, and are read in their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytest_apismoke.documents import describe, differences, lookup, same, step
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.contention import Contention
from pytest_apismoke.safewrite.document_lock import DocumentLock
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.probe import Probe, choose, choose_field
from pytest_apismoke.safewrite.probe_state import ProbeState
from pytest_apismoke.safewrite.recovery import absent_at, decide, recover
from pytest_apismoke.safewrite.restoring import (
    CHANGED_MEANWHILE,
    Restorer,
    Snapshot,
    not_persisted,
)
from pytest_apismoke.safewrite.rollback import Rollback
from pytest_apismoke.system import signals

#: How many times to repeat an update that is answered 412 Precondition Failed.
_CONFLICTS = 8


class ProbeWrite:
    """Writes one probe into the settings document.

    Args:
        target: the backend.
        journal: records the original before the first write.
        run_id: 8 hexadecimal digits that distinguish this run's probe from all others.
        account: the id of the account's settings document; empty if it has none.
        readback_wait_s: how long to repeat a read that does not show the probe yet, in seconds.
        hold_s: how long the probe intentionally stays before the restore, in seconds.
        reads: how many fresh reads prove the write and the restore together.
        limit_of: the maximum length of a field, by its JSON Pointer, if known.

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
        reads: int = 1,
        limit_of: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self._account = account
        self._wait_s = readback_wait_s
        self._limit_of = limit_of
        self._profile = target.profile.document
        self._restorer = Restorer(
            target, journal.folder, owner=run_id, wait_s=readback_wait_s, reads=reads
        )
        self._restorer.changing = [f"/{step(name)}" for name in self._profile.volatile]
        self._where = self._restorer.where
        self._lock = DocumentLock(journal, target.client, self._profile.path)
        self._state = ProbeState(pointer=self._profile.probe[0])
        self._contention = Contention(
            target, self._restorer, self._state, run_id=run_id, hold_s=hold_s
        )
        self._rollback = Rollback(
            target, self._restorer, self._contention, self._state, run_id=run_id
        )
        self._entry: Entry | None = None
        self._written_again = 0

    @property
    def needs_restoring(self) -> bool:
        """Whether the probe may be in the document."""
        return self._state.needs_restoring

    @property
    def retries(self) -> int:
        """How many reads and writes were repeated."""
        return self._restorer.retries + self._written_again

    def take_notes(self) -> tuple[str, ...]:
        """The notes since the last call."""
        notes = tuple(dict.fromkeys(self._state.notes))
        self._state.notes.clear()
        return notes

    def begin(self, earlier: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Reads the original as soon as no other gate's probe is in the document.

        Returns JSON Pointers to the values that differ from an `earlier` read: nothing was written
        in between, so they change by themselves and are not compared later.

        Raises:
            SmokeError: if the document can't be read or can't carry a probe, if there is no time
                to restore it, or if another run's probe stays.

        """
        self._lock.acquire()
        with self._released_if_nothing_was_written():
            self._recover_dead_runs()
            self._choose_field(earlier)
            self._await_turn()
            original = self._state.original
        unsteady = differences(
            dict(earlier or original),
            original,
            ignoring=[*self._restorer.changing, f"/{step(self._state.key)}"],
        )
        self._restorer.changing += [difference.pointer for difference in unsteady]
        return tuple(difference.pointer for difference in unsteady)

    @contextmanager
    def _released_if_nothing_was_written(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if not self.needs_restoring:
                self._lock.release()
            raise

    def _recover_dead_runs(self) -> None:
        """Restores the changes of killed processes; a worker of this run may be one of them."""
        recovered = recover(
            self._target,
            self._journal,
            account=self._account,
            wait_s=self._wait_s,
            path=self._profile.path,
            mine=False,
        )
        if recovered.restored:
            # The preflight has already reported the changes that are left alone.
            self._state.notes += recovered.notes
        if recovered.failure:
            raise SmokeError(recovered.failure, dirty=True)

    def _choose_field(self, earlier: Mapping[str, Any] | None) -> None:
        candidates = self._profile.probe
        if len(candidates) > 1:
            seen = earlier if earlier is not None else self._restorer.read().document
            self._state.pointer = choose_field(seen, candidates)

    def _await_turn(self) -> None:
        self._use_as_original(self._contention.wait())

    def _use_as_original(self, seen: Snapshot) -> None:
        state = self._state
        self._keep_tag(seen)
        state.original = seen.document
        self._restorer.may_be_null = absent_at(seen.document, state.pointer)
        before = lookup(seen.document, state.pointer)
        if self._next_probe() is None:
            raise fail(
                Category.INVALID,
                expected=f"a value that can be changed and put back in {state.pointer}",
                seen=describe(before),
                where=f"GET {self._where}",
                hint="the probe needs a string, a boolean, a number or null",
            )
        if isinstance(before, (bool, int, float)):
            state.notes.append(
                f"{state.pointer} holds {describe(before)}, not a string: gates on other machines"
                " can't recognise this run's probe"
            )

    def _await_another_turn(self) -> None:
        """Waits until the field is free again; the first original stays the baseline.

        Raises:
            SmokeError: `persist` if the document differs from the original: a late change must not
                pass for the original.

        """
        self._written_again += 1
        self._contention.step_back()
        seen = self._contention.wait()
        state = self._state
        arrived = state.accepted or self._contention.own_probe_seen
        if not arrived and not (self._entry and decide(self._entry, seen.document).body):
            # Our write never landed; the other gate's document is the new baseline.
            self._use_as_original(seen)
            return
        self._keep_tag(seen)
        found = self._restorer.differences(state.original, seen.document)
        if found:
            state.surfaced = True
            raise SmokeError(not_persisted(found, place=state.place, where=self._where))

    def _keep_tag(self, seen: Snapshot) -> None:
        self._state.etag = seen.etag if self._state.tags_match else ""

    def _next_probe(self) -> Probe | None:
        return choose(
            self._state.original,
            self._state.pointer,
            run_id=self._run_id,
            turn=self._state.turn + 1,
            lease_s=math.ceil(self._contention.lease_s),
            limit=self._limit_of(self._state.pointer),
        )

    def write(self) -> None:
        """Sends the probe; each call sends another one.

        Raises:
            SmokeError: `save` if it is not accepted, `invalid` if the response is not JSON.

        """
        with self._released_if_nothing_was_written():
            self._write()

    def _write(self) -> None:
        state = self._state
        response, conflicts = self._send_next_probe(), 0
        while response.status == CHANGED_MEANWHILE and state.etag:
            refused_tag, conflicts = state.etag, conflicts + 1
            self._await_another_turn()
            many = conflicts >= _CONFLICTS and not self._contention.others_seen
            if many or state.etag == refused_tag:
                # The document has not changed: the tags are unreliable (made by a proxy, perhaps).
                state.tags_match, state.etag = False, ""
            response = self._send_next_probe()
        if response.status not in self._profile.update_statuses:
            state.refused = 400 <= response.status < 500 and not state.accepted
            raise response.not_as_expected(
                "the update to be accepted",
                category=Category.SAVE,
                hint=f"{response.log_hint}; the update changes {state.key!r} only",
            )
        state.accepted += 1
        if response.body:
            response.json()

    def _send_next_probe(self) -> Response:
        state, budget = self._state, self._target.client.budget
        probe = self._next_probe()
        if probe and state.looked_at is not None and same(probe.value, state.before):
            # The second turn of a boolean is the original itself: skip it.
            state.turn += 1
            probe = self._next_probe()
        assert probe is not None, "begin() has looked"
        body = probe.update(state.original)
        # Nothing may end the step from here to the request: a recorded update must be sent.
        budget.require(f"{self._profile.update_method} {self._where}")
        self._record(body)
        state.sent(probe, budget.clock())
        try:
            return self._target.update_document(body, if_match=state.etag)
        except SmokeError as error:
            if error.failure.category is Category.FETCH:
                raise error.as_category(Category.SAVE) from None
            raise
        finally:
            state.landed(budget.clock())

    def _record(self, body: Mapping[str, Any]) -> None:
        original, field = self._state.original, self._state.key
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
                expected=f"a probe field ({self._state.pointer}) that may be stored in the journal",
                seen="one that contains a credential of this run",
                where=f"GET {self._where}",
                hint="nothing was written; use --smoke-read-only, or another account",
            )

    def read_back(self) -> bool:
        """Proves over a fresh connection that the probe is there and nothing else changed.

        Writes the probe again if another gate has removed it; returns False then, else True.

        Raises:
            SmokeError: `persist` if the proof fails.

        """
        state, turn = self._state, self._state.turn
        while True:
            self._contention.let_others_land()
            state.in_place_at = None
            before = self._restorer.retries
            found, seen = self._restorer.settle(state.expected())
            state.surfaced = state.surfaced or not same(seen.document, state.original)
            if not found and not self._contention.other_gate(seen):
                self._was_seen(seen, late=self._restorer.retries > before)
                return state.turn == turn
            disagree = self._restorer.agreeing[0] and not self._contention.other_gate(seen)
            if disagree or not self._contention.explain_loss(seen):
                raise SmokeError(
                    not_persisted(
                        found,
                        place=state.place,
                        where=self._where,
                        agreeing=self._restorer.agreeing,
                    )
                )
            self._await_another_turn()
            self.write()

    def _was_seen(self, seen: Snapshot, *, late: bool) -> None:
        state = self._state
        state.lagged = state.lagged or late
        state.was_kept, state.in_place_at = True, self._target.client.budget.clock()
        self._keep_tag(seen)

    def restore(self) -> str:
        """Restores the original and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, if the restore could not be proven.

        """
        if not self.needs_restoring:
            return "nothing was left to put back"
        with signals.held_back():
            self._restorer.take_time()
            try:
                how = self._rollback.run()
                self._state.needs_restoring = False
                if self._entry is not None:
                    self._journal.forget(self._entry)
                    self._entry = None
            finally:
                self._lock.release()
            return how
