"""A time limit for validation that holds in any thread, and in many at once.

Two things can take for ever: a pattern that backtracks, and a schema whose branches multiply. Both
look at the deadline of the context that they run in: the keyword functions each time that a
subschema is applied (`dialects`), and the search for a pattern (`patterns`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from pytest_apismoke.errors import Category, fail
from pytest_apismoke.http.budget import Budget

#: A response of some megabytes takes a second or two; a validation that takes longer would take the
#: whole budget, and with it the time of every other check.
LONGEST_S = 5.0


class ValidationTimeoutError(Exception):
    """A validation did not end within its time limit."""


#: The clock is read at every eighth subschema: read at each, it takes 4 % of a validation.
_SUBSCHEMAS = 0b111


@dataclass(slots=True)
class _Deadline:
    """A moment of a monotonic clock, in seconds, and the subschemas applied so far."""

    at_s: float
    clock: Callable[[], float]
    subschemas: int = 0


_DEADLINE: ContextVar[_Deadline | None] = ContextVar("deadline of a validation", default=None)


@contextmanager
def time_limit(seconds: float, *, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Ends every validation inside after so many seconds; an outer limit that is shorter holds.

    Raises:
        ValidationTimeoutError: inside, when the time is up.

    """
    outer = _DEADLINE.get()
    deadline = _Deadline(clock() + seconds, clock)
    if outer is not None and outer.at_s <= deadline.at_s:
        deadline = outer
    token = _DEADLINE.set(deadline)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def check_deadline() -> None:
    """To be called for every subschema that is applied.

    Raises:
        ValidationTimeoutError: when no time is left, at every eighth call.

    """
    deadline = _DEADLINE.get()
    if deadline is not None:
        deadline.subschemas += 1
        if not deadline.subschemas & _SUBSCHEMAS and deadline.clock() >= deadline.at_s:
            raise ValidationTimeoutError


def remaining_s() -> float | None:
    """Seconds left, more than 0; None where there is no limit.

    Raises:
        ValidationTimeoutError: when none are left.

    """
    deadline = _DEADLINE.get()
    if deadline is None:
        return None
    left_s = deadline.at_s - deadline.clock()
    if left_s <= 0:
        raise ValidationTimeoutError
    return left_s


@contextmanager
def limit_validation(contract: str, budget: Budget) -> Iterator[None]:
    """Ends the validation inside after five seconds, or when the budget is spent.

    Args:
        contract: how a message names the place of the contract.
        budget: of the run.

    Raises:
        SmokeError: (`budget`) when the time is up; that says nothing about the target.

    """
    limit_s = min(LONGEST_S, budget.remaining_s())
    try:
        with time_limit(limit_s):
            yield
    except ValidationTimeoutError:
        raise fail(
            Category.BUDGET,
            expected="the validation of the response against its contract to finish",
            seen=f"no result within {limit_s:.3g} s",
            where=contract,
            hint="look there for a pattern that backtracks without end, such as ^(a|aa)+$, or for"
            " a schema whose branches multiply, and rewrite it",
        ) from None
