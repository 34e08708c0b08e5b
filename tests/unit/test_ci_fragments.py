"""The fragments for CI systems in the documentation parse, and use only what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_apismoke.configuration.setting_table import SETTINGS
from pytest_apismoke.system.ci_run import ci_run_of

ROOT = Path(__file__).parents[2]
PAGES = ("github.md", "github-issues.md", "notifications.md", "ci/other-systems.md")
TEXTS = {name: (ROOT / "docs" / "how-to" / name).read_text("utf-8") for name in PAGES}
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Options of pytest, and of other commands of the gate.
OF_OTHERS = {"--junitxml", "--label", "--pull", "--repo", "--name"}
#: Variables that are no setting.
CREDENTIALS = {"APISMOKE_USERNAME", "APISMOKE_PASSWORD", "APISMOKE_TOKEN"}


def blocks(name: str) -> list[tuple[str, str]]:
    """The fragments of a page, each with its language."""
    return _BLOCK.findall(TEXTS[name])


FRAGMENTS = [(name, text) for name in PAGES for language, text in blocks(name)]
OF_YAML = [(name, text) for name in PAGES for kind, text in blocks(name) if kind == "yaml"]


@pytest.mark.parametrize(("page", "text"), OF_YAML)
def test_a_fragment_of_yaml_is_a_mapping(page: str, text: str) -> None:
    assert isinstance(yaml.safe_load(text), dict)


@pytest.mark.parametrize(("page", "text"), FRAGMENTS)
def test_a_fragment_uses_options_and_variables_that_exist(page: str, text: str) -> None:
    options = {setting.option for setting in SETTINGS} | OF_OTHERS
    variables = {setting.environ for setting in SETTINGS} | CREDENTIALS
    calls = [line for line in text.splitlines() if "apismoke " in line or "--smoke-" in line]
    used = set(re.findall(r"(?<=\s)--[a-z][a-z-]+", "\n".join(f" {line}" for line in calls)))
    assert used <= options
    assert set(re.findall(r"APISMOKE_[A-Z_]+", text)) <= variables


def test_each_system_of_the_page_gets_the_results_of_a_step_that_failed() -> None:
    systems = re.findall(r"^## (.+)$", TEXTS["ci/other-systems.md"], re.MULTILINE)
    assert systems == ["GitLab", "Azure Pipelines", "Jenkins", "TeamCity"]
    gitlab, azure = (
        yaml.safe_load(text) for name, text in OF_YAML if name == "ci/other-systems.md"
    )
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
    sentence = TEXTS["notifications.md"].partition("a link to the run in CI (")[2].partition(")")[0]
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
