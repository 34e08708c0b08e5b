"""Where pytest puts the JUnit file of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_apismoke.reports.junit_file import JunitFile, path_of


def junit_of(config: pytest.Config) -> JunitFile:
    """The JUnit file of a run, before pytest runs anything."""
    prefix: str = getattr(config.option, "junitprefix", None) or ""
    return JunitFile(junit_path(config), prefix=prefix)


def junit_path(config: pytest.Config) -> Path | None:
    """The path of the JUnit file, where one was asked for; also before plugins configure."""
    options = getattr(config, "option", None) or config.known_args_namespace
    given = getattr(options, "xmlpath", None)
    return path_of(given, config.invocation_params.dir) if given else None
