"""Write a probe, prove by rounds of fresh reads that the target kept it, and restore the original.

The steps are `begin`, `write`, `read_back` and `restore`. `restore` may be called at any time and
repeatedly; it either proves that the document equals the original, or raises a dirty failure.

Long because the steps are one protocol, and are read in their order.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.document_shape import changing_places
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import beside
from pytest_apismoke.safewrite.document_lock import DocumentLock
from pytest_apismoke.safewrite.entry import Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.neighbours import noted, reached, reached_others
from pytest_apismoke.safewrite.own_entry import OwnEntry
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.read_back import Attempt, Tally, Then, explain, kept
from pytest_apismoke.safewrite.reading import Reader, Round, look_of
from pytest_apismoke.safewrite.recovery import Recovery
from pytest_apismoke.safewrite.residue import clear_residue
from pytest_apismoke.safewrite.restoring import PUT_BACK, Restorer
from pytest_apismoke.safewrite.sending import Sender
from pytest_apismoke.safewrite.sent import Sent
from pytest_apismoke.safewrite.sightings import Sightings
from pytest_apismoke.safewrite.turns import LONGEST_LEASE_S, Turns
from pytest_apismoke.system import signals


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
        profile = target.profile.document
        self._profile = profile
        self._changing = changing_places(profile)
        self._reader = Reader(target, profile, reads=reads, wait_s=readback_wait_s)
        self._budget = self._reader.budget
        self._where = self._reader.where
        self._restorer = Restorer(target, journal, self._reader, probes=profile.probe)
        self._lock = DocumentLock(journal, target.client, profile.path)
        self._recovery = partial(
            Recovery, target, journal, reader=self._reader, account=account, now=now
        )
        self._turns = Turns(
            self._reader,
            Sightings(journal.folder, now=now),
            probes=profile.probe,
            run_id=run_id,
            changing=self._changing,
            clear=partial(
                clear_residue,
                target,
                journal,
                self._reader,
                run_id=run_id,
                account=account,
                probes=profile.probe,
            ),
        )
        self._own = OwnEntry(
            target, journal, run_id=run_id, account=account, where=self._where, now=now
        )
        self._notes: list[str] = []
        self._sender = Sender(
            target,
            self._reader,
            self._restorer,
            self._turns,
            self._own,
            note=self._notes.append,
            run_id=run_id,
            hold_s=hold_s,
            limit_of=limit_of,
            outlives=outlives,
        )
        self._tally = Tally()
        # The first probe of this read-back that was lost, with no other gate in sight.
        self._loss: SmokeError | None = None
        # The place of a probe that was kept only when it was written a second time.
        self._unproven = ""

    @property
    def needs_restoring(self) -> bool:
        """Whether the target may be changed."""
        return self._own.needs_restoring

    @property
    def retries(self) -> int:
        """How many rounds and writes were repeated."""
        return self._reader.repeated + self._sender.repeated

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
            looks = [look_of(one, self._profile) for one in first]
            seen = self._turns.baseline(() if was_restored else looks)
            self._sender.begin(seen.look, changing=(*self._changing, *seen.unsteady))
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
        recovered = self._recovery().run(path=self._profile.path, mine=False)
        if recovered.restored:
            # The preflight has already reported the changes that are left alone.
            self._notes += recovered.notes
        if recovered.failure:
            raise SmokeError(recovered.failure, dirty=True)
        if recovered.unseen:
            # What that run may have left must not be taken for the original.
            raise SmokeError(recovered.unseen, dirty=True)
        return bool(recovered.restored)

    # -- write

    def write(self) -> None:
        """Sends the probe; each call sends another one.

        Raises:
            SmokeError: `save` if it is not accepted, `invalid` if the response is not JSON.

        """
        with self._released_if_nothing_was_written():
            self._sender.send()

    # -- read back

    def read_back(self) -> bool:
        """Proves over fresh connections that the probe is there and nothing else changed.

        Writes the probe again if another gate has removed it; returns False then, else True.

        Raises:
            SmokeError: `persist` if the proof fails; `unverified` if it can't be told.

        """
        self._loss = None
        try:
            return self._read_back()
        except SmokeError as error:
            if self._loss is not None and error.failure.category is Category.BUDGET:
                # A second probe would only confirm it.
                raise self._loss from None
            raise

    def _read_back(self) -> bool:
        was_written_again = False
        while True:
            self._let_others_land()
            looked_after_s = self._budget.clock() - self._sent.at_s
            seen = self._reader.settle(
                self._sender.see,
                awaited=lambda owner: owner is Owner.SENT,
                ends=lambda one: one.shows(Owner.OTHER_GATE) and not one.shows(Owner.SENT),
            )
            if seen.opinion is Owner.SENT:
                self._keep(seen)
                if self._unproven:
                    raise messages.kept_once(self._unproven, self._where)
                return not was_written_again
            self._explain(seen, looked_after_s=looked_after_s)
            self._sender.take_another_turn()
            self.write()
            was_written_again = True

    @property
    def _sent(self) -> Sent:
        assert self._sender.sent is not None, "write() has sent it"
        return self._sender.sent

    def _let_others_land(self) -> None:
        """Waits until updates that other gates sent without seeing this run's probe have landed."""
        # With tags the target itself refuses an update that was sent without seeing this probe.
        if not self._sender.etag and self._turns.let_others_land(self._sent.at_s):
            self._sender.sent = replace(self._sent, saw_another=True)

    def _keep(self, seen: Round[Owner]) -> None:
        """Notes that the probe was seen, and what the update did to the other fields.

        Raises:
            SmokeError: `persist` if it did harm to them.

        """
        sender = self._sender
        sender.known = replace(sender.known, was_seen=True)
        sender.keep_tag(seen.looks[-1])
        documents = [look.document for look in seen.looks]
        ignoring = [*sender.changing, sender.place]
        judged = kept(
            seen,
            beside(sender.original, *documents, ignoring=ignoring),
            self._own.current,
            place=sender.place,
            tag=sender.known.tag,
            where=self._where,
            companions=self._profile.companions,
        )
        self._notes += judged.notes
        self._own.store(judged.entry)
        looks = (reached(sender.first, one, self._profile, self._sent.probe) for one in seen.looks)
        if others := next(filter(None, looks), ()):
            self._own.note(others=noted(others, sender.place))
            raise reached_others(others, sender.place, self._where, repair=self._own.repair)
        if judged.failure:
            raise judged.failure

    def _explain(self, seen: Round[Owner], *, looked_after_s: float) -> None:
        """Decides whether the probe is written again; raises otherwise.

        Raises:
            SmokeError: `persist` or `unverified`.

        """
        explained = explain(
            seen,
            Attempt(
                sent=self._sent,
                known=self._sender.known,
                tally=self._tally,
                entry=self._own.current,
                passed_s=self._budget.clock() - self._sent.at_s,
                looked_after_s=looked_after_s,
                other=next(filter(None, map(self._turns.other_in, seen.looks)), None),
                is_conditional=bool(self._sender.etag),
                where=self._where,
            ),
        )
        self._sender.known, self._tally = explained.known, explained.tally
        self._notes += explained.notes
        self._loss = explained.loss
        if explained.failure:
            raise explained.failure
        if explained.then is Then.WAIT:
            self._reader.wait_out(since=self._sent.at_s)
        elif explained.then is Then.QUIET and self._turns.quiet():
            self._unproven = self._sender.place
        elif explained.then is Then.QUIET:
            self._loss = None
            self._notes.append(messages.ANOTHER_GATE)

    # -- restore

    def restore(self) -> str:
        """Restores the original and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, if the restore could not be proven.

        """
        if not self.needs_restoring:
            return "nothing was left to put back"
        known = self._sender.known
        with signals.held_back():
            self._restorer.take_time()
            self._note_what_was_emptied()
            try:
                restored = self._restorer.take_back(
                    self._own.current,
                    tag=known.tag,
                    tags_match=self._sender.tags_match,
                    may_have_arrived=known.may_have_arrived,
                )
                self._own.needs_restoring = False
                self._notes += restored.notes
                if self._own.current.others:
                    # No update of this run undoes what it did to them: every later run says so.
                    self._own.note(phase=Phase.DIRTY)
                    self._own.leave()
                elif known.has_landed:
                    self._own.forget()
                else:
                    # An update that was never seen may come yet: the next run looks again.
                    self._own.note(phase=Phase.OPEN)
                    self._own.leave()
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
        entry, sender = self._own.current, self._sender
        if entry.phase is not Phase.INTENT or entry.emptied:
            return
        try:
            look = self._reader.look(restoring=True)
        except SmokeError:
            return
        owners = {entry.ownership.of(place, look.document) for place in entry.places}
        if not sender.known.was_accepted and not owners & {Owner.SENT, Owner.OURS}:
            # Nothing shows that an update arrived: somebody else may have emptied it.
            return
        ignoring = [*sender.changing, *entry.places]
        found = beside(sender.original, look.document, ignoring=ignoring)
        if found.emptied:
            self._own.note(emptied=found.emptied_places)

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
