"""The verdict on the terminal, as a tired person reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

import pytest

from pytest_apismoke.errors import Break, Category, Violation
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.known.entries import Entry, KnownUse
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.terminal import Line, render
from pytest_apismoke.verdict.exit_code_tables import ExitCodes
from pytest_apismoke.verdict.judgement import RUN, Planned, Verdict, judge
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

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


def skipped(name: str, reason: SkipReason, **details: object) -> Outcome:
    return outcome(name, Result.SKIPPED, skip_reason=reason, **details)


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
    expected="the update to be accepted",
    seen="500 with an HTML page, 12 bytes",
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


def test_stages_in_the_middle_that_were_not_run_are_counted() -> None:
    login = outcome("settings::login", Result.FAILED, category=Category.AUTH)
    not_run = [
        outcome(
            f"settings::{name}",
            Result.SKIPPED,
            verified=False,
            because_of=login.name,
            skip_reason=SkipReason.DEPENDENCY,
        )
        for name in ("save", "restore")
    ]
    last = outcome("settings::refuse_no_token")
    plan = [
        Planned(api="settings", stage=one.stage, name=one.name) for one in (login, *not_run, last)
    ]
    lines = shown(judge([login, *not_run, last], plan=plan)).splitlines()
    assert lines[2] == "  settings  fail          login FAILED, 2 not run, refuse_no_token ok"


def test_the_slowest_three_requests_are_named_the_slowest_first(
    make_exchange: Callable[..., Exchange],
) -> None:
    took = {"/a": (0.1, 0.4), "/b": (0.2,), "/c": (3.25,), "/d": (0.3,)}
    exchanges = tuple(
        make_exchange(url=f"https://api.example.com{path}", duration_s=taken_s)
        for path, several in took.items()
        for taken_s in several
    )
    verdict = passed_but(outcome("settings::save", exchanges=exchanges))
    lines = shown(verdict).splitlines()
    assert lines[-2] == "  slowest: GET /c 3.250 s, GET /a 0.400 s, GET /d 0.300 s"


def test_what_was_not_looked_at_has_a_line_of_its_own() -> None:
    unlooked = [f"GET /reports/{number} (a body of application/xml)" for number in range(18)]
    facts = replace(FACTS, not_looked_at=tuple(unlooked[:2]))
    lines = shown(passed_but(), facts).splitlines()
    assert lines[-3:-1] == [
        f"  not looked at: {unlooked[0]}, GET /reports/1 (a",
        "                 body of application/xml)",
    ]
    every = replace(facts, not_looked_at=tuple(unlooked))
    many = shown(passed_but(), every).splitlines()
    assert sum(line.count("/reports/") for line in many) == 16
    assert many[-2].endswith("and 2 more")


TOTAL = Entry(name="GET /orders/{id}", contract="Shop", status=200, what=Break("/total", "type"))
NOTE = replace(TOTAL, name="contracts/orders.toml::one order", what=Break("", "required"))


def test_known_violations_are_counted_and_those_that_are_gone_are_told() -> None:
    facts = replace(FACTS, known=KnownUse(met=(TOTAL, NOTE), gone=(replace(TOTAL, status=404),)))
    assert shown(passed_but(), facts).splitlines()[-5:-1] == [
        "  2 known violations (contracts/known.toml)",
        "  known and gone: GET /orders/{id} (404): type at /total; delete it in",
        "                  contracts/known.toml, or run 'apismoke known write' with the",
        "                  options of this run",
    ]


def test_a_run_that_records_says_which_are_new() -> None:
    facts = replace(FACTS, known=KnownUse(met=(TOTAL, NOTE), new=(NOTE,)))
    assert shown(passed_but(), facts).splitlines()[-2] == (
        "  2 known violations (contracts/known.toml, 1 of them not yet in it)"
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
        expected=SAVE_FAILED.expected,
        seen=SAVE_FAILED.seen,
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
           response   <h1>Oops</h1>
           repeat     {exchange.curl}

        exit code 3: save: the update was refused
        """
    )


def test_a_long_answer_without_spaces_is_shown_in_its_beginning(
    make_exchange: Callable[..., Exchange],
) -> None:
    exchange = make_exchange(excerpt='{"detail":"' + "x" * 300)
    verdict = passed_but(replace(SAVE_FAILED, exchanges=(exchange,)))
    assert '\n   response   {"detail":"' + "x" * 147 + "\n              …\n" in shown(verdict)


