"""Take back what killed runs left changed, as the journal tells it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.document_profile import told
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import Difference, differences
from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.http.target import Target
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite import recovery_messages as messages
from pytest_apismoke.safewrite.document_lock import UNDER_WAY, exclusively
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.neighbours import still_changed, still_reached
from pytest_apismoke.safewrite.obeyed import KnownDocument, refusal
from pytest_apismoke.safewrite.reading import Reader
from pytest_apismoke.safewrite.restoring import FLOOR_S, Restorer, left_by
from pytest_apismoke.system import signals

if TYPE_CHECKING:
    from pytest_apismoke.safewrite.recovery_plan import Plan


#: No update of a dead run is on its way after this time, in seconds.
_LANDED_S = 0.2
#: An update that was never seen does not come any more after this time, in seconds.
_SETTLED_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The result of a recovery.

    Attributes:
        notes: sentences for the verdict.
        restored: the ids of the runs whose changes were restored.
        left: the ids of the runs whose changes remain.
        failure: the first restore that failed.
        changed: the path of the document that it left changed.
        unseen: why the first changes that could not be looked at could not; nothing of their
            document may be taken for an original.

    """

    notes: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    failure: Failure | None = None
    changed: str = ""
    unseen: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """What became of one entry; one that is not done stays in the journal."""

    notes: tuple[str, ...] = ()
    is_done: bool = True


