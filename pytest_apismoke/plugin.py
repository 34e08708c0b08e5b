"""The pytest11 entry point: declares options, and starts an active run where they ask for one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from importlib import import_module
from importlib.machinery import PathFinder
from typing import Any

import pytest

# In front of pytest's own finder, as in `importing`, which is found so itself.
sys.meta_path.insert(0, PathFinder)
try:
    from pytest_apismoke import importing
finally:
    sys.meta_path.remove(PathFinder)

with importing.quickly():
    from pytest_apismoke.configuration import options
    from pytest_apismoke.hooks import hookspecs
    from pytest_apismoke.hooks.fixtures import (
        ELSEWHERE_KEY,
        SESSION_KEY,
        smoke_client,
        smoke_contract,
        smoke_login,
        smoke_preserve,
        smoke_session,
        smoke_target_url,
        smoke_token,
    )

__all__ = [
    "smoke_client",
    "smoke_contract",
    "smoke_login",
    "smoke_preserve",
    "smoke_session",
    "smoke_target_url",
    "smoke_token",
]

MARKERS = (
    "smoke: belongs to the fast gate (run by --smoke, and by a full run against a target)",
    "e2e: needs a target (run by a full run against a target only)",
    "apismoke(api, category): which API a test is about, and as what its failure counts",
)
#: A function that runs a call with several targets.
_SEVERAL: pytest.StashKey[Callable[[], int]] = pytest.StashKey()
#: A function that returns the session of an active run, or raises its usage error.
_PREPARED: pytest.StashKey[Callable[[], Any]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares the options."""
    options.declare(parser, pluginmanager)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares the hooks that give other plugins the verdict and the exit code."""
    pluginmanager.add_hookspecs(hookspecs)


# Outside pytest's own wrapper, which keeps the standard streams as they are, and captures them.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, Any, Any]:
    """Removes the reports of an earlier run; makes this one end alike whatever its streams are."""
    if not options.is_asked_for(early_config):
        return (yield)
    with importing.quickly():
        from pytest_apismoke.configuration import old_reports
        from pytest_apismoke.run import surroundings
        from pytest_apismoke.system import collector

        old_reports.remove(early_config)
        # Before anything that could hang: it begins to watch.
        surroundings.secure(early_config)
        # Before conftests: what they make is left to the garbage collector. Where the import fails,
        # it fails once more in its turn, and is told.
        with suppress(Exception):
            import_module("pytest_apismoke.run.active")
        collector.spare()
    loaded = yield
    # Only now are the options of conftests known.
    options.refuse_misspelt(parser, args)
    return loaded


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """Wraps an active run from start to end, to decide its exit code."""
    if options.is_worker(config):
        with importing.plainly():
            return (yield from _as_worker(config))
    if not options.is_active(config):
        return (yield)
    with importing.plainly():
        return (yield from _active(config))


@pytest.hookimpl(specname="pytest_cmdline_main", tryfirst=True)
def pytest_cmdline_main_of_several(config: pytest.Config) -> int | None:
    """Where a call has several targets, takes the place of pytest's own run."""
    run = config.stash.get(_SEVERAL, None)
    return run() if run else None


def _active(config: pytest.Config) -> Generator[None, Any, Any]:
    from pytest_apismoke.run import part
    from pytest_apismoke.run.active import ActiveRun

    mine = part.taken()
    targets = () if mine else options.targets_of(config)
    if len(targets) > 1:
        from pytest_apismoke.run.several import SeveralTargets

        several = SeveralTargets(config, targets)
        config.stash[_SEVERAL] = several.run
        return (yield from several.around())
    run = ActiveRun(config, mine)
    config.stash[_PREPARED] = run.prepared
    return (yield from run.around())


def pytest_configure(config: pytest.Config) -> None:
    """Declares the markers; in an active run, registers its hooks."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    prepared = config.stash.get(_PREPARED, None)
    if prepared is not None:
        from pytest_apismoke.run import wiring

        config.stash[SESSION_KEY] = wiring.connect(config, prepared())


def _as_worker(config: pytest.Config) -> Generator[None, Any, Any]:
    """Runs pytest in an xdist worker with the session that its controller handed over."""
    from pytest_apismoke.hooks.handover import ORIGIN, PREFLIGHT_RESULT, TOKENS

    received = config.workerinput  # type: ignore[attr-defined]  # set by xdist
    handed_over = received.get(PREFLIGHT_RESULT)
    if handed_over is None:
        return (yield)
    from pytest_apismoke.hooks import worker
    from pytest_apismoke.run import ignored_options, wiring

    # pytest-xdist gives a worker the arguments as they were typed.
    ignored_options.switch_off(config.option)
    config.stash[ELSEWHERE_KEY] = worker.is_elsewhere(received[ORIGIN])
    session = wiring.session_of_worker(handed_over, received[TOKENS])
    config.stash[_PREPARED] = lambda: session
    with session.stopped_by_signals():
        return (yield)
