"""The action's own steps, run as GitHub runs them, against the embedded backend."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from acting.inputs import read_inputs
from acting.installing import ROOT, planned

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOSTILE = "1; touch owned\nverdict=pass\n::set-output name=verdict::pass\n$(touch owned)"


class Job:
    """A job of a runner: its folders and files, and its environment."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "work"
        self.workspace.mkdir()
        temporary = folder / "temp"
        temporary.mkdir()
        self.output = folder / "output"
        self.summary = folder / "summary"
        self.environ = {
            **{name: value for name, value in os.environ.items() if "APISMOKE" not in name},
            "PYTHON": sys.executable,
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_JOB": "gate",
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(temporary),
        }

    def step(self, name: str, **inputs: str) -> tuple[int, dict[str, str], str]:
        """The exit code, the outputs and the log of one step of the action."""
        defaults = {key: value.get("default", "") for key, value in ACTION["inputs"].items()}
        given = {key.replace("_", "-"): value for key, value in inputs.items()}
        self.environ["INPUTS"] = json.dumps({**defaults, **given})
        installation = planned(read_inputs(self.environ), self.environ, ROOT)
        installed = shutil.which("apismoke")
        assert installed is not None
        if not installation.command.exists():
            # In place of what pip would bring: the gate that these tests are about.
            installation.command.parent.mkdir(parents=True)
            installation.command.symlink_to(installed)
        (script,) = (s["run"] for s in ACTION["runs"]["steps"] if s.get("name") == name)
        self.output.write_text("", "utf-8")
        done = subprocess.run(
            # As the runner calls the shell `bash`.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.workspace,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, outputs_in(self.output.read_text("utf-8")), done.stdout


def outputs_in(text: str) -> dict[str, str]:
    """What the runner reads from the file of outputs."""
    outputs = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        outputs[name] = "\n".join(value)
    return outputs


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_a_pass_ends_with_0_and_tells_the_steps_that_follow(job: Job) -> None:
    code, outputs, _ = job.step("Run the gate", target_url="demo")
    assert code == 0
    assert (outputs["verdict"], outputs["exit-code"], outputs["failed-apis"]) == ("pass", "0", "")
    assert outputs["summary"] == "14 checks of 3 APIs, everything required was verified"
    assert sorted(Path(path).name for path in outputs["reports"].splitlines()) == [
        *("junit.xml", "report.html", "report.json"),
    ]
    assert json.loads(Path(outputs["report"]).read_text("utf-8"))["verdict"] == "pass"
    assert outputs["artifact"].startswith("smoke-gate-gate-")
    assert job.summary.read_text("utf-8").startswith("### PASS: ")
    assert {path.name for path in job.workspace.iterdir()} <= {".pytest_cache"}


def test_a_failure_ends_with_the_code_of_the_gate_unless_told_otherwise(job: Job) -> None:
    job.environ["APISMOKE_DEMO_FAULTS"] = "phone-malformed"
    code, outputs, log = job.step("Run the gate", target_url="demo", smoke_report="r.json")
    assert (code, outputs["verdict"], outputs["failed-apis"]) == (3, "fail", "twilio")
    assert outputs["report"] == str(job.workspace / "r.json")
    assert "::error" in log
    code, outputs, _ = job.step("Run the gate", target_url="demo", fail="false")
    assert (code, outputs["verdict"], outputs["exit-code"]) == (0, "fail", "3")


def test_hostile_inputs_stay_text(job: Job) -> None:
    code, outputs, _ = job.step(
        "Run the gate", target_url="demo", target_version=HOSTILE, target_wait="1; touch owned"
    )
    assert (code, outputs["verdict"], outputs["exit-code"]) == (5, "misconfigured", "5")
    assert "owned" not in {path.name for path in job.workspace.iterdir()}


@pytest.mark.exhaustive
def test_a_report_of_an_earlier_run_is_not_taken_for_one_of_this(job: Job) -> None:
    earlier = {"verdict": "pass", "exit_code": 5, "summary": "", "apis": {}}
    (job.workspace / "r.json").write_text(json.dumps(earlier), "utf-8")
    code, outputs, _ = job.step(
        "Run the gate", target_url="demo", smoke_report="r.json", arguments="--no-such-option"
    )
    assert (code, outputs["verdict"]) == (5, "misconfigured")


def test_an_input_that_cannot_be_used_is_told_and_nothing_is_run(job: Job) -> None:
    code, outputs, log = job.step("Run the gate", target_url="demo", smoke="perhaps")
    reason = (
        "the smoke gate was not run: expected true or false, got 'perhaps', in the input 'smoke'; "
        "give one of the two"
    )
    assert (code, log) == (5, f"{reason}\n")
    assert outputs == {
        "verdict": "misconfigured",
        "exit-code": "5",
        "summary": reason,
        "failed-apis": "",
    }


def test_a_folder_that_is_not_there_is_no_verdict_on_the_target(job: Job) -> None:
    """An exception of Python would end with 1, which says that the target is bad."""
    code, outputs, _ = job.step(
        "Run the gate",
        target_url="demo",
        working_directory="no such",
        smoke_exit_codes="verdict",
        fail="false",
    )
    assert (code, outputs["verdict"], outputs["exit-code"]) == (3, "misconfigured", "3")
    assert outputs["summary"] == (
        f"the smoke gate was not run: expected a folder, got '{job.workspace}/no such', in the "
        "input 'working-directory'; give the folder that has apismoke.toml and contracts/, and "
        "check the repository out"
    )


def test_a_step_that_cannot_work_has_the_outputs_of_a_gate_that_is_misconfigured(job: Job) -> None:
    job.environ["RUNNER_TEMP"] = "/proc/no such"
    job.environ["INPUTS"] = json.dumps({"target-url": "demo"})
    (script,) = (s["run"] for s in ACTION["runs"]["steps"] if s.get("id") == "install")
    done = subprocess.run(["bash", "-c", script], env=job.environ, capture_output=True, check=False)
    outputs = outputs_in(job.output.read_text("utf-8"))
    assert (done.returncode, outputs["verdict"], outputs["exit-code"]) == (5, "misconfigured", "5")
    assert outputs["summary"].startswith("the smoke gate could not be installed: ")


def test_an_output_is_that_of_the_step_that_could_not_do_its_work() -> None:
    for name in ("verdict", "exit-code", "summary"):
        steps = (f"steps.{step}.outputs.{name}" for step in ("gate", "install", "plan"))
        assert ACTION["outputs"][name]["value"] == f"${{{{ {' || '.join(steps)} }}}}"
    names = [step.get("id") for step in ACTION["runs"]["steps"]]
    assert {"plan", "install", "gate"} <= set(names)


def test_the_plan_names_the_cache_and_reads_the_switches_of_the_other_steps(job: Job) -> None:
    code, outputs, _ = job.step("Plan", target_url="demo", upload="No")
    key = outputs.pop("cache-key")
    assert (code, outputs) == (
        0,
        {
            "cache-folder": f"{job.environ['RUNNER_TEMP']}/apismoke-pip-cache",
            "cache": "true",
            "upload": "false",
        },
    )
    assert key.startswith("apismoke-any-any-py3.")
    conditions = [step.get("if", "") for step in ACTION["runs"]["steps"]]
    assert (
        sum(
            f"steps.plan.outputs.{name} == 'true'" in c
            for c in conditions
            for name in ("cache", "upload")
        )
        == 2
    )


@pytest.mark.parametrize("name", ["cache", "upload"])
def test_a_switch_of_another_step_is_yes_or_no_too(job: Job, name: str) -> None:
    code, outputs, _ = job.step("Plan", target_url="demo", **{name: "perhaps"})
    assert (code, outputs["verdict"]) == (5, "misconfigured")
