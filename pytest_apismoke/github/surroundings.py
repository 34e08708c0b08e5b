"""Where the command runs, from the variables of GitHub Actions; options come first. Pure.

Source: docs.github.com, "Variables reference" of GitHub Actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from urllib.parse import urlsplit

from pytest_apismoke.configuration.target_url import is_in_the_clear
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.github.json_values import as_int, as_object, as_text
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

_API = "https://api.github.com"
_SERVER = "https://github.com"
_REPOSITORY = late_pattern(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_PULL = late_pattern(r"refs/pull/(\d+)/(?:merge|head)")
_COMMIT_CHARACTERS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The run of a pipeline that the command tells of; texts are empty where they are unknown."""

    log_url: str = ""
    branch: str = ""
    commit: str = ""

    @property
    def short_commit(self) -> str:
        """The commit as people write it."""
        return self.commit[:_COMMIT_CHARACTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The repository, and how its API is reached; `token` is empty where none was given."""

    repository: str
    api_url: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """The pull request that a pipeline runs for; without one `number` is None.

    `commit` is the last of its branch: `GITHUB_SHA` is that of a merge which no branch has.
    """

    number: int | None = None
    commit: str = ""


def place(
    environ: Mapping[str, str],
    pull: PullRequest,
    *,
    log_url: str = "",
    branch: str = "",
    commit: str = "",
) -> Place:
    """The run of the pipeline; what was given comes before the variables."""
    return Place(
        log_url=log_url or _log_url(environ),
        branch=branch or environ.get("GITHUB_HEAD_REF") or environ.get("GITHUB_REF_NAME", ""),
        commit=commit or pull.commit or environ.get("GITHUB_SHA", ""),
    )


def access(
    environ: Mapping[str, str], *, where: str, repository: str = "", api_url: str = ""
) -> Access:
    """The repository, and how its API is reached.

    Args:
        environ: the environment.
        where: the command, for messages.
        repository: `owner/name`, where it was given.
        api_url: the base of the API, where it was given.

    Raises:
        SmokeError: `usage`, where there is no repository, or no URL that a token may be sent to.

    """
    repository = repository or environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        raise misconfigured(
            expected="a repository of the form owner/name",
            seen=repr(repository) if repository else "none",
            where=where,
            hint="give it with --repo, or as GITHUB_REPOSITORY",
        )
    api_url = (api_url or environ.get("GITHUB_API_URL") or _API).rstrip("/")
    if not _is_fit(api_url):
        raise misconfigured(
            expected="the base of GitHub's API, an https:// URL without credentials or a query",
            # The part before an @ may be a password.
            seen="a URL with credentials" if "@" in api_url else repr(api_url),
            where=where,
            hint="correct --api-url, or GITHUB_API_URL; for GitHub Enterprise Server it is"
            " https://HOST/api/v3. Nothing was sent",
        )
    token = environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN") or ""
    return Access(repository=repository, api_url=api_url, token=token.strip())


def require_token(access: Access, *, where: str, permission: str) -> None:
    """Refuses a call that would change something without a token.

    Raises:
        SmokeError: `usage`.

    """
    if access.token and access.token.isascii() and access.token.isprintable():
        return
    raise misconfigured(
        expected="a token of GitHub",
        seen="characters that no token has" if access.token else "none",
        where=where,
        hint="give it as GITHUB_TOKEN or GH_TOKEN: in a workflow, env: GITHUB_TOKEN:"
        f" ${{{{ github.token }}}} and permissions: {permission}: write",
    )


def pull_request(environ: Mapping[str, str], event: object) -> PullRequest:
    """The pull request that the pipeline runs for.

    Args:
        environ: the environment.
        event: what GitHub says about the event, as JSON; anything else says nothing.

    """
    told = as_object(as_object(event).get("pull_request"))
    number = as_int(told.get("number"))
    found = _PULL.fullmatch(environ.get("GITHUB_REF", ""))
    return PullRequest(
        number=number or (int(found[1]) if found else None),
        commit=as_text(as_object(told.get("head")).get("sha")),
    )


def _log_url(environ: Mapping[str, str]) -> str:
    repository, run = environ.get("GITHUB_REPOSITORY", ""), environ.get("GITHUB_RUN_ID", "")
    if not repository or not run:
        return ""
    server = environ.get("GITHUB_SERVER_URL") or _SERVER
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "1")
    again = f"/attempts/{attempt}" if attempt != "1" else ""
    return f"{server}/{repository}/actions/runs/{run}{again}"


def _is_fit(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises for one that is none
    except ValueError:
        return False
    is_http = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_http and not (
        "@" in parts.netloc or parts.query or parts.fragment or is_in_the_clear(url)
    )
