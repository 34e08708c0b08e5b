"""The reusable workflows: their stage rules, and their scripts run as a runner would run them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from workflows.reading import loaded, run_script, step_of

DEPLOY = loaded(".github/workflows/deploy.yml")
CHECK = loaded(".github/workflows/smoke-check.yml")


def test_pull_requests_only_build_and_test() -> None:
    conditions = {name: job.get("if", "") for name, job in DEPLOY["jobs"].items()}
    events = {name: re.findall(r"event_name == '(\w+)'", text) for name, text in conditions.items()}
    assert events == {
        "build": [],
        "test": [],
        "staging": ["push", "workflow_dispatch"],
        "production": ["push", "workflow_dispatch"],
    }


def test_production_comes_after_the_gate_of_staging_from_one_branch_with_the_same_version() -> None:
    jobs = DEPLOY["jobs"]
    assert jobs["staging"]["needs"] == ["build", "test"]
    assert jobs["production"]["needs"] == "staging"
    assert "format('refs/heads/{0}', inputs.production-branch)" in jobs["production"]["if"]
    assert DEPLOY["env"] == {"VERSION": "${{ inputs.version || github.sha }}"}
    gates = [
        step["with"]["target-version"]
        for job in ("staging", "production")
        for step in jobs[job]["steps"]
        if step.get("id") == "gate"
    ]
    assert len(gates) == 2
    assert len(set(gates)) == 1
    staging = step_of(DEPLOY, "staging", "Gate staging")
    assert "continue-on-error" not in staging
    assert "fail" not in staging["with"]


def test_only_builds_and_tests_of_a_branch_are_cancelled_by_its_next_run() -> None:
    cancelled = {
        name: (
            job["concurrency"]["group"].rpartition("}-")[2],
            job["concurrency"]["cancel-in-progress"],
        )
        for name, job in DEPLOY["jobs"].items()
    }
    assert cancelled["staging"] == ("staging", "false")
    assert cancelled["production"] == ("production", "false")
    for name in ("build", "test"):
        concurrency = DEPLOY["jobs"][name]["concurrency"]
        assert concurrency["group"] == f"${{{{ github.workflow }}}}-{name}-${{{{ github.ref }}}}"
        assert concurrency["cancel-in-progress"] == "true"
    assert "concurrency" not in DEPLOY


def test_it_rolls_back_after_a_fail_and_a_deploy_that_broke_and_after_nothing_else() -> None:
    assert step_of(DEPLOY, "production", "Roll back")["if"] == (
        "${{ !cancelled() && (steps.deploy.outcome == 'failure' || "
        "steps.gate.outputs.verdict == 'fail') }}"
    )


@pytest.mark.parametrize(
    ("deploy", "verdict", "rollback", "again", "code", "title"),
    [
        ("success", "pass", "skipped", "", 0, "Deployed"),
        ("success", "fail", "success", "pass", 1, "Rolled back"),
        ("success", "fail", "success", "fail", 1, "Rolled back, and still not well"),
        ("success", "fail", "success", "", 1, "Rolled back, and still not well"),
        ("success", "fail", "failure", "", 1, "NOT rolled back"),
        ("failure", "", "success", "pass", 1, "Rolled back"),
        ("failure", "pass", "failure", "", 1, "NOT rolled back"),
        ("success", "dirty", "skipped", "", 1, "Held: the target was left changed"),
        ("success", "inconclusive", "skipped", "", 1, "Held: nobody could tell"),
        ("success", "misconfigured", "skipped", "", 1, "Held: nobody could tell"),
        ("success", "", "skipped", "", 1, "Held: nobody could tell"),
        ("cancelled", "", "skipped", "", 1, "Held: nobody could tell"),
    ],
)
def test_the_end_of_a_deploy_is_told_and_only_a_pass_is_green(
    tmp_path: Path,
    *,
    deploy: str,
    verdict: str,
    rollback: str,
    again: str,
    code: int,
    title: str,
) -> None:
    step = step_of(DEPLOY, "production", "Say how it ended")
    ended, told = run_script(
        step["run"], tmp_path, DEPLOY=deploy, VERDICT=verdict, ROLLBACK=rollback, AGAIN=again
    )
    assert (ended, told.partition("::")[2].split("title=")[1].split("::")[0]) == (code, title)


@pytest.mark.parametrize(
    ("event", "relevant", "full", "smoke", "code"),
    [
        ("pull_request", "true", "success", "success", 0),
        ("pull_request", "false", "skipped", "skipped", 0),
        ("pull_request", "true", "success", "failure", 1),
        ("pull_request", "true", "failure", "success", 1),
        ("pull_request", "true", "skipped", "skipped", 1),
        ("pull_request", "", "skipped", "skipped", 1),
        ("push", "true", "success", "skipped", 0),
        ("push", "true", "failure", "skipped", 1),
        ("push", "true", "cancelled", "skipped", 1),
        ("workflow_dispatch", "true", "success", "skipped", 0),
    ],
)
def test_the_required_check_is_green_only_where_what_had_to_run_passed(
    tmp_path: Path, *, event: str, relevant: str, full: str, smoke: str, code: int
) -> None:
    step = step_of(CHECK, "result", "Pass if nothing failed")
    ended, _ = run_script(
        step["run"], tmp_path, EVENT=event, RELEVANT=relevant, FULL=full, SMOKE=smoke
    )
    assert ended == code


def test_the_required_check_has_no_path_filter_and_always_runs() -> None:
    example = loaded("examples/github/smoke-check.yml")
    assert "paths" not in str(example["on"])
    assert CHECK["jobs"]["result"]["if"] == "always()"


@pytest.mark.parametrize(
    ("changed", "patterns", "event", "relevant"),
    [
        ("backend/app.py", "backend/**\ncontracts/**", "pull_request", "true"),
        ("backend/deep/app.py", "backend/**", "pull_request", "true"),
        ("frontend/app.ts", "backend/**\ncontracts/**", "pull_request", "false"),
        ("frontend/app.ts", "backend/**", "push", "true"),
        ("frontend/app.ts", "", "pull_request", "true"),
        ("frontend/app.ts", "; touch owned\n$(touch owned)", "pull_request", "false"),
    ],
)
def test_a_pull_request_concerns_the_api_by_the_files_it_changes(
    tmp_path: Path, *, changed: str, patterns: str, event: str, relevant: str
) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True, capture_output=True)

    git("init", "--initial-branch=main")
    git("config", "user.name", "a")
    git("config", "user.email", "a@example.com")
    git("commit", "--allow-empty", "--message=base")
    git("checkout", "-b", "feature")
    (tmp_path / changed).parent.mkdir(parents=True)
    (tmp_path / changed).write_text("x", "utf-8")
    git("add", "--all")
    git("commit", "--message=change")
    git("checkout", "main")
    git("commit", "--allow-empty", "--message=other")
    # As GitHub makes the commit that a pull request is checked at.
    git("merge", "--no-ff", "--message=merge", "feature")
    output = tmp_path / "output"
    step = step_of(CHECK, "changes", "Look for files that concern the API")
    code, _ = run_script(
        step["run"], tmp_path, PATTERNS=patterns, EVENT=event, GITHUB_OUTPUT=str(output)
    )
    assert (code, output.read_text("utf-8")) == (0, f"relevant={relevant}\n")
    assert not (tmp_path / "owned").exists()
