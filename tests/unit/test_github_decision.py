"""What becomes of the issue of a target, for each state of it and each verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from unit.github_reports import BROKEN, GREEN, REFUSED, TARGET, UNREADY, dirty_run, failed, run

from pytest_apismoke.github.issue_decision import Issue, Plan, Step, decide
from pytest_apismoke.github.markers import Last, digest_of, last_line, marker
from pytest_apismoke.github.reported import ReportedRun

NOW = datetime(2026, 11, 27, 18, tzinfo=timezone.utc)
FAIL, PASS, DIRTY = run(*BROKEN), run(*GREEN), dirty_run()
UNVERIFIED, MISCONFIGURED = run(*UNREADY), run(*REFUSED)
OTHER_FAIL = run(failed("settings", "fetch", seen="418", where="GET /other", exchanges=()))
BEFORE = Last(
    verdict="fail",
    at="2026-11-27T12:00:00Z",
    since="2026-11-26T09:00:00Z",
    failing="settings",
    mode="smoke",
    causes=digest_of(FAIL),
    summary=FAIL.summary,
)


def issue(
    last: Last = BEFORE, *, number: int = 5, closed_at: str = "", reason: str = "completed"
) -> Issue:
    return Issue(
        number=number,
        url="",
        is_open=not closed_at,
        title="",
        body=f"{marker(TARGET)}\n{last_line(last)}\n",
        closed_at=closed_at,
        state_reason=reason if closed_at else "",
    )


YESTERDAY, LONG_AGO = "2026-11-26T18:00:00Z", "2026-10-01T00:00:00Z"
OPEN, CLOSED, OLD = issue(), issue(closed_at=YESTERDAY), issue(closed_at=LONG_AGO)
GREEN_SINCE = issue(replace(BEFORE, verdict="pass", causes=""), closed_at=YESTERDAY)
MUTED = issue(closed_at=LONG_AGO, reason="not_planned")
WAS_DIRTY = issue(replace(BEFORE, verdict="dirty", causes=digest_of(DIRTY)))


def plan_for(one: ReportedRun, *issues: Issue) -> Plan:
    return decide(one, issues, now=NOW, reopened_within=timedelta(days=7), commit="4c1e07b")


@pytest.mark.parametrize(
    ("one", "before", "steps"),
    [
        # Broken: there is an open issue from then on.
        (FAIL, None, "open"),
        (FAIL, OPEN, "rewrite"),
        (OTHER_FAIL, OPEN, "rewrite comment"),
        (FAIL, CLOSED, "rewrite reopen comment"),
        (FAIL, GREEN_SINCE, "rewrite reopen comment"),
        (FAIL, OLD, "open"),
        # Somebody lives with just these causes.
        (FAIL, MUTED, ""),
        (OTHER_FAIL, MUTED, "open"),
        # Left changed: somebody has to act.
        (DIRTY, None, "open"),
        (DIRTY, OPEN, "rewrite comment"),
        (DIRTY, WAS_DIRTY, "rewrite"),
        (DIRTY, CLOSED, "rewrite reopen comment"),
        (DIRTY, MUTED, "open"),
        # Green: an open issue is closed.
        (PASS, None, ""),
        (PASS, OPEN, "rewrite comment close"),
        (PASS, CLOSED, "rewrite"),
        (PASS, GREEN_SINCE, ""),
        # No evidence: nothing is opened or closed.
        (UNVERIFIED, None, ""),
        (UNVERIFIED, OPEN, "rewrite"),
        (UNVERIFIED, CLOSED, ""),
        (MISCONFIGURED, None, ""),
        (MISCONFIGURED, OPEN, "rewrite"),
        (MISCONFIGURED, CLOSED, ""),
    ],
)
def test_the_state_and_the_verdict_give_the_steps(
    one: ReportedRun, before: Issue | None, steps: str
) -> None:
    plan = plan_for(one, *([before] if before else []))
    assert plan.steps == tuple(Step(step) for step in steps.split())


@pytest.mark.parametrize(
    ("one", "before", "why"),
    [
        (FAIL, None, "FAIL: GET /api/business/me answers 500"),
        (FAIL, OPEN, "is as it was: FAIL: GET /api/business/me answers 500"),
        (FAIL, CLOSED, "is broken again: FAIL: GET /api/business/me answers 500"),
        (FAIL, MUTED, "was closed as not planned, and the causes are the same"),
        (PASS, None, "is green, and has no issue"),
        (PASS, OPEN, "is green again"),
        (PASS, GREEN_SINCE, "is green, and its issue is closed"),
        (
            UNVERIFIED,
            OPEN,
            "stays open: the run was inconclusive, which says nothing about the target",
        ),
        (
            MISCONFIGURED,
            None,
            "is left as it is: the run was misconfigured, which says nothing about the target",
        ),
    ],
)
def test_a_plan_says_why(one: ReportedRun, before: Issue | None, why: str) -> None:
    assert plan_for(one, *([before] if before else [])).why == why


def test_what_a_person_has_opened_again_after_a_green_run_is_left_to_them() -> None:
    closed_when_green = plan_for(PASS, OPEN).last
    opened_again = issue(replace(closed_when_green, at="2026-11-27T17:00:00Z"))
    plan = plan_for(PASS, opened_again)
    assert (plan.steps, plan.why) == (
        (),
        "is green; its issue was opened again by somebody, and is left to them",
    )
    # Once the target is broken, it is the gate's again.
    assert plan_for(FAIL, opened_again).steps == (Step.REWRITE, Step.COMMENT)


def test_the_oldest_open_issue_stays_and_the_others_are_duplicates() -> None:
    first, second, third = issue(number=7), issue(number=9), issue(number=11)
    plan = plan_for(FAIL, third, first, CLOSED, second)
    assert (plan.issue, plan.duplicates) == (first, (second, third))


def test_of_closed_issues_the_last_one_counts() -> None:
    newer = issue(number=4, closed_at=YESTERDAY)
    assert plan_for(FAIL, OLD, newer, issue(number=9, closed_at=LONG_AGO)).issue == newer


def test_the_word_of_an_earlier_run_changes_nothing() -> None:
    """Two pipelines may end in another order than they began."""
    later = issue(replace(BEFORE, at="2026-11-27T17:50:00Z"))
    for one in (FAIL, PASS, DIRTY, UNVERIFIED):
        plan = plan_for(one, later)
        assert (plan.steps, plan.why) == ((), "has the word of a later run already")


def test_a_green_run_closes_only_what_it_has_looked_at() -> None:
    before = issue(replace(BEFORE, failing="orders,settings"))
    plan = plan_for(PASS, before)
    assert plan.steps == (Step.REWRITE,)
    assert plan.why == "stays open: the run is green, and did not look at orders"
    assert plan.last.failing == "orders,settings"


def test_a_green_smoke_run_does_not_close_what_a_full_one_saw_broken() -> None:
    before = issue(replace(BEFORE, mode="full"))
    plan = plan_for(PASS, before)
    assert plan.steps == (Step.REWRITE,)
    assert plan.why == "stays open: the run is green, and did not look at what a full run looks at"
    closed = plan_for(run(*GREEN, mode="full"), before)
    assert closed.steps == (Step.REWRITE, Step.COMMENT, Step.CLOSE)


def test_what_one_run_saw_broken_is_remembered_by_the_next_that_does_not_look_at_it() -> None:
    before = issue(replace(BEFORE, failing="orders", mode="full"))
    last = plan_for(FAIL, before).last
    assert (last.failing, last.mode) == ("orders,settings", "full")


def test_an_issue_remembers_what_the_run_said() -> None:
    assert plan_for(FAIL, OPEN).last == Last(
        verdict="fail",
        at="2026-11-27T17:42:00Z",
        run="1198f038",
        since="2026-11-26T09:00:00Z",
        version="2026.11.27-3",
        commit="4c1e07b",
        summary="GET /api/business/me answers 500",
        failing="settings",
        mode="smoke",
        causes=digest_of(FAIL),
    )


def test_a_target_that_breaks_again_is_broken_since_then() -> None:
    assert plan_for(FAIL, CLOSED).last.since == FAIL.started_at


def test_a_run_that_could_not_verify_keeps_what_was_broken() -> None:
    last = plan_for(UNVERIFIED, OPEN).last
    assert (last.verdict, last.causes, last.failing) == (
        "inconclusive",
        BEFORE.causes,
        BEFORE.failing,
    )
    # So the next run finds it as it was.
    assert plan_for(run(*BROKEN, started_at="2026-11-27T17:50:00Z"), issue(last)).steps == (
        Step.REWRITE,
    )


def test_an_issue_without_a_memory_is_rewritten() -> None:
    """A person may have emptied its text but for the first line."""
    plan = plan_for(FAIL, replace(OPEN, body=marker(TARGET)))
    assert plan.steps == (Step.REWRITE, Step.COMMENT)
