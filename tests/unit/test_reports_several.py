"""The verdict on several targets on the terminal: a row for each, and what concerns the call."""

from __future__ import annotations

from dataclasses import replace

from pytest_apismoke.errors import Category
from pytest_apismoke.reports import several
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.verdict.judgement import RUN, judge
from pytest_apismoke.verdict.merging import merged
from pytest_apismoke.verdict.outcome import Outcome, Result

FACTS = RunFacts(
    mode="smoke",
    target_url="",
    target_version="1.4.0",
    started_at="2026-01-01T12:00:00Z",
    duration_s=1.64,
)
EU, US = "https://eu.example.com", "https://us.example.com"


def check(result: Result, **details: object) -> Outcome:
    values = {"api": "settings", "stage": "save", "name": "settings::save", "outcome": result}
    return Outcome(**{**values, **details})  # type: ignore[arg-type]  # the fields of an outcome


def judged(target: str, outcome: Outcome, **facts: object) -> Judged:
    about = replace(FACTS, target_url=target, **facts)  # type: ignore[arg-type]  # what a test asks for
    return Judged(target=target, verdict=judge([outcome], plan=()), facts=about)


def failed(target: str, **details: object) -> Outcome:
    return check(
        Result.FAILED,
        category=Category.SAVE,
        expected="the update to be accepted",
        seen="500 with an HTML page, 12 bytes",
        where=f"PUT {target}/api/me",
        **details,
    )


def report(*targets: Judged, notes: tuple[str, ...] = ()) -> Report:
    verdict = merged([one.verdict for one in targets], table="category", api_codes={})
    return Report(verdict=verdict, facts=replace(FACTS, notes=notes), targets=targets)


def shown(of: Report, **asked: int) -> list[str]:
    rendered = several.render(of, **{"width": 80, **asked})  # type: ignore[arg-type]  # what a test asks for
    return [line.text for line in rendered]


WELL = judged(EU, check(Result.PASSED, verified=True))


def test_each_target_has_a_row_with_its_reason() -> None:
    assert shown(report(WELL, judged(US, failed(US)), notes=("the versions differ",))) == [
        "",
        "FAIL: PUT /api/me answers 500",
        "2 targets, smoke, 1.6 s",
        "",
        f"  {EU}  pass   1 check of 1 API, version 1.4.0         1.6 s",
        f"  {US}  FAIL   PUT /api/me answers 500, version        1.6 s",
        f"{'':<33}1.4.0",
        "",
        "  note  the versions differ",
        "",
        "exit code 3, save: the update was refused",
    ]


def test_a_target_that_was_left_changed_has_its_command() -> None:
    dirty = judged(US, failed(US, dirty=True), repair=f"apismoke restore --target-url={US} 1a")
    assert f"  put it back  apismoke restore --target-url={US} 1a" in shown(report(WELL, dirty))


def test_what_concerns_the_whole_call_is_told_in_full() -> None:
    ended = Outcome(
        api=RUN,
        stage="run",
        name=f"{RUN}::run",
        outcome=Result.ERROR,
        category=Category.INTERNAL,
        expected="the gate against this target to run",
        seen="an end with 7 and without a verdict",
        where=US,
        hint="please report it",
    )
    whole = Judged(target="", verdict=judge([ended], plan=()), facts=FACTS)
    lines = shown(report(WELL, whole))
    assert lines[lines.index("1  apismoke::run") :][:5] == [
        "1  apismoke::run",
        "   expected    the gate against this target to run",
        "   got         an end with 7 and without a verdict",
        f"   where       {US}",
        "   to do       please report it",
    ]


def test_a_call_that_was_refused_has_no_rows_and_a_quiet_one_a_line() -> None:
    refused = check(
        Result.ERROR,
        name=f"{RUN}::run",
        api=RUN,
        category=Category.USAGE,
        expected="each target once",
        seen=f"{EU} twice",
        where="--target-url",
    )
    whole = Judged(target="", verdict=judge([refused], plan=()), facts=FACTS)
    assert shown(report(whole))[:2] == [
        f"MISCONFIGURED: --target-url: {EU} twice, expected each target",
        "  once",
    ]
    assert len(shown(report(WELL), verbosity=-1)) == 1
