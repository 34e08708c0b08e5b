"""Whether standard output is the runner's, told from the processes above this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_apismoke.system.step_output import is_read_by_runner

_TELLS = (
    "from pytest_apismoke.system.step_output import is_read_by_runner;"
    "print(is_read_by_runner('GITHUB_ACTIONS=true'))"
)
_GATE = '"$PYTHON" -c "$TELLS"'

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")


def _step(script: str, folder: Path) -> str:
    """What a step of a workflow gives its runner."""
    ours = {"GITHUB_ACTIONS": "true", "PYTHON": sys.executable, "TELLS": _TELLS}
    environ = {**os.environ, **ours}
    done = subprocess.run(
        ["bash", "-e", "-c", script], env=environ, cwd=folder, capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        # The colon keeps the shell from giving its own process away.
        (f"{_GATE}; :", "True\n"),
        (f"bash -c '{_GATE}; :'; :", "True\n"),
        (f"{_GATE} | tee log", "False\n"),
        (f"bash -c '{_GATE} | tee log; :'; :", "False\n"),
        (f"(bash -c '{_GATE}; :'; :) | tee log", "False\n"),
        (f"kept=$({_GATE}); echo $kept", "False\n"),
        (f"{_GATE} > log; cat log", "False\n"),
    ],
)
def test_output_that_something_in_the_step_keeps_is_not_the_runners(
    script: str, told: str, tmp_path: Path
) -> None:
    assert _step(script, tmp_path) == told


def test_it_is_not_the_runners_where_that_cannot_be_told(tmp_path: Path) -> None:
    assert is_read_by_runner("GITHUB_ACTIONS=true", processes=tmp_path) is False
