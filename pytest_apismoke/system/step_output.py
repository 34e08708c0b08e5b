"""Whether standard output is read by the runner of a CI step, and by nothing in between.

A step may pass its output on through `tee`, or keep it in a file or a variable. What is written for
the runner alone, a secret that it is to mask, would stay there for everybody.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_PROCESSES = Path("/proc")
#: A step has far fewer processes between its shell and the gate.
_MOST_ANCESTORS = 64


def is_read_by_runner(variable: str, processes: Path = _PROCESSES) -> bool:
    """Whether this process and all above it in its CI step have the same standard output.

    Args:
        variable: the environment variable, with its value, that the processes of a step have.
        processes: the file system that tells about processes (Linux).

    Returns:
        False too where that can't be told: on other systems, or beside processes of other users.

    """
    try:
        ours = os.fstat(1)
        if stat.S_ISREG(ours.st_mode):
            return False
        pid = os.getpid()
        for _ in range(_MOST_ANCESTORS):
            there = (processes / str(pid) / "fd" / "1").stat()
            if (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
                return False
            pid = _parent_of(processes / str(pid))
            if pid == 0 or not _has(processes / str(pid), variable):
                return True
    except (OSError, ValueError, IndexError):
        return False
    return False


def _parent_of(process: Path) -> int:
    # The name, in parentheses, may have any characters.
    rest = (process / "stat").read_text("utf-8", "replace").rpartition(")")[2]
    return int(rest.split()[1])


def _has(process: Path, variable: str) -> bool:
    return variable.encode() in (process / "environ").read_bytes().split(b"\0")
