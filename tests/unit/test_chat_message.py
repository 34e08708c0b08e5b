"""The message on a verdict: verdict, target and reason; how far it goes; what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.reports_in_memory import (
    FACTS,
    URL,
    contract_broken,
    failed,
    fetch_failed,
    judged,
    new_exchange,
    not_run,
    passed,
    report_of,
)

from pytest_apismoke.errors import Category
from pytest_apismoke.reports.chat_message import Before, Message, message_of
from pytest_apismoke.reports.report import Report
from pytest_apismoke.system.ci_run import CiRun
from pytest_apismoke.verdict.exit_codes import Judgement

RUN = CiRun(
    system="GitHub Actions",
    name="deploy #1284",
    url="https://ci.example.com/runs/1284",
    commit="4c1e07b",
)
FETCH = new_exchange(url=f"{URL}/api/business/me", status=500, request_id="c9f0f895")


def told(report: Report, *, ci_run: CiRun | None = None, before: Before | None = None) -> Message:
    return message_of(report, ci_run=ci_run, before=before)


def test_a_failure_is_told_in_three_lines() -> None:
    report = report_of(
        fetch_failed([FETCH]),
        replace(fetch_failed([FETCH]), api="calendar", name="calendar::fetch"),
        not_run("settings::save", "settings::fetch"),
        contract_broken([new_exchange(url=f"{URL}/api/orders?limit=5")]),
        passed("catalog::the list"),
        passed("tests::search"),
    )
    far = "settings and calendar stop at fetch; orders breaks its contract; catalog and tests pass."
    to_do = "Look into the target's log at the request id (c9f0f895)"
    page = "https://ci.example.com/runs/1284"
    plain = f"{far}\n{to_do} · deploy #1284: {page} · 4c1e07b"
    assert told(report, ci_run=RUN) == Message(
        title="🔴 FAIL api.example.com 2026.11.27-3: GET /api/business/me answers 500, and 1 more"
        " cause (exit code 2, fetch)",
        plain=plain,
        markdown=f"{far}  \n{to_do} · [deploy #1284]({page}) · 4c1e07b",
        html=f"{far}<br>\n{to_do} · deploy #1284: {page} · 4c1e07b",
    )


def test_a_pass_after_a_failure_says_how_long_that_was() -> None:
    before = Before(
        verdict=Judgement.FAIL, summary="GET /api/business/me answers 500", lasted_s=52_380
    )
    message = told(report_of(passed("settings::fetch")), before=before)
    assert message.title == (
        "🟢 PASS api.example.com 2026.11.27-3: 1 check of 1 API, everything required was verified"
        " (exit code 0)"
    )
    assert message.plain == "It was FAIL for 14 h 33 min: GET /api/business/me answers 500."


def test_a_message_is_never_empty() -> None:
    assert told(report_of(passed("settings::fetch"))).plain == "smoke run, 6.2 s"


def test_a_failure_that_lasts_says_since_when() -> None:
    before = Before(verdict=Judgement.FAIL, summary="", lasted_s=59)
    message = told(report_of(fetch_failed([FETCH])), before=before)
    assert message.plain.splitlines()[0] == (
        "settings stops at fetch. It has been FAIL for less than a minute."
    )


def test_a_target_that_was_left_changed_has_the_command_in_the_second_line() -> None:
    dirty = failed("settings::restore", Category.PERSIST, "a", "b", "", "put it back", dirty=True)
    facts = replace(FACTS, repair="apismoke restore --target-url=https://api.example.com")
    report = report_of(fetch_failed(), dirty, facts=facts)
    message = told(report)
    assert message.title.startswith(f"🟣 DIRTY api.example.com 2026.11.27-3: {report.summary} (")
    assert message.plain == (
        "Put it back: apismoke restore --target-url=https://api.example.com\nPut it back"
    )


@pytest.mark.parametrize(
    ("category", "begins"),
    [
        (Category.UNREADY, "🟡 INCONCLUSIVE api.example.com 2026.11.27-3: "),
        (Category.USAGE, "⚪ MISCONFIGURED api.example.com 2026.11.27-3: "),
    ],
)
def test_other_verdicts_have_dots_of_their_own(category: Category, begins: str) -> None:
    report = report_of(failed("settings::fetch", category, "a", "b", "", "do it"))
    assert told(report).title.startswith(begins)


def test_several_targets_are_one_message() -> None:
    bad, good = (
        judged("https://a.example", fetch_failed()),
        judged("https://b.example", passed("settings::fetch")),
    )
    whole = report_of(fetch_failed(), facts=replace(FACTS, target_url="a, b"))
    message = told(replace(whole, targets=(bad, good)))
    assert message.title.startswith("🔴 FAIL 2 targets: ")
    assert message.plain.splitlines()[0] == "FAIL: a.example; PASS: b.example."


def test_many_apis_are_counted() -> None:
    checks = [replace(fetch_failed(), api=f"api-{n}", name=f"api-{n}::fetch") for n in range(9)]
    message = told(report_of(*checks))
    assert message.plain.splitlines()[0] == (
        "api-0, api-1, api-2, api-3, api-4, api-5 and 3 more stop at fetch."
    )


def test_tests_of_a_user_fail_and_stop_at_no_phase_of_pytest() -> None:
    broken = replace(fetch_failed(), api="tests", stage="setup", name="test_it.py::test_it")
    message = told(report_of(broken, passed("orders::list")))
    assert message.plain.splitlines()[0] == "tests fail; orders passes."


def test_words_of_a_target_call_nobody_and_are_no_links() -> None:
    hostile = "<!channel> @everyone [now](https://evil.example) `rm`\n::error::x <@U1>"
    checked = failed("a::b", Category.FETCH, "x", hostile, "", hostile)
    message = told(report_of(checked))
    for text in (message.title, message.plain, message.markdown):
        assert "@everyone" not in text
        assert "<!" not in text
        assert "<@" not in text
        assert "](" not in text
        assert "`" not in text
        assert "\n::" not in text


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_words_make_a_message_of_few_lines(seen: str, hint: str) -> None:
    message = told(report_of(failed("a::b", Category.FETCH, "x", seen, "", hint)), ci_run=RUN)
    assert len(message.title.splitlines()) == 1
    assert len(message.plain.splitlines()) <= 2
    assert "<script" not in message.html
