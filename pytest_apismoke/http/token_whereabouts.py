"""Guesses where else the answer of a login may have its token, for a hint. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.cookies import SetCookie
from pytest_apismoke.http.response import Response
from pytest_apismoke.late_pattern import late_pattern

#: Properties that hold a token, in lower case and without what stands between their words.
_TOKEN = late_pattern(r"(access|auth|id|session|bearer|api)?(token|jwt|key)|bearer|access")
#: Properties of an answer that wants another step.
_STEP = late_pattern(r"mfa|otp|2fa|two_?factor|second_?factor|challenge", re.IGNORECASE)
_HEADERS = ("authorization", "x-auth-token", "x-access-token", "x-api-key", "token")
_SHORTEST = 8
_DEEPEST = 3


def whereabouts(login: Login, response: Response, news: Sequence[SetCookie]) -> str:
    """The hint with another place of the token, or with what the answer wants; else empty."""
    try:
        body = response.json(declared=False)
    except SmokeError:
        body = response.body.decode("utf-8", "replace").strip()
    if isinstance(body, dict):
        if hint := _in_object(login, body):
            return hint
    elif isinstance(body, str) and _may_be_token(body) and "html" not in response.content_type:
        return 'the response may be the token itself: set [login] token_pointer = ""'
    for name in _HEADERS:
        if response.headers.get(name) and not login.token_header:
            return f"the response has a header {name}: set [login] token_header = {name!r}"
    if news and not login.token_cookie:
        name = news[0].cookie.name
        return (
            f'the response sets a cookie {name}: set [login] kind = "cookie" if it is the session,'
            f" or token_cookie = {name!r} if its value is the token"
        )
    return ""


def is_error(body: object) -> bool:
    """Whether a body says that something failed, in spite of its status."""
    if not isinstance(body, dict):
        return False
    return body.get("success") is False or bool(body.get("error") or body.get("errors"))


def _in_object(login: Login, body: dict[str, Any]) -> str:
    if is_error(body):
        return "the response is an error in spite of its status: look at it with the curl line"
    if any(_STEP.search(name) for name in body):
        return (
            "the response asks for a second step: describe it in [login.then], or use an account"
            " that needs none"
        )
    pointer = next((p for p in _pointers(body, "") if p != login.token_pointer), "")
    if not pointer:
        return ""
    return f"the response has a string at {pointer}: set [login] token_pointer = {pointer!r}"


def _pointers(body: Any, at: str) -> Iterator[str]:
    """The JSON Pointers of strings that may be the token, those at the top first."""
    if not isinstance(body, dict) or at.count("/") >= _DEEPEST:
        return
    for name, value in body.items():
        plain = re.sub(r"[\W_]", "", name).lower()
        if isinstance(value, str) and _TOKEN.fullmatch(plain) and _may_be_token(value):
            yield f"{at}/{_escaped(name)}"
    for name, value in body.items():
        yield from _pointers(value, f"{at}/{_escaped(name)}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _may_be_token(text: str) -> bool:
    return len(text) >= _SHORTEST and text.isascii() and text.isprintable() and " " not in text
