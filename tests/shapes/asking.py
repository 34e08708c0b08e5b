"""One request as the parts of a backend see it, and the answers that they share."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

from shapes.parts import Json
from starlette.responses import JSONResponse, Response

_MEDIA_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "merge-patch": "application/merge-patch+json",
    "json-patch": "application/json-patch+json",
}


class RefusedError(Exception):
    """Ends a request with an answer."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        error = {"error": f"status_{status}", "detail": detail}
        self.answer: Response = JSONResponse(error, status, names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request; the names of its headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def route(self) -> tuple[str, str]:
        return self.method, self.path

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def cookie(self, name: str) -> str:
        found = SimpleCookie(self.header("cookie")).get(name)
        return found.value if found else ""

    def basic(self) -> tuple[str, str] | None:
        """The name and the password of HTTP Basic."""
        scheme, _, value = self.header("authorization").partition(" ")
        if scheme.lower() != "basic":
            return None
        name, _, password = base64.b64decode(value).decode().partition(":")
        return name, password

    def sent(self, form: str) -> Json:
        """The body, which has to be of this form; one of `form` is a mapping of strings.

        Raises:
            RefusedError: 415 if it is another, 400 if it can't be read.

        """
        media_type = self.header("content-type").partition(";")[0].strip().lower()
        if media_type != _MEDIA_TYPES[form]:
            raise RefusedError(415, f"{_MEDIA_TYPES[form]} is wanted, not {media_type!r}")
        try:
            if form == "form":
                return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
            return json.loads(self.body)
        except ValueError as error:
            raise RefusedError(400, f"a body that can't be read: {error}") from None


def page(status: int = 200) -> Response:
    """What a proxy in front of the backend answers."""
    return Response("<html>hello</html>", status, media_type="text/html")


def at(pointer: str, value: Json) -> Json:
    """A JSON value with another one at a JSON Pointer."""
    for name in reversed(pointer.split("/")[1:]):
        value = {name: value}
    return value


def found_at(pointer: str, value: Json) -> Json:
    """The value at a JSON Pointer.

    Raises:
        RefusedError: 422 if there is none.

    """
    for name in pointer.split("/")[1:]:
        if not isinstance(value, dict) or name not in value:
            raise RefusedError(422, f"nothing at {pointer}")
        value = value[name]
    return value
