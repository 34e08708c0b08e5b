"""The state of a check: the one truth that every report puts into its own words. Pure."""

from __future__ import annotations

from enum import Enum

from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason


class CheckState(str, Enum):
    """What came of a check."""

    PASSED = "passed"
    #: Passed, but only because a request was sent again.
    FLAKY = "flaky"
    FAILED = "failed"
    #: Failed, and nothing that decides.
    NOT_REQUIRED = "failed, not required"
    #: Left out by its author, who said so: skipped, or expected to fail.
    SKIPPED = "skipped"
    #: Kept from running: by a failure, by a setting, by the call.
    NOT_RUN = "not run"

    def __str__(self) -> str:
        return self.value


def state_of(check: Outcome) -> CheckState:
    """The state of a check; one that was asked for and is missing was not run."""
    if check.outcome is Result.PASSED:
        return CheckState.FLAKY if check.flaky else CheckState.PASSED
    if check.skip_reason is SkipReason.NOT_REQUIRED:
        return CheckState.NOT_REQUIRED
    if check.skip_reason is SkipReason.USER:
        return CheckState.SKIPPED
    if check.outcome is Result.SKIPPED or check.skip_reason is SkipReason.MISSING:
        return CheckState.NOT_RUN
    return CheckState.FAILED
