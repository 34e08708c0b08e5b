"""Faults of reading and saving the settings document."""

import json

from ..behaviour import (
    Behaviour,
    combine,
    hide,
    replace_response,
    show,
    transform_response,
    without,
)
from ..request import FETCH, LOGIN, OAUTH, SAVE, Request
from ..response import JsonObject, Response, html_page, internal_error, json_response, problem
from .persistence import replace_document
from .registry import fault


@fault(api="settings", stage="fetch", category="fetch")
def me_500() -> Behaviour:
    """fetching the settings answers 500"""
    return replace_response(FETCH, internal_error())


@fault(api="settings", stage="fetch", category="fetch")
def me_404() -> Behaviour:
    """fetching the settings answers 404"""
    return replace_response(FETCH, problem(404, "not_found", "there is no business"))


@fault(api="settings", stage="fetch", category="fetch")
def me_refused() -> Behaviour:
    """every valid token is refused with 401"""
    return Behaviour(accepts_token=lambda token, valid: False)


@fault(api="settings", stage="fetch", category="fetch")
def echo_secrets() -> Behaviour:
    """error answers and headers repeat the Authorization header and the password"""
    password = ""

    def add_secrets(request: Request, response: Response) -> Response:
        nonlocal password
        if request.route == LOGIN:
            password = _password_in(request)
        if response.status >= 400:
            secrets = {
                "trace": f"Authorization: {request.authorization} password={password}",
                "request": {"authorization": request.authorization, "password": password},
            }
            content = {**response.json_object(), **secrets}
            response = json_response(content, response.status, response.headers)
        echo = password if request.route == LOGIN else request.authorization
        return response.with_header("X-Debug-Echo", _printable(echo))

    # Every fetch fails, so that a gate has an error to report.
    failing_fetch = replace_response(FETCH, internal_error())
    return combine([failing_fetch, Behaviour(transform_response=add_secrets)])


@fault(api="settings", stage="contract", category="invalid")
def me_html() -> Behaviour:
    """fetching the settings answers 200 with an HTML page"""
    return replace_response(FETCH, html_page())


@fault(api="settings", stage="contract", category="invalid")
def me_null() -> Behaviour:
    """fetching the settings answers 200 with null"""
    return replace_response(FETCH, json_response(None))


@fault(api="settings", stage="contract", category="invalid")
def me_missing_name() -> Behaviour:
    """the settings have no name"""
    return hide("name")


@fault(api="settings", stage="contract", category="invalid")
def fetch_omits_list() -> Behaviour:
    """fetching leaves out name and faqs, an update replaces the whole document"""
    return Behaviour(
        fetched_document=lambda document: without(without(document, "name"), "faqs"),
        updated_document=replace_document,
    )


@fault(api="settings", stage="contract", category="invalid")
def me_wrong_type() -> Behaviour:
    """the name in the settings is a number"""
    return show(name=42)


@fault(api="settings", stage="contract", category="invalid", mode="full")
def me_bad_format() -> Behaviour:
    """updated_at in the settings is not a date-time"""
    return show(updated_at="yesterday")


@fault(api="settings", stage="contract", category=None)
def renames_field() -> Behaviour:
    """minutes_used is called minutes_spent, in responses and in the OpenAPI document"""

    def rename(document: JsonObject) -> JsonObject:
        renamed = {"minutes_used": "minutes_spent"}
        return {renamed.get(name, name): value for name, value in document.items()}

    def describe(document: JsonObject) -> JsonObject:
        text = json.dumps(document).replace("minutes_used", "minutes_spent")
        described: JsonObject = json.loads(text)
        return described

    return Behaviour(shown_document=rename, description=describe)


@fault(api="settings", stage="save", category="save")
def save_500() -> Behaviour:
    """saving answers 500"""
    return replace_response(SAVE, internal_error())


@fault(api="settings", stage="save", category="save")
def save_refused() -> Behaviour:
    """saving answers 422"""
    return replace_response(SAVE, problem(422, "invalid_field", "the update was refused"))


@fault(api="settings", stage="save", category="save")
def save_needs_calendar() -> Behaviour:
    """saving answers 409 while no calendar is connected"""
    detail = "connect a calendar before saving"
    return replace_response(SAVE, problem(409, "calendar_not_connected", detail))


@fault(api="settings", stage="save", category=None)
def save_drops_connection() -> Behaviour:
    """the first update over a kept connection is dropped without an answer"""
    dropped = False

    def drop(route: str, number: int) -> bool:
        nonlocal dropped
        if route != SAVE or number == 1 or dropped:
            return False
        dropped = True
        return True

    return Behaviour(drops_request=drop)


@fault(api="settings", stage="save", category="invalid")
def save_html() -> Behaviour:
    """saving stores the value and answers 200 with an HTML page"""
    return transform_response([SAVE], 200, lambda _: html_page())


@fault(api="settings", stage="save", category="save", mode="full")
def save_needs_calendar_later() -> Behaviour:
    """saving answers 500 once the OAuth start has been asked"""
    oauth_started = False

    def fail_after_oauth(request: Request) -> Response | None:
        nonlocal oauth_started
        oauth_started = oauth_started or request.route == OAUTH
        return internal_error() if request.route == SAVE and oauth_started else None

    return Behaviour(replace_response=fail_after_oauth)


def _password_in(request: Request) -> str:
    try:
        return str(json.loads(request.body)["password"])
    # The handler has refused a malformed body already.
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""


def _printable(value: str) -> str:
    # A header value may hold neither control characters nor anything outside Latin-1.
    return "".join(char if " " <= char <= "~" else "?" for char in value)
