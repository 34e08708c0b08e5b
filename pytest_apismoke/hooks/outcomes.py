"""Turns a test and pytest's report on it into an `Outcome`, in the process that ran it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_apismoke.checks.judge import Judge, beside_known
from pytest_apismoke.checks.plan import CheckPlan
from pytest_apismoke.errors import Failure, SmokeError, defect
from pytest_apismoke.hooks import user_tests
from pytest_apismoke.hooks.items import CheckItem
from pytest_apismoke.hooks.scrubbing import PROPERTY
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.wording import message
from pytest_apismoke.verdict.judgement import USER_TESTS
from pytest_apismoke.verdict.outcome import Outcome, Result

#: The recorder of a user's test, and how many exchanges it held when the test itself had ended.
RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()
_JUDGED: pytest.StashKey[int] = pytest.StashKey()


class Outcomes:
    """Builds the outcomes of the tests of one process.

    Args:
        plan: the checks of the run.
        judge: also judges the responses to users' tests.
        budget: of the run; a user's test ends with it.
        redactor: removes secrets.

    """

    def __init__(self, plan: CheckPlan, judge: Judge, budget: Budget, redactor: Redactor) -> None:
        self._plan = plan
        self._judge = judge
        self._budget = budget
        self._redactor = redactor

    def begin(self, item: pytest.Item) -> None:
        """Gives a user's test a recorder, and a time limit that ends with the budget."""
        if not isinstance(item, CheckItem):
            item.stash[RECORDER] = Recorder()
            note = user_tests.limit(item, self._budget.remaining_s())
            if note:
                item.stash[RECORDER].note(note)

    def outcome(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> Outcome | None:
        """The outcome of one phase of a test; None if the phase has none."""
        if report.when == "teardown" and report.passed:
            return None if isinstance(item, CheckItem) else self._of_teardown(item)
        if report.when != "call" and report.passed:
            return None
        if not isinstance(item, CheckItem):
            return self._of_user_test(item, call, report)
        if report.when != "call" or item.check_result is None:
            raised = call.excinfo.value if call.excinfo else None
            # A signal may end a check before it has begun, or when it has just been judged.
            failure = raised.failure if isinstance(raised, SmokeError) else None
            return self.without_result(item.nodeid, report.longreprtext, failure)
        return item.check.outcome(item.check_result, self._redactor)

    def _of_user_test(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> Outcome:
        spent = self._budget.remaining_s() <= 0
        recorder = item.stash.get(RECORDER, Recorder())
        # All of them each time: a subtest has its report while its test goes on.
        exchanges = recorder.exchanges
        item.stash[_JUDGED] = len(exchanges)
        outcome = user_tests.outcome(
            item,
            report,
            call.excinfo,
            exchanges=exchanges,
            sightings=recorder.sightings,
            notes=recorder.notes,
            redactor=self._redactor,
            spent=self._budget.spent(item.nodeid).failure if spent else None,
        )
        return self._judged(item, outcome)

    def _of_teardown(self, item: pytest.Item) -> Outcome | None:
        """The outcome of requests that fixtures sent after the test; None unless it failed."""
        api, _, _ = user_tests.marked(item)
        passed = Outcome(
            api=api,
            stage="teardown",
            name=item.nodeid,
            outcome=Result.PASSED,
            detail="passed",
            exchanges=item.stash.get(RECORDER, Recorder()).exchanges[item.stash.get(_JUDGED, 0) :],
        )
        outcome = self._judged(item, passed)
        return outcome if outcome.outcome.is_failure else None

    def _judged(self, item: pytest.Item, outcome: Outcome) -> Outcome:
        """The outcome, failed if its responses break the OpenAPI document, or are too slow."""
        too_slow, slow = self._judge.latency(outcome.name, outcome.exchanges)
        outcome = replace(outcome, notes=(*outcome.notes, *map(self._redactor.text, slow)))
        if outcome.outcome is not Result.PASSED:
            return outcome
        _, category, _ = user_tests.marked(item)
        failure = self._judge.nonconformance(outcome.name, outcome.exchanges, category) or too_slow
        if failure:
            return _failed(outcome, failure, self._redactor)
        detail = beside_known(outcome.detail, outcome.exchanges, outcome.sightings)
        return replace(outcome, detail=detail)

    def without_result(self, nodeid: str, text: str, failure: Failure | None = None) -> Outcome:
        """The outcome of a test that another plugin or a signal ended, or whose process ended.

        Args:
            nodeid: of the test.
            text: what pytest tells.
            failure: the reason, if it is known; else it is a defect.

        """
        check = self._plan.checks.get(nodeid)
        last_line = text.strip().splitlines()[-1] if text.strip() else "a failure"
        return Outcome.of_failure(
            self._redactor,
            failure or defect("the check", seen=last_line, where=nodeid),
            api=check.api if check else USER_TESTS,
            stage=check.stage if check else "call",
            name=nodeid,
            outcome=Result.FAILED if failure else Result.ERROR,
        )


def _failed(outcome: Outcome, failure: Failure, redactor: Redactor) -> Outcome:
    return replace(
        outcome,
        outcome=Result.FAILED,
        category=failure.category,
        expected=redactor.text(failure.expected),
        seen=redactor.text(failure.seen),
        detail="",
        where=redactor.text(failure.where),
        hint=redactor.text(failure.hint),
        violations=failure.violations,
        difference=failure.difference,
        verified=False,
    )


def in_words(outcome: Outcome) -> str:
    """A failure without an exception, as a string for pytest's own report."""
    parts = [message(outcome), f"  where: {outcome.where}", f"  what to do: {outcome.hint}"]
    return "\n".join([*parts, *(f"  {line}" for line in outcome.difference)])


def properties(outcome: Outcome, known: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """The JUnit properties of an outcome without those that are known."""
    wanted: list[tuple[str, object]] = [(f"{PROPERTY}api", outcome.api)]
    if outcome.category:
        wanted.append((f"{PROPERTY}category", outcome.category.value))
    if outcome.flaky:
        wanted.append((f"{PROPERTY}flaky", "true"))
    return [pair for pair in wanted if pair not in known]
