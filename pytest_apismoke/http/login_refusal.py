"""A login that was refused: what the target said, and what to do about it. Pure."""

from __future__ import annotations

import json
import re

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.login_profile import Login, SecondStep
from pytest_apismoke.errors import Category, SmokeError, presentable
from pytest_apismoke.http.challenges import asks_for_basic
from pytest_apismoke.http.error_fields import named_fields
from pytest_apismoke.http.login_request import field_names
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import Redactor

_REFUSED = (400, 401, 403, 422)
#: The properties in which error bodies say what is wrong, the most telling first.
_WORDS = ("detail", "error_description", "message", "error", "title", "msg")
_SAID_CHARS = 200
_BASIC = (
    '; it asks for HTTP Basic: set [login] kind = "basic" if every request wants it, or credentials'
    ' = "basic" if the login alone does'
)
#: A longer body is no sentence, in bytes.
_LONGEST_TEXT = 2000
#: The names that backends have for the one who logs in, and for the password; in lower case.
_USER_NAMES = frozenset(
    {
        *("username", "user", "user_name", "userid", "user_id", "login", "name", "account"),
        *("email", "mail", "e-mail", "email_address", "emailaddress", "identifier", "identity"),
        *("phone", "phone_number", "client_id", "clientid"),
    }
)
_PASSWORD_NAMES = frozenset(
    {
        *("password", "pass", "passwd", "pwd", "passphrase", "passcode", "pin", "secret"),
        *("client_secret", "clientsecret"),
    }
)
_NAME = late_pattern(r"[\w.\[\]-]{1,64}")
_IS_MISSING = late_pattern(r"required|missing|blank|empty|null|provide", re.IGNORECASE)
#: Properties of an error body that name no field of the request.
_NO_FIELDS = frozenset({*_WORDS, "status", "code", "type", "instance", "success", "errors", "path"})


def refused(
    login: Login,
    request: Request,
    response: Response,
    redactor: Redactor,
    *,
    table: str = "login",
    given_as: str = "APISMOKE_USERNAME and APISMOKE_PASSWORD",
) -> SmokeError:
    """The `auth` failure for a login whose status is not one of the profile's.

    Args:
        login: how this kind of target logs in.
        request: that of the login, or of one of its steps.
        response: to it.
        redactor: knows the secrets of this run.
        table: of the profile that describes this request.
        given_as: where the username and the password come from, for a hint.

    """
    hint = _hint(login, request, response, redactor, table=table, given_as=given_as)
    if not hint and not response.redirects_to:
        hint = f"the login itself is broken; {response.log_hint}"
    return response.not_as_expected(
        f"{_either(login.statuses)} from the login",
        category=Category.AUTH,
        hint=hint,
        # A crash says nothing about the credentials; its body is shown with the failure anyway.
        said=said(response) if response.status < 500 else "",
    )


def refused_hint(login: Login, credentials: Credentials, *, token_was_given: bool) -> str:
    """What to do about a refusal of credentials that no login has proven; else empty."""
    if token_was_given:
        name = credentials.token_given_as
        return f"{name} is refused: it may be expired or meant for another target"
    if login.kind == "basic":
        return f"check {credentials.given_as} for this target"
    if login.enabled and login.kind == "cookie":
        # A page for a wrong password has the same status, and may set a cookie as well.
        return (
            "the session that the login has set is refused: check"
            f" {credentials.given_as}, because a login may refuse them with the same"
            " status"
        )
    return ""


def said(response: Response) -> str:
    """What a response says in words, redacted; empty where it is a page, or says nothing."""
    excerpt = response.exchange.excerpt
    if "html" in response.content_type:
        return ""
    try:
        body = json.loads(excerpt)
    except ValueError:
        return presentable(excerpt, _SAID_CHARS)
    if not body:
        return ""
    found = (body.get(name) for name in _WORDS) if isinstance(body, dict) else iter([body])
    words = next((text for text in found if isinstance(text, str) and text.strip()), excerpt)
    return presentable(words, _SAID_CHARS)


def _hint(
    login: Login,
    request: Request,
    response: Response,
    redactor: Redactor,
    *,
    table: str,
    given_as: str,
) -> str:
    status = response.status
    if status in _REFUSED:
        names = tuple(redactor.text(name) for name in missing_fields(request, response))
        wants_basic = asks_for_basic(response) and login.credentials != "basic"
        check = f"check {given_as} for this target{_BASIC if wants_basic else ''}"
        return _hint_for_missing(login, names, request, table) or check
    if status == 404:
        return "check the URL and its path prefix: the target does not know the login path"
    if status == 405:
        return (
            f"set [{table}] method: the target knows the path, but takes no {request.method} there"
        )
    if status == 415:
        return (
            f"set [{table}] content_type to {_other_type(request)}: it is not sent as it should be"
        )
    sets_session = login.kind == "cookie" and status < 400 and "set-cookie" in response.headers
    if 200 <= status < 300 or sets_session:
        return f"if this is how the target accepts a login, add {status} to [login] statuses"
    return ""


def _hint_for_missing(login: Login, names: tuple[str, ...], request: Request, table: str) -> str:
    if not names:
        return ""
    fields = f"the field{'s' if len(names) > 1 else ''} {' and '.join(map(repr, names))}"
    if unseen := [name for name in names if name in field_names(request)]:
        was = "they were" if len(unseen) > 1 else "it was"
        others = [name for name in names if name not in unseen]
        keys = dict.fromkeys(_key_for(name, login, table) for name in others)
        more = f", and {' and '.join(keys)} for {' and '.join(map(repr, others))}" if others else ""
        return (
            f"the login does not see {' and '.join(map(repr, unseen))}, though {was} sent: set"
            f" [{table}] content_type = {_other_type(request)}{more}"
        )
    is_client = "client_secret" in (*names, login.password_field) or login.username_field == ""
    keys = {
        "fields"
        # A client id is that of a program, where it does not come with a secret of its own.
        if name == "client_id" and not is_client
        else _key_for(name, login, table): None
        for name in names
    }
    return f"the login wants {fields}: set [{table}] {' and '.join(keys)}"


def _key_for(name: str, login: Login, table: str) -> str:
    """The key of the table that gives a field its name, or else its value."""
    steps: dict[str, Login | SecondStep] = {"login": login, "login.then": login.then}
    step = steps.get(table)
    if step is not None and (table != "login" or login.credentials == "fields"):
        lowered = name.lower()
        if lowered in _USER_NAMES and name != step.username_field:
            return "username_field"
        if lowered in _PASSWORD_NAMES and name != step.password_field:
            return "password_field"
    return "fields"


def _other_type(request: Request) -> str:
    return '"json"' if request.form is not None else '"form"'


def missing_fields(request: Request, response: Response) -> tuple[str, ...]:
    """The fields that an error body names as missing, in its order.

    A field that was sent counts only where the words say that it is missing; one that was not sent
    always does.
    """
    sent = field_names(request)
    named = named_fields(response)
    others = (name for name in named.other if name not in sent)
    return (*named.missing, *others)[:5]


def _either(statuses: tuple[int, ...]) -> str:
    return " or ".join(map(str, statuses))
