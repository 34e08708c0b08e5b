"""What an exchange has to show, kept as it came and redacted when it is read.

Most checks pass, and nobody reads their bodies. The redactor of the moment of reading knows the
secrets that the target revealed since, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from pytest_apismoke.errors import LONGEST_PHRASE, presentable
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import REPLACEMENT, Redactor, is_sensitive

#: The length of the excerpt of a body, in characters.
EXCERPT_CHARS = 400
#: How much of a body is kept for its excerpt: redaction may take most of it away.
KEPT_BYTES = 8192
_REQUEST_ID_CHARS = 200
#: How much is kept of the headers of a request or a response: of each value, and of all together,
#: in characters. A longer one is left out: half of a secret would not be recognised.
_VALUE_CHARS, _HEADERS_CHARS, _MOST_HEADERS = 2000, 16384, 100
#: Headers whose value is a URL, which may have secrets in its query.
_WITH_URL = frozenset({"location", "content-location", "refresh", "referer"})

#: Makes the curl line; the redactor names the variables that stand for secrets.
Curl = Callable[[Redactor], str]
#: Names and values, in the order in which they were sent.
Headers = tuple[tuple[str, str], ...]
T = TypeVar("T")


class Evidence(Protocol):
    """The texts of an exchange, which may be shown."""

    @property
    def url(self) -> str:
        """The URL with its query."""

    @property
    def request_id(self) -> str | None:
        """The id by which the target's log has the request, where the response names one."""

    @property
    def excerpt(self) -> str:
        """The beginning of the body, on one line."""

    @property
    def error(self) -> str | None:
        """Why there was no response."""

    @property
    def curl(self) -> str:
        """The command that repeats the request in a shell."""

    @property
    def sent_headers(self) -> Headers:
        """The headers of the request."""

    @property
    def sent_excerpt(self) -> str:
        """The beginning of the body of the request, on one line; empty without one."""

    @property
    def received_headers(self) -> Headers:
        """The headers of the response, their names in lower case."""

    @property
    def trace_id(self) -> str | None:
        """The trace that the request was sent as a part of; None where it names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The texts as they were shown, in this process or another."""

    url: str
    request_id: str | None
    excerpt: str
    error: str | None
    curl: str
    sent_headers: Headers = ()
    sent_excerpt: str = ""
    received_headers: Headers = ()
    trace_id: str | None = None


