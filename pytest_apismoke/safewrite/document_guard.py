"""Gives the tests of users what the built-in suites have: a document that is put back, with proof.

While one is preserved, every update that goes through the run's client is noted down before it is
sent, so that a later run knows what a dead one wrote.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import differences, step
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.document_lock import Holding
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.probe import field_of, marker_in
from pytest_apismoke.safewrite.recovery import original_is_lost, recover
from pytest_apismoke.safewrite.restoring import WHOLE, Restorer
from pytest_apismoke.system import signals

#: Names under which APIs put the document that was asked for.
_ENVELOPES = frozenset({"data", "result", "results", "payload", "response", "attributes", "item"})
CHANGED_PUT_BACK = "the changed fields were put back"


class Preserved:
    """One document that is put back at the end.

    Args:
        target: the backend.
        journal: where the original is noted down.
        document: where it is and how it is written.
        name: of the journal's entry.
        run_id: of this run.
        account: the id of the account's settings document.
        wait_s: for how long a read that does not show the original yet is asked again.

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
    ) -> None:
        self._document = document
        self._journal = journal
        # Its own probe is not what a test has changed: any probe is looked through.
        self._restorer = Restorer(
            target, journal.folder, owner="", run_id=run_id, wait_s=wait_s, document=document
        )
        self._restorer.changing = [f"/{step(member)}" for member in document.volatile]
        seen = self._restorer.read().document
        _refuse_envelope(seen, self._restorer.where)
        marker = marker_in(seen, document.probe)
        if marker is not None and marker.original is LOST:
            raise original_is_lost(marker, document.probe, f"GET {self._restorer.where}")
        self.original = self._restorer.without_others(seen)
        self._entry = journal.record(
            Entry(
                name=name,
                run_id=run_id,
                target=target.client.base_url,
                account=account,
                request={
                    "method": document.update_method,
                    "path": document.path,
                    "json": self.original,
                },
                accepted=document.update_statuses,
                original=self.original,
                changing=tuple(self._restorer.changing),
            )
        )
        self.needs_restoring = True

    def copy(self) -> dict[str, Any]:
        """The original, to be changed at will."""
        return copy.deepcopy(self.original)

    def about_to_send(self, path: str, body: object) -> None:
        """Notes down an update of this document before it is sent."""
        if path == self._document.path and isinstance(body, Mapping):
            self._entry = self._journal.record(self._entry.with_written(body))

    def restore(self) -> str:
        """Puts back every field that differs, whoever changed it, and proves it.

        Raises:
            SmokeError: `persist`, marked dirty, when it could not be proven to be restored.

        """
        with signals.held_back():
            self._restorer.take_time()
            how = self._restore()
            self.needs_restoring = False
            self._journal.forget(self._entry)
            return how

    def _restore(self) -> str:
        original = self.original
        try:
            now = self._restorer.without_others(self._restorer.read(restoring=True).document)
        except SmokeError:
            now = original
        found = differences(original, now, ignoring=self._restorer.changing)
        names = dict.fromkeys(field_of(difference.pointer) for difference in found)
        self._restorer.may_be_null = [d.pointer for d in found if d.pointer.count("/") == 1]
        body = {name: original.get(name) for name in names}
        written = bool(self._entry.written)
        if not found and not written:
            return self._restorer.put_back(original, [("nothing had changed", None)])
        steps = [(CHANGED_PUT_BACK, body)] if body else [("nothing was left to put back", None)]
        # Nothing that differs although something was written: it may be a read of what was before.
        return self._restorer.put_back(original, [*steps, (WHOLE, original)], doubtful=not body)


class DocumentGuard:
    """The documents that tests of this process have under their care.

    Args:
        target: the backend.
        journal: where the originals are noted down.
        run_id: of this run.
        account: the id of the account's settings document.
        wait_s: for how long a read that does not show the original yet is asked again.
        read_only: whether this run may write nothing.

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
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self._account = account
        self._wait_s = wait_s
        self._read_only = read_only
        self._all: list[Preserved] = []

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
        known = self._target.profile.document
        document = replace(
            known,
            path=path or known.path,
            update_method=(method or known.update_method).upper(),
            volatile=known.volatile if changing is None else tuple(changing),
        )
        _check(document.path, read_only=self._read_only)
        holding = Holding(self._journal, self._target.client, document.path)
        with holding.taken():
            # What a dead run has left is not to be taken for the original.
            recovered = recover(
                self._target,
                self._journal,
                account=self._account,
                wait_s=self._wait_s,
                path=document.path,
                mine=False,
            )
            if recovered.failure:
                raise SmokeError(recovered.failure, dirty=True)
            with self._preserved(document) as preserved:
                yield preserved.copy()

    @contextmanager
    def _preserved(self, document: Document) -> Iterator[Preserved]:
        preserved = Preserved(
            self._target,
            self._journal,
            document,
            name=f"{self._run_id}-{os.getpid()}-{len(self._all)}",
            run_id=self._run_id,
            account=self._account,
            wait_s=self._wait_s,
        )
        self._all.append(preserved)
        try:
            yield preserved
        finally:
            preserved.restore()

    def about_to_send(self, path: str, body: object) -> None:
        """Tells those who care for this document that a test is about to write to it."""
        for preserved in self._all:
            if preserved.needs_restoring:
                preserved.about_to_send(path, body)


def _refuse_envelope(document: Mapping[str, Any], where: str) -> None:
    """Refuses a document inside of another: put back as it was read, it would be stored so.

    Raises:
        SmokeError: (`usage`)

    """
    names = list(document)
    if len(names) == 1 and names[0] in _ENVELOPES and isinstance(document[names[0]], Mapping):
        raise misconfigured(
            expected="a document that is read as it is written, to put it back",
            seen=f"an object with nothing but {names[0]!r}, which looks like an envelope",
            where=f"GET {where}",
            hint="what is answered in an envelope can't be put back in this version: leave this"
            " update out",
        )


def _check(path: str, *, read_only: bool) -> None:
    """Refuses what can't be preserved.

    Raises:
        SmokeError: (`usage`) for a path without a slash, and in a read-only run.

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
            hint="write it as the API's documentation does; the base URL stands before it",
        )
