"""Conformance of a run to its spec: coverage, drift, and violations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from pytest_apismoke.errors import Category, Failure, Violation
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.openapi.conformance import (
    ContractUse,
    conformance_failure,
    contract_use,
    failures,
    first_failure,
    notes,
    too_few_exercised,
    whole_run_outcomes,
)
from pytest_apismoke.openapi.operation_drift import OperationDrift, drift_failure
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.outcome import Outcome, Result

MakeExchange = Callable[..., Exchange]

LIST, ONE, ADD = "GET /orders", "GET /orders/{id}", "POST /orders"
SOURCE = "openapi.yaml"
VIOLATION = Violation(
    pointer="/id",
    expected="type integer",
    actual="the string 'x'",
    schema_location=f"{SOURCE}#/components/type",
)
BROKEN = ConformanceResult(
    operation=ONE, violations=(VIOLATION,), difference=("@@ / @@", '+ "id": "x"')
)
BROKEN_FAILURE = Failure(
    category=Category.INVALID,
    expected="a response to GET /orders/{id} that conforms to openapi.yaml",
    seen="/id: expected type integer, got the string 'x'",
    where="GET https://api.example.com/api",
    hint="either the API broke its spec or the spec is out of date: compare the two at the place"
    " named",
    violations=(VIOLATION,),
    difference=("@@ / @@", '+ "id": "x"'),
)


# -- coverage ---------------------------------------------------------------------------------


def test_what_was_asked_for_was_exercised_in_the_order_of_the_spec(
    make_exchange: MakeExchange,
) -> None:
    exchanges = [
        make_exchange(held=ConformanceResult(operation=ONE)),
        make_exchange(held=ConformanceResult(operation=LIST)),
        make_exchange(held=ConformanceResult(operation=LIST)),
        make_exchange(held=ConformanceResult(operation="GET /declared/{elsewhere}")),
        make_exchange(),
    ]
    use = contract_use(exchanges, source=SOURCE, operations=[LIST, ADD, ONE])
    assert use == ContractUse(source=SOURCE, operations=(LIST, ADD, ONE), exercised=(LIST, ONE))
    assert (use.not_exercised, round(use.percent, 1)) == ((ADD,), 66.7)


def test_what_breaks_the_spec_was_exercised_too(make_exchange: MakeExchange) -> None:
    use = contract_use([make_exchange(held=BROKEN)], source=SOURCE, operations=[ONE])
    assert (use.exercised, use.percent) == ((ONE,), 100.0)


def test_of_nothing_nothing_was_exercised() -> None:
    assert contract_use([]) == ContractUse()
    assert ContractUse().percent == 0.0


def test_a_response_from_a_layer_in_front_exercises_nothing(make_exchange: MakeExchange) -> None:
    """It never reached the operation."""
    refusal = make_exchange(
        status=401, held=ConformanceResult(operation=LIST, undeclared=("status 401",))
    )
    assert contract_use([refusal], source=SOURCE, operations=[LIST]) == ContractUse(
        source=SOURCE, operations=(LIST,), was_refused=True
    )


# -- drift ------------------------------------------------------------------------------------


def held(operation: str, *, came: str = "", lacked: str = "") -> ConformanceResult:
    return ConformanceResult(
        operation=operation, undeclared=tuple(came.split()), unseen=tuple(lacked.split())
    )


@pytest.mark.parametrize(
    ("responses", "drift"),
    [
        ([(200, held(LIST))], ()),
        (
            [(200, replace(held(LIST), doubts=(one,))) for one in ("/b: why", "/a: why")],
            (OperationDrift(operation=LIST, doubts=("/a: why", "/b: why")),),
        ),
        (
            [(200, held(LIST, came="/b /a")), (200, held(LIST, came="/c /a"))],
            (OperationDrift(operation=LIST, undeclared=("/a", "/b", "/c")),),
        ),
        # One response of a status is enough.
        (
            [(200, held(LIST, lacked="/a /b")), (200, held(LIST, lacked="/c /b"))],
            (OperationDrift(operation=LIST, unseen=("/b",)),),
        ),
        ([(200, held(LIST, lacked="/a")), (200, held(LIST))], ()),
        # A success never has what only an error declares.
        (
            [(200, held(LIST, lacked="/a")), (404, held(LIST, lacked="/b"))],
            (OperationDrift(operation=LIST, unseen=("/a", "/b")),),
        ),
        (
            [(200, held(ONE, came="/x")), (200, held(LIST, lacked="/y"))],
            (
                OperationDrift(operation=LIST, unseen=("/y",)),
                OperationDrift(operation=ONE, undeclared=("/x",)),
            ),
        ),
    ],
    ids=[
        "none",
        "doubted in any",
        "came in any",
        "seen in none",
        "seen in one",
        "another status",
        "by operation",
    ],
)
def test_drift_is_what_came_in_any_response_and_what_came_in_none(
    responses: list[tuple[int, ConformanceResult]],
    drift: tuple[OperationDrift, ...],
    make_exchange: MakeExchange,
) -> None:
    exchanges = [make_exchange(status=status, held=one) for status, one in responses]
    assert contract_use(exchanges).drift == drift
    assert contract_use([*reversed(exchanges), *exchanges]).drift == drift
    assert contract_use(exchanges, with_drift=False).drift == ()


def test_drift_in_words_names_a_few_places() -> None:
    many = tuple(f"/{letter}" for letter in "abcdefg")
    assert str(OperationDrift(operation=LIST, undeclared=many, unseen=("/x",))) == (
        "GET /orders: undeclared: /a, /b, /c, /d, /e and 2 more; never seen: /x"
    )
    assert str(OperationDrift(operation=LIST, undeclared=many[:5])) == (
        "GET /orders: undeclared: /a, /b, /c, /d, /e"
    )


def test_each_doubt_is_a_note_of_its_own() -> None:
    several = tuple(f"/{letter}: why" for letter in "abcdefg")
    doubtful = OperationDrift(operation=LIST, undeclared=("/x",), doubts=several)
    assert doubtful.notes() == (
        "drift: GET /orders: undeclared: /x",
        *(f"readings differ: GET /orders: /{letter}: why" for letter in "abcde"),
        "readings differ: GET /orders: at 2 more places",
    )
    assert replace(doubtful, undeclared=(), doubts=("/a: why",)).notes() == (
        "readings differ: GET /orders: /a: why",
    )


# -- violations -------------------------------------------------------------------------------


def test_the_first_response_that_breaks_the_spec_is_the_failure(
    make_exchange: MakeExchange,
) -> None:
    exchanges = [
        make_exchange(),
        make_exchange(held=ConformanceResult(operation=LIST, undeclared=("/a",))),
        make_exchange(held=BROKEN),
        make_exchange(held=ConformanceResult(operation=LIST, violations=(VIOLATION,))),
    ]
    assert first_failure(exchanges, source=SOURCE) == BROKEN_FAILURE
    assert first_failure(exchanges[:2], source=SOURCE) is None


def test_what_breaks_by_a_mistake_in_the_spec_is_a_mistake_of_the_call() -> None:
    where = "GET https://api.example.com/api"
    assert conformance_failure(BROKEN, source=SOURCE, where=where) == BROKEN_FAILURE
    assert conformance_failure(
        replace(BROKEN, is_defect=True), source=SOURCE, where=where
    ) == replace(BROKEN_FAILURE, category=Category.USAGE)


def test_a_response_that_could_not_be_compared_is_a_defect_and_exercises_nothing(
    make_exchange: MakeExchange,
) -> None:
    stumbled = ConformanceResult(
        operation=ONE,
        violations=(replace(VIOLATION, actual="KeyError in finders.py, line 3"),),
        was_compared=False,
    )
    assert conformance_failure(stumbled, source=SOURCE, where="GET https://x") == Failure(
        category=Category.INTERNAL,
        expected="the validation of the response against openapi.yaml to run",
        seen="KeyError in finders.py, line 3",
        where="GET https://x",
        hint="this is a defect of the gate or of another plugin, not of the target; please report"
        " it",
    )
    use = contract_use([make_exchange(held=stumbled)], source=SOURCE, operations=[ONE])
    assert use == ContractUse(source=SOURCE, operations=(ONE,))


def test_only_a_violation_breaks_the_spec() -> None:
    drift = ConformanceResult(operation=LIST, undeclared=("/a",), unseen=("/b",))
    assert conformance_failure(drift, source=SOURCE, where="GET x") is None


# -- the run as a whole -----------------------------------------------------------------------

DRIFTED = OperationDrift(operation=LIST, undeclared=("/a",), unseen=("/b",))
USE = ContractUse(
    source=SOURCE, operations=(LIST, ADD, ONE), exercised=(LIST, ONE), drift=(DRIFTED,)
)
TOO_LITTLE = Failure(
    category=Category.UNVERIFIED,
    expected="at least 66.7 % of the 3 operations to be exercised",
    seen="2, 66 %; not POST /orders",
    where=SOURCE,
    hint="declare checks for them in contracts/, use --smoke-openapi-checks, or lower"
    " --smoke-openapi-floor",
)
DRIFT_FAILURE = Failure(
    category=Category.INVALID,
    expected="responses of GET /orders with exactly what is declared",
    seen="undeclared: /a; never seen: /b",
    where=SOURCE,
    hint="declare what is new and remove what is gone, or use --smoke-drift=note",
)


@pytest.mark.parametrize("floor_percent", [0, 66, 66.6])
def test_a_floor_that_is_reached_is_no_failure(floor_percent: float) -> None:
    assert too_few_exercised(USE, floor_percent=floor_percent) is None


def test_a_floor_that_is_not_reached_says_what_is_missing() -> None:
    assert too_few_exercised(USE, floor_percent=66.7) == TOO_LITTLE


def test_a_run_without_a_spec_has_no_floor() -> None:
    assert too_few_exercised(ContractUse(), floor_percent=100) is None


def test_a_spec_of_nothing_verifies_nothing() -> None:
    nothing = ContractUse(source=SOURCE)
    assert too_few_exercised(nothing, floor_percent=0) is None
    assert too_few_exercised(nothing, floor_percent=1) == replace(
        TOO_LITTLE,
        expected="at least 1 % of the 0 operations to be exercised",
        seen="0, 0 %; it has none",
    )


def test_drift_is_a_failure_where_one_is_strict() -> None:
    assert drift_failure(DRIFTED, source=SOURCE) == DRIFT_FAILURE
    assert drift_failure(DRIFTED, source="").where == LIST


def test_what_one_reading_refuses_is_a_failure_where_one_is_strict() -> None:
    doubtful = OperationDrift(operation=LIST, doubts=("/b: why",))
    by_reading = replace(
        DRIFT_FAILURE,
        expected="responses of GET /orders that every reading accepts",
        seen="readings differ: /b: why",
        hint="do what each place says, or use --smoke-drift=note",
    )
    assert drift_failure(doubtful, source=SOURCE) == by_reading
    assert drift_failure(replace(DRIFTED, doubts=("/b: why",)), source=SOURCE) == replace(
        DRIFT_FAILURE,
        expected="responses of GET /orders with exactly what is declared and that every reading"
        " accepts",
        seen="undeclared: /a; never seen: /b; readings differ: /b: why",
        hint="declare what is new and remove what is gone, do what each place says,"
        " or use --smoke-drift=note",
    )


def test_a_whole_run_fails_by_too_little() -> None:
    assert failures_of(USE, floor_percent=66.7) == {"coverage": TOO_LITTLE}
    assert failures_of(USE) == {}


def failures_of(
    use: ContractUse, *outcomes: Outcome, floor_percent: float = 0.0
) -> dict[str, Failure]:
    return failures(
        use,
        outcomes,
        floor_percent=floor_percent,
        server_paths=["/api/v1", ""],
        target_path="/v2",
    )


NOTHING = ContractUse(source=SOURCE, operations=(LIST, ONE))


@pytest.mark.parametrize("floor_percent", [0.0, 80.0])
def test_a_run_that_exercised_nothing_of_its_spec_verified_nothing(
    floor_percent: float,
) -> None:
    expected = f"a response of any of the 2 operations of {SOURCE}"
    assert failures_of(NOTHING, floor_percent=floor_percent) == {
        "coverage": Failure(
            category=Category.UNVERIFIED,
            expected=expected,
            seen="no request for one: its servers' paths are /api/v1, /, the target's is /v2",
            where=SOURCE,
            hint="correct --target-url or the spec's servers, so that both lead to the same place;"
            " else send a request to an operation: declare checks in contracts/, or use"
            " --smoke-openapi-checks",
        )
    }


def test_so_did_one_that_met_only_layers_in_front_or_whose_spec_is_empty() -> None:
    refused = failures_of(replace(NOTHING, was_refused=True))["coverage"]
    assert (refused.category, refused.seen) == (
        Category.UNVERIFIED,
        "only undeclared refusals, as layers in front of an API send them",
    )
    empty = failures_of(ContractUse(source=SOURCE))["coverage"]
    assert (empty.expected, empty.seen) == (f"operations in {SOURCE}", "none")
    assert failures_of(ContractUse()) == {}


def test_a_run_that_failed_anyway_is_no_silent_success() -> None:
    broke = Outcome(
        api="settings", stage="login", name="n", outcome=Result.FAILED, category=Category.AUTH
    )
    assert failures_of(NOTHING, broke) == {}
    assert list(failures_of(NOTHING, replace(broke, outcome=Result.PASSED))) == ["coverage"]


def wanting(
    *outcomes: Outcome, strict: bool = False, unchecked: Sequence[Exchange] = ()
) -> list[Outcome]:
    return whole_run_outcomes(
        USE, outcomes, strict=strict, unchecked=unchecked, api="openapi", redactor=Redactor()
    )


def of_run(failure: Failure, *, api: str, stage: str) -> Outcome:
    return Outcome.of_failure(Redactor(), failure, api=api, stage=stage, name=f"{api}::{stage}")


def sent_by(api: str, *exchanges: Exchange) -> Outcome:
    return Outcome(api=api, stage="x", name="y", outcome=Result.PASSED, exchanges=exchanges)


def test_where_one_is_strict_drift_fails_the_api_whose_request_met_it(
    make_exchange: MakeExchange,
) -> None:
    met = [
        sent_by("users", make_exchange(), make_exchange(held=ConformanceResult(operation=ONE))),
        sent_by("orders", make_exchange(held=ConformanceResult(operation=LIST))),
        sent_by("other", make_exchange(held=ConformanceResult(operation=LIST))),
    ]
    stage = "drift of GET /orders"
    assert wanting(*met, strict=True) == [of_run(DRIFT_FAILURE, api="orders", stage=stage)]
    assert wanting(strict=True) == [of_run(DRIFT_FAILURE, api="openapi", stage=stage)]
    assert wanting(*met) == []


def test_what_broke_the_spec_in_the_preflight_fails_where_no_check_answers_for_it(
    make_exchange: MakeExchange,
) -> None:
    came = [make_exchange(), make_exchange(held=BROKEN)]
    assert wanting(unchecked=came) == [of_run(BROKEN_FAILURE, api="openapi", stage="preflight")]
    assert wanting(unchecked=came[:1]) == []


def test_a_report_says_in_passing_what_was_exercised_and_what_drifted() -> None:
    exercised = "2 of 3 operations of openapi.yaml were exercised (66 %); not POST /orders"
    drift = f"drift: {DRIFTED}"
    assert notes(USE) == (exercised, drift)
    assert notes(USE, strict=True) == (exercised,)
    assert notes(ContractUse(drift=(DRIFTED,))) == (drift,)
    assert notes(ContractUse()) == ()


def test_a_status_that_a_layer_in_front_gives_is_no_drift(make_exchange: MakeExchange) -> None:
    """A check that expects a refusal gets one; the API has not changed."""
    refused = ConformanceResult(operation="GET /a", undeclared=("status 401",), unseen=("/old",))
    served = ConformanceResult(operation="GET /a", undeclared=("/new",))
    exchanges = [make_exchange(status=401, held=refused), make_exchange(held=served)]
    assert contract_use(exchanges).drift == (
        OperationDrift(operation="GET /a", undeclared=("/new",)),
    )
    assert contract_use(exchanges[:1]).drift == ()
