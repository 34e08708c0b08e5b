"""Where the journal lies: a per-user directory that outlives the run."""

from __future__ import annotations

import shlex
from pathlib import Path

import platformdirs

from pytest_apismoke.configuration.profiles import DEFAULT
from pytest_apismoke.errors import SmokeError, misconfigured

VARIABLE = "APISMOKE_STATE_DIR"


def default() -> Path:
    """The platform's place for state, such as `~/.local/state/apismoke/journal`.

    Raises:
        SmokeError: (`usage`) where the user has no home.

    """
    folder = platformdirs.user_state_path("apismoke", appauthor=False) / "journal"
    if folder.is_absolute():
        return folder
    raise misconfigured(
        expected="a directory of this user's for the journal",
        seen="no home directory",
        where="the environment variable HOME",
        hint=f"let {VARIABLE} name a directory that can be written and outlives the run",
    )


def repair_command(target: str, folder: Path, run_id: str = "", *, profile: str = DEFAULT) -> str:
    """The line for a POSIX shell that puts back what a run, or any run, has left changed."""
    words = ["apismoke", "restore", f"--target-url={target}"]
    if profile != DEFAULT:
        words.append(f"--target-profile={profile}")
    try:
        usual = folder == default()
    except SmokeError:
        usual = False
    if not usual:
        words.append(f"--state-dir={folder}")
    return shlex.join([*words, *filter(None, [run_id])])
