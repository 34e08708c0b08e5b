"""The counters of requests and logins that the backend has received."""

from collections import Counter

from .request import LOGIN, ROUTES
from .response import JsonObject

COUNTERS_PATH = "/demo/requests"

_PATHS = frozenset(route.split(" ")[1] for route in ROUTES)


class Traffic:
    """The number of requests so far; a request to the counters themselves does not count."""

    def __init__(self) -> None:
        self._by_route: Counter[str] = Counter()

    def count(self, route: str) -> None:
        """Count one request, given as ``"METHOD /path"``; unknown paths count together."""
        method, _, path = route.partition(" ")
        if path != COUNTERS_PATH:
            self._by_route[route if path in _PATHS else f"{method} (unknown)"] += 1

    @property
    def total(self) -> int:
        """The number of all requests."""
        return sum(self._by_route.values())

    @property
    def logins(self) -> int:
        """The number of login requests, refused ones included."""
        return self._by_route[LOGIN]

    def counters(self) -> JsonObject:
        """Return ``{"total": int, "logins": int, "by_route": {"METHOD /path": int}}``."""
        by_route = dict(sorted(self._by_route.items()))
        return {"total": self.total, "logins": self.logins, "by_route": by_route}
