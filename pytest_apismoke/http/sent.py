"""A request that was sent before its answer was asked for, and what is known of it by now."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_apismoke.http.ahead_request import AheadRequest, Departed
from pytest_apismoke.http.flight import Flight, Reply
from pytest_apismoke.http.retry import TRANSIENT


@dataclass(slots=True, eq=False)
class Sent:
    """A request that was sent, and whether its answer is there and has been looked at.

    `is_awaited` says that its check had begun, and waits for it. `had_company` says that others
    were in flight beside it. `is_overtaken` says that one which was sent after it was answered
    before it: then it does not wait for its turn at a target that serves one request at a time.
    """

    ahead: AheadRequest
    departed: Departed | None = None
    is_done: bool = False
    is_taken: bool = False
    is_awaited: bool = False
    had_company: bool = False
    is_overtaken: bool = False
    body_bytes: int = 0

    @property
    def flight(self) -> Flight:
        """Its flight; it has one from the moment on when anybody else knows of it."""
        assert self.departed is not None, "it is set under the lock under which it is made"
        return self.departed.flight

    @property
    def went_as_usual(self) -> bool:
        """Whether it was sent as if nothing were ever sent ahead."""
        return self.is_awaited and not self.had_company

    @property
    def was_slow(self) -> bool:
        """Whether the answer took longer than its check allows."""
        limit_s = self.ahead.limit_s
        return limit_s is not None and self.flight.duration_s > limit_s


def was_too_much(reply: Reply) -> bool:
    """Whether a target may have answered so because of the number of requests."""
    return reply.failure is not None or reply.status in TRANSIENT
