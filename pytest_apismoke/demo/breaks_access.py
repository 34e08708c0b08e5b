"""Faults of logging in and of checking tokens."""

import json
from collections.abc import Callable, Mapping

from starlette.responses import JSONResponse, Response

from .behaviour import Behaviour, Dresses, Instead
from .calls import FETCH, LOGIN, SAVE, Call
from .responses import crash, json_fields, page, problem, unauthorized

_REQUESTS_BEFORE_EARLY_EXPIRY = 3
_SHORT_LIFE_S = 2


class BusyLogin(Behaviour):
    """Answers the first login with 429."""

    def __init__(self) -> None:
        self._answered = False

    def gate(self, route: str) -> Response | None:
        """Refuse the first login."""
        if route != LOGIN or self._answered:
            return None
        self._answered = True
        return problem(429, "too_many_requests", "try again later", {"Retry-After": "1"})


class EarlyExpiry(Behaviour):
    """Refuses the first token after a few requests."""

    def __init__(self) -> None:
        self._first = ""
        self._uses = 0

    def issued(self, token: str) -> None:
        """Remember the first token."""
        self._first = self._first or token

    def accepts(self, token: str, valid: bool) -> bool:
        """Count the uses of the first token."""
        if not valid or token != self._first:
            return valid
        self._uses += 1
        return self._uses <= _REQUESTS_BEFORE_EARLY_EXPIRY


class ShortFirstLife(Behaviour):
    """Gives out a first token that soon runs out, and says so."""

    def __init__(self) -> None:
        self._asked = False

    def lifetime_s(self, lifetime_s: int) -> int:
        """Shorten the life of the first token."""
        if self._asked:
            return lifetime_s
        self._asked = True
        return _SHORT_LIFE_S


class NoAuthCheck(Behaviour):
    """Serves everybody."""

    def accepts(self, token: str, valid: bool) -> bool:
        """Accept whatever came."""
        return True


class EveryTokenRefused(Behaviour):
    """Serves nobody."""

    def accepts(self, token: str, valid: bool) -> bool:
        """Accept nothing."""
        return False


class EchoSecrets(Behaviour):
    """Repeats secrets in error answers and headers, and fails every fetch to show them."""

    def __init__(self) -> None:
        self._password = ""

    def instead(self, call: Call) -> Response | None:
        """Fail the fetch."""
        if call.route != FETCH:
            return None
        return problem(500, "internal_error", "the request could not be served")

    def dress(self, call: Call, response: Response) -> Response:
        """Add what was sent."""
        if call.route == LOGIN:
            self._password = _password_in(call)
        if response.status_code >= 400:
            response = JSONResponse(
                {
                    **json_fields(response),
                    "trace": f"Authorization: {call.authorization} password={self._password}",
                    "request": {"authorization": call.authorization, "password": self._password},
                },
                response.status_code,
                {key: value for key, value in response.headers.items() if key in _KEPT_HEADERS},
            )
        echo = self._password if call.route == LOGIN else call.authorization
        response.headers["X-Debug-Echo"] = _printable(echo)
        return response


_KEPT_HEADERS = ("www-authenticate", "retry-after", "allow")


def _password_in(call: Call) -> str:
    try:
        return str(json.loads(call.raw_body)["password"])
    # Whatever is wrong with the body, the handler has answered it already.
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""


def _printable(text: str) -> str:
    # A header carries Latin-1 without control characters only.
    return "".join(char if " " <= char <= "~" else "?" for char in text)


def _without_token(response: Response) -> Response:
    fields = json_fields(response)
    fields.pop("access_token", None)
    return JSONResponse(fields)


def _refused_login() -> Response:
    return unauthorized("invalid_credentials", "wrong username or password").answer()


BEHAVIOURS: Mapping[str, Callable[[], Behaviour]] = {
    "login-500": lambda: Instead(LOGIN, crash),
    "login-refused": lambda: Instead(LOGIN, _refused_login),
    "login-no-token": lambda: Dresses([LOGIN], 200, _without_token),
    "login-html": lambda: Instead(LOGIN, page),
    "login-429": BusyLogin,
    "token-expires-early": EarlyExpiry,
    "token-short-lived": ShortFirstLife,
    "no-auth-check": NoAuthCheck,
    "auth-500": lambda: Dresses([FETCH, SAVE], 401, lambda _: page(500)),
    "auth-unstructured": lambda: Dresses([FETCH, SAVE], 401, lambda _: page(401)),
    "me-refused": EveryTokenRefused,
    "echo-secrets": EchoSecrets,
}
