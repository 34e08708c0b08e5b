"""What a run writes while it is running: each fact once, and on a terminal a last line in place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.preflight.readiness import Ready
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.run.live import Live
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

URL = "https://api.example.com"
#: The words before and behind a line that is rewritten.
CLEAR, DIM, END = "\r\x1b[K", "\x1b[2m", "\x1b[0m"


class Clock:
    """A clock that a test sets; the thread that writes by itself is never waited for."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.learn("canary-token", "APISMOKE_TOKEN")
    return redactor


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(written: io.StringIO, redactor: Redactor, clock: Clock) -> Iterator[Live]:
    live = Live(written, redactor, path="/health", wait_s=60, clock=clock)
    yield live
    live.end()


@pytest.fixture
def terminal(written: io.StringIO, redactor: Redactor, clock: Clock) -> Iterator[Live]:
    live = Live(
        written,
        redactor,
        path="/health",
        wait_s=60,
        in_place=True,
        has_colour=True,
        clock=clock,
    )
    yield live
    live.end()


def check(name: str, result: Result = Result.PASSED, **details: object) -> Outcome:
    api, _, stage = name.partition("::")
    values = {"api": api, "stage": stage, "name": name, "outcome": result, "duration_s": 0.1}
    return Outcome(**{**values, **details})  # type: ignore[arg-type]  # the fields of an outcome


FETCH_FAILED = check(
    "settings::fetch",
    Result.FAILED,
    category=Category.FETCH,
    expected="200 with the settings document",
    seen="500 with application/json, 88 bytes",
    where=f"GET {URL}/api/business/me",
)
REFUSED = Failure(
    category=Category.AUTH,
    expected="200 or 201 from the login",
    seen="401 with application/json, 15 bytes, which says 'canary-token'",
    where=f"POST {URL}/api/auth/login",
    hint="check the password",
)


def test_a_log_tells_each_fact_once_and_when_it_happened(
    log: Live, written: io.StringIO, clock: Clock
) -> None:
    log.begin("0.2.0", "smoke", URL)
    for after_s, reason in ((0.0, "connection refused"), (2.1, "503"), (3.1, "503")):
        clock.now_s = 100 + after_s
        log.waiting(reason, after_s)
    clock.now_s = 104.2
    log.ready(Ready(after_s=4.2, version="2026.11.27-3"))
    clock.now_s = 105.0
    log.logged_in(Step(duration_s=0.812))
    log.failed(FETCH_FAILED)
    log.failed(check("calendar::fetch", Result.FAILED, **_cause_of(FETCH_FAILED)))
    log.finished("settings", [FETCH_FAILED], 0.1)
    log.finished("orders", [check("orders::a"), check("orders::b")], 0.2)
    log.finished("tests", [check("test_a.py::test_it")], 0.1)
    assert written.getvalue() == (
        "   0.0 s  apismoke 0.2.0: smoke run against https://api.example.com\n"
        "   0.0 s  not ready: GET /health: connection refused; waiting up to 60 s\n"
        "   2.1 s  not ready: GET /health answers 503\n"
        "   4.2 s  ready: connection refused once, 503 twice, then ok; version\n"
        "          2026.11.27-3\n"
        "   5.0 s  login ok, 812 ms\n"
        "   5.0 s  settings: fetch FAILED: GET /api/business/me answers 500\n"
        "   5.0 s  orders: pass, 2 checks\n"
        "   5.0 s  tests: pass, 1 test\n"
    )


def _cause_of(outcome: Outcome) -> dict[str, Any]:
    names = ("category", "expected", "seen", "where")
    return {name: getattr(outcome, name) for name in names}


def test_a_terminal_keeps_what_has_ended_and_rewrites_the_rest(
    terminal: Live, written: io.StringIO, clock: Clock
) -> None:
    terminal.begin("0.2.0", "smoke", URL)
    terminal.waiting("503", 3.0)
    clock.now_s = 104.2
    terminal.ready(Ready(after_s=4.2, version=None))
    terminal.logged_in(Step(duration_s=0.812))
    clock.now_s = 105.4
    terminal.progress(18, 22, "catalog: suggestions")
    terminal.end()
    at = "18 of 22 checks, catalog: suggestions is running"
    assert written.getvalue() == (
        "apismoke 0.2.0: smoke run against https://api.example.com\n"
        f"{CLEAR}{DIM}> not ready: GET /health answers 503, 3 of 60 s{END}"
        f"{CLEAR}{'  ready     503 once, then ok':<73}4.2 s\n"
        f"{'  login     ok':<72}812 ms\n"
        f"{CLEAR}{DIM}> {at}{'5.4 s':>{76 - len(at)}}{END}{CLEAR}"
    )


def test_a_login_without_an_answer_is_told_while_it_is_waited_for(
    terminal: Live, written: io.StringIO, clock: Clock
) -> None:
    terminal.logging_in("POST /api/auth/login", 30.0)
    clock.now_s = 106.0
    terminal.tick()
    words = "login: POST /api/auth/login, no answer for 6 s (30 s at most)"
    assert written.getvalue() == f"{CLEAR}{DIM}> {words}{'6.0 s':>{76 - len(words)}}{END}"


