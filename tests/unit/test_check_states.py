"""The state of a check: one for each way in which it may end, the same one for every report."""

from __future__ import annotations

import pytest
from unit.reports_in_memory import new_exchange

from pytest_apismoke.reports.html import checks as page
from pytest_apismoke.reports.terminal import states as terminal
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason
from pytest_apismoke.verdict.states import CheckState, state_of


def of(result: Result, reason: SkipReason | None = None) -> Outcome:
    return Outcome(api="a", stage="b", name="a::b", outcome=result, skip_reason=reason)


def flaky() -> Outcome:
    exchanges = (new_exchange(status=503), new_exchange(status=200, attempt=2))
    return Outcome(api="a", stage="b", name="a::b", outcome=Result.PASSED, exchanges=exchanges)


@pytest.mark.parametrize(
    ("check", "state"),
    [
        (of(Result.PASSED), CheckState.PASSED),
        (flaky(), CheckState.FLAKY),
        (of(Result.FAILED), CheckState.FAILED),
        (of(Result.ERROR), CheckState.FAILED),
        (of(Result.ERROR, SkipReason.MISSING), CheckState.NOT_RUN),
        (of(Result.SKIPPED, SkipReason.NOT_REQUIRED), CheckState.NOT_REQUIRED),
        (of(Result.SKIPPED, SkipReason.USER), CheckState.SKIPPED),
        (of(Result.SKIPPED, SkipReason.DEPENDENCY), CheckState.NOT_RUN),
        (of(Result.SKIPPED, SkipReason.READ_ONLY), CheckState.NOT_RUN),
        (of(Result.SKIPPED, SkipReason.NOTHING_THERE), CheckState.NOT_RUN),
        (of(Result.SKIPPED, SkipReason.TOKEN_GIVEN), CheckState.NOT_RUN),
    ],
)
def test_each_end_of_a_check_has_its_state(check: Outcome, state: CheckState) -> None:
    assert state_of(check) is state


@pytest.mark.parametrize("state", [CheckState.NOT_REQUIRED, CheckState.SKIPPED, CheckState.NOT_RUN])
def test_what_has_no_result_has_the_same_word_on_the_terminal_and_on_the_page(
    state: CheckState,
) -> None:
    reasons = {
        CheckState.NOT_REQUIRED: SkipReason.NOT_REQUIRED,
        CheckState.SKIPPED: SkipReason.USER,
        CheckState.NOT_RUN: SkipReason.READ_ONLY,
    }
    check = of(Result.SKIPPED, reasons[state])
    assert (terminal.word_of(check), page.word_of(check)) == (state.value, state.value)
