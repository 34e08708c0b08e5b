"""A lock on one document, between the processes of this machine.

Gates on other machines recognise each other's probes. Changes by users' tests carry no marker, and
several workers of one run may make them at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_apismoke.http.client import Client
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal

_PAUSE_S = 0.05
#: The obstacle of an entry that needs no recovery.
UNDER_WAY = "its run is under way"


class DocumentLock:
    """A lock on one document; acquiring a held lock and releasing a free one do nothing.

    Args:
        journal: has the lock files, which the processes of this machine share.
        client: the client of the target; its budget limits the wait.
        path: the path of the document.

    """

    def __init__(self, journal: Journal, client: Client, path: str) -> None:
        self._journal = journal
        self._client = client
        self._path = path
        self._is_held = False

    def acquire(self) -> None:
        """Waits until no other process holds the lock, and takes it.

        Raises:
            SmokeError: `budget` if the wait takes too long, `usage` if the lock file can't be
                written.

        """
        target, budget = self._client.base_url, self._client.budget
        while not self._is_held:
            self._is_held = self._journal.lock_document(target, self._path)
            if not self._is_held:
                doing = f"waiting for another process to restore {target}{self._path}"
                budget.wait(_PAUSE_S, doing=doing)

    def release(self) -> None:
        """Lets other processes acquire the lock."""
        if self._is_held:
            self._is_held = False
            self._journal.unlock_document(self._client.base_url, self._path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lock while inside."""
        self.acquire()
        try:
            yield
        finally:
            self.release()


@contextmanager
def exclusively(journal: Journal, entry: Entry, *, mine: bool) -> Iterator[str]:
    """Claims an entry and locks its document; yields the obstacle, or an empty string."""
    from pytest_apismoke.safewrite import recovery_messages as messages

    with journal.claimed(entry, mine=mine) as is_dead:
        if not is_dead:
            yield UNDER_WAY
            return
        if not journal.lock_document(entry.target, entry.path):
            yield messages.locked(entry)
            return
        try:
            yield ""
        finally:
            journal.unlock_document(entry.target, entry.path)
