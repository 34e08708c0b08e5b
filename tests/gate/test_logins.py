"""Every kind of login over HTTP, by configuration alone, and none of its secrets in any output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from gate.login_server import (
    CANARY,
    BasicServer,
    CookieServer,
    FormServer,
    KeyServer,
    LoginServer,
    RefreshServer,
    SecondFactorServer,
)
from gate.test_secrets import LOUD, forms
from harness import KILLING, PASSWORD, Ended, Gate, credentials, killing

S = TypeVar("S", bound=LoginServer)
#: Tests that a second worker runs while the first one runs the suites.
READS = """
import pytest

@pytest.mark.smoke
@pytest.mark.parametrize("number", range(6))
def test_reads(smoke_client, number):
    assert smoke_client.get("/api/business/me").status == 200
"""
ALL = {"settings": "pass", "calendar": "pass", "twilio": "pass"}


@pytest.fixture
def start() -> Iterator[Callable[[type[S]], S]]:
    """Starts a server."""
    servers: list[LoginServer] = []

    def started(kind: type[S]) -> S:
        server = kind()
        servers.append(server)
        return server

    yield started
    for server in servers:
        server.stop()


def run(
    gate: Gate, server: LoginServer, *arguments: str, workers: int = 0, **environ: Any
) -> Ended:
    gate.write("apismoke.toml", server.configuration)
    environ = {"LOGIN_CLIENT": f"{CANARY}-client", **environ}
    ended = gate.against_url(server.url, *LOUD, *arguments, workers=workers, **environ)
    assert_no_secret_is_shown(gate, ended)
    return ended


def assert_no_secret_is_shown(gate: Gate, ended: Ended) -> None:
    """Searches the terminal and all files of the run, its journal included."""
    texts = {"stdout": ended.out, "stderr": ended.err}
    for folder in (gate.folder, gate.state_dir):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc", ".toml"):
                texts[path.name] = path.read_text("utf-8", "replace")
    hunted = forms(PASSWORD) | forms(CANARY)
    found = {place: one for place, text in texts.items() for one in hunted if one in text}
    assert found == {}


def assert_healthy(ended: Ended, server: LoginServer, before: dict[str, Any]) -> None:
    verdicts = {name: api["verdict"] for name, api in ended.report["apis"].items()}
    verdicts.pop("tests", None)
    assert (ended.code, verdicts, server.document) == (0, ALL, before), ended.out


@pytest.mark.parametrize("kind", [FormServer, CookieServer, SecondFactorServer, RefreshServer])
def test_a_login_of_another_kind_is_a_healthy_one(
    kind: type[LoginServer], gate: Gate, start: Callable[[type[LoginServer]], LoginServer]
) -> None:
    server = start(kind)
    before = dict(server.document)
    assert_healthy(run(gate, server, "--smoke"), server, before)
    assert all(count == 1 for count in server.counts.values()), server.counts


@pytest.mark.parametrize("kind", [FormServer, CookieServer, SecondFactorServer, RefreshServer])
def test_a_refused_login_shows_what_the_target_said(
    kind: type[LoginServer], gate: Gate, start: Callable[[type[LoginServer]], LoginServer]
) -> None:
    server = start(kind)
    ended = run(gate, server, "--smoke", APISMOKE_USERNAME="nobody@example.com")
    (failed,) = [check for check in ended.report["checks"] if check["outcome"] == "failed"]
    assert (ended.code, failed["category"], failed["hint"]) == (
        1,
        "auth",
        "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target",
    )
    assert failed["message"].endswith("which says '[redacted] is not the password'")


# -- cookie sessions -----------------------------------------------------------------------------


def test_a_session_that_is_replaced_in_mid_run_is_followed(
    gate: Gate, start: Callable[[type[CookieServer]], CookieServer], workers: int
) -> None:
    server = start(CookieServer)
    server.slides, server.good_for = True, 5
    before = dict(server.document)
    gate.write("test_mine.py", READS)
    assert_healthy(run(gate, server, "--smoke", "test_mine.py", workers=workers), server, before)
    # One of the login, one of the sliding; that of the other host and path never arrives.
    assert server.counts == {"session": 2}
    assert server.cookies == {f"sid={session}" for session in server.issued}


def test_a_session_that_is_refused_in_mid_run_is_renewed_once_for_all_workers(
    gate: Gate, start: Callable[[type[CookieServer]], CookieServer], workers: int
) -> None:
    server = start(CookieServer)
    server.good_for = 6
    before = dict(server.document)
    gate.write("test_mine.py", READS)
    assert_healthy(run(gate, server, "--smoke", "test_mine.py", workers=workers), server, before)
    assert server.counts == {"session": 2}


def test_the_restore_command_logs_in_with_a_cookie_too(
    gate: Gate, start: Callable[[type[CookieServer]], CookieServer]
) -> None:
    server = start(CookieServer)
    before = dict(server.document)
    killed = run(gate, server, "--smoke", KILLING, **dict[str, Any](killing("after PUT me 1")))
    assert (killed.code, server.document == before) == (-9, False)
    restored = gate.run_command(["apismoke", "restore"], **credentials())
    assert (restored.code, server.document) == (0, before), restored.output
    assert_no_secret_is_shown(gate, restored)


# -- refresh -------------------------------------------------------------------------------------


@pytest.mark.parametrize("refuses", [False, True])
def test_a_token_that_is_refused_in_mid_run_is_refreshed_for_all_workers(
    refuses: bool, gate: Gate, start: Callable[[type[RefreshServer]], RefreshServer], workers: int
) -> None:
    server = start(RefreshServer)
    server.good_for, server.refuses_refresh = 6, refuses
    before = dict(server.document)
    gate.write("test_mine.py", READS)
    ended = run(gate, server, "--smoke", "test_mine.py", workers=workers)
    assert_healthy(ended, server, before)
    logins = (server.counts["/login"], server.counts.get("/refresh", 0))
    assert logins == ((2, 0) if refuses else (1, 1))


# -- without a login -----------------------------------------------------------------------------


def test_http_basic_with_every_request_needs_no_login(
    gate: Gate, start: Callable[[type[BasicServer]], BasicServer], workers: int
) -> None:
    server = start(BasicServer)
    before = dict(server.document)
    ended = run(gate, server, workers=workers)
    assert_healthy(ended, server, before)
    assert ended.outcomes()["settings::login"] == "skipped"
    assert ended.check("settings::refuse_wrong_token")["outcome"] == "passed"
    fetch = ended.check("settings::fetch")["exchanges"][0]["curl"]
    assert '"$APISMOKE_PASSWORD"' in fetch


def test_http_basic_that_is_refused_is_auth(
    gate: Gate, start: Callable[[type[BasicServer]], BasicServer]
) -> None:
    server = start(BasicServer)
    ended = run(gate, server, "--smoke", APISMOKE_USERNAME="nobody@example.com")
    failed = ended.check("settings::fetch")
    assert (ended.code, failed["category"], failed["hint"]) == (
        1,
        "auth",
        "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target",
    )


def test_an_api_key_in_a_header_of_its_own(
    gate: Gate, start: Callable[[type[KeyServer]], KeyServer]
) -> None:
    server = start(KeyServer)
    before = dict(server.document)
    ended = run(gate, server, "--smoke", APISMOKE_TOKEN=f"{CANARY}-key\n")
    assert_healthy(ended, server, before)
    assert "APISMOKE_TOKEN begins or ends with a line end: taken off" in ended.notes()
