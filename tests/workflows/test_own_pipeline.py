"""This project's own pipeline runs what .ci/run runs, and is as careful as the one it offers."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
from workflows.reading import ROOT, loaded

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "examples" / "github").glob("*.yml"))
OF_PLATFORMS = sorted(
    path for folder in ("github", "vercel") for path in (ROOT / "deploy" / folder).glob("*.yml")
)
EACH = pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.stem)


CI = loaded(".github/workflows/ci.yml")


def test_the_workflow_calls_the_environments_of_ci_run() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    (environments,) = re.findall(r"^for env in (.+); do$", script, re.MULTILINE)
    jobs = CI["jobs"]
    called = set(jobs["checks"]["strategy"]["matrix"]["env"])
    assert called | {"coverage"} == set(environments.split())
    assert "tox -e coverage" in str(jobs["coverage"]["steps"])


def test_the_workflow_tests_every_python_that_tox_knows() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", "utf-8")
    pairs = [(row["env"], row["python"]) for row in matrix("tests")["include"]]
    assert [env for env, _ in pairs] == tox["tox"]["env_list"].split(", ")
    assert all(env == f"py{python.replace('.', '')}" for env, python in pairs)


def test_the_one_required_check_needs_every_job_but_the_informational_one() -> None:
    jobs = CI["jobs"]
    assert set(jobs["result"]["needs"]) == set(jobs) - {"result", "audit"}
    assert jobs["audit"]["continue-on-error"] == "true"
    successes = " ".join(["success"] * len(jobs["result"]["needs"]))
    assert f"'{successes}'" in jobs["result"]["steps"][0]["run"]


def test_artifacts_of_this_project_are_kept_for_a_week() -> None:
    days = re.findall(r"retention-days: \"?(\d+)", text_of("ci.yml") + text_of("release.yml"))
    assert set(days) == {"7"}
    assert set(re.findall(r"retention-days: (\d+)", text_of("deploy.yml"))) == {"30"}


def test_the_release_publishes_without_a_token_and_with_attestations() -> None:
    publish = loaded(".github/workflows/release.yml")["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"]["name"] == "pypi"
    assert publish["steps"][-1]["with"] == {"attestations": "true"}
    assert "secrets." not in text_of("release.yml")


def test_the_documentation_is_published_by_a_job_that_builds_nothing() -> None:
    jobs = loaded(".github/workflows/docs.yml")["jobs"]
    publish = jobs["publish"]
    assert publish["permissions"] == {"pages": "write", "id-token": "write"}
    assert [step["uses"].partition("@")[0] for step in publish["steps"]] == ["actions/deploy-pages"]
    assert [job for job in jobs if "permissions" in jobs[job]] == ["publish"]
    assert "tox -e docs" in str(jobs["build"]["steps"])


@EACH
def test_each_foreign_action_is_pinned_by_commit_with_its_version_beside(path: Path) -> None:
    pins = re.findall(r"uses: (?!\./|OWNER/)(\S+)(.*)", path.read_text("utf-8"))
    assert [
        (action, rest)
        for action, rest in pins
        if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)
        or not re.fullmatch(r" # v\d+\.\d+\.\d+", rest)
    ] == []


def test_one_action_has_one_pin() -> None:
    files = (*WORKFLOWS, *EXAMPLES, *OF_PLATFORMS, ROOT / "action.yml")
    texts = [path.read_text("utf-8") for path in files]
    pins = {pin for text in texts for pin in re.findall(r"uses: (\S+@[0-9a-f]{40} # v\S+)", text)}
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


def test_what_is_pinned_is_kept_up_to_date_wherever_it_is() -> None:
    updates = {
        update["package-ecosystem"]: set(update.get("directories", [update.get("directory")]))
        for update in loaded(".github/dependabot.yml")["updates"]
    }
    # Those of `.github/workflows` and of `action.yml` belong to the root.
    folders = {path.parent for path in (*EXAMPLES, *OF_PLATFORMS)} | {ROOT}
    assert updates["github-actions"] == {
        f"/{path.relative_to(ROOT)}".rstrip(".") for path in folders
    }
    images = {path.parent for path in (ROOT / "Dockerfile", *(ROOT / "deploy").rglob("Dockerfile"))}
    assert updates["docker"] == {f"/{path.relative_to(ROOT)}".rstrip(".") for path in images}


def test_a_push_to_main_ends_no_run_of_another_commit_or_of_the_week() -> None:
    assert CI["concurrency"]["cancel-in-progress"] == ("${{ github.event_name == 'pull_request' }}")


def test_previews_whose_code_may_be_anybodys_get_no_account() -> None:
    """Neither by the tests of their checkout, nor by a login at what they deployed."""
    gate = loaded("deploy/vercel/smoke-gate.yml")["jobs"]["gate"]
    assert gate["if"] == "github.event.client_payload.environment == 'production'"


def test_no_deploy_of_the_example_comes_between_another_and_its_gate() -> None:
    assert loaded("deploy/github/deployment-protection.yml")["concurrency"] == {
        "group": "deploy",
        "cancel-in-progress": "false",
    }


@EACH
def test_each_workflow_begins_with_the_least_permissions_and_each_job_ends(path: Path) -> None:
    workflow = loaded(str(path))
    assert workflow["permissions"]["contents"] == "read"
    assert set(workflow["permissions"]) <= {"contents", "issues"}
    assert all("timeout-minutes" in job or "uses" in job for job in workflow["jobs"].values())


def matrix(job: str) -> dict[str, Any]:
    result: dict[str, Any] = CI["jobs"][job]["strategy"]["matrix"]
    return result


def text_of(name: str) -> str:
    return (ROOT / ".github" / "workflows" / name).read_text("utf-8")
