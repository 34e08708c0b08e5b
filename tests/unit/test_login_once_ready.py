"""Login is tried only once the target is ready, whatever may be in flight at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.loopback import Play, RawServer, says
from unit.test_preflight import READY, TOKEN, seen_by, settings_of

from pytest_apismoke.errors import Category
from pytest_apismoke.preflight.preflight import run_preflight
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

Preflight = Callable[..., PreflightResult]

HEALTH, LOGIN, ME = "GET /health", "POST /api/auth/login", "GET /api/business/me"
SETTINGS = says("Content-Type: application/json", '{"id": "biz_1"}')
NOT_READY = {
    "503": says('{"status": "starting"}', status="503 Service Unavailable"),
    "404": says("{}", status="404 Not Found"),
    "ill": says("Content-Type: application/json", '{"status": "broken"}'),
    "redirect": says("Location: /elsewhere", "", status="302 Found"),
}

pytestmark = [
    pytest.mark.usefixtures("plain_environment"),
    pytest.mark.parametrize(
        "options",
        [{}, {"--smoke-concurrency": "1"}, {"--smoke-rate": "50"}, {"--target-version": "7"}],
        ids=["plain", "one at a time", "rate", "version"],
    ),
]


@pytest.fixture
def preflight(clock: FakeClock, tmp_path: Path, options: dict[str, str]) -> Preflight:
    """Of a run that only reads, for which one read of the settings is enough."""

    def preflight(server: RawServer) -> PreflightResult:
        given: dict[str, str | bool] = {"--target-wait": "5", "--smoke-read-only": True, **options}
        return run_preflight(
            settings_of(server.url, "", tmp_path, given),
            Redactor(),
            run_id="this-run",
            progress=lambda reason, after_s: None,
            clock=clock,
            sleep=clock.sleep,
        )

    return preflight


@pytest.mark.parametrize("answer", NOT_READY.values(), ids=NOT_READY)
def test_a_target_that_never_is_ready_sees_no_login(
    answer: Play, serve: Callable[..., RawServer], preflight: Preflight
) -> None:
    server = serve(answer)

    stopped_by = preflight(server).stopped_by

    assert stopped_by is not None
    assert stopped_by.category is Category.UNREADY
    assert set(seen_by(server)) == {HEALTH}


@pytest.mark.parametrize("answer", NOT_READY.values(), ids=NOT_READY)
def test_a_target_that_becomes_ready_sees_one_login_after_it(
    answer: Play,
    serve: Callable[..., RawServer],
    preflight: Preflight,
    options: dict[str, str],
) -> None:
    shows_it = says("Content-Type: application/json", '{"status": "ok", "version": "7"}')
    polls = [shows_it] * 20 if options.get("--target-version") else [READY]
    server = serve(answer, answer, *polls, TOKEN, SETTINGS)

    found = preflight(server)

    assert (found.stopped_by, found.login.failure, found.token.value) == (None, None, "my-token")
    assert seen_by(server) == [HEALTH, HEALTH, *[HEALTH] * len(polls), LOGIN, ME]
