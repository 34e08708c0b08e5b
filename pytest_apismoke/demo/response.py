"""The HTTP responses of handlers and faults: JSON, structured errors, redirects, HTML pages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# Any, because a property may hold any JSON value until it is validated.
JsonObject = dict[str, Any]

_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response that faults can replace or transform before it is sent.

    ``headers`` leaves out Content-Type, which follows from ``media_type``, and Content-Length.
    """

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_header(self, name: str, value: str) -> "Response":
        """Return this response with one more header."""
        return replace(self, headers={**self.headers, name: value})

    def json_object(self) -> JsonObject:
        """Return the JSON object in the body; ``{}`` for any other body."""
        value = json.loads(self.body) if self.media_type == _JSON else None
        return value if isinstance(value, dict) else {}


class ProblemError(Exception):
    """A request is refused with this response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response whose body is this JSON value, without insignificant blanks."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(status=status, body=body.encode(), media_type=_JSON, headers=headers or {})


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the structured error of a fault: ``{"error": code, "detail": string}``."""
    return json_response({"error": code, "detail": detail}, status, headers)


def internal_error() -> Response:
    """Return the 500 of a handler that raised an unexpected exception."""
    return problem(500, "internal_error", "the request could not be served")


def refused(status: int, detail: object, headers: Mapping[str, str] | None = None) -> ProblemError:
    """Return a refusal as FastAPI sends it: ``{"detail": string or list}``."""
    return ProblemError(json_response({"detail": detail}, status, headers))


def unprocessable(kind: str, place: tuple[str, ...], message: str, sent: object) -> ProblemError:
    """Return the 422 of a request of the wrong shape as FastAPI sends it, with what was sent."""
    return refused(422, [{"type": kind, "loc": place, "msg": message, "input": sent}])


def unauthorized(detail: str) -> ProblemError:
    """Return the 401 of a request without a usable token (RFC 6750, section 3)."""
    return refused(401, detail, {"WWW-Authenticate": "Bearer"})


def server_error() -> Response:
    """Return the 500 that a framework sends for an exception: plain text."""
    return Response(status=500, body=b"Internal Server Error", media_type="text/plain")


def html_page(status: int = 200) -> Response:
    """Return an HTML page, as a proxy or a frontend sends in place of the API."""
    title = "Internal Server Error" if status >= 500 else "Example"
    body = f"<!doctype html><title>{title}</title><h1>{title}</h1>"
    return Response(status=status, body=body.encode(), media_type="text/html")


def redirect(location: str) -> Response:
    """Return a 302 to this URL."""
    return Response(status=302, headers={"Location": location})
