"""Validation ends within its time limit, in any thread, beside others that take their time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier, Event
from typing import Any

import pytest

from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.worker_pool import Job, Kept, WorkerPool
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.patterns import compile_pattern
from pytest_apismoke.schemas.store import Schemas
from pytest_apismoke.schemas.validation_timeout import (
    ValidationTimeoutError,
    limit_validation,
    remaining_s,
    time_limit,
)

LIMIT_S = 0.05
#: Far more than any of these tests takes.
LONG_S = 600.0

#: Ways through it double with each character, for `re` and for `regex`.
ENDLESS_PATTERN = "^(a|aa)+$"
ENDLESS_STRING = "a" * 60 + "!"
#: Takes seconds: no pattern, only many values.
MANY_ITEMS = {"items": {"not": {"type": "null"}}}
MANY = list(range(300_000))
PATTERN = {"pattern": ENDLESS_PATTERN}


def validate(schema: Any, value: Any, limit_s: float = LIMIT_S) -> bool:
    """Whether a value is valid."""
    with time_limit(limit_s):
        return not Schemas({"s.schema.json": schema}).check(value, "s", Redactor())


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param(PATTERN, ENDLESS_STRING, id="pattern"),
        pytest.param({"patternProperties": {ENDLESS_PATTERN: {}}}, {ENDLESS_STRING: 1},
                     id="patternProperties"),
        pytest.param({"additionalProperties": False, "patternProperties": {ENDLESS_PATTERN: {}}},
                     {ENDLESS_STRING: 1}, id="additionalProperties"),
        pytest.param({"unevaluatedProperties": False, "patternProperties": {ENDLESS_PATTERN: {}}},
                     {ENDLESS_STRING: 1}, id="unevaluatedProperties"),
        pytest.param({"propertyNames": PATTERN}, {ENDLESS_STRING: 1}, id="propertyNames"),
        pytest.param({"contains": PATTERN}, [ENDLESS_STRING], id="contains"),
        pytest.param({"$schema": "http://json-schema.org/draft-07/schema#", **PATTERN},
                     ENDLESS_STRING, id="draft-07"),
        pytest.param(MANY_ITEMS, MANY, id="many values"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("limit_s", [LIMIT_S, 0.0, -1.0])
def test_a_validation_without_an_end_ends_with_the_limit(
    schema: Any, value: Any, limit_s: float
) -> None:
    """Also where no time was left to begin with."""
    with pytest.raises(ValidationTimeoutError):
        validate(schema, value, limit_s)


@pytest.mark.parametrize(
    ("endless", "value"), [(PATTERN, ENDLESS_STRING), (MANY_ITEMS, MANY)], ids=["re", "many values"]
)
def test_each_thread_has_a_limit_of_its_own(endless: Any, value: Any) -> None:
    """One validation runs into its limit; another one, that began before, ends afterwards."""
    both_limited, first_ended = Barrier(2), Event()

    def ends() -> tuple[bool, bool]:
        with time_limit(LONG_S):
            both_limited.wait()
            is_first = first_ended.wait(LONG_S)
            return is_first, not Schemas({"s.schema.json": PATTERN}).check("a", "s", Redactor())

    def is_ended() -> bool:
        with time_limit(LIMIT_S):
            both_limited.wait()
            try:
                Schemas({"s.schema.json": endless}).check(value, "s", Redactor())
            except ValidationTimeoutError:
                first_ended.set()
                return True
        return False

    with ThreadPoolExecutor(2) as threads:
        other, limited = threads.submit(ends), threads.submit(is_ended)
        assert (limited.result(), other.result()) == (True, (True, True))


def test_a_limit_in_a_kept_worker_ends_with_its_job() -> None:
    """The next request that the thread has to do with is not limited by it."""
    workers: WorkerPool[None] = WorkerPool(lambda: None, lambda _: None)
    told: list[object] = []

    def runs_into_its_limit(_: None) -> Kept:
        with pytest.raises(ValidationTimeoutError):
            validate(PATTERN, ENDLESS_STRING)
        told.append(threading.get_ident())
        return Kept.FIRST

    def has_none(_: None) -> Kept:
        told.extend([threading.get_ident(), remaining_s()])
        return Kept.FIRST

    for run in (runs_into_its_limit, has_none):
        ended = Event()
        workers.start(Job(run=run, announce=ended.set))
        assert ended.wait(LONG_S)
    workers.close()

    first, second, left_s = told
    assert (first == second, left_s) == (True, None)


def test_other_threads_run_while_a_pattern_is_searched_for() -> None:
    """The interpreter's lock is released: sixteen requests in flight don't wait for one pattern."""
    counted = count()

    def searches() -> int:
        with time_limit(0.2), pytest.raises(ValidationTimeoutError):
            compile_pattern(ENDLESS_PATTERN).search(ENDLESS_STRING)
        return next(counted)

    with ThreadPoolExecutor(1) as threads:
        search = threads.submit(searches)
        while not search.done():
            next(counted)
    assert search.result() > 100


@pytest.mark.parametrize(
    ("outer_s", "inner_s", "left_s"), [(10.0, 5.0, 5.0), (5.0, 10.0, 5.0), (5.0, 5.0, 5.0)]
)
def test_the_shorter_of_two_limits_holds(outer_s: float, inner_s: float, left_s: float) -> None:
    assert remaining_s() is None
    with time_limit(outer_s, clock=lambda: 100.0):
        with time_limit(inner_s, clock=lambda: 100.0):
            assert remaining_s() == left_s
        assert remaining_s() == outer_s
    assert remaining_s() is None


def test_its_own_errors_leave_it_as_they_are() -> None:
    with pytest.raises(KeyError, match="x"), time_limit(LONG_S):
        raise KeyError("x")
    assert remaining_s() is None


@pytest.mark.parametrize(
    ("budget_s", "told_s"), [(60.0, 5.0), (0.05, 0.05), (0.0, 0.0)], ids=["ample", "little", "none"]
)
def test_the_failure_says_what_was_expected_and_blames_nobody(
    budget_s: float, told_s: float
) -> None:
    budget = Budget(60.0, remaining_s=budget_s, reserved_s=0.0, clock=lambda: 0.0)
    with pytest.raises(SmokeError) as raised, limit_validation("contracts/a.schema.json", budget):
        raise ValidationTimeoutError
    assert raised.value.failure == Failure(
        category=Category.BUDGET,
        expected="the validation of the response against its contract to finish",
        seen=f"no result within {told_s:g} s",
        where="contracts/a.schema.json",
        hint="look there for a pattern that backtracks without end, such as ^(a|aa)+$, or for a"
        " schema whose branches multiply, and rewrite it",
    )
