"""The run of a CI system in which this process works, as its variables tell it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from pytest_apismoke.records import dataclass

Environ = Mapping[str, str]
#: A commit is shown with so many characters, as git shows it.
_COMMIT_CHARS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class CiRun:
    """One run of a CI system; what it does not tell is empty.

    Attributes:
        system: its name.
        name: the workflow or job, with its number.
        url: the page with the log.
        commit: the beginning of its hash.

    """

    system: str
    name: str
    url: str
    commit: str


def ci_run_of(environ: Environ) -> CiRun | None:
    """The run that a process with these variables is part of; None outside of CI systems."""
    for system, variable, read in _SYSTEMS:
        if environ.get(variable):
            name, number, url, commit = read(environ)
            is_page = url.startswith(("https://", "http://")) and not any(map(str.isspace, url))
            return CiRun(
                system=system,
                name=f"{name} #{number}".strip() if number else name,
                url=url if is_page else "",
                commit=commit[:_COMMIT_CHARS],
            )
    return None


def _github(environ: Environ) -> tuple[str, str, str, str]:
    server, repository, run = (
        environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    # A run that is repeated keeps its number: only the attempt leads to its own log.
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    again = f"/attempts/{attempt}" if attempt not in ("", "1") else ""
    url = f"{server}/{repository}/actions/runs/{run}{again}" if repository and run else ""
    return (
        environ.get("GITHUB_WORKFLOW", ""),
        environ.get("GITHUB_RUN_NUMBER", ""),
        url,
        environ.get("GITHUB_SHA", ""),
    )


def _azure(environ: Environ) -> tuple[str, str, str, str]:
    collection, project, build = (
        environ.get(name, "")
        for name in ("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID")
    )
    url = f"{collection}{quote(project)}/_build/results?buildId={build}" if build else ""
    return (
        environ.get("BUILD_DEFINITIONNAME", ""),
        environ.get("BUILD_BUILDNUMBER", ""),
        url,
        environ.get("BUILD_SOURCEVERSION", ""),
    )


def _bitbucket(environ: Environ) -> tuple[str, str, str, str]:
    number, origin = (
        environ.get(f"BITBUCKET_{name}", "") for name in ("BUILD_NUMBER", "GIT_HTTP_ORIGIN")
    )
    # The origin is given with http, which leads to the same page.
    url = f"{origin}/pipelines/results/{number}".replace("http://", "https://", 1)
    return (
        environ.get("BITBUCKET_REPO_SLUG", ""),
        number,
        url if origin else "",
        environ.get("BITBUCKET_COMMIT", ""),
    )


def _by_variables(*names: str) -> Callable[[Environ], tuple[str, str, str, str]]:
    """Reads name, number, URL and commit from one variable each."""

    def read(environ: Environ) -> tuple[str, str, str, str]:
        name, number, url, commit = (environ.get(one, "") for one in names)
        return name, number, url, commit

    return read


#: Each system with the variable that tells of it. Gitea and Forgejo set those of GitHub too.
_SYSTEMS = (
    ("GitHub Actions", "GITHUB_ACTIONS", _github),
    (
        "GitLab",
        "GITLAB_CI",
        _by_variables("CI_JOB_NAME", "CI_PIPELINE_IID", "CI_JOB_URL", "CI_COMMIT_SHA"),
    ),
    ("Azure Pipelines", "TF_BUILD", _azure),
    (
        "Jenkins",
        "JENKINS_URL",
        _by_variables("JOB_NAME", "BUILD_NUMBER", "BUILD_URL", "GIT_COMMIT"),
    ),
    (
        "TeamCity",
        "TEAMCITY_VERSION",
        _by_variables("TEAMCITY_BUILDCONF_NAME", "BUILD_NUMBER", "BUILD_URL", "BUILD_VCS_NUMBER"),
    ),
    (
        "CircleCI",
        "CIRCLECI",
        _by_variables("CIRCLE_JOB", "CIRCLE_BUILD_NUM", "CIRCLE_BUILD_URL", "CIRCLE_SHA1"),
    ),
    (
        "Buildkite",
        "BUILDKITE",
        _by_variables(
            "BUILDKITE_PIPELINE_NAME",
            "BUILDKITE_BUILD_NUMBER",
            "BUILDKITE_BUILD_URL",
            "BUILDKITE_COMMIT",
        ),
    ),
    ("Bitbucket Pipelines", "BITBUCKET_BUILD_NUMBER", _bitbucket),
)
