"""The issues of targets in a repository: found, made, changed, commented on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.github.api import GitHubApi, GitHubError, MaybeDoneError
from pytest_apismoke.github.identity import Trust
from pytest_apismoke.github.issue_decision import Issue
from pytest_apismoke.github.markers import is_of

#: The label by which issues of the gate are found.
LABEL = "apismoke"
#: The most pages of 100 that are looked through: of the issues with the label, and of all open
#: ones, for an issue whose label somebody has taken off.
_MOST_LABELLED, _MOST_OPEN, _MOST_COMMENTS = 20, 10, 3
#: A list may lack for a moment what was just made.
_LOOKS, _MOMENT_S = 3, 1.0
#: Statuses by which GitHub may refuse labels to a token that may open issues.
_LABELS_REFUSED = (403, 422)
_LOCKED = "locked"
#: A comment on the same run is looked for among those of this time only.
_COMMENTS_OF = timedelta(hours=6)


class Issues:
    """The issues of one repository.

    Args:
        api: of the repository.
        labels: that new issues get, beside the gate's own.
        now: the time, with its zone.
        tell: takes a line about what came otherwise than was asked for.

    """

    def __init__(
        self,
        api: GitHubApi,
        *,
        labels: Sequence[str],
        now: datetime,
        tell: Callable[[str], None],
    ) -> None:
        self._api = api
        self._labels = [LABEL, *(one for one in labels if one != LABEL)]
        self._now = now
        self._tell = tell
        self._trust = Trust(api)

    def of_target(self, target: str) -> tuple[Issue, ...]:
        """The issues of a target: by the label, and among the open ones without it.

        The list is asked, and not the search, whose index lags behind.

        Raises:
            GitHubError: where GitHub refuses.

        """
        by_number: dict[int, Issue] = {}
        for item in self._listed():
            body = item.get("body")
            # GitHub's list of issues has the pull requests too.
            if "pull_request" in item or not isinstance(body, str) or not is_of(body, target):
                continue
            issue = issue_of(item)
            if issue is not None and self._trust.holds_for(item):
                by_number[issue.number] = issue
        return tuple(by_number.values())

    def open_of_target(self, target: str, *, at_least: int = 0) -> tuple[Issue, ...]:
        """The open issues of a target after one was made, the oldest first.

        Args:
            target: what they are known by.
            at_least: the number of the one that was made; 0 where that is unknown. A list without
                it, nor an older one, is asked for again.

        Raises:
            GitHubError: where GitHub refuses.

        """
        opened: list[Issue] = []
        for look in range(_LOOKS):
            if look or not at_least:
                self._api.pause(_MOMENT_S)
            opened = [one for one in self.of_target(target) if one.is_open]
            if any(not at_least or one.number <= at_least for one in opened):
                break
        return tuple(sorted(opened, key=lambda one: one.number))

    def make(self, target: str, *, title: str, body: str) -> Issue:
        """Makes an issue, once.

        Raises:
            GitHubError: where GitHub refuses.

        """
        issue = {"title": title, "body": body}
        try:
            return self._made(issue)
        except MaybeDoneError:
            # Another one must not be made beside one that is there.
            opened = self.open_of_target(target)
            return opened[0] if opened else self._made(issue)

    def change(self, issue: Issue, changes: Mapping[str, str]) -> None:
        """Writes some fields of an issue anew.

        Raises:
            GitHubError: where GitHub refuses.

        """
        self._api.patch(f"issues/{issue.number}", changes)

    def comment(self, issue: Issue, words: str, *, hidden: str = "") -> None:
        """Comments on an issue; where that is locked, its text says it all.

        Args:
            issue: which.
            words: the whole comment.
            hidden: its beginning, where a comment that begins so must not be written twice.

        Raises:
            GitHubError: where GitHub refuses.

        """
        path = f"issues/{issue.number}/comments"
        if hidden and self._has_comment(path, hidden):
            return
        try:
            self._api.post(path, {"body": words})
        except MaybeDoneError:
            if not self._has_comment(path, words):
                self._api.post(path, {"body": words})
        except GitHubError as error:
            if _LOCKED not in error.failure.seen.lower():
                raise
            self._tell(f"note: #{issue.number} is locked: its text is updated, without a comment")

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        labelled = (("labels", LABEL), ("state", "all"))
        yield from self._api.pages("issues", *labelled, most=_MOST_LABELLED)
        opened = (("state", "open"), ("sort", "updated"))
        yield from self._api.pages("issues", *opened, most=_MOST_OPEN)

    def _made(self, issue: Mapping[str, Any]) -> Issue:
        try:
            item = self._api.post("issues", {**issue, "labels": self._labels})
        except MaybeDoneError:
            raise
        except GitHubError as error:
            if error.status not in _LABELS_REFUSED:
                raise
            # New labels need more permission than an issue does.
            item = self._api.post("issues", issue)
        made = issue_of(item)
        if made is None:
            raise GitHubError(_without_number(self._api.repository), None)
        if not _has_labels(item, self._labels):
            self._tell(
                f"note: GitHub did not set the labels {', '.join(self._labels)}: make them, or give"
                f" a token that may write to the repository; without '{LABEL}' the issue is found"
                " only while it is open"
            )
        return made

    def _has_comment(self, path: str, beginning: str) -> bool:
        since = f"{self._now - _COMMENTS_OF:%Y-%m-%dT%H:%M:%SZ}"
        comments = self._api.pages(path, ("since", since), most=_MOST_COMMENTS)
        # GitHub may take a blank off the end.
        return any(_begins(one.get("body"), beginning.rstrip()) for one in comments)


def issue_of(item: Mapping[str, Any]) -> Issue | None:
    """An issue as GitHub describes it; None for what has no number."""

    def text(name: str) -> str:
        value = item.get(name)
        return value if isinstance(value, str) else ""

    number = item.get("number")
    if not isinstance(number, int):
        return None
    return Issue(
        number=number,
        url=text("html_url"),
        is_open=item.get("state") == "open",
        title=text("title"),
        body=text("body"),
        state_reason=text("state_reason"),
        closed_at=text("closed_at"),
    )


def _without_number(repository: str) -> Failure:
    return Failure(
        category=Category.UNVERIFIED,
        expected="the number of the new issue in GitHub's answer",
        seen="an answer without one",
        where=f"POST /repos/{repository}/issues",
        hint="check --api-url: it may lead to something other than GitHub's API",
    )


def _has_labels(item: Mapping[str, Any], labels: Sequence[str]) -> bool:
    given = item.get("labels")
    if not isinstance(given, list):
        return False
    names = {str(one.get("name") if isinstance(one, dict) else one).lower() for one in given}
    return {label.lower() for label in labels} <= names


def _begins(body: object, beginning: str) -> bool:
    return isinstance(body, str) and body.replace("\r\n", "\n").startswith(beginning)
