"""What the keys of a login can't say together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_apismoke.configuration.keys import POINTER
from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.configuration.rule import Contradiction


def contradictions(login: Login) -> Iterator[Contradiction]:
    """The contradictions in how a target logs in."""
    found = (
        _two_places(login),
        _no_password(login),
        *_password_in_url(login),
        *_copied(login),
        *_csrf(login),
        *_depth(login),
    )
    for key, expected, seen, hint in filter(None, found):
        place = ("login", *key.split("."))
        yield Contradiction(place=place, expected=expected, seen=seen, hint=hint)


#: The key below [login], what is expected, what is seen, and what to do.
_Mistake = tuple[str, str, str, str]


def _two_places(login: Login) -> _Mistake | None:
    if not (login.token_header and login.token_cookie):
        return None
    return (
        "token_cookie",
        "one place for the token",
        f"the header {login.token_header} and the cookie {login.token_cookie}",
        "remove token_header or token_cookie",
    )


def _no_password(login: Login) -> _Mistake | None:
    is_in_second = login.then.path and login.then.password_field
    if (
        login.password_field
        or login.credentials == "basic"
        or not login.has_request
        or is_in_second
    ):
        return None
    return (
        "password_field",
        "a field for the password, in the first step of the login or in its second",
        "none",
        'write, for instance, password_field = "password" in [login] or, with its path, in'
        " [login.then]",
    )


def _password_in_url(login: Login) -> Iterator[_Mistake]:
    steps = (
        ("method", login, login.password_field and login.credentials == "fields"),
        ("then.method", login.then, login.then.path and login.then.password_field),
    )
    for key, step, has_password in steps:
        if step.method == "GET" and has_password:
            either = 'credentials = "basic", or ' if key == "method" else ""
            yield (
                key,
                "a login that keeps the password out of the URL, which servers and proxies log",
                "GET with the password as a field, which has no body",
                f"write {either}another method",
            )


def _copied(login: Login) -> Iterator[_Mistake]:
    for name, pointer in login.then.copied:
        if not POINTER.fits(pointer):
            yield (
                "then.copied",
                f"{POINTER.words} for {name!r}",
                repr(pointer),
                f'write, for instance, copied = {{ "{name}" = "/mfa_token" }}',
            )


_CSRF_PLACES = ("csrf_from_header", "csrf_from_cookie", "csrf_from_pointer")


def _csrf(login: Login) -> Iterator[_Mistake]:
    then = login.then
    given = [name for name in _CSRF_PLACES if getattr(then, name)]
    if then.csrf_header and len(given) != 1:
        yield (
            "then.csrf_header",
            f"one of {', '.join(_CSRF_PLACES)} with it",
            " and ".join(given) or "none",
            "name the one place where the first response of the login has the value",
        )
    if given and not then.csrf_header:
        yield (
            f"then.{given[0]}",
            "csrf_header, the header that carries the value",
            "none",
            f'write, for instance, csrf_header = "X-CSRF-Token", or remove {given[0]}',
        )


def _depth(login: Login) -> Iterator[_Mistake]:
    """Names that are JSON Pointers where the body is a form."""
    in_login = [login.username_field, login.password_field, *_names(login.fields)]
    then, refresh = login.then, login.refresh
    for key, content_type, names in (
        (
            "content_type",
            login.content_type,
            in_login if login.credentials == "fields" else _names(login.fields),
        ),
        (
            "then.content_type",
            then.content_type,
            [then.username_field, then.password_field, *_names((*then.fields, *then.copied))],
        ),
        ("refresh.content_type", refresh.content_type, [refresh.field, *_names(refresh.fields)]),
    ):
        deep = next((name for name in names if name.startswith("/")), "")
        if content_type == "form" and deep:
            yield (
                key,
                "plain names of fields, because a form has no objects in objects",
                f"the JSON Pointer {deep!r}",
                "name the field as the form does, for instance user[email], or write"
                ' content_type = "json"',
            )


def _names(fields: Sequence[tuple[str, object]]) -> list[str]:
    return [name for name, _ in fields]
