"""Keeps the last verdict on a target, so that a change of it can be told.

One small file for each target, beside the journal: the reports of earlier runs are removed when a
run begins, and need not be asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.chat_message import Before
from pytest_apismoke.system import atomic_file
from pytest_apismoke.verdict.exit_codes import Judgement

_FOLDER = "verdicts"
_NAME_CHARS = 32
#: A file with more is none of ours.
_LONGEST_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVerdict:
    """A verdict as it is kept; `since_s` is when it began to be that, in seconds since 1970."""

    verdict: Judgement
    summary: str
    since_s: float

    def before(self, now_s: float) -> Before:
        """What a message tells of it."""
        lasted_s = max(0.0, now_s - self.since_s)
        return Before(verdict=self.verdict, summary=self.summary, lasted_s=lasted_s)

    def followed_by(self, verdict: Judgement, summary: str, now_s: float) -> LastVerdict:
        """The verdict that follows on it; while it stays the same, it keeps its beginning."""
        since_s = self.since_s if verdict is self.verdict else now_s
        return LastVerdict(verdict=verdict, summary=summary, since_s=since_s)


class LastVerdicts:
    """The last verdicts on one target, or on several together.

    Args:
        journal: the directory of the journal.
        targets: their URLs.
        mode: of the run: a fast one need not see what a full one finds.

    """

    def __init__(self, journal: Path, targets: Sequence[str], mode: str) -> None:
        name = hashlib.sha256("\n".join([mode, *sorted(targets)]).encode()).hexdigest()
        # Beside the journal's own files, where each entry is one.
        self._path = journal / _FOLDER / f"{name[:_NAME_CHARS]}.json"

    def read(self) -> LastVerdict | None:
        """The last verdict; None where none is known, or the file has been damaged."""
        try:
            with self._path.open("rb") as file:
                data: Any = json.loads(file.read(_LONGEST_BYTES))
            return LastVerdict(
                verdict=Judgement(data["verdict"]),
                summary=str(data["summary"]),
                since_s=float(data["since_s"]),
            )
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def keep(self, last: LastVerdict) -> None:
        """Keeps a verdict as the last one.

        Raises:
            OSError: when it can't be written.

        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = {"verdict": last.verdict.value, "summary": last.summary, "since_s": last.since_s}
        atomic_file.write(self._path, json.dumps(data) + "\n", mode=0o600)
