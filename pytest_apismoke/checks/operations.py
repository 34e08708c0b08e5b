"""Declared checks for the operations of an OpenAPI document whose requests need no other input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_apismoke.checks.declared.expectations import SUCCESS
from pytest_apismoke.checks.declared.model import DeclaredCheck, Expect
from pytest_apismoke.configuration.profiles import OPENAPI

if TYPE_CHECKING:
    from pytest_apismoke.openapi.example_requests import OperationCheck


def operation_checks(operations: Sequence[OperationCheck], *, smoke: bool) -> list[DeclaredCheck]:
    """One check per operation: it expects a 2xx or 3xx status.

    The response is validated against the OpenAPI document like every other response of the run.

    Args:
        operations: the operations with values for their parameters.
        smoke: whether the checks belong to smoke runs.

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
