"""Reads raw settings from a `pytest.Config`, and refuses calls that a gate can't serve."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_apismoke.configuration.option_clashes import clashes_of, given_among
from pytest_apismoke.configuration.options import (
    arguments_of,
    early_value_of,
    is_kept_from_running,
    value_of,
)
from pytest_apismoke.configuration.rootdir import configuration_files, refuse_elsewhere
from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_table import SETTINGS, TARGET_URL
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.records import dataclass

#: Where paths are given, for messages.
PATHS_IN_INI, COMMAND_LINE = "ini option apismoke_paths", "the command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPath:
    """A path of users' tests as it was given, the directory that it is relative to, and where."""

    path: str
    directory: Path
    where: str

    @property
    def is_of_every_run(self) -> bool:
        """Whether runs of either mode, and of any API, are given it."""
        return self.where == PATHS_IN_INI


def raw_settings(
    config: pytest.Config, *, with_ini: bool = True, target: str | None = None
) -> RawSettings:
    """The values that were given on the command line, in the environment and in the ini file.

    Args:
        config: pytest's configuration.
        with_ini: whether the ini file is read.
        target: the target of this run, where the call has several.

    Raises:
        SmokeError: (`usage`) when an ini option's list has unbalanced quotes.

    """
    options = {s.option: value_of(config, s) for s in SETTINGS if s.option}
    return _raw_settings(config, options, with_ini=with_ini, target=target)


def early_settings(config: pytest.Config) -> RawSettings:
    """As `raw_settings`, before any conftest is imported.

    Raises:
        SmokeError: (`usage`) as `raw_settings`.

    """
    options = {s.option: early_value_of(config, s) for s in SETTINGS if s.option}
    return _raw_settings(config, options, with_ini=True, target=None)


def _raw_settings(
    config: pytest.Config, options: dict[str, Any], *, with_ini: bool, target: str | None
) -> RawSettings:
    given = options[TARGET_URL.option]
    options[TARGET_URL.option] = target if target is not None else given and given[-1]
    return RawSettings(
        options=options,
        environ=os.environ,
        ini={s.ini: _ini(config, s.ini) for s in SETTINGS if s.ini and with_ini},
        directory=config.invocation_params.dir,
        of_pytest=_files_of_pytest(config),
    )


def _files_of_pytest(config: pytest.Config) -> dict[str, Path]:
    # Before pytest is configured there is the namespace alone.
    options = getattr(config, "option", None) or config.known_args_namespace
    given = getattr(options, "xmlpath", None)
    if not given:
        return {}
    written = os.path.expanduser(os.path.expandvars(given))  # noqa: PTH111  # as pytest does
    return {"--junitxml": config.invocation_params.dir / written}


def _ini(config: pytest.Config, name: str) -> str | list[str]:
    try:
        value: str | list[str] = config.getini(name)
    except (ValueError, pytest.UsageError) as error:
        raise misconfigured(
            expected="words, quoted where they contain spaces",
            seen=str(error),
            where=f"ini option {name}",
            hint="balance the quotes",
        ) from None
    return value


def configuration(config: pytest.Config) -> dict[str, str]:
    """The contents of the files at the rootdir that may hold a configuration, by their names.

    Raises:
        SmokeError: (`usage`) when one can't be read, or when something that this run would have to
            obey lies beside whoever called and not at the rootdir.

    """
    refuse_elsewhere(config.invocation_params.dir, config.rootpath)
    return configuration_files(config.rootpath)


def paths_of_command_line(config: pytest.Config) -> list[str]:
    """The paths on the command line itself, without those that addopts adds."""
    typed = set(config.invocation_params.args)
    return [path for path in config.args if path in typed]


def given_paths(config: pytest.Config, declared: Sequence[str]) -> tuple[GivenPath, ...]:
    """The paths of the tests that a run was asked for.

    Args:
        config: pytest's configuration.
        declared: the paths of the ini option, relative to the rootdir.

    """
    given = [
        GivenPath(path=path, directory=config.rootpath, where=PATHS_IN_INI) for path in declared
    ]
    directory = config.invocation_params.dir
    for path in paths_of_command_line(config):
        given.append(GivenPath(path=path, directory=directory, where=COMMAND_LINE))
    return tuple(dict.fromkeys(given))


def clash(config: pytest.Config) -> Failure | None:
    """The refusal of a call with an option that is ours and, here, somebody else's."""
    owners = clashes_of(config)
    given = given_among(arguments_of(config), owners)
    if not given:
        return None
    name = given[0]
    other = _other_way(next(one for one in SETTINGS if one.option == name))
    instead = f", or leave {name} out here and {other}" if other else ""
    return misconfigured(
        expected=f"{name} to be an option of the gate alone",
        seen=f"one of the same name in {owners[name]}, which pytest gives it to",
        where=name,
        hint=f"rename that option{instead}",
    ).failure


def refuse_clashes(config: pytest.Config) -> None:
    """Refuse a call whose options are not all the gate's.

    Raises:
        SmokeError: (`usage`)

    """
    if failure := clash(config):
        raise SmokeError(failure)


def clash_notes(config: pytest.Config) -> list[str]:
    """What a run tells of options that are somebody else's, though it did not need them."""
    return [
        f"{name} is an option of {owner} here, and not the gate's"
        for name, owner in clashes_of(config).items()
    ]


def _other_way(setting: Setting[Any]) -> str:
    """How to give a setting without its option, as an imperative; empty without another way."""
    if setting.environ:
        value = "true" if not setting.metavar else setting.metavar
        return f"set {setting.environ}={value}"
    return f"set the ini option {setting.ini}" if setting.ini else ""


def refuse_debug(config: pytest.Config) -> None:
    """Refuse --debug, whose file holds every argument of every hook, secrets included.

    Raises:
        SmokeError: (`usage`)

    """
    if config.option.debug:
        raise misconfigured(
            expected="a run that keeps its secrets",
            seen="--debug, which writes everything that pytest passes around into a file",
            where="--debug",
            hint="leave it out, or use it in a run without a target",
        )


def refuse_information(config: pytest.Config) -> None:
    """Refuse -h and the like that the call itself does not have: pytest would run nothing.

    Raises:
        SmokeError: (`usage`)

    """
    if is_kept_from_running(config):
        raise misconfigured(
            expected="a run against a target",
            seen="a call for information, such as -h, that this call itself does not have",
            where="PYTEST_ADDOPTS, or addopts in the ini file",
            hint="leave it out there: pytest runs nothing then",
        )


def check_paths(config: pytest.Config, declared: Sequence[str]) -> None:
    """Refuse paths that don't exist, before any request; a worker could only crash on them.

    Args:
        config: pytest's configuration.
        declared: the paths of the ini option, relative to the rootdir.

    Raises:
        SmokeError: (`usage`) for the first one that does not exist.

    """
    for one in given_paths(config, declared):
        is_module = config.option.pyargs and one.where == COMMAND_LINE
        if not is_module and not (one.directory / one.path.partition("::")[0]).exists():
            raise misconfigured(
                expected="paths that exist",
                seen=repr(one.path),
                where=one.where,
                hint=f"correct it (it is looked for in {one.directory}), or leave it out",
            )
