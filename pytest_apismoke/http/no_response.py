"""The error of a request that got no complete response, with the reason as data."""

from __future__ import annotations

from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.http.error_words import FetchFailure


class NoResponseError(SmokeError):
    """There was no complete response; `reason` says why."""

    def __init__(self, failure: Failure, reason: FetchFailure) -> None:
        super().__init__(failure)
        self.reason = reason

    @classmethod
    def of(cls, reason: FetchFailure, *, where: str, seen: str) -> NoResponseError:
        """The error of a request, without secrets in its parts."""
        failure = Failure(
            category=reason.category,
            expected="a response",
            seen=seen,
            where=where,
            hint=reason.hint,
        )
        return cls(failure, reason)
