"""From a test and pytest's report on it to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from pytest_apismoke.checks.stages import Proof, Stage, StageResult, Suite
from unit.declaring import FILE, Backend, Says, checks_of, declared, settings_of

from pytest_apismoke.checks.declared.items import items_of
from pytest_apismoke.checks.plan import CheckPlan
from pytest_apismoke.errors import Category, Failure, Violation
from pytest_apismoke.evidence import ConformanceResult, Exchange, Outcome, Result
from pytest_apismoke.hooks.outcomes import Results

if TYPE_CHECKING:
    from unit.conftest import FakeClock

MakeExchange = Callable[..., Exchange]

SOURCE = "openapi.yaml"
READ = "GET /api/business/me"
BROKEN = ConformanceResult(
    operation=READ,
    violations=(Violation(pointer="/id", wants="type integer", came="the text 'x'"),),
    difference=("@@ / @@", '- "id": type integer', '+ "id": "x"'),
)
#: The same violation in an answer that is not the same besides.
BROKEN_AGAIN = ConformanceResult(
    operation=BROKEN.operation,
    violations=BROKEN.violations,
    difference=("@@ / @@", '- "id": type integer', '+ "id": "x"', '  "note": "another"'),
    undeclared=("/another",),
)
USER_TEST = "test_mine.py::test_it"
DEFECT_HINT = (
    "this is a defect of the gate or of another plugin, not of the target; please report it"
)


def nothing_to_keep(_: Any) -> Any:
    return SimpleNamespace()


def suite(api: str) -> Suite:
    stages = tuple(
        Stage(name=name, run=lambda _: Proof(verified="x"), of_preflight=name == "fetch")
        for name in ("fetch", "contract", "persist")
    )
    return Suite(api=api, stages=stages, checks=nothing_to_keep)


@pytest.fixture
def backend(clock: FakeClock) -> Backend:
    return Backend(clock, {"GET /orders": Says()})


@pytest.fixture
def results(backend: Backend, clock: FakeClock) -> Results:
    text = '[[check]]\nname = "list"\npath = "/orders"\n[[check]]\nname = "two"\npath = "/two"\n'
    check_plan = CheckPlan(
        settings_of(declared=["orders"]),
        {api: suite(api) for api in ("settings", "twilio")},
        None,
        items=items_of(declared(text), smoke=False),
        declared=checks_of(text, backend),
        clock=clock,
    )
    return Results(check_plan, backend, backend.redactor, source=SOURCE)


def told(
    results: Results,
    name: str,
    result: StageResult | None,
    *,
    when: str = "call",
    passed: bool = True,
) -> Outcome | None:
    """The outcome of one phase of a check of the gate."""
    item = SimpleNamespace(nodeid=name, stage_result=result)
    report = SimpleNamespace(
        when=when, passed=passed, skipped=False, longreprtext="Traceback\nRuntimeError: boom\n"
    )
    return results.outcome(
        cast("pytest.Item", item),
        cast("pytest.CallInfo[None]", SimpleNamespace(excinfo=None)),
        cast("pytest.TestReport", report),
    )


def proven(*exchanges: Exchange) -> StageResult:
    return StageResult(proof=Proof(verified="it holds"), exchanges=exchanges)


def passed(api: str, stage: str, name: str, exchanges: Sequence[Exchange] = ()) -> Outcome:
    return Outcome(
        api=api,
        stage=stage,
        name=name,
        outcome=Result.PASSED,
        message="it holds",
        exchanges=tuple(exchanges),
        verified=True,
    )


# -- checks of the gate -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "api", "stage"),
    [("settings::contract", "settings", "contract"), (f"{FILE}::list", "orders", "list")],
)
def test_the_result_of_a_check_is_its_outcome(
    name: str, api: str, stage: str, results: Results, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=ConformanceResult(operation=READ, undeclared=("/a",)))
    assert told(results, name, proven(exchange)) == passed(api, stage, name, [exchange])


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_a_phase_that_says_nothing_is_none(when: str, results: Results) -> None:
    assert told(results, f"{FILE}::list", proven(), when=when) is None


@pytest.mark.parametrize(
    ("result", "when"), [(None, "call"), (proven(), "setup"), (proven(), "teardown")]
)
def test_a_check_that_somebody_else_failed_is_an_error_of_the_gate(
    result: StageResult | None, when: str, results: Results
) -> None:
    assert told(results, f"{FILE}::list", result, when=when, passed=False) == Outcome(
        api="orders",
        stage="list",
        name=f"{FILE}::list",
        outcome=Result.ERROR,
        category=Category.INTERNAL,
        message="expected the check to run, seen RuntimeError: boom",
        where=f"{FILE}::list",
        hint=DEFECT_HINT,
    )


@pytest.mark.parametrize(
    ("name", "api", "stage"),
    [
        (f"{FILE}::list", "orders", "list"),
        ("apismoke::preflight", "apismoke", "preflight"),
        (USER_TEST, "tests", "call"),
    ],
)
def test_what_has_no_result_is_told_at_its_place(
    name: str, api: str, stage: str, results: Results
) -> None:
    outcome = results.without_result(name, "")
    assert (outcome.api, outcome.stage, outcome.message) == (
        api,
        stage,
        "expected the check to run, seen a failure",
    )


def test_a_failed_preflight_is_a_check_of_the_run(results: Results) -> None:
    failure = Failure(category=Category.UNREADY, expected="a", seen="b", where="c", hint="d")
    result = StageResult(failure=failure)
    assert told(results, "apismoke::preflight", result, passed=False) == Outcome(
        api="apismoke",
        stage="preflight",
        name="apismoke::preflight",
        outcome=Result.FAILED,
        category=Category.UNREADY,
        message="expected a, seen b",
        where="c",
        hint="d",
    )


# -- answers that break the API description ---------------------------------------------------


def broken(outcome: Outcome | None) -> bool:
    """Whether it failed by the description; a pass is one that was verified."""
    assert outcome is not None
    assert outcome.verified is (outcome.outcome is Result.PASSED)
    return outcome.category is Category.INVALID


@pytest.mark.parametrize(
    ("name", "api", "stage"),
    [("settings::persist", "settings", "persist"), (f"{FILE}::list", "orders", "list")],
)
def test_a_pass_whose_answer_breaks_the_description_is_none(
    name: str, api: str, stage: str, results: Results, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=BROKEN)
    assert told(results, name, proven(make_exchange(), exchange)) == Outcome(
        api=api,
        stage=stage,
        name=name,
        outcome=Result.FAILED,
        category=Category.INVALID,
        message="expected an answer as openapi.yaml describes GET /api/business/me, seen /id: wants"
        " type integer, came the text 'x'",
        where="GET https://api.example.com/api",
        hint="either the API broke its description or the description is out of date: compare the"
        " answer with it at the place that it names",
        exchanges=(make_exchange(), exchange),
        violations=BROKEN.violations,
        difference=BROKEN.difference,
    )


def test_a_failure_stays_what_it_is(results: Results, make_exchange: MakeExchange) -> None:
    failure = Failure(category=Category.SAVE, expected="a", seen="b", where="c", hint="d")
    result = StageResult(failure=failure, exchanges=(make_exchange(held=BROKEN),))
    outcome = told(results, f"{FILE}::list", result, passed=False)
    assert outcome is not None
    assert (outcome.category, outcome.message) == (Category.SAVE, "expected a, seen b")


def test_a_violation_is_told_by_the_first_stage_of_a_suite_that_meets_it(
    results: Results, make_exchange: MakeExchange
) -> None:
    """Each stage reads the document again, and something else in it may be another meanwhile."""
    first, again = make_exchange(held=BROKEN), make_exchange(held=BROKEN_AGAIN)
    assert broken(told(results, "settings::contract", proven(first)))
    assert not broken(told(results, "settings::persist", proven(again)))
    # The same stage, made again by who repeats failed tests, still fails.
    assert broken(told(results, "settings::contract", proven(first)))


def test_another_violation_is_told_by_whoever_meets_it(
    results: Results, make_exchange: MakeExchange
) -> None:
    other = ConformanceResult(operation="PUT /api/business/me", violations=BROKEN.violations)
    assert broken(told(results, "settings::contract", proven(make_exchange(held=BROKEN))))
    assert broken(told(results, "settings::persist", proven(make_exchange(held=other))))


def test_each_suite_tells_its_own(results: Results, make_exchange: MakeExchange) -> None:
    exchange = make_exchange(held=BROKEN)
    assert broken(told(results, "settings::contract", proven(exchange)))
    assert broken(told(results, "twilio::contract", proven(exchange)))


def test_each_declared_check_answers_for_all_that_it_sent(
    results: Results, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=BROKEN)
    assert broken(told(results, "settings::contract", proven(exchange)))
    assert broken(told(results, f"{FILE}::list", proven(exchange)))
    assert broken(told(results, f"{FILE}::two", proven(exchange)))


def test_what_came_in_the_preflight_is_told_by_the_first_suite(
    results: Results, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=BROKEN)
    assert not broken(told(results, "twilio::fetch", proven(exchange)))
    assert broken(told(results, "settings::fetch", proven(exchange)))


# -- tests of users ---------------------------------------------------------------------------


def users_item(marker: pytest.Mark | None = None) -> pytest.Item:
    plugins = SimpleNamespace(hasplugin=lambda _: False)
    return cast(
        "pytest.Item",
        SimpleNamespace(
            nodeid=USER_TEST,
            fixturenames=["smoke_client"],
            config=SimpleNamespace(pluginmanager=plugins),
            get_closest_marker=lambda _: marker,
        ),
    )


def phase(results: Results, item: pytest.Item, when: str) -> Outcome | None:
    """The outcome of one phase of a user's test that passed."""
    report = SimpleNamespace(when=when, duration=0.5, nodeid=USER_TEST, passed=True, skipped=False)
    return results.outcome(
        item,
        cast("pytest.CallInfo[None]", SimpleNamespace(excinfo=None)),
        cast("pytest.TestReport", report),
    )


