"""Decides whether a check passed; no other module does.

The judge adds four things to a check's own result: its responses must match the OpenAPI document,
they must not be slower than the profile allows, its author may have set the category of its
failures, and a failure of a check that is not required becomes a warning. A pass that met known
violations says so; in the response to an update that a check restores none is excused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from pytest_apismoke.checks.latency import Key, judge_latency
from pytest_apismoke.checks.model import Check, CheckResult, Skip
from pytest_apismoke.errors import TARGET_CATEGORIES, Category, Failure
from pytest_apismoke.evidence import ConformanceResult, Exchange, Sighting, sightings_of
from pytest_apismoke.http.request import SAFE_METHODS
from pytest_apismoke.known.entries import counted, number_of
from pytest_apismoke.openapi import conformance
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.outcome import SkipReason


class Judge:
    """Judges the checks and the users' tests of one process.

    Args:
        redactor: removes secrets from messages.
        source: names the OpenAPI document that responses are validated against, if there is one.
        latency_s: the seconds that no request may take twice in a row, if there is such a limit.

    """

    def __init__(
        self, redactor: Redactor, *, source: str = "", latency_s: float | None = None
    ) -> None:
        self._redactor = redactor
        self._source = source
        self._lock = threading.Lock()
        #: The id of the check that reported a violation first, by a key for the violation.
        self._latency_s = latency_s
        #: The slow requests of the checks so far: one process runs them all, in order.
        self._slow: dict[Key, float] = {}
        self._reported_by: dict[tuple[object, ...], str] = {}

    def judge(self, check: Check, result: CheckResult) -> CheckResult:
        """The final result of a check: its own, corrected by conformance and by `required`."""
        if check.writes:
            exchanges = tuple(map(_without_excuses_of_updates, result.exchanges))
            result = replace(result, exchanges=exchanges)
        failure, too_slow = result.failure, None
        if check.reports_conformance:
            too_slow, notes = self._latency_of_check(check, result.exchanges)
            result = replace(result, notes=(*result.notes, *notes)) if notes else result
        if result.passed and check.reports_conformance:
            fresh = self._not_yet_reported(check, result.exchanges)
            failure = self.nonconformance(check.id, fresh, check.category)
            if failure and result.repeats > 1:
                failure = failure.in_share(_broken(result.exchanges), result.repeats)
            failure = failure or too_slow
        if failure is None and result.passed:
            verified = beside_known(result.verified, result.exchanges, result.sightings)
            return replace(result, verified=verified) if verified != result.verified else result
        if failure is None or result.dirty:
            return result
        if not check.required and failure.category in TARGET_CATEGORIES:
            message = self._redactor.text(failure.message)
            text = f"warning: {check.id} is not required, and failed: {message}"
            skip = Skip(reason=SkipReason.NOT_REQUIRED, text=text)
            return replace(result, verified="", failure=None, skip=skip)
        return replace(result, verified="", failure=failure)

    def latency(
        self, name: str, exchanges: Iterable[Exchange]
    ) -> tuple[Failure | None, tuple[str, ...]]:
        """The failure of requests that took too long twice, and notes on those that took long.

        Args:
            name: the id of a user's test, which is judged alone: any process may run it.
            exchanges: the ones that it recorded.

        """
        if self._latency_s is None:
            return None, ()
        judged = judge_latency(exchanges, self._latency_s)
        return (judged.twice[0][1] if judged.twice else None), judged.notes

    def _latency_of_check(
        self, check: Check, exchanges: Iterable[Exchange]
    ) -> tuple[Failure | None, tuple[str, ...]]:
        """The same for a check, whose requests follow those of the checks before it."""
        if self._latency_s is None:
            return None, ()
        judged = judge_latency(exchanges, self._latency_s, slow=self._slow)
        for key in judged.fast:
            self._slow.pop(key, None)
        self._slow.update(judged.slow)
        # One cause is reported once: several checks send the same request.
        mine = [f for key, f in judged.twice if self._reports_first(("slow", *key), check.id)]
        return (mine[0] if mine else None), judged.notes

    def nonconformance(
        self, name: str, exchanges: Iterable[Exchange], category: Category | None
    ) -> Failure | None:
        """The first violation of the OpenAPI document in some responses; None if there is none.

        Args:
            name: the id of the check or test.
            exchanges: the ones that it recorded.
            category: the category for a failure of the target, where its author set one.

        """
        # A failed validation is no fault of the target: only the first check reports it.
        relevant = [e for e in exchanges if self._was_compared_or_is_new(e.held, name)]
        failure = conformance.first_failure(relevant, source=self._source)
        if failure and category and failure.category in TARGET_CATEGORIES:
            return replace(failure, category=category)
        return failure

    def _not_yet_reported(self, check: Check, exchanges: Iterable[Exchange]) -> Iterable[Exchange]:
        """Without the exchanges whose violations an earlier check of the API has reported."""
        if not check.shares_requests:
            return exchanges
        return [
            exchange
            for exchange in exchanges
            if exchange.held is not None
            and self._reports_first(
                (check.api, exchange.held.operation, exchange.held.violations), check.id
            )
        ]

    def _was_compared_or_is_new(self, result: ConformanceResult | None, name: str) -> bool:
        return (
            result is None or result.was_compared or self._reports_first((result.violations,), name)
        )

    def _reports_first(self, violation: tuple[object, ...], name: str) -> bool:
        """Whether this check is the first with a violation; if so, it reports the violation."""
        with self._lock:
            return self._reported_by.setdefault(violation, name) == name


def beside_known(
    verified: str, exchanges: Iterable[Exchange], sightings: Iterable[Sighting]
) -> str:
    """What a pass has verified, with the number of known violations that it has met."""
    count = number_of(sightings_of(exchanges, sightings))
    return f"{verified}; {counted(count)}" if count else verified


def _without_excuses_of_updates(exchange: Exchange) -> Exchange:
    if exchange.held is None or exchange.method in SAFE_METHODS:
        return exchange
    return replace(exchange, held=exchange.held.unexcused)


def _broken(exchanges: Iterable[Exchange]) -> int:
    """How many of several answers to one request break the OpenAPI document."""
    held = [exchange.held for exchange in exchanges if exchange.held and exchange.held.violations]
    return sum(one.operation == held[0].operation for one in held)
