"""The handlers of the API: one request in, one response out, no web framework."""

import secrets
import sqlite3
import sys
import traceback
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from .access import (
    COOKIE,
    TOKEN_LIFETIME_S,
    USER_ID,
    Accounts,
    Tokens,
    invalid_token,
    token_in,
)
from .behaviour import Behaviour, Write
from .documents import BUSINESS_ID, merge
from .login_limit import LoginLimit
from .request import (
    CALLBACK,
    FETCH,
    HEALTH,
    LOGIN,
    OAUTH,
    SAVE,
    STATUS_WEBHOOK,
    BodyError,
    Request,
)
from .response import (
    JsonObject,
    ProblemError,
    Response,
    internal_error,
    json_response,
    redirect,
    refused,
    server_error,
    unauthorized,
    unprocessable,
)
from .store import Store
from .twilio import is_signed

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
    login_limit: LoginLimit
    behaviour: Behaviour
    twilio_auth_token: str = field(default="", repr=False)

    def respond(self, request: Request) -> Response:
        """Return the response to a request to one of the routes, errors included."""
        handlers = {
            HEALTH: self.health,
            LOGIN: self.login,
            FETCH: self.fetch,
            SAVE: self.save,
            OAUTH: self.start_oauth,
            CALLBACK: self.finish_oauth,
            STATUS_WEBHOOK: self.end_call,
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
        """Report the health.

        It answers 200 and "ok" whatever happens: the state of the database is in ``db`` alone.
        """
        if replaced := self.behaviour.replace_response(request):
            return replaced
        try:
            self.store.ping()
            database = "connected"
        except sqlite3.Error as error:
            database = f"error: {error}"
        content = {"status": "ok", "env": "local", "db": database, "version": self.version}
        return json_response(content)

    def login(self, request: Request) -> Response:
        """Exchange an email address and a password for a token."""
        email, password = _credentials_in(request)
        if not self.login_limit.admits(request.address):
            most = f"{self.login_limit.per_minute} per 1 minute"
            return json_response({"error": f"Rate limit exceeded: {most}"}, 429)
        if not self.accounts.check(email, password):
            raise unauthorized("Invalid credentials")
        if replaced := self.behaviour.replace_response(request):
            return replaced
        lifetime_s = self.behaviour.token_lifetime_s(TOKEN_LIFETIME_S)
        token = self.tokens.issue(email, lifetime_s)
        self.behaviour.token_issued(token)
        user = {"id": USER_ID, "email": email, "business_id": BUSINESS_ID, "is_verified": True}
        content = {"access_token": token, "token_type": "bearer", "user": user}
        cookie = f"{COOKIE}={token}; HttpOnly; Max-Age={lifetime_s}; Path=/; SameSite=lax"
        return json_response(content, headers={"Set-Cookie": cookie})

    def fetch(self, request: Request) -> Response:
        """Return the settings document."""
        self._authenticate(request)
        if replaced := self.behaviour.replace_response(request):
            return replaced
        document = self.behaviour.fetched_document(self.store.load())
        return json_response(self.behaviour.shown_document(document))

    def save(self, request: Request) -> Response:
        """Merge the request into the settings document and acknowledge it.

        The response says nothing of what was stored: only a read-back can find a lie about that.
        """
        email = self._authenticate(request)
        try:
            sent = request.json_object()
        except BodyError:
            return server_error()
        if replaced := self.behaviour.replace_response(request):
            return replaced
        before = self.behaviour.document_to_update(self.store.load())
        merged = merge(before, sent)
        # A precondition counts only in a request that would succeed without it (RFC 9110 13.2.1).
        shown = self.behaviour.shown_document(before)
        if refused := self.behaviour.refuse_update(request, shown):
            return refused
        write = Write(email=email, sent=sent, before=before, after=merged)
        write = replace(write, after=self.behaviour.updated_document(write))
        self.store.save(self.behaviour.stored_document(write))
        return json_response({"status": "success", "id": int(BUSINESS_ID)})

    def start_oauth(self, request: Request) -> Response:
        """Redirect to Google's consent page."""
        business_id = request.query.get("business_id")
        if not business_id:
            raise unprocessable("missing", ("query", "business_id"), "Field required", None)
        if business_id != self.store.load()["id"]:
            raise refused(404, "Business not found")
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

    def finish_oauth(self, request: Request) -> Response:
        """Refuse what the consent page has not sent; no code of it is ever exchanged here."""
        if replaced := self.behaviour.replace_response(request):
            return replaced
        for name in ("code", "state"):
            if not request.query.get(name):
                raise unprocessable("missing", ("query", name), "Field required", None)
        raise refused(400, "Unknown state")

    def end_call(self, request: Request) -> Response:
        """Take Twilio's word for the end of a call; there are no calls, so it changes nothing."""
        signed = is_signed(
            request.signature, url=request.url, body=request.body, auth_token=self.twilio_auth_token
        )
        if not self.behaviour.accepts_webhook(request.signature, signed):
            raise refused(403, "Invalid Twilio signature")
        if replaced := self.behaviour.replace_response(request):
            return replaced
        self.store.save(self.behaviour.document_after_call(self.store.load()))
        return Response(status=204)

    def _authenticate(self, request: Request) -> str:
        """Return the email address; "" where a fault accepts a token that is not valid."""
        token, email, refusal = "", "", None
        try:
            token = token_in(request.authorization, request.cookie)
            email = self.tokens.verify(token)
        except ProblemError as caught:
            refusal = caught
        if not self.behaviour.accepts_token(token, refusal is None):
            raise refusal or invalid_token()
        return email


def _credentials_in(request: Request) -> tuple[str, str]:
    """Return the email address and the password of a login.

    Raises:
        ProblemError: 422, the request has another shape.
    """
    try:
        sent: JsonObject = request.json_object()
    except BodyError as error:
        raise unprocessable("json_invalid", ("body",), str(error), {}) from None
    for name in ("email", "password"):
        if name not in sent:
            raise unprocessable("missing", ("body", name), "Field required", sent)
        if not isinstance(sent[name], str):
            message = "Input should be a valid string"
            raise unprocessable("string_type", ("body", name), message, sent[name])
    return sent["email"], sent["password"]
