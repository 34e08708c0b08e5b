"""What a run has written to its target and put back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pytest_apismoke.checks.model import Check
from pytest_apismoke.reports.facts import Written
from pytest_apismoke.verdict.outcome import Outcome, Result

_RESTORED = "restored and proven"


def writes_of(checks: Mapping[str, Check], outcomes: Iterable[Outcome]) -> Iterator[Written]:
    """What the checks have written, where all of it is as it was before.

    Args:
        checks: of the run, by their ids.
        outcomes: so far.

    """
    for outcome in outcomes:
        check = checks.get(outcome.name)
        if check is None or outcome.outcome is not Result.PASSED or not outcome.exchanges:
            continue
        # A suite restores in a stage of its own, a declared update in itself.
        is_of_suite = check.id == f"{check.api}::{check.stage}"
        if check.needs_cleanup or (check.writes and not is_of_suite):
            yield Written(resource=outcome.api, state=_RESTORED)
