"""Restore documents that users' tests and declared checks change; the fixture `smoke_preserve`."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_apismoke.configuration.profiles import Document, TargetProfile
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.document_shape import of_path
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.document_lock import DocumentLock
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.obeyed import KnownDocument
from pytest_apismoke.safewrite.reading import Reader
from pytest_apismoke.safewrite.recovery import Recovery

if TYPE_CHECKING:
    from pytest_apismoke.safewrite.preserved_document import Distrust, PreservedDocument


class DocumentGuard:
    """The documents that the tests of this process preserve.

    Args:
        target: the backend.
        journal: records the originals and every update.
        run_id: the id of this run.
        account: gives the id of the account's settings document, which may have to be asked for.
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
        account: Callable[[], str],
        wait_s: float,
        read_only: bool,
        reads: int = 4,
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self.account = account
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
        from pytest_apismoke.safewrite.preserved_document import PreservedDocument

        profile = self._target.profile
        known = _only_one_at(path, profile) if path else profile.document
        shape = of_path(known, path or known.path, (method or known.update_method).upper())
        document = replace(
            shape,
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
                account=self.account(),
                documents=[KnownDocument.of(document)],
            ).run(path=document.path, mine=False)
            if recovered.failure:
                raise SmokeError(recovered.failure, dirty=True)
            if recovered.unseen:
                # What that run may have left must not be taken for the original.
                raise SmokeError(recovered.unseen, dirty=True)
            preserved = PreservedDocument(
                self._target,
                self._journal,
                document,
                name=f"{self._run_id}-{os.getpid()}-{len(self._all)}",
                run_id=self._run_id,
                account=self.account(),
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


def _only_one_at(path: str, profile: TargetProfile) -> Document:
    """The document at a path; where it may be any of several, none of the others is restored.

    Raises:
        SmokeError: `usage` where several documents of the profile have the path.

    """
    found = [one for one in profile.written if one.path == path]
    if len(found) < 2:
        return found[0] if found else profile.document_at(path)
    raise misconfigured(
        expected="a path with one document of the profile",
        seen=f"{path}, which has {', '.join(one.name for one in found)}",
        where=f"smoke_preserve, {path}",
        hint="give a path that serves nothing but the one that is to change; without a path it is"
        " the settings",
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
