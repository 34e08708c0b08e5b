"""The pages of a backend that need no token, or hardly one: its health, and the start of OAuth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from shapes.asking import Asked, RefusedError
from shapes.parts import Backend, Fault, Json
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

_OTHER_VERSION = "0.9.0"


class HealthPage:
    """The health page, and the page with the version where that is another one."""

    def __init__(self, backend: Backend) -> None:
        self._shape, self._fault = backend.health, backend.fault

    def routes(self) -> Mapping[tuple[str, str], Callable[[Asked], Response]]:
        routes = {("GET", self._shape.path): self._health}
        if self._shape.version_path and not self._shape.version_is_guarded:
            routes["GET", self._shape.version_path] = self._about
        return routes

    def guarded_routes(self) -> Mapping[tuple[str, str], Callable[[Asked], Response]]:
        is_guarded = self._shape.version_is_guarded
        return {("GET", self._shape.version_path): self._about} if is_guarded else {}

    def _version(self) -> str:
        return _OTHER_VERSION if self._fault is Fault.OTHER_VERSION else self._shape.version

    def _health(self, asked: Asked) -> Response:
        if self._fault is Fault.HEALTH_FAILS:
            raise RefusedError(503, "starting")
        word = self._shape.words[self._fault is Fault.DEPENDENCY_DEAD]
        body = _filled(self._shape.body, {"{health}": word, "{version}": self._version()})
        is_text = isinstance(self._shape.body, str) and isinstance(word, str)
        answer = PlainTextResponse(body) if is_text else JSONResponse(body)
        if self._shape.version_header:
            answer.headers[self._shape.version_header] = self._version()
        return answer

    def _about(self, asked: Asked) -> Response:
        return JSONResponse({"name": "shapes", "build": {"version": self._version()}})


class CalendarStart:
    """The start of OAuth."""

    def __init__(self, backend: Backend) -> None:
        self._shape, self._fault = backend.calendar, backend.fault
        self._id = str(backend.document.values.get("id"))

    def routes(self) -> Mapping[tuple[str, str], Callable[[Asked], Response]]:
        return {("GET", self._shape.path): self._start} if self._shape.path else {}

    def _start(self, asked: Asked) -> Response:
        if self._fault is Fault.CALENDAR_FAILS:
            raise RefusedError(500, "the calendar is broken")
        if asked.query.get(self._shape.account) != self._id:
            raise RefusedError(404, "there is no such account")
        if not self._shape.host:
            reason = {"error": "not_configured", "detail": "no client id"}
            return JSONResponse({"available": False, **reason})
        host = "login.example.com" if self._fault is Fault.OTHER_PROVIDER else self._shape.host
        parameters = {
            "client_id": "shapes",
            "redirect_uri": "https://shapes.example.com/back",
            "response_type": "code",
            "scope": "calendar",
            "state": "s-1",
        }
        return RedirectResponse(f"https://{host}/authorize?{urlencode(parameters)}", 302)


def _filled(body: Json, values: Mapping[str, Json]) -> Json:
    """A body with values for its placeholders, each of which is a whole string."""
    if isinstance(body, dict):
        return {name: _filled(value, values) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, values) for value in body]
    return values.get(body, body) if isinstance(body, str) else body
