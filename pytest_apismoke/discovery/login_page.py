"""Finds the login and how it wants its credentials; sends them three times at most."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from pytest_apismoke.configuration.credentials import Credentials, without_scheme
from pytest_apismoke.configuration.keys import Shape, keys_of
from pytest_apismoke.configuration.profiles import Login
from pytest_apismoke.configuration.toml_text import toml_key
from pytest_apismoke.discovery.asking import answer_of
from pytest_apismoke.discovery.challenge import Challenge, find_challenge, without_login
from pytest_apismoke.discovery.description import FORM, LoginOperation, logins
from pytest_apismoke.discovery.finding import Finding, below
from pytest_apismoke.discovery.session import accepts, session_in
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login_refusal import missing_fields
from pytest_apismoke.http.login_request import field_names, login_request
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.records import dataclass

#: Where logins are, for a target that does not describe itself.
PATHS = (
    *("/api/auth/login", "/auth/login", "/api/login", "/login", "/api/v1/auth/login"),
    *("/api/token/", "/api/token", "/token", "/auth/token", "/api/v1/login/access-token"),
    *("/auth/jwt/login", "/api/users/login", "/users/login", "/api/sessions", "/auth/local"),
)
_USERNAMES = ("email", "username", "user", "login", "identifier", "mail", "client_id")
_PASSWORDS = ("password", "passwd", "pass", "client_secret")
#: More could lock the account, or use up the limit of its logins.
_MOST_ATTEMPTS = 3
#: Statuses of a login that is there, when it gets an empty object.
_THERE = frozenset({400, 401, 403, 415, 422})
_DEFAULT = Login()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLogin:
    """The login, and the headers with which it lets requests through."""

    finding: Finding
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def find_login(
    client: Client, description: Mapping[str, Any] | None, credentials: Credentials
) -> FoundLogin:
    """Logs in at the place that is described, or at the usual ones.

    Args:
        client: sends the requests.
        description: the target's OpenAPI document, if it serves one.
        credentials: empty to look only for the place.

    """
    if credentials.token:
        return _given(find_challenge(client, description), credentials.token)
    described = logins(description or {})
    attempts = [_described(one, credentials.username) for one in described]
    how, to_nothing = "the OpenAPI document describes it", None
    if not attempts and (there := _looked_for(client)):
        path, to_nothing = there
        attempts = [Login(path=path, username_field=_guess(credentials.username))]
        how = "it answers there"
    if not attempts:
        found = without_login(client, find_challenge(client, description), credentials)
        if found is None:
            return FoundLogin(finding=Finding(unknown=(_NOT_FOUND,)))
        return FoundLogin(finding=found[0], headers=found[1])
    if not (credentials.username and credentials.password):
        return FoundLogin(finding=_finding(attempts[0], {}, how, unknown=(_NOT_TRIED,)))
    needed = {one.path: one.required for one in described}

    def scheme_of() -> str:
        challenge = find_challenge(client, description)
        return challenge.token_scheme if challenge else ""

    return _tried(
        *(client, attempts[0], credentials, how),
        needed=needed,
        to_nothing=to_nothing,
        scheme_of=scheme_of,
    )


def _given(challenge: Challenge | None, token: str) -> FoundLogin:
    """How a token that is given goes with a request: as the target asks for it."""
    words, keys, scheme = "APISMOKE_TOKEN is given, so no login was looked for", {}, _DEFAULT.scheme
    if challenge and challenge.token_scheme:
        scheme = challenge.token_scheme
        keys = {"scheme": scheme}
    elif challenge and challenge.asks_for_basic and len(challenge.schemes) == 1:
        scheme, keys = "Basic", {"kind": "basic"}
    if challenge and keys:
        words += f"; GET {challenge.path} asks for {scheme}"
    headers = {_DEFAULT.header: f"{scheme} {without_scheme(token, scheme)}"}
    return FoundLogin(finding=Finding(keys=below("login", keys), seen=(words,)), headers=headers)


_NOT_FOUND = (
    'no login found: write [login] path, or kind = "basic" where every request takes the name and'
    " the password, or enabled = false where there is none"
)
_NOT_TRIED = (
    "the login was not tried: with APISMOKE_USERNAME and APISMOKE_PASSWORD in the environment,"
    " 'apismoke init' finds where the token is"
)


def _described(operation: LoginOperation, username: str) -> Login:
    names = [name for name in _USERNAMES if name in operation.fields]
    passwords = [name for name in _PASSWORDS if name in operation.fields]
    is_form = operation.media_type == FORM
    fixed = dict(operation.fixed)
    if is_form and "grant_type" in operation.fields:
        # A form of OAuth2 has the grant as its only fixed field.
        fixed = {"grant_type": "password", **fixed}
    return Login(
        path=operation.path,
        content_type="form" if is_form else "json",
        username_field=names[0] if names else _guess(username),
        password_field=passwords[0] if passwords else _DEFAULT.password_field,
        fields=tuple(fixed.items()),
    )


def _looked_for(client: Client) -> tuple[str, Response] | None:
    """The usual path that answers an empty object as a login does, and its answer.

    None where none does, or only as any path does.
    """
    for path in PATHS:
        answer = _answer_to_nothing(client, path)
        if answer is None or answer.status not in _THERE:
            continue
        # A folder may be guarded as a whole, so it is the path's neighbour that is asked.
        folder = path.rstrip("/").rpartition("/")[0]
        other = _answer_to_nothing(client, f"{folder}/{secrets.token_hex(8)}")
        if other is None or other.status != answer.status:
            return path, answer
    return None


def _answer_to_nothing(client: Client, path: str) -> Response | None:
    return answer_of(client, Request(method="POST", path=path, json={}, repeatable=True))


def _guess(username: str) -> str:
    return "email" if "@" in username or not username else "username"


def _tried(
    client: Client,
    attempt: Login,
    credentials: Credentials,
    how: str,
    *,
    needed: Mapping[str, Sequence[str]],
    to_nothing: Response | None,
    scheme_of: Callable[[], str],
) -> FoundLogin:
    refused, missing, is_same = "", tuple[str, ...](), False
    for _ in range(_MOST_ATTEMPTS):
        request = login_request(attempt, credentials)
        response = client.send(request)
        if accepts(attempt, response):
            session = session_in(client, attempt, response, scheme_of=scheme_of)
            words = f"{how}; {session.how}"
            finding = _finding(attempt, session.keys, words, unknown=session.unknown)
            return FoundLogin(finding=finding, headers=session.headers)
        refused = f"{response.where} answers {response.status}"
        names = missing_fields(request, response) or needed.get(attempt.path, ())
        missing = tuple(name for name in names if name not in field_names(request))
        is_same = to_nothing is not None and (response.status, response.body) == (
            *(to_nothing.status, to_nothing.body),
        )
        other = _corrected(attempt, request, response)
        if other is None:
            break
        attempt = other
    if missing:
        hint = _wants(missing, refused)
    else:
        hint = _may_not_see(refused) if is_same else _refused(refused)
    return FoundLogin(finding=_finding(attempt, {}, how, unknown=(hint,)))


def _refused(refused: str) -> str:
    return (
        f"the login was refused ({refused}): correct APISMOKE_USERNAME and APISMOKE_PASSWORD and"
        " call 'apismoke init' again, or complete [login] by hand: it may want further fields"
    )


def _may_not_see(refused: str) -> str:
    return (
        f"the login answers the credentials as it answers an empty object ({refused}), so it may"
        " not see them: complete [login] as in a curl line that works, with its username_field,"
        " its content_type and its further fields; without that nothing tells whether"
        " APISMOKE_USERNAME and APISMOKE_PASSWORD are right"
    )


def _wants(missing: Sequence[str], refused: str) -> str:
    names = " and ".join(map(repr, missing))
    table = ", ".join(f'{toml_key(name)} = "..."' for name in missing)
    return (
        f"the login wants {names} too ({refused}): write [login] fields = {{ {table} }}, as in a"
        " curl line that works; the credentials may be right"
    )


def _finding(
    login: Login, keys: Mapping[str, Any], how: str, *, unknown: tuple[str, ...] = ()
) -> Finding:
    own = {
        key.name: dict(value) if key.shape is Shape.TABLE else value
        for key in keys_of(Login).values()
        if (value := getattr(login, key.name)) != key.default
    }
    body = "a form" if login.content_type == "form" else "JSON"
    words = f"the login is POST {login.path}, {body} with {login.username_field!r}: {how}"
    return Finding(keys=below("login", {**own, **keys}), seen=(words,), unknown=unknown)


def _corrected(login: Login, request: Request, response: Response) -> Login | None:
    """The login as the refusal asks for; None where it asks for nothing else."""
    is_form = login.content_type == "form"
    if response.status == 415 and not is_form:
        return replace(login, content_type="form")
    missing = missing_fields(request, response)
    # A client id is that of a program, where it does not come with a secret of its own.
    is_client = "client_secret" in missing
    names = [n for n in _USERNAMES if n in missing and (is_client or n != "client_id")]
    others = [name for name in names if name != login.username_field]
    if login.password_field in missing and not is_form:
        # It was sent as JSON, and has not been found there.
        username = names[0] if names else login.username_field
        return replace(login, content_type="form", username_field=username)
    if others:
        return replace(login, username_field=others[0])
    if "grant_type" in missing and "grant_type" not in dict(login.fields):
        # The grant of OAuth2 that takes a name and a password.
        return replace(login, fields=(*login.fields, ("grant_type", "password")))
    return None
