"""From a test and pytest's report on it to an `Outcome`, in the process that ran the test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_apismoke.checks.plan import CheckPlan
from pytest_apismoke.checks.stages import StageResult
from pytest_apismoke.errors import TARGET_CATEGORIES, Category, Violation, defect
from pytest_apismoke.evidence import WARNING, ConformanceResult, Outcome, Result
from pytest_apismoke.hooks import user_tests
from pytest_apismoke.http.client import Client
from pytest_apismoke.openapi import conformance
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.judgement import RUN, USER_TESTS, Planned

PREFLIGHT = f"{RUN}::preflight"


class Results:
    """What the tests of one process came to.

    Args:
        agenda: the checks of the run.
        client: sends the requests of this process.
        redactor: cleans what is kept.
        source: names the API description that answers are held against, if there is one.

    """

    def __init__(
        self, check_plan: CheckPlan, client: Client, redactor: Redactor, *, source: str = ""
    ) -> None:
        self._agenda = check_plan
        self._client = client
        self._redactor = redactor
        self._source = source
        self._sent_before: dict[str, int] = {}
        self._judged: dict[str, int] = {}
        self._told: dict[tuple[str, str, tuple[Violation, ...]], str] = {}

    def begin(self, item: pytest.Item) -> None:
        """Notes where a test's requests begin, and sees to it that it ends with the budget."""
        self._sent_before[item.nodeid] = len(self._client.exchanges)
        if not self._is_mine(item.nodeid):
            user_tests.limit(item, self._client.budget.remaining_s())

    def outcome(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> Outcome | None:
        """The outcome of one phase of a test; None where the phase says nothing."""
        if report.when == "teardown" and report.passed:
            return self._of_teardown(item)
        if report.when != "call" and report.passed:
            return None
        is_mine = self._is_mine(item.nodeid)
        category = self._agenda.category(item.nodeid) if is_mine else user_tests.marked(item)[1]
        return self.held(self._outcome(item, call, report), category)

    def _of_teardown(self, item: pytest.Item) -> Outcome | None:
        """What a fixture has sent after its test: it says something only where it went wrong."""
        if self._is_mine(item.nodeid):
            return None
        api, category, _ = user_tests.marked(item)
        sent = tuple(self._client.exchanges[self._judged.get(item.nodeid, 0) :])
        outcome = Outcome(
            api=api,
            stage="teardown",
            name=item.nodeid,
            outcome=Result.PASSED,
            message="passed",
            exchanges=sent,
        )
        held = self.held(outcome, category)
        return held if held.outcome.is_failure else None

    def _outcome(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> Outcome:
        if self._is_mine(item.nodeid):
            result = getattr(item, "stage_result", None)
            if report.when != "call" or not isinstance(result, StageResult):
                return self.without_result(item.nodeid, report.longreprtext)
            api, stage = self._place_of(item.nodeid)
            return result.outcome(self._redactor, api=api, stage=stage, name=item.nodeid)
        sent = self._client.exchanges[self._sent_before.get(item.nodeid, 0) :]
        self._judged[item.nodeid] = len(self._client.exchanges)
        budget = self._client.budget
        spent = budget.spent(item.nodeid).failure if budget.remaining_s() <= 0 else None
        return user_tests.outcome(
            item, report, call.excinfo, exchanges=tuple(sent), redactor=self._redactor, spent=spent
        )

    def held(self, outcome: Outcome, category: Category | None) -> Outcome:
        """A pass whose answers break the API description is none, but a failure of a category."""
        if outcome.outcome is not Result.PASSED:
            return outcome
        exchanges = outcome.exchanges
        planned = self._agenda.planned(outcome.name)
        if planned and self._agenda.is_built_in(planned):
            if not self._agenda.answers_for(planned):
                return outcome
            # Each stage reads the document again: what the first one told, the next need not.
            exchanges = tuple(e for e in exchanges if self._is_news(e.held, planned))
        # What is no fault of the target's is not told anew for each check that meets it.
        exchanges = tuple(e for e in exchanges if self._is_news_of_the_gate(e.held, outcome.name))
        failure = conformance.broken_by(exchanges, source=self._source)
        if failure is None:
            return outcome
        # What is wrong with the description itself is no check's to count, or to leave out.
        of_target = failure.category in TARGET_CATEGORIES
        if category and of_target:
            failure = replace(failure, category=category)
        if planned and of_target and not self._agenda.decides(outcome.name):
            said = self._redactor.text(failure.message)
            warning = f"{WARNING}{outcome.name} is not required, and failed: {said}"
            return replace(outcome, outcome=Result.SKIPPED, message=warning, verified=False)
        return conformance.failed(outcome, failure, self._redactor)

    def _is_news(self, held: ConformanceResult | None, planned: Planned) -> bool:
        """Whether no earlier stage of the suite has told the same."""
        if held is None:
            return False
        told = (planned.api, held.operation, held.violations)
        return self._told.setdefault(told, planned.name) == planned.name

    def _is_news_of_the_gate(self, held: ConformanceResult | None, name: str) -> bool:
        if held is None or held.was_compared:
            return True
        return self._told.setdefault((RUN, "", held.violations), name) == name

    def without_result(self, nodeid: str, text: str) -> Outcome:
        """A check that another plugin failed, or whose process ended, has no result of its own."""
        api, stage = self._place_of(nodeid)
        last_line = text.strip().splitlines()[-1] if text.strip() else "a failure"
        return Outcome.of_failure(
            self._redactor,
            defect("the check", seen=last_line, where=nodeid),
            api=api,
            stage=stage,
            name=nodeid,
            outcome=Result.ERROR,
        )

    def _is_mine(self, nodeid: str) -> bool:
        return nodeid == PREFLIGHT or self._agenda.planned(nodeid) is not None

    def _place_of(self, nodeid: str) -> tuple[str, str]:
        """The API and the stage that a check of the gate belongs to; a user's test is a call."""
        planned = self._agenda.planned(nodeid)
        if planned:
            return planned.api, planned.stage
        return (RUN, nodeid.partition("::")[2]) if nodeid == PREFLIGHT else (USER_TESTS, "call")
