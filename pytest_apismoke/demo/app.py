"""The API: what each route answers."""

import secrets
import sqlite3
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from .access import TOKEN_LIFETIME_S, Accounts, Tokens, bearer_token, utc_now
from .behaviour import Behaviour, Write
from .calls import FETCH, HEALTH, LOGIN, OAUTH, SAVE, Call
from .documents import merged
from .responses import ProblemError, SimulatedError, problem, unauthorized
from .store import Store
from .traffic import COUNTERS_PATH, Traffic

_CONSENT_URL = "https://accounts.google.com/o/oauth2/v2/auth"
DESCRIPTION_PATH = "/openapi.json"
_CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar.events"

Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The handlers and what they work on."""

    base_url: str
    version: str
    store: Store
    accounts: Accounts
    tokens: Tokens
    behaviour: Behaviour

    def health(self, call: Call) -> Response:
        """Answer ok if the database answers."""
        if (answer := self.behaviour.instead(call)) is not None:
            return answer
        try:
            self.store.ping()
        except sqlite3.Error:
            return self._health(503, "error", "unreachable")
        return self._health(200, "ok", "ok")

    def login(self, call: Call) -> Response:
        """Exchange a username and password for a token."""
        sent = call.json_object()
        username, password = sent.get("username"), sent.get("password")
        if not isinstance(username, str) or not isinstance(password, str):
            raise ProblemError(422, "missing_field", "username and password are required, as text")
        if not self.accounts.check(username, password):
            raise unauthorized("invalid_credentials", "wrong username or password")
        if (answer := self.behaviour.instead(call)) is not None:
            return answer
        lifetime_s = self.behaviour.lifetime_s(TOKEN_LIFETIME_S)
        token = self.tokens.issue(username, lifetime_s)
        self.behaviour.issued(token)
        return JSONResponse(
            {"access_token": token, "token_type": "bearer", "expires_in": lifetime_s}
        )

    def fetch(self, call: Call) -> Response:
        """Answer the settings document."""
        self._authenticate(call)
        if (answer := self.behaviour.instead(call)) is not None:
            return answer
        return JSONResponse(self.behaviour.shows(self.behaviour.fetches(self.store.load())))

    def save(self, call: Call) -> Response:
        """Merge what was sent into the settings document and answer the whole of it.

        The answer is the healthy one even where a fault stores something else: a lie about
        persistence must only be found by reading back.
        """
        self._authenticate(call)
        sent = call.json_object()
        if (answer := self.behaviour.instead(call)) is not None:
            return answer
        before = self.store.load()
        after = merged(before, sent, utc_now())
        # A precondition counts only for what would succeed without it (RFC 9110 13.2.1).
        shown = self.behaviour.shows(before)
        if (answer := self.behaviour.refuses(call, shown)) is not None:
            return answer
        self.store.save(self.behaviour.stores(Write(sent=sent, before=before, after=after)))
        return JSONResponse(self.behaviour.shows(after))

    def start_oauth(self, call: Call) -> Response:
        """Redirect to Google's consent page."""
        business_id = call.query.get("business_id")
        if not business_id:
            raise ProblemError(422, "missing_parameter", "business_id is required")
        if business_id != self.store.load()["id"]:
            raise ProblemError(404, "unknown_business", "there is no business with this id")
        if (answer := self.behaviour.instead(call)) is not None:
            return answer
        query = {
            "client_id": "apismoke-demo.apps.googleusercontent.com",
            "redirect_uri": f"{self.base_url}/oauth/google/callback",
            "response_type": "code",
            "scope": _CALENDAR_SCOPE,
            "state": secrets.token_urlsafe(24),
        }
        return RedirectResponse(f"{_CONSENT_URL}?{urlencode(query)}", 302)

    def _health(self, status_code: int, status: str, database: str) -> Response:
        report = {"status": status, "database": database, "version": self.version}
        return JSONResponse(report, status_code)

    def _authenticate(self, call: Call) -> None:
        token, refusal = "", None
        try:
            token = bearer_token(call.authorization)
            self.tokens.verify(token)
        except ProblemError as caught:
            refusal = caught
        if not self.behaviour.accepts(token, refusal is None):
            raise refusal or unauthorized("invalid_token", "the access token is not valid")


def create_app(backend: Backend, traffic: Traffic) -> Starlette:
    """Return the ASGI application that serves this backend, its description and its counters."""
    handlers: dict[str, Handler] = {
        HEALTH: backend.health,
        LOGIN: backend.login,
        FETCH: backend.fetch,
        SAVE: backend.save,
        OAUTH: backend.start_oauth,
    }

    async def counters(request: Request) -> Response:
        return JSONResponse(traffic.counters())

    description = files(__package__).joinpath("openapi.json").read_bytes()

    async def describe(request: Request) -> Response:
        return Response(description, media_type="application/json")

    routes = [
        *_routes(handlers, backend.behaviour),
        Route(DESCRIPTION_PATH, describe, methods=["GET"]),
        Route(COUNTERS_PATH, counters, methods=["GET"]),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, Exception: _http_error},
    )
    # A trailing slash is another path here; a redirect would hide a wrong URL in a test.
    app.router.redirect_slashes = False
    return app


def _routes(handlers: dict[str, Handler], behaviour: Behaviour) -> Iterable[Route]:
    by_path: dict[str, list[str]] = {}
    for route in handlers:
        method, path = route.split(" ")
        by_path.setdefault(path, []).append(method)
    # One route a path, so that a wrong method is told every right one.
    return [
        Route(path, _endpoint(path, handlers, behaviour), methods=methods)
        for path, methods in by_path.items()
    ]


def _endpoint(
    path: str, handlers: dict[str, Handler], behaviour: Behaviour
) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        call = await Call.read(request, f"{method} {path}")
        try:
            response = handlers[call.route](call)
        except ProblemError as refusal:
            response = refusal.answer()
        # Everything, because an API answers JSON whatever goes wrong inside.
        except Exception as error:
            response = _internal_error(error)
        return behaviour.dress(call, response)

    return respond


def _internal_error(error: Exception) -> Response:
    # A fault and a caller who hung up need no explanation; anything else is a bug to be seen.
    if not isinstance(error, (SimulatedError, ClientDisconnect)):
        traceback.print_exception(error, file=sys.stderr)
    return problem(500, "internal_error", "the request could not be served")


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _internal_error(error)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    return problem(error.status_code, code, error.detail, error.headers)
