"""What a look at a target has found: keys of the configuration, and words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part of a profile.

    Attributes:
        keys: values by their places, such as `("login", "path")`.
        seen: what led to them, in words.
        unknown: what could not be told, and what to do about it.

    """

    keys: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def below(table: str, keys: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """The values of one table by their places."""
    return {(table, key): value for key, value in keys.items()}