def user_test(
    results: Results,
    *,
    while_it_runs: Callable[[], object] = lambda: None,
    marker: pytest.Mark | None = None,
) -> Outcome:
    """The outcome of a user's test that passed."""
    item = users_item(marker)
    results.begin(item)
    while_it_runs()
    outcome = phase(results, item, "call")
    assert outcome is not None
    return outcome


def test_a_users_test_has_the_requests_that_it_sent_as_its_evidence(
    results: Results, backend: Backend, make_exchange: MakeExchange
) -> None:
    before, own = make_exchange(held=BROKEN), make_exchange(status=201)
    backend.exchanges.append(before)
    assert user_test(results, while_it_runs=lambda: backend.exchanges.append(own)) == Outcome(
        api="tests",
        stage="call",
        name=USER_TEST,
        outcome=Result.PASSED,
        message="passed",
        duration_s=0.5,
        exchanges=(own,),
        verified=True,
    )


def test_a_users_test_fails_by_the_description_too(
    results: Results, backend: Backend, make_exchange: MakeExchange
) -> None:
    assert broken(told(results, "settings::contract", proven(make_exchange(held=BROKEN))))
    outcome = user_test(
        results, while_it_runs=lambda: backend.exchanges.append(make_exchange(held=BROKEN))
    )
    assert broken(outcome)
    assert outcome.violations == BROKEN.violations


