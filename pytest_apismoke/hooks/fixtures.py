"""The fixtures for tests that users write against a target.

Without a target, a test that uses one of them is skipped with a reason that says how to run it.
Heavy imports stay inside: this module is loaded in every pytest run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_apismoke.hooks.session import SmokeSession
    from pytest_apismoke.hooks.user_contracts import SmokeContract
    from pytest_apismoke.http.response import Response
    from pytest_apismoke.http.target import Target

#: The session of an active run.
SESSION_KEY: pytest.StashKey[SmokeSession] = pytest.StashKey()

_HOW_TO_RUN = "needs a target: run 'pytest --target-url=URL' (or --target-url=demo to try it)"


class SmokeClient:
    """Sends requests to the target, with the run's token.

    A response has `status`, `headers` (lower-case names), `body` (bytes) and `json()`. Redirects
    are not followed. Every request is in the report; neither it nor a traceback shows the token.
    """

    def __init__(self, session: SmokeSession, target: Target) -> None:
        self._session = session
        self._target = target

    def __repr__(self) -> str:
        return f"<SmokeClient of {self._target.client.base_url}>"

    def get(self, path: str, *, query: dict[str, str] | None = None) -> Response:
        """Sends a GET; see `request`."""
        return self.request("GET", path, query=query)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        json: object = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Sends a request and returns the response, whatever its status.

        Args:
            method: an HTTP method; only GET, HEAD and OPTIONS in a read-only run.
            path: relative to the base URL, beginning with a slash.
            query: the query parameters.
            json: a JSON value to send as the body.
            headers: further headers.

        Raises:
            SmokeError: `fetch` without a response, `budget` when the time is spent, `usage` for
                a path without a slash, and for an unsafe method in a read-only run.

        """
        from pytest_apismoke.errors import misconfigured
        from pytest_apismoke.http.request import Request

        if not path.startswith("/"):
            # Joined to the base URL it could name another host, and the token would go there.
            raise misconfigured(
                expected="a path that begins with a slash",
                seen=repr(path),
                where=f"smoke_client, {method}",
                hint="write it as the API's documentation does; the base URL stands before it",
            )
        read_only = self._session.preflight.settings.read_only
        is_safe = method.upper() in ("GET", "HEAD", "OPTIONS")
        if read_only and not is_safe:
            raise misconfigured(
                expected="only GET, HEAD and OPTIONS in a read-only run",
                seen=method,
                where=f"{method} {path}",
                hint="leave out --smoke-read-only, or skip this test in read-only runs",
            )
        if not is_safe:
            self._session.guard.about_to_send(path, json)
        return self._target.send(
            Request(
                method=method.upper(),
                path=path,
                query=tuple((query or {}).items()),
                json=json,
                headers=headers or {},
            )
        )


@pytest.fixture
def smoke_client(request: pytest.FixtureRequest) -> SmokeClient:
    """A client that sends requests to the target with the run's token."""
    session = _logged_in(request)
    return SmokeClient(session, session.target_for(request.node))


@pytest.fixture
def smoke_contract(request: pytest.FixtureRequest) -> SmokeContract:
    """Validates responses against contracts: `smoke_contract.check(response, "order")`.

    `check(response, schema=None, *, operation=None)` takes a response of `requests` or of
    `smoke_client`, or a JSON value. `schema` is the name of a file in `contracts/` (`order` for
    `order.schema.json`, `order#/$defs/line` for a place in it), `operation` one of the OpenAPI
    document (`GET /orders/{id}` or its id); with neither it is the operation of the request.

    Raises (all `SmokeError`): `invalid` with every place where the response breaks its contract,
    `usage` for an unknown name.
    """
    from pytest_apismoke.hooks.user_contracts import SmokeContract

    session = _session(request)
    return SmokeContract(session, session.target_for(request.node))


@pytest.fixture
def smoke_target_url(request: pytest.FixtureRequest) -> str:
    """The base URL of the target, without a trailing slash."""
    return _session(request).preflight.settings.target_url


@pytest.fixture
def smoke_preserve(
    request: pytest.FixtureRequest,
) -> Callable[..., AbstractContextManager[dict[str, Any]]]:
    """A context in which a test may change a document of the target; afterwards it is restored.

    `with smoke_preserve("/api/business/me") as document:` gives a copy of the document (a JSON
    object); without a path it is the settings. Write with `smoke_client`. At the end the fields
    that differ are restored and a fresh read proves it, however the test ends; if the process is
    killed, the next run does it. Keywords: `method` of the update (default: that of the settings),
    `changing`, the names of fields that change by themselves and are not compared.

    Raises (all `SmokeError`): `fetch` and `invalid` when the document can't be read, `usage` in a
    read-only run, and `persist`, which makes the run dirty, when it can't be proven to be restored.
    """
    session = _logged_in(request)
    return session.guard.using(session.target_for(request.node)).preserved


def _logged_in(request: pytest.FixtureRequest) -> SmokeSession:
    """The session of a run with a token; skips the test if the login failed."""
    session = _session(request)
    if session.checks.plan.no_token:
        from pytest_apismoke.hooks.user_tests import skip_not_run

        skip_not_run(request.node, session.checks.plan.no_token)
    return session


def _session(request: pytest.FixtureRequest) -> SmokeSession:
    session = request.config.stash.get(SESSION_KEY, None)
    if session is None:
        pytest.skip(_HOW_TO_RUN)
    return session
