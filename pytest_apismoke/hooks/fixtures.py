"""The fixtures for tests that users write against a target.

Without a target, a test that uses one of them is skipped with a reason that says how to run it.
Heavy imports stay inside: this module is loaded in every pytest run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_apismoke.hooks.session import SmokeSession
    from pytest_apismoke.hooks.user_client import SmokeClient
    from pytest_apismoke.hooks.user_contracts import SmokeContract
    from pytest_apismoke.http.target_session import TargetSession

#: The session of an active run.
SESSION_KEY: pytest.StashKey[SmokeSession] = pytest.StashKey()
#: Whether this process is a worker of pytest-xdist on another machine than its controller.
ELSEWHERE_KEY: pytest.StashKey[bool] = pytest.StashKey()

_HOW_TO_RUN = "needs a target: run 'pytest --target-url=URL' (or --target-url=demo to try it)"


@pytest.fixture
def smoke_client(request: pytest.FixtureRequest) -> SmokeClient:
    """A client that sends requests to the target with the run's token.

    `smoke_client.get("/api/orders", params={"page": 2})`, likewise `post`, `put`, `patch`, `delete`
    and `request`. A response has `status_code`, `json()`, `text`, `headers` (lower-case names) and
    `raise_for_status()`. Redirects are not followed.
    """
    session = _logged_in(request)
    from pytest_apismoke.hooks.user_client import SmokeClient

    return SmokeClient(session, session.target_for(request.node))


@pytest.fixture
def smoke_session(smoke_client: SmokeClient) -> Iterator[TargetSession]:
    """A `requests.Session` that is logged in: its requests are those of `smoke_client`.

    `smoke_session.get("/api/orders")` is below the base URL. Its deadlines, retries and evidence
    are the run's, and so are the connections: `timeout=` can only shorten a request, a stream is
    read as a whole, and adapters, certificates and proxies of its own are refused. Redirects are
    followed as `requests` does it; another host never gets the token.
    """
    with smoke_client.session() as session:
        yield session


@pytest.fixture
def smoke_token(smoke_client: SmokeClient) -> str:
    """The token of the run, such as a JWT: for a client of your own. No output shows it.

    Raises `SmokeError` (`usage`) for a target whose login gives no token.
    """
    return smoke_client.token


@pytest.fixture
def smoke_login(request: pytest.FixtureRequest) -> Callable[[str], SmokeClient]:
    """Logs in as another account: `smoke_login("reader")` returns a client like `smoke_client`.

    The profile names the accounts, below `[accounts.NAME]`. Each logs in once in a run, however
    many tests and workers use it. Its `session()` and `token` are as `smoke_session` and
    `smoke_token`.

    Raises (all `SmokeError`): `usage` for a name that the profile does not have, `auth` when the
    login is refused.
    """
    session = _logged_in(request)
    from pytest_apismoke.errors import SmokeError
    from pytest_apismoke.hooks.user_client import SmokeClient

    def log_in(name: str) -> SmokeClient:
        __tracebackhide__ = True
        try:
            target = session.target_for(request.node, account=name)
        except SmokeError as error:
            # The gate's own frames do not help to understand the failure of a test.
            raise error.with_traceback(None) from None
        return SmokeClient(session, target, account=name)

    return log_in


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
    parameters = getattr(getattr(request.node, "callspec", None), "id", "")
    test = request.node.nodeid.removesuffix(f"[{parameters}]")
    return SmokeContract(session, session.target_for(request.node), test=test)


@pytest.fixture
def smoke_target_url(request: pytest.FixtureRequest) -> str:
    """The base URL of the target, without a trailing slash."""
    return _session(request).preflight.settings.target_url


@pytest.fixture
def smoke_preserve(
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., AbstractContextManager[dict[str, Any]]]]:
    """A context in which a test may change a document of the target; afterwards it is restored.

    `with smoke_preserve("/api/business/me") as document:` gives a copy of the document (a JSON
    object); without a path it is the settings. Write with `smoke_client`. At the end the fields
    that differ are restored and a fresh read proves it, however the test ends; if the process is
    killed, the next run does it. Keywords: `method` of the update (default: that of the settings),
    `changing`, the names of fields that change by themselves and are not compared.

    Raises (all `SmokeError`): `fetch` and `invalid` when the document can't be read, `usage` in a
    read-only run, where several documents of the profile have the path, and at the end of a test
    that called it without `with`; `persist`, which makes the run dirty, when it can't be proven to
    be restored.
    """
    if request.config.stash.get(ELSEWHERE_KEY, False):
        from pytest_apismoke.hooks.machines import needs_the_journal

        raise needs_the_journal(request.node.nodeid)
    session = _logged_in(request)
    preserved = session.guard.using(session.target_for(request.node)).preserved
    called: list[str] = []
    entered: list[str] = []

    @contextmanager
    def entering(context: AbstractContextManager[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        entered.append("")
        with context as document:
            yield document

    def preserve(
        path: str | None = None, **keywords: Any
    ) -> AbstractContextManager[dict[str, Any]]:
        called.append(path or "the settings")
        return entering(preserved(path, **keywords))

    yield preserve
    if len(called) > len(entered):
        from pytest_apismoke.errors import misconfigured

        raise misconfigured(
            expected="with smoke_preserve(...) as document:",
            seen=f"a call without 'with' for {', '.join(called)}, which preserves nothing",
            where=request.node.nodeid,
            hint="write the requests that change the document below it; what this test has written"
            " so far is still there",
        )


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
