"""The answers the backend gives: JSON, structured problems, and the HTML pages of some faults."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.responses import HTMLResponse, JSONResponse, Response


class ProblemError(Exception):
    """A request that is answered with a structured error instead of being served."""

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers

    def answer(self) -> Response:
        """Return the structured answer."""
        return problem(self.status, self.code, self.detail, self.headers)


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a structured error: ``{"error": code, "detail": text}``."""
    return JSONResponse({"error": code, "detail": detail}, status, headers)


def unauthorized(code: str, detail: str) -> ProblemError:
    """Return the refusal of a request that carries no usable token (RFC 6750)."""
    return ProblemError(401, code, detail, {"WWW-Authenticate": "Bearer"})


def page(status: int = 200) -> Response:
    """Return an HTML page, as a proxy or a frontend answers in the API's place."""
    title = "Internal Server Error" if status >= 500 else "Example"
    return HTMLResponse(f"<!doctype html><title>{title}</title><h1>{title}</h1>", status)


def json_fields(response: Response) -> dict[str, Any]:
    """Return the fields of a JSON object answer, none for any other answer."""
    if not isinstance(response, JSONResponse):
        return {}
    fields = json.loads(bytes(response.body))
    return fields if isinstance(fields, dict) else {}


class SimulatedError(Exception):
    """The exception of a fault that shows what an unhandled error looks like."""


def crash() -> NoReturn:
    """Fail as a handler with a bug does."""
    raise SimulatedError("this fault raises an exception that nothing handles")
