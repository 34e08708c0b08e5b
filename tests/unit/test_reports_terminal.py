"""The verdict on the terminal, as a tired person reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

import pytest

from pytest_apismoke.errors import Category
from pytest_apismoke.evidence import Exchange, Outcome, Result
from pytest_apismoke.exitcodes import ExitCodes
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.terminal import Line, render
from pytest_apismoke.verdict import RUN, Planned, Verdict, judge

FACTS = RunFacts(
    mode="smoke",
    target_url="https://api.example.com",
    target_version="1.2.3",
    started_at="2026-01-01T12:00:00Z",
    duration_s=1.26,
)
PLAN = tuple(
    Planned(api=api, stage=stage, name=f"{api}::{stage}")
    for api, stages in {"settings": ("login", "save"), "twilio": ("login", "phone")}.items()
    for stage in stages
)


def outcome(name: str, result: Result = Result.PASSED, **details: object) -> Outcome:
    api, _, stage = name.partition("::")
    verified = result is Result.PASSED
    values = {"api": api, "stage": stage, "name": name, "outcome": result, "verified": verified}
    return Outcome(**{**values, **details})  # type: ignore[arg-type]  # the fields of an outcome


def passed_but(*others: Outcome) -> Verdict:
    names = {other.name for other in others}
    rest = [outcome(planned.name) for planned in PLAN if planned.name not in names]
    return judge([*rest, *others], plan=PLAN)


def shown(verdict: Verdict, facts: RunFacts = FACTS, *, width: int = 80) -> str:
    return "\n".join(line.text for line in render(verdict, facts, width=width)) + "\n"


SAVE_FAILED = outcome(
    "settings::save",
    Result.FAILED,
    category=Category.SAVE,
    message="expected the update to be accepted, seen 500 with an HTML page, 12 bytes",
    where="PUT https://api.example.com/api/business/me",
    hint="look into the target's log at the request id; the update changes 'description' only",
)


def test_a_pass_is_short() -> None:
    assert shown(passed_but()) == dedent(
        """\
        =============================== apismoke verdict ===============================
        PASS: smoke run against https://api.example.com, version 1.2.3, 1.3 s
          settings  pass          login ok, save ok
          twilio    pass          login ok, phone ok
        exit code 0: everything required was verified
        """
    )


def test_a_failure_says_what_was_expected_seen_where_and_what_to_do(
    make_exchange: Callable[..., Exchange],
) -> None:
    exchange = make_exchange(
        request_id="req-1",
        excerpt="<h1>Oops</h1>",
        curl='curl -sS -i -X PUT -H "Authorization: Bearer ""$APISMOKE_TOKEN" ' + "x" * 60,
    )
    failing = outcome(
        "settings::save",
        Result.FAILED,
        category=SAVE_FAILED.category,
        message=SAVE_FAILED.message,
        where=SAVE_FAILED.where,
        hint=SAVE_FAILED.hint,
        exchanges=(make_exchange(curl="another"), exchange),
    )
    assert shown(passed_but(failing)) == dedent(
        f"""\
        =============================== apismoke verdict ===============================
        FAIL: smoke run against https://api.example.com, version 1.2.3, 1.3 s
          settings  fail          login ok, save FAILED
          twilio    pass          login ok, phone ok

        1. settings::save (save)
           expected   the update to be accepted
           seen       500 with an HTML page, 12 bytes
           where      PUT https://api.example.com/api/business/me
           to do      look into the target's log at the request id; the update changes
                      'description' only
           request id req-1
           answer     <h1>Oops</h1>
           repeat     {exchange.curl}

        exit code 3: save: the update was refused
        """
    )


def test_a_long_answer_without_spaces_is_shown_in_its_beginning(
    make_exchange: Callable[..., Exchange],
) -> None:
    exchange = make_exchange(excerpt='{"detail":"' + "x" * 300)
    verdict = passed_but(replace(SAVE_FAILED, exchanges=(exchange,)))
    assert '\n   answer     {"detail":"' + "x" * 147 + "\n              …\n" in shown(verdict)


def test_a_target_left_changed_is_said_first(make_exchange: Callable[..., Exchange]) -> None:
    dirty = outcome(
        "settings::save",
        Result.FAILED,
        category=Category.PERSIST,
        message="expected the original document after restoring, seen /description is gone",
        where="PUT x",
        hint="THE TARGET WAS LEFT CHANGED: set 'description' back",
        dirty=True,
        exchanges=(make_exchange(),),
    )
    repair = "apismoke restore --target-url=https://api.example.com --state-dir=/a/long/way/down"
    lines = render(passed_but(dirty), replace(FACTS, repair=repair))
    assert lines[:4] == (
        Line(" apismoke verdict ".center(80, "="), {"red": True, "bold": True}),
        Line(
            "THE TARGET WAS LEFT CHANGED; once it takes updates again, repair it with",
            {"red": True, "bold": True},
        ),
        Line(f"  {repair}", {"red": True, "bold": True}),
        Line(
            "DIRTY: smoke run against https://api.example.com, version 1.2.3, 1.3 s",
            {"red": True, "bold": True},
        ),
    )
    assert render(passed_but(dirty), FACTS)[1].text == (
        "THE TARGET WAS LEFT CHANGED; it ends with this run"
    )
    assert lines[-1] == Line(
        "exit code 4: persist: what was written was not kept, or could not be restored",
        {"red": True, "bold": True},
    )


def test_one_cause_is_told_once() -> None:
    refused = [
        outcome(
            name,
            Result.FAILED,
            category=Category.AUTH,
            message="expected 200, seen 401",
            where="POST x",
            hint="check the password",
        )
        for name in ("settings::login", "twilio::login")
    ]
    later = [
        outcome(name, Result.SKIPPED, message="not run: the login failed")
        for name in ("settings::save", "twilio::phone")
    ]
    assert shown(passed_but(*refused, *later)) == dedent(
        """\
        =============================== apismoke verdict ===============================
        FAIL: smoke run against https://api.example.com, version 1.2.3, 1.3 s
          settings  fail          login FAILED, save not run
          twilio    fail          login FAILED, phone not run

        1. settings::login, twilio::login (auth)
           expected   200
           seen       401
           where      POST x
           to do      check the password

        exit code 1: auth: no usable token from login
        """
    )


def test_a_run_without_a_target_says_so() -> None:
    usage = outcome(
        f"{RUN}::run",
        Result.ERROR,
        category=Category.USAGE,
        message="expected a URL, seen none",
        hint="give it",
    )
    facts = RunFacts(
        mode="full",
        target_url="",
        target_version=None,
        started_at=FACTS.started_at,
        duration_s=0.0,
    )
    verdict = judge([usage], plan=(), table=ExitCodes.VERDICT)
    assert shown(verdict, facts, width=40) == dedent(
        """\
        =========== apismoke verdict ===========
        MISCONFIGURED: full run against no target, 0.0 s

        1. apismoke::run (usage)
           expected   a URL
           seen       none
           to do      give it

        exit code 3: the gate itself is misconfigured
        """
    )


def test_notes_are_told_once_and_so_is_why_something_was_left_out() -> None:
    read_only = "read-only run: nothing was written, so persistence was not verified"
    plan = [Planned(api=p.api, stage=p.stage, name=p.name, required=False) for p in PLAN]
    verdict = judge(
        [
            outcome("settings::login", notes=("the token was renewed",)),
            outcome("settings::save", Result.SKIPPED, message=read_only),
            outcome("twilio::phone", Result.SKIPPED, message=read_only),
            outcome("twilio::login", Result.SKIPPED, message="not run: something else"),
        ],
        plan=plan,
    )
    facts = RunFacts(
        mode="smoke",
        target_url="https://api.example.com",
        target_version=None,
        started_at=FACTS.started_at,
        duration_s=0.0,
        notes=("of the run", "of the run"),
    )
    assert shown(verdict, facts) == dedent(
        f"""\
        =============================== apismoke verdict ===============================
        PASS: smoke run against https://api.example.com, 0.0 s
          settings  pass          login ok, save not run
          twilio    pass          login not run, phone not run
          note: of the run
          note: settings::login: the token was renewed
          note: {read_only}
        exit code 0: everything required was verified
        """
    )


def test_a_check_that_needed_a_second_attempt_says_so_and_why(
    make_exchange: Callable[..., Exchange],
) -> None:
    busy, lost = make_exchange(status=503), make_exchange(status=None, error="connection refused")
    again = (make_exchange(attempt=2, status=502), make_exchange(attempt=3))
    verdict = passed_but(
        outcome("settings::save", exchanges=(make_exchange(), busy, *again)),
        outcome("twilio::phone", exchanges=(lost, make_exchange(attempt=2))),
    )
    assert verdict.exit_code == 0
    assert shown(verdict) == dedent(
        """\
        =============================== apismoke verdict ===============================
        PASS: smoke run against https://api.example.com, version 1.2.3, 1.3 s
          settings  pass          login ok, save flaky
          twilio    pass          login ok, phone flaky
          note: settings::save: flaky: GET https://api.example.com/api was answered 503; sent again 2x
          note: twilio::phone: flaky: GET https://api.example.com/api gave connection refused; sent again 1x
        exit code 0: everything required was verified
        """  # noqa: E501  # lines of a terminal, which are not wrapped
    )


def test_a_check_that_failed_is_not_called_flaky(make_exchange: Callable[..., Exchange]) -> None:
    exchanges = (make_exchange(status=503), make_exchange(status=503, attempt=2))
    text = shown(passed_but(replace(SAVE_FAILED, exchanges=exchanges)))
    assert "save FAILED" in text
    assert "flaky" not in text


def test_many_stages_are_wrapped_under_each_other() -> None:
    names = [f"settings::stage_{number}" for number in range(5)]
    verdict = judge([outcome(name) for name in names], plan=())
    assert shown(verdict, width=60) == dedent(
        """\
        ===================== apismoke verdict =====================
        PASS: smoke run against https://api.example.com, version 1.2.3, 1.3 s
          settings  pass          stage_0 ok, stage_1 ok, stage_2
                                  ok, stage_3 ok, stage_4 ok
        exit code 0: everything required was verified
        """
    )


@pytest.mark.parametrize(
    ("category", "dirty", "colour"),
    [
        (None, False, "green"),
        (Category.SAVE, False, "red"),
        (Category.PERSIST, True, "red"),
        (Category.BUDGET, False, "yellow"),
        (Category.USAGE, False, "yellow"),
    ],
)
def test_the_colour_goes_with_the_verdict(
    category: Category | None, dirty: bool, colour: str
) -> None:
    result = Result.FAILED if category else Result.PASSED
    verdict = passed_but(outcome("settings::save", result, category=category, dirty=dirty))
    assert render(verdict, FACTS)[-1].markup == {colour: True, "bold": True}
