"""The component of GitLab: its inputs, and its script run as GitLab runs it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from workflows.reading import ROOT, run_script

TEXT = (ROOT / "templates" / "smoke-gate" / "template.yml").read_text("utf-8")
HEADER, _ = yaml.safe_load_all(TEXT)
INPUTS: dict[str, Any] = HEADER["spec"]["inputs"]


def job_with(**inputs: str) -> dict[str, Any]:
    """The job that GitLab makes of these inputs."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        value = given.get(name, INPUTS[name].get("default"))
        return str(value).lower() if isinstance(value, bool) else str(value)

    text = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", value_of, TEXT.split("\n---\n")[1])
    (job,) = yaml.safe_load(text).values()
    assert isinstance(job, dict)
    return job


def test_no_input_is_text_of_a_script() -> None:
    job = next(iter(yaml.safe_load(TEXT.split("\n---\n")[1]).values()))
    assert "inputs." not in str(job["script"]) + str(job["before_script"])
    used = set(re.findall(r"inputs\.([\w-]+)", TEXT.split("\n---\n")[1]))
    assert used == set(INPUTS)


@pytest.mark.parametrize(
    ("faults", "code", "verdict"), [("", 0, "pass"), ("phone-malformed", 1, "fail")]
)
def test_the_job_ends_with_the_code_of_the_gate_and_passes_the_verdict_on(
    tmp_path: Path, faults: str, code: int, verdict: str
) -> None:
    job = job_with(target_url="demo", arguments="--smoke-budget=50 --smoke-drift=off")
    ended, _ = run_script(
        "\n".join(job["script"]), tmp_path, **job["variables"], APISMOKE_DEMO_FAULTS=faults
    )
    assert ended == code
    assert (tmp_path / "smoke.env").read_text("utf-8") == (
        f"APISMOKE_VERDICT={verdict}\nAPISMOKE_EXIT_CODE={code}\n"
    )
    artifacts = job["artifacts"]
    files = {*artifacts["paths"], *artifacts["reports"].values()}
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == files


@pytest.mark.parametrize(
    "value", ['-k "a b"', "it's", "a\\b", "a: b", "a # b", "- a", "[a", "{a", "", "true", "10"]
)
def test_a_value_stays_one_value_of_the_job(value: str) -> None:
    """GitLab puts an input into the text of the file, before it is YAML."""
    job = job_with(target_url="https://a.example", arguments=value, target_version=value)
    given = job["variables"]
    assert (given["GATE_ARGUMENTS"], given["GATE_VERSION"]) == (value, value)
    assert set(given) == set(job_with(target_url="https://a.example")["variables"])


def test_a_report_of_an_earlier_stage_is_not_taken_for_one_of_this_job(tmp_path: Path) -> None:
    (tmp_path / "smoke.json").write_text('{"verdict": "pass"}', "utf-8")
    gate = tmp_path / "bin" / "apismoke"
    gate.parent.mkdir()
    gate.write_text("#!/bin/sh\nexit 137\n", "utf-8")
    gate.chmod(0o755)
    job = job_with(target_url="https://a.example")
    path = f"{gate.parent}{os.pathsep}{os.environ['PATH']}"
    ended, _ = run_script("\n".join(job["script"]), tmp_path, **{**job["variables"], "PATH": path})
    assert (ended, (tmp_path / "smoke.env").read_text("utf-8")) == (
        137,
        "APISMOKE_VERDICT=misconfigured\nAPISMOKE_EXIT_CODE=137\n",
    )


def test_hostile_inputs_stay_text(tmp_path: Path) -> None:
    job = job_with(target_url="$(touch owned)", arguments="; touch owned", target_version="`id`")
    ended, _ = run_script("\n".join(job["script"]), tmp_path, **job["variables"])
    assert ended == 3
    assert "APISMOKE_EXIT_CODE=3" in (tmp_path / "smoke.env").read_text("utf-8")
    assert not (tmp_path / "owned").exists()
