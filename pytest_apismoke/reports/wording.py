"""The words of an outcome: typed fields become sentences here, and nowhere earlier. Pure."""

from __future__ import annotations

from pytest_apismoke.verdict.outcome import Outcome


def message(outcome: Outcome) -> str:
    """A failure's expectation and finding; for a pass what was verified; for a skip why."""
    if outcome.outcome.is_failure:
        return f"expected {outcome.expected}, seen {outcome.seen}"
    return outcome.detail
