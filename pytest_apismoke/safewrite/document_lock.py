"""One process at a time changes a document, as far as this machine goes.

Gates on other machines recognise each other by their probes; what tests of users change carries no
mark, and several workers of one run may do it at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_apismoke.http.client import Client
from pytest_apismoke.safewrite.journal import Journal

_PAUSE_S = 0.05


class Holding:
    """Holds one document, from `take` to `give_back`; both may be called again.

    Args:
        journal: the state that the processes of this machine share.
        client: of the target; its budget bounds the waiting.
        path: of the document.

    """

    def __init__(self, journal: Journal, client: Client, path: str) -> None:
        self._journal = journal
        self._client = client
        self._path = path
        self._is_held = False

    def take(self) -> None:
        """Waits until no other process holds the document.

        Raises:
            SmokeError: `budget` when that takes too long, `usage` when the state can't be written.

        """
        target, budget = self._client.base_url, self._client.budget
        while not self._is_held:
            self._is_held = self._journal.take(target, self._path)
            if not self._is_held:
                doing = f"waiting for another process to restore {target}{self._path}"
                budget.wait(_PAUSE_S, doing=doing)

    def give_back(self) -> None:
        """Lets other processes have it."""
        if self._is_held:
            self._is_held = False
            self._journal.give_back(self._client.base_url, self._path)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While inside, the document is held."""
        self.take()
        try:
            yield
        finally:
            self.give_back()
