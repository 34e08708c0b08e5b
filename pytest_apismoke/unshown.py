"""What an exchange has to show, kept as it came and redacted when it is read.

Most checks pass, and nobody reads their bodies. The redactor of the moment of reading knows the
secrets that the target revealed since, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from pytest_apismoke.errors import LONGEST_PHRASE, presentable
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.shown_headers import Headers, kept_headers, shown_headers, trace_id_in

#: The length of the excerpt of a body, in characters.
EXCERPT_CHARS = 400
#: How much of a body is kept for its excerpt: redaction may take most of it away.
KEPT_BYTES = 8192
_REQUEST_ID_CHARS = 200
#: Makes the curl line; the redactor names the variables that stand for secrets.
Curl = Callable[[Redactor], str]
T = TypeVar("T")


class Evidence(Protocol):
    """The texts of an exchange, which may be shown."""

    @property
    def url(self) -> str:
        """The URL with its query."""

    @property
    def request_id(self) -> str | None:
        """The id that the response names for the target's log; else the one that was sent."""

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


def id_is_only_sent(evidence: Evidence) -> bool:
    """Whether the response does not name the id of its request: the target's log may lack it."""
    sent, received = (
        {value for _, value in headers}
        for headers in (evidence.sent_headers, evidence.received_headers)
    )
    return evidence.request_id in sent - received


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
        request_id: of the response, else the one that was sent.
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
        self._sent_headers = kept_headers(sent_headers)
        self._is_sent_cut = len(sent_body) > KEPT_BYTES
        self._sent_body = sent_body[:KEPT_BYTES]
        self._received_headers = kept_headers(received_headers)
        #: What was read, with the number of secrets that were known then.
        self._read: dict[str, tuple[int, Any]] = {}

    @property
    def url(self) -> str:
        """The URL with its query."""
        return self._shown("url", lambda by: presentable(by.url(self._url), LONGEST_PHRASE))

    @property
    def request_id(self) -> str | None:
        """The id that the response names for the target's log; else the one that was sent."""
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
        return self._shown("sent_headers", lambda by: shown_headers(by, self._sent_headers))

    @property
    def sent_excerpt(self) -> str:
        """The beginning of the body of the request, on one line; empty without one."""
        body, is_cut = self._sent_body, self._is_sent_cut
        return self._shown("sent_excerpt", lambda by: _excerpt(by, body, is_cut=is_cut))

    @property
    def received_headers(self) -> Headers:
        """The headers of the response, their names in lower case."""
        headers = self._received_headers
        return self._shown("received_headers", lambda by: shown_headers(by, headers))

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


def _as_it_is(told: Told) -> Told:
    return told
