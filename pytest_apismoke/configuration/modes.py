"""The modes of a run, as enumerations; each value is the word that a user types."""

from __future__ import annotations

from enum import Enum


class _Word(str, Enum):
    """A word that shows as itself."""

    def __str__(self) -> str:
        return str(self.value)


class Mode(_Word):
    """How deep a run checks."""

    SMOKE = "smoke"
    FULL = "full"


class Drift(_Word):
    """What a run does about properties that a response has beside its contract."""

    OFF = "off"
    NOTE = "note"
    STRICT = "strict"


class OperationChecks(_Word):
    """In which runs each safe operation of the OpenAPI document is a check."""

    OFF = "off"
    SMOKE = "smoke"
    FULL = "full"


class TellGitHub(_Word):
    """Whether a run writes to GitHub Actions: its job summary, annotations and masks."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class NotifyWhen(_Word):
    """After which runs people are told."""

    FAILURE = "failure"
    CHANGE = "change"
    ALWAYS = "always"
