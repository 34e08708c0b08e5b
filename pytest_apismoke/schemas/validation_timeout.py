"""A limit for one comparison of an answer with a contract, whose patterns may take for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_apismoke.errors import Category, fail
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.schemas.time_limit import TimeIsUpError, time_limit

#: An answer of some megabytes takes a second or two; what takes longer would take the whole budget,
#: and with it the time of every other check.
LONGEST_S = 5.0


@contextmanager
def comparing(contract: str, budget: Budget) -> Iterator[None]:
    """Ends what runs inside when it takes too long: by itself, or for what is left of the budget.

    Args:
        contract: how a message names the place of what an answer is held against.
        budget: of the run.

    Raises:
        SmokeError: (`budget`) when the time is up; that says nothing about the target.

    """
    limit_s = min(LONGEST_S, budget.remaining_s())
    try:
        with time_limit(limit_s):
            yield
    except TimeIsUpError:
        raise fail(
            Category.BUDGET,
            expected="the comparison of an answer with its contract to end",
            seen=f"no end of it within {limit_s:.3g} s",
            where=contract,
            hint="look there for a pattern that tries ever more ways, such as ^(a+)+$, and write it"
            " without a repetition inside of a repetition",
        ) from None
