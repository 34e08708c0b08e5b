"""Decides from the versions that single answers show whether a roll-out is over. Pure.

A sequential test. Behind a balancer each answer comes from one instance by chance, so that a few
answers of the expected version prove little: with a quarter of the instances old, three in a row
come in 42 of 100 tries. A streak of answers therefore has to be so long that old instances would
have broken it. Each streak that is broken makes the next one longer, so that the chance of a wrong
end stays below `CHANCE` however often it is tried; and once both versions have answered in turn,
old instances are known to be there, and the last of them is looked for.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from enum import Enum, auto

from pytest_apismoke.records import dataclass

#: The chance that a roll-out that is not over counts as over, if at least so large a share of the
#: instances is old: before an old one has answered beside a new one, and after.
CHANCE = 0.01
SHARE, SHARE_IF_MIXED = 0.25, 0.1


class Shown(Enum):
    """What one answer says about the roll-out."""

    EXPECTED = auto()
    OTHER = auto()
    #: The instance is not ready, or shows no version.
    NOT_READY = auto()
    #: Nothing: the target asks for fewer requests, or the time was over.
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOut:
    """The answers so far.

    Attributes:
        at_least: how many answers in a row have to show the expected version in any case.
        agreeing: how many have done so since the last that did not.
        streaks: how many times such a row has begun.
        expected: how many answers have shown the expected version in all.
        other: how many have shown another one since the expected version was first seen.
        is_mixed: whether another version has answered after the expected one.
        last_other: the last other version that has answered; empty if none has.

    """

    at_least: int
    agreeing: int = 0
    streaks: int = 0
    expected: int = 0
    other: int = 0
    is_mixed: bool = False
    last_other: str = ""

    @property
    def needed(self) -> int:
        """How many answers in a row show that the roll-out is over."""
        return max(self.at_least, answers_needed(self.streaks, is_mixed=self.is_mixed))

    @property
    def missing(self) -> int:
        """How many of those have not come yet."""
        return max(0, self.needed - self.agreeing)

    @property
    def is_over(self) -> bool:
        """Whether the expected version answers, and no other one."""
        return self.agreeing > 0 and not self.missing

    def after(self, answers: Collection[Shown], other: str = "") -> RollOut:
        """With further answers, whose order says nothing: they were asked for side by side.

        Args:
            answers: what each of them shows.
            other: the other version, if one of them shows one.

        """
        agreed = sum(shown is Shown.EXPECTED for shown in answers)
        differed = sum(shown is Shown.OTHER for shown in answers)
        was_seen = self.expected + agreed > 0
        begins = agreed > 0 and self.agreeing == 0
        is_broken = differed > 0 or Shown.NOT_READY in answers
        return replace(
            self,
            agreeing=0 if is_broken else self.agreeing + agreed,
            streaks=self.streaks + begins,
            expected=self.expected + agreed,
            other=self.other + (differed if was_seen else 0),
            # An old version before the new one is how every roll-out begins.
            is_mixed=self.is_mixed or (differed > 0 and was_seen),
            last_other=other or self.last_other,
        )


def answers_needed(streak: int, *, is_mixed: bool) -> int:
    """How long a row of answers has to be, so that old instances would have broken it.

    The first answer begins the row and proves nothing. The chances of all rows together stay below
    `CHANCE`: that of the n-th is `CHANCE / n / (n + 1)`, and the sum of those is `CHANCE`.

    Args:
        streak: the number of the row, from 1.
        is_mixed: whether old instances are known to be there.

    """
    number = max(1, streak)
    chance = CHANCE / number / (number + 1)
    share = SHARE_IF_MIXED if is_mixed else SHARE
    return 1 + math.ceil(math.log(chance) / math.log1p(-share))
