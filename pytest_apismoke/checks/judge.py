"""The one place that decides whether a check passed.

What a check says of itself is not all: its responses are held against the OpenAPI document, its
author may have said as what a failure counts, and that it does not decide.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from pytest_apismoke.checks.model import Check, CheckResult, Skip
from pytest_apismoke.errors import TARGET_CATEGORIES, Category, Failure
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.openapi import conformance
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.outcome import SkipReason


class Judge:
    """Judges the checks and the users' tests of one process.

    Args:
        redactor: cleans what is said.
        source: names the OpenAPI document that responses are validated against, if there is one.

    """

    def __init__(self, redactor: Redactor, *, source: str = "") -> None:
        self._redactor = redactor
        self._source = source
        self._lock = threading.Lock()
        #: Which check has told a violation, by whose it is and what it is.
        self._told: dict[tuple[object, ...], str] = {}

    def judge(self, check: Check, result: CheckResult) -> CheckResult:
        """What a result comes to in the end."""
        failure = result.failure
        if result.passed and check.tells_conformance:
            exchanges = self._news(check, result.exchanges)
            failure = self.nonconformance(check.id, exchanges, check.category)
        if failure is None or result.dirty:
            return result
        if not check.required and failure.category in TARGET_CATEGORIES:
            said = self._redactor.text(failure.message)
            text = f"warning: {check.id} is not required, and failed: {said}"
            skip = Skip(reason=SkipReason.NOT_REQUIRED, text=text)
            return replace(result, verified="", failure=None, skip=skip)
        return replace(result, verified="", failure=failure)

    def nonconformance(
        self, name: str, exchanges: Iterable[Exchange], category: Category | None
    ) -> Failure | None:
        """How the responses of a check or test break the OpenAPI document; None if they do not.

        Args:
            name: of the check or test.
            exchanges: its own.
            category: as what a failure of the target counts, if its author says so.

        """
        # What is no fault of the target's is not told again by each check that meets it.
        telling = [e for e in exchanges if self._is_the_targets_or_news(e.held, name)]
        failure = conformance.first_failure(telling, source=self._source)
        if failure and category and failure.category in TARGET_CATEGORIES:
            return replace(failure, category=category)
        return failure

    def _news(self, check: Check, exchanges: Iterable[Exchange]) -> Iterable[Exchange]:
        """The exchanges that no earlier check of the API has told of, where they share requests."""
        if not check.shares_requests:
            return exchanges
        return [
            exchange
            for exchange in exchanges
            if exchange.held is not None
            and self._tells(
                (check.api, exchange.held.operation, exchange.held.violations), check.id
            )
        ]

    def _is_the_targets_or_news(self, held: ConformanceResult | None, name: str) -> bool:
        return held is None or held.was_compared or self._tells((held.violations,), name)

    def _tells(self, violation: tuple[object, ...], name: str) -> bool:
        """Whether it is this check that tells a violation: the first that has met it."""
        with self._lock:
            return self._told.setdefault(violation, name) == name
