"""The texts of issues and comments: whole, bounded, and without effect whatever a target said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from unit.github_reports import BROKEN, GREEN, TARGET, UNREADY, dirty_run, run
from unit.test_github_decision import CLOSED, FAIL, OPEN, OTHER_FAIL, PASS, plan_for
from unit.test_markdown_text import HOSTILE, REFERENCE, Rendered

from pytest_apismoke.github import comment_text, issue_text
from pytest_apismoke.github.issue_decision import Issue
from pytest_apismoke.github.markers import Last, evidence_of, is_of, last_of
from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.github.surroundings import Place

PLACE = Place(log_url="https://ci.example.com/runs/1284", branch="main", commit="4c1e07b5aa")
LOG = "[log](<https://ci.example.com/runs/1284>)"
CURL = (
    'curl -sS -i -H "Authorization: Bearer $APISMOKE_TOKEN" https://api.example.com/api/business/me'
)
#: GitHub refuses more characters.
LONGEST = 65_536


def issue_body(one: ReportedRun, before: Issue | None = None) -> str:
    plan = plan_for(one, *([before] if before else []))
    text = before.body if before else ""
    return issue_text.body(one, PLACE, target=TARGET, last=plan.last, before=text)


def comment_body(one: ReportedRun, before: Last | None = None) -> str:
    return comment_text.body(one, PLACE, target=TARGET, before=before or Last())


def shown(text: str) -> str:
    """A text without its two hidden lines."""
    return text.split("\n", 2)[2]


def test_the_title_names_the_target_and_the_reason() -> None:
    assert issue_text.title(FAIL, TARGET) == (
        "api.example.com: FAIL: GET /api/business/me answers 500"
    )


def test_an_issue_says_what_broke_where_and_what_to_do() -> None:
    assert (
        shown(issue_body(FAIL))
        == f"""\
**FAIL: GET /api/business/me answers 500** · exit code 2

|  |  |
| :-- | :-- |
| target | `https://api.example.com` |
| version | `2026.11.27-3` |
| broken since | 27 Nov 2026, 17:42 UTC |
| run | 27 Nov 2026, 17:42 UTC · smoke · 6.2 s · `1198f038` · {LOG} |
| branch | `main` at `4c1e07b` |

<!-- apismoke-evidence -->
| not passed | passed |
| :-- | :-- |
| settings: fetch (1) | calendar |

#### 1. GET /api/business/me answers 500

|  |  |
| :-- | :-- |
| expected | 200 with the settings document |
| got | 500 |
| where | `GET https://api.example.com/api/business/me` |
| to do | **look into the target's log at the request id** |
| request id | `c9f0f895` |
| failed | settings: fetch |
| not run | settings: save |

<details>
<summary>The answer</summary>

```json
{{"error": "down"}}
```

</details>

```sh
{CURL}
```

<sub>Each run of the gate writes this text anew: what is to stay belongs in a comment. \
Closed as not planned, the issue stays closed as long as the causes are the same.</sub>"""
    )


def test_a_target_that_was_left_changed_has_the_command_first() -> None:
    evidence = evidence_of(issue_body(dirty_run()))
    assert evidence.startswith(
        "> [!CAUTION]\n"
        "> **The target was left changed. Put it back:"
        " `apismoke restore --target-url=https://api.example.com 1198f038`**\n"
        "> /greeting\\_style: left changed\n"
    )


def test_a_run_that_could_not_verify_leaves_the_evidence_as_it_is() -> None:
    before = replace(OPEN, body=issue_body(FAIL))
    after = issue_body(run(*UNREADY), before)
    assert evidence_of(after) == evidence_of(before.body)
    assert (
        "The last run could not verify the target. Below is what the last run saw that could."
        in after
    )


def test_a_green_run_leaves_the_evidence_of_what_was_broken() -> None:
    before = replace(OPEN, body=issue_body(FAIL))
    after = issue_body(PASS, before)
    assert evidence_of(after) == evidence_of(before.body)
    assert "The target is green again. Below is what was broken." in after


@pytest.mark.parametrize(
    ("one", "before", "said"),
    [
        (
            PASS,
            OPEN,
            "Green again. It was broken since 26 Nov 2026, 09:00 UTC."
            " **PASS: 3 checks of 2 APIs, everything required was verified** · exit code 0",
        ),
        (
            FAIL,
            CLOSED,
            "Broken again. **FAIL: GET /api/business/me answers 500** · exit code 2\n\n"
            "1. GET /api/business/me answers 500",
        ),
        (
            OTHER_FAIL,
            OPEN,
            "It was: GET /api/business/me answers 500. Now:"
            f" **FAIL: {OTHER_FAIL.summary}** · exit code 2\n\n1. {OTHER_FAIL.causes[0].summary}",
        ),
    ],
)
def test_a_comment_on_an_issue_says_what_has_changed(
    one: ReportedRun, before: Issue, said: str
) -> None:
    text = issue_text.comment(plan_for(one, before), one, PLACE)
    assert text == (
        f"{issue_text.comment_marker(one)}\n{said}\n\nversion `2026.11.27-3` · `4c1e07b` · {LOG}"
    )


def test_the_comment_on_a_pull_request_is_short() -> None:
    before = Last(verdict="pass", commit="91d2aa0ff", summary="3 checks")
    assert (
        shown(comment_body(FAIL, before))
        == f"""\
