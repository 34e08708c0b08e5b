"""A request that may be sent before its check begins, its sender, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass as plain_dataclass
from typing import Protocol

from pytest_apismoke.http.flight import Flight, Reply
from pytest_apismoke.http.request import Request
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadRequest:
    """The first request of a check, which depends on the result of no other check.

    `auth` says whether it carries the run's token, `expected` are the statuses that are no
    failure. An answer that took longer than `limit_s` is not used: alone it may be faster.
    One that `goes_with_proof` is sent beside the reads that prove a restore: it always has company.
    """

    request: Request
    auth: bool = True
    expected: Collection[int] = ()
    limit_s: float | None = None
    goes_with_proof: bool = False


class Sender(Protocol):
    """Starts requests; see `Target`."""

    def start(self, ahead: AheadRequest, when_done: Callable[[], None]) -> Departed | None:
        """Sends a request and waits for nothing; None where it may not be sent now.

        Args:
            ahead: what to send.
            when_done: is called when it has ended, in another thread.

        """

    def is_in_vain(self, ahead: AheadRequest, reply: Reply) -> bool:
        """Whether an answer says that others sent with the same token are of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """A request that is on its way, with all its headers."""

    request: Request
    flight: Flight


@plain_dataclass(slots=True, eq=False)
class Sent:
    """A request that was sent, and whether its answer is there and has been looked at.

    The answer to one that `is_dropped` is not waited for.
    `had_company` says that others were in flight beside it. `is_overtaken` says that one which was
    sent after it was answered before it: then it does not wait for its turn at a target that serves
    one request at a time.
    """

    ahead: AheadRequest
    departed: Departed | None = None
    is_done: bool = False
    is_taken: bool = False
    is_dropped: bool = False
    had_company: bool = False
    is_overtaken: bool = False
    body_bytes: int = 0

    @property
    def flight(self) -> Flight:
        """Its flight; it has one from the moment on when anybody else knows of it."""
        assert self.departed is not None, "it is set under the lock under which it is made"
        return self.departed.flight

    @property
    def was_slow(self) -> bool:
        """Whether the answer took longer than its check allows."""
        limit_s = self.ahead.limit_s
        return limit_s is not None and self.flight.duration_s > limit_s
