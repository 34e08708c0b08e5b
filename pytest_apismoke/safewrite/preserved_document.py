"""One document that is changed and restored: the original, what was sent, and both proofs.

While it is preserved, the journal records every update before the run's client sends it, so that a
later run can restore what a killed one wrote.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import key_of, lookup, same, step
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import beside, is_normalised
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.probe import marker_in, without_others
from pytest_apismoke.safewrite.reading import Reader
from pytest_apismoke.safewrite.restoring import Restorer, moved_note
from pytest_apismoke.safewrite.turns import Sightings, Turns
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
        changing = [f"/{step(member)}" for member in document.volatile]
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
        self._entry = journal.record(
            Entry(
                name=name,
                run_id=run_id,
                target=target.client.base_url,
                account=account,
                method=document.update_method,
                path=document.path,
                accepted=document.update_statuses,
                original=self.original,
                whole=document.update_body == "whole",
                changing=(*changing, *seen.unsteady),
            )
        )
        self._body_is_known = True
        self.needs_restoring = True

    def copy(self) -> dict[str, Any]:
        """A copy of the original that the caller may change."""
        return copy.deepcopy(self.original)

    def is_at(self, path: str) -> bool:
        """Whether this is the document at a path."""
        return path == self._document.path

    def about_to_send(self, body: Mapping[str, Any] | None) -> None:
        """Records an update in the journal before it is sent; None if its body is not known."""
        self._body_is_known = self._body_is_known and body is not None
        known = body or {}
        places = tuple(f"/{step(name)}" for name in known)
        entry = replace(self._entry.with_written(known, *places), sent_at=time.time())
        self._entry = self._journal.record(entry)

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
        wanted = sent if persisted else {}
        seen = self._reader.settle(
            lambda look: all(_shows(look.document, name, value) for name, value in wanted.items()),
            awaited=lambda is_there: is_there,
        )
        ignoring = [*self._entry.changing, *self._entry.places]
        found = [
            beside(
                self.original,
                without_others(look.document, self._probes, ""),
                ignoring=ignoring if self._body_is_known else [],
            )
            for look in seen.looks
        ]
        emptied = dict.fromkeys(one.pointer for each in found for one in each.emptied)
        harm = {one.pointer: one for each in found for one in each.harm}
        phase = Phase.INTENT if harm else Phase.KEPT
        self._entry = self._journal.record(
            replace(self._entry, phase=phase, emptied=tuple(emptied))
        )
        if seen.opinion is None:
            raise messages.disagree(
                seen.share(True), place=", ".join(wanted), where=self._reader.where
            )
        if seen.opinion is False:
            raise messages.sent_not_there(
                wanted, seen.looks[-1].document, self.original, where=self._reader.where
            )
        if harm and self._body_is_known:
            places = ", ".join(f"/{step(name)}" for name in sent) or self._document.path
            raise messages.harmed(tuple(harm.values()), place=places, where=self._reader.where)
        moved = {one.pointer: one for each in found for one in each.moved}
        return (moved_note(list(moved.values())),) if moved and self._body_is_known else ()

    def restore(self) -> tuple[str, ...]:
        """Restores what was sent and proves it; returns notes.

        Raises:
            SmokeError: `persist`, marked dirty, if the restore could not be proven.

        """
        with signals.held_back():
            self._restorer.take_time()
            self._claim_differences()
            restored = self._restorer.take_back(
                self._entry, may_have_arrived=bool(self._entry.places)
            )
            self.needs_restoring = False
            self._journal.forget(self._entry)
            return restored.notes

    def _claim_differences(self) -> None:
        """Makes every difference this run's own, where the body of an update is not known.

        Of a known update, only what it emptied is added.
        """
        try:
            look = self._reader.look(restoring=True)
        except SmokeError:
            return
        seen = without_others(look.document, self._probes, "")
        found = beside(self.original, seen, ignoring=[*self._entry.changing, *self._entry.places])
        if self._entry.written and self._body_is_known:
            emptied = (*self._entry.emptied, *(one.pointer for one in found.emptied))
            self._entry = replace(self._entry, emptied=tuple(dict.fromkeys(emptied)))
            return
        keys = dict.fromkeys(key_of(one.pointer) for one in found.harm)
        if keys:
            body = {key: look.document.get(key) for key in keys}
            places = [f"/{step(key)}" for key in keys]
            self._entry = self._journal.record(self._entry.with_written(body, *places))


def _shows(document: Mapping[str, Any], name: str, value: Any) -> bool:
    """Whether a document has what was sent; an object may have more properties than were sent."""
    seen = lookup(document, f"/{step(name)}")
    if isinstance(value, dict) and isinstance(seen, dict):
        return all(_shows(seen, key, inner) for key, inner in value.items())
    return same(seen, value) or is_normalised(value, seen) or (value is None and not seen)


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
