"""The journal on disk: what the next run must restore if this one is killed.

An entry is synced to disk before the first update is sent, and deleted only after a proven restore.
Every process that writes holds a file lock while it lives. The operating system releases the lock
however the process ends, so the entry of a living run can't be mistaken for that of a dead one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.journal_dir import NOWHERE, repair_command
from pytest_apismoke.errors import Category, SmokeError, fail, misconfigured
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.system import atomic_file

if TYPE_CHECKING:
    from filelock import FileLock

_SUFFIX = ".json"
#: Temporary files and locks older than this are left over from killed runs, in seconds.
_OLD_S = 3600.0


class Journal:
    """The entries, and the locks, in one directory.

    Args:
        folder: the directory; created with the first entry.
        redactor: knows the credentials that must not be stored.
        ends_with_run: whether it ends with this run, and the target too: no command can take
            anything back afterwards.

    """

    def __init__(self, folder: Path, redactor: Redactor, *, ends_with_run: bool = False) -> None:
        self.folder = folder
        self.redactor = redactor
        self._ends_with_run = ends_with_run
        self._lock: FileLock | None = None
        #: The names of all locks that this process has held for entries.
        self._own_locks: set[str] = set()
        self._document_locks: dict[str, tuple[FileLock, int]] = {}

    def record(self, entry: Entry) -> Entry:
        """Syncs an entry to disk, replacing an earlier one of its name; returns it as stored.

        Raises:
            SmokeError: if it can't be stored: `usage`, or `invalid` if the document is nested too
                deeply. The target must then not be written to.

        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stored = self._stamped(entry.without_secrets(self.redactor))
            text = json.dumps(stored.to_json(), indent=2) + "\n"
            atomic_file.write(self._path(stored), text, mode=0o600)
        except OSError as error:
            raise _not_stored(self.folder, error.strerror or str(error)) from None
        except RecursionError:
            raise _too_deep(entry) from None
        return stored

    def repair(self, entry: Entry, profile: str) -> str:
        """The command that takes an entry back; empty where nothing is there for it any more."""
        if self._ends_with_run:
            return ""
        return repair_command(entry.target, self.folder, entry.run_id, profile=profile)

    def forget(self, entry: Entry) -> None:
        """Deletes an entry, and with the last one of its run the lock.

        An entry that can't be deleted does no harm: the next run finds nothing left to restore.
        """
        with contextlib.suppress(OSError):
            self._path(entry).unlink(missing_ok=True)
        if not any(other.lock == entry.lock for other in self.entries()):
            if self._lock is not None and self._holds(entry):
                self._lock.release()
                self._lock = None
            self._unlock(entry)
        if self.folder.is_dir():
            atomic_file.sync_directory(self.folder)

    def entries(self, target: str | None = None) -> tuple[Entry, ...]:
        """The entries of one target, or of all, oldest first; invalid files are skipped."""
        found = []
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            with contextlib.suppress(OSError, ValueError, RecursionError):
                entry = Entry.from_json(json.loads(path.read_text(encoding="utf-8")))
                if target in (None, entry.target) and self._path(entry) == path:
                    found.append(entry)
        return tuple(sorted(found, key=lambda entry: (entry.started_at, entry.name)))

    @contextmanager
    def claimed(self, entry: Entry, *, mine: bool = True) -> Iterator[bool]:
        """Yields whether the run of an entry is gone; no other process gets True meanwhile.

        Args:
            entry: an entry of this journal.
            mine: whether True is also for the entries of this process.

        """
        if not entry.lock or self._holds(entry):
            yield not entry.lock or mine
            return
        lock = _lock(self.folder / entry.lock)
        try:
            is_acquired = _acquire(lock)
        except OSError:
            is_acquired = False
        if not is_acquired:
            yield False
            return
        try:
            yield self._path(entry).exists()
        finally:
            lock.release()
            if not self._path(entry).exists():
                self._unlock(entry)

    def lock_document(self, target: str, path: str) -> bool:
        """Locks a document against other processes of this machine; returns whether it could.

        Of two processes that change one document, each would take the other's change for the
        original. A process may lock a document several times.

        Raises:
            SmokeError: `usage` if the directory can't be written.

        """
        key = _key(target, path)
        lock, times = self._document_locks.get(key) or (_lock(self.folder / f"{key}.turn"), 0)
        if not times:
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not _acquire(lock):
                    return False
            except OSError as error:
                raise _not_stored(self.folder, error.strerror or str(error)) from None
        self._document_locks[key] = lock, times + 1
        return True

    def unlock_document(self, target: str, path: str) -> None:
        """Unlocks a document, once for each time this process has locked it."""
        key = _key(target, path)
        lock, times = self._document_locks.pop(key)
        if times > 1:
            self._document_locks[key] = lock, times - 1
        else:
            lock.release()

    def _path(self, entry: Entry) -> Path:
        return self.folder / f"{entry.name}{_SUFFIX}"

    def _holds(self, entry: Entry) -> bool:
        return self._lock is not None and Path(self._lock.lock_file).name == entry.lock

    def _unlock(self, entry: Entry) -> None:
        if entry.lock:
            # Windows can't delete a file that is open elsewhere; it is empty, and swept later.
            with contextlib.suppress(OSError):
                (self.folder / entry.lock).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Deletes temporary files and locks of runs that were killed while they wrote an entry."""
        named = {entry.lock for entry in self.entries()}
        long_ago = time.time() - _OLD_S
        for path in (*self.folder.glob(f".*{_SUFFIX}.*"), *self.folder.glob("*.lock")):
            with contextlib.suppress(OSError):
                if path.name in named or path.stat().st_mtime >= long_ago:
                    continue
                if path.suffix != ".lock" or _is_free(path):
                    path.unlink()

    def _stamped(self, entry: Entry) -> Entry:
        """The entry with its time, host and lock.

        The entry of another run that is recorded anew keeps the lock of that run: under the lock of
        this one, which lives, nobody could claim it, and it would look as if it were under way.
        """
        if entry.lock and entry.lock not in self._own_locks:
            return entry
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return replace(
            entry,
            started_at=entry.started_at or now,
            host=socket.gethostname(),
            lock=self._own_lock(entry.run_id),
        )

    def _own_lock(self, run_id: str) -> str:
        """The name of the lock of this process, which is held from here on."""
        if self._lock is None:
            self._sweep()
            lock = _lock(self.folder / f"{run_id}-{os.getpid()}.lock")
            if not _acquire(lock):
                raise OSError("another process holds the lock of this run")
            self._lock = lock
            self._own_locks.add(Path(lock.lock_file).name)
        return Path(self._lock.lock_file).name


def _key(target: str, path: str) -> str:
    return hashlib.sha256(f"{target} {path}".encode()).hexdigest()[:16]


def _lock(path: Path) -> FileLock:
    # Only a run that writes imports it.
    from filelock import FileLock

    # Not a singleton: two attempts at one lock must exclude each other, even in one process.
    return FileLock(path, mode=0o600, is_singleton=False, thread_local=False)


def _acquire(lock: FileLock) -> bool:
    """Whether a lock is this process's from here on; it waits for nobody."""
    from filelock import Timeout

    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _is_free(path: Path) -> bool:
    lock = _lock(path)
    if not _acquire(lock):
        return False
    lock.release()
    return True


def _too_deep(entry: Entry) -> SmokeError:
    return fail(
        Category.INVALID,
        expected="a document that can be recorded before it is changed",
        seen="one that is nested too deeply",
        where=f"GET {entry.target}{entry.path}",
        hint="nothing was written; find out why the document is nested so deeply",
    )


def _not_stored(folder: Path, why: str) -> SmokeError:
    is_nowhere = folder == NOWHERE
    return misconfigured(
        expected="to record the original before the first write",
        seen="no home directory of this user" if is_nowhere else why,
        where="the environment variable HOME" if is_nowhere else f"the journal, {folder}",
        hint="set APISMOKE_STATE_DIR to a writable directory that outlives the run; nothing was"
        " written to the target",
    )
