"""Reads what an accepted login gives: a token, wherever it is, or a session of cookies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urljoin, urlsplit

from pytest_apismoke.configuration.profiles import Login
from pytest_apismoke.discovery.token_place import token_place
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.cookies import joined, kept, set_cookies
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.token_whereabouts import is_error
from pytest_apismoke.records import dataclass

_ACCEPTED = frozenset({200, 201, 202, 204})
#: What a form answers that leads to the next page; to the login again where it was refused.
_LEADS_ON = frozenset({302, 303})
_BACK_WORDS = ("error", "fail", "invalid", "denied")
_DEFAULT = Login()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a login gave: keys of [login], words, and the headers with which requests pass."""

    how: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def accepts(login: Login, response: Response) -> bool:
    """Whether an answer of a login says that the credentials are right."""
    if response.status in _LEADS_ON:
        to = urlsplit(urljoin(response.exchange.url, response.headers.get("location", "")))
        is_back = to.path.rstrip("/") == urlsplit(login.path).path.rstrip("/")
        is_refused = is_back or any(word in f"{to.path}?{to.query}".lower() for word in _BACK_WORDS)
        return "set-cookie" in response.headers and not is_refused
    return response.status in _ACCEPTED and not is_error(_body_of(response))


def session_in(
    client: Client, login: Login, response: Response, *, scheme_of: Callable[[], str]
) -> Session:
    """What an accepted login gives.

    Args:
        client: whose redactor learns the secrets.
        login: as it was sent.
        response: to it.
        scheme_of: finds the word before a token, where the target asks for another than Bearer.

    """
    is_known = response.status in login.statuses
    keys: dict[str, Any] = {} if is_known else {"statuses": [response.status]}
    found = token_place(_body_of(response), response.headers)
    if found is not None:
        place, token = found
        client.redactor.learn(token, "APISMOKE_TOKEN")
        words = f"the token is at {next(iter(place.values()), _DEFAULT.token_pointer)}"
        if scheme := scheme_of():
            keys["scheme"] = scheme
            words += f", and its scheme is {scheme}"
        headers = {_DEFAULT.header: f"{scheme or _DEFAULT.scheme} {token}"}
        return Session(how=words, keys={**keys, **place}, headers=headers)
    news = set_cookies(response.headers, client.base_url + login.path)
    if cookies := kept((), news):
        for cookie in filter(lambda one: one.is_secret, cookies):
            client.redactor.learn(cookie.value, "APISMOKE_TOKEN")
        words = "it sets a session cookie"
        return Session(
            how=words, keys={**keys, "kind": "cookie"}, headers={"Cookie": joined(cookies)}
        )
    hint = "the login was accepted, and its response has no token: write [login] token_pointer"
    return Session(how="its answer has no token", keys=keys, unknown=(hint,))


def _body_of(response: Response) -> Any:
    try:
        return response.json(declared=False) if response.body else None
    except SmokeError:
        return None
