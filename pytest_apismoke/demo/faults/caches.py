"""Caches in front of the settings, which show how old their answers are (RFC 9111)."""

import time
from collections.abc import Callable

from ..behaviour import Behaviour
from ..request import FETCH, Request
from ..response import Response
from .registry import fault

_BRIEF_S = 1
_LONG_S = 600


@fault(api="settings", stage="persist", category=None)
def cache_in_front(clock: Callable[[], float] = time.monotonic) -> Behaviour:
    """fetching is served from a cache for 1 second, except with no-cache"""
    return _cache(_BRIEF_S, clock, lambda request: request.takes_cached)


@fault(api="settings", stage="persist", category="persist")
def cache_stubborn(clock: Callable[[], float] = time.monotonic) -> Behaviour:
    """fetching is served from a cache for 600 seconds, even with no-cache"""
    return _cache(_LONG_S, clock, lambda request: True)


def _cache(
    lifetime_s: float, clock: Callable[[], float], may_be_cached: Callable[[Request], bool]
) -> Behaviour:
    """Serve a document from the cache, with its Age, until it is so old."""
    cached: Response | None = None
    cached_at = 0.0

    def serve(request: Request) -> Response | None:
        age_s = clock() - cached_at
        if request.route != FETCH or cached is None or age_s >= lifetime_s:
            return None
        return cached.with_header("Age", str(int(age_s))) if may_be_cached(request) else None

    def keep(request: Request, response: Response) -> Response:
        nonlocal cached, cached_at
        if request.route == FETCH and response.status == 200 and "Age" not in response.headers:
            cached, cached_at = response, clock()
        return response

    return Behaviour(replace_response=serve, transform_response=keep)
