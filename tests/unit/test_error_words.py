"""Whatever the HTTP libraries raise has a kind, words and a hint, and ends in a category."""

from __future__ import annotations

import http.client
import importlib
import pkgutil
import socket
import ssl
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.deadline import AbandonedError, DeadlineExceededError
from pytest_apismoke.http.error_words import FetchFailure, FetchProblem, ProxySettingError, explain
from pytest_apismoke.http.request import Request

if TYPE_CHECKING:
    from unit.conftest import FakeClock

ClientOf = Callable[..., Client]

GET = Request(method="GET", path="/x")
CHECK_SERVICE = (
    "check that the service is up and reachable from here, and look into its log around this time"
)
NOT_AS_HTTP = (
    "repeat the request with the curl line and look at the response: it is not valid HTTP; a proxy"
    " or a gateway in between may be the cause"
)
CHECK_CERTIFICATE = (
    "check the certificate in APISMOKE_CLIENT_CERT: the target rejects it; it may have expired, or"
    " come from an authority that the target does not trust"
)
CHECK_URL = "check the URL, then repeat the request with the curl line"
FEWER_LEVELS = "send a body with fewer levels: JSON can't express this one"
RENEW = (
    "renew or complete the certificate on the target; for an authority of your own, name its file"
    " in APISMOKE_CA_BUNDLE"
)
SHOW_CERTIFICATE = (
    "name the certificate to show in APISMOKE_CLIENT_CERT, and its key in APISMOKE_CLIENT_KEY where"
    " that is a file of its own"
)
#: Hints that hold behind a proxy too.
GIVE_HTTP = "give a URL that begins with http://, or the port at which the target speaks TLS"
GIVE_HTTPS = "give a URL that begins with https://"
ANYWHERE = (
    *(RENEW, SHOW_CERTIFICATE, CHECK_CERTIFICATE, CHECK_URL, FEWER_LEVELS),
    *(GIVE_HTTP, GIVE_HTTPS),
)


# -- every exception of the libraries ---------------------------------------------------------


def modules() -> Iterator[ModuleType]:
    """The modules that a request goes through, with all submodules that can be imported here."""
    yield from (http.client, ssl, socket)
    yield urllib3
    for found in pkgutil.walk_packages(urllib3.__path__, "urllib3."):
        # These stand for other TLS and HTTP stacks; whoever imports one changes urllib3.
        if found.name.startswith(("urllib3.contrib", "urllib3.http2")):
            continue
        yield importlib.import_module(found.name)


def exception_classes() -> list[type[Exception]]:
    found = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Exception)
        # A warning is raised only where a filter turns it into an error: a mistake of that filter.
        and not issubclass(value, Warning)
        and value.__module__.partition(".")[0] in ("urllib3", "http", "ssl", "socket")
        # What a module keeps to itself never leaves it.
        and not value.__name__.startswith("_")
    }
    return sorted(found, key=lambda value: f"{value.__module__}.{value.__name__}")


class Counts:
    """Stands for a response that an exception reads a position of."""

    length_remaining = 5

    def tell(self) -> int:
        return 3


#: Arguments that exceptions take, tried in this order.
ARGUMENTS: list[tuple[Any, ...]] = [
    ("told",),
    (b"told", 5),
    (3, 5),
    (),
    ("told", OSError(5, "I/O")),
    (None, "https://api.example.com/", "told"),
    ("api.example.com", None, socket.gaierror(-2, "Name or service not known")),
    (Counts(), b"zz"),
    ("told", "document", 0),
]


def instances(kind: type[Exception]) -> list[Exception]:
    made = []
    for arguments in ARGUMENTS:
        try:
            error = kind(*arguments)
            str(error)
        except (TypeError, AttributeError):
            continue
        made.append(error)
    return made


def test_the_walk_finds_the_exceptions_that_matter() -> None:
    names = {f"{kind.__module__}.{kind.__name__}" for kind in exception_classes()}
    assert {
        "urllib3.exceptions.ReadTimeoutError",
        "urllib3.exceptions.MaxRetryError",
        "http.client.BadStatusLine",
        "ssl.SSLCertVerificationError",
        "socket.gaierror",
    } <= names
    assert len(names) > 40


