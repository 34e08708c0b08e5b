"""What of a request goes over the connection: its method, its headers, and its body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from urllib3.util import make_headers

from pytest_apismoke.http.request import Request
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

#: A name is no more than one line without a colon, a value one line that begins with no space.
_NAME, _VALUE = late_pattern(r"[^:\s][^:\r\n]*\Z"), late_pattern(r"\S[^\r\n]*\Z|\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request as it is sent; `headers` in the order in which they are."""

    method: str
    headers: dict[str, str]
    body: bytes | None = None


def outgoing(request: Request, marks: Mapping[str, str] | None = None) -> Outgoing:
    """Encodes a request.

    Args:
        request: as it was given.
        marks: further headers, in the place of those that every request has; the request's own
            headers win, and an empty one of them says that none is to be sent.

    Raises:
        ValueError: for a header that HTTP can't express, or a body that JSON can't.
        RecursionError: for a body that is nested too deeply.

    """
    method = request.method.upper()
    body, content_type = _body(request)
    # By lower case: in the names of headers, it is the same as upper case (RFC 9110, 5.1).
    given = {name.lower(): (name, value) for name, value in request.headers.items()}
    marked = {name.lower(): (name, value) for name, value in (marks or {}).items()}
    headers = {**_own_headers(), **marked, **given}
    for key in headers:
        if key in given:
            _check(*headers[key])
    for key in marked:
        if not headers[key][1]:
            del headers[key]
    if body is not None:
        headers["content-length"] = "Content-Length", str(len(body))
    elif method not in ("GET", "HEAD"):
        headers.setdefault("content-length", ("Content-Length", "0"))
    if content_type:
        headers.setdefault("content-type", ("Content-Type", content_type))
    return Outgoing(method=method, headers=dict(headers.values()), body=body)


@lru_cache(maxsize=1)
def _own_headers() -> Mapping[str, tuple[str, str]]:
    """The headers of every request that has none of their names."""
    # Which encodings a response may have depends on what is installed here.
    accepted = make_headers(accept_encoding=True)["accept-encoding"].split(",")
    headers = {
        "User-Agent": "pytest-apismoke",
        "Accept-Encoding": ", ".join(one.strip() for one in accepted),
        "Accept": "application/json",
        "Connection": "keep-alive",
    }
    return {name.lower(): (name, value) for name, value in headers.items()}


def _check(name: str, value: str) -> None:
    for kind, pattern, part in (("name", _NAME, name), ("value", _VALUE, value)):
        if not isinstance(part, str):
            raise ValueError(
                f"Header part ({part!r}) from {(name, value)} must be of type str or bytes, not"
                f" {type(part)}"
            )
        if not pattern.match(part):
            raise ValueError(
                "Invalid leading whitespace, reserved character(s), or return character(s) in"
                f" header {kind}: {part!r}"
            )


def _body(request: Request) -> tuple[bytes | None, str]:
    """The body, and the type that it has unless the request names one."""
    if request.form:
        return urlencode(request.form).encode(), "application/x-www-form-urlencoded"
    content = request.content if request.text is None else request.text.encode()
    if request.form is None and content:
        return content, ""
    if request.json is None:
        return None, ""
    return json.dumps(request.json, allow_nan=False).encode(), "application/json"