class Recovery:
    """Takes back the changes that the journal holds for one target and account.

    An entry is obeyed only if its origin, account, method and path are those of this profile: a
    planted one must not send anything else. All entries share one extension of the budget.

    Args:
        target: the backend.
        journal: has the entries.
        reader: of any document, for its bounds.
        account: the id of the account's settings document, or empty if it has none or can't be
            fetched. None if all entries are known to be of this account.
        documents: others than those of the profile that this run may write.
        now: seconds since the epoch.

    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        reader: Reader,
        account: str | None = None,
        documents: Sequence[KnownDocument] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._target = target
        self._journal = journal
        self._reader = reader
        self._account = account
        self._known = (*map(KnownDocument.of, target.profile.documents), *documents)
        self._now = now
        self._has_waited = False

    def run(
        self,
        *,
        runs: Collection[str] = (),
        path: str = "",
        force: bool = False,
        mine: bool = True,
        keeps_edited: bool = False,
    ) -> Recovered:
        """Takes back what dead runs left changed.

        Skips entries of living runs, values that were edited since, and documents that another
        process has locked: that process recovers them itself.

        Args:
            runs: only entries of these runs, whose paths count as known then; by default all.
            path: only entries of this document, because it is about to be written; by default all.
                There is no extra time then: without any left, it is not written either.
            force: also restores values that seem to be edited since.
            mine: also restores the entries of this process.
            keeps_edited: keeps the entry of values that were edited since, for whoever may want
                the original after all.

        """
        notes: list[str] = []
        restored: list[str] = []
        left: list[str] = []
        failure: Failure | None = None
        changed = ""
        unseen: Failure | None = None
        for entry in self._journal.entries(self._target.client.base_url):
            if (runs and entry.run_id not in runs) or path not in ("", entry.path):
                continue
            if refusal := self.refusal(entry, named=bool(runs)):
                notes.append(refusal)
                left.append(entry.run_id)
                continue
            with exclusively(self._journal, entry, mine=mine) as obstacle, signals.held_back():
                if obstacle:
                    notes += [obstacle] if obstacle != UNDER_WAY else []
                    continue
                self._take_time(extends=not path)
                try:
                    settled = self._settle(entry, force=force, keeps_edited=keeps_edited)
                except SmokeError as problem:
                    error = messages.told_of(problem, self._shape_of(entry))
                    if error.dirty:
                        changed = changed or entry.path
                        failure = failure or left_by(error, entry.run_id).failure
                    else:
                        unseen = unseen or left_by(error, entry.run_id).failure
                    words = messages.not_seen(entry, error, repair=self._repair(entry))
                    settled = _Settled(notes=() if error.dirty else (words,), is_done=False)
                notes += settled.notes
                (restored if settled.is_done else left).append(entry.run_id)
                if settled.is_done:
                    self._journal.forget(entry)
        return Recovered(
            notes=tuple(notes),
            restored=tuple(restored),
            left=tuple(left),
            failure=failure,
            changed=changed,
            unseen=unseen,
        )

    def refusal(self, entry: Entry, *, named: bool) -> str:
        """Why an entry is not obeyed; empty if it is.

        Args:
            entry: of the journal.
            named: whether a person named its run, so that its path counts as known.

        """
        shape = self._shape_of(entry)
        words = refusal(
            entry,
            like=shape,
            account=self._account,
            known=self._known,
            named=named,
            repair=self._repair(entry),
        )
        return told(words, shape)

    def _shape_of(self, entry: Entry) -> Document:
        """The document of the profile that an entry is about; the settings for one of a test."""
        profile = self._target.profile
        of_path = (one for one in profile.documents if one.path == entry.path)
        return next(filter(entry.is_read_as, of_path), profile.document_at(entry.path))

    def _repair(self, entry: Entry) -> str:
        return self._journal.repair(entry, self._target.profile.name)

    def differences(self, entry: Entry) -> tuple[Difference, ...]:
        """Every value of a document that differs from the original in a round of fresh reads.

        Raises:
            SmokeError: if the document can't be read.

        """
        seen = self._reader.of(entry.document(self._shape_of(entry))).round(lambda _: None)
        found = {
            one.pointer: one
            for look in seen.looks
            for one in differences(
                dict(entry.original),
                look.document,
                ignoring=[*entry.changing, *entry.withheld],
            )
        }
        return tuple(found.values())

    # -- one entry

    def _take_time(self, *, extends: bool) -> None:
        """Lets the updates of dead runs land; all entries share one extension of the budget."""
        if self._has_waited:
            return
        self._has_waited = True
        budget = self._target.client.budget
        if extends:
            budget.extend_for_restoring(FLOOR_S)
        budget.pause(min(_LANDED_S, budget.remaining_s(restoring=True)))

    def _settle(self, entry: Entry, *, force: bool, keeps_edited: bool) -> _Settled:
        settled = self._settle_document(entry, force=force, keeps_edited=keeps_edited)
        document = entry.document(self._shape_of(entry))
        if entry.others:
            seen = self._reader.of(document).round(
                lambda look: still_reached(entry, look, document), restoring=True
            )
            if found := next(filter(None, seen.opinions), ()):
                self._journal.record(replace(entry, phase=Phase.DIRTY))
                raise still_changed(found, entry, repair=self._repair(entry))
        return settled

    def _settle_document(self, entry: Entry, *, force: bool, keeps_edited: bool) -> _Settled:
        from pytest_apismoke.safewrite.recovery_plan import (
            Shown,
            claiming,
            owners_in,
            plan_for,
            shows_the_run,
        )

        shape = self._shape_of(entry)
        reader, probes = self._reader.of(entry.document(shape)), shape.probe
        restorer = Restorer(self._target, self._journal, reader, probes=probes)
        seen = reader.settle(partial(owners_in, entry), awaited=shows_the_run, restoring=True)
        shown = Shown.of(entry, seen, probes=probes)
        if force:
            restorer.take_back(claiming(entry, shown))
            back = (*entry.places, *(one.pointer for one in shown.harm))
            return _Settled(notes=(messages.put_back(entry, back),))
        plan = plan_for(entry, shown)
        if plan.dirty:
            differing = tuple(one.pointer for one in plan.dirty)
            self._journal.record(replace(entry, phase=Phase.DIRTY, differing=differing))
            raise messages.still_dirty(entry, plan.dirty, repair=self._repair(entry))
        told: tuple[str, ...] = ()
        if plan.sends:
            # Journal first, for every send: a recovery may be killed as well.
            emptied = tuple(dict.fromkeys((*entry.emptied, *plan.emptied)))
            entry = self._journal.record(replace(entry, emptied=emptied, sent_at=self._now()))
            left_alone = (one.pointer for one in plan.left_alone)
            claimed = replace(entry, changing=(*entry.changing, *left_alone))
            told = restorer.take_back(claimed).notes
        back = (*shown.ours, *plan.emptied)
        notes = (messages.put_back(entry, back), *told) if shown.ours else told
        if plan.left_alone:
            return self._left_alone(entry, plan, notes, stays=keeps_edited)
        return _Settled(notes=notes) if shown.ours else self._proven_without_ours(entry)

    def _left_alone(
        self, entry: Entry, plan: Plan, notes: tuple[str, ...], *, stays: bool
    ) -> _Settled:
        if not stays:
            return _Settled(notes=(*notes, messages.edited(entry, plan.left_alone)))
        note = messages.edited_and_kept(entry, plan.left_alone, repair=self._repair(entry))
        return _Settled(notes=(*notes, note), is_done=False)

    def _proven_without_ours(self, entry: Entry) -> _Settled:
        """Settles an entry whose document was proven to be as before.

        That proves the restore only if the update was seen: else it may come yet.
        """
        was_seen = not entry.written or entry.phase in (Phase.KEPT, Phase.DIRTY)
        if was_seen or self._now() - entry.sent_at >= _SETTLED_S:
            return _Settled()
        if entry.phase is not Phase.OPEN:
            self._journal.record(replace(entry, phase=Phase.OPEN))
        note = messages.may_arrive(entry, settled_s=_SETTLED_S)
        return _Settled(notes=(note,), is_done=False)
