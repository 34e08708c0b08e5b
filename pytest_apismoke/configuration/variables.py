"""The environment as the configuration sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """The environment variables that references are resolved with.

    With `may_be_unset`, a reference to a variable that is not set stays as it is.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    may_be_unset: bool = False
