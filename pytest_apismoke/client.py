"""HTTP with deadlines and a size cap; the only user of requests.

One wall: whatever the libraries below raise leaves here as a `SmokeError` of the category `fetch`
(or `budget`), and every request leaves an `Exchange` behind, answered or not.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase
from requests.utils import select_proxy

from pytest_apismoke.budget import Budget
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.profiles import Limits
from pytest_apismoke.redaction import Redactor

_CHUNK_BYTES = 65536
_REQUEST_ID_HEADERS = (
    "x-request-id",
    "x-correlation-id",
    "request-id",
    "cf-ray",
    "x-amzn-trace-id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to send; `path` is relative to the base URL, `json` None means no body."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it came, unredacted; `exchange` is what may be shown.

    Header names are in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    exchange: Exchange

    @property
    def where(self) -> str:
        """The request in words, for messages."""
        return f"{self.exchange.method} {self.exchange.url}"

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            SmokeError: (`invalid`) when it is not JSON.

        """
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise self.not_as_expected("a JSON body") from None

    def not_as_expected(
        self, expected: str, *, category: Category = Category.INVALID, hint: str = ""
    ) -> SmokeError:
        """The failure that says what this answer was instead."""
        kind = "an HTML page" if "html" in self.content_type else self.content_type or "no type"
        size = f"{kind}, {len(self.body)} bytes" if self.body else "no body"
        return fail(
            category,
            expected=expected,
            seen=f"{self.status} with {size}",
            where=self.where,
            hint=hint
            or "repeat the request with the curl line and look at what answers;"
            " an HTML page often comes from a proxy, a gateway or a web front end",
        )


class Client:
    """Sends requests to one base URL.

    `direct` passes every proxy by. Cookies are neither kept nor sent, redirects are not followed,
    and `.netrc` is not read: what is tested is the request as given. Proxies and CA bundles from
    the environment are honoured.
    """

    def __init__(
        self,
        base_url: str,
        *,
        redactor: Redactor,
        limits: Limits,
        budget: Budget,
        direct: bool = False,
    ) -> None:
        self.base_url = base_url
        self._direct = direct
        self.redactor = redactor
        self.budget = budget
        self.exchanges: list[Exchange] = []
        self.slowest_s = 0.0
        self._limits = limits
        self._session = _new_session()

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def send(self, request: Request, *, fresh: bool = False, restoring: bool = False) -> Answer:
        """Sends one request and reads the whole answer.

        Args:
            request: what to send.
            fresh: over a connection of its own, so that no state of an earlier one can help.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: `fetch` when no complete answer came, `budget` when the time is spent.

        """
        url = self.base_url + request.path
        limit_s = self.budget.require(f"{request.method} {url}", restoring=restoring)
        started = self.budget.clock()
        reply = self._exchange(request, url, fresh=fresh, limit_s=limit_s)
        duration_s = self.budget.clock() - started
        self.slowest_s = max(self.slowest_s, duration_s)
        exchange = Exchange.record(
            self.redactor,
            method=request.method,
            url=_with_query(url, request.query),
            status=reply.status,
            duration_s=duration_s,
            request_id=next(
                (reply.headers[n] for n in _REQUEST_ID_HEADERS if n in reply.headers), None
            ),
            body=reply.body.decode("utf-8", "replace"),
            error=reply.error,
            curl=curl_line(request, url, self.redactor),
        )
        self.exchanges.append(exchange)
        if reply.error is None and reply.status is not None:
            return Answer(
                status=reply.status, headers=reply.headers, body=reply.body, exchange=exchange
            )
        if self.budget.remaining_s(restoring=restoring) <= 0:
            raise self.budget.spent(f"{exchange.method} {exchange.url}")
        raise fail(
            Category.FETCH,
            expected="an answer",
            seen=exchange.error or "none",
            where=f"{exchange.method} {exchange.url}",
            hint="check that the service is up and reachable from here,"
            " and look into its log around this time",
        )

    def _exchange(self, request: Request, url: str, *, fresh: bool, limit_s: float) -> _Reply:
        """Sends and reads; the wall behind which the libraries' exceptions stay."""
        session = _new_session() if fresh else self._session
        reply = _Reply()
        proxy = ""
        try:
            prepared = session.prepare_request(
                requests.Request(
                    request.method,
                    url,
                    params=list(request.query),
                    headers=dict(request.headers),
                    json=request.json,
                    auth=_NoNetrc(),
                )
            )
            ambient = session.merge_environment_settings(url, {}, True, None, None)
            if self._direct:
                ambient["proxies"] = {}
            proxy = select_proxy(url, ambient["proxies"]) or ""
            timeout_s = (
                min(self._limits.connect_timeout_s, limit_s),
                min(self._limits.read_timeout_s, limit_s),
            )
            started = self.budget.clock()
            with session.send(
                prepared, **ambient, timeout=timeout_s, allow_redirects=False
            ) as response:
                reply.status = response.status_code
                reply.headers = {n.lower(): value for n, value in response.headers.items()}
                reply.body = self._read(response, started=started, limit_s=limit_s)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            HTTPException,
            OSError,
            ValueError,
            RecursionError,
        ) as problem:
            through = f" (through the proxy {urlsplit(proxy).hostname})" if proxy else ""
            reply.error = _in_words(problem) + through
        finally:
            if fresh:
                session.close()
        return reply

    def _read(self, response: requests.Response, *, started: float, limit_s: float) -> bytes:
        """The body, within the size cap and the deadline (requests' timeout is per socket read)."""
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self._limits.max_body_bytes:
                raise ValueError(f"a body of more than {self._limits.max_body_bytes} bytes")
            if self.budget.clock() - started > min(limit_s, 3 * self._limits.read_timeout_s):
                raise TimeoutError
        return bytes(body)


