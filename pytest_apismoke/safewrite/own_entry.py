"""The journal entry of this run's probe, which is recorded before each update is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_apismoke.documents import key_of
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal


class OwnEntry:
    """The entry of one run's probe; there is none before the first update.

    Args:
        target: the backend.
        journal: stores the entry.
        run_id: the id of this run.
        account: the id of the account's settings document; empty if it has none.
        where: the URL of the document.
        now: seconds since the epoch.

    Attributes:
        needs_restoring: whether the target may be changed, and the entry takes that back.

    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        run_id: str,
        account: str,
        where: str,
        now: Callable[[], float],
    ) -> None:
        self._target = target
        self._journal = journal
        self._run_id = run_id
        self._account = account
        self._where = where
        self._now = now
        self._entry: Entry | None = None
        self.needs_restoring = False

    @property
    def is_there(self) -> bool:
        """Whether anything is recorded."""
        return self._entry is not None

    @property
    def repair(self) -> str:
        """The command that takes the entry back; empty where the target ends with this run."""
        return self._journal.repair(self.current, self._target.profile.name)

    @property
    def current(self) -> Entry:
        """The entry as the journal has it."""
        assert self._entry is not None, "nothing was written yet"
        return self._entry

    def record(
        self,
        body: Mapping[str, Any],
        *,
        place: str,
        original: Mapping[str, Any],
        changing: Sequence[str],
    ) -> None:
        """Records an update that is about to be sent.

        Raises:
            SmokeError: `unverified` if its field contains a credential.

        """
        entry = self._entry or self._first(original)
        self.store(
            replace(
                entry.with_written(body, place),
                phase=Phase.INTENT,
                changing=tuple(changing),
                sent_at=self._now(),
            )
        )
        field = key_of(place)
        if field in original and field not in self.current.original:
            self.forget()
            raise messages.probe_holds_a_secret(place, self._where)

    def _first(self, original: Mapping[str, Any]) -> Entry:
        return Entry.of(
            self._target.profile.document,
            name=f"{self._run_id}-{self._target.profile.document.name}-probe",
            run_id=self._run_id,
            target=self._target.client.base_url,
            account=self._account,
            original=original,
        )

    def store(self, entry: Entry) -> None:
        """Stores a new state of the entry."""
        self._entry = self._journal.record(entry)

    def note(self, **changes: Any) -> None:
        """Changes some attributes of the entry."""
        self.store(replace(self.current, **changes))

    def forget(self) -> None:
        """Removes the entry: nothing has to be taken back."""
        if self._entry is not None:
            self._journal.forget(self._entry)
        self.leave()

    def leave(self) -> None:
        """Leaves the entry in the journal, if it is there, for a later run."""
        self._entry, self.needs_restoring = None, False
