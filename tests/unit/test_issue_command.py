"""`apismoke issue` against a stand-in for GitHub: one issue for each target, and never two."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from servers.github import Account, GitHubStandIn, Said, Trouble, error, secondary_limit
from unit.github_reports import (
    BROKEN,
    DIRTY,
    GREEN,
    REFUSED,
    TARGET,
    UNREADY,
    document,
    document_on,
    failed,
    run,
)

from pytest_apismoke.commands import issue
from pytest_apismoke.github.api import GitHubApi
from pytest_apismoke.github.issue_keeper import IssueKeeper, Wishes
from pytest_apismoke.github.issues import Issues
from pytest_apismoke.github.markers import marker
from pytest_apismoke.github.surroundings import Access, Place

TOKEN = "ghs_c0ffee"
NOW = datetime(2026, 11, 27, 18, tzinfo=timezone.utc)
ELSE = (failed("settings", "fetch", seen="418", where="GET /other", exchanges=()),)

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    server = GitHubStandIn()
    server.accounts[TOKEN] = Account()
    yield server
    server.stop()


#: Calls the command with a report, and returns its exit code.
Call = Callable[..., int]


@pytest.fixture
def call(github: GitHubStandIn, tmp_path: Path) -> Call:
    def called(report: object, *options: str, **environ: str) -> int:
        path = tmp_path / "report.json"
        path.write_text(report if isinstance(report, str) else json.dumps(report))
        given = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_RUN_ID": "1284",
            "GITHUB_REF_NAME": "main",
            "GITHUB_SHA": "4c1e07b5aa",
            **environ,
        }
        return issue.main([str(path), *options], environ=given)

    return called


@pytest.fixture
def keeper(github: GitHubStandIn) -> Callable[..., IssueKeeper]:
    """A keeper with a clock of the tests, which never waits."""

    def make(told: list[str], *, now: datetime = NOW, labels: Sequence[str] = ()) -> IssueKeeper:
        access = Access(repository="acme/shop", api_url=github.url, token=TOKEN)
        api = GitHubApi(
            access,
            patience_s=180,
            tell=told.append,
            sleep=lambda _: None,
            now=lambda: now.timestamp(),
        )
        issues = Issues(api, labels=labels, now=now, tell=told.append)
        return IssueKeeper(issues, Place(), Wishes(), now=now, tell=told.append)

    return make


def changes(github: GitHubStandIn) -> list[str]:
    return [f"{one.method} {one.path}" for one in github.asked if one.method != "GET"]


def later(minutes: int, **facts: Any) -> dict[str, Any]:
    return {"started_at": f"2026-11-27T18:{minutes:02}:00Z", "run_id": f"run{minutes}", **facts}


def test_a_broken_target_gets_an_issue(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(document(*BROKEN), "--label=production", "--label=bug") == 0
    (made,) = github.open_issues()
    assert made["title"] == "api.example.com: FAIL: GET /api/business/me answers 500"
    assert [one["name"] for one in made["labels"]] == ["apismoke", "production", "bug"]
    assert made["body"].startswith(marker(TARGET))
    assert "[log](<https://github.com/acme/shop/actions/runs/1284>)" in made["body"]
    assert "`main` at `4c1e07b`" in made["body"]
    assert capsys.readouterr().out == (
        "https://api.example.com: opened #1 https://github.example/acme/shop/issues/1:"
        " FAIL: GET /api/business/me answers 500\n"
    )


def test_it_lives_as_long_as_the_target_is_broken(github: GitHubStandIn, call: Call) -> None:
    """Broken, still broken, broken otherwise, unknown, green, green, and broken again."""
    told = []
    for outcomes, facts in (
        (BROKEN, later(1)),
        (BROKEN, later(2)),
        (ELSE, later(3)),
        (UNREADY, later(4)),
        (REFUSED, later(5)),
        (GREEN, later(6)),
        (GREEN, later(7)),
    ):
        assert call(document(*outcomes, **facts)) == 0
        told.append((github.issues[1]["state"], len(github.bodies_below(1))))
    assert told == [
        *(("open", 0), ("open", 0), ("open", 1), ("open", 1), ("open", 1)),
        *(("closed", 2), ("closed", 2)),
    ]
    assert github.issues[1]["state_reason"] == "completed"
    # The stand-in closes in the past; the command counts from now.
    recently = datetime.now(timezone.utc) - timedelta(days=1)
    github.issues[1]["closed_at"] = f"{recently:%Y-%m-%dT%H:%M:%SZ}"
    assert call(document(*BROKEN, **later(8))) == 0
    assert (len(github.issues), github.issues[1]["state"]) == (1, "open")


def test_one_that_was_closed_long_ago_is_left_and_a_new_one_opened(
    github: GitHubStandIn, call: Call
) -> None:
    call(document(*BROKEN, **later(1)))
    call(document(*GREEN, **later(2)))
    github.issues[1]["closed_at"] = "2020-01-01T00:00:00Z"
    assert call(document(*BROKEN, **later(3)), "--reopen-days=3") == 0
    assert [one["number"] for one in github.open_issues()] == [3]


def test_the_same_report_twice_changes_nothing_more(github: GitHubStandIn, call: Call) -> None:
    """A step of a pipeline may be run again."""
    call(document(*BROKEN, **later(1)))
    call(document(*ELSE, **later(2)))
    call(document(*ELSE, **later(2)))
    call(document(*GREEN, **later(3)))
    call(document(*GREEN, **later(3)))
    assert (len(github.issues), len(github.comments)) == (1, 2)


def test_the_report_of_an_earlier_run_changes_nothing(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    call(document(*BROKEN, **later(9)))
    before = dict(github.issues[1])
    call(document(*GREEN, **later(1)))
    assert github.issues[1] == before
    assert "has the word of a later run already" in capsys.readouterr().out


@pytest.mark.parametrize("outcomes", [GREEN, UNREADY, REFUSED])
def test_without_evidence_against_the_target_nothing_is_opened(
    github: GitHubStandIn, call: Call, outcomes: Any
) -> None:
    assert call(document(*outcomes)) == 0
    assert changes(github) == []


def test_a_target_that_was_left_changed_gets_an_issue(github: GitHubStandIn, call: Call) -> None:
    assert call(document(*DIRTY, repair="apismoke restore 1198f038")) == 0
    (made,) = github.open_issues()
    assert "Put it back: `apismoke restore 1198f038`" in made["body"]


def test_a_run_without_a_target_is_about_none(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(document(*REFUSED, target_url="")) == 0
    assert github.asked == []
    assert capsys.readouterr().out == (
        "no target is told of: the run was misconfigured before it had one\n"
    )


def test_each_of_several_targets_has_an_issue_of_its_own(github: GitHubStandIn, call: Call) -> None:
    urls = [f"https://{name}.example.com" for name in ("one", "two", "three")]
    report = document_on({urls[0]: BROKEN, urls[1]: GREEN, urls[2]: BROKEN})
    assert call(report) == 0
    assert [one["body"].split("\n")[0] for one in github.open_issues()] == [
        marker(urls[0]),
        marker(urls[2]),
    ]


def test_a_name_stands_for_a_url_that_changes(github: GitHubStandIn, call: Call) -> None:
    for minute, url in enumerate(("https://a1.example.com", "https://b2.example.com"), start=1):
        report = document(*BROKEN, target_url=url, **later(minute))
        assert call(report, "--name=staging") == 0
    assert len(github.issues) == 1
    assert github.issues[1]["title"] == "staging: FAIL: GET /api/business/me answers 500"


# -- finding -------------------------------------------------------------------------------------


def test_an_issue_is_found_behind_any_number_of_others(github: GitHubStandIn, call: Call) -> None:
    call(document(*BROKEN, **later(1)))
    for _ in range(230):
        github.add_issue(labels=[{"name": "apismoke"}], body="of somebody else")
    assert call(document(*GREEN, **later(2))) == 0
    assert github.issues[1]["state"] == "closed"


def test_an_open_issue_is_found_without_its_label(github: GitHubStandIn, call: Call) -> None:
    call(document(*BROKEN, **later(1)))
    github.issues[1]["labels"] = []
    assert call(document(*BROKEN, **later(2))) == 0
    assert len(github.issues) == 1


def test_a_pull_request_is_no_issue(github: GitHubStandIn, call: Call) -> None:
    github.add_issue(pull_request={}, body=marker(TARGET), labels=[{"name": "apismoke"}])
    assert call(document(*BROKEN)) == 0
    assert len(github.issues) == 2


def test_an_issue_of_an_outsider_is_left_alone(github: GitHubStandIn, call: Call) -> None:
    """Whoever opens an issue may write the marker into it, and alter what stands there later."""
    outsider = Account(login="mallory", is_bot=False, right="read")
    github.add_issue(outsider, body=marker(TARGET), title="mine")
    assert call(document(*BROKEN)) == 0
    assert [one["title"] for one in github.issues.values()] == [
        "mine",
        "api.example.com: FAIL: GET /api/business/me answers 500",
    ]


def test_a_user_without_the_right_to_write_finds_their_own_issue(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    github.accounts[TOKEN] = Account(login="reporter", is_bot=False, right="read")
    call(document(*BROKEN, **later(1)))
    call(document(*ELSE, **later(2)))
    assert len(github.issues) == 1
    assert capsys.readouterr().out.startswith(
        "note: GitHub did not set the labels apismoke: make them, or give a token that may write to"
        " the repository; without 'apismoke' the issue is found only while it is open\n"
    )


def test_two_pipelines_at_once_leave_one_issue(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other one opens its issue between the search and the new issue."""
    github.before_issue = lambda: call(document(*BROKEN, **later(1)))
    assert call(document(*BROKEN, **later(2))) == 0
    assert [one["number"] for one in github.open_issues()] == [1]
    assert github.issues[2]["state_reason"] == "not_planned"
    assert github.bodies_below(2) == ["Duplicate of #1"]
    assert "#2: closed as a duplicate of #1" in capsys.readouterr().out
    # And the duplicate is no issue of the target's any more.
    assert marker(TARGET) not in github.issues[2]["body"]


