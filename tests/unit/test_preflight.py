"""The preflight writes nothing for another account than the profile pins."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.loopback import PATIENCE_S, RawServer, says

from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Category
from pytest_apismoke.preflight.account_id import AccountId
from pytest_apismoke.preflight.clients import target_of
from pytest_apismoke.preflight.preflight import run_preflight
from pytest_apismoke.preflight.result import PreflightResult, Step
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal

if TYPE_CHECKING:
    from unit.conftest import FakeClock

Serve = Callable[..., RawServer]

READY = says("Content-Type: application/json", '{"status": "ok"}')
TOKEN = says("Content-Type: application/json", '{"access_token": "my-token", "user": {"id": "u1"}}')
NOT_PROVEN = (
    "the journal has changes that dead-run left; not put back, because the account is not proven to"
    " be the one of the profile"
)


def settings_of(
    url: str, text: str, folder: Path, options: Mapping[str, str | bool] | None = None
) -> Settings:
    return resolve(
        RawSettings(
            options={"--target-url": url, **(options or {})},
            environ={
                "APISMOKE_USERNAME": "me",
                "APISMOKE_PASSWORD": "my-password",
                "APISMOKE_STATE_DIR": str(folder),
            },
            ini={},
            directory=folder,
            configuration={"apismoke.toml": text},
        )
    )


def preflight_of(settings: Settings, clock: FakeClock) -> PreflightResult:
    """With an entry of a dead run in the journal."""
    original = {"id": "biz_2", "industry": "salon"}
    document = settings.profile.document
    journal = Journal(settings.journal_dir, Redactor())
    entry = journal.record(
        Entry(
            name="dead-run-1",
            run_id="dead-run",
            target=settings.target_url,
            account="biz_2",
            method=document.update_method,
            path=document.path,
            accepted=document.update_statuses,
            original=original,
        )
    )
    with journal.claimed(entry):
        pass
    return run_preflight(
        settings,
        Redactor(),
        run_id="this-run",
        progress=lambda reason, after_s: None,
        clock=clock,
        sleep=clock.sleep,
    )


def seen_by(server: RawServer) -> list[str]:
    return [" ".join(request.split()[:2]) for request in server.seen]


@pytest.mark.usefixtures("plain_environment")
@pytest.mark.parametrize(
    ("document", "category", "seen"),
    [
        ('{"id": "biz_2"}', Category.AUTH, "the string 'biz_2'"),
        ("{}", Category.AUTH, "nothing (the field is absent)"),
        ("no JSON", Category.INVALID, None),
    ],
)
def test_settings_of_another_account_stop_the_fetch_and_the_recovery(
    document: str,
    category: Category,
    seen: str | None,
    serve: Serve,
    clock: FakeClock,
    tmp_path: Path,
) -> None:
    server = serve(READY, TOKEN, *[says("Content-Type: application/json", document)] * 8)
    settings = settings_of(server.url, 'document.expect = { "/id" = "biz_1" }', tmp_path)

    preflight = preflight_of(settings, clock)

    failure = preflight.fetch.failure
    assert failure is not None
    assert failure.category is category
    assert seen is None or failure.seen == seen
    assert preflight.account_is_unproven
    assert (preflight.recovery.notes, preflight.recovery.exchanges) == ((NOT_PROVEN,), ())
    # A full run that writes begins with a round of eight reads.
    reads = ["GET /api/business/me"] * 8
    assert seen_by(server) == ["GET /health", "POST /api/auth/login", *reads]


@pytest.mark.usefixtures("plain_environment")
def test_a_login_to_another_account_is_the_last_request(
    serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    server = serve(READY, TOKEN)
    settings = settings_of(server.url, 'login.expect = { "/user/id" = "u2" }', tmp_path)

    preflight = preflight_of(settings, clock)

    assert preflight.login.failure is not None
    assert preflight.login.failure.seen == "the string 'u1'"
    assert preflight.recovery.notes == (NOT_PROVEN,)
    assert seen_by(server) == ["GET /health", "POST /api/auth/login"]


@pytest.mark.usefixtures("plain_environment")
@pytest.mark.parametrize("text", ["", 'document.expect = { "/id" = "biz_1" }'])
def test_settings_of_the_right_account_are_fetched_as_ever(
    text: str, serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    document = {"id": "biz_1"}
    server = serve(READY, TOKEN, says("Content-Type: application/json", json.dumps(document)))
    settings = settings_of(server.url, text, tmp_path)

    preflight = preflight_of(replace(settings, read_only=True), clock)

    assert preflight.fetch.failure is None
    assert not preflight.account_is_unproven
    assert preflight.fetch.response is not None
    assert preflight.fetch.response.json() == document


# -- settings that nothing looks at ------------------------------------------------------------


def orders_only(url: str, folder: Path) -> Settings:
    """With settings, which the option leaves out."""
    settings = settings_of(url, "", folder)
    return replace(settings, apis=("orders",))


@pytest.mark.usefixtures("plain_environment")
def test_settings_that_nothing_looks_at_are_asked_for_once_something_is_written(
    serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    server = serve(READY, TOKEN, says("Content-Type: application/json", '{"id": "biz_1"}'))
    settings = orders_only(server.url, tmp_path)
    preflight = run_preflight(
        settings,
        Redactor(),
        run_id="this-run",
        progress=lambda reason, after_s: None,
        clock=clock,
        sleep=clock.sleep,
    )
    so_far = ["GET /health", "POST /api/auth/login"]
    assert (preflight.fetch, seen_by(server)) == (Step(), so_far)

    account = AccountId(preflight, target_of(preflight.with_time_left(clock), Redactor()))

    assert [account(), account()] == ["biz_1", "biz_1"]
    assert seen_by(server) == [*so_far, "GET /api/business/me"]


@pytest.mark.usefixtures("plain_environment")
def test_changes_of_a_dead_run_need_the_settings_in_any_case(
    serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    server = serve(READY, TOKEN, *[says("Content-Type: application/json", '{"id": "biz_1"}')] * 8)
    preflight = preflight_of(orders_only(server.url, tmp_path), clock)
    assert preflight.fetch.response is not None
    assert seen_by(server)[:3] == ["GET /health", "POST /api/auth/login", "GET /api/business/me"]


@pytest.mark.usefixtures("plain_environment")
def test_several_processes_share_the_rate_of_requests(tmp_path: Path) -> None:
    settings = replace(settings_of("https://api.example.com", "", tmp_path), rate_per_s=12.0)
    limited = PreflightResult(settings=settings, run_id="97354f56")
    unlimited = replace(limited, settings=replace(settings, rate_per_s=None))

    assert limited.shared_by(4).settings.rate_per_s == 3.0
    assert unlimited.shared_by(4) is unlimited


def test_a_read_only_run_leaves_them_alone(serve: Serve, clock: FakeClock, tmp_path: Path) -> None:
    server = serve(READY, TOKEN)
    preflight = preflight_of(replace(orders_only(server.url, tmp_path), read_only=True), clock)
    assert (preflight.fetch, seen_by(server)) == (Step(), ["GET /health", "POST /api/auth/login"])


# -- a version behind the login ----------------------------------------------------------------

GUARDED = """\
[readiness]
version_path = "/about"
version_needs_login = true
"""


def test_a_version_that_needs_the_login_is_asked_for_after_it_and_with_one_login(
    serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    # Side by side it is a matter of chance which of the two pages is asked for first: both show it.
    page = says("Content-Type: application/json", '{"status": "ok", "version": "7"}')
    old = says("Content-Type: application/json", '{"version": "6"}')
    server = serve(READY, TOKEN, READY, old, *[page] * 40, says("{}"))
    settings = replace(settings_of(server.url, GUARDED, tmp_path), target_version="7")

    preflight = preflight_of(settings, clock)

    assert preflight.ready is not None
    assert (preflight.ready.version, preflight.login.failure) == ("7", None)
    lines = [request.split(" HTTP")[0] for request in server.seen]
    assert lines[:4] == ["GET /health", "POST /api/auth/login", "GET /health", "GET /about"]
    assert lines.count("POST /api/auth/login") == 1
    assert "Authorization: Bearer my-token" in server.seen[3]


def test_a_version_that_needs_a_login_which_fails_is_a_failed_login(
    serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    server = serve(READY, says("{}", status="401 Unauthorized"))
    settings = replace(settings_of(server.url, GUARDED, tmp_path), target_version="7")

    preflight = preflight_of(settings, clock)

    assert preflight.stopped_by is None
    assert preflight.login.failure is not None
    assert preflight.login.failure.category is Category.AUTH
    assert [request.split(" HTTP")[0] for request in server.seen] == [
        "GET /health",
        "POST /api/auth/login",
    ]


@pytest.mark.usefixtures("plain_environment")
def test_what_is_done_meanwhile_begins_when_the_login_was_sent(
    serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    """The target answers the login only after that, and the preflight ends only after it."""
    has_begun, seen, done = threading.Event(), list[list[str]](), list[threading.Thread]()

    def answers_once_it_has_begun(connection: socket.socket) -> None:
        assert has_begun.wait(PATIENCE_S)
        TOKEN(connection)

    def meanwhile() -> None:
        # The server may not have read the login yet.
        seen.append(seen_by(server)[:1])
        has_begun.set()
        done.append(threading.current_thread())

    server: RawServer = serve(
        READY, answers_once_it_has_begun, says("Content-Type: application/json", '{"id": "b"}')
    )
    preflight = run_preflight(
        settings_of(server.url, "", tmp_path, {"--smoke-read-only": True}),
        Redactor(),
        run_id="this-run",
        progress=lambda reason, after_s: None,
        meanwhile=meanwhile,
        clock=clock,
        sleep=clock.sleep,
    )

    assert (preflight.stopped_by, preflight.login.failure) == (None, None)
    assert seen == [["GET /health"]]
    assert seen_by(server)[:2] == ["GET /health", "POST /api/auth/login"]
    assert len(done) == 1
    assert done != [threading.current_thread()]


@pytest.mark.usefixtures("plain_environment")
def test_nothing_is_done_meanwhile_for_a_target_that_is_not_ready(
    serve: Serve, clock: FakeClock, tmp_path: Path
) -> None:
    done: list[str] = []
    server = serve(says("{}", status="503 Service Unavailable"))

    preflight = run_preflight(
        settings_of(server.url, "", tmp_path, {"--target-wait": "1"}),
        Redactor(),
        run_id="this-run",
        progress=lambda reason, after_s: None,
        meanwhile=lambda: done.append("imported"),
        clock=clock,
        sleep=clock.sleep,
    )

    assert preflight.stopped_by is not None
    assert done == []
