"""`apismoke show`: prints the profile that a run would use, and where each value comes from."""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_apismoke.configuration.effective_toml import toml_of
from pytest_apismoke.configuration.layers import ancestry
from pytest_apismoke.configuration.loading import Configuration, read
from pytest_apismoke.configuration.profiles import DEFAULT, OPENAPI, TargetProfile
from pytest_apismoke.configuration.rootdir import configuration_files, declared_apis
from pytest_apismoke.configuration.setting_table import PROFILE
from pytest_apismoke.configuration.variables import Variables
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.verdict.exit_codes import API_CODES

_SHOWN, _MISTAKES = 0, 5
_EXIT_CODES = "exit codes: 0 the profile is shown; 5 mistakes in the configuration or in the call"


def main(arguments: Sequence[str], *, environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit code.

    Args:
        arguments: the command line behind `apismoke show`.
        environ: the environment, to which the configuration may refer.

    """
    try:
        asked = command_line().parse_args(arguments)
    except SystemExit as ended:
        return _MISTAKES if ended.code else _SHOWN
    try:
        configuration = _read(Path(asked.directory))
    except SmokeError as error:
        print(f"apismoke: {error}", file=sys.stderr)
        return _MISTAKES
    name, source = asked.profile, "--profile"
    if name is None and PROFILE.environ in environ:
        name, source = environ[PROFILE.environ], f"environment variable {PROFILE.environ}"
    # To look at a profile takes no secrets: they are shown as references.
    variables = Variables(values=environ, may_be_unset=True)
    profile, mistakes = configuration.profile(name, source, variables)
    if mistakes := (*configuration.mistakes, *mistakes):
        for mistake in mistakes:
            print(f"{mistake}\n", file=sys.stderr)
        return _MISTAKES
    print(f"{_heading(profile, configuration)}\n\n{toml_of(profile, environ)}", end="")
    return _SHOWN


def command_line() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="apismoke show",
        description="Print the profile that a run would use, as TOML, with the origin of each"
        " value: a line of the configuration, an environment variable, or the default. Secrets"
        " are shown as the references to them. Sends nothing.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument(
        "directory", metavar="DIR", nargs="?", default=".", help="the rootdir (default: here)"
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help=f"the profile (or {PROFILE.environ}; default: the top level)",
    )
    return parser


def _read(directory: Path) -> Configuration:
    if not directory.is_dir():
        raise misconfigured(
            expected="a directory",
            seen=repr(str(directory)),
            where="apismoke show DIR",
            hint="name the directory that contains the configuration",
        )
    apis = (*API_CODES, *declared_apis(directory), OPENAPI)
    return read(configuration_files(directory), apis=apis)


def _heading(profile: TargetProfile, configuration: Configuration) -> str:
    """A comment that names the profile, and those that it extends."""
    if profile.origin == DEFAULT:
        return "# The default profile: there is no configuration."
    file = profile.origin.partition(",")[0]
    own, *bases = ancestry(profile.name, configuration.layers)
    if own == DEFAULT:
        return f"# The top level of {file}."
    named = ["the top level" if base == DEFAULT else f"{base!r}" for base in bases]
    extends = "".join(f", which extends {base}" for base in named[1:])
    words = f"The profile {own!r} of {file}. It extends {named[0]}{extends}."
    return textwrap.fill(words, 80, initial_indent="# ", subsequent_indent="# ")
