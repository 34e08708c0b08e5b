"""Restore documents that users' tests change, and prove it; the fixture `smoke_preserve`.

While a document is preserved, the journal records every update of it before the run's client sends
it, so that a later run can restore what a killed one wrote.
"""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import lookup, same, step
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import beside, is_normalised
from pytest_apismoke.safewrite.document_lock import DocumentLock
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.probe import key_of, marker_in, without_others
from pytest_apismoke.safewrite.reading import Reader
from pytest_apismoke.safewrite.recovery import Recovery
from pytest_apismoke.safewrite.restoring import Restorer, moved_note
from pytest_apismoke.safewrite.turns import Sightings, Turns
from pytest_apismoke.system import signals

#: Keys under which APIs wrap the requested document.
_ENVELOPES = frozenset({"data", "result", "results", "payload", "response", "attributes", "item"})
#: Says why a response is not to be trusted as the original; None if it is.
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
            restored = self._restorer.take_back(self._entry, send=bool(self._entry.places))
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
        found = beside(
            self.original, seen, ignoring=[*self._entry.changing, *self._entry.places]
        )
        if self._entry.written and self._body_is_known:
            emptied = (*self._entry.emptied, *(one.pointer for one in found.emptied))
            self._entry = replace(self._entry, emptied=tuple(dict.fromkeys(emptied)))
            return
        keys = dict.fromkeys(key_of(one.pointer) for one in found.harm)
        if keys:
            body = {key: look.document.get(key) for key in keys}
            places = [f"/{step(key)}" for key in keys]
            self._entry = self._journal.record(self._entry.with_written(body, *places))


class DocumentGuard:
    """The documents that the tests of this process preserve.

    Args:
        target: the backend.
        journal: records the originals and every update.
        run_id: the id of this run.
        account: the id of the account's settings document.
        wait_s: how long to repeat reads that do not show the last update yet, in seconds.
        reads: how many fresh reads make a round.
        read_only: whether this run must not write.

    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        run_id: str,
        account: str,
        wait_s: float,
        read_only: bool,
        reads: int = 4,
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self._account = account
        self._wait_s = wait_s
        self._reads = reads
        self._read_only = read_only
        self._all: list[PreservedDocument] = []

    def using(self, target: Target) -> DocumentGuard:
        """The same guard, over the same documents, that sends through another target."""
        view = copy.copy(self)
        view._target = target
        return view

    @contextmanager
    def preserved(
        self,
        path: str | None = None,
        *,
        method: str | None = None,
        changing: Collection[str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """See the fixture `smoke_preserve`."""
        with self.writing(path, method=method, changing=changing) as preserved:
            yield preserved.copy()

    @contextmanager
    def writing(
        self,
        path: str | None = None,
        *,
        method: str | None = None,
        changing: Collection[str] | None = None,
        whole: bool = False,
        distrust: Distrust | None = None,
    ) -> Iterator[PreservedDocument]:
        """A document that may be changed inside the context, and is restored when it ends.

        Args:
            path: of the document; by default the settings.
            method: of an update; by default that of the settings.
            changing: fields that change by themselves; by default those of the settings.
            whole: whether an update has to contain the whole document.
            distrust: see `PreservedDocument`.

        """
        known = self._target.profile.document
        document = replace(
            known,
            path=path or known.path,
            update_method=(method or known.update_method).upper(),
            update_body="whole" if whole else known.update_body,
            volatile=known.volatile if changing is None else tuple(changing),
        )
        _check(document.path, read_only=self._read_only)
        with DocumentLock(self._journal, self._target.client, document.path).held():
            # Recover first: what a killed run wrote must not pass for the original.
            recovered = Recovery(
                self._target,
                self._journal,
                reader=Reader(self._target, known, reads=self._reads, wait_s=self._wait_s),
                account=self._account,
                known={document.path: {document.update_method}},
            ).run(path=document.path, mine=False)
            if recovered.failure:
                raise SmokeError(recovered.failure, dirty=True)
            preserved = PreservedDocument(
                self._target,
                self._journal,
                document,
                name=f"{self._run_id}-{os.getpid()}-{len(self._all)}",
                run_id=self._run_id,
                account=self._account,
                wait_s=self._wait_s,
                reads=self._reads,
                distrust=distrust,
            )
            self._all.append(preserved)
            try:
                yield preserved
            finally:
                for note in preserved.restore():
                    self._target.client.recorder.note(note)

    def about_to_send(self, path: str, body: object) -> None:
        """Records an update in the journal if a test preserves the document at this path."""
        for preserved in self._all:
            if preserved.needs_restoring and preserved.is_at(path):
                preserved.about_to_send(body if isinstance(body, Mapping) else None)


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


def _check(path: str, *, read_only: bool) -> None:
    """Refuses a document that can't be preserved.

    Raises:
        SmokeError: `usage` for a path without a leading slash, and in a read-only run.

    """
    if read_only:
        raise misconfigured(
            expected="a run that may write",
            seen="a read-only one",
            where=f"smoke_preserve, {path}",
            hint="leave out --smoke-read-only, or skip this test in read-only runs",
        )
    if not path.startswith("/"):
        raise misconfigured(
            expected="a path that begins with a slash",
            seen=repr(path),
            where="smoke_preserve",
            hint="write the path as in the API's documentation; the base URL is prepended",
        )
