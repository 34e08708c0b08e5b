"""A rehearsal ends with 0, and tells the true verdict everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from unit.test_reports_terminal import FACTS, outcome

from pytest_apismoke.configuration.settings import is_rehearsal
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Category
from pytest_apismoke.modes import ExitCodes
from pytest_apismoke.reports import ctrf, json_report, junit, markdown, terminal
from pytest_apismoke.reports.annotations import annotations_of
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.judgement import Verdict, judge
from pytest_apismoke.verdict.merging import merged
from pytest_apismoke.verdict.outcome import Outcome, Result

SAVED = outcome("settings::save")
FAILED = outcome(
    "settings::fetch",
    Result.FAILED,
    category=Category.FETCH,
    expected="200",
    seen="500",
    where="GET https://api.example.com/api/business/me",
)
MISUSED = replace(FAILED, outcome=Result.ERROR, category=Category.USAGE)
INTERRUPTED = replace(FAILED, outcome=Result.ERROR, category=Category.INTERRUPTED)
DIRTY = replace(FAILED, category=Category.PERSIST, dirty=True)


def rehearsed(*outcomes: Outcome, table: ExitCodes = "category") -> Verdict:
    return replace(judge(outcomes, plan=(), table=table), is_rehearsal=True)


def report_of(*outcomes: Outcome) -> Report:
    return Report(verdict=rehearsed(*outcomes), facts=FACTS)


@pytest.mark.parametrize(
    ("found", "table", "code", "ends_with"),
    [
        (SAVED, "category", 0, 0),
        (FAILED, "category", 2, 0),
        (FAILED, "api", 1, 0),
        (MISUSED, "verdict", 3, 0),
        (INTERRUPTED, "verdict", 2, 0),
        (DIRTY, "category", 4, 4),
        (DIRTY, "verdict", 4, 4),
    ],
)
def test_all_but_a_target_that_was_left_changed_ends_with_0(
    found: Outcome, table: ExitCodes, code: int, ends_with: int
) -> None:
    verdict = rehearsed(found, table=table)
    assert (verdict.exit_code, verdict.ends_with) == (code, ends_with)
    real = replace(verdict, is_rehearsal=False)
    assert (real.exit_code, real.ends_with) == (code, code)


@pytest.mark.parametrize(
    ("found", "headline", "last"),
    [
        (
            SAVED,
            "PASS (rehearsal): 1 check of 1 API, everything required was verified",
            "rehearsal: exit code 0",
        ),
        (
            FAILED,
            "FAIL (rehearsal, exit code 0 instead of 2): GET /api/business/me answers 500",
            "rehearsal: exit code 0 instead of 2, fetch: no usable response",
        ),
    ],
)
def test_the_first_and_the_last_line_say_so(found: Outcome, headline: str, last: str) -> None:
    lines = [one.text for one in terminal.render(report_of(found), width=100)]
    told = [line for line in lines if line]
    assert (told[0], told[-1]) == (headline, last)


def test_a_changed_target_keeps_its_exit_code_and_says_why() -> None:
    lines = [one.text for one in terminal.render(report_of(DIRTY), width=120)]
    told = [line for line in lines if line]
    assert told[0].startswith(
        "DIRTY (rehearsal, exit code 4 in a rehearsal too: the target was left changed): "
    )
    last = " ".join(told[-2:])
    assert last.startswith(
        "rehearsal: exit code 4 in a rehearsal too: the target was left changed, "
    )


def test_the_line_of_a_quiet_run_says_so() -> None:
    (line,) = terminal.render(report_of(SAVED), width=100, verbosity=-1)
    assert line.text == (
        "PASS (rehearsal): 1 check of 1 API, https://api.example.com, 1.3 s; exit code 0"
    )


def test_the_json_report_has_the_code_of_the_verdict_and_that_of_the_process() -> None:
    told = json_report.document(report_of(FAILED))
    picked = {name: told[name] for name in ("verdict", "exit_code", "rehearsal")}
    assert picked == {"verdict": "fail", "exit_code": 2, "rehearsal": {"exit_code": 0}}
    real = replace(report_of(FAILED), verdict=replace(rehearsed(FAILED), is_rehearsal=False))
    assert "rehearsal" not in json_report.document(real)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ctrf.render(report_of(FAILED)), '"rehearsal"'),
        (junit.render(report_of(FAILED)), 'name="apismoke_rehearsal" value="0"'),
        (markdown.render(report_of(FAILED)), "FAIL (rehearsal, exit code 0 instead of 2)"),
        (markdown.render(report_of(FAILED)), "**exit code 0 instead of 2**"),
    ],
)
def test_other_formats_say_so(text: str, said: str) -> None:
    assert said in text


def test_annotations_say_so() -> None:
    (first,) = annotations_of(report_of(FAILED), lambda _: False)
    assert first.title.startswith("FAIL (rehearsal, exit code 0 instead of 2): ")


def test_of_several_targets_one_that_was_left_changed_decides() -> None:
    passed, failed, dirty = rehearsed(SAVED), rehearsed(FAILED), rehearsed(DIRTY)
    codes = [
        merged(one, table="category", api_codes={}).ends_with
        for one in ([passed, failed], [failed, dirty])
    ]
    assert codes == [0, 4]


@pytest.mark.parametrize(
    ("options", "environ", "ini", "expected"),
    [
        ({}, {}, {}, False),
        ({"--smoke-rehearse": True}, {}, {}, True),
        ({}, {"APISMOKE_REHEARSE": "yes"}, {}, True),
        ({}, {"APISMOKE_REHEARSE": "no"}, {"apismoke_rehearse": "yes"}, False),
        ({}, {}, {"apismoke_rehearse": "true"}, True),
        ({}, {"APISMOKE_REHEARSE": "maybe"}, {}, False),
    ],
)
def test_it_is_asked_for(
    options: dict[str, bool], environ: dict[str, str], ini: dict[str, str], *, expected: bool
) -> None:
    there = {"APISMOKE_TARGET_URL": "https://api.example.com"}
    raw = RawSettings(options=options, environ=environ | there, ini=ini, directory=Path())
    assert is_rehearsal(raw) is expected


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        ({}, {}),
        ({"--target-url": ""}, {}),
        ({}, {"APISMOKE_TARGET_URL": " "}),
        ({"--target-url": ""}, {"APISMOKE_TARGET_URL": "https://api.example.com"}),
    ],
)
def test_without_a_target_nothing_is_rehearsed(
    options: dict[str, str], environ: dict[str, str]
) -> None:
    """A variable that is missing never turns into a green run."""
    given: dict[str, str | bool] = {"--smoke-rehearse": True, **options}
    raw = RawSettings(options=given, environ=environ, ini={}, directory=Path())
    assert is_rehearsal(raw) is False
