"""One request as the handlers and the faults see it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.requests import Request

from .responses import ProblemError

# Any, because the values are whatever the caller's JSON holds until they are validated.
JsonObject = dict[str, Any]

HEALTH = "GET /health"
LOGIN = "POST /api/auth/login"
FETCH = "GET /api/business/me"
SAVE = "PUT /api/business/me"
OAUTH = "GET /oauth/google/start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, read completely."""

    route: str
    authorization: str
    if_match: str | None
    query: Mapping[str, str]
    raw_body: bytes

    @classmethod
    async def read(cls, request: Request, route: str) -> "Call":
        """Read the request of this route to its end."""
        if_match = request.headers.getlist("if-match")
        return cls(
            route=route,
            authorization=request.headers.get("authorization", ""),
            # Several lines are one list; an empty line is a list too, and matches nothing.
            if_match=", ".join(if_match) if if_match else None,
            query=dict(request.query_params),
            raw_body=await request.body(),
        )

    def json_object(self) -> JsonObject:
        """Return the body as a JSON object.

        Raises:
            ProblemError: 422, the body is anything else.
        """
        try:
            body = json.loads(self.raw_body, parse_constant=_refuse_constant)
            # Half a surrogate pair is accepted by the parser and could not be answered again.
            json.dumps(body, ensure_ascii=False).encode()
        # Deep nesting overflows the parser's stack: the caller's mistake, not a server error.
        except (ValueError, RecursionError):
            raise ProblemError(422, "invalid_json", "the body is not JSON") from None
        if not isinstance(body, dict):
            raise ProblemError(422, "invalid_body", "the body is not a JSON object")
        return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
