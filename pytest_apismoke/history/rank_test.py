"""The rank test of Mann and Whitney, one-sided: are these values greater than those? Pure.

It asks only which of two values is greater, so one run on a bad day weighs as much as any other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

#: Beyond so many pairs the distribution is close to the normal one, and long to count.
_EXACT_PAIRS = 2500


def p_value(before: Sequence[float], now: Sequence[float]) -> float:
    """How likely `now` wins so many comparisons with `before` where nothing has changed.

    Two equal values are half a win. Without values on both sides it is 1.

    Source: Mann and Whitney (1947), On a test of whether one of two random variables is
    stochastically larger than the other.
    """
    pairs = len(before) * len(now)
    if not pairs:
        return 1.0
    wins = sum(1.0 if b < n else 0.5 if b == n else 0.0 for b in before for n in now)
    if pairs <= _EXACT_PAIRS:
        # Half a win is left out, which errs on the side of "nothing has changed".
        counts = _distribution(len(before), len(now))
        return sum(counts[math.floor(wins) :]) / sum(counts)
    return _normal(wins, before, now)


def least_p_value(before: int, now: int) -> float:
    """The p-value where each of `now` values is greater than each of `before`."""
    return 1 / math.comb(before + now, now)


@lru_cache(maxsize=64)
def _distribution(before: int, now: int) -> tuple[int, ...]:
    """How many orders of all the values have 0, 1, 2, ... wins: a Gaussian binomial coefficient."""
    counts = [1] + [0] * (before * now)
    for step in range(1, now + 1):
        for wins in range(before * now, before + step - 1, -1):
            counts[wins] -= counts[wins - before - step]
        for wins in range(step, before * now + 1):
            counts[wins] += counts[wins - step]
    return tuple(counts)


def _normal(wins: float, before: Sequence[float], now: Sequence[float]) -> float:
    every = sorted([*before, *now])
    total, pairs = len(every), len(before) * len(now)
    ties = sum(n**3 - n for n in (every.count(value) for value in set(every)))
    variance = pairs / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    # Continuity: half a win belongs to the next number.
    z = (wins - pairs / 2 - 0.5) / math.sqrt(variance)
    return 0.5 * math.erfc(z / math.sqrt(2))
