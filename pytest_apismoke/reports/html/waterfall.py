"""When requests were in flight: the lanes of a drawing, and the scale of its axis. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from pytest_apismoke.records import dataclass

#: The width of every drawing, in its own units; the page stretches it.
WIDTH = 1000
#: A bar is never thinner: what was sent has to be seen.
_THINNEST = 2
#: The marks of an axis, with both of its ends.
_TICKS = 5
#: Below this, an axis counts milliseconds.
_SECOND_S = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which something was in flight, in seconds since the run began.

    It includes its start and not its end; one without a length is at its start all the same.
    """

    start_s: float
    end_s: float


def lanes_of(spans: Sequence[Span]) -> tuple[int, ...]:
    """The lane of each span, from 0: the lowest one that is free when it starts.

    So two spans of one lane never overlap, and there are as many lanes as spans were in flight at
    once, at most.
    """
    lanes = [0] * len(spans)
    free: list[int] = []
    taken: list[tuple[float, int]] = []
    for index in sorted(range(len(spans)), key=lambda one: (spans[one].start_s, one)):
        span = spans[index]
        while taken and taken[0][0] <= span.start_s:
            heapq.heappush(free, heapq.heappop(taken)[1])
        lane = heapq.heappop(free) if free else len(taken)
        lanes[index] = lane
        # What takes no time leaves its lane after those that start with it.
        end_s = span.end_s if span.end_s > span.start_s else _just_after(span.start_s)
        heapq.heappush(taken, (end_s, lane))
    return tuple(lanes)


def _just_after(moment_s: float) -> float:
    return moment_s + 1e-9 * max(1.0, abs(moment_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a moment is in a drawing, and what its axis says."""

    start_s: float
    end_s: float

    @classmethod
    def over(cls, spans: Sequence[Span]) -> Scale:
        """The scale on which all spans can be drawn."""
        start_s = min((span.start_s for span in spans), default=0.0)
        end_s = max((span.end_s for span in spans), default=0.0)
        return cls(start_s=start_s, end_s=max(end_s, start_s))

    def x(self, moment_s: float) -> int:
        """The place of a moment, from 0 to `WIDTH`."""
        length_s = self.end_s - self.start_s
        if length_s <= 0:
            return 0
        place = round((moment_s - self.start_s) / length_s * WIDTH)
        return min(max(place, 0), WIDTH)

    def bar(self, span: Span) -> tuple[int, int]:
        """The left end and the width of a span's bar, inside of the drawing."""
        left = min(self.x(span.start_s), WIDTH - _THINNEST)
        return left, max(self.x(span.end_s) - left, _THINNEST)

    @property
    def ticks(self) -> tuple[str, ...]:
        """The words along the axis, the first and the last with their unit."""
        step_s = (self.end_s - self.start_s) / (_TICKS - 1)
        moments = [self.start_s + step_s * number for number in range(_TICKS)]
        is_short = self.end_s < _SECOND_S
        # As many decimals as tell one mark from the next.
        decimals = next((n for n in (1, 2) if step_s >= 10**-n), 3)
        words = [
            f"{moment * 1000:.0f}" if is_short else f"{moment:.{decimals}f}" for moment in moments
        ]
        unit = "ms" if is_short else "s"
        return (f"{words[0]} {unit}", *words[1:-1], f"{words[-1]} {unit}")