class Unshown:
    """The texts as they came: out of reach, and redacted when they are read.

    Its `repr` is that of what may be shown, a copy is the same object, and a pickle holds `Told`.

    Args:
        redactor: is asked whenever a text is read.
        url: with the query.
        request_id: of the response.
        body: of the response; no more than its beginning is kept.
        error: why there was no response.
        curl: makes the curl line, or is the line.
        sent_headers: of the request.
        sent_body: of the request; no more than its beginning is kept.
        received_headers: of the response, names in lower case.

    """

    __slots__ = (
        *("_body", "_curl", "_error", "_is_cut", "_is_sent_cut", "_read", "_received_headers"),
        *("_redactor", "_request_id", "_sent_body", "_sent_headers", "_url"),
    )

    def __init__(
        self,
        redactor: Redactor,
        *,
        url: str,
        request_id: str | None,
        body: str | bytes,
        error: str | None,
        curl: str | Curl,
        sent_headers: Iterable[tuple[str, str]] = (),
        sent_body: str | bytes = b"",
        received_headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._redactor = redactor
        self._url = url
        self._request_id = request_id
        self._is_cut = len(body) > KEPT_BYTES
        self._body = body[:KEPT_BYTES]
        self._error = error
        self._curl = curl
        self._sent_headers = _kept(sent_headers)
        self._is_sent_cut = len(sent_body) > KEPT_BYTES
        self._sent_body = sent_body[:KEPT_BYTES]
        self._received_headers = _kept(received_headers)
        #: What was read, with the number of secrets that were known then.
        self._read: dict[str, tuple[int, Any]] = {}

    @property
    def url(self) -> str:
        """The URL with its query."""
        return self._shown("url", lambda by: presentable(by.url(self._url), LONGEST_PHRASE))

    @property
    def request_id(self) -> str | None:
        """The id by which the target's log has the request, where the response names one."""
        return self._phrase("request_id", self._request_id, _REQUEST_ID_CHARS)

    @property
    def excerpt(self) -> str:
        """The beginning of the body, on one line."""
        return self._shown("excerpt", lambda by: _excerpt(by, self._body, is_cut=self._is_cut))

    @property
    def error(self) -> str | None:
        """Why there was no response."""
        return self._phrase("error", self._error, LONGEST_PHRASE)

    @property
    def curl(self) -> str:
        """The command that repeats the request in a shell."""
        return self._shown("curl", self._command)

    @property
    def sent_headers(self) -> Headers:
        """The headers of the request."""
        return self._shown("sent_headers", lambda by: _shown_headers(by, self._sent_headers))

    @property
    def sent_excerpt(self) -> str:
        """The beginning of the body of the request, on one line; empty without one."""
        body, is_cut = self._sent_body, self._is_sent_cut
        return self._shown("sent_excerpt", lambda by: _excerpt(by, body, is_cut=is_cut))

    @property
    def received_headers(self) -> Headers:
        """The headers of the response, their names in lower case."""
        headers = self._received_headers
        return self._shown("received_headers", lambda by: _shown_headers(by, headers))

    @property
    def trace_id(self) -> str | None:
        """The trace that the request was sent as a part of; None where it names none."""
        return trace_id_in(self.sent_headers)

    def _phrase(self, name: str, raw: str | None, most: int) -> str | None:
        return self._shown(name, lambda by: presentable(by.text(raw), most)) if raw else None

    def _command(self, redactor: Redactor) -> str:
        return redactor.text(self._curl if isinstance(self._curl, str) else self._curl(redactor))

    def _shown(self, name: str, show: Callable[[Redactor], T]) -> T:
        known = self._redactor.known
        before = self._read.get(name)
        if before is None or before[0] != known:
            before = self._read[name] = known, show(self._redactor)
        shown: T = before[1]
        return shown

    def _told(self) -> Told:
        return Told(
            url=self.url,
            request_id=self.request_id,
            excerpt=self.excerpt,
            error=self.error,
            curl=self.curl,
            sent_headers=self.sent_headers,
            sent_excerpt=self.sent_excerpt,
            received_headers=self.received_headers,
            trace_id=self.trace_id,
        )

    def __repr__(self) -> str:
        return repr(self._told())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, (Told, Unshown)):
            return NotImplemented
        return self._told() == (other._told() if isinstance(other, Unshown) else other)

    def __hash__(self) -> int:
        return hash(self._told())

    def __copy__(self) -> Unshown:
        return self

    def __deepcopy__(self, memo: object) -> Unshown:
        return self

    def __reduce__(self) -> tuple[Callable[[Told], Told], tuple[Told]]:
        return _as_it_is, (self._told(),)


def _excerpt(redactor: Redactor, body: str | bytes, *, is_cut: bool) -> str:
    """The beginning of a body.

    Redaction comes before shortening: a secret cut in two would not be recognised.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    shown = redactor.beginning(text) if is_cut else redactor.body(text)
    # One line without control characters, because it may be shown on a terminal.
    return presentable(" ".join(shown.split()), EXCERPT_CHARS)


def _kept(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers with their values, as far as these are not too long to be kept."""
    kept, left = [], _HEADERS_CHARS
    for name, value in headers:
        if len(kept) == _MOST_HEADERS:
            break
        is_too_long = len(name) + len(value) > min(_VALUE_CHARS, left)
        # Names are few, and the same in every response.
        shown = f"({len(value)} characters)" if is_too_long else value
        kept.append((sys.intern(name[:_VALUE_CHARS]), shown))
        left -= len(name) + len(shown)
    return tuple(kept)


def _shown_headers(redactor: Redactor, headers: Headers) -> Headers:
    return tuple(
        (presentable(redactor.text(name), _REQUEST_ID_CHARS), _shown_value(redactor, name, value))
        for name, value in headers
    )


def _shown_value(redactor: Redactor, name: str, value: str) -> str:
    if is_sensitive(name):
        return REPLACEMENT
    shown = redactor.url(value) if name.lower() in _WITH_URL else redactor.prose(value)
    return presentable(shown, LONGEST_PHRASE)


def trace_id_in(headers: Headers) -> str | None:
    """The id of the trace in the header of a request that names it (W3C Trace Context, 3.2)."""
    value = next((value for name, value in headers if name.lower() == "traceparent"), "")
    parts = value.split("-")
    return parts[1] if len(parts) > 3 and len(parts[1]) == 32 else None


def _as_it_is(told: Told) -> Told:
    return told
