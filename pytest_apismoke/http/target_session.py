"""A session of `requests` whose requests are those of a `Target`: nothing goes past the wall."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.cookies import extract_cookies_to_jar
from requests.hooks import dispatch_hook

from pytest_apismoke.configuration.headers import OWN
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.documents import describe
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.cookies import Cookie, set_cookies
from pytest_apismoke.http.login_flow import learn_cookie
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.target_response import TargetResponse, UnansweredError

#: Called with each request before it is sent; raises where the run does not allow it.
Allow = Callable[[Request], None]

#: Headers that each request computes anew from what it sends, in lower case.
_COMPUTED = frozenset({"connection", "content-length", "transfer-encoding"})
#: What the wire sends itself: a request that says the same needs no header for it.
_OWN = {"user-agent": "pytest-apismoke", "accept": "application/json"}
#: From this length on a secret is searched for in what goes to another host.
_SECRET_CHARS = 8
_PORTS = {"http": 80, "https": 443}


class TargetSession(requests.Session):
    """A session that is logged in to the target; see the fixture `smoke_session`.

    A URL without a host is one below the base URL. Every request has the deadlines, the retries
    and the record of the gate's own, and below the base URL the token, which `headers` do not
    show. Redirects are followed as `requests` does it: elsewhere without the token.

    Args:
        target: sends the requests, and records them.
        allow: refuses what the run does not allow.

    """

    def __init__(self, target: Target, *, allow: Allow) -> None:
        self._is_ready = False
        super().__init__()
        # What the environment says about proxies and certificates is for the wire to read, and
        # nobody reads .netrc.
        self.trust_env = False
        self.adapters.clear()
        self.headers.clear()
        self.headers.update({"User-Agent": "pytest-apismoke", "Accept": "application/json"})
        self._target = target
        self._allow = allow
        self._base_url = requests.Request("GET", target.client.base_url).prepare().url or ""
        self._base_url = self._base_url.rstrip("/")
        self._elsewhere: dict[str, Client] = {}
        #: The values of the cookies that responses have set.
        self._kept: set[str] = set()
        self._is_ready = True

    def __repr__(self) -> str:
        return f"<TargetSession of {self._target.client.base_url}>"

    def mount(self, prefix: str | bytes, adapter: BaseAdapter) -> None:
        """Refuses an adapter: its requests would go past the deadlines and the record.

        Raises:
            SmokeError: `usage`.

        """
        if self._is_ready:
            self._refuse("an adapter of its own", f"mount({prefix!r}, ...)")

    def get_adapter(self, url: str | bytes) -> NoReturn:
        """There is none: see `mount`."""
        self._refuse("an adapter of its own", "get_adapter")

    def close(self) -> None:
        """Closes the connections to other hosts; those to the target are the run's."""
        for client in self._elsewhere.values():
            client.close()
        super().close()

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Prepares a request whose URL may be relative to the base URL."""
        request.url = self._joined(request.url)
        # requests drops what is None; the wire would add what it sends itself.
        headers = {**self.headers, **(request.headers or {})}
        for name in [name for name in headers if name.lower() in OWN and headers[name] is None]:
            request.headers = {**(request.headers or {}), name: ""}
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Sends a request, and follows its redirects.

        Raises:
            SmokeError: `fetch` without a response, `budget` when the time is spent, `usage` for
                what the run or the session does not allow.

        """
        follows = kwargs.pop("allow_redirects", True)
        self._check(kwargs)
        answer = self._answer(request, kwargs.get("timeout"))
        response = TargetResponse(answer, request)
        shown = self._hooked(request, response, kwargs)
        if self._target.profile.login.kind != "cookie":
            # Otherwise they are the session of the run, which follows them itself.
            extract_cookies_to_jar(self.cookies, request, shown.raw)  # type: ignore[no-untyped-call]  # as above
        if follows:
            further: list[requests.Response] = list(
                self.resolve_redirects(shown, request, **kwargs)
            )
            if further:
                *between, last = further
                last.history = [shown, *between]
                return last
        return shown

    def _hooked(
        self, request: requests.PreparedRequest, response: requests.Response, options: Any
    ) -> requests.Response:
        """The response after the hooks that the request has."""
        hooked = dispatch_hook("response", request.hooks, response, **options)  # type: ignore[no-untyped-call]  # types-requests has no types for it
        assert isinstance(hooked, requests.Response), "a hook gives a response, or nothing"
        return hooked

    def _joined(self, url: str | bytes) -> str:
        text = (url.decode() if isinstance(url, bytes) else str(url)).lstrip()
        if "://" in text.partition("?")[0]:
            return text
        if text.startswith(("//", "\\")):
            raise misconfigured(
                expected="a path that begins with one '/', or a whole URL",
                seen=self._target.client.redactor.text(repr(text)),
                where=repr(self),
                hint="write it as the API's documentation does: nothing was sent",
            )
        return f"{self._base_url}{'' if text.startswith('/') else '/'}{text}"

    def _check(self, options: Mapping[str, Any]) -> None:
        if options.get("verify", True) is not True:
            self._refuse("certificates of its own", "verify=")
        if options.get("cert") is not None:
            self._refuse("a client certificate of its own", "cert=")
        if options.get("proxies"):
            self._refuse("proxies of its own", "proxies=")

    def _refuse(self, seen: str, where: str) -> NoReturn:
        raise misconfigured(
            expected="a session with the connections of the run",
            seen=seen,
            where=f"smoke_session, {where}",
            hint="leave it out: options and the environment say how the run connects; or use a"
            " session of requests with smoke_target_url and smoke_token",
        )

    def _answer(self, prepared: requests.PreparedRequest, timeout: Any) -> Response:
        request, below = _request(prepared), self._below(prepared.url or "")
        limit_s = _limit_s(timeout)
        try:
            if below is not None:
                request = replace(request, path=below or "/", limit_s=limit_s)
                self._allow(request)
                answer = self._target.send(request)
            else:
                answer = self._answer_elsewhere(request, prepared.url or "", limit_s)
        except NoResponseError as error:
            raise UnansweredError(error, prepared) from None
        for one in set_cookies(answer.headers, prepared.url or ""):
            self._keep(one.cookie)
        return answer

    def _keep(self, cookie: Cookie) -> None:
        learn_cookie(self._target.client.redactor, cookie)
        if cookie.is_secret:
            self._kept.add(cookie.value)

    def _below(self, url: str) -> str | None:
        """The path of a URL below the base URL; None for any other URL."""
        sought, base = urlsplit(url), urlsplit(self._base_url)
        if _origin(url) != _origin(self._base_url) or not sought.path.startswith(base.path):
            return None
        path = sought.path[len(base.path) :]
        return path if not path or path.startswith("/") else None

    def _answer_elsewhere(self, request: Request, url: str, limit_s: float | None) -> Response:
        """The response of another host, or of another place on the target's: without the token."""
        client = self._target.client
        where = f"{request.method} {client.redactor.url(url)}"
        # Cookies know no ports: the jar has those of the target for its neighbours too.
        if any(value in request.headers.get("Cookie", "") for value in self._kept):
            headers = {n: value for n, value in request.headers.items() if n != "Cookie"}
            request = replace(request, headers=headers)
        self._check_secrets(request, url, where)
        parts = urlsplit(url)
        request = replace(request, path=parts.path or "/", limit_s=limit_s)
        self._allow(request)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if origin not in self._elsewhere:
            self._elsewhere[origin] = _client_of(origin, client)
        response = self._elsewhere[origin].send(request)
        # What another host says is no evidence about the target.
        client.recorder.note(
            f"{where} was sent without the token, and is no evidence: it is not below"
            f" {client.base_url} (status {response.status})"
        )
        return response

    def _check_secrets(self, request: Request, url: str, where: str) -> None:
        """Refuses a request that would carry a secret of the run to another host."""
        sent = [url, *request.headers.values(), (request.content or b"").decode("latin-1")]
        for value, name in self._target.client.redactor.secrets():
            if len(value) >= _SECRET_CHARS and any(value in part for part in sent):
                raise misconfigured(
                    expected="a request to another host without a secret of the run",
                    seen=f"{name} in it",
                    where=where,
                    hint="leave it out: below the base URL the token is sent by itself, and nothing"
                    " was sent",
                )