def test_a_log_is_silent_for_ten_seconds_at_most(
    log: Live, written: io.StringIO, clock: Clock
) -> None:
    log.logging_in("POST /api/auth/login", 30.0)
    for now_s in (109.9, 110.0, 115.0, 120.0):
        clock.now_s = now_s
        log.tick()
    words = "login: POST /api/auth/login, no answer for {} s (30 s at most)"
    assert written.getvalue() == (f"  10.0 s  {words.format(10)}\n  20.0 s  {words.format(20)}\n")


def test_a_refused_login_is_told_without_secrets_and_not_again_as_a_check(
    log: Live, written: io.StringIO, redactor: Redactor
) -> None:
    log.logged_in(Step(failure=REFUSED, duration_s=0.1))
    for api in ("settings", "calendar"):
        log.failed(
            Outcome.of_failure(redactor, REFUSED, api=api, stage="login", name=f"{api}::login")
        )
    assert written.getvalue() == (
        "   0.0 s  login FAILED: POST /api/auth/login answers 401, 100 ms\n"
    )


def test_what_a_server_says_can_neither_steer_the_terminal_nor_a_ci_system(
    log: Live, written: io.StringIO
) -> None:
    log.waiting("a \x1b[2Jscreen ##vso[task.complete] canary-token", 0.0)
    assert written.getvalue() == (
        "   0.0 s  not ready: GET /health: a \N{REPLACEMENT CHARACTER}[2Jscreen"
        " # #vso[task.complete] [redacted];\n"
        "          waiting up to 60 s\n"
    )


def test_a_line_that_begins_with_a_command_where_it_was_folded_is_none(
    log: Live, written: io.StringIO
) -> None:
    """A runner takes one that is indented for a command as well."""
    log.waiting(f"{'a' * 36} ::error::it", 0.0)
    assert written.getvalue() == (
        f"   0.0 s  not ready: GET /health: {'a' * 36}\n"
        "          : :error::it; waiting up to 60 s\n"
    )


def test_no_line_passes_the_width_and_no_secret_is_broken_over_two(
    written: io.StringIO, redactor: Redactor, clock: Clock
) -> None:
    for in_place in (False, True):
        live = Live(written, redactor, in_place=in_place, clock=clock, width=50)
        live.failed(replace(FETCH_FAILED, where=f"{'word ' * 20}canary-token {'word ' * 20}"))
        live.end()
    text = written.getvalue()
    longest = max(map(len, text.splitlines()))
    assert ("canary" in text, text.count("[redacted]"), longest <= 50) == (False, 2, True)


def test_a_request_that_is_sent_again_is_told_once(log: Live, written: io.StringIO) -> None:
    log.asked_again("GET /api/catalog", "status 503", 1.0)
    log.asked_again("GET /api/catalog", "status 503", 2.0)
    log.asked_again("GET /api/orders", "the connection was reset", 0.25)
    assert written.getvalue() == (
        "   0.0 s  GET /api/catalog answers 503, asked again in 1 s\n"
        "   0.0 s  GET /api/orders: the connection was reset, asked again in 0.25 s\n"
    )


def test_of_many_failures_the_first_are_told(log: Live, written: io.StringIO) -> None:
    for number in range(40):
        log.failed(check(f"orders::check {number}", Result.FAILED, **_failed_at(number)))
    assert written.getvalue().count("FAILED") == 16


def _failed_at(number: int) -> dict[str, Any]:
    where = f"GET {URL}/orders/{number}"
    return {**_cause_of(FETCH_FAILED), "where": where}


def test_what_was_not_run_is_told_by_the_failure_that_kept_it_from_running(
    log: Live, written: io.StringIO
) -> None:
    log.finished("calendar", [check("calendar::oauth", Result.SKIPPED)], None)
    assert written.getvalue() == ""


def test_an_api_that_another_ones_failure_kept_from_running_is_no_pass(
    log: Live, written: io.StringIO
) -> None:
    not_run = replace(check("calendar::oauth", Result.SKIPPED), skip_reason=SkipReason.DEPENDENCY)
    log.finished("calendar", [check("calendar::login", Result.PASSED), not_run], 0.1)
    assert written.getvalue() == ""


@pytest.mark.parametrize(
    ("expected", "seen"),
    [("the test to pass", "no price"), ("the test's own code to work", "KeyError: 'region'")],
)
def test_a_test_is_named_once(log: Live, written: io.StringIO, expected: str, seen: str) -> None:
    name = "test_it.py::test_price"
    values = {"api": "tests", "expected": expected, "seen": seen, "where": name}
    log.failed(check(name, Result.FAILED, category=Category.INVALID, **values))
    assert written.getvalue() == f"   0.0 s  tests: test_price FAILED: {seen}\n"


def test_a_quiet_run_and_one_that_has_ended_write_nothing(
    log: Live, written: io.StringIO, redactor: Redactor
) -> None:
    quiet = Live(None, redactor)
    quiet.begin("0.2.0", "smoke", URL)
    quiet.waiting("503", 0.0)
    log.end()
    log.ready(Ready(after_s=0.0, version=None))
    assert written.getvalue() == ""


def test_a_reader_that_has_gone_does_not_end_the_run(redactor: Redactor) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    Live(Gone(), redactor).ready(Ready(after_s=0.0, version=None))
