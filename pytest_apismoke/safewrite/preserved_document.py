"""One document that is changed and restored: the original, what was sent, and both proofs.

While it is preserved, the journal records every update before the run's client sends it, so that a
later run can restore what a killed one wrote.

Long because both proofs compare with the same record of what was sent.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import describe, key_of, lookup, same, step
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.http.document_shape import (
    changing_places,
    refuse_lacking,
    sent_whole,
)
from pytest_apismoke.http.document_update import fields_in
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages, unfit
from pytest_apismoke.safewrite.comparison import Beside, beside, is_masked
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.moving import is_named_so
from pytest_apismoke.safewrite.ownership import Owner, shows
from pytest_apismoke.safewrite.probe import marker_in, without_others
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.restoring import Restorer, moved_note
from pytest_apismoke.safewrite.sightings import Sightings
from pytest_apismoke.safewrite.turns import Turns
from pytest_apismoke.system import signals

#: Keys under which APIs wrap the requested document.
_ENVELOPES = frozenset({"data", "result", "results", "payload", "response", "attributes", "item"})
#: Why nothing may be written after a reading; None if it is fit to restore from.
Distrust = Callable[[Response], Failure | None]


class PreservedDocument:
    """One document that is restored at the end.

    Restored are the fields that were sent, with their original values, and what the updates
    emptied. Where the body of an update is not known, every field that differs counts as sent.

    Args:
        target: the backend.
        journal: records the original and every update.
        document: the document's path, and how it is updated.
        name: the name of the journal entry.
        run_id: the id of this run.
        account: the id of the account's settings document.
        wait_s: how long to repeat reads that do not show the last update yet, in seconds.
        reads: how many fresh reads make a round.
        distrust: says why a reading is not to be trusted, if it is not; nothing is written then.

    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        document: Document,
        *,
        name: str,
        run_id: str,
        account: str,
        wait_s: float,
        reads: int,
        distrust: Distrust | None = None,
    ) -> None:
        self._document = document
        self._journal = journal
        self._probes = target.profile.document.probe
        self._reader = Reader(target, document, reads=reads, wait_s=wait_s)
        self._restorer = Restorer(target, journal, self._reader, probes=self._probes)
        changing = changing_places(document)
        self._turns = Turns(
            self._reader,
            Sightings(journal.folder),
            # Probes of gates come and go; they are looked through, this run's own as well.
            probes=(),
            run_id=run_id,
            changing=(*changing, *self._probes),
            clear=lambda *_: "",
        )
        seen = self._turns.baseline()
        look = seen.look
        _refuse_envelope(look.document, self._reader.where)
        if distrust is not None and look.response is not None:
            failure = distrust(look.response)
            if failure is not None:
                raise SmokeError(failure)
        found = marker_in(look.document, self._probes)
        if found is not None and found.marker.original is LOST:
            marker = found.marker
            raise messages.original_is_lost(marker.run_id, found.place, self._reader.where)
        self.original = without_others(look.document, self._probes, "")
        refuse_lacking(look.document, look.response, document, where=self._reader.where)
        if is_masked(taken_over := sent_whole(self.original, document)):
            raise unfit.masked_document(taken_over, self._reader.where)
        self._record(
            Entry.of(
                document,
                name=name,
                run_id=run_id,
                target=target.client.base_url,
                account=account,
                original=self.original,
                changing=(*changing, *seen.unsteady),
            )
        )
        self._body_is_known = True
        self._was_seen = False
        self._was_refused = False
        self.needs_restoring = True

    def copy(self) -> dict[str, Any]:
        """A copy of the original that the caller may change."""
        return copy.deepcopy(self.original)

    def is_at(self, path: str) -> bool:
        """Whether this is the document at a path."""
        return path in (self._document.path, self._document.update_path)

    def about_to_send(self, body: Mapping[str, Any] | None) -> None:
        """Records an update in the journal before it is sent; None if its body is not known.

        What is sent as it was read changes nothing, and what changes by itself is not restored.

        Raises:
            SmokeError: `usage` if the update replaces a value that is shown masked.

        """
        self._was_refused = False
        fields = fields_in(body, self._document)
        self._body_is_known = self._body_is_known and fields is not None
        known = {str(name): value for name, value in (fields or {}).items()}
        changed = {
            place: before
            for name, value in known.items()
            if (place := f"/{step(name)}") not in self._entry.changing
            and not same(before := lookup(self.original, place), value)
        }
        if masked := [place for place, before in changed.items() if is_masked(before)]:
            raise _can_not_be_restored(masked, self._reader.where)
        self._record(replace(self._entry.with_written(known, *changed), sent_at=time.time()))

    def was_refused(self) -> None:
        """Notes that the last update was refused for certain."""
        self._was_refused = len(self._entry.written) == 1

    def _record(self, entry: Entry) -> None:
        stored = self._journal.record(entry)
        # The journal must not have the run's credentials; the running process does.
        self._entry = replace(
            stored,
            path=entry.path,
            original=entry.original,
            written=entry.written,
            withheld=entry.withheld,
        )

    def read_back(self, *, persisted: bool = True) -> tuple[str, ...]:
        """Proves by fresh reads that what was sent is there, and nothing else changed.

        Args:
            persisted: whether what was sent has to be there.

        Returns:
            Notes.

        Raises:
            SmokeError: `persist` if the proof fails.

        """
        sent = self._entry.written[-1] if self._entry.written and self._body_is_known else {}
        places = self._entry.places if persisted else ()
        wanted = {name: value for name, value in sent.items() if f"/{step(name)}" in places}
        seen = self._reader.settle(
            lambda look: shows(look.document, wanted or {**look.document}),
            awaited=lambda is_there: is_there,
        )
        found = self._differences(*seen.looks, ignoring=self._entry.places)
        phase = Phase.INTENT if found.harm else Phase.KEPT
        self._record(replace(self._entry, phase=phase, emptied=found.emptied_places))
        self._was_seen = bool(wanted) and seen.opinion is True
        if seen.opinion is None:
            raise messages.disagree(
                seen.share(True), place=", ".join(wanted), where=self._reader.where
            )
        if seen.opinion is False:
            raise messages.sent_not_there(
                wanted, seen.looks[-1].document, self.original, where=self._reader.where
            )
        if found.harm and self._body_is_known:
            written = ", ".join(f"/{step(name)}" for name in sent) or self._document.path
            raise messages.harmed(found.harm, place=written, where=self._reader.where)
        return (moved_note(found.moved),) if found.moved and self._body_is_known else ()

    def restore(self) -> tuple[str, ...]:
        """Restores what was sent and proves it; returns notes.

        Raises:
            SmokeError: `persist`, marked dirty, if the restore could not be proven.

        """
        with signals.held_back():
            self._restorer.take_time()
            if self._was_refused and self._nothing_changed():
                return self._settled(())
            notes = self._claim_differences()
            sends = bool(self._entry.places or self._entry.emptied)
            restored = self._restorer.take_back(self._entry, may_have_arrived=sends)
            return self._settled((*notes, *restored.notes))

    def _settled(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        """Ends the entry; one whose update was never seen stays open, because it may come yet."""
        self.needs_restoring = False
        if self._was_seen or self._was_refused or self._is_as_sent():
            self._journal.forget(self._entry)
        else:
            self._record(replace(self._entry, phase=Phase.OPEN))
        return notes

    def _is_as_sent(self) -> bool:
        """Whether the last update of each place, if any, sent the original: it was no change."""
        last = {name: value for body in self._entry.written for name, value in body.items()}
        return all(
            same(last.get(key_of(place)), lookup(self.original, place))
            for place in self._entry.places
        )

    def _nothing_changed(self) -> bool:
        """Whether fresh reads show the original, after an update that was refused."""
        try:
            seen = self._reader.round(lambda look: not self._differences(look).harm, restoring=True)
        except SmokeError:
            return False
        return seen.opinion is True

    def _differences(self, *looks: Look, ignoring: Collection[str] = ()) -> Beside:
        seen = (without_others(look.document, self._probes, "") for look in looks)
        return beside(self.original, *seen, ignoring=[*self._entry.changing, *ignoring])

    def _claim_differences(self) -> tuple[str, ...]:
        """Makes differences this run's own that it may have caused; returns notes.

        Of known updates: what they emptied; and in the fields that they sent, any value but a
        string: a target rounds, sorts and completes it, and it can carry no marker that tells whose
        it is. Where the body of an update is not known, every difference but those of fields that
        are named as counters and moments.
        """
        try:
            look = self._reader.look(restoring=True)
        except SmokeError:
            return ()
        seen = without_others(look.document, self._probes, "")
        is_known = bool(self._entry.written) and self._body_is_known
        owners = {place: self._entry.ownership.of(place, seen) for place in self._entry.places}
        strange = [
            place
            for place, owner in owners.items()
            if owner is Owner.SOMEBODY and not (is_known and isinstance(lookup(seen, place), str))
        ]
        ours = {Owner.SENT, Owner.OURS}
        self._was_seen = self._was_seen or any(
            owner in ours and not same(lookup(seen, place), lookup(self.original, place))
            for place, owner in owners.items()
        )
        found = self._differences(look, ignoring=self._entry.places)
        if is_known:
            emptied = (*self._entry.emptied, *found.emptied_places)
            self._entry = replace(self._entry, emptied=tuple(dict.fromkeys(emptied)))
        unexplained = [
            *found.harm,
            *(one for one in found.moved if not is_named_so(one.pointer)),
        ]
        claimed = [*strange, *(one.pointer for one in unexplained if not is_known)]
        if claimed:
            self._was_seen = True
            keys = dict.fromkeys(map(key_of, claimed))
            body = {key: seen.get(key) for key in keys}
            self._record(self._entry.with_written(body, *(f"/{step(key)}" for key in keys)))
        return tuple(
            f"{place} held {describe(lookup(seen, place))}, which no update had sent, and was put"
            " back all the same"
            for place in strange
            if is_known
        )


def _can_not_be_restored(places: list[str], where: str) -> SmokeError:
    return misconfigured(
        expected="an update that can be taken back",
        seen=f"one of {', '.join(places)}, which GET shows masked",
        where=where,
        hint="nothing was sent: putting back the masked value would store the mask; leave this"
        " field out of the update",
    )


def _refuse_envelope(document: Mapping[str, Any], where: str) -> None:
    """Refuses a document in an envelope, which a restore would store inside the document.

    Raises:
        SmokeError: `usage`.

    """
    names = list(document)
    if len(names) == 1 and names[0] in _ENVELOPES and isinstance(document[names[0]], Mapping):
        raise misconfigured(
            expected="a document that is read in the form in which it is written",
            seen=f"an object with nothing but {names[0]!r}, which looks like an envelope",
            where=f"GET {where}",
            hint="this version can't put back a document in an envelope: leave this update out",
        )
