"""Renders the typed fields of an outcome as one sentence. Pure."""

from __future__ import annotations

from pytest_apismoke.verdict.outcome import Outcome


def message(outcome: Outcome) -> str:
    """The message of a failure, the verified sentence of a pass, or the reason of a skip."""
    if outcome.outcome.is_failure:
        return f"expected {outcome.expected}, seen {outcome.seen}"
    return outcome.detail
