"""Faults of the login and of the tokens."""

from itertools import count

from ..behaviour import Behaviour, combine, replace_response, transform_response, without
from ..request import FETCH, LOGIN, SAVE, Request
from ..response import (
    JsonObject,
    Response,
    html_page,
    internal_error,
    json_response,
    problem,
    unauthorized,
)
from .registry import fault

_REQUESTS_BEFORE_EARLY_EXPIRY = 3
# Between the update with the probe and the one that restores it: before the former come a fetch, a
# round of fetches and a look.
_REQUESTS_BEFORE_REFUSAL = 8
_SHORT_LIFETIME_S = 2
_LOGINS_PER_MINUTE = 5
_OTHER_ID = "2"
_OTHER_USER = {
    "id": 2,
    "email": "other@example.com",
    "business_id": _OTHER_ID,
    "is_verified": True,
}


@fault(api="settings", stage="login", category="auth")
def login_500() -> Behaviour:
    """the login answers 500"""
    return replace_response(LOGIN, internal_error())


@fault(api="settings", stage="login", category="auth")
def login_refused() -> Behaviour:
    """the login answers 401 to the right credentials"""
    return replace_response(LOGIN, unauthorized("Invalid credentials").response)


@fault(api="settings", stage="login", category="auth")
def login_no_token() -> Behaviour:
    """the login answers 200 without an access_token"""
    return transform_response(
        [LOGIN],
        200,
        lambda response: json_response(without(response.json_object(), "access_token")),
    )


@fault(api="settings", stage="login", category="auth")
def login_html() -> Behaviour:
    """the login answers 200 with an HTML page"""
    return replace_response(LOGIN, html_page())


@fault(api="settings", stage="login", category=None)
def login_429() -> Behaviour:
    """the first login is answered 429 with Retry-After: 1, later ones normally"""
    logins = count(1)

    def refuse_first(route: str) -> Response | None:
        if route != LOGIN or next(logins) > 1:
            return None
        return problem(429, "too_many_requests", "try again later", {"Retry-After": "1"})

    return Behaviour(before_request=refuse_first)


@fault(api="settings", stage="login", category=None)
def login_limit() -> Behaviour:
    """the sixth login within a minute answers 429, without Retry-After"""
    return Behaviour(logins_per_minute=lambda number: _LOGINS_PER_MINUTE)


@fault(api="settings", stage="login", category=None)
def token_expires_early() -> Behaviour:
    """the first token is refused after 3 requests, a second login helps"""
    return _first_token_expires(_REQUESTS_BEFORE_EARLY_EXPIRY, [])


@fault(api="settings", stage="login", category=None)
def token_refused_403() -> Behaviour:
    """the first token is refused with 403 after 8 requests, a second login helps"""
    issued: list[str] = []

    def forbid(request: Request, response: Response) -> Response:
        is_first = request.authorization in [f"Bearer {token}" for token in issued[:1]]
        if response.status != 401 or not is_first:
            return response
        return problem(403, "invalid_token", "the access token is not valid")

    expires = _first_token_expires(_REQUESTS_BEFORE_REFUSAL, issued)
    return combine([expires, Behaviour(transform_response=forbid)])


@fault(api="settings", stage="login", category=None)
def account_changes() -> Behaviour:
    """from the second login on, the account and its document are another's"""
    issued: list[str] = []

    def add_account(response: Response) -> Response:
        if len(issued) == 1:
            return response
        return json_response({**response.json_object(), "user": _OTHER_USER})

    def show_document(document: JsonObject) -> JsonObject:
        return document if len(issued) <= 1 else {**document, "id": _OTHER_ID}

    return combine(
        [
            Behaviour(token_issued=issued.append, shown_document=show_document),
            transform_response([LOGIN], 200, add_account),
        ]
    )


@fault(api="settings", stage="login", category=None)
def token_short_lived() -> Behaviour:
    """the first token lives for 2 seconds and says so, later ones for a week"""
    tokens = count(1)
    return Behaviour(
        token_lifetime_s=lambda seconds: _SHORT_LIFETIME_S if next(tokens) == 1 else seconds
    )


@fault(api="settings", stage="fetch", category="auth", mode="full")
def no_auth_check() -> Behaviour:
    """the settings are served without a token, or with a wrong one"""
    return Behaviour(accepts_token=lambda token, valid: True)


@fault(api="settings", stage="fetch", category="fetch", mode="full")
def auth_500() -> Behaviour:
    """a missing or wrong token is answered with a 500 HTML page"""
    return transform_response([FETCH, SAVE], 401, lambda _: html_page(500))


@fault(api="settings", stage="fetch", category="invalid", mode="full")
def auth_unstructured() -> Behaviour:
    """a missing or wrong token is answered 401 with an HTML body"""
    return transform_response([FETCH, SAVE], 401, lambda _: html_page(401))


def _first_token_expires(requests: int, issued: list[str]) -> Behaviour:
    """Refuse the first token after so many requests; ``issued`` takes each new token."""
    uses = count(1)

    def accepts(token: str, valid: bool) -> bool:
        if not valid or token not in issued[:1]:
            return valid
        return next(uses) <= requests

    # Later tokens live an hour less, because two logins within a second get the same one.
    return Behaviour(
        token_lifetime_s=lambda seconds: seconds - 3600 * len(issued[:1]),
        token_issued=issued.append,
        accepts_token=accepts,
    )