def test_a_target_left_changed_is_said_first(make_exchange: Callable[..., Exchange]) -> None:
    dirty = outcome(
        "settings::save",
        Result.FAILED,
        category=Category.PERSIST,
        expected="the original document after restoring",
        seen="/description is gone",
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
            expected="200",
            seen="401",
            where="POST x",
            hint="check the password",
        )
        for name in ("settings::login", "twilio::login")
    ]
    later = [
        skipped(name, SkipReason.DEPENDENCY, detail="not run: the login failed")
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

        exit code 1: auth: no usable token from login, or something is served without one
        """
    )


def test_a_run_without_a_target_says_so() -> None:
    usage = outcome(
        f"{RUN}::run",
        Result.ERROR,
        category=Category.USAGE,
        expected="a URL",
        seen="none",
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
            skipped("settings::save", SkipReason.READ_ONLY, detail=read_only),
            skipped("twilio::phone", SkipReason.READ_ONLY, detail=read_only),
            skipped("twilio::login", SkipReason.DEPENDENCY, detail="not run: something else"),
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
          note: settings::save: flaky: GET https://api.example.com/api: status 503; sent again 2x
          note: twilio::phone: flaky: GET https://api.example.com/api: connection refused; sent again 1x
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


def checks(count: int, *others: Outcome) -> Verdict:
    """Of an API with so many checks, those besides passed; all of them were required."""
    names = {other.name for other in others}
    every = [f"orders::check {number}" for number in range(count)]
    plan = [Planned(api="orders", stage=n.partition("::")[2], name=n) for n in every]
    return judge([*(outcome(n) for n in every if n not in names), *others], plan=plan)


def api_lines(verdict: Verdict) -> list[str]:
    return [line.text.strip() for line in render(verdict, FACTS) if "orders  " in line.text]


def test_up_to_sixteen_checks_of_an_api_are_named() -> None:
    assert "check 0 ok, check 1 ok, check 2 ok" in api_lines(checks(16))[0]


def test_more_checks_are_counted_and_only_those_that_failed_are_named() -> None:
    refused = [
        replace(SAVE_FAILED, api="orders", stage=stage, name=f"orders::{stage}")
        for stage in ("check 3", "check 5")
    ]
    left_out = skipped("orders::check 7", SkipReason.DEPENDENCY, detail="not run: x failed")
    assert api_lines(checks(17)) == ["orders  pass          17 ok"]
    assert api_lines(checks(2000, *refused, left_out)) == [
        "orders  fail          1997 ok, 1 not run, check 3 FAILED, check 5 FAILED"
    ]


def test_what_fails_thousands_of_checks_does_not_name_them_all() -> None:
    everything = [
        replace(SAVE_FAILED, api="orders", stage=f"check {n}", name=f"orders::check {n}")
        for n in range(2000)
    ]
    text = " ".join(shown(checks(2000, *everything)).split())
    failed = ", ".join(f"check {n} FAILED" for n in range(16))
    assert f" orders fail {failed}, and 1984 more 1. orders::check 0," in text
    assert " orders::check 15, and 1984 more (save) expected" in text


BROKEN = outcome(
    "settings::save",
    Result.FAILED,
    category=Category.INVALID,
    expected="a response that matches the contract 'order'",
    seen="/id: expected x, got y",
    where="GET https://api.example.com/orders/1",
    hint="compare them",
    violations=(
        Violation(
            pointer="/id",
            expected="x",
            actual="y",
            schema_location="contracts/order.schema.json#/a",
        ),
        Violation(
            pointer="",
            expected="x",
            actual="y",
            schema_location="contracts/order.schema.json#/required",
        ),
        Violation(pointer="/nobody/knows/where", expected="x", actual="y"),
    ),
    difference=(
        "@@ / @@",
        '  "before": 1',
        '- "id": type integer',
        '+ "id": "' + "x" * 90 + "…",
        '- "name": … (required)',
    ),
)


def test_a_broken_contract_says_which_place_of_it_and_shows_the_difference() -> None:
    long = "x" * 90
    assert dedent(
        f"""\
        1. settings::save (invalid)
           expected   a response that matches the contract 'order'
           seen       /id: expected x, got y
           where      GET https://api.example.com/orders/1
           contract   contracts/order.schema.json#/a (for /id)
                      contracts/order.schema.json#/required (for /)
           difference @@ / @@
                        "before": 1
                      - "id": type integer
                      + "id": "{long}…
                      - "name": … (required)
           to do      compare them
        """
    ) in shown(passed_but(BROKEN))


def test_what_is_wanted_is_green_and_what_came_is_red() -> None:
    lines = render(passed_but(BROKEN), FACTS)
    begin = next(i for i, line in enumerate(lines) if "difference" in line.text)
    assert [dict(line.markup) for line in lines[begin : begin + 6]] == [
        {},
        {},
        {"green": True},
        {"red": True},
        {"green": True},
        {},
    ]


def test_of_many_places_five_are_named() -> None:
    many = tuple(
        Violation(pointer=f"/{n}", expected="x", actual="y", schema_location=f"a.json#/{n}")
        for n in range(7)
    )
    assert dedent(
        """\
        1. settings::save (invalid)
           expected   a response that matches the contract 'order'
           seen       /id: expected x, got y
           where      GET https://api.example.com/orders/1
           contract   a.json#/0 (for /0)
                      a.json#/1 (for /1)
                      a.json#/2 (for /2)
                      a.json#/3 (for /3)
                      a.json#/4 (for /4)
                      and 2 more
           to do      compare them
        """
    ) in shown(passed_but(replace(BROKEN, violations=many, difference=())))


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
