"""Which other plugins a run has, by whatever name they were loaded."""

from __future__ import annotations

import pytest

#: The names of entry points, and of the modules behind them, which `-p` may give as well.
XDIST = ("xdist", "xdist.plugin")
TIMEOUT = ("timeout", "pytest_timeout")
SUGAR = ("sugar", "pytest_sugar")


def is_loaded(config: pytest.Config, names: tuple[str, ...]) -> bool:
    """Whether one of the names is that of a plugin of the run."""
    return any(config.pluginmanager.hasplugin(name) for name in names)
