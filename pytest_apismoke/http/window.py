"""How many requests may be in flight at once: fewer where the target does not bear more. Pure.

It opens slowly and closes fast, as TCP does (RFC 5681): a target that serves one request at a time
gets a few and not all, and one that refuses because of their number is not to blame for that.
"""

from __future__ import annotations

import math
from dataclasses import replace

from pytest_apismoke.records import dataclass

#: The requests at the beginning, before anything is known about the target.
_AT_FIRST = 4
#: Beside others, an answer may take this many times as long as the fastest one before the number
#: of requests falls, and before it grows no more; unless it was fast all the same, in seconds.
_SLOW, _SLOW_S = 4.0, 1.0
_SLOWER, _SLOWER_S = 2.0, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The number of requests that may be in flight at once.

    `most` is how many the user allows, `at_once` how many it are now; 1 is one after the other.
    `fastest_s` is the shortest time of an answer, in seconds. `of_before` counts the answers to
    requests that were sent before the number fell, which say nothing about the present one.
    """

    most: int
    at_once: int
    fastest_s: float = math.inf
    is_growing: bool = True
    of_before: int = 0

    @classmethod
    def opening(cls, most: int) -> Window:
        """The window at the beginning."""
        return cls(most=most, at_once=min(_AT_FIRST, most))

    @property
    def is_open(self) -> bool:
        """Whether requests may overlap at all."""
        return self.at_once > 1

    def after_answer(self, duration_s: float) -> Window:
        """The window after an answer that took some seconds."""
        now = replace(self, fastest_s=min(self.fastest_s, duration_s))
        if self.of_before:
            return replace(now, of_before=self.of_before - 1)
        if duration_s > max(_SLOW_S, _SLOW * now.fastest_s):
            return now._fallen()
        if self.is_growing and duration_s < max(_SLOWER_S, _SLOWER * now.fastest_s):
            return replace(now, at_once=min(self.most, self.at_once + 1))
        return now

    def after_refusal(self) -> Window:
        """The window after the target could not answer, perhaps because of the number."""
        if self.of_before:
            return replace(self, of_before=self.of_before - 1)
        return self._fallen()

    def _fallen(self) -> Window:
        return replace(
            self,
            at_once=max(1, self.at_once // 2),
            is_growing=False,
            of_before=self.at_once - 1,
        )
