"""How many requests may be in flight at once: fewer where the target does not bear more. Pure.

It opens slowly and closes fast, as TCP does (RFC 5681). The first request goes alone: how long its
answer takes says how many may be in flight at a target that serves one at a time, where each waits
for those before it, within the time limit of all; and whether anything is won by sending others
beside it. While answers come sooner than they are judged, the window rests, and a request is sent
when its check begins: to hand the interpreter from thread to thread would take longer than what is
waited for.
"""

from __future__ import annotations

import math
from dataclasses import replace

from pytest_apismoke.records import dataclass

#: The requests after the first one, which went alone.
_AT_FIRST = 8
#: What is usually answered sooner is not sent ahead, in seconds. On the loopback, runs with
#: requests of 0.5 ms took 7 to 29 % longer beside each other than one by one, and with requests of
#: 1.6 ms a fifth less; the first requests of a run take 1 ms more than the others.
_WORTH_S = 0.0025
#: How much the latest answer counts in the usual time of one: a single slow one does not open it.
_LATEST = 1 / 16
#: A request without an answer after so many seconds makes the usual time long enough by itself.
SILENCE_S = _WORTH_S / _LATEST
#: The longest time that a request may wait for others, in seconds: half of the usual read timeout.
_WAIT_S = 5.0
#: Shorter answers are as good as none, in seconds.
_SHORTEST_S = 0.001
#: Beside others, an answer may take this many times as long as the fastest one before the number
#: of requests falls, and before it grows no more; unless it was fast all the same, in seconds.
_SLOW, _SLOW_S = 4.0, 1.0
_SLOWER, _SLOWER_S = 2.0, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The number of requests that may be in flight at once.

    `most` is how many the user allows, `at_once` how many it are now; 1 is one after the other, and
    0 is none: the window rests. `is_probing` says that the first one has not been answered yet.
    `usual_s` is the smoothed time of an answer until the window opens, `fastest_s` the shortest one
    since then, in seconds. `of_before` counts the answers to requests that were sent before the
    number fell, which say nothing about the present one.
    """

    most: int
    at_once: int
    usual_s: float = 0.0
    fastest_s: float = math.inf
    is_growing: bool = True
    of_before: int = 0
    is_probing: bool = False

    @classmethod
    def opening(cls, most: int) -> Window:
        """The window at the beginning."""
        return cls(most=most, at_once=1, is_probing=most > 1)

    @property
    def is_open(self) -> bool:
        """Whether requests may overlap at all."""
        return self.is_probing or self.at_once != 1

    @property
    def is_resting(self) -> bool:
        """Whether answers come so soon that each check had better send its request itself."""
        return self.at_once == 0

    def after_answer(self, duration_s: float) -> Window:
        """The window after an answer that took some seconds."""
        if self.is_probing:
            now = replace(self, is_probing=False, usual_s=duration_s, fastest_s=duration_s)
            opened = min(_AT_FIRST, now._bearable())
            return replace(now, at_once=0 if duration_s < _WORTH_S else opened)
        if self.is_resting:
            usual_s = self.usual_s + _LATEST * (duration_s - self.usual_s)
            return replace(self, usual_s=usual_s)._woken(usual_s)
        now = replace(self, fastest_s=min(self.fastest_s, duration_s))
        if self.of_before:
            return replace(now, of_before=self.of_before - 1)
        if duration_s > max(_SLOW_S, _SLOW * now.fastest_s):
            return now._fallen()
        if self.is_growing and duration_s < max(_SLOWER_S, _SLOWER * now.fastest_s):
            return replace(now, at_once=min(now._bearable(), self.at_once + 1))
        return now

    def after_silence(self) -> Window:
        """The window after a request, sent while it rested, that has no answer after a while."""
        return self._woken(SILENCE_S) if self.is_resting else self

    def after_refusal(self) -> Window:
        """The window after the target could not answer, perhaps because of the number."""
        if self.is_probing or self.is_resting:
            # It went alone, so that their number is not the reason.
            return self
        if self.of_before:
            return replace(self, of_before=self.of_before - 1)
        return self._fallen()

    def _woken(self, usual_s: float) -> Window:
        # Slowly: those before were the fast ones of a target that may serve one at a time.
        return self if usual_s < _WORTH_S else replace(self, at_once=2, fastest_s=math.inf)

    def _bearable(self) -> int:
        """How many a target may be asked at once that perhaps serves one at a time."""
        return max(1, min(self.most, int(_WAIT_S / max(self.fastest_s, _SHORTEST_S))))

    def _fallen(self) -> Window:
        return replace(
            self,
            at_once=max(1, self.at_once // 2),
            is_growing=False,
            of_before=self.at_once - 1,
        )
