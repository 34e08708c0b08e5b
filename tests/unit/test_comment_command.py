"""`apismoke comment` against a stand-in for GitHub: one comment for each target, written anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.github import Account, GitHubStandIn, Trouble, error
from unit.github_reports import BROKEN, GREEN, REFUSED, TARGET, UNREADY, document, document_on

from pytest_apismoke.commands import comment
from pytest_apismoke.github.markers import marker

TOKEN = "ghs_c0ffee"

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    """GitHub with the pull request 1."""
    server = GitHubStandIn()
    server.accounts[TOKEN] = Account()
    server.add_pull()
    yield server
    server.stop()


#: Calls the command with a report, and returns its exit code.
Call = Callable[..., int]


@pytest.fixture
def call(github: GitHubStandIn, tmp_path: Path) -> Call:
    def called(report: object, *options: str, **environ: str) -> int:
        path = tmp_path / "report.json"
        path.write_text(json.dumps(report))
        given = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_REF": "refs/pull/1/merge",
            "GITHUB_SHA": "4c1e07b5aa",
            **environ,
        }
        return comment.main([str(path), *options], environ=given)

    return called


def later(minutes: int) -> dict[str, Any]:
    return {"started_at": f"2026-11-27T18:{minutes:02}:00Z", "run_id": f"run{minutes}"}


def test_a_pull_request_gets_one_comment_that_each_run_writes_anew(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(document(*BROKEN, **later(1))) == 0
    assert call(document(*GREEN, **later(2)), GITHUB_SHA="91d2aa0ff") == 0
    (only,) = github.comments.values()
    assert only["body"].split("\n", 2)[2] == (
        "**PASS: 3 checks of 2 APIs, everything required was verified** · exit code 0\n\n"
        "<sub>`https://api.example.com` version `2026.11.27-3` · `91d2aa0` · 27 Nov 2026, 18:02 UTC"
        " · 6.2 s · before: FAIL at `4c1e07b`, GET /api/business/me answers 500</sub>"
    )
    url = only["html_url"]
    assert capsys.readouterr().out == (
        f"https://api.example.com: commented on #1 {url}\n"
        f"https://api.example.com: the comment on #1 is written anew {url}\n"
    )


@pytest.mark.parametrize("outcomes", [GREEN, BROKEN, UNREADY, REFUSED])
def test_every_verdict_is_told(github: GitHubStandIn, call: Call, outcomes: Any) -> None:
    report = document(*outcomes)
    assert call(report) == 0
    (only,) = github.comments.values()
    assert only["body"].split("\n")[2].startswith(f"**{report['verdict'].upper()}: ")


def test_the_same_report_twice_is_told_once(github: GitHubStandIn, call: Call) -> None:
    call(document(*BROKEN, **later(1)))
    before = dict(github.comments)
    call(document(*BROKEN, **later(1)))
    assert github.comments == before


def test_the_report_of_an_earlier_run_changes_nothing(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    call(document(*BROKEN, **later(9)))
    capsys.readouterr()
    assert call(document(*GREEN, **later(1))) == 0
    assert capsys.readouterr().out == (
        "https://api.example.com: the comment on #1 has the word of a later run already\n"
    )


def test_each_of_several_targets_has_a_comment_of_its_own(
    github: GitHubStandIn, call: Call
) -> None:
    urls = ["https://one.example.com", "https://two.example.com"]
    assert call(document_on({urls[0]: BROKEN, urls[1]: GREEN})) == 0
    assert [body.split("\n")[0] for body in github.bodies_below(1)] == [marker(url) for url in urls]


def test_the_comment_is_found_behind_any_number_of_others(
    github: GitHubStandIn, call: Call
) -> None:
    for number in range(230):
        github.add_comment(1, f"{number}")
    call(document(*BROKEN, **later(1)))
    call(document(*GREEN, **later(2)))
    assert len(github.comments) == 231


def test_a_comment_of_an_outsider_is_left_alone(github: GitHubStandIn, call: Call) -> None:
    mallory = Account(login="mallory", is_bot=False, right="read")
    forged = github.add_comment(1, f"{marker(TARGET)}\nPASS", mallory)
    assert call(document(*BROKEN)) == 0
    assert forged["body"] == f"{marker(TARGET)}\nPASS"
    assert len(github.comments) == 2


def test_of_two_comments_the_older_one_stays(github: GitHubStandIn, call: Call) -> None:
    """Two pipelines may have written one each at the same time."""
    first, _ = (github.add_comment(1, marker(TARGET)) for _ in range(2))
    assert call(document(*BROKEN)) == 0
    assert list(github.comments) == [first["id"]]
    assert "FAIL" in first["body"]


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_comment_that_may_have_been_made_is_not_made_twice(
    github: GitHubStandIn, call: Call, is_carried_out: bool
) -> None:
    trouble = error(502, "Server Error")
    github.troubles = [Trouble(said=trouble, is_carried_out=is_carried_out, method="POST")]
    assert call(document(*BROKEN)) == 0
    assert len(github.comments) == 1


def test_a_dry_run_changes_nothing_and_shows_the_comment(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(document(*BROKEN), "--dry-run") == 0
    assert github.comments == {}
    assert capsys.readouterr().out.startswith(
        f"https://api.example.com: would write the comment on #1:\n\n{marker(TARGET)}\n"
    )


def test_a_locked_conversation_is_told(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    github.issues[1]["locked"] = True
    assert call(document(*BROKEN)) == 6
    assert capsys.readouterr().err == (
        "apismoke: expected a token that may do this, seen 403 (Unable to create comment because"
        " issue is locked.)\n"
        "  where: POST /repos/acme/shop/issues/1/comments (GitHub request id C0FF:EE)\n"
        "  what to do: unlock the conversation, or give a token of somebody who may write to it\n"
    )


def test_the_event_names_the_pull_request_and_its_last_commit(
    github: GitHubStandIn, call: Call, tmp_path: Path
) -> None:
    """`GITHUB_SHA` is that of a merge; with pull_request_target, `GITHUB_REF` is the base."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 1, "head": {"sha": "91d2aa0ff"}}}))
    environ = {"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": str(event)}
    assert call(document(*GREEN), **environ) == 0
    (body,) = github.bodies_below(1)
    assert "`91d2aa0`" in body


@pytest.mark.parametrize("event", ["", "[]", "no JSON", '{"pull_request": 5}'])
def test_an_event_that_says_nothing_is_no_obstacle(
    github: GitHubStandIn, call: Call, tmp_path: Path, event: str
) -> None:
    path = tmp_path / "event.json"
    path.write_text(event)
    assert call(document(*GREEN), GITHUB_EVENT_PATH=str(path)) == 0
    assert len(github.bodies_below(1)) == 1


def test_the_number_may_be_given(github: GitHubStandIn, call: Call) -> None:
    other = github.add_pull()
    assert call(document(*GREEN), f"--pull={other}") == 0
    assert len(github.bodies_below(other)) == 1


@pytest.mark.parametrize(
    ("options", "ref", "seen"),
    [((), "refs/heads/main", "none"), (("--pull=0",), "refs/pull/1/merge", "0")],
)
def test_a_run_for_no_pull_request_is_told(
    github: GitHubStandIn,
    call: Call,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    ref: str,
    seen: str,
) -> None:
    assert call(document(*GREEN), *options, GITHUB_REF=ref) == 5
    assert github.asked == []
    assert capsys.readouterr().err == (
        f"apismoke: expected the number of a pull request, seen {seen}\n"
        "  where: apismoke comment\n"
        "  what to do: give it with --pull=N, or run the workflow on: pull_request\n"
    )
