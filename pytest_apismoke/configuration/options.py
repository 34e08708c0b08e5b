"""Declares the options, and tells whether they ask for an active run.

Loaded in every pytest run, so it imports nothing that pytest has not imported already.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec

import pytest

#: The words for yes in an environment variable or an ini file.
TRUE = ("true", "1", "yes")
#: Option, metavar (none for a switch) and help.
OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("--smoke", "", "run the fast gate against the target (also: SMOKE_TEST=true)"),
    (
        "--target-url",
        "URL",
        "base URL of the API, or 'demo' for the embedded backend (also: APISMOKE_TARGET_URL)",
    ),
    ("--target-wait", "SECONDS", "how long to wait for the target to be ready (default: 60)"),
    ("--target-version", "TEXT", "the version, image tag or commit that must be answering"),
    (
        "--target-profile",
        "NAME",
        "which profile of apismoke.toml to use (also: APISMOKE_TARGET_PROFILE)",
    ),
    (
        "--smoke-api",
        "NAME",
        "check only this API: settings, calendar, twilio or a declared one (repeatable)",
    ),
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
    (
        "--smoke-openapi",
        "SOURCE",
        "OpenAPI description to hold every answer against: a file, or a path of the target",
    ),
    (
        "--smoke-openapi-checks",
        "MODE",
        "make a check of each safe operation that can be asked for: off, smoke or full"
        " (default: off)",
    ),
    (
        "--smoke-openapi-floor",
        "PERCENT",
        "how many of the described operations a run has to exercise (default: 0)",
    ),
    (
        "--smoke-drift",
        "MODE",
        "what answers hold beside their contract: off, note or strict (default: note)",
    ),
)
_REPEATABLE = "--smoke-api"

#: Ini option and help.
INI: tuple[tuple[str, str], ...] = (
    ("apismoke_paths", "directories or files whose marked tests belong to an active run"),
    ("apismoke_apis", "the APIs to check, as --smoke-api"),
    ("apismoke_target_wait", "seconds, as --target-wait"),
    ("apismoke_profile", "name, as --target-profile"),
    ("apismoke_exit_codes", "table of exit codes, as --smoke-exit-codes"),
    ("apismoke_budget", "seconds, as --smoke-budget"),
    ("apismoke_read_only", "true or false, as --smoke-read-only"),
    ("apismoke_report", "path, as --smoke-report"),
    ("apismoke_openapi", "file or path of the target, as --smoke-openapi"),
    ("apismoke_openapi_checks", "off, smoke or full, as --smoke-openapi-checks"),
    ("apismoke_openapi_floor", "percent, as --smoke-openapi-floor"),
    ("apismoke_drift", "off, note or strict, as --smoke-drift"),
    ("apismoke_readback_wait", "seconds for which a read-back is asked again (default: 2)"),
    ("apismoke_persistence_delay", "seconds before the full run looks again (default: 2)"),
    ("apismoke_state_dir", "directory of the journal (also: APISMOKE_STATE_DIR)"),
    ("apismoke_ca_bundle", "PEM file of the authorities to trust (also: APISMOKE_CA_BUNDLE)"),
    ("apismoke_client_cert", "PEM file to show the target (also: APISMOKE_CLIENT_CERT)"),
    ("apismoke_client_key", "PEM file of its private key (also: APISMOKE_CLIENT_KEY)"),
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
    for name, metavar, text in OPTIONS:
        if not metavar:
            group.addoption(name, action="store_true", default=False, dest=dest(name), help=text)
        elif name == _REPEATABLE:
            group.addoption(
                name, action="append", default=None, dest=dest(name), metavar=metavar, help=text
            )
        else:
            group.addoption(name, default=None, dest=dest(name), metavar=metavar, help=text)
    for name, text in INI:
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


def is_active(config: pytest.Config) -> bool:
    """Whether this process owns an active run; asking for help or a version is not one."""
    if is_worker(config) or config.option.help or config.option.version:
        return False
    return asked_for(
        smoke=bool(config.getoption(dest("--smoke"))),
        target=config.getoption(dest("--target-url")),
        environ=os.environ,
    )


def asked_for(*, smoke: bool, target: str | None, environ: Mapping[str, str]) -> bool:
    """Whether anything asks for an active run.

    A target that is given but empty counts: a variable that is not set must never turn into a
    green run.
    """
    return (
        smoke
        or target is not None
        or "APISMOKE_TARGET_URL" in environ
        or environ.get("SMOKE_TEST", "").strip().lower() in TRUE
    )


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def dest(name: str) -> str:
    """The attribute of `config.option` that holds an option's value."""
    return f"apismoke_{name.removeprefix('--').replace('-', '_')}"
