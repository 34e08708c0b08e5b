"""What a rule between keys finds. Pure."""

from __future__ import annotations

from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A key whose value does not fit another key's; `place` has the keys from the top level."""

    place: tuple[str, ...]
    expected: str
    seen: str
    hint: str