def _client_of(origin: str, own: Client) -> Client:
    """A client of another host: it has the same limits, and nothing that is for the target."""
    # The client certificate says who the run is, as the token does.
    trust = TlsFiles(ca_bundle=own.trust.ca_bundle)
    limits, budget = own.limits, own.budget
    trace = own.trace.elsewhere() if own.trace else None
    return Client(
        origin, redactor=own.redactor, limits=limits, budget=budget, trust=trust, trace=trace
    )


def _request(prepared: requests.PreparedRequest) -> Request:
    """A prepared request as the gate has it, without its path."""
    headers = {str(name): _text(value) for name, value in (prepared.headers or {}).items()}
    kept = {
        name: value
        for name, value in headers.items()
        if name.lower() not in _COMPUTED and _OWN.get(name.lower()) != value
    }
    query = parse_qsl(urlsplit(prepared.url or "").query, keep_blank_values=True)
    return Request(
        method=(prepared.method or "GET").upper(),
        path="/",
        query=tuple(query),
        headers=kept,
        content=_content(prepared.body),
    )


def _content(body: Any) -> bytes | None:
    """The body of a request, read where it is a file or what yields its parts."""
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, (str, bytearray)):
        return body.encode() if isinstance(body, str) else bytes(body)
    parts = [body.read()] if hasattr(body, "read") else body
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    with contextlib.suppress(ValueError):
        return scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(scheme)
    return scheme, "", None


def _limit_s(timeout: Any) -> float | None:
    """The seconds that a `timeout` of requests allows a request; None for no limit of its own."""
    if timeout is None:
        return None
    parts = timeout if isinstance(timeout, tuple) else (timeout,)
    numbers = [part for part in parts if part is not None]
    if all(isinstance(n, (int, float)) and not isinstance(n, bool) and n > 0 for n in numbers):
        return float(sum(numbers)) if numbers else None
    raise misconfigured(
        expected="a timeout of more than 0 seconds, or None for the limits of the run",
        seen=repr(timeout) if isinstance(timeout, (int, float, tuple)) else describe(timeout),
        where="smoke_session, timeout=",
        hint="give a number, or a pair of them; the limits of the run hold in any case",
    )
