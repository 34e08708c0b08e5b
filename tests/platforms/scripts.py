"""Scripts of deploy/, run with commands that only note how they were called."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: A look whether the command starts, which it does unless STARTS says otherwise.
_LOOK = '[ "$1" != --help ] || exit "${STARTS:-0}"\n'
_NOTE = 'printf \'%s\\n\' "$(basename "$0") $*" >> "$CALLS"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a script ended: its code, the commands that it called, what it said."""

    code: int
    calls: tuple[str, ...]
    told: str


class Commands:
    """The commands that a script finds.

    Args:
        folder: where they are put.

    """

    def __init__(self, folder: Path) -> None:
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.calls = folder / "calls"
        self.calls.touch()

    def put(self, name: str, body: str) -> None:
        """A command that notes its call and then does as the body says."""
        path = self._bin / name
        path.write_text(f"#!/bin/sh\n{_LOOK}{_NOTE}{body}\n", "utf-8")
        path.chmod(0o755)

    def environment(self, **environ: str) -> dict[str, str]:
        path = f"{self._bin}{os.pathsep}{os.defpath}"
        return {"PATH": path, "CALLS": str(self.calls), **environ}

    def run(self, command: Sequence[str | Path], **environ: str) -> Ran:
        """Run a script to its end."""
        self.calls.write_text("")
        ended = subprocess.run(
            ["/bin/sh", *command],
            env=self.environment(**environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        calls = tuple(self.calls.read_text("utf-8").splitlines())
        return Ran(code=ended.returncode, calls=calls, told=ended.stderr)
