"""Runs the gate in a step of a job, and gives its verdict to the steps that follow."""

from __future__ import annotations

import secrets
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from acting.inputs import InputError, gate_arguments, is_on, report_paths
from acting.outcome import outcome_of, outputs_of, write_outputs

#: What the runner sends when somebody cancels the job. It sends it to this process alone.
CANCELLATIONS = (signal.SIGINT, signal.SIGTERM)


def run_gate(command: Path, inputs: Mapping[str, str], environ: Mapping[str, str]) -> int:
    """Runs the gate and writes the outputs; the exit code of the step.

    Raises:
        InputError: if an input can't be used; nothing was run.
        OSError: if the gate can't be started, or an earlier report can't be removed.
    """
    folder = tempfile.mkdtemp(prefix="smoke-reports-", dir=environ["RUNNER_TEMP"])
    directory = Path(inputs.get("working-directory", "").strip() or ".").resolve()
    if not directory.is_dir():
        raise InputError(
            f"expected a folder, got '{directory}', in the input 'working-directory'; "
            "give the folder that has apismoke.toml and contracts/, and check the repository out"
        )
    paths = report_paths(inputs, folder)
    arguments = gate_arguments(inputs, paths)
    may_fail = is_on(inputs, "fail")
    files = {name: directory / path for name, path in paths.items()}
    for file in files.values():
        # Of an earlier run, and taken for the report of this one if this one can't even begin.
        if file.is_file():
            file.unlink()
    gate_environ = {name: value for name, value in environ.items() if name != "INPUTS"}
    code = _run([str(command), *arguments], directory, gate_environ)
    outcome = outcome_of(files["smoke-report"], code, inputs.get("smoke-exit-codes", ""))
    job = environ.get("GITHUB_JOB", "job")
    written = {name: str(file) for name, file in files.items() if file.is_file()}
    outputs = {
        **outputs_of(outcome),
        "report": written.get("smoke-report", ""),
        "html": written.get("smoke-html", ""),
        "junit": written.get("junitxml", ""),
        "reports": "\n".join(written.values()),
        "artifact": f"smoke-gate-{job}-{secrets.token_hex(4)}",
        "command": str(command),
    }
    write_outputs(outputs, environ)
    return outcome.exit_code if may_fail else 0


def _run(arguments: list[str], directory: Path, environ: Mapping[str, str]) -> int:
    """The gate's exit code, a signal as a shell would say it; a cancellation is passed on.

    The gate restores what it has written before it ends, so this process has to outlive it.
    """
    gates: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        for gate in gates:
            gate.send_signal(number)
        if not gates:
            early.append(number)

    before = {number: signal.signal(number, pass_on) for number in CANCELLATIONS}
    try:
        gates.append(subprocess.Popen(arguments, cwd=directory, env=environ))
        for number in early:
            gates[0].send_signal(number)
        code = gates[0].wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code
