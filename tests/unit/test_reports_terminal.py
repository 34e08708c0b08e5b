"""The verdict on the terminal, as a tired person reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

import pytest

from pytest_apismoke.errors import Break, Category, Excerpt, Violation, misconfigured
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.known.entries import Entry, KnownUse
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import OwnExchange, RunFacts, Written
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.terminal import render
from pytest_apismoke.reports.terminal.line import Line
from pytest_apismoke.verdict.causes import headline_of
from pytest_apismoke.verdict.judgement import RUN, Planned, Verdict, judge, outcome_of_run
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

URL = "https://api.example.com"
FACTS = RunFacts(
    mode="smoke",
    target_url=URL,
    target_version="1.2.3",
    started_at="2026-01-01T12:00:00Z",
    duration_s=1.26,
)
SUITES = {"settings": ("login", "save"), "twilio": ("login", "phone")}
PLAN = tuple(
    Planned(api=api, stage=stage, name=f"{api}::{stage}")
    for api, stages in SUITES.items()
    for stage in stages
)


def outcome(name: str, result: Result = Result.PASSED, **details: object) -> Outcome:
    api, _, stage = name.partition("::")
    verified = result is Result.PASSED
    values = {"api": api, "stage": stage, "name": name, "outcome": result, "verified": verified}
    return Outcome(**{**values, **details})  # type: ignore[arg-type]  # the fields of an outcome


def skipped(name: str, reason: SkipReason, **details: object) -> Outcome:
    return outcome(name, Result.SKIPPED, skip_reason=reason, **details)


def not_run(name: str, because_of: str) -> Outcome:
    return skipped(name, SkipReason.DEPENDENCY, because_of=because_of, detail="not run: x failed")


def declared(name: str, result: Result = Result.PASSED, **details: object) -> Outcome:
    """A check of a file in contracts/."""
    return replace(outcome(f"orders::{name}", result, **details), name=f"o.toml::{name}")


def own_test(name: str, result: Result = Result.PASSED, **details: object) -> Outcome:
    return replace(outcome("tests::call", result, **details), name=f"tests/test_it.py::{name}")


def passed_but(*others: Outcome) -> Verdict:
    names = {other.name for other in others}
    rest = [outcome(planned.name) for planned in PLAN if planned.name not in names]
    return judge([*rest, *others], plan=PLAN)


def lines_of(verdict: Verdict, facts: RunFacts = FACTS, **asked: int) -> list[str]:
    rendered = render(Report(verdict=verdict, facts=facts), **asked)  # type: ignore[arg-type]  # what a test asks for
    return [line.text for line in rendered]


def shown(verdict: Verdict, facts: RunFacts = FACTS, **asked: int) -> str:
    return "\n".join(lines_of(verdict, facts, **asked)) + "\n"


def rows(verdict: Verdict, **asked: int) -> list[str]:
    """The rows of the APIs."""
    block = shown(verdict, FACTS, **asked).split("\n\n")[1]
    return [line.strip() for line in block.splitlines()]


SAVE_FAILED = outcome(
    "settings::save",
    Result.FAILED,
    category=Category.SAVE,
    expected="the update to be accepted",
    seen="500 with an HTML page, 12 bytes",
    where="PUT https://api.example.com/api/business/me",
    hint="look into the target's log at the request id; the update changes 'description' only",
)


# -- a pass ----------------------------------------------------------------------------------------


def test_a_pass_is_short() -> None:
    assert shown(passed_but()) == dedent(
        """\
        PASS: 4 checks of 2 APIs, everything required was verified
        https://api.example.com, version 1.2.3, smoke, 1.3 s

          settings  pass   login, save
          twilio    pass   login, phone

        left behind: nothing
        exit code 0
        """
    )


def test_a_quiet_pass_is_one_line() -> None:
    assert shown(passed_but(), verbosity=-1) == (
        "PASS: 4 checks of 2 APIs, https://api.example.com, 1.3 s; exit code 0\n"
    )


def test_a_quiet_failure_keeps_its_causes_and_a_quieter_one_is_one_line() -> None:
    quiet = lines_of(passed_but(SAVE_FAILED), verbosity=-1)
    assert quiet[:4] == [
        "FAIL: PUT /api/business/me answers 500",
        "https://api.example.com, version 1.2.3, smoke, 1.3 s",
        "",
        "1  settings::save",
    ]
    assert shown(passed_but(SAVE_FAILED), verbosity=-2) == (
        "FAIL: PUT /api/business/me answers 500, https://api.example.com, 1.3 s; exit code 3\n"
    )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            replace(FACTS, ready_after_s=4.2),
            f"{URL}, version 1.2.3, smoke, 1.3 s (ready after 4.2 s)",
        ),
        (replace(FACTS, target_version=None), f"{URL}, smoke, 1.3 s"),
        (
            replace(FACTS, expected_version="1.3"),
            f"{URL}, version 1.2.3 (expected 1.3), smoke, 1.3 s",
        ),
        (
            replace(FACTS, target_version=None, expected_version="1.3"),
            f"{URL}, version unknown (expected 1.3), smoke, 1.3 s",
        ),
    ],
)
def test_the_second_line_is_about_the_target(facts: RunFacts, told: str) -> None:
    assert lines_of(passed_but(), facts)[1] == told


def test_what_was_written_is_said_to_be_back_or_not() -> None:
    restored = Written(resource="/api/business/me", state="restored and proven")
    sent = Written(resource="POST /orders", state="sent; nothing takes it back")
    facts = replace(FACTS, writes=(restored,))
    assert lines_of(passed_but(), facts)[-2] == (
        "left behind: nothing (1 write, restored and proven)"
    )
    facts = replace(FACTS, writes=(restored, sent))
    assert lines_of(passed_but(), facts, width=100)[-2] == (
        "left behind: nothing (1 write, restored and proven); not taken back: POST /orders"
    )


# -- rows ------------------------------------------------------------------------------------------


def test_the_time_of_an_api_is_what_its_checks_took_and_shared_requests_count_once(
    make_exchange: Callable[..., Exchange],
) -> None:
    login = (make_exchange(duration_s=0.2),)
    verdict = passed_but(
        outcome("settings::login", exchanges=login, duration_s=0.2),
        outcome("settings::save", exchanges=(make_exchange(),), duration_s=1.04),
        outcome("twilio::login", exchanges=login, duration_s=0.2),
        outcome("twilio::phone", duration_s=0.001),
    )
    assert lines_of(verdict)[3:5] == [
        f"{'  settings  pass   login, save':<73}1.2 s",
        f"{'  twilio    pass   login, phone':<72}shared",
    ]


def test_what_failed_comes_first_and_neighbours_with_one_result_are_told_together() -> None:
    login = outcome("twilio::login", Result.FAILED, category=Category.AUTH)
    later = [not_run(f"twilio::{stage}", login.name) for stage in ("phone", "state")]
    checks = [outcome("settings::save"), login, *later, outcome("twilio::refuse_no_token")]
    plan = [Planned(api=one.api, stage=one.stage, name=one.name) for one in checks]
    assert rows(judge(checks, plan=plan)) == [
        "twilio    FAIL   login FAILED, 2 not run, refuse_no_token ok",
        "settings  pass   save",
    ]


def test_own_tests_that_their_authors_left_out_are_skipped_and_no_others() -> None:
    """A skip and an expected failure are no results that something kept from running."""
    left_out = [
        replace(skipped("tests::call", reason, detail="why"), name=f"tests/test_it.py::{name}")
        for name, reason in (
            ("test_skip", SkipReason.USER),
            ("test_xfail", SkipReason.USER),
            ("test_write", SkipReason.READ_ONLY),
        )
    ]
    ran = [own_test(f"test_{name}") for name in "ab"]
    assert rows(passed_but(*ran, *left_out))[-1] == "tests     pass   2 ok, 2 skipped, 1 not run"


def test_a_test_that_ran_without_a_request_has_failed() -> None:
    """As every other report says, and as a check that is missing was not run."""
    idle = own_test("test_idle", Result.ERROR, category=Category.UNVERIFIED)
    gone = own_test(
        "test_gone", Result.ERROR, category=Category.UNVERIFIED, skip_reason=SkipReason.MISSING
    )
    assert rows(passed_but(idle, gone))[0] == "tests     inconclusive  test_idle FAILED, 1 not run"


def test_of_several_causes_each_row_says_which() -> None:
    login = outcome("twilio::login", Result.FAILED, category=Category.AUTH)
    verdict = passed_but(SAVE_FAILED, login, not_run("twilio::phone", login.name))
    assert rows(verdict) == [
        "settings  FAIL   login ok, save FAILED (2)",
        "twilio    FAIL   login FAILED (1), phone not run (1)",
    ]


def test_declared_checks_are_counted_and_those_that_failed_are_named() -> None:
    assert rows(passed_but(*map(declared, "abcd")))[2] == "orders    pass   4 checks"
    assert rows(passed_but(declared("the list")))[2] == "orders    pass   1 check"
    failed = declared("the list", Result.FAILED, category=Category.FETCH)
    left_out = not_run("o.toml::d", failed.name)
    verdict = passed_but(failed, declared("b"), declared("c"), replace(left_out, api="orders"))
    assert rows(verdict)[0] == "orders    FAIL   the list FAILED, 2 ok, 1 not run"


def test_what_fails_thousands_of_checks_does_not_name_them_all() -> None:
    everything = [
        declared(f"check {n}", Result.FAILED, category=Category.SAVE, expected="a", seen="b")
        for n in range(2000)
    ]
    plan = [Planned(api=one.api, stage=one.stage, name=one.name) for one in everything]
    text = " ".join(shown(judge(everything, plan=plan)).split())
    failed = ", ".join(f"check {n} FAILED" for n in range(4))
    assert f" orders FAIL {failed}, and 1996 more 1 o.toml::check 0," in text
    assert " o.toml::check 15, and 1984 more expected a" in text


def test_up_to_three_tests_of_a_user_are_named() -> None:
    tests = [own_test(f"test_{name}") for name in ("a", "b", "c", "d")]
    assert rows(passed_but(*tests[:3]))[2] == "tests     pass   test_a, test_b, test_c"
    assert rows(passed_but(*tests))[2] == "tests     pass   4 tests"
    named = "tests     pass   test_a, test_b, test_c, test_d"
    assert rows(passed_but(*tests), verbosity=1)[2] == named
    failed = own_test("test_e", Result.FAILED, category=Category.INVALID)
    assert rows(passed_but(*tests, failed))[0] == "tests     FAIL   test_e FAILED, 4 ok"


def test_many_stages_are_folded_under_each_other() -> None:
    names = [f"settings::stage_{number}" for number in range(5)]
    verdict = judge([outcome(name) for name in names], plan=())
    assert lines_of(verdict, width=60)[3:5] == [
        "  settings  pass   stage_0, stage_1, stage_2,",
        "                   stage_3, stage_4",
    ]


def test_a_check_that_is_not_required_and_one_that_was_left_out_are_said_to_be() -> None:
    verdict = judge(
        [
            outcome("settings::login"),
            skipped("settings::save", SkipReason.NOT_REQUIRED, detail="it failed"),
            skipped("settings::restore", SkipReason.READ_ONLY, detail="read-only"),
        ],
        plan=(),
    )
    assert rows(verdict) == [
        "settings  pass   login ok, restore not run, save failed, not",
        "required",
    ]


# -- causes ----------------------------------------------------------------------------------------


def test_a_failure_says_what_was_expected_got_where_and_what_to_do(
    make_exchange: Callable[..., Exchange],
) -> None:
    exchange = make_exchange(
        request_id="req-1",
        excerpt="<h1>Oops</h1>",
        curl='curl -sS -i -X PUT -H "Authorization: Bearer ""$APISMOKE_TOKEN" ' + "x" * 60,
    )
    failing = replace(SAVE_FAILED, exchanges=(make_exchange(curl="another"), exchange))
    later = not_run("settings::restore", failing.name)
    assert shown(passed_but(failing, later)) == dedent(
        """\
        FAIL: PUT /api/business/me answers 500
        https://api.example.com, version 1.2.3, smoke, 1.3 s

          settings  FAIL   login ok, save FAILED, restore not run                 0 ms
          twilio    pass   login, phone

        1  settings::save
           expected    the update to be accepted
           got         500 with an HTML page, 12 bytes
                       <h1>Oops</h1>
           where       PUT https://api.example.com/api/business/me
           to do       look into the target's log at the request id; the update changes
                       'description' only
           request id  req-1
           not run     1 check of settings
           repeat      curl -sS -i -X PUT -H "Authorization: Bearer ""$APISMOKE_TOKEN" \\
                         xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx

        exit code 3, save: the update was refused
        """
    )


def test_a_long_answer_without_spaces_is_shown_in_its_beginning(
    make_exchange: Callable[..., Exchange],
) -> None:
    exchange = make_exchange(excerpt='{"detail":"' + "x" * 300)
    text = shown(passed_but(replace(SAVE_FAILED, exchanges=(exchange,))))
    answer = '{"detail":"' + "x" * 147 + " …"
    assert f"{answer[:65]}\n{' ' * 15}{answer[65:130]}\n{' ' * 15}{answer[130:]}\n" in text


def refused(name: str, **details: object) -> Outcome:
    values = {"expected": "200", "seen": "401", "where": f"POST {URL}/login", "hint": "check it"}
    return outcome(name, Result.FAILED, category=Category.AUTH, **{**values, **details})


def test_one_cause_is_told_once() -> None:
    later = [
        not_run("settings::save", "settings::login"),
        not_run("twilio::phone", "twilio::login"),
    ]
    verdict = passed_but(refused("settings::login"), refused("twilio::login"), *later)
    assert shown(verdict) == dedent(
        """\
        FAIL: POST /login answers 401
        https://api.example.com, version 1.2.3, smoke, 1.3 s

          settings  FAIL   login FAILED, save not run
          twilio    FAIL   login FAILED, phone not run

        1  settings::login, twilio::login
           expected    200
           got         401
           where       POST https://api.example.com/login
           to do       check it
           not run     2 checks of settings and twilio

        exit code 1, auth: no usable token from login, or something is served without
        one
        """
    )


def test_several_causes_have_their_reasons_as_titles_and_the_earliest_stage_comes_first() -> None:
    verdict = passed_but(
        SAVE_FAILED,
        refused("settings::login"),
        own_test(
            "test_price",
            Result.FAILED,
            category=Category.INVALID,
            expected="assert price >= 0",
            seen="assert -4 >= 0",
            where="tests/test_it.py:21",
            hint="read it",
        ),
    )
    lines = lines_of(verdict)
    headline = "FAIL: POST /login answers 401, and 2 more causes"
    assert [line for line in lines if line[:1] in tuple("123F")] == [
        headline,
        "1  POST /login answers 401",
        "2  PUT /api/business/me answers 500",
        "3  test_price (tests/test_it.py:21)",
        headline,
    ]
    assert lines[-3:-1] == [
        "exit code 1, auth: no usable token from login, or something is served without",
        "one; also seen: save (1), invalid (1)",
    ]


def test_a_block_that_is_longer_than_a_screen_ends_with_its_headline() -> None:
    others = [
        declared(f"check {n}", Result.FAILED, category=Category.FETCH, where=f"GET {URL}/{n}")
        for n in range(6)
    ]
    lines = lines_of(passed_but(*others))
    assert len(lines) > 24
    assert lines[-1] == lines[0]


def test_of_many_causes_the_first_are_told_and_the_others_named() -> None:
    others = [
        declared(f"check {n}", Result.FAILED, category=Category.FETCH, where=f"GET {URL}/{n}")
        for n in range(12)
    ]
    plan = [Planned(api=one.api, stage=one.stage, name=one.name) for one in others]
    lines = lines_of(judge(others, plan=plan))
    last = lines.index("11  GET /10: expected , got")
    assert lines[last - 2 : last + 3] == [
        "   where       GET https://api.example.com/9",
        "",
        "11  GET /10: expected , got",
        "12  GET /11: expected , got",
        "",
    ]


BROKEN = outcome(
    "settings::save",
    Result.FAILED,
    category=Category.INVALID,
    expected="a response that matches the contract 'order'",
    seen="/id: expected x, got y; /: expected x, got y; and 1 more",
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
        '+ "id": "' + "x" * 60 + "…",
        '- "name": … (required)',
    ),
)


def test_a_broken_contract_says_which_places_and_shows_the_difference() -> None:
    assert dedent(
        f"""\
        1  settings::save
           expected    a response that matches the contract 'order'
           got         /id: expected x, got y
                       /: expected x, got y
                       /nobody/knows/where: expected x, got y
           where       GET https://api.example.com/orders/1
           contract    contracts/order.schema.json
                       #/a, #/required
           difference  @@ / @@
                         "before": 1
                       - "id": type integer
                       + "id": "{"x" * 56}
                       xxxx…
                       - "name": … (required)
           to do       compare them
        """
    ) in shown(passed_but(BROKEN))


def test_of_many_places_five_are_told() -> None:
    many = tuple(
        Violation(pointer=f"/{n}", expected="x", actual="y", schema_location=f"a.json#/{n}")
        for n in range(7)
    )
    failing = replace(BROKEN, seen=str(many[0]), violations=many, difference=())
    assert dedent(
        """\
        1  settings::save
           expected    a response that matches the contract 'order'
           got         /0: expected x, got y
                       /1: expected x, got y
                       /2: expected x, got y
                       /3: expected x, got y
                       /4: expected x, got y
                       and 2 more
           where       GET https://api.example.com/orders/1
           contract    a.json
                       #/0, #/1, #/2, #/3, #/4, and 2 more
           to do       compare them
        """
    ) in shown(passed_but(failing))


def test_a_command_with_a_long_body_has_more_room_below_its_label(
    make_exchange: Callable[..., Exchange],
) -> None:
    body = '\'{"email": "owner@example.com", "password": "\'"$APISMOKE_PASSWORD"\'"}\''
    login = make_exchange(method="POST", url=f"{URL}/login", status=500, curl=f"curl --data {body}")
    failing = replace(SAVE_FAILED, where=f"POST {URL}/login", exchanges=(login,))
    lines = lines_of(passed_but(failing))
    at = lines.index("   repeat")
    assert lines[at : at + 3] == [
        "   repeat",
        "     curl --data \\",
        f"       {body}",
    ]


@pytest.mark.parametrize(
    ("width", "title"),
    [
        (80, ["1  a.toml, line 14: [apis.orders] requird = false",
              "                                  ^^^^^^^"]),
        (40, ["1  a.toml, line 14:",
              "   [apis.orders] requird = false",
              "                 ^^^^^^^"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_shown_in_its_line(width: int, title: list[str]) -> None:
    excerpt = Excerpt(
        file="a.toml", line=14, text="[apis.orders] requird = false", start=14, length=7
    )
    mistake = misconfigured(
        expected="one of the keys enabled, required",
        seen="'requird'",
        where="a.toml, line 14, apis.orders.requird",
        hint="did you mean 'required'?",
        in_short=("a.toml has a key that does not exist: 'requird'",),
        excerpt=excerpt,
    )
    verdict = judge([outcome_of_run(Redactor(), mistake.failure)], plan=())
    lines = lines_of(verdict, width=width)
    at = lines.index(title[0])
    assert lines[at : at + len(title)] == title
    assert headline_of(verdict) == "MISCONFIGURED: a.toml has a key that does not exist: 'requird'"


# -- dirty, misconfigured, inconclusive ------------------------------------------------------------


def test_a_target_left_changed_is_said_first(make_exchange: Callable[..., Exchange]) -> None:
    dirty = outcome(
        "settings::save",
        Result.FAILED,
        category=Category.PERSIST,
        expected="the original document after restoring",
        seen="/greeting_style was the string 'Warm' and is the string 'Warm [apismoke 1198f038.1]'",
        in_short=("/greeting_style holds a probe",),
        where=f"PUT {URL}/api/business/me",
        hint="run the command above",
        dirty=True,
        exchanges=(make_exchange(),),
    )
    repair = "apismoke restore --target-url=https://api.example.com 1198f038"
    lines = lines_of(passed_but(dirty), replace(FACTS, repair=repair))
    assert lines[:6] == [
        "DIRTY: the target was left changed: /greeting_style holds a probe",
        "https://api.example.com, version 1.2.3, smoke, 1.3 s",
        "",
        f"  put it back  {repair}",
        "",
        "  settings  DIRTY  login ok, save FAILED                                  0 ms",
    ]
    assert lines[-1] == (
        "exit code 4, persist: what was written was not kept, or could not be restored"
    )
    assert lines_of(passed_but(dirty))[3] == (
        "  the target ends with this run: there is nothing to put back"
    )


USAGE = outcome(
    f"{RUN}::run",
    Result.ERROR,
    category=Category.USAGE,
    expected="the URL of the API to check",
    seen="an empty string",
    where="--target-url",
    hint="if it comes from a variable, that variable is not set",
)


def test_a_misconfigured_run_blames_no_target() -> None:
    verdict = judge([USAGE], plan=(), table="verdict")
    assert shown(verdict, replace(FACTS, target_url="", target_version=None)) == dedent(
        """\
        MISCONFIGURED: --target-url is empty
        nothing was sent

        1  --target-url
           expected    the URL of the API to check
           got         an empty string
           to do       if it comes from a variable, that variable is not set

        exit code 3, the gate itself is misconfigured
        """
    )


def test_what_was_sent_is_not_denied(make_exchange: Callable[..., Exchange]) -> None:
    polled = OwnExchange(purpose="readiness", exchange=make_exchange())
    verdict = judge([USAGE], plan=())
    assert lines_of(verdict, replace(FACTS, exchanges=(polled,)))[1].startswith(URL)


def test_apis_that_nothing_is_known_of_share_a_line() -> None:
    unready = outcome(
        f"{RUN}::preflight",
        Result.ERROR,
        category=Category.UNREADY,
        expected="the target to be ready within 60 s",
        seen="503",
        where=f"GET {URL}/health",
    )
    plan = [Planned(api=p.api, stage=p.stage, name=p.name) for p in PLAN]
    lines = lines_of(judge([unready], plan=plan), replace(FACTS, target_version=None))
    assert lines[:4] == [
        "INCONCLUSIVE: GET /health answers 503, not ready within 60 s",
        "https://api.example.com, smoke, 1.3 s",
        "",
        "  settings, twilio: not run",
    ]


# -- notes -----------------------------------------------------------------------------------------


def notes(verdict: Verdict, facts: RunFacts = FACTS, **asked: int) -> list[str]:
    """The notes, without what comes before and behind them."""
    return shown(verdict, facts, **asked).split("\n\n")[-2].splitlines()


def test_notes_are_folded_aligned_and_told_once() -> None:
    told = ("of the run", "of the run", "drift: GET /orders: /channel is not declared", "of " * 30)
    facts = replace(FACTS, notes=(*told, "warning: plain HTTP"))
    noted = passed_but(outcome("settings::login", notes=("the token was renewed",)))
    assert notes(noted, facts) == [
        "  warning  plain HTTP",
        "  note     of the run",
        "  note     of of of of of of of of of of of of of of of of of of of of of of of",
        "           of of of of of of of",
        "  note     settings::login: the token was renewed",
        "  drift    GET /orders: /channel is not declared",
    ]


def test_why_something_was_left_out_is_told_once() -> None:
    read_only = "read-only run: nothing was written, so persistence was not verified"
    plan = [Planned(api=p.api, stage=p.stage, name=p.name, required=False) for p in PLAN]
    left_out = [
        skipped(name, SkipReason.READ_ONLY, detail=read_only)
        for name in ("settings::save", "twilio::phone")
    ]
    verdict = judge([outcome("settings::login"), *left_out], plan=plan)
    assert notes(verdict) == [f"  note  {read_only}"]


def test_a_check_that_needed_a_second_attempt_says_so_and_why(
    make_exchange: Callable[..., Exchange],
) -> None:
    busy, lost = make_exchange(status=503), make_exchange(status=None, error="connection refused")
    again = (make_exchange(attempt=2, status=502), make_exchange(attempt=3))
    verdict = passed_but(
        outcome("settings::save", exchanges=(make_exchange(), busy, *again)),
        declared("the list", exchanges=(lost, make_exchange(attempt=2))),
    )
    assert [row[:60].rstrip() for row in rows(verdict)] == [
        "settings  flaky  login ok, save flaky",
        "orders    flaky  1 check, 1 needed a second try",
        "twilio    pass   login, phone",
    ]
    assert notes(verdict) == [
        "  flaky  settings: save: GET https://api.example.com/api: 503, asked again 2",
        "         times, then 200",
        "  flaky  orders: the list: GET https://api.example.com/api: connection refused,",
        "         asked again, then 200",
    ]


def test_a_check_that_failed_is_not_called_flaky(make_exchange: Callable[..., Exchange]) -> None:
    exchanges = (make_exchange(status=503), make_exchange(status=503, attempt=2))
    text = shown(passed_but(replace(SAVE_FAILED, exchanges=exchanges)))
    assert "save FAILED" in text
    assert "flaky" not in text


def slow(make_exchange: Callable[..., Exchange], slowest_s: float) -> Verdict:
    took = {"/a": (0.1, 0.2), "/b": (0.05,), "/c": (slowest_s,), "/d": (0.15,)}
    exchanges = tuple(
        make_exchange(url=f"{URL}{path}", duration_s=taken_s)
        for path, several in took.items()
        for taken_s in several
    )
    return passed_but(outcome("settings::save", exchanges=exchanges))


def test_slow_requests_are_told_the_slowest_first(make_exchange: Callable[..., Exchange]) -> None:
    told = [
        "  slowest   3.2 s  GET /c",
        "           200 ms  GET /a",
        "           150 ms  GET /d",
    ]
    assert notes(slow(make_exchange, 3.2)) == told
    told[0] = "  slowest  250 ms  GET /c"
    assert notes(slow(make_exchange, 0.25), verbosity=1) == told
    assert "slowest" not in shown(slow(make_exchange, 0.25))


def test_a_test_that_skips_itself_is_told_once() -> None:
    check = skipped("test_it.py::test_it", SkipReason.USER, detail="not today")
    facts = replace(FACTS, not_looked_at=("tests: test_it.py::test_it (not today)",))
    assert " ".join(notes(passed_but(check), facts)).count("not today") == 1


def test_what_was_not_looked_at_is_listed() -> None:
    unlooked = [f"GET /reports/{number} (a body of application/xml)" for number in range(18)]
    facts = replace(FACTS, not_looked_at=tuple(unlooked[:2]))
    assert notes(passed_but(), facts) == [
        f"  not looked at  {unlooked[0]}, GET /reports/1 (a",
        "                 body of application/xml)",
    ]
    many = notes(passed_but(), replace(facts, not_looked_at=tuple(unlooked)))
    assert sum(line.count("/reports/") for line in many) == 16
    assert many[-1].endswith("and 2 more")


TOTAL = Entry(name="GET /orders/{id}", contract="Shop", status=200, what=Break("/total", "type"))
NOTE = replace(TOTAL, name="contracts/orders.toml::one order", what=Break("", "required"))


def test_known_violations_are_counted_and_those_that_are_gone_are_told() -> None:
    facts = replace(FACTS, known=KnownUse(met=(TOTAL, NOTE), gone=(replace(TOTAL, status=404),)))
    assert notes(passed_but(), facts) == [
        "  known           2 known violations (contracts/known.toml)",
        "  known and gone  GET /orders/{id} (404): type at /total; delete it in",
        "                  contracts/known.toml, or run 'apismoke known write' with the",
        "                  options of this run",
    ]
    facts = replace(FACTS, known=KnownUse(met=(TOTAL, NOTE), new=(NOTE,)))
    assert notes(passed_but(), facts) == [
        "  known  2 known violations (contracts/known.toml, 1 of them not yet in it)"
    ]


# -- every terminal --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 100, 250])
def test_every_word_is_there_at_every_width(
    width: int, make_exchange: Callable[..., Exchange]
) -> None:
    curl = f"curl -sS -X PUT -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\" {URL}/a"
    exchange = make_exchange(request_id="0123456789", excerpt="a body " * 9, curl=curl)
    failing = replace(BROKEN, exchanges=(exchange,), violations=(), difference=())
    verdict = passed_but(failing, refused("twilio::login"))
    lines = lines_of(verdict, replace(FACTS, notes=("a note to be folded " * 9,)), width=width)
    words = " ".join(" ".join(lines).replace("\\ ", " ").split())
    parts = [text for one in (failing, refused("x")) for text in (one.expected, one.seen, one.hint)]
    assert [text for text in (*parts, curl, exchange.excerpt) if text.strip() not in words] == []
    # A word is never broken, and what is copied neither.
    longest = max(len(word) for word in [*words.split(), "'Authorization: Bearer '" + "x" * 20])
    folded = [line for line in lines if "-X" not in line and "-H" not in line]
    assert max(map(len, folded)) <= max(min(width, 100), longest + 17)


def test_a_narrow_terminal_has_labels_on_lines_of_their_own() -> None:
    verdict = passed_but(refused("settings::login"), refused("twilio::login"))
    assert lines_of(verdict, width=40)[:18] == [
        "FAIL: POST /login answers 401",
        "https://api.example.com",
        "version 1.2.3, smoke, 1.3 s",
        "",
        "  settings FAIL",
        "    login FAILED, save ok",
        "  twilio FAIL",
        "    login FAILED, phone ok",
        "",
        "1  settings::login, twilio::login",
        "   expected",
        "     200",
        "   got",
        "     401",
        "   where",
        "     POST https://api.example.com/login",
        "   to do",
        "     check it",
    ]


def test_an_output_without_unicode_gets_ascii(make_exchange: Callable[..., Exchange]) -> None:
    exchange = make_exchange(excerpt="é" * 300)
    verdict = passed_but(replace(BROKEN, exchanges=(exchange,)))
    text = "".join(
        line.text for line in render(Report(verdict=verdict, facts=FACTS), ascii_only=True)
    )
    assert text.isascii()
    assert '- "name": ... (required)' in text


def test_what_a_server_sent_neither_steers_the_terminal_nor_a_ci_system(
    make_exchange: Callable[..., Exchange],
) -> None:
    hostile = "\x1b[2J ::set-output name=a::b ##vso[task.complete] \r\n::error::"
    exchange = make_exchange(excerpt=hostile, request_id=f"::add-mask::{hostile}")
    failing = replace(SAVE_FAILED, seen=hostile, hint=hostile, exchanges=(exchange,))
    for line in lines_of(passed_but(failing), replace(FACTS, notes=(hostile,)), width=20):
        assert line.isprintable()
        assert not line.strip().startswith("::")
        assert "##vso[" not in line


# -- colours ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "dirty", "markup"),
    [
        (None, False, {"green": True, "bold": True}),
        (Category.SAVE, False, {"red": True, "bold": True}),
        (Category.PERSIST, True, {"red": True, "bold": True, "invert": True}),
        (Category.BUDGET, False, {"yellow": True, "bold": True}),
        (Category.USAGE, False, {"purple": True, "bold": True}),
    ],
)
def test_the_word_of_the_verdict_has_its_colour_and_the_reason_is_bold(
    category: Category | None, dirty: bool, markup: dict[str, bool]
) -> None:
    result = Result.FAILED if category else Result.PASSED
    verdict = passed_but(outcome("settings::save", result, category=category, dirty=dirty))
    word, reason = render(Report(verdict=verdict, facts=FACTS))[0].spans
    assert (word.markup, reason.markup) == (markup, {"bold": True})


def marked(lines: tuple[Line, ...], text: str) -> dict[str, bool]:
    """The markup of a part of a line."""
    return next(dict(s.markup) for line in lines for s in line.spans if s.text.strip() == text)


def test_a_difference_is_coloured_as_git_does_and_states_as_they_are_everywhere() -> None:
    later = not_run("settings::restore", "settings::save")
    lines = render(Report(verdict=passed_but(BROKEN, later), facts=FACTS))
    assert {
        text: marked(lines, text)
        for text in ("@@ / @@", '- "id": type integer', "FAIL", "FAILED", "not run", "pass", "1")
    } == {
        "@@ / @@": {"cyan": True},
        '- "id": type integer': {"red": True},
        "FAIL": {"red": True, "bold": True},
        "FAILED": {"red": True, "bold": True},
        "not run": {"light": True},
        "pass": {"green": True},
        "1": {"red": True, "bold": True},
    }
    assert marked(lines, f'+ "id": "{"x" * 56}') == {"green": True}
    assert (marked(lines, "to do"), marked(lines, "where")) == ({"bold": True}, {"light": True})
