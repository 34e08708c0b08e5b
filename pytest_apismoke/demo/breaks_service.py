"""Faults of the service as a whole: readiness, version, speed."""

import time
from collections.abc import Callable, Mapping

from starlette.responses import JSONResponse, Response

from .behaviour import Behaviour, Instead
from .calls import HEALTH, LOGIN, Call
from .responses import json_fields, page, problem

_START_S = 1.5
_ANSWER_S = 1.5
_ASKS_BEFORE_ROLLBACK = 3


class SlowStart(Behaviour):
    """Is not ready for a moment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ready_at = clock() + _START_S

    def gate(self, route: str) -> Response | None:
        """Refuse health and login until ready."""
        if route not in (HEALTH, LOGIN) or self._clock() >= self._ready_at:
            return None
        return problem(503, "starting", "the service is starting")


class SlowAnswers(Behaviour):
    """Takes its time."""

    def delay_s(self, route: str) -> float:
        """Hold back everything but the health page."""
        return 0.0 if route == HEALTH else _ANSWER_S


class HtmlEverywhere(Behaviour):
    """Is a frontend's catch-all page, not the API."""

    def gate(self, route: str) -> Response | None:
        """Answer everything with a page."""
        return page()


class OldVersion(Behaviour):
    """Answers some questions for the version with the one before."""

    def __init__(self, is_old: Callable[[int], bool]) -> None:
        self._is_old = is_old
        self._asked = 0

    def dress(self, call: Call, response: Response) -> Response:
        """Count, and change the version where it is due."""
        if call.route != HEALTH:
            return response
        self._asked += 1
        report = json_fields(response)
        if "version" not in report or not self._is_old(self._asked):
            return response
        old = f"{report['version']}-old"
        return JSONResponse({**report, "version": old}, response.status_code)


def _unready() -> Response:
    return problem(503, "unavailable", "the service is not ready")


def _dead_database() -> Response:
    return JSONResponse({"status": "error", "database": "unreachable"})


BEHAVIOURS: Mapping[str, Callable[[], Behaviour]] = {
    "never-ready": lambda: Instead(HEALTH, _unready),
    "slow-start": SlowStart,
    "health-dead-database": lambda: Instead(HEALTH, _dead_database),
    "html-everywhere": HtmlEverywhere,
    "rolling": lambda: OldVersion(lambda asked: asked % 2 == 0),
    "rollback-later": lambda: OldVersion(lambda asked: asked > _ASKS_BEFORE_ROLLBACK),
    "slow-answers": SlowAnswers,
}
