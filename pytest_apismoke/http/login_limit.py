"""Patience with a target that limits its logins: how long to wait after each 429, and when to stop.

A limit says nothing about the target, so a run waits as long as its budget lasts, and then could
not tell. Limits may count the refused logins too: the waits grow.
"""

from __future__ import annotations

from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import told_wait_s

#: The first wait where the target tells none, which doubles each time; and the longest, in seconds.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 10.0
_HINT = "too many logins: wait, or raise the target's limit for this account"
_MORE = "; --smoke-budget SECONDS allows more time, and APISMOKE_TOKEN needs no login"


class Refusals:
    """The logins of one token that were refused with 429."""

    def __init__(self) -> None:
        self._number = 0
        self._waited_s = 0.0

    def next_wait_s(self, response: Response, *, left_s: float) -> float:
        """Seconds until the next login.

        Args:
            response: the refusal.
            left_s: seconds that are left of the budget.

        Raises:
            SmokeError: (`budget`) when the wait would outlast them.

        """
        told_s = told_wait_s(response.headers)
        if told_s is not None and told_s >= left_s:
            raise _spent(response, f"429, which asks for a wait of {told_s:.0f} s", _HINT)
        # The first wait that was told is taken at its word. A target that tells too short ones
        # again and again is not asked in a loop.
        steps = self._number - (told_s is not None)
        grown_s = 0.0 if steps < 0 else min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(steps, 10))
        wait_s = max(told_s or 0.0, grown_s)
        self._number += 1
        if wait_s >= left_s:
            seen = f"429 to {self._logins}"
            seen += "" if told_s is not None else ", without Retry-After"
            raise _spent(response, seen, _HINT + _MORE)
        self._waited_s += wait_s
        return wait_s

    @property
    def _logins(self) -> str:
        if self._number == 1:
            return "the login"
        return f"each of {self._number} logins within {self._waited_s:.0f} s"


def _spent(response: Response, seen: str, hint: str) -> SmokeError:
    return fail(
        Category.BUDGET,
        expected="to log in within the budget",
        seen=seen,
        where=response.where,
        hint=hint,
    )
