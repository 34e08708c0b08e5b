"""From a test and pytest's report on it to an outcome."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from unit.declaring import Backend

from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.model import Check, CheckResult
from pytest_apismoke.checks.plan import CheckPlan
from pytest_apismoke.errors import Category, SmokeError, Violation, interrupted
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.hooks.items import CheckItem
from pytest_apismoke.hooks.outcomes import RECORDER, Outcomes
from pytest_apismoke.reports.wording import message
from pytest_apismoke.verdict.outcome import Outcome, Result

if TYPE_CHECKING:
    from unit.conftest import FakeClock

MakeExchange = Callable[..., Exchange]

READ = "GET /api/business/me"
BROKEN = ConformanceResult(
    operation=READ,
    violations=(Violation(pointer="/id", expected="type integer", actual="the string 'x'"),),
    difference=("@@ / @@", '- "id": type integer', '+ "id": "x"'),
)
USER_TEST = "test_mine.py::test_it"
CHECK = Check(id="orders::list", api="orders", stage="list", run=lambda _: CheckResult())


@pytest.fixture
def outcomes(clock: FakeClock) -> Outcomes:
    backend = Backend(clock, {})
    judge = Judge(backend.redactor, source="openapi.yaml")
    return Outcomes(CheckPlan([CHECK]), judge, backend.budget, backend.redactor)


# -- checks of the gate -----------------------------------------------------------------------


class Item(CheckItem):
    """The item of a check, of which only what an outcome is made of is there."""

    nodeid = CHECK.id


def item_of(result: CheckResult | None) -> pytest.Item:
    item = Item.__new__(Item)
    item.check, item.check_result = CHECK, result
    return item


def told(
    outcomes: Outcomes,
    result: CheckResult | None,
    *,
    when: str = "call",
    passed: bool = True,
    raised: BaseException | None = None,
) -> Outcome | None:
    """The outcome of one phase of a check of the gate."""
    report = SimpleNamespace(
        when=when, passed=passed, skipped=False, longreprtext="Traceback\nRuntimeError: boom\n"
    )
    return outcomes.outcome(
        item_of(result),
        cast(
            "pytest.CallInfo[None]",
            SimpleNamespace(excinfo=raised and SimpleNamespace(value=raised)),
        ),
        cast("pytest.TestReport", report),
    )


def test_the_result_of_a_check_is_its_outcome(
    outcomes: Outcomes, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange()
    assert told(outcomes, CheckResult(verified="it holds", exchanges=(exchange,))) == Outcome(
        api="orders",
        stage="list",
        name=CHECK.id,
        outcome=Result.PASSED,
        detail="it holds",
        exchanges=(exchange,),
        verified=True,
    )


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_a_phase_that_says_nothing_is_none(when: str, outcomes: Outcomes) -> None:
    assert told(outcomes, CheckResult(verified="x"), when=when) is None


@pytest.mark.parametrize(
    ("result", "when"),
    [
        (None, "call"),
        (CheckResult(verified="x"), "setup"),
        (CheckResult(verified="x"), "teardown"),
    ],
)
def test_a_check_that_another_plugin_failed_is_an_error_of_the_gate(
    result: CheckResult | None, when: str, outcomes: Outcomes
) -> None:
    assert told(outcomes, result, when=when, passed=False) == Outcome(
        api="orders",
        stage="list",
        name=CHECK.id,
        outcome=Result.ERROR,
        category=Category.INTERNAL,
        expected="the check to run",
        seen="RuntimeError: boom",
        where=CHECK.id,
        hint="this is a defect of the gate or of another plugin, not of the target; please report"
        " it",
    )


def test_a_check_that_is_interrupted_before_it_has_a_result_is_no_defect(
    outcomes: Outcomes,
) -> None:
    """A signal may come between pytest's call and the check, or between the check and its judge."""
    failure = interrupted("the check", where="this run")
    assert told(outcomes, None, passed=False, raised=SmokeError(failure)) == Outcome(
        api="orders",
        stage="list",
        name=CHECK.id,
        outcome=Result.FAILED,
        category=Category.INTERRUPTED,
        expected=failure.expected,
        seen=failure.seen,
        where=failure.where,
        hint=failure.hint,
    )


@pytest.mark.parametrize(
    ("name", "api", "stage"), [(CHECK.id, "orders", "list"), (USER_TEST, "tests", "call")]
)
def test_a_test_without_a_result_is_told_at_its_place(
    name: str, api: str, stage: str, outcomes: Outcomes
) -> None:
    outcome = outcomes.without_result(name, "")
    assert (outcome.api, outcome.stage, message(outcome)) == (
        api,
        stage,
        "expected the check to run, seen a failure",
    )


