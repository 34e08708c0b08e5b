"""Take back what killed runs left changed, from the journal or from a probe's marker.

Long because the decision what to take back and the steps that do it are one protocol.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pytest_apismoke.configuration.journal_dir import repair_command
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import Difference, differences, key_of, lookup, replaced
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import beside, is_emptied
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.probe import Found, marker_in, without_others
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.restoring import FLOOR_S, Restorer, left_by, listed
from pytest_apismoke.system import signals

_UNDER_WAY = "its run is under way"
#: No update of a dead run is on its way after this time, in seconds.
_LANDED_S = 0.2
#: An update that was never seen does not come any more after this time, in seconds.
_SETTLED_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """A document that a run may write: the method of its updates, and the paths it may have."""

    method: str
    paths: re.Pattern[str]

    @classmethod
    def of(cls, document: Document) -> KnownDocument:
        """One document."""
        return cls(method=document.update_method, paths=re.compile(re.escape(document.path)))

    def is_of(self, entry: Entry) -> bool:
        """Whether an entry of the journal is about this document."""
        return entry.method == self.method and self.paths.fullmatch(entry.path) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The result of a recovery.

    Attributes:
        notes: sentences for the verdict.
        restored: the ids of the runs whose changes were restored.
        left: the ids of the runs whose changes remain.
        failure: the first restore that failed.
        unseen: why the first changes that could not be looked at could not; nothing of their
            document may be taken for an original.

    """

    notes: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    failure: Failure | None = None
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
        reader: of the settings document, for its bounds.
        account: the id of the account's settings document, or empty if it has none or can't be
            fetched. None if all entries are known to be of this account.
        documents: others than the settings that this run may write.
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
        self._settings = target.profile.document
        self._known = (KnownDocument.of(self._settings), *documents)
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
        unseen: Failure | None = None
        for entry in self._journal.entries(self._target.client.base_url):
            if (runs and entry.run_id not in runs) or path not in ("", entry.path):
                continue
            if refusal := self.refusal(entry, named=bool(runs)):
                notes.append(refusal)
                left.append(entry.run_id)
                continue
            with _exclusively(self._journal, entry, mine=mine) as obstacle, signals.held_back():
                if obstacle:
                    notes += [obstacle] if obstacle != _UNDER_WAY else []
                    continue
                self._take_time(extends=not path)
                try:
                    settled = self._settle(entry, force=force, keeps_edited=keeps_edited)
                except SmokeError as error:
                    if error.dirty:
                        failure = failure or left_by(error, entry.run_id).failure
                    else:
                        unseen = unseen or left_by(error, entry.run_id).failure
                    note = () if error.dirty else (self._not_seen(entry, error),)
                    settled = _Settled(notes=note, is_done=False)
                notes += settled.notes
                (restored if settled.is_done else left).append(entry.run_id)
                if settled.is_done:
                    self._journal.forget(entry)
        return Recovered(
            notes=tuple(notes),
            restored=tuple(restored),
            left=tuple(left),
            failure=failure,
            unseen=unseen,
        )

    def refusal(self, entry: Entry, *, named: bool) -> str:
        """Why an entry is not obeyed; empty if it is.

        Args:
            entry: of the journal.
            named: whether a person named its run, so that its path counts as known.

        """
        if not entry.is_read_as(self._settings):
            return (
                f"the journal has an entry of {entry.who} for {entry.method} {entry.path}, whose"
                " document was elsewhere in the answer than [document] root and select of this"
                " profile say: nothing was sent; name the profile of that run with"
                f" --target-profile, or '{self._repair(entry)} --accept' forgets it"
            )
        if self._account is not None and entry.account != self._account:
            whose = "another account" if self._account else "an account that this run does not know"
            return f"the journal has an entry of the run {entry.run_id} for {whose}"
        if named or any(known.is_of(entry) for known in self._known):
            return ""
        return (
            f"the journal has an entry of {entry.who} for {entry.method} {entry.path}, which this"
            f" run does not write: nothing was sent; '{self._repair(entry)}' obeys it by name,"
            f" '{self._repair(entry)} --accept' forgets it"
        )

    def _repair(self, entry: Entry) -> str:
        profile = self._target.profile.name
        return repair_command(entry.target, self._journal.folder, entry.run_id, profile=profile)

    def _not_seen(self, entry: Entry, error: SmokeError) -> str:
        repair = self._repair(entry)
        return (
            f"the changes of {entry.who} could not be looked at: {error.failure.seen}"
            f" ({error.failure.where}); '{repair}' tries again, '{repair} --accept' forgets it"
        )

    def differences(self, entry: Entry) -> tuple[Difference, ...]:
        """Every value of a document that differs from the original in a round of fresh reads.

        Raises:
            SmokeError: if the document can't be read.

        """
        seen = self._reader.of(entry.document(self._settings)).round(lambda _: None)
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
        reader = self._reader.of(entry.document(self._settings))
        probes = self._target.profile.document.probe
        restorer = Restorer(self._target, self._journal, reader, probes=probes)
        seen = reader.settle(
            lambda look: _owners(entry, look),
            awaited=lambda owners: any(owner in (Owner.SENT, Owner.OURS) for owner in owners),
            restoring=True,
        )
        documents = [look.document for look in seen.looks]
        owners = {
            place: {owners[index] for owners in seen.opinions}
            for index, place in enumerate(entry.places)
        }
        ours = [p for p, found in owners.items() if found & {Owner.SENT, Owner.OURS}]
        originals = [p for p, found in owners.items() if Owner.ORIGINAL in found]
        edited = [
            Difference(
                pointer=place,
                before=lookup(entry.original, place),
                after=lookup(documents[-1], place),
            )
            for place, found in owners.items()
            if found == {Owner.SOMEBODY}
        ]
        harm = self._harm(entry, documents, probes)
        if force:
            restorer.take_back(_claiming(entry, documents[-1], [*edited, *harm]))
            back = (*entry.places, *(one.pointer for one in harm))
            return _Settled(notes=(self._put_back(entry, back),))
        emptied: list[str] = []
        told: tuple[str, ...] = ()
        others = [*edited, *harm]
        if ours and entry.phase is not Phase.KEPT:
            # What differs beside is sent back where it was emptied, and dirty where it was not.
            others = edited
            emptied = [one.pointer for one in harm if is_emptied(one)]
        elif not ours and (noted := _noted(entry, edited, harm)):
            raise self._still_dirty(entry, noted)
        if ours or _is_unproven(entry, originals):
            # Journal first, for every send: a recovery may be killed as well.
            entry = self._journal.record(
                replace(
                    entry,
                    emptied=tuple(dict.fromkeys((*entry.emptied, *emptied))),
                    sent_at=self._now(),
                )
            )
            left_alone = (one.pointer for one in others)
            claimed = replace(entry, changing=(*entry.changing, *left_alone))
            told = restorer.take_back(claimed).notes
        notes = [self._put_back(entry, (*ours, *emptied)), *told] if ours else [*told]
        if others:
            notes.append(self._edited(entry, others, stays=keeps_edited))
            return _Settled(notes=tuple(notes), is_done=not keeps_edited)
        return _Settled(notes=tuple(notes)) if ours else self._proven_without_ours(entry)

    def _proven_without_ours(self, entry: Entry) -> _Settled:
        """Settles an entry whose document was proven to be as before.

        That proves the restore only if the update was seen: else it may come yet.
        """
        was_seen = not entry.written or entry.phase in (Phase.KEPT, Phase.DIRTY)
        if was_seen or self._now() - entry.sent_at >= _SETTLED_S:
            return _Settled()
        if entry.phase is not Phase.OPEN:
            self._journal.record(replace(entry, phase=Phase.OPEN))
        note = (
            f"an update of {entry.who} to {entry.path} was never seen and may still arrive; the"
            f" original is there, and a run {_SETTLED_S:g} s after that update settles it"
        )
        return _Settled(notes=(note,), is_done=False)

    def _put_back(self, entry: Entry, places: Iterable[str]) -> str:
        back = ", ".join(dict.fromkeys(places))
        return f"{entry.who} was ended before it restored {back}; that was put back"

    def _edited(self, entry: Entry, found: Sequence[Difference], *, stays: bool) -> str:
        places = ", ".join(dict.fromkeys(one.pointer for one in found))
        note = f"{places} of {entry.path} was edited since {entry.who} and left alone"
        if not stays:
            return note
        repair = self._repair(entry)
        return (
            f"{note}; '{repair} --force' puts back the journal's original, '{repair} --accept'"
            " forgets it"
        )

    def _harm(
        self,
        entry: Entry,
        documents: Sequence[Mapping[str, Any]],
        probes: Sequence[str],
    ) -> list[Difference]:
        """What differs beside the places of the run, apart from counters and moments."""
        ignoring = [*entry.changing, *entry.withheld, *entry.places]
        found: dict[str, Difference] = {}
        for document in documents:
            seen = without_others(document, probes, entry.run_id)
            for one in beside(entry.original, seen, ignoring=ignoring).harm:
                if one.after is not LOST:
                    found[one.pointer] = one
        return list(found.values())

    def _still_dirty(self, entry: Entry, found: Sequence[Difference]) -> SmokeError:
        repair = self._repair(entry)
        self._journal.record(
            replace(entry, phase=Phase.DIRTY, differing=tuple(one.pointer for one in found))
        )
        failure = Failure(
            category=Category.PERSIST,
            expected=f"{entry.path} as it was before {entry.who}",
            seen=listed(found),
            where=f"GET {entry.target}{entry.path}",
            hint=f"THE TARGET WAS LEFT CHANGED by that run, or edited since: correct it, or"
            f" '{repair} --accept' accepts it, '{repair} --force' puts back the journal's original;"
            " where every update changes it, list it in [document] volatile, or name another field"
            " in [document] probe",
        )
        return SmokeError(failure, dirty=True)


