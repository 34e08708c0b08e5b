"""The HTTP request that handlers and faults receive, and the routes of the API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from .response import JsonObject

HEALTH = "GET /health"
LOGIN = "POST /api/auth/login"
FETCH = "GET /api/business/me"
SAVE = "PUT /api/business/me"
OAUTH = "GET /oauth/google/start"
CALLBACK = "GET /oauth/google/callback"
STATUS_WEBHOOK = "POST /twilio/status"
ROUTES = (HEALTH, LOGIN, FETCH, SAVE, OAUTH, CALLBACK, STATUS_WEBHOOK)


class BodyError(Exception):
    """The body of a request is not what it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request whose body has been read.

    ``route`` is the method and the path; a HEAD request has the route of its GET.
    ``if_match`` is None without the header; several If-Match lines are one list.
    ``cookie`` is the token in the cookie of the login, "" without one; ``address`` the client's.
    ``takes_cached`` is False if its Cache-Control has the directive ``no-cache``. ``url`` is what
    the client used, as a proxy in front tells it, and ``signature`` that of Twilio.
    """

    route: str
    authorization: str
    cookie: str
    address: str
    if_match: str | None
    takes_cached: bool
    query: Mapping[str, str]
    body: bytes
    url: str = ""
    signature: str = ""

    def json_object(self) -> JsonObject:
        """Return the body as a JSON object.

        Raises:
            BodyError: the body is anything else.
        """
        try:
            value = json.loads(self.body, parse_constant=_refuse_constant)
            # The parser accepts half a surrogate pair, which no response could contain.
            json.dumps(value, ensure_ascii=False).encode()
        # Deep nesting overflows the parser's stack: the client's mistake, not a server error.
        except (ValueError, RecursionError):
            raise BodyError("the body is not JSON") from None
        if not isinstance(value, dict):
            raise BodyError("the body is not a JSON object")
        return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
