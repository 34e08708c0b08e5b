"""The files by which the repository is a home agree with the project, and with each other."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from documentation.changelog import mistakes
from packaging.requirements import Requirement

import pytest_apismoke
from pytest_apismoke.verdict.exit_codes import Judgement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SUPPORT = (ROOT / "SUPPORT.md").read_text("utf-8")
REPOSITORY = "https://github.com/OWNER/pytest-apismoke"
#: A released version of the project, where users copy it: `@v1.2.3`, `==1.2.3`, `@1.2.3`.
COPIED = re.compile(r"(?:pytest-apismoke(?:\S*?)(?:@v?|==)|placeholder: apismoke )(\d+\.\d+\.\d+)")
UNRELEASED = "# Changelog\n\n## [Unreleased]\n"


def test_the_changelog_keeps_the_rules_of_its_format() -> None:
    assert mistakes((ROOT / "CHANGELOG.md").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            f"{UNRELEASED}\n## [1.10.0] - 2026-02-01\n\n### Added\n\n- A.\n\n### Fixed\n\n- B.\n\n"
            "## [1.9.0] - 2026-01-01 [YANKED]\n\n[Unreleased]: a\n[1.10.0]: b\n[1.9.0]: c\n",
            [],
        ),
        ("## [Unreleased]\n\n[Unreleased]: a\n", ["it does not begin with '# Changelog'"]),
        (
            "# Changelog\n\n## 1.0.0 (today)\n",
            ["[Unreleased] is not the first section"],
        ),
        (
            f"{UNRELEASED}\n## [1.0.0] - 2026-02-30\n\n## 0.9\n\n[Unreleased]: a\n[1.0.0]: b\n",
            ["not '[X.Y.Z] - YYYY-MM-DD': 0.9", "no date: 2026-02-30"],
        ),
        (
            f"{UNRELEASED}\n## [1.9.0] - 2026-01-01\n\n## [1.10.0] - 2026-02-01\n\n"
            "[Unreleased]: a\n[1.9.0]: b\n[1.10.0]: c\n",
            ["the newest version does not come first"],
        ),
        (
            f"{UNRELEASED}\n### Fixed\n\n- A.\n\n### Added\n\n- B.\n\n[Unreleased]: a\n",
            ["[Unreleased]: kinds twice, or not in their order"],
        ),
        (
            f"{UNRELEASED}\n### Improved\n\n- A.\n\n### Added\n\n[Unreleased]: a\n",
            [
                "[Unreleased]: 'Improved' is no kind of change",
                "[Unreleased]: nothing below 'Added'",
            ],
        ),
        (
            UNRELEASED,
            ["the links at the end are not those of the sections, in their order"],
        ),
    ],
)
def test_a_mistake_in_a_changelog_is_found(text: str, found: list[str]) -> None:
    assert mistakes(text) == found


def test_the_support_page_has_the_versions_of_python_that_are_tested() -> None:
    pythons = re.findall(r":: Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert f"| Python | {', '.join(pythons)} | each," in SUPPORT
    assert PROJECT["requires-python"] == f">={pythons[0]}"
    tox = (ROOT / "tox.ini").read_text("utf-8")
    environments = ", ".join(f"py{python.replace('.', '')}" for python in pythons)
    assert f"env_list = {environments}\n" in tox


@pytest.mark.parametrize("name", ["pytest", "pytest-xdist", "pytest-timeout"])
def test_the_support_page_has_the_lowest_version_of(name: str) -> None:
    extras = PROJECT["optional-dependencies"]["full"]
    requirements = {
        one.name: str(one.specifier) for one in map(Requirement, PROJECT["dependencies"] + extras)
    }
    (lowest,) = re.findall(rf"^\| {name} \| (\S+) or newer \|", SUPPORT, re.MULTILINE)
    assert requirements[name] == f">={lowest}"
    if name == "pytest":
        assert f"{lowest}.0 with the lowest versions" in SUPPORT
        assert f"\n    pytest=={lowest}.0\n" in (ROOT / "tox.ini").read_text("utf-8")


def test_the_support_page_has_every_verdict() -> None:
    row = SUPPORT.partition("\n| verdicts | ")[2].partition("\n")[0]
    assert re.findall(r"\*(\w+)\*", row) == [str(judgement) for judgement in Judgement]


def test_every_file_that_users_copy_names_this_version() -> None:
    """A release changes it in all of them, or pipelines that are new get the release before."""
    tops = ("deploy", "docs", "examples", "templates", ".github/ISSUE_TEMPLATE")
    paths = [path for top in tops for path in (ROOT / top).rglob("*") if path.is_file()]
    named = {
        (path.relative_to(ROOT).as_posix(), version)
        for path in paths
        if path.suffix in (".md", ".yml", ".yaml", ".toml", ".sh")
        for version in COPIED.findall(path.read_text("utf-8"))
    }
    assert pytest_apismoke.__version__ == PROJECT["version"]
    assert {one for one in named if one[1] != PROJECT["version"]} == set()
    assert {path.partition("/")[0] for path, _ in named} == {top.partition("/")[0] for top in tops}


def test_the_project_has_the_links_that_an_index_shows() -> None:
    urls = dict(PROJECT["urls"])
    assert urls.pop("Documentation") == "https://OWNER.github.io/pytest-apismoke/"
    assert urls == {
        "Homepage": REPOSITORY,
        "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Issues": f"{REPOSITORY}/issues",
        "Security": f"{REPOSITORY}/security/policy",
        "Support": f"{REPOSITORY}/blob/main/SUPPORT.md",
    }


@pytest.mark.parametrize("name", ["SECURITY", "SUPPORT", "CODE_OF_CONDUCT", "CHANGELOG"])
def test_each_page_leads_to_this_repository_and_to_no_other(name: str) -> None:
    text = (ROOT / f"{name}.md").read_text("utf-8")
    owners = set(re.findall(r"https://github\.com/([\w-]+)/pytest-apismoke", text))
    assert owners == {"OWNER"}
