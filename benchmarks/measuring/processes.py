"""Runs commands and measures each as a whole process, with the processes that it starts itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer

_LIMIT_S = 600
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
#: Variables that would change what is measured.
_LEFT_OUT = ("APISMOKE", "SMOKE_TEST", "PYTEST_", "PYTHON", "COVERAGE", "NETRC", "TAVERN_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line, the folder it runs in, and what its environment has beside this one's."""

    arguments: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process took from its start to its end."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


class FailedError(Exception):
    """A command ended with another code than 0; its output is the message."""


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what would change the measurement, and the changes."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not (name.startswith(_LEFT_OUT) or name.upper().endswith("_PROXY"))
    }
    return {**kept, "COLUMNS": "100", **changes}


def measure(command: Command) -> Usage:
    """Run a command to its end.

    Raises:
        FailedError: when it does not end with 0: what failed says nothing about speed.

    """
    # A file, because a pipe that nobody reads would stop the process.
    with TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=environment(command.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        limit = Timer(_LIMIT_S, process.kill)
        limit.daemon = True
        limit.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            # An interruption of the measuring ends what is measured too.
            process.kill()
            process.wait()
            raise
        finally:
            limit.cancel()
        wall_s = time.perf_counter() - begun
        # The process is gone: subprocess is told, which would otherwise wait for it.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise FailedError(f"{' '.join(command.arguments)}: {process.returncode}\n{text}")
    return Usage(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * _MAXRSS_BYTES,
    )
