"""The fragments for CI systems in the documentation parse, and use only what there is."""

from __future__ import annotations

import re
from typing import Any

import yaml
from documentation.pages import text_of, texts

from pytest_apismoke.system.ci_run import ci_run_of

SYSTEMS = "docs/how-to/ci/other-systems.md"


def test_each_system_of_the_page_gets_the_results_of_a_step_that_failed() -> None:
    systems = re.findall(r"^## (.+)$", text_of(SYSTEMS), re.MULTILINE)
    assert systems == ["GitLab", "Azure Pipelines", "Jenkins", "TeamCity"]
    gitlab, azure = map(yaml.safe_load, texts(SYSTEMS, "yaml"))
    artifacts: dict[str, Any] = gitlab["smoke"]["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["reports"] == {
        "junit": "junit.xml",
        "codequality": "gl-code-quality-report.json",
    }
    *_, publish = azure["steps"]
    assert (publish["task"], publish["condition"]) == (
        "PublishTestResults@2",
        "succeededOrFailed()",
    )


def test_the_page_on_notifications_names_the_systems_that_have_a_link() -> None:
    sentence = (
        text_of("docs/how-to/notifications.md")
        .partition("a link to the run in CI (")[2]
        .partition(")")[0]
    )
    by_system = {
        "GitHub": {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "1"},
        "GitLab": {"GITLAB_CI": "true", "CI_JOB_URL": "https://a"},
        "Azure": {"TF_BUILD": "True", "BUILD_BUILDID": "1"},
        "Jenkins": {"JENKINS_URL": "https://a", "BUILD_URL": "https://a"},
        "CircleCI": {"CIRCLECI": "true", "CIRCLE_BUILD_URL": "https://a"},
        "Buildkite": {"BUILDKITE": "true", "BUILDKITE_BUILD_URL": "https://a"},
        "Bitbucket": {"BITBUCKET_BUILD_NUMBER": "1", "BITBUCKET_GIT_HTTP_ORIGIN": "https://a"},
    }
    assert sentence.split(", ") == list(by_system)
    assert all(ci_run_of(environ) for environ in by_system.values())