def _owners(entry: Entry, look: Look) -> tuple[Owner, ...]:
    ownership, document = entry.ownership, look.document
    return tuple(
        Owner.ORIGINAL if ownership.is_back(place, document) else ownership.of(place, document)
        for place in entry.places
    )


def _noted(
    entry: Entry, edited: Sequence[Difference], harm: Sequence[Difference]
) -> list[Difference]:
    """The differences that an entry, none of whose values is there, may have to answer for."""
    if entry.phase is Phase.DIRTY:
        return [one for one in (*edited, *harm) if _is_among(one.pointer, entry.differing)]
    is_known_harmless = entry.phase is Phase.KEPT and bool(entry.places)
    return [] if is_known_harmless or not entry.written else [*harm]


def _is_unproven(entry: Entry, originals: Collection[str]) -> bool:
    """Whether the original has to be sent although reads show it: they may be old."""
    if entry.phase is Phase.DIRTY:
        return any(place in entry.differing for place in originals)
    # The run of an open entry has sent it already.
    return bool(originals) and entry.phase is not Phase.OPEN


def _claiming(entry: Entry, document: Mapping[str, Any], found: Sequence[Difference]) -> Entry:
    """The entry as if its run had written the present values of some places."""
    present = dict.fromkeys((*entry.places, *(one.pointer for one in found)))
    # The journal does not have the original of a withheld value.
    places = tuple(one for one in present if not _is_among(one, entry.withheld))
    body = {key: document.get(key) for key in map(key_of, places)}
    written = (*entry.written, body)
    return replace(entry, places=places, written=written, phase=Phase.INTENT)


