"""One document that is changed and restored: the original, what was sent, and both proofs.

While it is preserved, the journal records every update before the run's client sends it, so that a
later run can restore what a killed one wrote.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import Difference, differences, step
from pytest_apismoke.errors import Category, Failure, SmokeError, fail, misconfigured
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target, read_document
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.probe import key_of, marker_in
from pytest_apismoke.safewrite.recovery import original_is_lost
from pytest_apismoke.safewrite.restoring import WHOLE, Restorer, listed
from pytest_apismoke.system import signals

#: Keys under which APIs wrap the requested document.
_ENVELOPES = frozenset({"data", "result", "results", "payload", "response", "attributes", "item"})
CHANGED_PUT_BACK = "the changed fields were put back"
#: Why nothing may be written after a reading; None if it is fit to restore from.
Distrust = Callable[[Response], Failure | None]


class PreservedDocument:
    """One document that is restored at the end.

    Args:
        target: the backend.
        journal: records the original and every update.
        document: the document's path, and how it is updated.
        name: the name of the journal entry.
        run_id: the id of this run.
        account: the id of the account's settings document.
        wait_s: how long to repeat a read that does not show the original yet, in seconds.
        distrust: decides whether anything may be written.
        whole: whether the restoring update contains the whole document.

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
        distrust: Distrust | None = None,
        whole: bool = False,
    ) -> None:
        self._whole = whole
        self._sent: Mapping[str, Any] | None = None
        self._document = document
        self._journal = journal
        # No owner, so that this run's own probe is looked through as well: no test has written it.
        self._restorer = Restorer(
            target, journal.folder, owner="", run_id=run_id, wait_s=wait_s, document=document
        )
        self._restorer.changing = [f"/{step(member)}" for member in document.volatile]
        response = target.fetch_document(document, fresh=True)
        if distrust is not None and (failure := distrust(response)):
            raise SmokeError(failure)
        seen = read_document(response)
        _refuse_envelope(seen, self._restorer.where)
        for pointer in document.probe:
            marker = marker_in(seen, pointer)
            if marker is not None and marker.original is LOST:
                raise original_is_lost(marker, pointer, f"GET {self._restorer.where}")
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
        """A copy of the original that the caller may change."""
        return copy.deepcopy(self.original)

    def is_at(self, path: str) -> bool:
        """Whether this is the document at a path."""
        return path == self._document.path

    def about_to_send(self, body: Mapping[str, Any] | None) -> None:
        """Records an update in the journal before it is sent; None is one with an unknown body."""
        self._sent = body
        self._entry = self._journal.record(self._entry.with_written(body or {}))

    def read_back(self, *, persisted: bool) -> tuple[str, ...]:
        """Compares fresh reads with the original and what was sent; returns notes.

        Args:
            persisted: whether the sent values have to be there.

        Raises:
            SmokeError: `persist` when they are not, or another field has changed.

        """
        if self._sent is None:
            return ()
        wanted = _merged(self.original, self._sent)
        sent = tuple(f"/{step(name)}" for name in self._sent)
        if persisted:
            found, _ = self._restorer.settle(wanted)
        else:
            found = self._restorer.differences(self.original, self._restorer.read().document)
            found = tuple(one for one in found if not one.pointer.startswith(sent))
        if found:
            raise _not_as_sent(found, sent, f"GET {self._restorer.where}")
        return ()

    def restore(self) -> str:
        """Restores every property that differs and proves it; returns how, in words.

        Raises:
            SmokeError: `persist`, marked dirty, if the restore could not be proven.

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
        names = dict.fromkeys(key_of(difference.pointer) for difference in found)
        if self._whole and found:
            names = dict.fromkeys([*original, *names])
        self._restorer.may_be_null = [d.pointer for d in found if d.pointer.count("/") == 1]
        body = {name: original.get(name) for name in names}
        written = bool(self._entry.written)
        if not found and not written:
            return self._restorer.put_back(original, [("nothing had changed", None)])
        steps = [(CHANGED_PUT_BACK, body)] if body else [("nothing was left to put back", None)]
        # No difference although a test has written: the read may be stale.
        return self._restorer.put_back(original, [*steps, (WHOLE, original)], doubtful=not body)


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    inner = {
        name: _merged(one[name], value)
        for name, value in other.items()
        if isinstance(value, Mapping) and isinstance(one.get(name), Mapping)
    }
    return {**one, **other, **inner}


def _not_as_sent(found: tuple[Difference, ...], sent: tuple[str, ...], where: str) -> SmokeError:
    return fail(
        Category.PERSIST,
        expected=f"the values just written to {', '.join(sent)}, and no other field changed",
        seen=listed(found),
        where=f"{where}, over a fresh connection",
        hint="the write was acknowledged but not kept, or changed more than it was asked to",
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
