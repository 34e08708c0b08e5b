"""The annotations of a verdict: the headline first, ten at most, in the file where a cause lies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit.reports_in_memory import (
    FACTS,
    URL,
    contract_broken,
    failed,
    fetch_failed,
    new_exchange,
    not_run,
    passed,
    report_of,
)

from pytest_apismoke.errors import Category, Excerpt
from pytest_apismoke.reports.annotations import Annotation, annotations_of
from pytest_apismoke.reports.report import Report


def told(report: Report, *files: str) -> tuple[Annotation, ...]:
    return annotations_of(report, set(files).__contains__)


def test_a_pass_says_nothing() -> None:
    assert told(report_of(passed("settings::fetch"))) == ()


def test_each_cause_is_told_once_and_the_first_has_the_headline() -> None:
    fetch = new_exchange(url=f"{URL}/api/business/me", status=500, request_id="c9f0f895")
    orders = new_exchange(url=f"{URL}/api/orders?limit=5", status=200)
    report = report_of(
        contract_broken([orders]),
        fetch_failed([fetch]),
        not_run("settings::save", "settings::fetch"),
        not_run("settings::persist", "settings::save"),
    )
    assert told(report, "contracts/order-list.schema.json") == (
        Annotation(
            level="error",
            title="FAIL: GET /api/business/me answers 500",
            text="expected 200 with the settings document, got 500 with application/json,"
            f" 88 bytes. Where: GET {URL}/api/business/me. To do: look into the target's log at the"
            " request id. Request id c9f0f895. 2 checks not run because of it.",
        ),
        Annotation(
            level="error",
            title="GET /api/orders?limit=5 breaks its contract in 2 places",
            text="/items/3/total: expected a number, got the string '129.00'; and 1 more place."
            f" Where: GET {URL}/api/orders?limit=5. To do: compare the response with the contract.",
            file="contracts/order-list.schema.json",
        ),
    )


def test_what_was_left_changed_comes_first_with_the_command_that_restores_it() -> None:
    dirty = failed(
        "settings::restore",
        Category.PERSIST,
        "the original to be back",
        "the probe in /greeting_style",
        "",
        "put it back",
        dirty=True,
    )
    facts = replace(FACTS, repair="apismoke restore --target-url=https://api.example.com")
    report = report_of(fetch_failed(), dirty, facts=facts)
    first, second = told(report)
    assert first == Annotation(
        level="error",
        title=f"DIRTY: {report.causes[1].summary}",
        text="expected the original to be back, got the probe in /greeting_style. To do: put it"
        " back. Put the target back: apismoke restore --target-url=https://api.example.com.",
    )
    assert second.title == report.causes[0].summary


@pytest.mark.parametrize(
    ("where", "file", "line"),
    [
        ("apismoke.toml, line 7, document.path", "apismoke.toml", "7"),
        ("contracts/a.toml, line 12", "contracts/a.toml", "12"),
        ("contracts/a.schema.json#/properties", "contracts/a.schema.json", ""),
        ("tests/test_a.py:7: AssertionError", "tests/test_a.py", "7"),
        ("tests/test_a.py::test_a", "tests/test_a.py", ""),
        ("GET https://api.example.com/a", "", ""),
        ("environment variable APISMOKE_TARGET_URL", "", ""),
        ("gone.toml, line 7", "", ""),
        ("", "", ""),
    ],
)
def test_a_cause_in_a_file_of_the_repository_is_shown_there(
    where: str, file: str, line: str
) -> None:
    files = ("apismoke.toml", "contracts/a.toml", "contracts/a.schema.json", "tests/test_a.py")
    wrong = failed("apismoke::run", Category.USAGE, "a", "b", where, "correct it")
    (annotation,) = told(report_of(wrong), *files)
    assert (annotation.file, annotation.line) == (file, line)


def test_a_cause_is_shown_in_the_line_that_is_to_blame() -> None:
    orders = new_exchange(url=f"{URL}/api/orders?limit=5", status=200)
    broken = report_of(contract_broken([orders]))
    file = "contracts/order-list.schema.json"
    place = next(one for check in broken.verdict.checks for one in check.violations)
    lines = {place.schema_location: 14}
    known = replace(broken, facts=replace(broken.facts, contract_lines=lines))
    excerpt = Excerpt(file="apismoke.toml", line=3, text="a = 1", start=0, length=1)
    usage = failed("apismoke::run", Category.USAGE, "a key", "'a'", "the file", "correct it")
    mistake = report_of(replace(usage, excerpt=excerpt))
    shown = [*told(known, file), *told(broken, file), *told(mistake, "apismoke.toml")]
    assert [(one.file, one.line) for one in shown] == [
        (file, "14"),
        (file, ""),
        ("apismoke.toml", "3"),
    ]


def test_a_users_test_is_shown_in_its_own_file() -> None:
    wrong = failed("tests/test_a.py::test_b", Category.INVALID, "a", "b", "", "look at it")
    (annotation,) = told(report_of(wrong), "tests/test_a.py")
    assert annotation.file == "tests/test_a.py"


def test_ten_are_told_at_most_and_the_last_names_the_rest() -> None:
    causes = [
        failed(f"a::{n:02}", Category.FETCH, "x", f"y{n}", f"GET {URL}/{n:02}", "z")
        for n in range(12)
    ]
    assert len(told(report_of(*causes[:10]))) == 10
    report = report_of(*causes)
    annotations = told(report)
    assert len(annotations) == 10
    assert annotations[-1] == Annotation(
        level="error",
        title="and 3 more causes",
        text="; ".join(cause.summary for cause in report.causes[9:]) + ".",
    )


def test_flaky_checks_are_warnings_in_what_room_is_left() -> None:
    url = f"{URL}/api/catalog"
    asked_again = [
        new_exchange(url=url, status=503, attempt=1),
        new_exchange(url=url, status=200, attempt=2),
    ]
    flaky = [passed(f"catalog::{n:02}", exchanges=tuple(asked_again), retries=1) for n in range(12)]
    annotations = told(report_of(fetch_failed(), *flaky))
    assert len(annotations) == 10
    assert annotations[1] == Annotation(
        level="warning",
        title="flaky: catalog::00",
        text="503 first, asked again once, then it passed.",
    )


def test_a_title_and_a_text_have_a_limit() -> None:
    name = "a" * 300
    flaky = passed(f"catalog::{name}", exchanges=(new_exchange(attempt=2),), retries=1)
    long = failed("a::b", Category.FETCH, "x" * 900, "y" * 900, "", "z" * 900)
    error, warning = told(report_of(long, flaky))
    assert len(error.text) == 1200
    assert error.text.endswith("…")
    assert warning.title == f"flaky: catalog::{name}"[:199] + "…"
