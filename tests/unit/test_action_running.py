"""The step of the GitHub action that runs the gate: signals, and a gate that leaves no report."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from acting.running import CANCELLATIONS, run_gate


def step_with(folder: Path, script: str) -> tuple[int, str]:
    """The exit code and the outputs of a step whose gate is this script."""
    gate = folder / "apismoke"
    gate.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    gate.chmod(0o700)
    output = folder / "output"
    environ = {
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(output),
        "PATH": "/usr/bin:/bin",
        "INPUTS": "{}",
    }
    inputs = {"target-url": "https://a", "fail": "true", "working-directory": str(folder)}
    return run_gate(gate, inputs, environ), output.read_text("utf-8")


@pytest.mark.parametrize("number", CANCELLATIONS)
def test_a_cancellation_reaches_the_gate_and_the_step_outlives_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    name = number.name.removeprefix("SIG")
    before = signal.getsignal(number)
    # The runner signals the step alone; here its child does, and then waits to be told.
    code, outputs = step_with(
        tmp_path,
        f"trap 'echo restored >restored; exit 5' {name}; mkfifo wait; kill -{name} $PPID; "
        "while :; do read -r line <>wait; done",
    )
    assert (tmp_path / "restored").read_text("utf-8") == "restored\n"
    assert code == 5
    assert "\nmisconfigured\n" in outputs
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("exit 0", 5), ("kill -KILL $$", 137)])
def test_a_gate_without_a_report_has_no_verdict_and_its_step_fails(
    tmp_path: Path, script: str, code: int
) -> None:
    ended, outputs = step_with(tmp_path, script)
    assert ended == code
    assert "\nmisconfigured\n" in outputs


def test_the_gate_gets_the_environment_without_the_inputs(tmp_path: Path) -> None:
    step_with(tmp_path, 'echo "${INPUTS-unset}" >seen; echo "$1" >>seen')
    assert (tmp_path / "seen").read_text("utf-8") == "unset\n--target-url=https://a\n"
