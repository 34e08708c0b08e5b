"""The limit on logins: so many a minute for each address, counted in the memory of the process."""

import time
from collections.abc import Callable

#: The backend that team A runs allows 5, which is the fault ``login-limit``. Here it is more, so
#: that whoever tries things out is not locked out: gates in a row, or tests that log in each time.
LOGINS_PER_MINUTE = 300
_WINDOW_S = 60.0


class LoginLimit:
    """Counts the logins of each address in windows of a minute, those that failed included.

    A window begins with the first login after the last window. Attempts that are refused make it
    no longer.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def admits(self, address: str) -> bool:
        """Count a login; return whether it is within the limit."""
        now = self._clock()
        began, number = self._windows.get(address, (now, 0))
        if now >= began + _WINDOW_S:
            began, number = now, 0
        self._windows[address] = began, number + 1
        return number < self.per_minute
