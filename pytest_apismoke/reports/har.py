"""All requests of a run as an HTTP Archive (HAR 1.2), for tools that show a waterfall.

Secrets are gone, and of bodies there is only the beginning, on one line: an archive to read, not to
replay. The whole time of a request is all that is measured.
"""

from __future__ import annotations

from http.client import responses
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit

from pytest_apismoke import __version__
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.reports.exchanges import Sent, sent
from pytest_apismoke.reports.json_text import text_of
from pytest_apismoke.reports.moments import iso, moment
from pytest_apismoke.reports.report import Report
from pytest_apismoke.shown_headers import Headers

#: What the format has for a number that is not known.
_UNKNOWN = -1
_EXCERPT = "the beginning of the body, on one line, without secrets"
#: What may stand in the path of a URL; anything else is percent-encoded.
_OF_PATHS = "%/:@!$&'()*+,;=~-._"
#: A percent sign that encodes nothing.
_LONE_PERCENT = late_pattern(r"%(?![0-9A-Fa-f]{2})")


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The requests of a run as an archive; see `reports.formats`."""
    return text_of(document(report), ascii_only=ascii_only)


def document(report: Report) -> dict[str, Any]:
    """The archive as plain JSON values."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "pytest-apismoke", "version": __version__},
            "entries": [_entry(one) for one in sent(report)],
            "comment": f"{report.headline}; secrets are redacted, and of bodies there is"
            f" {_EXCERPT}",
        }
    }


def _entry(one: Sent) -> dict[str, Any]:
    exchange = one.exchange
    took_ms = round(exchange.duration_s * 1000, 1)
    comment = [", ".join(one.shown_by)]
    if exchange.attempt > 1:
        comment.append(f"attempt {exchange.attempt}")
    if exchange.started_s is None:
        comment.append("when it was sent is not known")
    if exchange.request_id:
        comment.append(f"request id {exchange.request_id}")
    return {
        "startedDateTime": iso(moment(one.facts, exchange.started_s or 0.0)),
        "time": took_ms,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        # The format wants these three, and their sum to be `time`.
        "timings": {
            **dict.fromkeys(("blocked", "dns", "connect", "ssl"), _UNKNOWN),
            "send": 0,
            "wait": took_ms,
            "receive": 0,
            "comment": "only the whole time was measured",
        },
        "comment": "; ".join(comment),
    }


def _request(exchange: Exchange) -> dict[str, Any]:
    parts = _parts(exchange.url)
    request = {
        "method": exchange.method,
        "url": urlunsplit(parts),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(exchange.sent_headers),
        "queryString": _named(parse_qsl(parts.query, keep_blank_values=True)),
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN,
    }
    if exchange.sent_excerpt:
        request["postData"] = {
            "mimeType": _media_type(exchange.sent_headers),
            "text": exchange.sent_excerpt,
            "comment": _EXCERPT,
        }
    return request


def _parts(url: str) -> SplitResult:
    """The parts of a URL as the format wants it: what was redacted in it is percent-encoded."""
    url = _LONE_PERCENT.sub("%25", url)
    try:
        parts = urlsplit(url)
    except ValueError:
        # A host that was redacted.
        return SplitResult("", "", quote(url, safe=_OF_PATHS), "", "")
    return parts._replace(
        path=quote(parts.path, safe=_OF_PATHS),
        query=quote(parts.query, safe=_OF_PATHS + "?"),
        fragment=quote(parts.fragment, safe=_OF_PATHS + "?"),
    )


def _response(exchange: Exchange) -> dict[str, Any]:
    """The response; with the status 0 where there was none, as browsers export it."""
    status = exchange.status or 0
    headers = exchange.received_headers
    response = {
        "status": status,
        "statusText": responses.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(headers),
        "content": {
            "size": _UNKNOWN,
            "mimeType": _media_type(headers),
            "text": exchange.excerpt,
            "comment": _EXCERPT,
        },
        "redirectURL": _header(headers, "location"),
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN,
    }
    if exchange.error:
        response["_error"] = exchange.error
        response["comment"] = exchange.error
    return response


def _named(pairs: Headers | list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _media_type(headers: Headers) -> str:
    return _header(headers, "content-type") or "x-unknown"


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