def test_duplicates_of_before_are_closed(github: GitHubStandIn, call: Call) -> None:
    for _ in range(3):
        github.add_issue(body=marker(TARGET), labels=[{"name": "apismoke"}])
    assert call(document(*BROKEN)) == 0
    assert [one["number"] for one in github.open_issues()] == [1]


def test_a_list_that_lags_is_asked_again(
    github: GitHubStandIn, keeper: Callable[..., IssueKeeper]
) -> None:
    told: list[str] = []
    github.add_issue()
    github.lag = 4
    keeper(told).keep(run(*BROKEN))
    assert len(github.open_issues()) == 2
    assert len(told) == 1


# -- trouble -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_an_issue_that_may_have_been_made_is_not_made_twice(
    github: GitHubStandIn, keeper: Callable[..., IssueKeeper], is_carried_out: bool
) -> None:
    trouble = error(502, "Server Error")
    github.troubles = [Trouble(said=trouble, is_carried_out=is_carried_out, method="POST")]
    keeper([]).keep(run(*BROKEN))
    assert len(github.issues) == 1


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_comment_that_may_have_been_made_is_not_made_twice(
    github: GitHubStandIn, keeper: Callable[..., IssueKeeper], is_carried_out: bool
) -> None:
    keeper([]).keep(run(*BROKEN))
    cut = Said(status=0, is_cut=True)
    github.troubles = [Trouble(said=cut, is_carried_out=is_carried_out, method="POST")]
    keeper([]).keep(run(*GREEN, **later(1)))
    assert (github.issues[1]["state"], len(github.comments)) == ("closed", 1)


