"""The client of users' tests: what they send, by the rules of the run."""

from __future__ import annotations

import json as json_library
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from pytest_apismoke.documents import describe
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.http.request import SAFE_METHODS, Request, secrets_in
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.redaction.secret_text import SecretText

if TYPE_CHECKING:
    from pytest_apismoke.http.target_session import TargetSession

#: One query parameter; a list has its items one after the other, and None is left out.
Parameter = str | int | float | bool | None
Parameters = Mapping[str, Parameter | Sequence[Parameter]] | Iterable[tuple[str, Parameter]]


class SmokeClient:
    """Sends requests to the target, with the token of the run or of another account.

    A response has `status_code` (or `status`), `headers` (lower-case names), `body` (bytes),
    `text`, `json()` and `raise_for_status()`. Redirects are not followed. Every request is in the
    report; neither it nor a traceback shows the token.
    """

    def __init__(self, session: SmokeSession, target: Target, *, account: str = "") -> None:
        self._session = session
        self._target = target
        self._account = account

    def __repr__(self) -> str:
        account = f" as {self._account!r}" if self._account else ""
        return f"<SmokeClient of {self._target.client.base_url}{account}>"

    @property
    def token(self) -> str:
        """The token, for a client of your own; see the fixture `smoke_token`.

        Raises:
            SmokeError: `usage` for a target whose login gives no token.

        """
        __tracebackhide__ = True
        login = self._target.profile.login
        if not login.enabled or login.kind != "token":
            raise misconfigured(
                expected="a target whose login gives a token",
                seen=f"[login] kind = {login.kind!r}" if login.enabled else "one without a login",
                where="smoke_token",
                hint="use smoke_client or smoke_session, which are logged in to any target",
            )
        # For as long as a test may take.
        self._target.auth.renew_if_it_ends(self._target.client.recorder)
        return SecretText(self._target.auth.token)

    def session(self) -> TargetSession:
        """A `requests.Session` that is logged in; see the fixture `smoke_session`."""
        # It brings requests, which nothing else of a run needs.
        from pytest_apismoke.http.target_session import TargetSession

        return TargetSession(self._target, allow=self._check)

    def get(
        self,
        path: str,
        *,
        params: Parameters | None = None,
        query: dict[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a GET; see `request`."""
        __tracebackhide__ = True
        return self.request("GET", path, params=params, query=query, headers=headers)

    def post(
        self,
        path: str,
        *,
        json: object = None,
        data: Mapping[str, str] | str | bytes | None = None,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a POST; see `request`."""
        __tracebackhide__ = True
        return self.request("POST", path, json=json, data=data, params=params, headers=headers)

    def put(
        self,
        path: str,
        *,
        json: object = None,
        data: Mapping[str, str] | str | bytes | None = None,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a PUT; see `request`."""
        __tracebackhide__ = True
        return self.request("PUT", path, json=json, data=data, params=params, headers=headers)

    def patch(
        self,
        path: str,
        *,
        json: object = None,
        data: Mapping[str, str] | str | bytes | None = None,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a PATCH; see `request`."""
        __tracebackhide__ = True
        return self.request("PATCH", path, json=json, data=data, params=params, headers=headers)

    def delete(
        self,
        path: str,
        *,
        json: object = None,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a DELETE; see `request`."""
        __tracebackhide__ = True
        return self.request("DELETE", path, json=json, params=params, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        query: dict[str, str] | None = None,
        json: object = None,
        data: Mapping[str, str] | str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a request and returns the response, whatever its status.

        Args:
            method: an HTTP method; only GET, HEAD and OPTIONS in a read-only run.
            path: relative to the base URL, beginning with a slash.
            params: the query parameters, as `requests` takes them.
            query: the same, by another name.
            json: a JSON value to send as the body.
            data: instead, the fields of a form, or a body as it is.
            headers: further headers.

        Raises:
            SmokeError: `fetch` without a response, `budget` when the time is spent, `usage` for
                a path without a slash, and for an unsafe method in a read-only run.

        """
        __tracebackhide__ = True
        if not isinstance(path, str) or not path.startswith("/"):
            # Joined to the base URL it could name another host, and the token would go there.
            raise misconfigured(
                expected="a path that begins with a slash",
                seen=repr(path) if isinstance(path, str) else describe(path),
                where=f"smoke_client, {method}",
                hint="write it as the API's documentation does; the base URL stands before it",
            )
        if json is not None and data is not None:
            raise misconfigured(
                expected="one body",
                seen="json= and data=",
                where=f"{method} {path}",
                hint="leave one of them out",
            )
        path, _, own = path.partition("?")
        request = Request(
            method=method.upper(),
            path=path,
            query=(
                *parse_qsl(own, keep_blank_values=True),
                *_pairs(query or {}),
                *_pairs(params or {}),
            ),
            json=json,
            form=_form(data),
            text=data if isinstance(data, str) else None,
            content=data if isinstance(data, bytes) else None,
            headers=headers or {},
        )
        try:
            self._check(request)
            return self._target.send(request)
        except SmokeError as error:
            # The gate's own frames do not help to understand the failure of a test.
            raise error.with_traceback(None) from None

    def _check(self, request: Request) -> None:
        """Refuses what a read-only run does not send, and records what is about to be changed.

        What a test sends below a name that promises a secret is one, as in a declared check.
        """
        redactor = self._session.redactor
        for name, value in secrets_in(replace(request, json=_document(request))):
            # What is known has a better name already.
            if redactor.text(value) == value:
                redactor.learn(value, _variable(name))
        if request.method in SAFE_METHODS:
            return
        if self._session.preflight.settings.read_only:
            raise misconfigured(
                expected="only GET, HEAD and OPTIONS in a read-only run",
                seen=request.method,
                where=f"{request.method} {request.path}",
                hint="leave out --smoke-read-only, or skip this test in read-only runs",
            )
        self._session.guard.about_to_send(request.path, _document(request))


def _variable(name: str) -> str:
    """The variable that stands for a secret of a test in a curl line."""
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").upper() or "SECRET"


def _pairs(params: Parameters) -> Iterable[tuple[str, str]]:
    """The parameters as pairs of strings, as `requests` sends them."""
    items = params.items() if isinstance(params, Mapping) else params
    for name, value in items:
        several = value if isinstance(value, (list, tuple)) else [value]
        yield from ((str(name), str(one)) for one in several if one is not None)


def _form(data: Mapping[str, str] | str | bytes | None) -> tuple[tuple[str, str], ...] | None:
    return tuple(_pairs(data)) if isinstance(data, Mapping) else None


def _document(request: Request) -> object:
    """The JSON value that a request sends; its form as one; None where its body is neither."""
    if request.form is not None:
        return dict(request.form)
    if request.json is not None:
        return request.json
    body = request.text or (request.content or b"").decode("utf-8", "replace")
    if any("x-www-form-urlencoded" in value for value in request.headers.values()):
        return dict(parse_qsl(body, keep_blank_values=True))
    try:
        return json_library.loads(body) if body else None
    except (ValueError, RecursionError):
        return None
