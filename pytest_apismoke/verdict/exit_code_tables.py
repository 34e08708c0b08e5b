"""The names of the three published tables of exit codes. Loaded in every pytest run."""

from __future__ import annotations

from enum import Enum


class ExitCodes(str, Enum):
    """Which exit-code table is used."""

    CATEGORY = "category"
    API = "api"
    VERDICT = "verdict"

    def __str__(self) -> str:
        return self.value
