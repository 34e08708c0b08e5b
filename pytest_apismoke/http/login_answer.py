"""Finds the token in the answer of a login: in its body, a header or a cookie. Pure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import field
from typing import Any
from urllib.parse import unquote

from pytest_apismoke.configuration.credentials import begins_with_scheme, without_scheme
from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.documents import ABSENT, describe, lookup
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.cookies import Cookie, SetCookie, joined, lifetime_of
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.token import Token
from pytest_apismoke.http.token_lifetime import lifetime_s
from pytest_apismoke.http.token_whereabouts import whereabouts
from pytest_apismoke.records import dataclass

#: Servers accept about 8 KiB of headers; a longer string is no token. In characters.
_LONGEST_TOKEN = 16_384
_LOOK = "look at the login response with the curl line; the token may be in another place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of a login, with what all its steps have said about cookies, and what is kept."""

    response: Response
    news: tuple[SetCookie, ...] = ()
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A token that was found; `note` tells what was taken off it, or is empty."""

    token: Token = field(repr=False)
    note: str = ""


def token_in(login: Login, answer: Answer) -> Found:
    """The token in the answer of a login or of a refresh.

    Raises:
        SmokeError: `auth` without a usable token.

    """
    if login.kind == "cookie":
        return Found(token=_session_in(answer))
    body = _body_of(login, answer.response)
    value, place = _value_in(login, answer, body)
    without = without_scheme(value, login.scheme) if isinstance(value, str) else value
    if seen := _unusable(without):
        raise fail(
            Category.AUTH,
            expected=f"a token {place}",
            seen=seen,
            where=answer.response.where,
            hint=whereabouts(login, answer.response, answer.news) or _LOOK,
        )
    refreshes = bool(login.refresh.path)
    token = Token(
        value=without,
        lifetime_s=lifetime_s(body, answer.response.headers, without),
        refresh=_refresh_in(login, body) if refreshes else "",
        # Without a refresh they are of no use: what is tested is the token.
        cookies=answer.cookies if refreshes else (),
    )
    # In a header the scheme is where it belongs.
    is_told = without != value and not login.token_header
    note = begins_with_scheme(f"the token {place}", login.scheme) if is_told else ""
    return Found(token=token, note=note)


def copied_fields(login: Login, response: Response) -> list[tuple[str, Any]]:
    """The fields of the second step whose values are in the first response.

    Raises:
        SmokeError: `auth` when one is not there.

    """
    if not login.then.copied:
        return []
    try:
        body = response.json()
    except SmokeError as error:
        raise error.as_category(Category.AUTH) from None
    fields = []
    for name, pointer in login.then.copied:
        value = lookup(body, str(pointer))
        if value is ABSENT or value is None or value == "":
            raise fail(
                Category.AUTH,
                expected=f"a value at {pointer} in the first response of the login, for {name!r}",
                seen=describe(value),
                where=response.where,
                hint="look at the response with the curl line, and correct [login.then] copied",
            )
        fields.append((name, value))
    return fields


def csrf_value(login: Login, first: Answer) -> str:
    """The value of the header of the second step that proves that the first was read.

    Raises:
        SmokeError: `auth` when the first answer has none that can be sent.

    """
    then, response = login.then, first.response
    value: object = ABSENT
    if then.csrf_from_header:
        place = f"in the header {then.csrf_from_header}"
        value = response.headers.get(then.csrf_from_header.lower(), ABSENT)
    elif then.csrf_from_cookie:
        place = f"in the cookie {then.csrf_from_cookie}"
        values = [one.value for one in first.cookies if one.name == then.csrf_from_cookie]
        # As scripts do that read it: a cookie is often percent-encoded, and its header is not.
        value = unquote(values[-1].strip('"')) if values else ABSENT
    else:
        place = f"at {then.csrf_from_pointer}"
        with suppress(SmokeError):
            value = lookup(response.json(), then.csrf_from_pointer)
    if seen := _unusable(value):
        raise fail(
            Category.AUTH,
            expected=f"a value {place} of the first response of the login, for the header"
            f" {then.csrf_header}",
            seen=seen,
            where=response.where,
            hint="look at the response with the curl line, and correct [login.then] csrf_from_*",
        )
    return str(value)


def _body_of(login: Login, response: Response) -> Any:
    """The body as JSON; text, where that is the token itself, and `ABSENT` where none is needed.

    Raises:
        SmokeError: `auth` when it is not JSON and has to be.

    """
    is_elsewhere = bool(login.token_header or login.token_cookie)
    is_text = response.content_type.startswith("text/") and "html" not in response.content_type
    if not (login.token_pointer or is_elsewhere) and is_text:
        return response.body.decode("utf-8", "replace").strip()
    try:
        return response.json()
    except SmokeError as error:
        if is_elsewhere:
            return ABSENT
        hint = whereabouts(login, response, ()) or error.failure.hint
        raise fail(
            Category.AUTH,
            expected=error.failure.expected,
            seen=error.failure.seen,
            where=error.failure.where,
            hint=hint,
        ) from None


def _value_in(login: Login, answer: Answer, body: Any) -> tuple[Any, str]:
    """The value that should be the token, and its place in words."""
    if login.token_header:
        value = answer.response.headers.get(login.token_header.lower(), ABSENT)
        return value, f"in the header {login.token_header} of the login response"
    if login.token_cookie:
        values = [one.value for one in answer.cookies if one.name == login.token_cookie]
        place = f"in the cookie {login.token_cookie} of the login response"
        return (values[-1] if values else ABSENT), place
    if not login.token_pointer:
        return body, "as the login response"
    return lookup(body, login.token_pointer), f"at {login.token_pointer} in the login response"


def _session_in(answer: Answer) -> Token:
    if answer.cookies:
        return Token(
            value=joined(answer.cookies),
            lifetime_s=lifetime_of(answer.news),
            cookies=answer.cookies,
        )
    refused = [one for one in answer.news if one.refused]
    seen = " and ".join(f"{one.cookie.name}, which is not kept: {one.refused}" for one in refused)
    hint = "the target sets no cookie: look at the login response with the curl line"
    if refused:
        hint = "use the URL that the cookie is meant for, as a browser does"
    raise fail(
        Category.AUTH,
        expected="a cookie from the login",
        seen=seen or "none",
        where=answer.response.where,
        hint=hint,
    )


def _refresh_in(login: Login, body: Any) -> str:
    """The refresh token; empty where there is no usable one."""
    value = lookup(body, login.refresh.pointer) if login.refresh.pointer else ABSENT
    return "" if _unusable(value) else str(value)


def _unusable(token: object) -> str:
    """A phrase for a value that can't be sent as a token; empty for a usable token."""
    if not isinstance(token, str):
        return describe(token)
    if not token:
        return "an empty string"
    if len(token) > _LONGEST_TOKEN:
        return f"a string of {len(token)} characters, too long for a header"
    fits = token.isprintable() and token.isascii() and token == token.strip()
    return "" if fits else "a string that can't be sent in a header"
