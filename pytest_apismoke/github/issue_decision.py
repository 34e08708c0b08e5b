"""What becomes of the issue of a target: its state, and a verdict, give the steps. Pure.

A target that was seen broken, or was left changed, has an open issue until a run that looked at
everything that was broken is green. A run that could not verify neither opens nor closes one: it is
no evidence about the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from pytest_apismoke.github.markers import Last, digest_of, is_older, joined, last_of, moment
from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement

BROKEN = frozenset({Judgement.FAIL, Judgement.DIRTY})
#: GitHub's reason for an issue that a person has closed without having it solved.
NOT_PLANNED = "not_planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue as GitHub has it; `closed_at` is in UTC (RFC 3339), empty while it is open."""

    number: int
    url: str
    is_open: bool
    title: str
    body: str
    state_reason: str = ""
    closed_at: str = ""

    @property
    def last(self) -> Last:
        """What the last run said."""
        return last_of(self.body)


class Step(str, Enum):
    """One change of an issue."""

    OPEN = "open"
    REWRITE = "rewrite"
    COMMENT = "comment"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do: the steps in order, with the issue that they are about (none to open one).

    `last` is what the issue remembers from then on; `why` is the end of a sentence about it;
    `duplicates` are younger open issues of the same target, which are closed.
    """

    steps: tuple[Step, ...]
    issue: Issue | None
    last: Last
    why: str
    duplicates: tuple[Issue, ...] = ()


def decide(
    run: ReportedRun,
    issues: Sequence[Issue],
    *,
    now: datetime,
    reopened_within: timedelta,
    commit: str,
) -> Plan:
    """What to do with the issues of a target.

    Args:
        run: the verdict on it.
        issues: all that are its own, open and closed.
        now: the time, with its zone.
        reopened_within: how long after its end an issue is opened again rather than a new one.
        commit: which the run was about; empty where it is unknown.

    """
    opened = sorted((one for one in issues if one.is_open), key=lambda one: one.number)
    closed = sorted((one for one in issues if not one.is_open), key=lambda one: one.closed_at)
    issue = opened[0] if opened else closed[-1] if closed else None
    last = issue.last if issue else Last()
    if issue is not None and is_older(run.started_at, last.at):
        plan = Plan(steps=(), issue=issue, last=last, why="has the word of a later run already")
    elif run.verdict in BROKEN:
        plan = _broken(run, issue, now=now, reopened_within=reopened_within, commit=commit)
    elif run.verdict is Judgement.PASS:
        plan = _green(run, issue, commit=commit)
    else:
        plan = _unverified(run, issue, commit=commit)
    return replace(plan, duplicates=tuple(opened[1:]))


def _broken(
    run: ReportedRun,
    issue: Issue | None,
    *,
    now: datetime,
    reopened_within: timedelta,
    commit: str,
) -> Plan:
    last = issue.last if issue else Last()
    after = _after(run, last, commit, is_open=issue is not None and issue.is_open)
    if issue is None:
        return Plan(steps=(Step.OPEN,), issue=None, last=after, why=run.headline)
    if issue.is_open:
        # Whoever reads along is told what changed, not that nothing did.
        is_told = last.causes != after.causes or (
            run.verdict is Judgement.DIRTY and last.verdict != Judgement.DIRTY.value
        )
        steps = [Step.REWRITE, *([Step.COMMENT] if is_told else [])]
        why = "has changed" if is_told else "is as it was"
        return Plan(steps=tuple(steps), issue=issue, last=after, why=f"{why}: {run.headline}")
    if _is_muted(run, issue, after):
        why = "was closed as not planned, and the causes are the same"
        return Plan(steps=(), issue=issue, last=last, why=why)
    if _is_recent(issue.closed_at, now, reopened_within):
        again = (Step.REWRITE, Step.REOPEN, Step.COMMENT)
        return Plan(steps=again, issue=issue, last=after, why=f"is broken again: {run.headline}")
    return Plan(steps=(Step.OPEN,), issue=None, last=after, why=run.headline)


def _green(run: ReportedRun, issue: Issue | None, *, commit: str) -> Plan:
    if issue is None:
        return Plan(steps=(), issue=None, last=Last(), why="is green, and has no issue")
    last = issue.last
    green = replace(_told(run, last, commit), since="", failing="", mode="", causes="")
    if not issue.is_open:
        # From here on it counts as broken again, also where somebody had closed it unsolved.
        noted = [Step.REWRITE] if last.verdict != Judgement.PASS.value else []
        return Plan(
            steps=tuple(noted), issue=issue, last=green, why="is green, and its issue is closed"
        )
    if last.verdict == Judgement.PASS.value and not last.since:
        # It was closed when the target was green, and somebody has a reason to have it open.
        why = "is green; its issue was opened again by somebody, and is left to them"
        return Plan(steps=(), issue=issue, last=last, why=why)
    missing = _not_looked_at(run, last)
    if missing:
        told = replace(_told(run, last, commit), causes=last.causes)
        why = f"stays open: the run is green, and did not look at {missing}"
        return Plan(steps=(Step.REWRITE,), issue=issue, last=told, why=why)
    ended = (Step.REWRITE, Step.COMMENT, Step.CLOSE)
    return Plan(steps=ended, issue=issue, last=green, why="is green again")


def _unverified(run: ReportedRun, issue: Issue | None, *, commit: str) -> Plan:
    word = f"the run was {run.verdict.value}, which says nothing about the target"
    if issue is None or not issue.is_open:
        return Plan(steps=(), issue=issue, last=Last(), why=f"is left as it is: {word}")
    last = replace(_told(run, issue.last, commit), causes=issue.last.causes)
    return Plan(steps=(Step.REWRITE,), issue=issue, last=last, why=f"stays open: {word}")


def _told(run: ReportedRun, last: Last, commit: str) -> Last:
    """What is remembered, with what every run says of itself."""
    return replace(
        last,
        verdict=run.verdict.value,
        at=run.started_at,
        run=run.run_id,
        version=run.version,
        commit=commit,
        summary=run.summary,
    )


def _after(run: ReportedRun, last: Last, commit: str, *, is_open: bool) -> Last:
    """What is remembered of a run that saw the target broken.

    What an earlier run saw broken, and this one did not look at, has to be seen green as well.
    """
    before = last if is_open else Last()
    looked_at = {api.name for api in run.apis}
    failing = {*run.failing, *(before.failing_apis - looked_at)}
    return replace(
        _told(run, before, commit),
        since=before.since or run.started_at,
        failing=joined(failing),
        mode="full" if "full" in (before.mode, run.mode) else run.mode,
        causes=digest_of(run),
    )


def _not_looked_at(run: ReportedRun, last: Last) -> str:
    """What was broken and a green run did not look at, in words; empty where there is nothing."""
    missing = sorted(last.failing_apis - {api.name for api in run.apis})
    if missing:
        return ", ".join(missing)
    if last.mode == "full" and run.mode == "smoke":
        return "what a full run looks at"
    return ""


def _is_muted(run: ReportedRun, issue: Issue, after: Last) -> bool:
    """Whether somebody has decided to live with just these causes; never with a changed target."""
    is_same = issue.last.causes == after.causes and issue.last.verdict != Judgement.PASS.value
    return issue.state_reason == NOT_PLANNED and is_same and run.verdict is Judgement.FAIL


def _is_recent(closed_at: str, now: datetime, within: timedelta) -> bool:
    closed = moment(closed_at)
    return closed is not None and now - closed <= within
