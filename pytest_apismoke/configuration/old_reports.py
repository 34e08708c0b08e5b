"""Removes the reports of an earlier run before this one begins: a run that is killed leaves none.

Loaded at the start of every active run, before any conftest, so it imports next to nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_apismoke.configuration import options
from pytest_apismoke.configuration.setting_table import OUTPUTS


def remove(config: pytest.Config) -> None:
    """Removes the files that this run is going to write, where an earlier one has left them.

    Links, devices and pipes stay: they are not a report, and may lead to the run's own output.
    So do files that tell of which run they are, to readers who must not find them gone.

    Args:
        config: as far as pytest has it before it loads conftest files.

    """
    for path in _paths(config):
        with contextlib.suppress(OSError):
            if path.is_file() and not path.is_symlink():
                path.unlink()


def _paths(config: pytest.Config) -> Iterator[Path]:
    # As pytest-apismoke and pytest themselves find them.
    for text in (*_given(config), getattr(config.known_args_namespace, "xmlpath", None)):
        if text:
            yield config.invocation_params.dir / Path(text).expanduser()


def _given(config: pytest.Config) -> Iterator[str | None]:
    for setting in OUTPUTS:
        if setting.stays_until_written:
            continue
        given = options.early_value_of(config, setting)
        if not given:
            with contextlib.suppress(ValueError, pytest.UsageError):
                given = config.getini(setting.ini)
        yield given
