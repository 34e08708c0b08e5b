"""The handlers of the API: one request in, one response out, no web framework."""

import secrets
import sqlite3
import sys
import traceback
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from .access import TOKEN_LIFETIME_S, Accounts, Tokens, bearer_token, utc_now
from .behaviour import Behaviour, Write
from .documents import merge
from .request import FETCH, HEALTH, LOGIN, OAUTH, SAVE, Request
from .response import (
    ProblemError,
    Response,
    internal_error,
    json_response,
    redirect,
    unauthorized,
)
from .store import Store

_CONSENT_URL = "https://accounts.google.com/o/oauth2/v2/auth"
_CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar.events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The handlers, the state that they share, and the behaviour that faults have changed."""

    base_url: str
    version: str
    store: Store
    accounts: Accounts
    tokens: Tokens
    behaviour: Behaviour

    def respond(self, request: Request) -> Response:
        """Return the response to a request to one of the routes, errors included."""
        handlers = {
            HEALTH: self.health,
            LOGIN: self.login,
            FETCH: self.fetch,
            SAVE: self.save,
            OAUTH: self.start_oauth,
        }
        try:
            response = handlers[request.route](request)
        except ProblemError as refusal:
            response = refusal.response
        # Everything, because an API responds in JSON to an error of its own too.
        except Exception as error:
            traceback.print_exception(error, file=sys.stderr)
            response = internal_error()
        return self.behaviour.transform_response(request, response)

    def health(self, request: Request) -> Response:
        """Report the health, which is that of the database."""
        if replaced := self.behaviour.replace_response(request):
            return replaced
        try:
            self.store.ping()
        except sqlite3.Error:
            return self._health(503, "error", "unreachable")
        return self._health(200, "ok", "ok")

    def login(self, request: Request) -> Response:
        """Exchange a username and password for a token."""
        sent = request.json_object()
        username, password = sent.get("username"), sent.get("password")
        if not isinstance(username, str) or not isinstance(password, str):
            raise ProblemError(
                422, "missing_field", "username and password are required, as strings"
            )
        if not self.accounts.check(username, password):
            raise unauthorized("invalid_credentials", "wrong username or password")
        if replaced := self.behaviour.replace_response(request):
            return replaced
        lifetime_s = self.behaviour.token_lifetime_s(TOKEN_LIFETIME_S)
        token = self.tokens.issue(username, lifetime_s)
        self.behaviour.token_issued(token)
        return json_response(
            {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": lifetime_s,
                "user": {"email": username},
            }
        )

    def fetch(self, request: Request) -> Response:
        """Return the settings document."""
        self._authenticate(request)
        if replaced := self.behaviour.replace_response(request):
            return replaced
        document = self.behaviour.fetched_document(self.store.load())
        return json_response(self.behaviour.shown_document(document))

    def save(self, request: Request) -> Response:
        """Merge the request into the settings document and return the whole document.

        The response is the healthy one even if a fault stores another document: only a read-back
        can find a lie about persistence.
        """
        username = self._authenticate(request)
        sent = request.json_object()
        if replaced := self.behaviour.replace_response(request):
            return replaced
        before = self.behaviour.document_to_update(self.store.load())
        merged = merge(before, sent, utc_now())
        # A precondition counts only in a request that would succeed without it (RFC 9110 13.2.1).
        shown = self.behaviour.shown_document(before)
        if refused := self.behaviour.refuse_update(request, shown):
            return refused
        write = Write(username=username, sent=sent, before=before, after=merged)
        write = replace(write, after=self.behaviour.updated_document(write))
        self.store.save(self.behaviour.stored_document(write))
        return json_response(self.behaviour.shown_document(write.after))

    def start_oauth(self, request: Request) -> Response:
        """Redirect to Google's consent page."""
        business_id = request.query.get("business_id")
        if not business_id:
            raise ProblemError(422, "missing_parameter", "business_id is required")
        if business_id != self.store.load()["id"]:
            raise ProblemError(404, "unknown_business", "there is no business with this id")
        if replaced := self.behaviour.replace_response(request):
            return replaced
        query = {
            "client_id": "apismoke-demo.apps.googleusercontent.com",
            "redirect_uri": f"{self.base_url}/oauth/google/callback",
            "response_type": "code",
            "scope": _CALENDAR_SCOPE,
            "state": secrets.token_urlsafe(24),
        }
        return redirect(f"{_CONSENT_URL}?{urlencode(query)}")

    def _health(self, status_code: int, status: str, database: str) -> Response:
        content = {"status": status, "database": database, "version": self.version}
        return json_response(content, status_code)

    def _authenticate(self, request: Request) -> str:
        """Return the username; "" where a fault accepts a token that is not valid."""
        token, username, refusal = "", "", None
        try:
            token = bearer_token(request.authorization)
            username = self.tokens.verify(token)
        except ProblemError as caught:
            refusal = caught
        if not self.behaviour.accepts_token(token, refusal is None):
            raise refusal or unauthorized("invalid_token", "the access token is not valid")
        return username
