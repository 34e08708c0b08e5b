"""The requests of a login: its one or two steps, and the refresh of a token. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.login_profile import Login, SecondStep
from pytest_apismoke.documents import replaced
from pytest_apismoke.http.request import Request, basic

#: A field of a body by its name, or by a JSON Pointer.
Field = tuple[str, Any]


def login_request(login: Login, credentials: Credentials) -> Request:
    """The request of the login, or of its first step."""
    fields: list[Field] = list(login.fields)
    headers: dict[str, str] = {}
    if login.credentials == "basic":
        headers["Authorization"] = basic(credentials.username, credentials.password)
    else:
        # Before the fixed fields: that is the order in which people write them.
        fields = [*_owner(login, credentials), *fields]
    return _request(login.method, login.path, login.content_type, fields, headers)


def second_request(
    login: Login,
    credentials: Credentials,
    copied: Iterable[Field],
    headers: Mapping[str, str],
) -> Request:
    """The request of the second step.

    Args:
        login: how this kind of target logs in.
        credentials: for a second step that has fields for them.
        copied: the fields with values of the first response.
        headers: with what the first response gave to authenticate the second step.

    """
    then = login.then
    fields = [*_owner(then, credentials), *then.fields, *copied]
    return _request(then.method, then.path, then.content_type, fields, headers)


def _owner(step: Login | SecondStep, credentials: Credentials) -> Iterator[Field]:
    """The fields of a step that say who logs in."""
    if step.username_field:
        yield step.username_field, credentials.username
    if step.password_field:
        yield step.password_field, credentials.password


def refresh_request(login: Login, refresh_token: str, headers: Mapping[str, str]) -> Request:
    """The request for a new token.

    Args:
        login: how this kind of target logs in.
        refresh_token: goes into the field of the profile, or into the token's header; empty where
            the target knows it from a cookie.
        headers: with the cookies of the login.

    """
    refresh = login.refresh
    fields: list[Field] = list(refresh.fields)
    sent = dict(headers)
    if refresh_token and refresh.field:
        fields.append((refresh.field, refresh_token))
    elif refresh_token:
        sent |= token_header(login, refresh_token)
    # A refresh token is often good for one request only: sent twice it may end the session.
    return _request("POST", refresh.path, refresh.content_type, fields, sent, may_be_repeated=False)


def token_header(login: Login, token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {login.header: f"{login.scheme} {token}".strip()}


def field_names(request: Request) -> frozenset[str]:
    """The names of the fields at the top of a request's body."""
    if request.form is not None:
        return frozenset(name for name, _ in request.form)
    return frozenset(request.json) if isinstance(request.json, dict) else frozenset()


def _request(
    method: str,
    path: str,
    content_type: str,
    fields: Sequence[Field],
    headers: Mapping[str, str],
    *,
    may_be_repeated: bool = True,
) -> Request:
    form = tuple((name, _text(value)) for name, value in fields)
    is_query, is_form = method == "GET", content_type == "form"
    return Request(
        method=method,
        path=path,
        query=form if is_query else (),
        headers=headers,
        json=None if is_query or is_form else _document(fields),
        form=form if is_form and form and not is_query else None,
        # A second login returns a second token and does no harm, so it may be repeated.
        repeatable=may_be_repeated,
        response_is_secret=True,
    )


def _document(fields: Iterable[Field]) -> dict[str, Any] | None:
    document: Any = {}
    for name, value in fields:
        if name.startswith("/"):
            document = replaced(document, name, value)
        else:
            document[name] = value
    return document or None


def _text(value: object) -> str:
    """A value as a form has it, which knows text only; true and numbers as in JSON."""
    return value if isinstance(value, str) else json.dumps(value)
