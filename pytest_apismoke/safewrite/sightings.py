"""When this machine first saw the markers of other runs; kept in the state directory."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from pytest_apismoke.safewrite.marker import Marker
from pytest_apismoke.system import atomic_file


class Sightings:
    """When this machine first saw a marker: the lease counts from there, by its own clock.

    Args:
        folder: the state directory; what can't be stored there counts from now.
        now: seconds since the epoch.

    """

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    def age_s(self, where: str, marker: Marker) -> float:
        """Seconds since this machine first saw the marker; notes a new one."""
        path = self._path(where, marker)
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            first = float(json.loads(path.read_text(encoding="utf-8"))["first_seen_at"])
            # A clock that was set back counts anew.
            if first <= self._now():
                return self._now() - first
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            text = json.dumps({"first_seen_at": self._now()})
            atomic_file.write(path, text, mode=0o600)
        return 0.0

    def forget(self, where: str, marker: Marker) -> None:
        """Forgets a marker that is gone."""
        with contextlib.suppress(OSError):
            self._path(where, marker).unlink(missing_ok=True)

    def _path(self, where: str, marker: Marker) -> Path:
        name = f"{where} {marker.run_id}.{marker.turn}"
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.seen"
