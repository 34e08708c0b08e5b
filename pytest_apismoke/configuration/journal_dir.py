"""The directory of the journal: by default one of the user's that outlives the run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from pytest_apismoke.configuration.profiles import DEFAULT
from pytest_apismoke.configuration.setting_table import STATE_DIR
from pytest_apismoke.configuration.sources import RawSettings, Resolver
from pytest_apismoke.errors import SmokeError, misconfigured


def default() -> Path:
    """The platform's place for state, such as `~/.local/state/apismoke/journal`.

    Raises:
        SmokeError: (`usage`) where the user has no home.

    """
    folder = platformdirs.user_state_path("apismoke", appauthor=False) / "journal"
    if folder.is_absolute():
        return folder
    raise misconfigured(
        expected="a directory of this user for the journal",
        seen="no home directory",
        where="the environment variable HOME",
        hint=f"let {STATE_DIR.environ} name a directory that can be written and outlives the run",
    )


def journal_dir(resolver: Resolver, directory: Path) -> Path:
    """Resolves the setting, relative to a directory.

    Raises:
        SmokeError: (`usage`) when it is empty, or begins with the home of an unknown user; where it
            is not given, when there is no default.

    """
    text = resolver.value(STATE_DIR)
    if text is None:
        return default()
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
        SmokeError: (`usage`) as `journal_dir`.

    """
    raw = RawSettings(options={}, environ=environ, ini={}, directory=Path.cwd())
    return journal_dir(Resolver(raw), raw.directory)


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
