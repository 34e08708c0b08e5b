"""Hands what a run has seen of the known violations to `apismoke known write`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_apismoke.known.entries import Entry, KnownUse
from pytest_apismoke.records import dataclass

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a run has seen, the list that it began with, and the rootdir of both."""

    rootdir: Path
    entries: tuple[Entry, ...]
    use: KnownUse


class RecordsKnown:
    """A plugin object that makes a run take every violation for a known one.

    Only a command can give it to pytest: no option or variable does, which might be left behind.
    """

    recorded: Recorded | None = None


def recorder_of(config: pytest.Config) -> RecordsKnown | None:
    """The object that this run was given, if it records."""
    plugins = config.invocation_params.plugins or ()
    return next((one for one in plugins if isinstance(one, RecordsKnown)), None)
