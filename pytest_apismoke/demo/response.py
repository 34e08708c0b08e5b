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
    """A request is refused with a structured error."""

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.response = problem(status, code, detail, headers)


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response whose body is this JSON value, without insignificant blanks."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(status=status, body=body.encode(), media_type=_JSON, headers=headers or {})


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a structured error: ``{"error": code, "detail": string}``."""
    return json_response({"error": code, "detail": detail}, status, headers)


def internal_error() -> Response:
    """Return the 500 of a handler that raised an unexpected exception."""
    return problem(500, "internal_error", "the request could not be served")


def unauthorized(code: str, detail: str) -> ProblemError:
    """Return the 401 of a request without a usable token (RFC 6750, section 3)."""
    return ProblemError(401, code, detail, {"WWW-Authenticate": "Bearer"})


def html_page(status: int = 200) -> Response:
    """Return an HTML page, as a proxy or a frontend sends in place of the API."""
    title = "Internal Server Error" if status >= 500 else "Example"
    body = f"<!doctype html><title>{title}</title><h1>{title}</h1>"
    return Response(status=status, body=body.encode(), media_type="text/html")


def redirect(location: str) -> Response:
    """Return a 302 to this URL."""
    return Response(status=302, headers={"Location": location})