def test_what_breaks_the_description_counts_as_the_marker_says(
    results: Results, backend: Backend, make_exchange: MakeExchange
) -> None:
    outcome = user_test(
        results,
        while_it_runs=lambda: backend.exchanges.append(make_exchange(held=BROKEN)),
        marker=pytest.mark.apismoke(api="orders", category="state").mark,
    )
    assert (outcome.api, outcome.category) == ("orders", Category.STATE)


def test_what_breaks_the_description_counts_as_the_check_says(
    backend: Backend, clock: FakeClock, make_exchange: MakeExchange
) -> None:
    text = '[[check]]\nname = "list"\npath = "/orders"\ncategory = "save"\n'
    check_plan = CheckPlan(
        settings_of(declared=["orders"]),
        {},
        None,
        items=items_of(declared(text), smoke=False),
        declared=checks_of(text, backend),
        clock=clock,
    )
    results = Results(check_plan, backend, backend.redactor, source=SOURCE)
    outcome = told(results, "contracts/orders.toml::list", proven(make_exchange(held=BROKEN)))
    assert outcome is not None
    assert outcome.category is Category.SAVE


def test_a_fixture_that_breaks_the_description_after_its_test_is_an_outcome_of_its_own(
    results: Results, backend: Backend, make_exchange: MakeExchange
) -> None:
    """The test itself has passed, and its requests are not told twice."""
    item, own, late = users_item(), make_exchange(), make_exchange(held=BROKEN)
    results.begin(item)
    assert phase(results, item, "setup") is None
    backend.exchanges.append(own)
    assert phase(results, item, "call") == Outcome(
        api="tests",
        stage="call",
        name=USER_TEST,
        outcome=Result.PASSED,
        message="passed",
        duration_s=0.5,
        exchanges=(own,),
        verified=True,
    )
    backend.exchanges.append(late)
    told_late = phase(results, item, "teardown")
    assert broken(told_late)
    assert told_late is not None
    assert (told_late.api, told_late.stage, told_late.name, told_late.exchanges) == (
        *("tests", "teardown", USER_TEST),
        (late,),
    )


