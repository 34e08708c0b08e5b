"""The calendar suite: the state of the connection, and the OAuth start. SPEC section 5."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.checks.suites.base import (
    Stage,
    Suite,
    ask_oauth_start,
    breach,
    settings_document,
)
from pytest_apismoke.configuration.profiles import Calendar
from pytest_apismoke.configuration.target_url import host_of, is_local
from pytest_apismoke.documents import describe, member
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas
from pytest_apismoke.schemas.validation_timeout import limit_validation

_UNAVAILABLE = "calendar-unavailable"
_SAID = '200 with {"available": false, "error": ..., "detail": ...}'
_UNAVAILABLE_HINT = f"an integration that is not configured is fine when the API says so: {_SAID}"
_BROKEN_HINT = (
    "look into the target's log at the request id; if the integration is only not configured,"
    f" the API has to say so: {_SAID}"
)


class CalendarSuite(Suite):
    """The checks of the calendar API; keeps the response of the OAuth start for later stages."""

    api = "calendar"
    _start: Response

    def stages(self) -> tuple[Stage, ...]:
        """The stages of the suite, in order."""
        return (
            *self.opening(),
            Stage(name="state", run=self.state, judges_settings=True),
            Stage(name="oauth", run=self.oauth, repeatable=True),
            Stage(name="redirect_uri", run=self.redirect_uri, full_only=True),
            Stage(name="consistent", run=self.consistent, full_only=True, judges_settings=True),
            *self._callback(),
        )

    def _callback(self) -> tuple[Stage, ...]:
        """The stage of the callback, where the profile has its path."""
        if not self._context.settings.profile.calendar.callback_path:
            return ()
        return (Stage(name="callback", run=self.callback, full_only=True, repeatable=True),)

    def state(self, context: CheckContext) -> CheckResult:
        """The document says whether the calendar is connected."""
        connected = _connected(context)
        if isinstance(connected, bool):
            return CheckResult(verified=f"the calendar says that it is {_connection(connected)}")
        raise fail(
            Category.STATE,
            expected=f"true or false in {context.target.profile.calendar.connected_field!r}",
            seen=describe(connected),
            where=context.target.profile.document.path,
            hint="the document must always say whether the calendar is connected",
        )

    def oauth(self, context: CheckContext) -> CheckResult:
        """The OAuth start redirects to the provider, or is unavailable, as structured JSON says."""
        calendar = context.target.profile.calendar
        response = ask_oauth_start(context)
        self._start = response
        with limit_validation(context.schemas.where(_UNAVAILABLE), context.target.client.budget):
            failure = judge_start(
                response, calendar, schemas=context.schemas, redactor=context.redactor
            )
        if failure:
            raise SmokeError(failure)
        if response.status in calendar.start_statuses:
            return CheckResult(verified=f"the OAuth start redirects to {calendar.authorize_host}")
        return CheckResult(
            verified="the OAuth start says in structured JSON that it is not available",
            notes=("the calendar integration is not configured",),
        )

    def redirect_uri(self, context: CheckContext) -> CheckResult:
        """The OAuth start sends the user back to a place that the user can reach."""
        location = self._start.headers.get("location", "")
        back = parse_qs(urlsplit(location).query).get("redirect_uri", [""])[0]
        if not back:
            return CheckResult(verified="there is no redirect: the calendar is not available")
        failure = judge_redirect_uri(back, context.target.client.base_url, self._start.where)
        if failure:
            raise SmokeError(failure)
        return CheckResult(verified=f"the redirect_uri leads to {host_of(back)}")

    def consistent(self, context: CheckContext) -> CheckResult:
        """A calendar is not connected while its OAuth is unavailable."""
        available = self._start.status in context.target.profile.calendar.start_statuses
        if _connected(context) and not available:
            raise fail(
                Category.STATE,
                expected="no connected calendar while OAuth is unavailable",
                seen=f"{context.target.profile.calendar.connected_field!r} is true",
                where=self._start.where,
                hint="restore the OAuth client's configuration, or clear the stale connection",
                in_short=("the calendar is connected although its OAuth is unavailable",),
            )
        return CheckResult(verified="the calendar's state and its OAuth agree")

    def callback(self, context: CheckContext) -> CheckResult:
        """The OAuth callback refuses a request that lacks what the provider sends."""
        from pytest_apismoke.checks.suites.callback import QUERIES, REFUSALS, judge_callback

        path = context.target.profile.calendar.callback_path
        for query, lacks in QUERIES:
            # With the token: a refusal must be about the parameters. It is not renewed for one.
            response = context.target.send(
                Request(method="GET", path=path, query=query), expected=REFUSALS
            )
            failure = judge_callback(
                response, lacks, breach_of=lambda body: breach(context, body, "refusal")
            )
            if failure:
                raise SmokeError(failure)
        return CheckResult(verified="the OAuth callback refuses a request without code or state")


def _connected(context: CheckContext) -> object:
    field = context.target.profile.calendar.connected_field
    return member(settings_document(context, otherwise=Category.ERROR), field)


def judge_start(
    response: Response, calendar: Calendar, *, schemas: Schemas, redactor: Redactor
) -> Failure | None:
    """The failure in a response of the OAuth start; None if there is none. Pure."""
    statuses = " or ".join(map(str, calendar.start_statuses))
    expected = f"a {statuses} to {_authorize_url(calendar)}, or 200 with available: false"
    if response.status in calendar.start_statuses:
        expected, seen = _judge_location(response.headers.get("location", ""), calendar)
        hint = "compare the redirect with the OAuth client's configuration"
    elif response.status == 200:
        seen, hint = _judge_unavailable(response, schemas, redactor), _UNAVAILABLE_HINT
    else:
        hint = _BROKEN_HINT if response.status >= 500 else _UNAVAILABLE_HINT
        return response.not_as_expected(expected, category=Category.OAUTH, hint=hint).failure
    if not seen:
        return None
    return Failure(
        category=Category.OAUTH, expected=expected, seen=seen, where=response.where, hint=hint
    )


def _authorize_url(calendar: Calendar) -> str:
    return f"https://{calendar.authorize_host}{calendar.authorize_path or '/'}"


def _judge_location(location: str, calendar: Calendar) -> tuple[str, str]:
    """The expected and the seen part of a message; seen is empty if the redirect is right."""
    try:
        parts = urlsplit(location)
        parameters = parse_qs(parts.query)
    except ValueError:
        return "a redirect to a URL", "a Location that is not a URL"
    # The whole authority is compared: browsers and this parser may read user@host and backslashes
    # differently.
    authority, host = parts.netloc.lower(), calendar.authorize_host
    if parts.scheme != "https" or authority not in (host, f"{host}:443"):
        seen = f"a redirect to {parts.scheme}://{parts.netloc}" if location else "no Location"
        return f"a redirect to {_authorize_url(calendar)}", seen
    if calendar.authorize_path and parts.path != calendar.authorize_path:
        seen = f"a redirect to https://{parts.netloc}{parts.path}"
        return f"a redirect to {_authorize_url(calendar)}", seen
    needed = calendar.authorize_parameters
    missing = [name for name in needed if name not in parameters]
    if missing:
        return f"the parameters {', '.join(needed)}", f"no {', no '.join(missing)}"
    if "response_type" not in needed:
        return "", ""
    response_type = parameters["response_type"]
    return "response_type=code", "" if response_type == ["code"] else f"{response_type}"


def _judge_unavailable(response: Response, schemas: Schemas, redactor: Redactor) -> str:
    try:
        body = response.json()
    except SmokeError as error:
        return error.failure.seen
    broken = schemas.check(body, _UNAVAILABLE, redactor)
    return f"200 with {broken.violations[0]}" if broken else ""


def judge_redirect_uri(redirect_uri: str, target_url: str, where: str) -> Failure | None:
    """The failure if a redirect_uri has no host, or a local one for a target that is not. Pure."""
    seen = ""
    if not host_of(redirect_uri):
        seen = f"{redirect_uri!r}, which names no host"
    elif is_local(redirect_uri) and not is_local(target_url):
        seen = f"{redirect_uri} while the target is {target_url}"
    if not seen:
        return None
    return Failure(
        category=Category.OAUTH,
        expected="a redirect_uri that the user's browser can reach",
        seen=seen,
        where=where,
        hint="set the public URL of this deployment in its OAuth configuration",
    )


def _connection(connected: bool) -> str:
    return "connected" if connected else "not connected"
