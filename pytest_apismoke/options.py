"""Declares the options; turns a `pytest.Config` into what was given."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec

import pytest

from pytest_apismoke.errors import misconfigured
from pytest_apismoke.given import Given
from pytest_apismoke.settings import asked_for

_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("--smoke", "", "run the fast gate against the target (also: SMOKE_TEST=true)"),
    (
        "--target-url",
        "URL",
        "base URL of the API, or 'demo' for the embedded backend (also: APISMOKE_TARGET_URL)",
    ),
    ("--target-wait", "SECONDS", "how long to wait for the target to be ready (default: 60)"),
    ("--target-version", "TEXT", "the version, image tag or commit that must be answering"),
    ("--smoke-api", "NAME", "check only this API: settings, calendar or twilio (repeatable)"),
    (
        "--smoke-exit-codes",
        "TABLE",
        "which table of exit codes: category, api or verdict (default: category)",
    ),
    (
        "--smoke-budget",
        "SECONDS",
        "deadline for everything after readiness (default: 60 with --smoke, else 300)",
    ),
    ("--smoke-read-only", "", "send nothing but GET, HEAD, OPTIONS and the login"),
    ("--smoke-report", "PATH", "write the verdict as JSON to this file"),
)
_REPEATABLE = "--smoke-api"

_INI: tuple[tuple[str, str], ...] = (
    ("apismoke_paths", "directories or files whose marked tests belong to an active run"),
    ("apismoke_apis", "the APIs to check, as --smoke-api"),
    ("apismoke_target_wait", "seconds, as --target-wait"),
    ("apismoke_exit_codes", "table of exit codes, as --smoke-exit-codes"),
    ("apismoke_budget", "seconds, as --smoke-budget"),
    ("apismoke_read_only", "true or false, as --smoke-read-only"),
    ("apismoke_report", "path, as --smoke-report"),
    ("apismoke_readback_wait", "seconds for which a read-back is asked again (default: 2)"),
    ("apismoke_persistence_delay", "seconds before the full run looks again (default: 2)"),
    ("apismoke_demo_faults", "faults of --target-url=demo (also: APISMOKE_DEMO_FAULTS)"),
)
_INI_LISTS = frozenset({"apismoke_paths", "apismoke_apis", "apismoke_demo_faults"})


def declare(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares every option and ini option.

    Raises:
        pytest.UsageError: when pytest-smoke, which declares --smoke too, is about to be loaded.

    """
    if _pytest_smoke_is_coming(pluginmanager):
        raise pytest.UsageError(
            "apismoke: expected to be the only plugin with the option --smoke, seen pytest-smoke"
            " installed as well\n  where: this Python environment\n  what to do: switch it off with"
            " '-p no:smoke' (or uninstall one of pytest-smoke and pytest-apismoke)"
        )
    group = parser.getgroup("apismoke", "apismoke: smoke and end-to-end checks of a deployed API")
    for name, metavar, text in _OPTIONS:
        if not metavar:
            group.addoption(name, action="store_true", default=False, dest=_dest(name), help=text)
        elif name == _REPEATABLE:
            group.addoption(
                name, action="append", default=None, dest=_dest(name), metavar=metavar, help=text
            )
        else:
            group.addoption(name, default=None, dest=_dest(name), metavar=metavar, help=text)
    for name, text in _INI:
        if name in _INI_LISTS:
            parser.addini(name, text, type="args", default=[])
        else:
            parser.addini(name, text, default="")


def _pytest_smoke_is_coming(pluginmanager: pytest.PytestPluginManager) -> bool:
    spec = find_spec("pytest_smoke")
    # A folder of that name, without a module in it, is no plugin.
    installed = spec is not None and spec.origin is not None
    loads = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    return installed and loads and not pluginmanager.is_blocked("smoke")


def given(config: pytest.Config) -> Given:
    """What was given on the command line, in the environment and in the ini file.

    Raises:
        SmokeError: (`usage`) when the ini file can't be read as what it should hold.

    """
    ini = {}
    for name, _ in _INI:
        try:
            ini[name] = config.getini(name)
        except (ValueError, pytest.UsageError) as error:
            raise misconfigured(
                expected="words, quoted where they hold spaces",
                seen=str(error),
                where=f"ini option {name}",
                hint="balance the quotes",
            ) from None
    return replace(given_besides_ini(config), ini=ini)


def given_besides_ini(config: pytest.Config) -> Given:
    """What was given on the command line and in the environment."""
    return Given(
        options={name: config.getoption(_dest(name)) for name, _, _ in _OPTIONS},
        environ=os.environ,
        ini={},
        directory=config.invocation_params.dir,
    )


def is_active(config: pytest.Config) -> bool:
    """Whether this process owns an active run; asking for help or a version is not one."""
    if is_worker(config) or config.option.help or config.option.version:
        return False
    return asked_for(given_besides_ini(config))


def paths_of_command_line(config: pytest.Config) -> list[str]:
    """The paths that were typed; those that an ini file's addopts add don't count."""
    typed = set(config.invocation_params.args)
    return [path for path in config.args if path in typed]


def refuse_debug(config: pytest.Config) -> None:
    """Refuses --debug, whose file holds every argument of every hook, secrets included.

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


def check_paths(config: pytest.Config, declared: Sequence[str]) -> None:
    """Refuses paths that are not there, before anything is sent; a worker could only crash on them.

    Args:
        config: pytest's configuration.
        declared: the paths of the ini option, relative to the rootdir.

    Raises:
        SmokeError: (`usage`) for the first one that does not exist.

    """
    paths: Sequence[str] = declared
    folder, where = config.rootpath, "ini option apismoke_paths"
    if typed := paths_of_command_line(config):
        paths, folder, where = typed, config.invocation_params.dir, "the command line"
    for path in paths:
        if not config.option.pyargs and not (folder / path.partition("::")[0]).exists():
            raise misconfigured(
                expected="paths that exist",
                seen=repr(path),
                where=where,
                hint=f"correct it (it is looked for in {folder}), or leave it out",
            )


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def _dest(name: str) -> str:
    return f"apismoke_{name.removeprefix('--').replace('-', '_')}"
