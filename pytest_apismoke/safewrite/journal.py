"""The journal on disk: what has to be put back although the run that changed it is gone.

An entry is there, synced to disk, before the first write, and goes away only after a restore was
proven. Every process that writes holds a lock for as long as it lives; the operating system lets
go of it however the process ends, so nobody takes a living run's entry for a dead one's.
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

from filelock import FileLock, Timeout

from pytest_apismoke.errors import Category, SmokeError, fail, misconfigured
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.system import atomic_file

_SUFFIX = ".json"
#: No run is in the middle of making a file for this long, in seconds.
_OLD_S = 3600.0


class Journal:
    """The entries in one directory.

    Args:
        folder: where they lie; made when the first one is written.
        redactor: knows the credentials that must not be stored.

    """

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self.folder = folder
        self.redactor = redactor
        self._lock: FileLock | None = None
        self._taken: dict[str, tuple[FileLock, int]] = {}

    def record(self, entry: Entry) -> Entry:
        """Puts an entry on disk, over an earlier one of its name; returns it as stored.

        Raises:
            SmokeError: when it can't be stored: `usage`, or `invalid` where the document itself is
                the reason. Then the target must not be written to.

        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            stored = self._signed(entry.without_secrets(self.redactor))
            text = json.dumps(stored.to_json(), indent=2) + "\n"
            atomic_file.write(self._path(stored), text, mode=0o600)
        except OSError as error:
            raise _not_stored(self.folder, error.strerror or str(error)) from None
        except RecursionError:
            raise _too_deep(entry) from None
        return stored

    def forget(self, entry: Entry) -> None:
        """Takes an entry away, and its run's lock with the last one.

        One that can't be taken away does no harm: the next run sees that nothing is left to do.
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
        """The entries, of one target or of all, the oldest first; files that are none left out."""
        found = []
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            with contextlib.suppress(OSError, ValueError, RecursionError):
                entry = Entry.from_json(json.loads(path.read_text(encoding="utf-8")))
                if target in (None, entry.target) and self._path(entry) == path:
                    found.append(entry)
        return tuple(sorted(found, key=lambda entry: (entry.started_at, entry.name)))

    @contextmanager
    def claimed(self, entry: Entry, *, mine: bool = True) -> Iterator[bool]:
        """Whether the run of an entry is gone; while inside, nobody else gets that answer.

        Args:
            entry: of the journal.
            mine: whether the entries of this very process count too.

        """
        if not entry.lock or self._holds(entry):
            yield not entry.lock or mine
            return
        lock = _lock(self.folder / entry.lock)
        try:
            lock.acquire(blocking=False)
        except (Timeout, OSError):
            yield False
            return
        try:
            yield self._path(entry).exists()
        finally:
            lock.release()
            if not self._path(entry).exists():
                self._unlock(entry)

    def take(self, target: str, path: str) -> bool:
        """Takes a document for this process, as far as this machine goes; whether that worked.

        Two processes that change one document would each take the other's change for the original.

        Raises:
            SmokeError: (`usage`) when the directory can't be written.

        """
        key = _key(target, path)
        lock, times = self._taken.get(key) or (_lock(self.folder / f"{key}.turn"), 0)
        if not times:
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock.acquire(blocking=False)
            except Timeout:
                return False
            except OSError as error:
                raise _not_stored(self.folder, error.strerror or str(error)) from None
        self._taken[key] = lock, times + 1
        return True

    def give_back(self, target: str, path: str) -> None:
        """Lets other processes have a document that was taken; as often as it was taken."""
        key = _key(target, path)
        lock, times = self._taken.pop(key)
        if times > 1:
            self._taken[key] = lock, times - 1
        else:
            lock.release()

    def _path(self, entry: Entry) -> Path:
        return self.folder / f"{entry.name}{_SUFFIX}"

    def _holds(self, entry: Entry) -> bool:
        return self._lock is not None and Path(self._lock.lock_file).name == entry.lock

    def _unlock(self, entry: Entry) -> None:
        if entry.lock:
            # Windows takes no file away that somebody looks at; it is empty, and swept later.
            with contextlib.suppress(OSError):
                (self.folder / entry.lock).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Takes away what runs left that were killed while they wrote an entry: no entry yet."""
        named = {entry.lock for entry in self.entries()}
        long_ago = time.time() - _OLD_S
        for path in (*self.folder.glob(f".*{_SUFFIX}.*"), *self.folder.glob("*.lock")):
            with contextlib.suppress(OSError):
                if path.name in named or path.stat().st_mtime >= long_ago:
                    continue
                if path.suffix != ".lock" or _is_free(path):
                    path.unlink()

    def _signed(self, entry: Entry) -> Entry:
        """The entry with when, where and under which lock it was written."""
        if self._lock is None:
            self._sweep()
            lock = _lock(self.folder / f"{entry.run_id}-{os.getpid()}.lock")
            try:
                lock.acquire(blocking=False)
            except Timeout:
                raise OSError("another process holds the lock of this run") from None
            self._lock = lock
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return replace(
            entry,
            started_at=entry.started_at or now,
            host=socket.gethostname(),
            lock=Path(self._lock.lock_file).name,
        )


def _key(target: str, path: str) -> str:
    return hashlib.sha256(f"{target} {path}".encode()).hexdigest()[:16]


def _lock(path: Path) -> FileLock:
    # Not a singleton: two looks at one lock, even from one process, must not agree with each other.
    return FileLock(path, mode=0o600, is_singleton=False, thread_local=False)


def _is_free(path: Path) -> bool:
    lock = _lock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    lock.release()
    return True


def _too_deep(entry: Entry) -> SmokeError:
    return fail(
        Category.INVALID,
        expected="a document that can be noted down before it is changed",
        seen="one that is nested too deeply",
        where=f"GET {entry.target}{entry.request['path']}",
        hint="nothing was written; look at what fills the document",
    )


def _not_stored(folder: Path, why: str) -> SmokeError:
    return misconfigured(
        expected="to note down the original before the first write",
        seen=why,
        where=f"the journal, {folder}",
        hint="let APISMOKE_STATE_DIR name a directory that can be written and outlives the run;"
        " nothing was written to the target",
    )
