"""Restore documents that users' tests and declared checks change; the fixture `smoke_preserve`."""

from __future__ import annotations

import copy
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.document_lock import DocumentLock
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.preserved_document import Distrust, PreservedDocument
from pytest_apismoke.safewrite.recovery import recover


class DocumentGuard:
    """The documents that the tests of this process preserve.

    Args:
        target: the backend.
        journal: records the originals and every update.
        run_id: the id of this run.
        account: the id of the account's settings document.
        wait_s: how long to repeat a read that does not show the original yet, in seconds.
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
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self._account = account
        self._wait_s = wait_s
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
        with self.writing(
            path, method=method, changing=changing, whole=False, distrust=None
        ) as preserved:
            yield preserved.copy()

    @contextmanager
    def writing(
        self,
        path: str | None,
        *,
        method: str | None,
        changing: Collection[str] | None,
        whole: bool,
        distrust: Distrust | None,
    ) -> Iterator[PreservedDocument]:
        """Preserves a document for updates that are read back."""
        known = self._target.profile.document
        document = replace(
            known,
            path=path or known.path,
            update_method=(method or known.update_method).upper(),
            volatile=known.volatile if changing is None else tuple(changing),
        )
        _check(document.path, read_only=self._read_only)
        lock = DocumentLock(self._journal, self._target.client, document.path)
        with lock.held():
            # Recover first: what a killed run wrote must not pass for the original.
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
            with self._preserved(document, whole=whole, distrust=distrust) as preserved:
                yield preserved

    @contextmanager
    def _preserved(
        self, document: Document, *, whole: bool, distrust: Distrust | None
    ) -> Iterator[PreservedDocument]:
        preserved = PreservedDocument(
            self._target,
            self._journal,
            document,
            name=f"{self._run_id}-{os.getpid()}-{len(self._all)}",
            run_id=self._run_id,
            account=self._account,
            wait_s=self._wait_s,
            whole=whole,
            distrust=distrust,
        )
        self._all.append(preserved)
        try:
            yield preserved
        finally:
            preserved.restore()

    def about_to_send(self, path: str, body: object) -> None:
        """Records an update in the journal if a test preserves the document at this path."""
        for preserved in self._all:
            is_here = preserved.needs_restoring and preserved.is_at(path)
            if is_here and isinstance(body, Mapping):
                preserved.about_to_send(body)


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