def test_it_counts_as_the_marker_says(
    results: Results, backend: Backend, make_exchange: MakeExchange
) -> None:
    item = users_item(pytest.mark.apismoke(api="orders", category="state").mark)
    results.begin(item)
    backend.exchanges.append(make_exchange())
    phase(results, item, "call")
    backend.exchanges.append(make_exchange(held=BROKEN))
    late = phase(results, item, "teardown")
    assert late is not None
    assert (late.api, late.category) == ("orders", Category.STATE)


@pytest.mark.parametrize("held", [None, ConformanceResult(operation=READ, undeclared=("/a",))])
def test_a_fixture_that_sends_what_is_as_described_says_nothing(
    held: ConformanceResult | None, results: Results, backend: Backend, make_exchange: MakeExchange
) -> None:
    item = users_item()
    results.begin(item)
    backend.exchanges.append(make_exchange(held=BROKEN))
    assert broken(phase(results, item, "call"))
    backend.exchanges.append(make_exchange(held=held))
    assert phase(results, item, "teardown") is None


# -- checks that do not decide, and those that were made late ---------------------------------

TWO = """
[[check]]
name = "list"
path = "/orders"
category = "save"
[[check]]
name = "optional"
path = "/orders"
category = "save"
required = false
"""


@pytest.fixture
def of_two(backend: Backend, clock: FakeClock) -> Results:
    """Of a run with one check that decides and one that does not."""
    check_plan = CheckPlan(
        settings_of(declared=["orders"]),
        {},
        None,
        items=items_of(declared(TWO), smoke=False),
        declared=checks_of(TWO, backend),
        clock=clock,
    )
    return Results(check_plan, backend, backend.redactor, source=SOURCE)


def test_an_optional_check_whose_answer_breaks_the_description_is_a_warning(
    of_two: Results, make_exchange: MakeExchange
) -> None:
    name, exchange = f"{FILE}::optional", make_exchange(held=BROKEN)
    assert told(of_two, name, proven(exchange)) == Outcome(
        api="orders",
        stage="optional",
        name=name,
        outcome=Result.SKIPPED,
        message=f"warning: {name} is not required, and failed: expected an answer as openapi.yaml"
        " describes GET /api/business/me, seen /id: wants type integer, came the text 'x'",
        exchanges=(exchange,),
    )


@pytest.mark.parametrize("name", ["list", "optional"])
def test_a_mistake_in_the_description_is_no_checks_to_count_or_to_leave_out(
    name: str, of_two: Results, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=replace(BROKEN, is_defect=True))
    outcome = told(of_two, f"{FILE}::{name}", proven(exchange))
    assert outcome is not None
    assert (outcome.outcome, outcome.category) == (Result.FAILED, Category.USAGE)


def test_an_answer_that_could_not_be_compared_is_told_by_the_first_check_that_meets_it(
    of_two: Results, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=replace(BROKEN, was_compared=False))
    first = told(of_two, f"{FILE}::optional", proven(exchange))
    second = told(of_two, f"{FILE}::list", proven(exchange))
    assert first is not None
    assert second is not None
    assert (first.outcome, first.category) == (Result.FAILED, Category.INTERNAL)
    assert (second.outcome, second.category) == (Result.PASSED, None)


def test_a_check_that_was_made_for_another_is_held_too(
    of_two: Results, make_exchange: MakeExchange
) -> None:
    """It is told at the end of the run, by nobody's report."""
    late = passed("orders", "list", f"{FILE}::list", [make_exchange(held=BROKEN)])
    outcome = of_two.held(late, Category.SAVE)
    assert (outcome.outcome, outcome.category, outcome.violations, outcome.verified) == (
        *(Result.FAILED, Category.SAVE, BROKEN.violations),
        False,
    )
    fine = passed("orders", "list", f"{FILE}::list", [make_exchange()])
    assert of_two.held(fine, None) == fine
