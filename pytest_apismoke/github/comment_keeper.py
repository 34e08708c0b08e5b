"""Keeps the comment on a pull request: one for each target, written anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_apismoke.github import comment_text
from pytest_apismoke.github.api import GitHubApi, MaybeDoneError
from pytest_apismoke.github.identity import Trust
from pytest_apismoke.github.markers import Last, is_of, is_older, last_of
from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.github.surroundings import Place
from pytest_apismoke.records import dataclass

#: The most pages of 100 comments that are looked through.
_MOST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment of the gate as GitHub has it."""

    number: int
    url: str
    body: str


class CommentKeeper:
    """Keeps one comment for each target on a pull request.

    Args:
        api: of the repository.
        place: the run of the pipeline.
        pull: the number of the pull request.
        tell: takes a line about what was done, as it is done.

    """

    def __init__(
        self, api: GitHubApi, place: Place, *, pull: int, tell: Callable[[str], None]
    ) -> None:
        self._api = api
        self._place = place
        self._pull = pull
        self._tell = tell
        self._trust = Trust(api)

    def keep(
        self, run: ReportedRun, *, name: str = "", is_dry: bool, is_known: bool = True
    ) -> None:
        """Writes the comment on a verdict, or writes it anew.

        Args:
            run: the verdict on a target.
            name: what the target is known by, where not by its URL.
            is_dry: tells what would be written only.
            is_known: false leaves out the search, as if there were no comment yet.

        Raises:
            GitHubError: where GitHub refuses.

        """
        target = name or run.target
        found = self._found(target) if is_known else []
        before = last_of(found[0].body) if found else Last()
        if is_older(run.started_at, before.at):
            self._tell(
                f"{target}: the comment on #{self._pull} has the word of a later run already"
            )
            return
        body = comment_text.body(run, self._place, target=target, before=_other(before, run))
        if is_dry:
            verb = "rewrite" if found else "write"
            self._tell(f"{target}: would {verb} the comment on #{self._pull}:\n\n{body}")
            return
        for extra in found[1:]:
            self._api.delete(f"issues/comments/{extra.number}")
        if found:
            self._rewrite(found[0], body)
            self._tell(f"{target}: the comment on #{self._pull} is written anew {found[0].url}")
            return
        self._write(target, body)

    def _write(self, target: str, body: str) -> None:
        path = f"issues/{self._pull}/comments"
        try:
            self._api.post(path, {"body": body})
        except MaybeDoneError:
            if not self._found(target):
                self._api.post(path, {"body": body})
        # Another run may have written one in between.
        found = self._found(target)
        for extra in found[1:]:
            self._api.delete(f"issues/comments/{extra.number}")
        if len(found) > 1:
            self._rewrite(found[0], body)
        url = found[0].url if found else ""
        self._tell(f"{target}: commented on #{self._pull} {url}".rstrip())

    def _rewrite(self, comment: Comment, body: str) -> None:
        self._api.patch(f"issues/comments/{comment.number}", {"body": body})

    def _found(self, target: str) -> list[Comment]:
        """The comments on a target, the oldest first."""
        items = self._api.pages(f"issues/{self._pull}/comments", most=_MOST)
        found = [
            _comment(one) for one in items if _is_of(one, target) and self._trust.holds_for(one)
        ]
        return sorted(found, key=lambda one: one.number)


def _other(before: Last, run: ReportedRun) -> Last:
    """What the last run said; nothing where it was this one."""
    return Last() if before.at == run.started_at and before.run == run.run_id else before


def _is_of(item: Mapping[str, Any], target: str) -> bool:
    body = item.get("body")
    return isinstance(body, str) and isinstance(item.get("id"), int) and is_of(body, target)


def _comment(item: Mapping[str, Any]) -> Comment:
    url = item.get("html_url")
    return Comment(
        number=item["id"], url=url if isinstance(url, str) else "", body=str(item["body"])
    )
