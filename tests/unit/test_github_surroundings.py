"""Where a command runs, from the variables of GitHub Actions."""

from __future__ import annotations

import pytest

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.github.surroundings import (
    Access,
    Place,
    PullRequest,
    access,
    place,
    pull_request,
    require_token,
)

ACTIONS = {
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "1284",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_REF_NAME": "main",
    "GITHUB_SHA": "4c1e07b5aa",
}
NO_PULL = PullRequest()
LOG = "https://github.com/acme/shop/actions/runs/1284"


@pytest.mark.parametrize(
    ("environ", "pull", "found"),
    [
        ({}, NO_PULL, Place()),
        (ACTIONS, NO_PULL, Place(log_url=LOG, branch="main", commit="4c1e07b5aa")),
        (
            {**ACTIONS, "GITHUB_RUN_ATTEMPT": "3", "GITHUB_SERVER_URL": "https://ghe.example"},
            NO_PULL,
            Place(
                log_url="https://ghe.example/acme/shop/actions/runs/1284/attempts/3",
                branch="main",
                commit="4c1e07b5aa",
            ),
        ),
        # The commit of a run for a pull request is one that no branch has.
        (
            {**ACTIONS, "GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "greeting"},
            PullRequest(number=7, commit="91d2aa0ff"),
            Place(log_url=LOG, branch="greeting", commit="91d2aa0ff"),
        ),
    ],
)
def test_the_run_of_a_pipeline_is_known_by_its_variables(
    environ: dict[str, str], pull: PullRequest, found: Place
) -> None:
    assert place(environ, pull) == found


def test_what_was_given_comes_first() -> None:
    given = place(ACTIONS, NO_PULL, log_url="https://ci.example/1", branch="b", commit="c")
    assert given == Place(log_url="https://ci.example/1", branch="b", commit="c")


@pytest.mark.parametrize(
    ("ref", "event", "found"),
    [
        ("refs/heads/main", None, PullRequest()),
        ("refs/pull/7/merge", None, PullRequest(number=7)),
        (
            "refs/heads/main",
            {"pull_request": {"number": 7, "head": {"sha": "91d2aa0ff"}}},
            PullRequest(number=7, commit="91d2aa0ff"),
        ),
        ("refs/pull/7/merge", {"pull_request": {"number": "x", "head": 5}}, PullRequest(number=7)),
    ],
)
def test_the_pull_request_is_known_by_the_event_or_the_ref(
    ref: str, event: object, found: PullRequest
) -> None:
    assert pull_request({"GITHUB_REF": ref}, event) == found


@pytest.mark.parametrize(
    ("environ", "given", "found"),
    [
        (ACTIONS, {}, ("acme/shop", "https://api.github.com", "")),
        (
            {
                **ACTIONS,
                "GITHUB_API_URL": "https://ghe.example/api/v3/",
                "GITHUB_TOKEN": " ghs_one\n",
                "GH_TOKEN": "ghp_two",
            },
            {},
            ("acme/shop", "https://ghe.example/api/v3", "ghs_one"),
        ),
        (
            {**ACTIONS, "GH_TOKEN": "ghp_two"},
            {"repository": "acme/store", "api_url": "http://127.0.0.1:1"},
            ("acme/store", "http://127.0.0.1:1", "ghp_two"),
        ),
    ],
)
def test_how_the_api_is_reached(
    environ: dict[str, str], given: dict[str, str], found: tuple[str, str, str]
) -> None:
    repository, api_url, token = found
    reached = access(environ, where="apismoke issue", **given)
    assert reached == Access(repository=repository, api_url=api_url, token=token)
    assert "ghs" not in repr(reached)
    assert "ghp" not in repr(reached)


@pytest.mark.parametrize(
    "repository", ["", "shop", "a/b/c", "acme/", "/shop", "acme/shop?x=1", "https://github.com/a/b"]
)
def test_a_repository_is_an_owner_and_a_name(repository: str) -> None:
    with pytest.raises(SmokeError):
        access({}, where="apismoke issue", repository=repository)


@pytest.mark.parametrize(
    "url",
    [
        *("http://github.example", "ftp://api.github.com", "api.github.com", "https://"),
        *("https://api.github.com?x=1", "https://api.github.com#x", "https://a:b", "https://["),
    ],
)
def test_a_token_is_sent_to_no_other_kind_of_url(url: str) -> None:
    with pytest.raises(SmokeError):
        access(ACTIONS, where="apismoke issue", api_url=url)


def test_credentials_in_a_url_are_not_shown() -> None:
    with pytest.raises(SmokeError) as refused:
        access(ACTIONS, where="apismoke issue", api_url="https://me:secret@api.github.com")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("token", ["", "tokén", "two\nlines"])
def test_what_is_no_token_is_refused_unseen(token: str) -> None:
    reached = Access(repository="acme/shop", api_url="https://api.github.com", token=token)
    with pytest.raises(SmokeError) as refused:
        require_token(reached, where="apismoke issue", permission="issues")
    assert token == "" or token not in str(refused.value)
