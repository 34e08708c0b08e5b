"""Finds the token in the response of a login. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from pytest_apismoke.configuration.credentials import without_scheme
from pytest_apismoke.configuration.profiles import Login
from pytest_apismoke.documents import step
from pytest_apismoke.http.token_lifetime import claims_of

#: The names under which services return a token, the most telling first.
_NAMES = (
    *("access_token", "accessToken", "access", "token", "jwt", "id_token", "idToken"),
    *("auth_token", "authToken", "session_token", "sessionToken", "api_token", "key"),
)
_HEADERS = ("authorization", "x-auth-token", "x-access-token", "x-token")
_DEEPEST = 4
_MOST_ITEMS = 3
_DEFAULT = Login()


def token_place(body: object, headers: Mapping[str, str]) -> tuple[Mapping[str, Any], str] | None:
    """The keys of [login] that say where a token is, and the token; None where there is none.

    Args:
        body: the response as JSON; None for any other.
        headers: of the response, names in lower case.

    """
    # A name that can't be written as a JSON Pointer names no token.
    strings = {pointer: text for pointer, text in _strings(body) if pointer.isprintable()}
    by_name = [pointer for name in _NAMES for pointer in strings if pointer.endswith(f"/{name}")]
    by_shape = [pointer for pointer, value in strings.items() if claims_of(value)]
    for pointer in (*by_name, *by_shape):
        if strings[pointer]:
            is_default = pointer == _DEFAULT.token_pointer
            token = without_scheme(strings[pointer].strip(), _DEFAULT.scheme)
            return ({} if is_default else {"token_pointer": pointer}), token
    for name in _HEADERS:
        if value := headers.get(name, ""):
            return {"token_header": name}, without_scheme(value.strip(), _DEFAULT.scheme)
    return None


def _strings(body: object) -> list[tuple[str, str]]:
    """The strings of a JSON value by their JSON Pointers, those of the upper levels first."""
    found: list[tuple[str, str]] = []
    todo: deque[tuple[str, object, int]] = deque([("", body, 0)])
    while todo:
        pointer, value, depth = todo.popleft()
        if isinstance(value, str) and pointer:
            found.append((pointer, value))
        elif isinstance(value, dict) and depth < _DEEPEST:
            todo += ((f"{pointer}/{step(str(k))}", v, depth + 1) for k, v in value.items())
        elif isinstance(value, list) and depth < _DEEPEST:
            items = enumerate(value[:_MOST_ITEMS])
            todo += ((f"{pointer}/{index}", item, depth + 1) for index, item in items)
    return found
