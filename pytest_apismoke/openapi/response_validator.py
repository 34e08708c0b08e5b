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
from pytest_apismoke.schemas.validation_timeout import comparing

if TYPE_CHECKING:
    from pytest_apismoke.openapi.spec import Spec

_Result = TypeVar("_Result")


def run_validation(label: str, budget: Budget, validate: Callable[[], _Result]) -> _Result:
    """What comparing an answer with the description of a label comes to.

    Raises:
        SmokeError: `usage` when the description is wrong, `budget` when there is no time left, and
            `internal` when comparing stumbles, which is a defect and says nothing of the target.

    """
    try:
        with comparing(label, budget):
            return validate()
    except SmokeError:
        raise
    except Exception as error:
        # Not its text, which may quote the answer.
        at = extract_tb(error.__traceback__)[-1]
        seen = f"{type(error).__name__} in {Path(at.filename).name}, line {at.lineno}"
        what = f"the comparison of the answer with {label}"
        raise SmokeError(defect(what, seen=seen, where=label)) from None


def response_validator(
    spec: Spec | None, redactor: Redactor, budget: Budget
) -> ResponseValidator | None:
    """What compares answers with a description, where there is one.

    Raises nothing but `budget`, when comparing takes longer than there is time.
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
            held = run_validation(spec.label, budget, validate_it)
            return _without_values(held) if held and request.answers_secret else held
        except SmokeError as error:
            if error.failure.category is Category.BUDGET:
                raise
            # In the middle of a write, say: it is told like any other violation, and ends nothing.
            failure = error.failure
            violation = Violation(
                pointer="", wants=failure.expected, came=failure.seen, says=failure.where
            )
            return ConformanceResult(
                operation=f"{request.method} {request.path}",
                violations=(violation,),
                is_defect=failure.category is Category.USAGE,
                was_compared=failure.category is not Category.INTERNAL,
            )

    return validate


def _without_values(held: ConformanceResult) -> ConformanceResult:
    """What is left of a comparison where the answer holds a secret that nobody knows yet."""
    violations = (replace(one, came="something that is not shown") for one in held.violations)
    return replace(held, violations=tuple(violations), difference=())