def _is_among(place: str, places: Iterable[str]) -> bool:
    """Whether one of the places is this one, above it, or inside it."""
    return any(
        place == one or place.startswith(f"{one}/") or one.startswith(f"{place}/") for one in places
    )


@contextmanager
def _exclusively(journal: Journal, entry: Entry, *, mine: bool) -> Iterator[str]:
    """Claims an entry and locks its document; yields the obstacle, or an empty string."""
    with journal.claimed(entry, mine=mine) as is_dead:
        if not is_dead:
            yield _UNDER_WAY
            return
        if not journal.lock_document(entry.target, entry.path):
            yield (
                f"the changes of {entry.who} are not put back yet:"
                f" another process has locked {entry.path}"
            )
            return
        try:
            yield ""
        finally:
            journal.unlock_document(entry.target, entry.path)


def clear_residue(
    target: Target,
    journal: Journal,
    reader: Reader,
    found: Found,
    look: Look,
    *,
    run_id: str,
    account: str,
    probes: Sequence[str],
) -> str:
    """Restores the original from the marker of a residue; journalled like every other send.

    Returns a note; an empty one if the document has changed in the meantime.

    Raises:
        SmokeError: `persist`, marked dirty, if the restore could not be proven; `unverified` if the
            marker does not tell the original.

    """
    marker, document = found.marker, target.profile.document
    if marker.original is LOST:
        raise messages.original_is_lost(marker.run_id, found.place, reader.where)
    key = key_of(found.place)
    written = {key: look.document.get(key)}
    original = dict(replaced(look.document, found.place, marker.original))
    entry = journal.record(
        Entry(
            name=f"{run_id}-residue",
            run_id=marker.run_id,
            target=target.client.base_url,
            account=account,
            method=document.update_method,
            path=document.path,
            root=document.root,
            select=dict(document.select),
            accepted=document.update_statuses,
            original=original,
            places=(found.place,),
            written=(written,),
            whole=document.update_body == "whole",
        )
    )
    again = marker_in(reader.look().document, probes)
    if again is None or again.marker != marker:
        # Another writer came first.
        journal.forget(entry)
        return ""
    try:
        with signals.held_back():
            Restorer(target, journal, reader, probes=probes).take_back(entry)
    except SmokeError as error:
        raise left_by(error, marker.run_id) from None
    journal.forget(entry)
    return f"a probe that the run {marker.run_id} had left in {found.place} was removed"


def account_of(document: Mapping[str, Any], id_field: str) -> str:
    """The account that a settings document belongs to; empty if it has no id."""
    value = document.get(id_field)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
