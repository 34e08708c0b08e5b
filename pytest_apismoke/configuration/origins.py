"""Where a value of a profile was given. Frozen."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value was given; a default has neither file nor place.

    `key` is its place in the file, and `profile` the one whose table that is, empty for the top
    level. `variables` are the environment variables that the value refers to; then `written` is the
    value as the file has it, and `is_secret` says whether one of them holds a secret.
    """

    file: str = ""
    line: int = 0
    key: str = ""
    profile: str = ""
    variables: tuple[str, ...] = ()
    is_secret: bool = False
    written: Any = None

    @property
    def where(self) -> str:
        """The place as messages name it: `apismoke.toml, line 7, document.path`."""
        if not self.file:
            return "the default profile"
        return place_in(self.file, self.line, self.key)

    def __str__(self) -> str:
        return self.in_short()

    def in_short(self, *, unset: Collection[str] = ()) -> str:
        """The origin as a comment names it; `unset` are variables that are not set."""
        if not self.file:
            return "default"
        place = f"{self.file}:{self.line}"
        if not self.variables:
            return place
        names = ", ".join(f"{n} (not set)" if n in unset else n for n in self.variables)
        return f"environment variable{'s' if len(self.variables) > 1 else ''} {names}, {place}"


def place_in(file: str, line: int, key: str) -> str:
    """A place in a file in words; line 0 and an empty key are left out."""
    return ", ".join(filter(None, (file, f"line {line}" if line else "", key)))
