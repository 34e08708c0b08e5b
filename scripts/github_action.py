"""The steps of action.yml: `plan`, `install` and `run`.

usage: github_action.py STEP, with the inputs as a JSON object in INPUTS, and the RUNNER_TEMP and
GITHUB_OUTPUT that the runner gives.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036 - a runner's own `python3` may be older
    sys.exit(
        "expected Python 3.10 or newer, got {}, in the runner's 'python3'; "
        "give the input 'python-version'".format(sys.version.split()[0])
    )

from acting.inputs import InputError, read_inputs
from acting.installing import ROOT, install, planned
from acting.outcome import as_output
from acting.running import run_gate

#: The code of a step that could not do its work: the gate's own for that.
COULD_NOT_VERIFY = 5


def main(step: str, environ: Mapping[str, str]) -> int:
    """Does one step; its exit code."""
    try:
        inputs = read_inputs(environ)
        installation = planned(inputs, environ, ROOT)
        if step == "plan":
            outputs = {
                "cache-key": installation.cache_key,
                "cache-folder": str(installation.cache_folder),
            }
            with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
                file.write(as_output(outputs))
            return 0
        if step == "install":
            install(installation, environ)
            return 0
        return run_gate(installation.command, inputs, environ)
    except InputError as error:
        print(f"the smoke gate was not run: {error}")
        return COULD_NOT_VERIFY
    except subprocess.CalledProcessError as error:
        print(f"the smoke gate could not be installed: pip ended with {error.returncode}")
        return COULD_NOT_VERIFY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ))
