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
        # Tells of the others.
        "told": ["push", "workflow_dispatch"],
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
        assert concurrency["group"] == (
            f"${{{{ github.workflow }}}}-${{{{ inputs.name }}}}-{name}-${{{{ github.ref }}}}"
        )
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


def merged(folder: Path, changed: str) -> None:
    """A repository at the commit at which GitHub checks a pull request that changes one file."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)

    git("init", "--initial-branch=main")
    git("config", "user.name", "a")
    git("config", "user.email", "a@example.com")
    git("commit", "--allow-empty", "--message=base")
    git("checkout", "-b", "feature")
    (folder / changed).parent.mkdir(parents=True, exist_ok=True)
    (folder / changed).write_text("x", "utf-8")
    git("add", "--all")
    git("commit", "--message=change")
    git("checkout", "main")
    git("commit", "--allow-empty", "--message=other")
    # As GitHub makes the commit that a pull request is checked at.
    git("merge", "--no-ff", "--message=merge", "feature")


@pytest.mark.parametrize(
    ("changed", "patterns", "event", "relevant"),
    [
        ("backend/deep/app.py", "backend", "pull_request", "true"),
        ("backend/deep/app.py", "backend/", "pull_request", "true"),
        ("backend/deep/app.py", "**/*.py", "pull_request", "true"),
        ("app.py", "**/*.py", "pull_request", "true"),
        ("backend/app.py", "/backend/**", "pull_request", "true"),
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
    merged(tmp_path, changed)
    output = tmp_path / "output"
    step = step_of(CHECK, "changes", "Look for files that concern the API")
    code, _ = run_script(
        step["run"], tmp_path, PATTERNS=patterns, EVENT=event, GITHUB_OUTPUT=str(output)
    )
    assert (code, output.read_text("utf-8")) == (0, f"relevant={relevant}\n")
    assert not (tmp_path / "owned").exists()


#: A `gh` that has one open issue with the title in ISSUE, and notes what else it is asked for.
GH = """\
#!/bin/bash
if [ "$1 $2" = 'issue list' ]; then
    [[ " $* " = *' --app github-actions '* ]] || exit 9
    [ "$ISSUE" != "$TITLE" ] || echo 7
else
    printf '%s\\n' "$*" >>calls
