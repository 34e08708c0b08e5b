"""Validates the responses of a run as they arrive; a mistake in the spec becomes a violation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, TypeVar

from pytest_apismoke.errors import Category, SmokeError, Violation, defect
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import ResponseValidator
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.validation_timeout import limit_validation

if TYPE_CHECKING:
    from pytest_apismoke.openapi.spec import Spec

_Result = TypeVar("_Result")


def run_validation(label: str, budget: Budget, validate: Callable[[], _Result]) -> _Result:
    """Runs a validation within the budget; any error of its own becomes a `SmokeError`.

    Args:
        label: names the spec in messages.
        budget: of the run.
        validate: what to run.

    Raises:
        SmokeError: `usage` when the spec is wrong, `budget` when the time is spent, and `internal`
            for any other error, which is a defect of the gate and tells nothing about the target.

    """
    try:
        with limit_validation(label, budget):
            return validate()
    except SmokeError:
        raise
    except Exception as error:
        # Not its text, which may quote the response.
        at = extract_tb(error.__traceback__)[-1]
        seen = f"{type(error).__name__} in {Path(at.filename).name}, line {at.lineno}"
        what = f"the validation of the response against {label}"
        raise SmokeError(defect(what, seen=seen, where=label)) from None


def response_validator(
    spec: Spec | None, redactor: Redactor, budget: Budget
) -> ResponseValidator | None:
    """The validator of a run's responses, if the run has a spec.

    It raises nothing but `budget`: any other failure becomes a violation.
    """
    if spec is None:
        return None

    def validate(request: Request, response: Response) -> ConformanceResult | None:
        def validate_it() -> ConformanceResult | None:
            return spec.validate(
                request.method,
                request.path,
                response.status,
                response.headers,
                response.body,
                redactor,
            )

        try:
            result = run_validation(spec.label, budget, validate_it)
            return _without_values(result) if result and request.response_is_secret else result
        except SmokeError as error:
            if error.failure.category is Category.BUDGET:
                raise
            # It must not end a write that has begun, for example: it is reported as a violation.
            failure = error.failure
            violation = Violation(
                pointer="",
                expected=failure.expected,
                actual=failure.seen,
                schema_location=failure.where,
            )
            return ConformanceResult(
                operation=f"{request.method} {request.path}",
                violations=(violation,),
                is_defect=failure.category is Category.USAGE,
                was_compared=failure.category is not Category.INTERNAL,
            )

    return validate


def _without_values(result: ConformanceResult) -> ConformanceResult:
    """A result without any value of the response, which may contain a secret not known yet."""
    violations, known = (
        tuple(replace(one, actual="something that is not shown") for one in several)
        for several in (result.violations, result.known)
    )
    return replace(result, violations=violations, known=known, difference=(), doubts=())