**FAIL: GET /api/business/me answers 500** · exit code 2

| not passed | passed |
| :-- | :-- |
| settings: fetch (1) | calendar |

1. **GET /api/business/me answers 500.** Expected 200 with the settings document, got 500. \
*To do: look into the target's log at the request id.* Request id `c9f0f895`. \
1 check not run because of it.

<details>
<summary>Repeat it</summary>

```sh
{CURL}
```

</details>

<sub>`https://api.example.com` version `2026.11.27-3` · `4c1e07b` · 27 Nov 2026, 17:42 UTC \
· 6.2 s · {LOG} · before: PASS at `91d2aa0`</sub>"""
    )


def test_a_green_comment_says_what_was_before() -> None:
    before = Last(verdict="fail", commit="4c1e07b", summary="GET /api/business/me answers 500")
    assert shown(comment_body(run(*GREEN), before)) == (
        "**PASS: 3 checks of 2 APIs, everything required was verified** · exit code 0\n\n"
        "<sub>`https://api.example.com` version `2026.11.27-3` · `4c1e07b` · 27 Nov 2026, 17:42 UTC"
        f" · 6.2 s · {LOG} · before: FAIL at `4c1e07b`, GET /api/business/me answers 500</sub>"
    )


def hostile(text: str) -> ReportedRun:
    """A run in which a target says the same everywhere."""
    (cause,) = FAIL.causes
    parts = ("summary", "expected", "got", "where", "hint", "request_id", "curl", "answer")
    changes: dict[str, Any] = dict.fromkeys(parts, text)
    said = replace(cause, **changes, failed=((text, text),), not_run=((text, text),))
    apis = tuple(replace(api, name=text, failed_stage=text) for api in FAIL.apis)
    return replace(
        dirty_run(),
        summary=text,
        version=text,
        run_id=text,
        repair=text,
        mode=text,
        written=((text, text),),
        causes=(said, said),
        apis=apis,
    )


TAGS = {
    *("p", "strong", "em", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "sub"),
    *("details", "summary", "blockquote", "h4", "ol", "li", "a", "br"),
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("made", [issue_body, comment_body])
def test_what_a_target_says_has_no_effect(text: str, made: Any) -> None:
    one = hostile(text)
    plain, rendered = Rendered(made(hostile("x"))), Rendered(made(one))
    # But for the ways to write code, it is the same document.
    assert set(rendered.tags) <= TAGS
    assert [tag for tag in rendered.tags if tag != "code"] == [
        tag for tag in plain.tags if tag != "code"
    ]
    assert [link for link in rendered.links if link != PLACE.log_url] == []
    assert REFERENCE.findall(rendered.prose) == []
    assert is_of(made(one), TARGET)
    assert last_of(made(one)).verdict == "dirty"


def test_the_text_of_a_comment_on_an_issue_has_no_effect_either() -> None:
    for text in HOSTILE:
        one = hostile(text)
        rendered = Rendered(issue_text.comment(plan_for(one, OPEN), one, PLACE))
        assert set(rendered.tags) <= TAGS
        assert REFERENCE.findall(rendered.prose) == []


@pytest.mark.parametrize("text", ["x", "`", "|", "&", "\N{GRINNING FACE}"])
@pytest.mark.parametrize("made", [issue_body, comment_body])
def test_a_text_is_never_longer_than_github_takes(text: str, made: Any) -> None:
    (cause,) = FAIL.causes
    changes: dict[str, Any] = dict.fromkeys(("expected", "got", "where", "hint"), text * 1000)
    many = replace(cause, **changes, answer=text * 2000, curl=text * 6000)
    body = made(replace(FAIL, causes=(many,) * 100))
    assert len(body) <= LONGEST
    assert body.count("more; the report has all of them.") == 1
    assert Rendered(body).tags.count("details") >= 0


def test_everything_is_told_where_there_is_room() -> None:
    assert "Left out" not in issue_body(run(*BROKEN))