fi
"""
TELLING = (
    ("deploy", "told", "Open or close the issue of the pipeline"),
    ("scheduled", "gate", "Open or close the issue of a gate without a verdict"),
)


def told(folder: Path, script: str, **environ: str) -> tuple[int, str]:
    """The code of a script that tells people by an issue, and what it asked `gh` for."""
    (folder / "gh").write_text(GH, "utf-8")
    (folder / "gh").chmod(0o755)
    given = {"TEXT": "text", "RUN_URL": "https://log", "PATH": f"{folder}:/usr/bin:/bin"}
    code, _ = run_script(script, folder, **given, **environ)
    calls = folder / "calls"
    return code, calls.read_text("utf-8") if calls.exists() else ""


@pytest.mark.parametrize(
    ("state", "issue", "calls"),
    [
        ("broken", "", "issue create --title it fails --body text\n"),
        ("broken", "it fails", ""),
        ("mended", "it fails", "issue close 7 --comment Mended: https://log\n"),
        ("mended", "", ""),
        ("unclear", "it fails", ""),
    ],
)
def test_a_failure_that_is_no_verdict_has_one_issue_until_it_is_mended(
    tmp_path: Path, state: str, issue: str, calls: str
) -> None:
    scripts = {
        step_of(loaded(f".github/workflows/{file}.yml"), job, name)["run"]
        for file, job, name in TELLING
    }
    (script,) = scripts
    # As GitHub would keep a title that has several lines.
    ended = told(tmp_path, script, STATE=state, ISSUE=issue, TITLE="it\n fails\n")
    assert ended == (0, calls)


@pytest.mark.parametrize(
    ("results", "failed", "state"),
    [
        ("success success success/pass success/pass", "", "mended"),
        ("failure success skipped/ skipped/", "build", "broken"),
        ("failure failure skipped/ skipped/", "build, test", "broken"),
        ("success success failure/ skipped/", "staging", "broken"),
        ("success success failure/fail skipped/", "", "unclear"),
        ("success success failure/inconclusive skipped/", "staging (inconclusive)", "broken"),
        ("success success success/pass failure/", "production", "broken"),
        ("success success success/pass failure/dirty", "", "unclear"),
        ("success success success/pass failure/pass", "production (pass)", "broken"),
        ("cancelled success skipped/ skipped/", "", "unclear"),
    ],
)
def test_a_stage_that_failed_is_told_unless_the_gate_has_an_issue_for_it(
    tmp_path: Path, results: str, failed: str, state: str
) -> None:
    build, test, staging, production = results.split()
    staging, _, staging_verdict = staging.partition("/")
    production, _, production_verdict = production.partition("/")
    step = step_of(DEPLOY, "told", "Look for a stage that failed and has no issue of the gate")
    output = tmp_path / "output"
    code, _ = run_script(
        step["run"],
        tmp_path,
        BUILD=build,
        TEST=test,
        STAGING=staging,
        STAGING_VERDICT=staging_verdict,
        PRODUCTION=production,
        PRODUCTION_VERDICT=production_verdict,
        GITHUB_OUTPUT=str(output),
    )
    assert (code, output.read_text("utf-8")) == (0, f"failed={failed}\nstate={state}\n")
    assert DEPLOY["jobs"]["told"]["needs"] == ["build", "test", "staging", "production"]


def test_a_step_that_hangs_in_production_fails_before_its_job_is_ended() -> None:
    """A job over its limit is ended as it stands, without the roll-back."""
    production = DEPLOY["jobs"]["production"]
    limits = [
        int(step["timeout-minutes"])
        for step in production["steps"]
        if "COMMAND" in str(step.get("env")) or "continue-on-error" in step
    ]
    assert len(limits) == 5
    assert sum(limits) < int(production["timeout-minutes"])


def test_credentials_reach_a_build_of_what_is_deployed_and_no_other() -> None:
    """By hand, as by a push; not for a pull request, a tag or a schedule, which deploy nothing."""
    staging = DEPLOY["jobs"]["staging"]["if"]
    given = step_of(DEPLOY, "build", "Build")["env"]["DEPLOY_CREDENTIALS"]
    assert given == f"${{{{ {staging} && secrets.DEPLOY_CREDENTIALS || '' }}}}"


@pytest.mark.parametrize("name", ["deploy", "scheduled", "smoke-check"])
def test_two_calls_in_one_workflow_do_not_meet(name: str) -> None:
    """Neither in a group, where one would cancel the other, nor in the name of an artifact."""
    jobs = loaded(f".github/workflows/{name}.yml")["jobs"].values()
    groups = [job["concurrency"]["group"] for job in jobs if "concurrency" in job]
    names = [
        step["with"].get("artifact", step["with"].get("name", "inputs."))
        for job in jobs
        for step in job.get("steps", ())
        if "artifact" in step.get("uses", "") or step.get("uses") == "./.apismoke"
    ]
    assert [text for text in (*groups, *names) if "inputs." not in text] == []
    assert names


@pytest.mark.parametrize("pattern", ["backend/**.py", "**backend/x", "!docs/**", "backend/***"])
def test_a_pattern_that_git_reads_in_another_way_is_refused(tmp_path: Path, pattern: str) -> None:
    """It would match less than its author thinks, and the check be green without a run."""
    merged(tmp_path, "backend/deep/app.py")
    step = step_of(CHECK, "changes", "Look for files that concern the API")
    environ = {"EVENT": "pull_request", "GITHUB_OUTPUT": str(tmp_path / "output")}
    code, told = run_script(step["run"], tmp_path, PATTERNS=f"docs/**\n{pattern}", **environ)
    assert (code, (tmp_path / "output").exists()) == (1, False)
    assert told.splitlines()[-1] == (
        "::error title=paths::expected no exclusion, and ** alone between slashes, as in"
        f" backend/**/*.py, got '{pattern}' in the input paths; write it so"
    )


def test_a_pattern_without_a_file_is_told(tmp_path: Path) -> None:
    merged(tmp_path, "backend/app.py")
    step = step_of(CHECK, "changes", "Look for files that concern the API")
    environ = {"EVENT": "pull_request", "GITHUB_OUTPUT": str(tmp_path / "output")}
    assert run_script(step["run"], tmp_path, PATTERNS="bakend/**\nbackend/**", **environ) == (
        0,
        "::warning title=paths::'bakend/**' in the input paths matches no file\n",
    )
