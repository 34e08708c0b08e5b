"""A request that may be sent before its check begins, and who sends it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from pytest_apismoke.http.flight import Flight, Reply
from pytest_apismoke.http.request import Request
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadRequest:
    """The first request of a check, which depends on no other check.

    `auth` says whether it carries the run's token, `expected` are the statuses that are no
    failure. An answer that took longer than `limit_s` is not used: alone it may be faster.
    """

    request: Request
    auth: bool = True
    expected: Collection[int] = ()
    limit_s: float | None = None


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
    """A request that is on its way, with all its headers; `is_encrypted` says whether by TLS."""

    request: Request
    flight: Flight
    is_encrypted: bool = False
