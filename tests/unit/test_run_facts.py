"""The facts that reports show beside a verdict: settings, writes, and the run's own requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pytest_apismoke.configuration.settings import resolve
from pytest_apismoke.configuration.shown import settings_shown
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.preflight.result import PreflightResult, Step
from pytest_apismoke.reports.facts import OwnExchange, Written
from pytest_apismoke.run.own_exchanges import own_exchanges
from pytest_apismoke.run.writes import writes_of
from pytest_apismoke.verdict.outcome import Outcome, Result

RAW = RawSettings(
    options={"--smoke": True, "--target-url": "https://api.example.com", "--smoke-budget": "90"},
    environ={"APISMOKE_USERNAME": "smoke@example.com", "APISMOKE_PASSWORD": "correct horse"},
    ini={"apismoke_rate": "5"},
    directory=Path("/project"),
)
DOCUMENTS = tuple(map(re.compile, ("/api/business/me", r"/api/hours/\d+")))


def outcome(stage: str, *exchanges: Exchange, **fields: object) -> Outcome:
    api = str(fields.pop("api", "settings"))
    passed = Outcome(
        api=api, stage=stage, name=f"{api}::{stage}", outcome=Result.PASSED, exchanges=exchanges
    )
    return replace(passed, **fields)  # type: ignore[arg-type]  # fields of an outcome


def test_each_setting_is_shown_with_its_value_and_source() -> None:
    shown = {name: (value, source) for name, value, source in settings_shown(RAW, resolve(RAW))}
    told = ("mode", "target_url", "budget", "fresh_reads", "rate", "read_only", "username")
    assert {name: shown[name] for name in (*told, "password")} == {
        "mode": ("smoke", "--smoke"),
        "target_url": ("https://api.example.com", "--target-url"),
        "budget": ("90 s", "--smoke-budget"),
        "fresh_reads": ("4", "default"),
        "rate": ("5", "ini option apismoke_rate"),
        "read_only": ("no", "default"),
        "username": ("[redacted]", "environment variable APISMOKE_USERNAME"),
        "password": ("[redacted]", "environment variable APISMOKE_PASSWORD"),
    }


def test_requests_of_no_check_are_the_run_s_own(make_exchange: Callable[..., Exchange]) -> None:
    poll, login, end = (make_exchange(duration_s=seconds) for seconds in (0.1, 0.2, 0.3))
    preflight = PreflightResult(
        settings=resolve(RAW), run_id="1", polls=(poll,), login=Step(exchanges=(login,))
    )
    assert own_exchanges(preflight, [outcome("login", login)], [end]) == (
        OwnExchange(purpose="readiness", exchange=poll),
        OwnExchange(purpose="the version at the end", exchange=end),
    )
    assert own_exchanges(preflight, [], []) == (
        OwnExchange(purpose="readiness", exchange=poll),
        OwnExchange(purpose="login", exchange=login),
    )
    assert own_exchanges(None, [], []) == ()


def test_a_document_was_written_once_however_often(make_exchange: Callable[..., Exchange]) -> None:
    put = replace(make_exchange(url="https://api.example.com/api/business/me"), method="PUT")
    saved = outcome("save", put, put)
    refused = replace(saved, outcome=Result.FAILED)
    for outcomes, state in (
        ([saved, outcome("restore", put)], "restored and proven"),
        ([saved, outcome("restore", put, outcome=Result.FAILED, dirty=True)], "left changed"),
        ([outcome("one change", put, api="hours"), saved], "restored"),
        ([refused], "no change was left"),
    ):
        assert writes_of(outcomes, DOCUMENTS) == (
            Written(resource="/api/business/me", state=state),
        )


def test_an_update_that_was_never_seen_is_not_proven_to_be_restored(
    make_exchange: Callable[..., Exchange],
) -> None:
    url = "https://api.example.com/api/business/me"
    put = replace(make_exchange(url=url), method="PUT")
    saved = outcome("save", put, outcome=Result.FAILED)
    for restored, state in (
        (
            outcome("restore", put),
            "the original is there, but an update may still arrive",
        ),
        (outcome("restore", put, outcome=Result.FAILED, dirty=True), "left changed"),
    ):
        assert writes_of([saved, restored], DOCUMENTS, [url]) == (
            Written(resource="/api/business/me", state=state),
        )


def test_a_request_that_nothing_takes_back_is_named(make_exchange: Callable[..., Exchange]) -> None:
    post = replace(make_exchange(url="https://api.example.com/api/orders"), method="POST")
    assert writes_of([outcome("login", post), outcome("order", post)], DOCUMENTS) == (
        Written(resource="POST /api/orders", state="sent; nothing takes it back"),
    )
    assert writes_of([outcome("fetch", make_exchange())], DOCUMENTS) == ()
    # A token that was refused is asked for once more.
    assert writes_of([outcome("fetch", post)], DOCUMENTS, login_path="/api/orders") == ()


def test_a_document_of_a_declared_check_is_known_below_the_target_s_own_path(
    make_exchange: Callable[..., Exchange],
) -> None:
    put = replace(make_exchange(url="https://api.example.com/v1/api/hours/7"), method="PUT")
    assert writes_of([outcome("hours", put)], DOCUMENTS, base_path="/v1") == (
        Written(resource="/api/hours/7", state="restored"),
    )
    assert writes_of([outcome("hours", put)], DOCUMENTS) == (
        Written(resource="PUT /v1/api/hours/7", state="sent; nothing takes it back"),
    )
