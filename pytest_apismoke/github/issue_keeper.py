"""Keeps the issue of a target: looks for it, decides, and does what was decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pytest_apismoke.github import issue_text
from pytest_apismoke.github.issue_decision import NOT_PLANNED, Issue, Plan, Step, decide
from pytest_apismoke.github.issues import Issues
from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.github.surroundings import Place
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement

#: What a run could not verify is no news for a title.
_UNVERIFIED = (Judgement.INCONCLUSIVE, Judgement.MISCONFIGURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the call asks for: `title` and `name` are empty where there is no such wish.

    `name` is what the target is known by, where its URL changes with each run.
    """

    title: str = ""
    name: str = ""
    reopened_within: timedelta = timedelta(days=7)


class IssueKeeper:
    """Keeps one issue for each target.

    Args:
        issues: of the repository.
        place: the run of the pipeline.
        wishes: what the call asks for.
        now: the time, with its zone.
        tell: takes a line about what was done, as it is done.

    """

    def __init__(
        self,
        issues: Issues,
        place: Place,
        wishes: Wishes,
        *,
        now: datetime,
        tell: Callable[[str], None],
    ) -> None:
        self._issues = issues
        self._place = place
        self._wishes = wishes
        self._now = now
        self._tell = tell

    def keep(self, run: ReportedRun) -> None:
        """Does what the verdict asks for.

        Raises:
            GitHubError: where GitHub refuses; what was done until then was told.

        """
        target = self._wishes.name or run.target
        plan = self._decide(run, self._issues.of_target(target))
        for one in plan.duplicates:
            assert plan.issue is not None, "a duplicate has an older one"
            self._close_duplicate(one, plan.issue)
        if Step.OPEN in plan.steps:
            self._open(plan, run, target)
        else:
            self._change(plan, run, target)

    def show(self, run: ReportedRun, *, is_known: bool) -> None:
        """Tells what `keep` would do, and changes nothing.

        Args:
            run: the verdict on a target.
            is_known: false leaves out the search, as if there were no issue yet.

        Raises:
            GitHubError: where GitHub refuses.

        """
        target = self._wishes.name or run.target
        plan = self._decide(run, self._issues.of_target(target) if is_known else ())
        steps = ", ".join(step.value for step in plan.steps) or "nothing"
        self._tell(f"{target}: would do: {steps} ({_about(plan)})")
        for one in plan.duplicates:
            self._tell(f"#{one.number}: would be closed as a duplicate")
        if Step.OPEN in plan.steps or Step.REWRITE in plan.steps:
            self._tell(f"\ntitle: {self._title(run, target)}\n\n{self._body(plan, run, target)}")
        if Step.COMMENT in plan.steps:
            self._tell(f"\ncomment:\n\n{issue_text.comment(plan, run, self._place)}")

    def _decide(self, run: ReportedRun, issues: Sequence[Issue]) -> Plan:
        return decide(
            run,
            issues,
            now=self._now,
            reopened_within=self._wishes.reopened_within,
            commit=self._place.commit,
        )

    def _open(self, plan: Plan, run: ReportedRun, target: str) -> None:
        title = self._title(run, target)
        body = self._body(_with_title(plan, title), run, target)
        made = self._issues.make(target, title=title, body=body)
        self._tell(f"{target}: opened #{made.number} {made.url}: {run.headline}")
        # Another run may have been quicker; both see both now, and the oldest stays.
        oldest = next(iter(self._issues.open_of_target(target, at_least=made.number)), made)
        if oldest.number < made.number:
            self._close_duplicate(made, oldest)
            self._change(self._decide(run, (oldest,)), run, target)

    def _close_duplicate(self, issue: Issue, oldest: Issue) -> None:
        body, words = issue_text.duplicate(oldest)
        # Without the marker, it is no issue of the target's any more.
        self._issues.change(issue, {"body": body, "state": "closed", "state_reason": NOT_PLANNED})
        self._issues.comment(issue, words)
        self._tell(f"#{issue.number}: closed as a duplicate of #{oldest.number}")

    def _change(self, plan: Plan, run: ReportedRun, target: str) -> None:
        issue = plan.issue
        if issue is not None and plan.steps:
            if Step.COMMENT in plan.steps:
                # First: were the text written and this not, the next run would see nothing new.
                words = issue_text.comment(plan, run, self._place)
                self._issues.comment(issue, words, hidden=issue_text.comment_marker(run))
            self._issues.change(issue, self._changes(plan, issue, run, target))
        self._tell(f"{target}: {_about(plan)}")

    def _changes(self, plan: Plan, issue: Issue, run: ReportedRun, target: str) -> dict[str, str]:
        changes = {}
        # One that a person has written stays.
        if issue.title == issue.last.title and run.verdict not in _UNVERIFIED:
            changes["title"] = self._title(run, target)
            plan = _with_title(plan, changes["title"])
        changes["body"] = self._body(plan, run, target)
        if Step.REOPEN in plan.steps:
            changes["state"] = "open"
        if Step.CLOSE in plan.steps:
            changes |= {"state": "closed", "state_reason": "completed"}
        return changes

    def _title(self, run: ReportedRun, target: str) -> str:
        return self._wishes.title or issue_text.title(run, target)

    def _body(self, plan: Plan, run: ReportedRun, target: str) -> str:
        before = plan.issue.body if plan.issue else ""
        return issue_text.body(run, self._place, target=target, last=plan.last, before=before)


def _about(plan: Plan) -> str:
    """The issue and what is said about it."""
    if plan.issue is None:
        return plan.why
    url = f" {plan.issue.url}" if plan.issue.url else ""
    return f"#{plan.issue.number} {plan.why}{url}"


def _with_title(plan: Plan, title: str) -> Plan:
    return replace(plan, last=replace(plan.last, title=title))
