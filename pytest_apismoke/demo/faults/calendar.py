"""Faults of the OAuth start, of the calendar state and of the OAuth callback."""

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from ..behaviour import Behaviour, combine, hide, replace_response, show, transform_response
from ..request import CALLBACK, OAUTH
from ..response import (
    Response,
    html_page,
    internal_error,
    json_response,
    problem,
    redirect,
    server_error,
)
from .registry import fault


@fault(api="calendar", stage="oauth", category="oauth")
def oauth_500() -> Behaviour:
    """the OAuth start answers 500"""
    return replace_response(OAUTH, internal_error())


@fault(api="calendar", stage="oauth", category="oauth")
def oauth_html() -> Behaviour:
    """the OAuth start answers 200 with an HTML page"""
    return replace_response(OAUTH, html_page())


@fault(api="calendar", stage="oauth", category="oauth")
def oauth_null() -> Behaviour:
    """the OAuth start answers 200 with null"""
    return replace_response(OAUTH, json_response(None))


@fault(api="calendar", stage="oauth", category="oauth")
def oauth_wrong_host() -> Behaviour:
    """the OAuth start redirects to accounts.google.com.evil.example"""
    return transform_response([OAUTH], 302, _to_wrong_host)


@fault(api="calendar", stage="oauth", category="oauth")
def oauth_no_state() -> Behaviour:
    """the OAuth start redirects without the state parameter"""
    return transform_response([OAUTH], 302, _without_state)


@fault(api="calendar", stage="oauth", category="oauth")
def oauth_unavailable_no_reason() -> Behaviour:
    """the OAuth start says unavailable without error and detail"""
    return replace_response(OAUTH, json_response({"available": False}))


@fault(api="calendar", stage="oauth", category=None)
def oauth_unavailable() -> Behaviour:
    """the OAuth start says in JSON that it is not configured"""
    content = {
        "available": False,
        "error": "google_oauth_not_configured",
        "detail": "no Google OAuth client is configured on this server",
    }
    return replace_response(OAUTH, json_response(content))


@fault(api="calendar", stage="state", category="state")
def calendar_state_missing() -> Behaviour:
    """google_calendar_connected is missing"""
    return hide("google_calendar_connected")


@fault(api="calendar", stage="state", category="state")
def calendar_state_text() -> Behaviour:
    """google_calendar_connected is the text "yes" """
    return show(google_calendar_connected="yes")


@fault(api="calendar", stage="state", category="state", mode="full")
def connected_unavailable() -> Behaviour:
    """the calendar is connected while OAuth is unavailable"""
    return combine([show(google_calendar_connected=True), oauth_unavailable()])


@fault(api="calendar", stage="callback", category="oauth", mode="deep")
def callback_500() -> Behaviour:
    """the OAuth callback without its parameters answers 500"""
    return replace_response(CALLBACK, server_error())


@fault(api="calendar", stage="callback", category="oauth", mode="deep")
def callback_html() -> Behaviour:
    """the OAuth callback without its parameters answers 400 with an HTML page"""
    return replace_response(CALLBACK, html_page(400))


@fault(api="calendar", stage="callback", category="oauth", mode="deep")
def callback_redirects() -> Behaviour:
    """the OAuth callback without its parameters redirects to the page of a success"""
    return replace_response(CALLBACK, redirect("/settings?calendar=connected"))


@fault(api="calendar", stage="callback", category="oauth", mode="deep")
def callback_missing() -> Behaviour:
    """the OAuth callback has another path: 404"""
    return replace_response(CALLBACK, problem(404, "not_found", "Not Found"))


@fault(api="calendar", stage="callback", category="oauth", mode="deep")
def callback_ignores_state() -> Behaviour:
    """the OAuth callback takes a code without the state of an OAuth start"""
    connected = json_response({"status": "connected"})
    return Behaviour(
        replace_response=lambda request: (
            connected if request.route == CALLBACK and "code" in request.query else None
        )
    )


def _to_wrong_host(response: Response) -> Response:
    target = _location(response)
    return redirect(target._replace(netloc=f"{target.netloc}.evil.example").geturl())


def _without_state(response: Response) -> Response:
    target = _location(response)
    query = urlencode([(key, value) for key, value in parse_qsl(target.query) if key != "state"])
    return redirect(target._replace(query=query).geturl())


def _location(response: Response) -> SplitResult:
    return urlsplit(response.headers["Location"])
