"""What is kept of a request and what came of it: the exchange, and the response. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request, curl_line, with_query
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.redaction.urls import host_only

#: Headers of a response with the id by which a log has the request, the API's own before those of
#: what stands in front of it: gateways, clouds, and at last the trace.
_REQUEST_ID_HEADERS = (
    *("x-request-id", "x-correlation-id", "request-id", "x-trace-id", "x-amzn-requestid"),
    *("x-ms-request-id", "x-amz-request-id", "x-vercel-id", "fly-request-id", "x-amz-cf-id"),
    *("cf-ray", "x-azure-ref", "x-amzn-trace-id", "x-cloud-trace-context", "traceresponse"),
)
_SENT_ID = "x-request-id"


#: The headers of a response with a secret that are no part of it.
_PLAIN_HEADERS = frozenset(
    {
        *("cache-control", "connection", "content-encoding", "content-language", "content-length"),
        *("content-type", "date", "etag", "retry-after", "server", "transfer-encoding", "vary"),
        *_REQUEST_ID_HEADERS,
    }
)


def exchange_of(
    request: Request,
    reply: Reply,
    redactor: Redactor,
    *,
    url: str,
    started_s: float | None = None,
    duration_s: float,
    number: int,
) -> Exchange:
    """The record of one attempt.

    Args:
        request: as it was sent.
        reply: what came of it.
        redactor: knows the secrets of the run.
        url: of the request, without the query.
        started_s: when it was sent, in seconds since the run began, if that is known.
        duration_s: the seconds that it took.
        number: of the attempt, from 1 on.

    """
    # Where its secrets are not known yet, the body has no string in the record.
    hides = request.response_is_secret and (reply.status or 0) < 400
    return Exchange.record(
        redactor,
        method=request.method,
        url=with_query(url, request.query),
        status=reply.status,
        duration_s=duration_s,
        request_id=_request_id(reply),
        body=redactor.shape(reply.body.decode("utf-8", "replace")) if hides else reply.body,
        error=reply.failure.words if reply.failure else None,
        curl=curl_line(request, url),
        attempt=number,
        started_s=started_s,
        sent_headers=reply.sent.headers.items() if reply.sent else (),
        sent_body=reply.sent.body or b"" if reply.sent else b"",
        received_headers=_received(reply, hides=hides),
    )


def _request_id(reply: Reply) -> str | None:
    """The id that the response names; else the one that was sent, if it may have arrived."""
    found = (reply.headers[name] for name in _REQUEST_ID_HEADERS if reply.headers.get(name))
    if answered := next(found, None):
        return answered
    if reply.sent is None or not reply.has_sent:
        return None
    sent = reply.sent.headers.items()
    return next((value for name, value in sent if name.lower() == _SENT_ID), None)


def _received(reply: Reply, *, hides: bool) -> Iterator[tuple[str, str]]:
    """The headers of a response, each cookie apart; of one with a secret, without its values."""
    for name, value in reply.headers.items():
        if hides and name not in _PLAIN_HEADERS:
            yield name, REPLACEMENT
        elif name == "set-cookie":
            yield from ((name, line) for line in value.split("\n"))
        else:
            yield name, value


def response_of(request: Request, reply: Reply, exchange: Exchange, redactor: Redactor) -> Response:
    """The response of a reply that is complete."""
    assert reply.status is not None, "it is complete"
    headers = redactor.headers(reply.headers)
    if request.response_is_secret and "location" in headers:
        headers["location"] = host_only(headers["location"])
    return Response(
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        exchange=exchange,
        redacted_headers=headers,
    )
