"""Reads the responses of `requests`, and the JSON values, that users pass to `smoke_contract`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.request import Request
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from requests import Response

#: The `where` of messages about its arguments.
WHERE = "smoke_contract.check"
#: Headers that requests adds itself, so that a curl line needs none of them.
_ADDED_BY_REQUESTS = frozenset(
    {"user-agent", "accept-encoding", "accept", "connection", "content-length"}
)


def sent_by(response: Response, redactor: Redactor) -> Request:
    """The request of a response that another client received, redacted.

    Raises:
        SmokeError: `usage` when the response has no request, because it was never sent.

    """
    sent = response.request
    if sent is None:
        raise misconfigured(
            expected="a response of requests or smoke_client",
            seen="a response without a request",
            where=WHERE,
            hint="send the request first; give a value alone as it is, with the name of a schema",
        )
    body: Any = sent.body
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    elif body is not None and not isinstance(body, str):
        body = "(a streamed body)"
    headers = {_text(name): _text(value) for name, value in sent.headers.items()}
    return Request(
        method=str(sent.method),
        path="",
        headers=redactor.headers(
            {
                name: value
                for name, value in headers.items()
                if name.lower() not in _ADDED_BY_REQUESTS
            }
        ),
        text=None if body is None else redactor.body(body),
    )


def _text(raw: str | bytes) -> str:
    """The name or value of a header, which requests accepts as bytes too."""
    return raw.decode("latin-1") if isinstance(raw, bytes) else raw


def body_of(response: Response) -> bytes:
    """The body of a response that another client received.

    Raises:
        SmokeError: `usage` when it is gone: its stream was consumed, or closed before reading.

    """
    try:
        body = response.content
    except RuntimeError:
        raise _gone("one whose stream was read already") from None
    length = response.headers.get("content-length", "0")
    is_missing = length.isdigit() and int(length) > 0 and response.request.method != "HEAD"
    if not body and is_missing and response.status_code not in (204, 304):
        raise _gone("one that was closed before it was read")
    return body


def _gone(seen: str) -> SmokeError:
    return misconfigured(
        expected="a response whose body can be read",
        seen=seen,
        where=WHERE,
        hint="leave out stream=True, or take response.content first",
    )


def json_value(value: Any) -> Any:
    """The value itself, if JSON can express it.

    Raises:
        SmokeError: `usage` when it can't.

    """
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise misconfigured(
            expected="a response, or a value that JSON can express",
            seen=str(error),
            where=WHERE,
            hint="give the response of requests or smoke_client, or its json()",
        ) from None
    return value
