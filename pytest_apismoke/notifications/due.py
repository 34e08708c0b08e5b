"""Decides whether people are told of a verdict. Pure."""

from __future__ import annotations

from pytest_apismoke.modes import NotifyWhen
from pytest_apismoke.reports.chat_message import Before
from pytest_apismoke.verdict.exit_codes import Judgement


def is_due(when: NotifyWhen, verdict: Judgement, before: Before | None) -> bool:
    """Whether a verdict is to be told.

    Args:
        when: after which runs people want to be told.
        verdict: of this run.
        before: the last one on the same target. Where it is not known, a pass is no news, and
            anything else is.

    """
    if when == "always":
        return True
    if when == "change" and before:
        return before.verdict is not verdict
    return verdict is not Judgement.PASS
