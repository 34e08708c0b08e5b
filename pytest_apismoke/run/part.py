"""One target of a run with several: what its process is told, and what it hands back."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_apismoke.records import dataclass

if TYPE_CHECKING:
    from pytest_apismoke.reports.report import Judged


#: The variable that makes a process the run of one target; it is not passed on.
_VARIABLE = "APISMOKE_PART"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the process of one target is told.

    Attributes:
        target: as it was given.
        folder: where the process leaves what it hands back.
        records_known: whether the run takes every violation for a known one.
        masks_to: the descriptor at which the process has its secrets masked, if it has to: each
            login gives other tokens. Through no file.

    """

    target: str
    folder: str
    records_known: bool = False
    masks_to: int | None = None

    @classmethod
    def in_folder(
        cls,
        folder: Path,
        target: str,
        *,
        records_known: bool = False,
        masks_to: int | None = None,
    ) -> Part:
        """A target with a new folder."""
        folder.mkdir()
        return cls(
            target=target, folder=str(folder), records_known=records_known, masks_to=masks_to
        )

    @property
    def junit(self) -> Path:
        """The JUnit file of the process."""
        return Path(self.folder) / "junit.xml"

    @property
    def junit_text(self) -> str:
        """What that file holds; empty if the process did not come so far."""
        return self.junit.read_text("utf-8") if self.junit.exists() else ""

    def separate(self, options: Namespace) -> None:
        """Keeps what the process writes beside its verdict apart from that of the others.

        Args:
            options: pytest's, as parsed.

        """
        if getattr(options, "xmlpath", None):
            options.xmlpath = str(self.junit)
        if given := getattr(options, "basetemp", None):
            # pytest empties it first.
            basetemp = Path(given).absolute()
            basetemp.mkdir(mode=0o700, parents=True, exist_ok=True)
            options.basetemp = str(basetemp / f"target-{Path(self.folder).name}")

    @property
    def cache(self) -> Path:
        """The directory of pytest's cache: several processes must not share one."""
        return Path(self.folder) / "cache"

    @property
    def output(self) -> Path:
        """The file that takes what the process writes."""
        return Path(self.folder) / "output.txt"

    @property
    def written(self) -> str:
        """What the process has written so far."""
        return self.output.read_text("utf-8", "replace") if self.output.exists() else ""

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of the process."""
        return {**environ, _VARIABLE: json.dumps(asdict(self))}

    def hand_back(self, judged: Judged) -> None:
        """Leaves the verdict for the process that waits for it."""
        import pickle

        # A process that is killed meanwhile leaves all of it or none.
        unfinished = self._verdict.with_suffix(".unfinished")
        unfinished.write_bytes(pickle.dumps(judged))
        unfinished.replace(self._verdict)

    def judged(self) -> Judged | None:
        """The verdict that the process has left; None if it did not come so far."""
        import pickle

        try:
            judged: Judged = pickle.loads(self._verdict.read_bytes())  # noqa: S301  # our child's
        except OSError:
            return None
        return judged

    @property
    def _verdict(self) -> Path:
        return Path(self.folder) / "verdict.pickle"


def taken(environ: MutableMapping[str, str] | None = None) -> Part | None:
    """What this process is told, if it is the run of one target; its own children are not."""
    text = (os.environ if environ is None else environ).pop(_VARIABLE, None)
    return None if text is None else Part(**json.loads(text))
