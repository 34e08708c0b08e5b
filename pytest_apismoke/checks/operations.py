"""The requests that an OpenAPI document says everything about, as declared checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_apismoke.checks.declared.expectations import SUCCESS
from pytest_apismoke.checks.declared.model import DeclaredCheck, Expect
from pytest_apismoke.configuration.profiles import OPENAPI

if TYPE_CHECKING:
    from pytest_apismoke.openapi.example_requests import OperationCheck


def operation_checks(operations: Sequence[OperationCheck], *, smoke: bool) -> list[DeclaredCheck]:
    """A check for each operation that can be asked for.

    They ask that the operation succeeds; the OpenAPI document itself says what the response has to
    be like.

    Args:
        operations: with the values of their parameters.
        smoke: whether they belong to smoke runs.

    """
    return [
        DeclaredCheck(
            api=OPENAPI,
            name=one.operation,
            file=OPENAPI,
            place="",
            method=one.method,
            path=_literal(one.path),
            query=tuple((name, _literal(value)) for name, value in one.query),
            headers=tuple((name, _literal(value)) for name, value in one.headers),
            auth=one.auth,
            smoke=smoke,
            expect=Expect(statuses=SUCCESS),
        )
        for one in operations
    ]


def _literal(text: str) -> str:
    """A string in which nothing is a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")
