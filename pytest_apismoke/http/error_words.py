"""What went wrong on the wire, in words: of whatever was raised, the cause that tells most."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected

import requests
import urllib3

from pytest_apismoke.http.connections import HeadersBrokeOffError
from pytest_apismoke.http.deadline import OverrunError

#: What leaves the libraries where the other side, or what lies between, misbehaves.
EXPECTED = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
    # A chunk's size may be any number.
    ArithmeticError,
    RecursionError,
)

#: What a cause means in words, the most telling first; {} stands for the cause's own text.
_TELLS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "no address for this host name"),
    (urllib3.exceptions.NameResolutionError, "no address for this host name"),
    (ConnectionRefusedError, "connection refused"),
    (RemoteDisconnected, "a connection closed without an answer"),
    (ConnectionResetError, "the connection was reset"),
    (urllib3.exceptions.ConnectTimeoutError, "no connection in time"),
    (requests.ConnectTimeout, "no connection in time"),
    (urllib3.exceptions.ReadTimeoutError, "no answer in time"),
    (requests.Timeout, "no answer in time"),
    (TimeoutError, "no complete answer in time"),
    (ssl.SSLCertVerificationError, "a certificate that is not trusted: {0.verify_message}"),
    (ssl.SSLError, "a TLS failure: {}"),
    (urllib3.exceptions.ProxyError, "a proxy that did not let the request through"),
    (urllib3.exceptions.IncompleteRead, "a body that ended early"),
    (urllib3.exceptions.DecodeError, "a body that could not be decompressed"),
    (urllib3.exceptions.InvalidHeader, "headers that contradict each other"),
    (IncompleteRead, "a body that ended early"),
    (HeadersBrokeOffError, "headers that broke off"),
    (ArithmeticError, "an answer that is not HTTP"),
    (LineTooLong, "a header beyond all bounds"),
    (HTTPException, "an answer that is not HTTP"),
    (urllib3.exceptions.ProtocolError, "a connection that broke off"),
    (RecursionError, "a body to send that is nested too deeply"),
    (ValueError, "{}"),
    (OSError, "{}"),
)
#: OpenSSL's name for the alert of a server that was shown none (RFC 8446, 6.2).
_CLIENT_CERTIFICATE = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
#: http.client's words for a server that never stops sending headers.
_MANY_HEADERS = "headers"


def in_words(problem: BaseException) -> str:
    """The cause that tells most, looked for along the chain of what the libraries wrapped."""
    if isinstance(problem, OverrunError):
        return "no complete answer in time" if problem.connected else "no connection in time"
    chain = list(causes(problem))
    # requests' own exceptions are also OSErrors; their text is the least readable of the chain.
    roots = [c for c in chain if not isinstance(c, requests.RequestException)] or chain
    for kind, words in _TELLS:
        for cause in chain if issubclass(kind, requests.RequestException) else roots:
            if isinstance(cause, kind):
                if isinstance(cause, ssl.SSLError) and cause.reason == _CLIENT_CERTIFICATE:
                    return "a TLS failure: the target wants a client certificate"
                if type(cause) is HTTPException and _MANY_HEADERS in str(cause):
                    return "headers beyond all bounds"
                return words.format(cause)
    return f"{type(problem).__name__}: {problem}"


#: What says nothing about the API itself. Time that is over is not among it: it is gone.
_TRANSIENT = (
    ConnectionError,
    socket.gaierror,
    HeadersBrokeOffError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.IncompleteRead,
    IncompleteRead,
)


def is_transient(problem: BaseException) -> bool:
    """Whether it is the connection that failed, so that a second one may do better."""
    return any(isinstance(cause, _TRANSIENT) for cause in causes(problem))


def is_overdue(problem: BaseException) -> bool:
    """Whether the time for the request, or for a part of it, was over."""
    kinds = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)
    return any(isinstance(cause, kinds) for cause in causes(problem))


def certificate_error(problem: BaseException) -> ssl.SSLCertVerificationError | None:
    """The certificate error at the bottom, if that is what it was."""
    found = (c for c in causes(problem) if isinstance(c, ssl.SSLCertVerificationError))
    return next(found, None)


def causes(problem: BaseException) -> Iterator[BaseException]:
    """An exception and all that led to it."""
    seen: set[int] = set()
    todo: list[object] = [problem]
    while todo:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            reason = getattr(cause, "reason", None)
            todo += [cause.__cause__, cause.__context__, reason, *cause.args]