def test_a_locked_issue_is_closed_without_a_comment(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    call(document(*BROKEN, **later(1)))
    github.issues[1]["locked"] = True
    capsys.readouterr()
    assert call(document(*GREEN, **later(2))) == 0
    assert (github.issues[1]["state"], github.comments) == ("closed", {})
    assert capsys.readouterr().out == (
        "note: #1 is locked: its text is updated, without a comment\n"
        "https://api.example.com: #1 is green again https://github.example/acme/shop/issues/1\n"
    )


def test_a_title_of_a_person_stays(github: GitHubStandIn, call: Call) -> None:
    call(document(*BROKEN, **later(1)))
    github.issues[1]["title"] = "The greeting is broken"
    call(document(*ELSE, **later(2)))
    assert github.issues[1]["title"] == "The greeting is broken"


def test_a_title_of_the_gate_follows_the_reason(github: GitHubStandIn, call: Call) -> None:
    after = document(*ELSE, **later(2))
    call(document(*BROKEN, **later(1)))
    call(after)
    assert github.issues[1]["title"] == f"api.example.com: FAIL: {after['summary']}"


def test_a_refusal_has_a_code_of_its_own(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    github.hide_from(TOKEN)
    assert call(document(*BROKEN)) == 6
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        "apismoke: expected that acme/shop exists and the token may see it, seen 404 (Not Found)\n"
        "  where: GET /repos/acme/shop/issues (GitHub request id C0FF:EE)\n"
        "  what to do: check --repo and the number; GitHub also answers 404 where a token lacks"
        " access: in a workflow, give the job 'permissions: issues: write'"
    )


def test_a_limit_that_takes_too_long_ends_the_command(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    github.troubles = [Trouble(said=secondary_limit(60))]
    assert call(document(*BROKEN), "--wait=1") == 6
    assert "or give it more time with --wait=61" in capsys.readouterr().err


def test_the_token_is_never_shown(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even where the target or GitHub says it."""
    github.troubles = [Trouble(said=error(422, f"the token {TOKEN} is odd"), method="POST")] * 2
    echo = failed("settings", "fetch", seen=f"Bearer {TOKEN}", where="GET /", exchanges=())
    assert call(document(echo)) == 6
    assert call(document(echo), "--dry-run") == 0
    said = capsys.readouterr()
    sent = [json.dumps(one.body) for one in github.asked]
    assert TOKEN not in "".join([said.out, said.err, *sent])
    assert "[redacted]" in said.out
    assert "[redacted]" in said.err


def test_what_a_target_says_is_no_command_of_a_pipeline(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = "::set-output name=x::y\n##[group]z"
    (check,) = document(failed("settings", "fetch"))["checks"]
    check["exchanges"][0]["excerpt"] = answer
    assert call({**document(failed("settings", "fetch")), "checks": [check]}, "--dry-run") == 0
    out = capsys.readouterr().out
    assert "set-output" in out
    assert "\n::" not in out
    assert "##[" not in out


# -- the call ------------------------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_shows_everything(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    call(document(*BROKEN, **later(1)))
    github.asked.clear()
    capsys.readouterr()
    assert call(document(*GREEN, **later(2)), "--dry-run") == 0
    assert changes(github) == []
    out = capsys.readouterr().out
    assert out.startswith(
        "https://api.example.com: would do: rewrite, comment, close"
        " (#1 is green again https://github.example/acme/shop/issues/1)\n\n"
        "title: api.example.com: PASS: "
    )
    assert "\ncomment:\n\n" in out


def test_a_dry_run_needs_no_token(
    github: GitHubStandIn, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(document(*BROKEN), "--dry-run", GITHUB_TOKEN="") == 0
    assert github.asked == []
    assert capsys.readouterr().out.startswith(
        "https://api.example.com: would do: open (FAIL: GET /api/business/me answers 500)\n"
    )


def test_gh_token_is_a_token_too(github: GitHubStandIn, call: Call) -> None:
    assert call(document(*BROKEN), GITHUB_TOKEN="", GH_TOKEN=TOKEN) == 0
    assert len(github.issues) == 1


REFUSED_CALLS: dict[str, tuple[Any, tuple[str, ...], dict[str, str], str]] = {
    "no token": (
        document(*BROKEN),
        (),
        {"GITHUB_TOKEN": ""},
        "apismoke: expected a token of GitHub, seen none\n"
        "  where: apismoke issue\n"
        "  what to do: give it as GITHUB_TOKEN or GH_TOKEN: in a workflow, env: GITHUB_TOKEN:"
        " ${{ github.token }} and permissions: issues: write\n",
    ),
    "no repository": (
        document(*BROKEN),
        ("--repo=shop",),
        {},
        "apismoke: expected a repository of the form owner/name, seen 'shop'\n"
        "  where: apismoke issue\n"
        "  what to do: give it with --repo, or as GITHUB_REPOSITORY\n",
    ),
    "an API in the clear": (
        document(*BROKEN),
        ("--api-url=http://github.example/api/v3",),
        {},
        "apismoke: expected the base of GitHub's API, an https:// URL without credentials or a"
        " query, seen 'http://github.example/api/v3'\n"
        "  where: apismoke issue\n"
        "  what to do: correct --api-url, or GITHUB_API_URL; for GitHub Enterprise Server it is"
        " https://HOST/api/v3. Nothing was sent\n",
    ),
    "no JSON": (
        "<html>",
        (),
        {},
        "apismoke: expected a JSON report of apismoke, seen no JSON\n"
        "  where: REPORT\n"
        "  what to do: write one with --smoke-report=PATH, and give this command the same path\n",
    ),
    "a name for several": (
        document_on({"https://a.example": GREEN, "https://b.example": GREEN}),
        ("--name=x",),
        {},
        "apismoke: expected a report on one target beside --name, seen one on 2\n"
        "  where: apismoke issue\n"
        "  what to do: leave --name out: each target is known by its URL\n",
    ),
}


@pytest.mark.parametrize("case", REFUSED_CALLS)
def test_a_call_that_cannot_be_used_sends_nothing(
    github: GitHubStandIn,
    call: Call,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    case: str,
) -> None:
    report, options, environ, said = REFUSED_CALLS[case]
    assert call(report, *options, **environ) == 5
    assert capsys.readouterr().err == said.replace("REPORT", str(tmp_path / "report.json"))
    assert github.asked == []


def test_a_report_may_come_over_standard_input(
    github: GitHubStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = io.TextIOWrapper(io.BytesIO(json.dumps(document(*BROKEN)).encode()))
    monkeypatch.setattr(sys, "stdin", report)
    environ = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": github.url}
    assert issue.main(["-", "--repo=acme/shop"], environ=environ) == 0
    assert len(github.issues) == 1


def test_json_that_is_too_deep_is_told(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call('{"a":' * 5000 + "1" + "}" * 5000) == 5
    assert "seen no JSON" in capsys.readouterr().err


def test_a_report_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert issue.main(["/nowhere/report.json"], environ={"GITHUB_REPOSITORY": "acme/shop"}) == 5
    assert capsys.readouterr().err == (
        "apismoke: expected a JSON report of apismoke, seen No such file or directory\n"
        "  where: /nowhere/report.json\n"
        "  what to do: give the path of --smoke-report; in a workflow, with"
        " 'if: ${{ !cancelled() }}', so that the step follows a run that failed\n"
    )


@pytest.mark.parametrize("options", [["--help"], ["x", "--wait=soon"], [], ["x", "--nope"]])
def test_the_command_line_has_its_own_codes(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue.main(options, environ={}) == (0 if options == ["--help"] else 5)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--wait=soon", "argument --wait: expected seconds from 0 to 86400, seen 'soon'"),
        ("--wait=86401", "argument --wait: expected seconds from 0 to 86400, seen '86401'"),
        ("--reopen-days=-1", "argument --reopen-days: expected days from 0 to 36500, seen '-1'"),
    ],
)
def test_a_number_that_is_none_is_told(
    option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue.main(["report.json", option], environ={}) == 5
    assert capsys.readouterr().err.endswith(f"apismoke issue: error: {said}\n")