@pytest.mark.parametrize("kind", exception_classes(), ids=lambda kind: kind.__qualname__)
def test_every_exception_of_the_libraries_ends_in_a_category(
    kind: type[Exception],
    client_of: ClientOf,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`fetch` with words and a hint, or `budget` where its time was up; never a traceback."""
    errors = instances(kind)
    assert errors, f"ARGUMENTS has none for {kind}"
    for error in errors:

        def send(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", send)
        monkeypatch.setattr("pytest_apismoke.http.wire.describe_certificate", lambda *_: "of x")
        budget = Budget(60.0, clock=clock, sleep=clock.sleep)
        client = client_of("https://127.0.0.1:9", budget=budget)
        with pytest.raises(SmokeError) as caught:
            client.send(GET)

        failure = caught.value.failure
        assert failure.category is Category.FETCH
        assert failure.seen
        assert failure.hint in (CHECK_SERVICE, NOT_AS_HTTP, *ANYWHERE)
        assert caught.value.__cause__ is None
        assert [e.error for e in client.recorder.exchanges] == [failure.seen]

        def send_too_late(*_: object, error: Exception = error, **__: object) -> None:
            clock.now += 60.0
            raise error

        monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", send_too_late)
        with pytest.raises(SmokeError) as caught:
            client.send(GET)
        assert caught.value.failure.category is Category.BUDGET


# -- kinds, words and hints -------------------------------------------------------------------


def wrapped(*errors: Exception) -> Exception:
    """The last one, raised from those before it, as the libraries do."""
    for inner, outer in pairwise(errors):
        outer.__cause__ = inner
    return errors[-1]


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] told")
    error.reason = reason
    return error


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "told at length")
    error.verify_message = "told"
    return error


P = FetchProblem
E = urllib3.exceptions
#: An exception, and what becomes of it: the problem, its words, its hint, transient, overdue.
EXPLAINED: dict[str, tuple[Exception, FetchProblem, str, str, bool, bool]] = {
    "name": (
        wrapped(socket.gaierror(-2, "x"), E.ProtocolError("y")),
        *(P.NAME_RESOLUTION, "no address for this host name", CHECK_SERVICE, True, False),
    ),
    "refused": (
        wrapped(
            ConnectionRefusedError(111, "x"),
            E.NewConnectionError(None, "y"),  # type: ignore[arg-type]  # of no connection here
            E.MaxRetryError(None, "/z"),  # type: ignore[arg-type]  # of no pool here
        ),
        # urllib3 takes every new connection that fails for one that was too late.
        *(P.REFUSED, "connection refused", CHECK_SERVICE, True, True),
    ),
    "unreachable": (
        wrapped(
            OSError(113, "No route to host"),
            E.NewConnectionError(None, "y"),  # type: ignore[arg-type]  # of no connection here
        ),
        *(P.NO_CONNECTION, "no connection: No route to host", CHECK_SERVICE, False, True),
    ),
    "closed": (
        wrapped(http.client.RemoteDisconnected("x"), E.ProtocolError("y")),
        *(P.CLOSED, "a connection closed without a response", CHECK_SERVICE, True, False),
    ),
    "reset": (
        ConnectionResetError(104, "x"),
        *(P.RESET, "the connection was reset", CHECK_SERVICE, True, False),
    ),
    "broken pipe": (
        wrapped(BrokenPipeError(32, "x"), E.ProtocolError("y")),
        *(P.BROKE_OFF, "a connection that broke off", CHECK_SERVICE, True, False),
    ),
    "protocol": (
        E.ProtocolError("x"),
        *(P.BROKE_OFF, "a connection that broke off", NOT_AS_HTTP, False, False),
    ),
    "connect timeout": (
        E.ConnectTimeoutError("x"),
        *(P.CONNECT_TIMEOUT, "no connection in time", CHECK_SERVICE, False, True),
    ),
    "read timeout": (
        E.ReadTimeoutError(None, "/x", "x"),  # type: ignore[arg-type]  # of no pool here
        *(P.READ_TIMEOUT, "no response in time", CHECK_SERVICE, False, True),
    ),
    "deadline before a connection": (
        DeadlineExceededError(connected=False),
        *(P.CONNECT_TIMEOUT, "no connection in time", CHECK_SERVICE, False, True),
    ),
    "deadline": (
        DeadlineExceededError(connected=True),
        *(P.TOTAL_TIMEOUT, "no complete response in time", CHECK_SERVICE, False, True),
    ),
    "abandoned": (AbandonedError("abandoned"), P.OTHER, "abandoned", CHECK_URL, False, False),
    "untrusted": (
        wrapped(untrusted(), E.SSLError("y")),
        *(P.UNTRUSTED_CERTIFICATE, "a certificate that is not trusted: told", RENEW, False, False),
    ),
    "certificate wanted": (
        tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        P.CLIENT_CERTIFICATE_WANTED,
        "a TLS failure: the target wants a client certificate",
        *(SHOW_CERTIFICATE, False, False),
    ),
    "bad certificate": (
        tls("SSLV3_ALERT_BAD_CERTIFICATE"),
        P.CERTIFICATE_ALERT,
        "a TLS failure: [SSL: SSLV3_ALERT_BAD_CERTIFICATE] told",
        *(CHECK_CERTIFICATE, False, False),
    ),
    "TLS": (
        tls("TLSV1_ALERT_INTERNAL_ERROR"),
        P.TLS,
        "a TLS failure: [SSL: TLSV1_ALERT_INTERNAL_ERROR] told",
        *(NOT_AS_HTTP, False, False),
    ),
    "no TLS": (
        tls("WRONG_VERSION_NUMBER"),
        *(P.PLAIN_HTTP, "a port that speaks plain HTTP, not TLS", GIVE_HTTP, False, False),
    ),
    "TLS alert as a status line": (
        http.client.BadStatusLine("\x15\x03\x01"),
        *(P.SPEAKS_TLS, "a port that speaks TLS, not plain HTTP", GIVE_HTTPS, False, False),
    ),
    "proxy": (
        E.ProxyError("x", OSError("Tunnel connection failed: 403 Forbidden")),
        *(P.PROXY, "a proxy that did not let the request through", CHECK_SERVICE, False, False),
    ),
    "proxy that is not there": (
        E.ProxyError("x", ConnectionRefusedError(111, "x")),
        *(P.REFUSED, "connection refused", CHECK_SERVICE, True, False),
    ),
    "proxy setting": (
        ProxySettingError("an invalid proxy setting"),
        *(P.PROXY_SETTING, "an invalid proxy setting", CHECK_SERVICE, False, False),
    ),
    "two lengths": (
        E.InvalidHeader("x"),
        *(P.CONTRADICTING_HEADERS, "headers that contradict each other", NOT_AS_HTTP),
        *(False, False),
    ),
    "long header": (
        http.client.LineTooLong("header line"),
        *(P.HEADER_TOO_LONG, "a header that is too long", NOT_AS_HTTP, False, False),
    ),
    "many headers": (
        http.client.HTTPException("got more than 100 headers"),
        *(P.TOO_MANY_HEADERS, "too many headers", NOT_AS_HTTP, False, False),
    ),
    "bad status line": (
        http.client.BadStatusLine("SSH-2.0"),
        *(P.NOT_HTTP, "a response that is not HTTP", NOT_AS_HTTP, False, False),
    ),
    "chunk of any size": (
        OverflowError("x"),
        *(P.NOT_HTTP, "a response that is not HTTP", NOT_AS_HTTP, False, False),
    ),
    "half a body": (
        E.IncompleteRead(4, 96),
        *(P.BODY_BROKE_OFF, "a body that ended early", CHECK_SERVICE, True, False),
    ),
    "no gzip": (
        E.DecodeError("x"),
        *(P.BODY_NOT_DECODED, "a body that could not be decompressed", NOT_AS_HTTP, False, False),
    ),
    "endless request": (
        RecursionError("x"),
        *(P.REQUEST_TOO_DEEP, "a request body that is nested too deeply", FEWER_LEVELS),
        *(False, False),
    ),
    # The words of an exception decide nothing.
    "words": (
        ValueError("no certificate for a proxy"),
        *(P.OTHER, "no certificate for a proxy", CHECK_URL, False, False),
    ),
    "no words": (OSError(), P.OTHER, "OSError", CHECK_URL, False, False),
    "neither": (E.PoolError(None, "x"), P.OTHER, "PoolError: None: x", CHECK_URL, False, False),  # type: ignore[arg-type]  # of no pool here
}


@pytest.mark.parametrize("case", EXPLAINED)
def test_what_an_exception_is_explained_as(case: str) -> None:
    error, problem, words, hint, is_transient, is_overdue = EXPLAINED[case]
    failure = explain(error)
    assert failure == FetchFailure(
        problem=problem, words=words, is_transient=is_transient, is_overdue=is_overdue
    )
    assert failure.hint == hint


@pytest.mark.parametrize("case", EXPLAINED)
def test_a_failure_behind_a_proxy_names_it_and_leads_to_the_service(case: str) -> None:
    error, problem, words, hint, is_transient, is_overdue = EXPLAINED[case]
    failure = explain(error, proxy="proxy.example.com")
    assert failure == FetchFailure(
        problem=problem,
        words=f"{words} (through the proxy proxy.example.com)",
        is_transient=is_transient,
        is_overdue=is_overdue,
        proxy="proxy.example.com",
    )
    assert failure.hint == (hint if hint in ANYWHERE else CHECK_SERVICE)
