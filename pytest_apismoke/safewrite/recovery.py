"""Take back what killed runs left changed, from the journal or from a probe's marker.

Long because the decision what to take back and the steps that do it are one protocol.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pytest_apismoke.configuration.journal_dir import repair_command
from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import Difference, key_of, lookup, replaced, same
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import beside, is_emptied, is_normalised
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.probe import Found, marker_in, without_others
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.restoring import Restorer, left_by, listed, normalised_notes
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
        self._known = (KnownDocument.of(target.profile.document), *documents)
        self._now = now
        self._has_waited = False

    def run(
        self,
        *,
        runs: Collection[str] = (),
        path: str = "",
        force: bool = False,
        mine: bool = True,
    ) -> Recovered:
        """Takes back what dead runs left changed.

        Skips entries of living runs, values that were edited since, and documents that another
        process has locked: that process recovers them itself.

        Args:
            runs: only entries of these runs, whose paths count as known then; by default all.
            path: only entries of this document; by default all.
            force: also restores values that seem to be edited since.
            mine: also restores the entries of this process.

        """
        notes: list[str] = []
        restored: list[str] = []
        left: list[str] = []
        failure: Failure | None = None
        unseen: Failure | None = None
        for entry in self._journal.entries(self._target.client.base_url):
            if (runs and entry.run_id not in runs) or path not in ("", entry.path):
                continue
            if refusal := self._refusal(entry, named=bool(runs)):
                notes.append(refusal)
                left.append(entry.run_id)
                continue
            with _exclusively(self._journal, entry, mine=mine) as obstacle, signals.held_back():
                if obstacle:
                    notes += [obstacle] if obstacle != _UNDER_WAY else []
                    continue
                try:
                    note, is_settled = self._settle(entry, force=force)
                except SmokeError as error:
                    if error.dirty:
                        failure = failure or left_by(error, entry.run_id).failure
                    else:
                        unseen = unseen or left_by(error, entry.run_id).failure
                    note = "" if error.dirty else self._not_seen(entry, error)
                    is_settled = False
                notes += [note] if note else []
                (restored if is_settled else left).append(entry.run_id)
                if is_settled:
                    self._journal.forget(entry)
        return Recovered(
            notes=tuple(notes),
            restored=tuple(restored),
            left=tuple(left),
            failure=failure,
            unseen=unseen,
        )

    def _refusal(self, entry: Entry, *, named: bool) -> str:
        """Why an entry is not obeyed; empty if it is."""
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

    # -- one entry

    def _settle(self, entry: Entry, *, force: bool) -> tuple[str, bool]:
        """Settles one entry; returns a note, and whether it is settled."""
        reader = self._reader.of(entry.document())
        probes = self._target.profile.document.probe
        restorer = Restorer(self._target, self._journal, reader, probes=probes)
        if not self._has_waited:
            self._has_waited = True
            restorer.take_time()
            self._target.client.budget.pause(_LANDED_S)
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
        open_ones = [p for p, found in owners.items() if Owner.ORIGINAL in found]
        harm = self._harm(entry, documents, probes, ours=bool(ours))
        edited = [p for p, found in owners.items() if found == {Owner.SOMEBODY}]
        if force:
            harm_places = tuple(one.pointer for one in harm)
            entry = replace(
                entry,
                places=tuple(dict.fromkeys((*entry.places, *harm_places))),
                written=(*entry.written, _as_body(entry, documents[-1], (*edited, *harm_places))),
                phase=Phase.INTENT,
            )
            edited, harm = [], []
        if not ours and not force:
            settled = self._without_ours(
                entry,
                harm=harm,
                changed=_changed(entry, documents),
                edited=edited,
                open_ones=open_ones,
            )
            if settled is not None:
                note, is_settled = settled
                told = [note] if note else normalised_notes(entry, documents[-1])
                return "; ".join(told), is_settled
        emptied = [one.pointer for one in harm if is_emptied(one)] if ours else []
        entry = replace(entry, emptied=tuple(dict.fromkeys((*entry.emptied, *emptied))))
        # Journal first, for every send: a recovery may be killed as well.
        entry = self._journal.record(replace(entry, sent_at=self._now()))
        restored = restorer.take_back(entry)
        if not ours and not force:
            # Reads of the original prove nothing here: they may be older than this update.
            return "; ".join(restored.notes), False
        back = [place for place in (*entry.places, *emptied) if place not in restored.edited]
        note = f"{entry.who} was ended before it restored {', '.join(back)}; that was put back"
        return "; ".join((note, *restored.notes)), True

    def _without_ours(
        self,
        entry: Entry,
        *,
        harm: Sequence[Difference],
        changed: Sequence[Difference],
        edited: Sequence[str],
        open_ones: Sequence[str],
    ) -> tuple[str, bool] | None:
        """Settles an entry none of whose values is there; None if the original is to be sent."""
        if entry.phase is Phase.DIRTY:
            found = [one for one in (*changed, *harm) if one.pointer in entry.differing]
            if found:
                raise self._still_dirty(entry, found)
            return "", True
        if harm and (entry.phase is not Phase.KEPT or not entry.places):
            raise self._still_dirty(entry, harm)
        if harm or edited:
            places = ", ".join(dict.fromkeys((*edited, *(one.pointer for one in harm))))
            repair = self._repair(entry)
            return (
                f"{places} of {entry.path} was edited since {entry.who} and left alone; '{repair}"
                f" --force' puts back the journal's original, '{repair} --accept' forgets it",
                True,
            )
        # A minute after the last update nothing comes any more: a round of the original settles it.
        return None if open_ones and not self._is_old(entry) else ("", True)

    def _harm(
        self,
        entry: Entry,
        documents: Sequence[Mapping[str, Any]],
        probes: Sequence[str],
        *,
        ours: bool,
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

    def _is_old(self, entry: Entry) -> bool:
        """Whether no update of the entry can come any more."""
        return self._now() - entry.sent_at >= _SETTLED_S

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
    found = []
    for place in entry.places:
        before, value = lookup(entry.original, place), lookup(look.document, place)
        is_back = same(before, value) or is_normalised(before, value)
        found.append(Owner.ORIGINAL if is_back else entry.ownership.of(place, look.document))
    return tuple(found)


def _changed(entry: Entry, documents: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """The places that differ, apart from blanks and line ends, and from other gates' probes."""
    found: dict[str, Difference] = {}
    for document in documents:
        for place in entry.places:
            before, after = lookup(entry.original, place), lookup(document, place)
            is_others = entry.ownership.of(place, document) is Owner.OTHER_GATE
            if not (is_others or same(before, after) or is_normalised(before, after)):
                found[place] = Difference(pointer=place, before=before, after=after)
    return list(found.values())


def _as_body(entry: Entry, document: Mapping[str, Any], places: Sequence[str]) -> dict[str, Any]:
    """A body that claims the present values of some places for the run."""
    return {key: document.get(key) for key in map(key_of, (*places, *entry.places))}


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
