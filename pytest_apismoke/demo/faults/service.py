"""Faults of the whole service: readiness, version, speed."""

import time
from collections import Counter
from collections.abc import Callable

from ..behaviour import Behaviour, replace_response, transform_response
from ..request import HEALTH, LOGIN, Request
from ..response import Response, html_page, json_response, problem
from .registry import fault

_START_S = 1.5
_DELAY_S = 1.5


@fault(api="target", stage="ready", category="unready")
def never_ready() -> Behaviour:
    """the health page always answers 503"""
    return replace_response(HEALTH, problem(503, "unavailable", "the service is not ready"))


@fault(api="target", stage="ready", category="unready")
def health_dead_database() -> Behaviour:
    """the health page answers 200 with the status "error" """
    content = {"status": "error", "database": "unreachable"}
    return replace_response(HEALTH, json_response(content))


@fault(api="target", stage="ready", category="unready")
def db_down() -> Behaviour:
    """the health page answers 200 and "ok", and its db says that the database is gone"""
    gone = {"db": "error: connection refused"}
    return transform_response(
        [HEALTH], 200, lambda response: json_response({**response.json_object(), **gone})
    )


@fault(api="target", stage="ready", category="unready")
def html_everywhere() -> Behaviour:
    """every path answers 200 with an HTML page"""
    return Behaviour(before_request=lambda route: html_page())


@fault(api="target", stage="ready", category=None)
def slow_start(clock: Callable[[], float] = time.monotonic) -> Behaviour:
    """health and login answer 503 for the first 1.5 seconds"""
    ready_at = clock() + _START_S

    def refuse_until_ready(route: str) -> Response | None:
        if route not in (HEALTH, LOGIN) or clock() >= ready_at:
            return None
        return problem(503, "starting", "the service is starting")

    return Behaviour(before_request=refuse_until_ready)


@fault(api="target", stage="version", category="version")
def rolling() -> Behaviour:
    """the health page alternates between the version and VERSION-old"""
    return _old_version(lambda numbers: numbers[HEALTH] % 2 == 0)


@fault(api="target", stage="version", category="version")
def rollback_later() -> Behaviour:
    """the health page answers VERSION-old once somebody has logged in"""
    return _old_version(lambda numbers: numbers[LOGIN] > 0)


@fault(api="target", stage="budget", category="budget")
def slow_answers() -> Behaviour:
    """every answer but the health page takes 1.5 seconds"""
    return Behaviour(delay_s=lambda route: 0.0 if route == HEALTH else _DELAY_S)


def _old_version(is_old: Callable[[Counter[str]], bool]) -> Behaviour:
    """Show the old version in those health responses that ``is_old`` selects.

    It is given the number of requests so far, by route.
    """
    numbers: Counter[str] = Counter()

    def transform(request: Request, response: Response) -> Response:
        numbers[request.route] += 1
        if request.route != HEALTH or not is_old(numbers):
            return response
        health = response.json_object()
        if "version" not in health:
            return response
        return json_response({**health, "version": f"{health['version']}-old"}, response.status)

    return Behaviour(transform_response=transform)
