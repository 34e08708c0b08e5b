"""Write a probe, prove by rounds of fresh reads that the target kept it, and restore the original.

The steps are `begin`, `write`, `read_back` and `restore`. `restore` may be called at any time and
repeatedly; it either proves that the document equals the original, or raises a dirty failure.

Long because the steps are one protocol, and are read in their order.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from pytest_apismoke.documents import Difference, describe, key_of, lookup, same
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.document_shape import (
    changing_places,
    entity_tag,
    refuse_lacking,
    sent_whole,
)
from pytest_apismoke.http.document_update import can_state
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import beside, is_masked
from pytest_apismoke.safewrite.document_lock import DocumentLock
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.giving_back import give_back
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.probe import (
    Candidate,
    Found,
    Probe,
    choose_field,
    choose_value,
)
from pytest_apismoke.safewrite.reading import Look, Reader, Round, look_of
from pytest_apismoke.safewrite.recovery import Recovery, clear_residue
from pytest_apismoke.safewrite.restoring import (
    CHANGED_MEANWHILE,
    CONFLICTS,
    PUT_BACK,
    Restorer,
    moved_note,
)
from pytest_apismoke.safewrite.turns import LONGEST_LEASE_S, Sightings, Turns
from pytest_apismoke.system import signals

#: How many turns a run takes, and how often an update is repeated that is answered 412.
_TURNS, _CONFLICTS = 3, 8
#: Statuses of an update that say that the value itself was refused.
_TOO_LONG = frozenset({400, 413, 422})


class ProbeWrite:
    """Writes one probe into the settings document.

    Args:
        target: the backend.
        journal: records the original before the first write.
        run_id: 8 hexadecimal digits that distinguish this run's probe from all others.
        account: the id of the account's settings document; empty if it has none.
        readback_wait_s: how long to repeat reads that do not show the probe yet, in seconds.
        reads: how many fresh reads make a round.
        hold_s: how long the probe intentionally stays before the restore, in seconds.
        limit_of: the maximum length of a field, by its JSON Pointer, if known.
        outlives: whether the journal outlives the run, so that a probe may replace the original.

    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        run_id: str,
        account: str,
        readback_wait_s: float,
        reads: int = 4,
        hold_s: float = 0.0,
        limit_of: Callable[[str], int | None] = lambda _: None,
        outlives: bool = True,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self._account = account
        self._hold_s = hold_s
        self._limit_of = limit_of
        self._outlives = outlives
        self._now = now
        self._profile = target.profile.document
        self._probes = self._profile.probe
        self._reader = Reader(target, self._profile, reads=reads, wait_s=readback_wait_s)
        self._budget = self._reader.budget
        self._where = self._reader.where
        self._restorer = Restorer(target, journal, self._reader, probes=self._probes)
        self._changing = [*changing_places(self._profile)]
        self._lock = DocumentLock(journal, target.client, self._profile.path)
        self._turns = Turns(
            self._reader,
            Sightings(journal.folder, now=now),
            probes=self._probes,
            run_id=run_id,
            changing=self._changing,
            clear=self._clear,
        )
        self._notes: list[str] = []
        self._original: dict[str, Any] = {}
        self._last = Look(document={})
        self._etag = ""
        self._tags_match = True
        self._candidate: Candidate | None = None
        self._limit: int | None = None
        self._probe: Probe | None = None
        self._entry: Entry | None = None
        self._turn = 0
        self._sent_at = 0.0
        self._tag = ""
        self._lease_s = 0
        self._shown: Any = None
        self._was_accepted = False
        self._was_seen = False
        # Whether an update of this run may still arrive: a probe that was gone before it was seen.
        self._may_come = False
        # Whether any update may have been applied: not all of them were refused.
        self._may_have_arrived = False
        self._watched = False
        self._losses = 0
        self._edits = 0
        self._written_again = 0
        self._unproven = ""
        self.needs_restoring = False

    @property
    def retries(self) -> int:
        """How many rounds and writes were repeated."""
        return self._reader.repeated + self._written_again

    def take_notes(self) -> tuple[str, ...]:
        """The notes since the last call."""
        notes = tuple(dict.fromkeys([*self._notes, *self._turns.notes]))
        self._notes.clear()
        self._turns.notes.clear()
        return notes

    # -- begin

    def begin(self, first: Sequence[Response] = ()) -> tuple[str, ...]:
        """Reads the original as soon as no other gate's probe is in the document.

        Args:
            first: the responses of an earlier round, see `Turns.baseline`.

        Returns:
            JSON Pointers to the values that change by themselves and are not compared later:
            counters and moments that differ between reads.

        Raises:
            SmokeError: if the document can't be read or can't carry a probe, if there is no time
                to restore it, if its instances disagree, or if another run's probe stays.

        """
        self._lock.acquire()
        with self._released_if_nothing_was_written():
            was_restored = self._recover_dead_runs()
            seen = self._turns.baseline(
                () if was_restored else [look_of(one, self._profile) for one in first]
            )
            self._changing += seen.unsteady
            self._use_as_original(seen.look)
            self._give_back_if_risky()
        return seen.unsteady

    @contextlib.contextmanager
    def _released_if_nothing_was_written(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if not self.needs_restoring:
                self._lock.release()
            raise

    def _recover_dead_runs(self) -> bool:
        """Takes back the changes of killed processes; a worker of this run may be one of them.

        Returns whether there were any.
        """
        recovered = Recovery(
            self._target, self._journal, reader=self._reader, account=self._account, now=self._now
        ).run(path=self._profile.path, mine=False)
        if recovered.restored:
            # The preflight has already reported the changes that are left alone.
            self._notes += recovered.notes
        if recovered.failure:
            raise SmokeError(recovered.failure, dirty=True)
        if recovered.unseen:
            # What that run may have left must not be taken for the original.
            raise SmokeError(recovered.unseen, dirty=True)
        return bool(recovered.restored)

    def _use_as_original(self, seen: Look) -> None:
        self._keep_tag(seen)
        self._original = seen.document
        chosen = choose_field(
            seen.document,
            self._probes,
            limit_of=self._limit_of,
            may_be_cut=self._outlives,
            can_state=lambda value: can_state(value, self._profile),
        )
        if chosen is None:
            raise messages.no_probe_field(
                seen.document,
                self._probes,
                id_field=self._profile.id_field,
                outlives=self._outlives,
                where=self._where,
            )
        refuse_lacking(seen.document, seen.response, self._profile, where=self._where)
        if is_masked(taken_over := sent_whole(seen.document, self._profile)):
            raise messages.masked_document(taken_over, self._where)
        self._candidate = chosen
        self._limit = chosen.limit if self._limit is None else self._limit
        before = lookup(seen.document, chosen.place)
        if isinstance(before, (bool, int, float)):
            self._notes.append(
                f"{chosen.place} holds {describe(before)}, not a string: gates on other machines"
                " can't recognise this run's probe"
            )

    def _give_back_if_risky(self) -> None:
        """Sends a risky original back once, before the probe, to see that it is accepted."""
        assert self._candidate is not None
        if not self._candidate.risk:
            return
        before = lookup(self._original, self._candidate.place)
        body = Probe(pointer=self._candidate.place, value=before).update(self._original)
        self._record(body)
        self.needs_restoring = True
        try:
            look, note = give_back(
                self._target,
                self._reader,
                self._restorer,
                self._entry_now,
                body=body,
                last=self._last,
                candidate=self._candidate,
                note_emptied=lambda emptied: self._note_in_journal(emptied=emptied),
            )
        except SmokeError as error:
            if error.dirty:
                # It is in the journal, and to send the same again would not help.
                self._entry, self.needs_restoring = None, False
            elif error.failure.category is Category.USAGE and not self._turn:
                self._forget()
            elif error.failure.category is not Category.USAGE:
                self._may_have_arrived = True
            raise
        if not self._turn:
            # The entry of a probe that was sent before, and refused, stays until its proof.
            self._forget()
        self._notes += [note] if note else []
        self._original = look.document
        self._keep_tag(look)

    def _keep_tag(self, seen: Look) -> None:
        self._last = seen
        self._etag = seen.etag if self._tags_match else ""

    @property
    def _precondition(self) -> tuple[str, Any]:
        """What an update sends back: the entity tag and the version, if there are any."""
        place = self._profile.version_member
        return self._etag, lookup(self._last.document, place) if place else None

    def _is_conflict(self, response: Response) -> bool:
        """Whether an update was refused because the document changed since the last read."""
        if self._profile.version_member and response.status in CONFLICTS:
            return True
        return response.status == CHANGED_MEANWHILE and bool(self._etag)

    # -- write

    def write(self) -> None:
        """Sends the probe; each call sends another one.

        Raises:
            SmokeError: `save` if it is not accepted, `invalid` if the response is not JSON.

        """
        with self._released_if_nothing_was_written():
            self._write()

    def _write(self) -> None:
        response, conflicts = self._send_next_probe(), 0
        while self._is_conflict(response):
            refused, conflicts = self._precondition, conflicts + 1
            self._written_again += 1
            self._turns.step_back()
            self._take_another_turn()
            if conflicts >= _CONFLICTS or self._precondition == refused:
                if not self._etag:
                    break
                # The document has not changed: the tags are unreliable (made by a proxy, perhaps).
                self._tags_match, self._etag = False, ""
            response = self._send_next_probe()
        if response.status in _TOO_LONG and self._was_refused() and self._may_be_shorter():
            self._notes.append(self._shorter_note(response.status))
            response = self._send_shorter_probe(response)
        if response.status not in self._profile.update_statuses:
            self._refused(response)
        self._was_accepted = True
        self._tag = entity_tag(response.headers, self._profile)
        self._reader.await_operation(response)
        if response.body:
            response.json()

    def _was_refused(self) -> bool:
        """Whether a round shows that the refused update has changed nothing."""
        return self._reader.round(self._see).opinion is Owner.ORIGINAL

    def _send_shorter_probe(self, refused: Response) -> Response:
        try:
            # The original may be longer than the limit too, being older.
            self._give_back_if_risky()
        except SmokeError as error:
            if error.failure.category is not Category.USAGE:
                raise
            # Not even the original is accepted: it is no matter of the length.
            self._refused(refused)
        return self._send_next_probe()

    def _may_be_shorter(self) -> bool:
        """Whether a refused probe may be sent in the original's own length."""
        assert self._candidate is not None
        before = lookup(self._original, self._candidate.place)
        if not isinstance(before, str) or not before or self._limit == len(before):
            return False
        if not self._outlives:
            return False
        self._limit = len(before)
        risk = f"a string of {len(before)} characters, where a longer one was refused"
        self._candidate = replace(self._candidate, risk=self._candidate.risk or risk)
        return True

    def _shorter_note(self, status: int) -> str:
        assert self._candidate is not None
        return (
            f"a longer value of {self._candidate.place} was refused with {status}: the probe was"
            " written in the length of the original"
        )

    def _refused(self, response: Response) -> NoReturn:
        """Raises the `save` failure of an update that was not accepted.

        A refusal for certain (4xx) has changed nothing where reads show the original as long as
        they may be stale. Otherwise the original is sent.
        """
        if not self._may_have_arrived:
            with contextlib.suppress(SmokeError):
                seen = self._reader.settle(self._is_back, awaited=lambda is_back: not is_back)
                if seen.opinion:
                    self._forget()
                else:
                    # Refused, and applied all the same.
                    self._may_have_arrived = True
        raise response.not_as_expected(
            "the update to be accepted",
            category=Category.SAVE,
            hint=messages.refused_hint(
                response,
                self._candidate,
                lookup(self._original, self._candidate.place) if self._candidate else None,
                outlives=self._outlives,
            ),
        )

    def _send_next_probe(self) -> Response:
        candidate = self._candidate
        assert candidate is not None, "begin() has looked"
        edits = 0
        while edits < _TURNS:
            self._turn += 1
            lease_s = self._turns.lease_s(self._hold_s)
            probe = choose_value(
                self._original,
                candidate.place,
                run_id=self._run_id,
                turn=self._turn,
                lease_s=lease_s,
                limit=self._limit,
            )
            body = probe.update(self._original)
            # Nothing may end the step from here to the request: a recorded update must be sent.
            self._turns.require_time()
            self._record(body)
            look = self._reader.look()
            if not self._has_changed(look):
                self._lease_s = lease_s
                return self._send(probe, body, look)
            # Nothing was sent, so this was no turn. Other gates leave in time; the budget ends it.
            self._turn -= 1
            edits += self._turns.other_in(look) is None
            if not self.needs_restoring:
                self._forget()
            self._written_again += 1
            self._take_another_turn()
        raise messages.no_turn(self._where, _TURNS)

    def _has_changed(self, look: Look) -> bool:
        assert self._candidate is not None
        place, ignoring = self._candidate.place, self._changing
        if self._was_seen and self._see(look) in (Owner.SENT, Owner.OURS):
            # This run's own probe, which the next one renews.
            ignoring = [*ignoring, place]
        elif self._turns.marker_of(look) is not None:
            return True
        return bool(beside(self._original, look.document, ignoring=ignoring).harm)

    def _send(self, probe: Probe, body: Mapping[str, Any], look: Look) -> Response:
        self._keep_tag(look)
        self._shown = lookup(look.document, probe.pointer)
        self._probe, self._was_seen, self._watched = probe, False, False
        # From here on the target may be changed, with or without a response.
        self.needs_restoring = True
        started, is_refused = self._budget.clock(), False
        try:
            response = self._target.update_document(
                body, base=look.document, answer=look.response, if_match=self._etag
            )
            is_refused = 400 <= response.status < 500
            return response
        except SmokeError as error:
            if error.failure.category is Category.FETCH:
                raise error.as_category(Category.SAVE) from None
            raise
        finally:
            self._may_have_arrived = self._may_have_arrived or not is_refused
            self._reader.note_duration(started)
            self._sent_at = self._budget.clock()

    @property
    def _entry_now(self) -> Entry:
        assert self._entry is not None, "nothing was written yet"
        return self._entry

    def _record(self, body: Mapping[str, Any]) -> None:
        assert self._candidate is not None
        field = key_of(self._candidate.place)
        entry = self._entry or Entry(
            name=f"{self._run_id}-probe",
            run_id=self._run_id,
            target=self._target.client.base_url,
            account=self._account,
            method=self._profile.update_method,
            path=self._profile.path,
            root=self._profile.root,
            select=dict(self._profile.select),
            accepted=self._profile.update_statuses,
            original=self._original,
            whole=self._profile.update_body == "whole",
        )
        entry = replace(
            entry.with_written(body, self._candidate.place),
            phase=Phase.INTENT,
            changing=tuple(self._changing),
            sent_at=self._now(),
        )
        self._entry = self._journal.record(entry)
        if field in self._original and field not in self._entry.original:
            self._forget()
            raise messages.probe_holds_a_secret(self._candidate.place, self._where)

    def _note_in_journal(self, **changes: Any) -> None:
        self._entry = self._journal.record(replace(self._entry_now, **changes))

    def _forget(self) -> None:
        if self._entry is not None:
            self._journal.forget(self._entry)
        self._entry, self.needs_restoring = None, False

    def _take_another_turn(self) -> None:
        """Waits until the field is free again; only the probe field may have another original.

        Raises:
            SmokeError: `persist` if another field changed since this run's first update.

        """
        seen = self._turns.baseline()
        assert self._candidate is not None
        place = self._candidate.place
        if not self._may_have_arrived and self._holds_nothing_of_ours(seen.look):
            before = lookup(self._original, place)
            self._forget()
            self._use_as_original(seen.look)
            if not same(before, lookup(self._original, place)):
                self._give_back_if_risky()
            return
        self._keep_tag(seen.look)
        ignoring = [*self._changing, place]
        found = beside(self._original, seen.look.document, ignoring=ignoring)
        if found.harm:
            self._was_seen = True
            raise messages.harmed(found.harm, place=place, where=self._where)
        owner = self._entry_now.ownership.of(place, seen.look.document)
        if owner is Owner.SOMEBODY:
            self._original = {
                **self._original,
                key_of(place): seen.look.document[key_of(place)],
            }
            self._note_in_journal(original=self._original)

    def _holds_nothing_of_ours(self, look: Look) -> bool:
        return self._entry is None or self._see(look) not in (Owner.SENT, Owner.OURS)

    def _clear(self, found: Found, look: Look) -> str:
        return clear_residue(
            self._target,
            self._journal,
            self._reader,
            found,
            look,
            run_id=self._run_id,
            account=self._account,
            probes=self._probes,
        )

    # -- read back

    def _see(self, look: Look) -> Owner:
        assert self._candidate is not None
        return self._entry_now.ownership.of(self._candidate.place, look.document)

    def _is_back(self, look: Look) -> bool:
        assert self._candidate is not None
        return self._entry_now.ownership.is_back(self._candidate.place, look.document)

    def read_back(self) -> bool:
        """Proves over fresh connections that the probe is there and nothing else changed.

        Writes the probe again if another gate has removed it; returns False then, else True.

        Raises:
            SmokeError: `persist` if the proof fails; `unverified` if it can't be told.

        """
        turn = self._turn
        while True:
            self._let_others_land()
            seen = self._reader.settle(
                self._see,
                awaited=lambda owner: owner is Owner.SENT,
                ends=lambda one: one.shows(Owner.OTHER_GATE) and not one.shows(Owner.SENT),
            )
            if seen.opinion is Owner.SENT:
                self._kept(seen)
                if self._unproven:
                    raise messages.kept_once(self._unproven, self._where)
                return self._turn == turn
            self._explain(seen)
            self._written_again += 1
            self._take_another_turn()
            self.write()

    def _let_others_land(self) -> None:
        """Waits until updates that other gates sent without seeing this run's probe have landed.

        One look halfway: a gate that comes and goes is seen, because its probe stays longer.
        """
        if self._etag:
            # The target itself refuses an update that was sent without seeing this probe.
            return
        for share in (0.5, 1.0):
            left_s = self._sent_at + share * self._turns.settling_s - self._budget.clock()
            if left_s > 0:
                self._budget.pause(min(left_s, self._budget.remaining_s(restoring=True)))
                if share < 1.0 and self._budget.remaining_s() > 0:
                    other = self._turns.other_in(self._reader.look())
                    self._watched = self._watched or other is not None

    def _kept(self, seen: Round[Owner]) -> None:
        """Notes that the probe was seen, and what the update did to the other fields."""
        assert self._candidate is not None
        place = self._candidate.place
        self._was_seen = True
        self._keep_tag(seen.looks[-1])
        found = [
            beside(self._original, look.document, ignoring=[*self._changing, place])
            for look in seen.looks
        ]
        moved = {one.pointer: one for each in found for one in each.moved}
        harm = {one.pointer: one for each in found for one in each.harm}
        emptied = tuple(dict.fromkeys(one.pointer for each in found for one in each.emptied))
        if moved:
            self._notes.append(moved_note(list(moved.values())))
        if harm and self._tag and all(look.etag not in ("", self._tag) for look in seen.looks):
            self._notes.append(messages.edited_beside(harm.values()))
            self._note_in_journal(phase=Phase.KEPT, changing=(*self._changing, *harm))
            return
        self._note_in_journal(phase=Phase.INTENT if harm else Phase.KEPT, emptied=emptied)
        if harm:
            raise messages.harmed(tuple(harm.values()), place=place, where=self._where)

    def _explain(self, seen: Round[Owner]) -> None:
        """Decides whether the probe is written again; raises otherwise.

        Raises:
            SmokeError: `persist` or `unverified`.

        """
        assert self._candidate is not None
        place = self._candidate.place
        is_ours = seen.shows(Owner.SENT) or seen.shows(Owner.OURS)
        if seen.shows(Owner.OTHER_GATE) and not is_ours:
            self._displaced(seen)
            return
        if seen.opinion is None:
            self._was_seen = is_ours
            raise messages.disagree(seen.share(Owner.SENT), place=place, where=self._where)
        change = Difference(
            pointer=place,
            before=self._probe.value if self._probe else None,
            after=lookup(seen.looks[-1].document, place),
        )
        if seen.opinion is Owner.OURS:
            self._was_seen = True
            if same(change.after, self._shown):
                raise messages.not_kept(change, self._where)
            if self._is_earlier(change.after, place):
                raise messages.came_late(change, self._where)
            raise messages.altered(change, where=self._where)
        if seen.opinion is Owner.SOMEBODY:
            self._edits += 1
            self._notes.append(f"{place} was edited by somebody else during the run")
            if self._edits > 1 or not isinstance(change.before, str):
                raise messages.edited_twice(change, where=self._where)
            return
        self._may_come = self._may_come or not self._was_seen
        if self._budget.clock() - self._sent_at >= self._lease_s:
            passed_s = self._budget.clock() - self._sent_at
            raise messages.kept_too_long(place, passed_s, self._where)
        self._lost(change)

    def _is_earlier(self, value: Any, place: str) -> bool:
        """Whether a value is what one of this run's earlier updates sent."""
        return any(same(value, lookup(body, place)) for body in self._entry_now.written[:-1])

    def _displaced(self, seen: Round[Owner]) -> None:
        marker = next(filter(None, map(self._turns.other_in, seen.looks)), None)
        who = f"the run {marker.run_id}" if marker else "another gate"
        self._may_come = self._may_come or not self._was_seen
        self._notes.append(f"{who} wrote at the same time and came first")
        if self._turn >= _TURNS + self._losses:
            raise messages.no_turn(self._where, self._turn)
        # Never a second probe while the first may be under way.
        self._reader.wait_out(since=self._sent_at)

    def _lost(self, change: Difference) -> None:
        if self._watched:
            if self._turn >= 2 * _TURNS:
                raise messages.no_turn(self._where, self._turn)
            self._notes.append("another gate wrote at the same time")
            return
        if self._losses or self._etag:
            raise messages.not_kept(change, self._where)
        self._losses += 1
        if self._turns.quiet():
            self._unproven = change.pointer
        else:
            self._notes.append("another gate wrote at the same time")

    # -- restore

    def restore(self) -> str:
        """Restores the original and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, if the restore could not be proven.

        """
        if not self.needs_restoring:
            return "nothing was left to put back"
        with signals.held_back():
            self._restorer.take_time()
            self._note_what_was_emptied()
            try:
                restored = self._restorer.take_back(
                    self._entry_now,
                    tag=self._tag,
                    tags_match=self._tags_match,
                    may_have_arrived=self._may_have_arrived,
                )
                self.needs_restoring = False
                self._notes += restored.notes
                was_seen = self._was_seen or not self._may_have_arrived
                if was_seen and not self._may_come:
                    self._journal.forget(self._entry_now)
                else:
                    # An update that was never seen may come yet: the next run looks again.
                    self._note_in_journal(phase=Phase.OPEN)
                self._entry = None
            finally:
                self._lock.release()
        if restored.repeated:
            raise messages.restored_twice(self._where)
        if restored.edited:
            return f"{restored.edited[0]} was edited by somebody else, and left alone"
        if restored.displaced and not restored.sent:
            return "another gate's probe has taken the place of this run's"
        return PUT_BACK

    def _note_what_was_emptied(self) -> None:
        """Notes what an update emptied that no read-back has judged: it is sent back as well."""
        entry = self._entry_now
        if entry.phase is not Phase.INTENT or entry.emptied:
            return
        try:
            look = self._reader.look(restoring=True)
        except SmokeError:
            return
        owners = {entry.ownership.of(place, look.document) for place in entry.places}
        if not self._was_accepted and not owners & {Owner.SENT, Owner.OURS}:
            # Nothing shows that an update arrived: somebody else may have emptied it.
            return
        found = beside(self._original, look.document, ignoring=[*self._changing, *entry.places])
        if found.emptied:
            self._note_in_journal(emptied=tuple(one.pointer for one in found.emptied))

    def stays(self, seconds: float, *, doing: str) -> None:
        """Proves that the probe is still there some seconds later.

        A probe that must stay longer than its marker may claim is renewed by the next one.

        Raises:
            SmokeError: as `read_back`; `budget` if there is no time for it.

        """
        left_s = seconds
        while left_s > 0:
            part_s = min(left_s, LONGEST_LEASE_S / 2)
            self._budget.wait(part_s, doing=doing)
            left_s -= part_s
            if not self.read_back():
                # The probe was written again, so it has to last as long again.
                left_s = seconds
            elif left_s > 0:
                self.write()