# -- tests of users ---------------------------------------------------------------------------


def users_item(marker: pytest.Mark | None = None) -> pytest.Item:
    plugins = SimpleNamespace(hasplugin=lambda _: False)
    return cast(
        "pytest.Item",
        SimpleNamespace(
            nodeid=USER_TEST,
            fixturenames=["smoke_client"],
            stash=pytest.Stash(),
            config=SimpleNamespace(pluginmanager=plugins),
            get_closest_marker=lambda _: marker,
        ),
    )


def phase(outcomes: Outcomes, item: pytest.Item, when: str) -> Outcome | None:
    """The outcome of one phase of a user's test that passed."""
    report = SimpleNamespace(when=when, duration=0.5, nodeid=USER_TEST, passed=True, skipped=False)
    return outcomes.outcome(
        item,
        cast("pytest.CallInfo[None]", SimpleNamespace(excinfo=None)),
        cast("pytest.TestReport", report),
    )


def user_test(outcomes: Outcomes, *sent: Exchange, marker: pytest.Mark | None = None) -> Outcome:
    """The outcome of a user's test that passed."""
    item = users_item(marker)
    outcomes.begin(item)
    send(item, *sent)
    outcome = phase(outcomes, item, "call")
    assert outcome is not None
    return outcome


def send(item: pytest.Item, *exchanges: Exchange) -> None:
    for exchange in exchanges:
        item.stash[RECORDER].add(exchange)


def test_a_users_test_has_the_requests_that_it_sent_as_its_evidence(
    outcomes: Outcomes, make_exchange: MakeExchange
) -> None:
    own = make_exchange(status=201)
    assert user_test(outcomes, own) == Outcome(
        api="tests",
        stage="call",
        name=USER_TEST,
        outcome=Result.PASSED,
        detail="passed",
        duration_s=0.5,
        exchanges=(own,),
        verified=True,
    )


#: Without the marker, and with one: what a failure counts as.
as_its_marker_says = pytest.mark.parametrize(
    ("marker", "api", "category"),
    [
        (None, "tests", Category.INVALID),
        (pytest.mark.apismoke(api="orders", category="state").mark, "orders", Category.STATE),
    ],
)


@as_its_marker_says
def test_a_users_test_fails_by_the_document_too_and_counts_as_its_marker_says(
    marker: pytest.Mark | None,
    api: str,
    category: Category,
    outcomes: Outcomes,
    make_exchange: MakeExchange,
) -> None:
    outcome = user_test(outcomes, make_exchange(held=BROKEN), marker=marker)
    assert (outcome.outcome, outcome.api, outcome.category, outcome.violations) == (
        *(Result.FAILED, api, category),
        BROKEN.violations,
    )


@as_its_marker_says
def test_a_fixture_that_breaks_the_document_after_its_test_is_an_outcome_of_its_own(
    marker: pytest.Mark | None,
    api: str,
    category: Category,
    outcomes: Outcomes,
    make_exchange: MakeExchange,
) -> None:
    """The test itself has passed, and its requests are not told twice."""
    item, own, late = users_item(marker), make_exchange(), make_exchange(held=BROKEN)
    outcomes.begin(item)
    assert phase(outcomes, item, "setup") is None
    send(item, own)
    call = phase(outcomes, item, "call")
    assert call is not None
    assert (call.outcome, call.exchanges) == (Result.PASSED, (own,))
    send(item, late)
    told_late = phase(outcomes, item, "teardown")
    assert told_late is not None
    assert (told_late.api, told_late.stage, told_late.name, told_late.category) == (
        *(api, "teardown", USER_TEST),
        category,
    )
    assert told_late.exchanges == (late,)


@pytest.mark.parametrize("held", [None, ConformanceResult(operation=READ, undeclared=("/a",))])
def test_a_fixture_whose_responses_are_as_declared_says_nothing(
    held: ConformanceResult | None, outcomes: Outcomes, make_exchange: MakeExchange
) -> None:
    item = users_item()
    outcomes.begin(item)
    send(item, make_exchange(held=BROKEN))
    call = phase(outcomes, item, "call")
    assert call is not None
    assert call.category is Category.INVALID
    send(item, make_exchange(held=held))
    assert phase(outcomes, item, "teardown") is None
