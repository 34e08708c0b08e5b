"""Runs the gate in a forked process, which need not load everything first: for many runs."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence

from harness import Ended, Gate, credentials

#: Loaded once, by the process from which each run is forked.
_PRELOADED = [
    "pytest",
    "requests",
    "jsonschema",
    "pytest_apismoke.run.active",
    "pytest_apismoke.hooks.session",
]


def forked(gate: Gate, arguments: Sequence[str], workers: int) -> Ended:
    """Runs a gate in a process of its own that need not load everything first."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(
        target=_gate,
        args=(
            str(gate.folder),
            # Without the interpreter and its -m pytest.
            gate.command(arguments, workers=workers)[3:],
            gate.environment(credentials(), ()),
        ),
    )
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    out, err = (gate.folder / name for name in ("out.txt", "err.txt"))
    return gate.ended(-1 if code is None else code, out.read_text(), err.read_text())


def _gate(folder: str, command: Sequence[str], environ: dict[str, str]) -> None:
    """In the forked process: what `python -m pytest` does."""
    import pytest

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    for number, name in ((1, "out.txt"), (2, "err.txt")):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    sys.exit(int(pytest.main(list(command))))
