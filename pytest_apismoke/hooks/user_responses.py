"""What users hand over to be checked: answers that requests got, and values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.request import Request
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from requests import Response

#: How a message names the call that something was handed to.
WHERE = "smoke_contract.check"
#: What requests adds by itself; nobody has to repeat it.
_OF_THE_LIBRARY = frozenset(
    {"user-agent", "accept-encoding", "accept", "connection", "content-length"}
)


def sent_by(response: Response, redactor: Redactor) -> Request:
    """The request of an answer that somebody else got.

    Raises:
        SmokeError: (`usage`) when it has none, because nobody has sent it.

    """
    sent = response.request
    if sent is None:
        raise misconfigured(
            expected="what requests or smoke_client returned",
            seen="an answer that belongs to no request",
            where=WHERE,
            hint="send one; a value alone is given as it is, with the name of a schema",
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
            {name: value for name, value in headers.items() if name.lower() not in _OF_THE_LIBRARY}
        ),
        text=None if body is None else redactor.body(body),
    )


def _text(raw: str | bytes) -> str:
    """A header's name or value, which requests takes as bytes too."""
    return raw.decode("latin-1") if isinstance(raw, bytes) else raw


def body_of(response: Response) -> bytes:
    """The body of an answer that somebody else got.

    Raises:
        SmokeError: (`usage`) when it is gone: read away from a stream, or never read from one.

    """
    try:
        body = response.content
    except RuntimeError:
        raise _gone("one whose stream was read already") from None
    length = response.headers.get("content-length", "0")
    is_owed = length.isdigit() and int(length) > 0 and response.request.method != "HEAD"
    if not body and is_owed and response.status_code not in (204, 304):
        raise _gone("one that was closed before it was read")
    return body


def _gone(seen: str) -> SmokeError:
    return misconfigured(
        expected="an answer whose body can be looked at",
        seen=seen,
        where=WHERE,
        hint="leave out stream=True, or take response.content first",
    )


def json_value(value: Any) -> Any:
    """A value that was given itself.

    Raises:
        SmokeError: (`usage`) when JSON can't express it.

    """
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise misconfigured(
            expected="an answer, or a value that JSON can express",
            seen=str(error),
            where=WHERE,
            hint="give what requests or smoke_client returned, or what its json() gave",
        ) from None
    return value
