"""One judge: responses that break the OpenAPI document, and failures that do not decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.model import Check, CheckResult, Skip
from pytest_apismoke.errors import Break, Category, Failure, Violation
from pytest_apismoke.evidence import ConformanceResult, Exchange, Sighting
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.verdict.outcome import SkipReason

MakeExchange = Callable[..., Exchange]

SOURCE = "openapi.yaml"
READ = "GET /api/business/me"
BROKEN = ConformanceResult(
    operation=READ,
    violations=(Violation(pointer="/id", expected="type integer", actual="the string 'x'"),),
    difference=("@@ / @@", '- "id": type integer', '+ "id": "x"'),
)
#: The same violation in a response that is not the same besides.
BROKEN_AGAIN = replace(BROKEN, difference=("@@ / @@",), undeclared=("/another",))
REFUSED = Failure(category=Category.SAVE, expected="a", seen="canary", where="c", hint="d")
NONCONFORMING = Failure(
    category=Category.INVALID,
    expected="a response to GET /api/business/me that conforms to openapi.yaml",
    seen="/id: expected type integer, got the string 'x'",
    where="GET https://api.example.com/api",
    hint="either the API broke its spec or the spec is out of date: compare the two at the"
    " place named",
    violations=BROKEN.violations,
    difference=BROKEN.difference,
)


@pytest.fixture
def judge() -> Judge:
    redactor = Redactor()
    redactor.learn("canary", "")
    return Judge(redactor, source=SOURCE)


def check_of(name: str = "one", **details: Any) -> Check:
    api = details.pop("api", "orders")
    return Check(id=f"{api}::{name}", api=api, stage=name, run=lambda _: CheckResult(), **details)


def stage(name: str, *, api: str = "settings", **details: Any) -> Check:
    """A check of a built-in suite: several of them send the same request."""
    return check_of(name, api=api, shares_requests=True, **details)


def proven(*exchanges: Exchange) -> CheckResult:
    return CheckResult(verified="it holds", exchanges=exchanges)


# -- what decides -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "result",
    [
        proven(),
        CheckResult(failure=REFUSED),
        CheckResult(skip=Skip.not_run("orders::zero")),
    ],
)
def test_a_result_stays_what_it_is(result: CheckResult, judge: Judge) -> None:
    assert judge.judge(check_of(category=Category.STATE), result) == result


def test_a_failure_that_does_not_decide_is_a_skip_with_its_evidence(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange()
    result = CheckResult(failure=REFUSED, exchanges=(exchange,))
    text = f"warning: orders::one is not required, and failed: expected a, seen {REPLACEMENT}"
    assert judge.judge(check_of(required=False), result) == CheckResult(
        skip=Skip(reason=SkipReason.NOT_REQUIRED, text=text), exchanges=(exchange,)
    )


@pytest.mark.parametrize(
    "result",
    [
        CheckResult(failure=REFUSED, dirty=True),
        CheckResult(failure=replace(REFUSED, category=Category.BUDGET)),
        CheckResult(failure=replace(REFUSED, category=Category.INTERNAL)),
    ],
)
def test_harm_and_what_is_not_the_targets_fault_always_decide(
    result: CheckResult, judge: Judge
) -> None:
    assert judge.judge(check_of(required=False), result) == result


# -- responses that break the OpenAPI document ------------------------------------------------


@pytest.mark.parametrize("check", [check_of(), stage("persist")])
def test_a_pass_whose_response_breaks_the_document_is_none(
    check: Check, judge: Judge, make_exchange: MakeExchange
) -> None:
    exchanges = (make_exchange(), make_exchange(held=BROKEN))
    assert judge.judge(check, proven(*exchanges)) == CheckResult(
        failure=NONCONFORMING, exchanges=exchanges
    )


def test_what_only_differs_from_the_document_breaks_nothing(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    result = proven(make_exchange(held=ConformanceResult(operation=READ, undeclared=("/a",))))
    assert judge.judge(check_of(), result) == result


def test_a_failure_of_the_check_itself_comes_first(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    result = CheckResult(failure=REFUSED, exchanges=(make_exchange(held=BROKEN),))
    assert judge.judge(check_of(), result) == result


def test_it_counts_as_the_check_says(judge: Judge, make_exchange: MakeExchange) -> None:
    result = judge.judge(check_of(category=Category.STATE), proven(make_exchange(held=BROKEN)))
    assert result.failure == replace(NONCONFORMING, category=Category.STATE)


def test_it_does_not_decide_where_the_check_does_not(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    result = judge.judge(check_of(required=False), proven(make_exchange(held=BROKEN)))
    assert result.skip is not None
    assert (result.passed, result.skip.reason) == (False, SkipReason.NOT_REQUIRED)


@pytest.mark.parametrize("required", [True, False])
def test_a_mistake_in_the_document_is_no_checks_to_count_or_to_leave_out(
    required: bool, judge: Judge, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=replace(BROKEN, is_defect=True))
    check = check_of(category=Category.SAVE, required=required)
    failure = judge.judge(check, proven(exchange)).failure
    assert failure is not None
    assert failure.category is Category.USAGE


# -- who tells it -----------------------------------------------------------------------------


def failing(judge: Judge, *judged: tuple[Check, Exchange]) -> list[str]:
    """The checks that fail, of those that are judged one after the other."""
    return [check.id for check, exchange in judged if judge.judge(check, proven(exchange)).failure]


def test_a_violation_is_told_by_the_first_stage_of_a_suite_that_meets_it(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    """Each stage reads the document again, and something else in it may differ meanwhile."""
    first, again = make_exchange(held=BROKEN), make_exchange(held=BROKEN_AGAIN)
    contract, persist = stage("contract"), stage("persist")
    # The same stage, judged again because somebody repeats failed tests, still fails.
    told = failing(judge, (contract, first), (persist, again), (contract, first))
    assert told == ["settings::contract"] * 2


def test_each_suite_tells_its_own_and_each_stage_another_violation(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=BROKEN)
    other = make_exchange(held=replace(BROKEN, operation="PUT /api/business/me"))
    told = failing(
        judge,
        (stage("contract"), exchange),
        (stage("contract", api="twilio"), exchange),
        (stage("persist"), other),
    )
    assert told == ["settings::contract", "twilio::contract", "settings::persist"]


def test_each_declared_check_tells_of_all_that_it_sent(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=BROKEN)
    told = failing(
        judge, (stage("x"), exchange), (check_of("a"), exchange), (check_of("b"), exchange)
    )
    assert told == ["settings::x", "orders::a", "orders::b"]


def test_a_check_that_tells_no_conformance_passes(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    fetch = stage("fetch", api="twilio", reports_conformance=False)
    assert failing(judge, (fetch, make_exchange(held=BROKEN))) == []


def test_a_response_that_could_not_be_validated_is_told_by_the_first_that_meets_it(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=replace(BROKEN, was_compared=False))
    optional = check_of("optional", required=False)
    first = judge.judge(optional, proven(exchange))
    assert first.failure is not None
    assert first.failure.category is Category.INTERNAL
    assert judge.judge(check_of("two"), proven(exchange)) == proven(exchange)


# -- known violations -------------------------------------------------------------------------

VIOLATION = replace(BROKEN.violations[0], kind="type", places=("/id",))
ANOTHER = Violation(
    pointer="/name", expected="type string", actual="null", kind="type", places=("/name",)
)
SIGHTING = Sighting(name=READ, contract="Shop", status=200, met=(Break("/id", "type"),))
#: Its only violation is known.
EXCUSED = ConformanceResult(operation=READ, known=(VIOLATION,), sighting=SIGHTING)


def test_a_pass_with_known_violations_says_so(judge: Judge, make_exchange: MakeExchange) -> None:
    exchanges = (make_exchange(held=EXCUSED), make_exchange(held=EXCUSED))
    of_a_schema = replace(SIGHTING, name="orders::one")
    result = replace(proven(*exchanges), sightings=(of_a_schema, of_a_schema))
    assert judge.judge(check_of(), result) == replace(
        result, verified="it holds; 2 known violations"
    )


def test_a_failure_tells_the_new_violation_only_with_the_number_of_the_known(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    exchange = make_exchange(held=replace(EXCUSED, violations=(ANOTHER,)))
    failure = judge.judge(check_of(), proven(exchange)).failure
    assert failure == replace(
        NONCONFORMING,
        seen="/name: expected type string, got null (besides 1 known violation)",
        violations=(ANOTHER,),
        difference=(),
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
def test_in_the_response_to_an_update_that_is_restored_nothing_is_excused(
    method: str, judge: Judge, make_exchange: MakeExchange
) -> None:
    exchange = replace(make_exchange(held=EXCUSED), method=method)
    result = judge.judge(check_of(writes=True), proven(exchange))
    where = f"{method} https://api.example.com/api"
    assert result.failure == replace(
        NONCONFORMING, where=where, violations=(VIOLATION,), difference=()
    )
    # Nothing records it as known either.
    assert [one.held for one in result.exchanges] == [
        ConformanceResult(operation=READ, violations=(VIOLATION,))
    ]


def test_in_what_such_a_check_reads_a_violation_is_known_as_it_is_elsewhere(
    judge: Judge, make_exchange: MakeExchange
) -> None:
    result = judge.judge(stage("persist", writes=True), proven(make_exchange(held=EXCUSED)))
    assert result.verified == "it holds; 1 known violation"
