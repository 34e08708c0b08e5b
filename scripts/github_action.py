"""The steps of action.yml: `plan`, `install` and `run`.

usage: github_action.py STEP, with the inputs as a JSON object in INPUTS, and the RUNNER_TEMP and
GITHUB_OUTPUT that the runner gives.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

if sys.version_info < (3, 10):  # noqa: UP036 - a runner's own `python3` may be older
    print(
        "the smoke gate was not run: expected Python 3.10 or newer, got {}, in the runner's "
        "'python3'; give the input 'python-version'".format(sys.version.split()[0])
    )
    sys.exit(5)

from acting.inputs import InputError, is_on, read_inputs
from acting.installing import ROOT, install, planned
from acting.outcome import outputs_of, without_run, write_outputs
from acting.running import run_gate


def main(step: str, environ: Mapping[str, str]) -> int:
    """Does one step; its exit code.

    A step that could not do its work has the outputs and the code of a gate that is misconfigured,
    and never the 1 of an exception, which blames the target in every table.
    """
    inputs: dict[str, str] = {}
    try:
        inputs = read_inputs(environ)
        installation = planned(inputs, environ, ROOT)
        if step == "plan":
            write_outputs(
                {
                    "cache-key": installation.cache_key,
                    "cache-folder": str(installation.cache_folder),
                    # As words that an `if` of action.yml can compare.
                    "cache": str(is_on(inputs, "cache")).lower(),
                    "upload": str(is_on(inputs, "upload")).lower(),
                },
                environ,
            )
            return 0
        if step == "install":
            install(installation, environ)
            return 0
        return run_gate(installation.command, inputs, environ)
    except InputError as error:
        reason = f"the smoke gate was not run: {error}"
    except subprocess.CalledProcessError as error:
        reason = f"the smoke gate could not be installed: pip ended with {error.returncode}"
    except OSError as error:
        doing = {"plan": "planned", "install": "installed"}.get(step, "run")
        reason = f"the smoke gate could not be {doing}: {error}"
    outcome = without_run(reason, inputs.get("smoke-exit-codes", ""))
    print(outcome.summary)
    write_outputs(outputs_of(outcome), environ)
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ))
