"""The run of a CI system, from the variables that each documents."""

from __future__ import annotations

import pytest

from pytest_apismoke.system.ci_run import CiRun, ci_run_of

SHA = "4c1e07b1f0c2d4a9"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "octo/shop",
    "GITHUB_RUN_ID": "1658821493",
    "GITHUB_RUN_NUMBER": "1284",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_WORKFLOW": "deploy",
    "GITHUB_SHA": SHA,
}


@pytest.mark.parametrize(
    ("environ", "run"),
    [
        (
            GITHUB,
            (
                "GitHub Actions",
                "deploy #1284",
                "https://github.com/octo/shop/actions/runs/1658821493",
            ),
        ),
        (
            {
                "GITLAB_CI": "true",
                "CI_JOB_NAME": "smoke",
                "CI_PIPELINE_IID": "17",
                "CI_JOB_URL": "https://gitlab.com/octo/shop/-/jobs/9",
                "CI_COMMIT_SHA": SHA,
            },
            ("GitLab", "smoke #17", "https://gitlab.com/octo/shop/-/jobs/9"),
        ),
        (
            {
                "TF_BUILD": "True",
                "BUILD_DEFINITIONNAME": "shop",
                "BUILD_BUILDNUMBER": "20261127.3",
                "BUILD_BUILDID": "812",
                "BUILD_SOURCEVERSION": SHA,
                "SYSTEM_COLLECTIONURI": "https://dev.azure.com/octo/",
                "SYSTEM_TEAMPROJECT": "our shop",
            },
            (
                "Azure Pipelines",
                "shop #20261127.3",
                "https://dev.azure.com/octo/our%20shop/_build/results?buildId=812",
            ),
        ),
        (
            {
                "JENKINS_URL": "https://ci.example.com/",
                "JOB_NAME": "shop/deploy",
                "BUILD_NUMBER": "12",
                "BUILD_URL": "https://ci.example.com/job/shop/12/",
                "GIT_COMMIT": SHA,
            },
            ("Jenkins", "shop/deploy #12", "https://ci.example.com/job/shop/12/"),
        ),
        (
            {
                "TEAMCITY_VERSION": "2024.07",
                "TEAMCITY_BUILDCONF_NAME": "Deploy",
                "BUILD_NUMBER": "12",
                "BUILD_VCS_NUMBER": SHA,
            },
            ("TeamCity", "Deploy #12", ""),
        ),
        (
            {
                "CIRCLECI": "true",
                "CIRCLE_JOB": "smoke",
                "CIRCLE_BUILD_NUM": "5",
                "CIRCLE_BUILD_URL": "https://circleci.com/gh/octo/shop/5",
                "CIRCLE_SHA1": SHA,
            },
            ("CircleCI", "smoke #5", "https://circleci.com/gh/octo/shop/5"),
        ),
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_PIPELINE_NAME": "shop",
                "BUILDKITE_BUILD_NUMBER": "5",
                "BUILDKITE_BUILD_URL": "https://buildkite.com/octo/shop/builds/5",
                "BUILDKITE_COMMIT": SHA,
            },
            ("Buildkite", "shop #5", "https://buildkite.com/octo/shop/builds/5"),
        ),
        (
            {
                "BITBUCKET_BUILD_NUMBER": "5",
                "BITBUCKET_REPO_SLUG": "shop",
                "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/octo/shop",
                "BITBUCKET_COMMIT": SHA,
            },
            (
                "Bitbucket Pipelines",
                "shop #5",
                "https://bitbucket.org/octo/shop/pipelines/results/5",
            ),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_run_has_its_name_its_page_and_its_commit(
    environ: dict[str, str], run: tuple[str, str, str]
) -> None:
    system, name, url = run
    assert ci_run_of(environ) == CiRun(system=system, name=name, url=url, commit="4c1e07b")


def test_an_attempt_of_a_run_has_a_page_of_its_own() -> None:
    run = ci_run_of({**GITHUB, "GITHUB_RUN_ATTEMPT": "2"})
    assert run is not None
    assert run.url == "https://github.com/octo/shop/actions/runs/1658821493/attempts/2"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "ftp://a", ""])
def test_what_is_no_page_of_the_web_is_no_link(url: str) -> None:
    run = ci_run_of({"GITLAB_CI": "true", "CI_JOB_NAME": "smoke", "CI_JOB_URL": url})
    assert run == CiRun(system="GitLab", name="smoke", url="", commit="")


def test_outside_of_ci_there_is_no_run() -> None:
    assert ci_run_of({"PATH": "/bin", "BUILD_NUMBER": "3"}) is None
