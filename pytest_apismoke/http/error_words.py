"""Sorts the exceptions of the HTTP libraries into kinds, each with its words and its hint.

The libraries wrap one exception into another. The most telling exception of a chain decides on the
kind, and the kind decides on the hint; the words decide nothing.

Long because the tables of kinds, words and hints are read together, one beside the other.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from enum import Enum
from http.client import (
    BadStatusLine,
    HTTPException,
    IncompleteRead,
    LineTooLong,
    RemoteDisconnected,
)

from urllib3 import exceptions

from pytest_apismoke.errors import Category
from pytest_apismoke.http.connections import HeadersBrokeOffError, NothingSentError
from pytest_apismoke.http.deadline import DeadlineExceededError
from pytest_apismoke.records import dataclass

#: The exceptions that the libraries raise when the server, or a proxy before it, misbehaves.
EXPECTED = (
    exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
    # A chunk's size may be any number.
    ArithmeticError,
    RecursionError,
)


class FetchProblem(Enum):
    """Why there is no complete response."""

    NAME_RESOLUTION = "name resolution"
    REFUSED = "refused"
    CLOSED = "closed"
    RESET = "reset"
    BROKE_OFF = "broke off"
    NO_CONNECTION = "no connection"
    CONNECT_TIMEOUT = "connect timeout"
    READ_TIMEOUT = "read timeout"
    TOTAL_TIMEOUT = "total timeout"
    UNTRUSTED_CERTIFICATE = "untrusted certificate"
    CLIENT_CERTIFICATE_WANTED = "client certificate wanted"
    CERTIFICATE_ALERT = "certificate alert"
    TLS = "TLS"
    PLAIN_HTTP = "plain HTTP"
    SPEAKS_TLS = "speaks TLS"
    PROXY = "proxy"
    PROXY_LOGIN = "proxy login"
    PROXY_SETTING = "proxy setting"
    NOT_HTTP = "not HTTP"
    HEADERS_BROKE_OFF = "headers broke off"
    HEADER_TOO_LONG = "header too long"
    TOO_MANY_HEADERS = "too many headers"
    CONTRADICTING_HEADERS = "contradicting headers"
    BAD_CONTENT_LENGTH = "bad Content-Length"
    BODY_BROKE_OFF = "body broke off"
    BODY_NOT_DECODED = "body not decoded"
    BODY_TOO_LARGE = "body too large"
    REQUEST_TOO_DEEP = "request too deep"
    NOTHING_SENT = "nothing sent"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """Why there is no complete response, as a kind and in words.

    `is_transient` says whether it is the connection that failed, so that a second one may do
    better, `is_overdue` whether the time for the request, or for a part of it, was up. `proxy` is
    the host of the proxy that the request went through, or empty.
    """

    problem: FetchProblem
    words: str
    is_transient: bool = False
    is_overdue: bool = False
    proxy: str = ""

    @property
    def category(self) -> Category:
        """What made up a response in this process is a mistake here, and no fault of the target."""
        is_mistake = self.problem is FetchProblem.NOTHING_SENT
        return Category.USAGE if is_mistake else Category.FETCH

    @property
    def hint(self) -> str:
        """What the user can do about it."""
        hint = _HINTS.get(self.problem)
        if hint:
            return hint
        if self.is_transient or self.proxy or self.problem in _UNREACHABLE:
            return _CHECK_SERVICE
        return _NOT_AS_HTTP


class BodyTooLargeError(ValueError):
    """A body larger than the limit."""


class ContentLengthError(ValueError):
    """A Content-Length that is not a number."""


class ProxyLoginError(ValueError):
    """A 407 from the proxy that the request went through: the target never saw it."""


class ProxySettingError(ValueError):
    """A proxy setting that names no host."""


_Kinds = type[BaseException] | tuple[type[BaseException], ...]

#: The problem that each exception stands for, the most telling exception first.
_MEANINGS: tuple[tuple[_Kinds, FetchProblem], ...] = (
    ((socket.gaierror, exceptions.NameResolutionError), FetchProblem.NAME_RESOLUTION),
    (ConnectionRefusedError, FetchProblem.REFUSED),
    (RemoteDisconnected, FetchProblem.CLOSED),
    (ConnectionResetError, FetchProblem.RESET),
    # urllib3 derives it from ConnectTimeoutError, although it has other reasons.
    (exceptions.NewConnectionError, FetchProblem.NO_CONNECTION),
    (exceptions.ConnectTimeoutError, FetchProblem.CONNECT_TIMEOUT),
    (exceptions.ReadTimeoutError, FetchProblem.READ_TIMEOUT),
    (TimeoutError, FetchProblem.TOTAL_TIMEOUT),
    (ssl.SSLCertVerificationError, FetchProblem.UNTRUSTED_CERTIFICATE),
    (ssl.SSLError, FetchProblem.TLS),
    (exceptions.ProxyError, FetchProblem.PROXY),
    (exceptions.IncompleteRead, FetchProblem.BODY_BROKE_OFF),
    (exceptions.DecodeError, FetchProblem.BODY_NOT_DECODED),
    (exceptions.InvalidHeader, FetchProblem.CONTRADICTING_HEADERS),
    (IncompleteRead, FetchProblem.BODY_BROKE_OFF),
    (HeadersBrokeOffError, FetchProblem.HEADERS_BROKE_OFF),
    (ArithmeticError, FetchProblem.NOT_HTTP),
    (LineTooLong, FetchProblem.HEADER_TOO_LONG),
    (HTTPException, FetchProblem.NOT_HTTP),
    (exceptions.ProtocolError, FetchProblem.BROKE_OFF),
    (RecursionError, FetchProblem.REQUEST_TOO_DEEP),
    (BodyTooLargeError, FetchProblem.BODY_TOO_LARGE),
    (ContentLengthError, FetchProblem.BAD_CONTENT_LENGTH),
    (NothingSentError, FetchProblem.NOTHING_SENT),
    (ProxyLoginError, FetchProblem.PROXY_LOGIN),
    (ProxySettingError, FetchProblem.PROXY_SETTING),
    (ValueError, FetchProblem.OTHER),
    (OSError, FetchProblem.OTHER),
)
#: The words for a problem; {} stands for the text of the exception, the default.
_WORDS = {
    FetchProblem.NAME_RESOLUTION: "no address for this host name",
    FetchProblem.REFUSED: "connection refused",
    FetchProblem.CLOSED: "a connection closed without a response",
    FetchProblem.RESET: "the connection was reset",
    FetchProblem.BROKE_OFF: "a connection that broke off",
    FetchProblem.NO_CONNECTION: "no connection: {}",
    FetchProblem.CONNECT_TIMEOUT: "no connection in time",
    FetchProblem.READ_TIMEOUT: "no response in time",
    FetchProblem.TOTAL_TIMEOUT: "no complete response in time",
    FetchProblem.UNTRUSTED_CERTIFICATE: "a certificate that is not trusted: {}",
    FetchProblem.CLIENT_CERTIFICATE_WANTED: "a TLS failure: the target wants a client certificate",
    FetchProblem.CERTIFICATE_ALERT: "a TLS failure: {}",
    FetchProblem.TLS: "a TLS failure: {}",
    FetchProblem.PLAIN_HTTP: "a port that speaks plain HTTP, not TLS",
    FetchProblem.SPEAKS_TLS: "a port that speaks TLS, not plain HTTP",
    FetchProblem.PROXY: "a proxy that did not let the request through",
    FetchProblem.PROXY_LOGIN: "407: the proxy wants a login",
    FetchProblem.NOT_HTTP: "a response that is not HTTP",
    FetchProblem.HEADERS_BROKE_OFF: "headers that broke off",
    FetchProblem.HEADER_TOO_LONG: "a header that is too long",
    FetchProblem.TOO_MANY_HEADERS: "too many headers",
    FetchProblem.CONTRADICTING_HEADERS: "headers that contradict each other",
    FetchProblem.BODY_BROKE_OFF: "a body that ended early",
    FetchProblem.BODY_NOT_DECODED: "a body that could not be decompressed",
    FetchProblem.REQUEST_TOO_DEEP: "a request body that is nested too deeply",
    FetchProblem.NOTHING_SENT: "one that no connection to the network has carried",
}
#: OpenSSL's name for the alert of a server that got no client certificate (RFC 8446, 6.2).
_CLIENT_CERTIFICATE = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
#: OpenSSL's names for the alerts of a server that rejects a certificate.
_CERTIFICATE_ALERTS = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV1_BAD_CERTIFICATE_HASH_VALUE",
        "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE",
        "TLSV1_CERTIFICATE_UNOBTAINABLE",
    }
)
#: OpenSSL's names for an answer that is no TLS at all: what it takes for a version is text.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST"})
#: How an alert or a handshake of TLS begins (RFC 8446, 5.1), where a status line should be.
_TLS_RECORDS = ("\x15\x03", "\x16\x03")
#: http.client has no class for too many headers, only this word in a message.
_MANY_HEADERS = "headers"
#: http.client's words for a tunnel that a proxy refuses before it has a login.
_TUNNEL_407 = "Tunnel connection failed: 407"

_CHECK_SERVICE = (
    "check that the service is up and reachable from here, and look into its log around this time"
)
_NOT_AS_HTTP = (
    "repeat the request with the curl line and look at the response: it is not valid HTTP;"
    " a proxy or a gateway in between may be the cause"
)
_HINTS = {
    FetchProblem.CLIENT_CERTIFICATE_WANTED: (
        "name the certificate to show in APISMOKE_CLIENT_CERT, and its key in"
        " APISMOKE_CLIENT_KEY where that is a file of its own"
    ),
    FetchProblem.UNTRUSTED_CERTIFICATE: (
        "renew or complete the certificate on the target; for an authority of your own, name"
        " its file in APISMOKE_CA_BUNDLE"
    ),
    FetchProblem.CERTIFICATE_ALERT: (
        "check the certificate in APISMOKE_CLIENT_CERT: the target rejects it; it may have expired,"
        " or come from an authority that the target does not trust"
    ),
    FetchProblem.PLAIN_HTTP: (
        "give a URL that begins with http://, or the port at which the target speaks TLS"
    ),
    FetchProblem.SPEAKS_TLS: "give a URL that begins with https://",
    FetchProblem.PROXY_LOGIN: (
        "write the proxy's user name and password into the URL of HTTP_PROXY or HTTPS_PROXY, or"
        " name the target's host in NO_PROXY: the target never saw the request"
    ),
    FetchProblem.REQUEST_TOO_DEEP: "send a body with fewer levels: JSON can't express this one",
    FetchProblem.NOTHING_SENT: (
        "switch off what replaces the HTTP client of this process (vcr, httpretty, a patch in a"
        " conftest.py) in runs against a target: the target was not asked"
    ),
    FetchProblem.OTHER: "check the URL, then repeat the request with the curl line",
}
#: The problems of a target that gives no response. The transient problems have the same hint.
_UNREACHABLE = frozenset(
    {
        FetchProblem.NAME_RESOLUTION,
        FetchProblem.NO_CONNECTION,
        FetchProblem.CONNECT_TIMEOUT,
        FetchProblem.READ_TIMEOUT,
        FetchProblem.TOTAL_TIMEOUT,
        FetchProblem.PROXY,
        FetchProblem.PROXY_SETTING,
    }
)
#: Exceptions that say nothing about the API. No timeout is among them: no time is left then.
_TRANSIENT = (
    ConnectionError,
    socket.gaierror,
    HeadersBrokeOffError,
    exceptions.NameResolutionError,
    exceptions.IncompleteRead,
    IncompleteRead,
)
_OVERDUE = (TimeoutError, exceptions.TimeoutError)


def explain(error: BaseException, *, proxy: str = "") -> FetchFailure:
    """Explains an exception by the most telling one of the chain that led to it.

    Args:
        error: raised by `urllib3` or by the deadline.
        proxy: the host of the proxy that the request went through, or empty.

    """
    chain = list(causes(error))
    problem, cause = _most_telling(error, chain)
    if problem is FetchProblem.PROXY and any(_TUNNEL_407 in str(one) for one in chain):
        problem = FetchProblem.PROXY_LOGIN
    words = _WORDS.get(problem, "{}").format(_text_of(cause))
    return FetchFailure(
        problem=problem,
        words=f"{words} (through the proxy {proxy})" if proxy else words,
        is_transient=any(isinstance(cause, _TRANSIENT) for cause in chain),
        is_overdue=any(isinstance(cause, _OVERDUE) for cause in chain),
        proxy=proxy,
    )


def _most_telling(
    error: BaseException, chain: Sequence[BaseException]
) -> tuple[FetchProblem, BaseException]:
    if isinstance(error, DeadlineExceededError) and not error.connected:
        return FetchProblem.CONNECT_TIMEOUT, error
    for kinds, problem in _MEANINGS:
        for cause in chain:
            if isinstance(cause, kinds):
                return _without_a_class(cause) or problem, cause
    return FetchProblem.OTHER, error


def _without_a_class(cause: BaseException) -> FetchProblem | None:
    """The problem that a library signals by a code or a message instead of a class."""
    reason = getattr(cause, "reason", None) if isinstance(cause, ssl.SSLError) else None
    if reason == _CLIENT_CERTIFICATE:
        return FetchProblem.CLIENT_CERTIFICATE_WANTED
    if reason in _CERTIFICATE_ALERTS:
        return FetchProblem.CERTIFICATE_ALERT
    if reason in _NO_TLS:
        return FetchProblem.PLAIN_HTTP
    if isinstance(cause, BadStatusLine) and str(cause).startswith(_TLS_RECORDS):
        return FetchProblem.SPEAKS_TLS
    if type(cause) is HTTPException and _MANY_HEADERS in str(cause):
        return FetchProblem.TOO_MANY_HEADERS
    return None


def _text_of(cause: BaseException) -> str:
    if isinstance(cause, exceptions.NewConnectionError) and isinstance(cause.__cause__, OSError):
        return cause.__cause__.strerror or _text_of(cause.__cause__)
    # Only a certificate error that a handshake has raised has such a message.
    text = getattr(cause, "verify_message", "") or str(cause)
    name = type(cause).__name__
    is_plain = isinstance(cause, (ValueError, OSError))
    return text if is_plain and text else f"{name}: {text}" if text else name


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all the exceptions that led to it."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            reason = getattr(cause, "reason", None)
            todo += [cause.__cause__, cause.__context__, reason, *cause.args]
