"""How requests to GitHub's API are sent: patiently, once where it counts, to that server only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from servers.github import Account, GitHubStandIn, Said, Trouble, error, primary_limit
from servers.github import secondary_limit as secondary

from pytest_apismoke import __version__
from pytest_apismoke.github.api import GitHubApi, GitHubError, MaybeDoneError
from pytest_apismoke.github.surroundings import Access

TOKEN = "ghs_c0ffee"
NOW_S = 1_795_802_400.0
PERMISSION = (
    "in a workflow, give the job 'permissions: issues: write', and 'pull-requests: write' for"
    " comments"
)
FORK = "; a run for a fork's pull request has a token that only reads"

pytestmark = pytest.mark.usefixtures("plain_environment")


@dataclass
class Waiting:
    """Notes what is slept, and moves the clock."""

    slept_s: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)

    def now(self) -> float:
        return NOW_S + sum(self.slept_s)


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    server = GitHubStandIn()
    server.accounts[TOKEN] = Account()
    yield server
    server.stop()


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def make_api(github: GitHubStandIn, waiting: Waiting) -> Callable[..., GitHubApi]:
    def make(
        *, token: str = TOKEN, repository: str = "acme/shop", patience_s: float = 180.0
    ) -> GitHubApi:
        access = Access(repository=repository, api_url=github.url, token=token)
        return GitHubApi(
            access,
            patience_s=patience_s,
            tell=waiting.told.append,
            sleep=waiting.sleep,
            now=waiting.now,
        )

    return make


@pytest.fixture
def api(make_api: Callable[..., GitHubApi]) -> GitHubApi:
    return make_api()


def titles(api: GitHubApi, *query: tuple[str, str], most: int = 10) -> list[str]:
    return [one["title"] for one in api.pages("issues", *query, most=most)]


def test_each_request_says_who_asks_and_for_which_version(
    github: GitHubStandIn, api: GitHubApi
) -> None:
    assert titles(api) == []
    (asked,) = github.asked
    names = ("accept", "x-github-api-version", "user-agent", "authorization")
    assert {name: asked.headers[name] for name in names} == {
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
        "user-agent": f"pytest-apismoke/{__version__}",
        "authorization": f"Bearer {TOKEN}",
    }


def test_without_a_token_none_is_sent(
    github: GitHubStandIn, make_api: Callable[..., GitHubApi]
) -> None:
    assert titles(make_api(token="")) == []
    assert "authorization" not in github.asked[0].headers


def test_a_list_is_read_over_all_its_pages(github: GitHubStandIn, api: GitHubApi) -> None:
    for number in range(250):
        github.add_issue(title=f"{number}")
    assert sorted(titles(api, ("state", "all")), key=int) == [str(n) for n in range(250)]
    assert [one.path for one in github.asked] == [
        "/repos/acme/shop/issues?state=all&per_page=100",
        "/repositories/1296269/issues?state=all&per_page=100&page=2",
        "/repositories/1296269/issues?state=all&per_page=100&page=3",
    ]


def test_no_more_pages_are_read_than_wanted(github: GitHubStandIn, api: GitHubApi) -> None:
    for number in range(250):
        github.add_issue(title=f"{number}")
    assert len(titles(api, most=2)) == 200


def test_a_renamed_repository_is_followed(github: GitHubStandIn, api: GitHubApi) -> None:
    github.former_name, github.name = "acme/shop", "acme/store"
    for number in range(120):
        github.add_issue(title=f"{number}")
    assert len(titles(api)) == 120
    assert api.post("issues", {"title": "new"})["title"] == "new"
    assert [asked.method for asked in github.asked] == ["GET", "GET", "GET", "POST", "POST"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_server_is_not_followed(
    github: GitHubStandIn, api: GitHubApi, status: int
) -> None:
    """It would get the token."""
    other = GitHubStandIn()
    try:
        elsewhere = {"location": f"{other.url}/repos/acme/shop/issues"}
        github.troubles = [Trouble(said=Said(status=status, headers=elsewhere))]
        with pytest.raises(GitHubError) as refused:
            titles(api)
        assert other.asked == []
    finally:
        other.stop()
    assert str(refused.value.failure) == (
        f"expected an answer, or a redirect to the same API, seen {status}\n"
        "  where: GET acme/shop (GitHub request id C0FF:EE)\n"
        "  what to do: give the repository's present name with --repo, and check --api-url"
    )


def test_a_next_page_on_another_server_is_not_read(github: GitHubStandIn, api: GitHubApi) -> None:
    elsewhere = {"link": '<https://evil.example/issues?page=2>; rel="next"'}
    github.troubles = [Trouble(said=Said(status=200, value=[], headers=elsewhere))]
    with pytest.raises(GitHubError):
        titles(api)
    assert len(github.asked) == 1


def test_redirects_in_a_circle_end(github: GitHubStandIn, api: GitHubApi) -> None:
    around = {"location": f"{github.url}/repos/acme/shop/issues"}
    github.troubles = [Trouble(said=Said(status=307, headers=around)) for _ in range(20)]
    with pytest.raises(GitHubError):
        titles(api)
    assert len(github.asked) == 6


@pytest.mark.parametrize(
    ("said", "slept_s"),
    [
        (primary_limit(int(NOW_S) + 40), [41.0]),
        (secondary(7), [7.0]),
        # GitHub asks for a minute at least where it does not say how long.
        (secondary(None), [60.0]),
    ],
    ids=["primary", "secondary", "secondary without a time"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_limit_is_waited_for(
    github: GitHubStandIn,
    api: GitHubApi,
    waiting: Waiting,
    said: Said,
    slept_s: list[float],
    method: str,
) -> None:
    """A request that was refused was not carried out, so any may be sent again."""
    github.troubles = [Trouble(said=said)]
    if method == "POST":
        api.post("issues", {"title": "new"})
        assert len(github.issues) == 1
    else:
        assert titles(api) == []
    assert waiting.slept_s == slept_s
    assert waiting.told == [f"note: GitHub asks for patience: going on in {slept_s[0]:.0f} s"]


def test_each_wait_for_a_limit_without_a_time_is_longer(
    github: GitHubStandIn, api: GitHubApi, waiting: Waiting
) -> None:
    github.troubles = [Trouble(said=secondary(None)) for _ in range(2)]
    assert titles(api) == []
    assert waiting.slept_s == [60.0, 120.0]


@pytest.mark.parametrize(
    ("said", "seen", "hint"),
    [
        (
            primary_limit(int(NOW_S) + 1800),
            "403 (API rate limit exceeded for installation ID 1.)",
            "run the command again after 18:30:00 UTC, or give it more time with --wait=1801",
        ),
        (
            secondary(200),
            "429 (You have exceeded a secondary rate limit. Please wait.)",
            "run the command again after 18:03:20 UTC, or give it more time with --wait=201",
        ),
    ],
    ids=["primary", "secondary"],
)
def test_a_limit_beyond_all_patience_is_told(
    github: GitHubStandIn, api: GitHubApi, waiting: Waiting, said: Said, seen: str, hint: str
) -> None:
    github.troubles = [Trouble(said=said)]
    with pytest.raises(GitHubError) as refused:
        titles(api)
    assert waiting.slept_s == []
    assert str(refused.value.failure) == (
        f"expected GitHub to take one more request, seen {seen}\n"
        "  where: GET /repos/acme/shop/issues (GitHub request id C0FF:EE)\n"
        f"  what to do: {hint}"
    )


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "said", [error(502, "Server Error"), error(503, ""), Said(status=0, is_cut=True)]
)
def test_trouble_at_github_is_tried_again(
    github: GitHubStandIn, api: GitHubApi, waiting: Waiting, method: str, said: Said
) -> None:
    """Sent twice, such a request has the same effect as sent once."""
    comment = github.add_comment(github.add_issue(title="old")["number"], "old")
    github.troubles = [Trouble(said=said), Trouble(said=said)]
    if method == "PATCH":
        assert api.patch("issues/1", {"title": "new"})["title"] == "new"
    elif method == "DELETE":
        api.delete(f"issues/comments/{comment['id']}")
        assert github.comments == {}
    else:
        assert titles(api) == ["old"]
    assert (waiting.slept_s, waiting.told) == ([1.0, 2.0], [])


@pytest.mark.parametrize("is_carried_out", [True, False])
@pytest.mark.parametrize("said", [error(502, "Server Error"), Said(status=0, is_cut=True)])
def test_what_may_have_been_made_is_not_made_again(
    github: GitHubStandIn, api: GitHubApi, said: Said, is_carried_out: bool
) -> None:
    github.troubles = [Trouble(said=said, is_carried_out=is_carried_out)]
    with pytest.raises(MaybeDoneError):
        api.post("issues", {"title": "new"})
    assert len(github.asked) == 1


def test_a_server_that_is_not_there_is_told(
    github: GitHubStandIn, api: GitHubApi, waiting: Waiting
) -> None:
    github.stop()
    with pytest.raises(GitHubError) as refused:
        api.post("issues", {"title": "new"})
    # Nothing was sent, so it may be tried again.
    assert not isinstance(refused.value, MaybeDoneError)
    assert waiting.slept_s == [1.0, 2.0, 4.0]
    assert refused.value.failure.expected == "an answer of GitHub's API"
    assert refused.value.failure.where == "POST /repos/acme/shop/issues"


REFUSALS: dict[str, tuple[Callable[[GitHubStandIn], object], str, str, str]] = {
    "a token that is none": (
        lambda github: github.accounts.clear(),
        "a token that GitHub knows",
        "401 (Bad credentials)",
        "check that the token has not expired or been revoked",
    ),
    "a private repository": (
        lambda github: github.hide_from(TOKEN),
        "that acme/shop exists and the token may see it",
        "404 (Not Found)",
        "check --repo and the number; GitHub also answers 404 where a token lacks access:"
        f" {PERMISSION}{FORK}",
    ),
    "a token that only reads": (
        lambda github: github.accounts.update({TOKEN: Account(right="read")}),
        "a token that may do this",
        "403 (Resource not accessible by integration)",
        f"{PERMISSION} (GitHub asks for issues=write){FORK}",
    ),
    "issues are switched off": (
        lambda github: setattr(github, "has_issues", False),
        "a repository that has issues: those of acme/shop are switched off, or this one was"
        " deleted",
        "410 (Issues are disabled for this repo)",
        "switch them on in the repository's settings, or name another one with --repo",
    ),
    "a request that is invalid": (
        lambda github: None,
        "a request that GitHub takes",
        "422 (Validation Failed: title missing_field)",
        "correct the option that GitHub's message names",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_what_to_do(
    github: GitHubStandIn, api: GitHubApi, waiting: Waiting, case: str
) -> None:
    change, expected, seen, hint = REFUSALS[case]
    change(github)
    with pytest.raises(GitHubError) as refused:
        api.post("issues", {"title": ""})
    assert waiting.slept_s == []
    assert str(refused.value.failure) == (
        f"expected {expected}, seen {seen}\n"
        "  where: POST /repos/acme/shop/issues (GitHub request id C0FF:EE)\n"
        f"  what to do: {hint}"
    )


@pytest.mark.parametrize("value", ["text", 5, [1, None], {"no": "items"}])
def test_an_answer_that_is_no_list_has_no_items(
    github: GitHubStandIn, api: GitHubApi, value: object
) -> None:
    github.troubles = [Trouble(said=Said(status=200, value=value))]
    assert list(api.pages("issues", most=1)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "soon"},
        {"retry-after": "-5"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "tomorrow"},
        {"retry-after": "9" * 400},
    ],
)
def test_a_time_that_is_none_is_a_minute(
    github: GitHubStandIn, api: GitHubApi, waiting: Waiting, headers: dict[str, str]
) -> None:
    github.troubles = [Trouble(said=Said(status=429, headers=headers))]
    assert titles(api) == []
    assert waiting.slept_s == [60.0]