@dataclass(slots=True)
class _Reply:
    """What came so far: a reset in mid-body leaves a status and an error."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None


class _NoNetrc(AuthBase):
    """Leaves the request alone; without an auth object requests would look into `.netrc`."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _new_session() -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "pytest-apismoke"
    session.headers["Accept"] = "application/json"
    return session


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _with_query(url: str, query: tuple[tuple[str, str], ...]) -> str:
    try:
        return requests.Request("GET", url, params=list(query)).prepare().url or url
    except (requests.RequestException, ValueError):
        return url


def _dumped(body: object) -> str:
    try:
        return json.dumps(body)
    except (RecursionError, ValueError):
        return "a body that JSON can't express"


def curl_line(request: Request, url: str, redactor: Redactor) -> str:
    """A line that repeats the request in a POSIX shell; secrets stand as environment variables."""
    words = ["curl", "-sS", "-i"]
    if request.method != "GET":
        words += ["-X", request.method]
    for name, value in request.headers.items():
        words += ["-H", redactor.shell(f"{name}: {value}")]
    if request.json is not None:
        words += ["-H", "'Content-Type: application/json'"]
        words += ["--data", redactor.shell(_dumped(request.json))]
    return " ".join([*words, redactor.shell(_with_query(url, request.query))])


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
    (urllib3.exceptions.ProxyError, "a proxy that did not let the request through"),
    (ssl.SSLError, "a TLS failure: {}"),
    (urllib3.exceptions.IncompleteRead, "a body that ended early"),
    (urllib3.exceptions.DecodeError, "a body that could not be decompressed"),
    (IncompleteRead, "a body that ended early"),
    (HTTPException, "an answer that is not HTTP"),
    (urllib3.exceptions.ProtocolError, "a connection that broke off"),
    (RecursionError, "a body to send that is nested too deeply"),
    (ValueError, "{}"),
    (OSError, "{}"),
)


def _in_words(problem: BaseException) -> str:
    """The cause that tells most, looked for along the chain of what the libraries wrapped."""
    chain = list(_causes(problem))
    # requests' own exceptions are also OSErrors; their text is the least readable of the chain.
    roots = [c for c in chain if not isinstance(c, requests.RequestException)] or chain
    for kind, words in _TELLS:
        for cause in chain if issubclass(kind, requests.RequestException) else roots:
            if isinstance(cause, kind):
                return words.format(cause)
    return f"{type(problem).__name__}: {problem}"


def _causes(problem: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[object] = [problem]
    while todo:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            reason = getattr(cause, "reason", None)
            todo += [cause.__cause__, cause.__context__, reason, *cause.args]
