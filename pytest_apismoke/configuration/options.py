"""Declares the settings to pytest as options, and tells whether they ask for an active run.

Loaded in every pytest run, so it imports no library that pytest has not imported already.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pytest_apismoke.configuration.kinds import FALSE
from pytest_apismoke.configuration.option_clashes import OptionClashes
from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_table import SETTINGS, SMOKE, TARGET_URL

#: The options that ask for help or a version, as the user types them.
_INFORMATION = ("-h", "--help", "-V", "-VV", "--version")


def declare(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare every option and ini option of the table; options of others come first."""
    clashes = OptionClashes(parser, pluginmanager)
    group = parser.getgroup("apismoke", "apismoke: smoke and end-to-end checks of a deployed API")
    for setting in SETTINGS:
        if setting.option:
            clashes.declare(
                group,
                setting.option,
                dest=_dest(setting),
                help=setting.described,
                **_takes(setting),
            )
        if setting.ini:
            text = f"as {setting.usage}" if setting.option else setting.described
            if setting.is_list:
                parser.addini(setting.ini, text, type="args", default=[])
            else:
                parser.addini(setting.ini, text, default="")
    clashes.watch()


def _takes(setting: Setting[Any]) -> dict[str, Any]:
    """The arguments of argparse for an option's argument."""
    if not setting.metavar:
        return {"action": "store_true", "default": False}
    action = "append" if setting.is_list or setting.repeats_run else "store"
    return {"action": action, "default": None, "metavar": setting.metavar}


def refuse_misspelt(parser: pytest.Parser, args: Sequence[str]) -> None:
    """Refuses a call with a misspelt option of this plugin, before pytest does without a word.

    Args:
        parser: with the options of all plugins and conftests.
        args: all arguments of the call.

    Raises:
        pytest.UsageError: names the option that was meant.

    """
    _, unknown = parser.parse_known_and_unknown_args(list(args))
    if not unknown:
        return
    from pytest_apismoke.configuration.misspelt import misspelt_option

    option, meant = misspelt_option(unknown)
    if meant:
        raise pytest.UsageError(
            f"expected an option that exists, seen {option}\n  where: the command line\n"
            f"  what to do: did you mean {meant}?"
        )


def value_of(config: pytest.Config, setting: Setting[Any]) -> Any:
    """The value of a setting's option as pytest parsed it: a string, a list or a boolean."""
    # An option that somebody else had declared before us is not there.
    default = _takes(setting)["default"]
    return config.getoption(_dest(setting), default)


def is_active(config: pytest.Config) -> bool:
    """Whether this process owns an active run; a call for help or a version is none."""
    if is_worker(config) or (_gives_information(config) and not is_kept_from_running(config)):
        return False
    smoke, target = bool(value_of(config, SMOKE)), value_of(config, TARGET_URL)
    if is_kept_from_running(config):
        # pytest parses nothing behind -h, and puts what the environment adds first.
        typed = list(_typed(map(str, config.invocation_params.args)))
        smoke = SMOKE.option in typed or any(map(_gives_target, typed))
    return asked_for(smoke=smoke, target=target, environ=os.environ)


def is_kept_from_running(config: pytest.Config) -> bool:
    """Whether PYTEST_ADDOPTS or addopts, and not the call, asks for help or a version."""
    typed = set(_typed(map(str, config.invocation_params.args)))
    return _gives_information(config) and typed.isdisjoint(_INFORMATION)


def _gives_information(config: pytest.Config) -> bool:
    return bool(config.option.help or config.option.version)


def early_value_of(config: pytest.Config, setting: Setting[Any]) -> Any:
    """As `value_of`, before any conftest is imported."""
    default = _takes(setting)["default"]
    return getattr(config.known_args_namespace, _dest(setting), default)


def early_targets(config: pytest.Config) -> Sequence[str]:
    """The targets as far as they are known before any conftest is imported; at least one."""
    text = os.environ.get(TARGET_URL.environ, "")
    return early_value_of(config, TARGET_URL) or text.split(",")


def is_asked_for(config: pytest.Config) -> bool:
    """As `is_active`, before any conftest is imported."""
    parsed = config.known_args_namespace
    if "PYTEST_XDIST_WORKER" in os.environ or parsed.help or parsed.version:
        return False
    smoke, target = (early_value_of(config, setting) for setting in (SMOKE, TARGET_URL))
    return asked_for(smoke=bool(smoke), target=target, environ=os.environ)


def targets_of(config: pytest.Config) -> tuple[str, ...]:
    """The targets as they were given: the option may be repeated, the variable has commas.

    What was typed wins over what addopts gives, and that over the variable.
    """
    given = value_of(config, TARGET_URL)
    typed = sum(map(_gives_target, _typed(map(str, config.invocation_params.args))))
    if given is not None:
        return tuple(given[-typed:])
    text = os.environ.get(TARGET_URL.environ)
    return () if text is None else tuple(part.strip() for part in text.split(","))


def where_targets(config: pytest.Config) -> str:
    """Where the targets were given."""
    is_option = value_of(config, TARGET_URL) is not None
    return TARGET_URL.option if is_option else f"environment variable {TARGET_URL.environ}"


def arguments_of(config: pytest.Config) -> tuple[str, ...]:
    """Every argument of a call: those that were typed, and those of addopts in front of them."""
    added = shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))
    typed = _typed(map(str, config.invocation_params.args))
    return (*added, *config.getini("addopts"), *typed)


def _typed(arguments: Iterable[str]) -> Iterator[str]:
    """The arguments of a call, with those in the files that it names as @file."""
    for argument in arguments:
        if not argument.startswith("@"):
            yield argument
            continue
        with suppress(OSError, ValueError):
            yield from _typed(Path(argument[1:]).read_text().splitlines())


def _gives_target(argument: str) -> bool:
    return argument == TARGET_URL.option or argument.startswith(f"{TARGET_URL.option}=")


def asked_for(*, smoke: bool, target: Sequence[str] | None, environ: Mapping[str, str]) -> bool:
    """Whether an option or a variable asks for an active run.

    A target that is given but empty counts: an unset variable must never lead to a green run. So
    does a word of the variable that says neither yes nor no: the run that it asks for is refused.
    """
    word = environ.get(SMOKE.environ, "").strip().lower()
    return smoke or target is not None or TARGET_URL.environ in environ or word not in (*FALSE, "")


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def _dest(setting: Setting[Any]) -> str:
    """The attribute of `config.option` that holds the option's value."""
    return f"apismoke_{setting.option.removeprefix('--').replace('-', '_')}"
