"""The directory of the journal: by default one of the user's that outlives the run.

Each platform has a place for state, and platformdirs knows them; but it is a plugin of pytest too,
and so costs every pytest run of an environment a tenth of its start. Here are the three that count.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_apismoke.configuration.profiles import DEFAULT
from pytest_apismoke.configuration.setting_table import STATE_DIR
from pytest_apismoke.configuration.sources import RawSettings, Resolver
from pytest_apismoke.errors import SmokeError, misconfigured

#: The directory of a run whose user has none: nothing can be recorded in it, nor be there already.
NOWHERE = Path(os.devnull)


def default() -> Path:
    """The platform's place for state, such as `~/.local/state/apismoke/journal`.

    Raises:
        SmokeError: (`usage`) where the user has no home.

    """
    # Neither HOME nor the password file need know the user.
    with contextlib.suppress(RuntimeError):
        folder = _state_home(sys.platform, os.environ).expanduser()
        if folder.is_absolute():
            return folder / "apismoke" / "journal"
    raise misconfigured(
        expected="a directory of this user for the journal",
        seen="no home directory",
        where="the environment variable HOME",
        hint=f"let {STATE_DIR.environ} name a directory that can be written and outlives the run",
    )


def _state_home(platform: str, environ: Mapping[str, str]) -> Path:
    """Where programs keep the state of a user; a path that is not absolute does not count.

    Source: the XDG Base Directory Specification; Apple's File System Programming Guide;
    FOLDERID_LocalAppData of Windows.
    """
    variable, usual = {
        "win32": ("LOCALAPPDATA", "~/AppData/Local"),
        "darwin": ("XDG_STATE_HOME", "~/Library/Application Support"),
    }.get(platform, ("XDG_STATE_HOME", "~/.local/state"))
    named = Path(environ.get(variable, "").strip())
    return named if named.is_absolute() else Path(usual)


def journal_dir(resolver: Resolver, directory: Path) -> Path:
    """Resolves the setting, relative to a directory; without a default it is `NOWHERE`.

    Only a run that writes needs one, and it is refused there.

    Raises:
        SmokeError: (`usage`) when it is empty, or begins with the home of an unknown user.

    """
    text = resolver.value(STATE_DIR)
    if text is None:
        try:
            return default()
        except SmokeError:
            return NOWHERE
    seen = "an empty string"
    if text:
        try:
            return directory / Path(text).expanduser()
        except RuntimeError:
            seen = f"{text!r}, whose user has no home directory"
    raise misconfigured(
        expected="a directory for the journal",
        seen=seen,
        where=resolver.where(STATE_DIR),
        hint="name a directory that can be written and outlives the run, or leave it out",
    )


def outlives_the_run(resolver: Resolver, environ: Mapping[str, str]) -> bool:
    """Whether the directory is still there for a later run, as far as anybody can know.

    The home of a CI job ends with the job (every CI service sets `CI`); a directory that was named
    is taken to be one that stays.
    """
    return resolver.value(STATE_DIR) is not None or not environ.get("CI")


def from_environment(environ: Mapping[str, str]) -> Path:
    """The directory as the environment alone gives it, for commands without a run.

    Raises:
        SmokeError: (`usage`) as `journal_dir`, and as `default`.

    """
    raw = RawSettings(options={}, environ=environ, ini={}, directory=Path.cwd())
    folder = journal_dir(Resolver(raw), raw.directory)
    return default() if folder == NOWHERE else folder


def repair_command(target: str, folder: Path, run_id: str = "", *, profile: str = DEFAULT) -> str:
    """The command for a POSIX shell that restores changes left behind by one run, or by any run."""
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
