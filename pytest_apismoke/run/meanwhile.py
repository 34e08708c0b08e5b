"""Imports what the rest of a run needs while the target is busy: it takes no time of its own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from pytest_apismoke.checks.declared.folder import Contracts
from pytest_apismoke.checks.declared.model import NOTHING
from pytest_apismoke.configuration.profiles import API_NAMES
from pytest_apismoke.configuration.settings import Settings


def import_the_rest(settings: Settings, contracts: Contracts) -> None:
    """Imports all that a run whose target is healthy is sure to need once it has logged in."""
    for name in needed(settings, contracts):
        import_module(name)


def needed(settings: Settings, contracts: Contracts) -> Iterator[str]:
    """The names of those modules, each of which imports some more."""
    own = __name__.partition(".")[0]
    suites = [name for name in API_NAMES if name in settings.apis]
    # For pytest itself, which imports it before each session, whether anybody debugs or not.
    yield "pdb"
    yield f"{own}.run.wiring"
    yield f"{own}.run.live_checks"
    if suites:
        yield f"{own}.schemas.validation"
    yield from (f"{own}.checks.suites.{name}" for name in suites)
    if contracts.checks:
        yield f"{own}.checks.declared.run"
        yield f"{own}.schemas.drift"
    if not settings.read_only and ("settings" in suites or _may_change(contracts)):
        # Before anything is changed: at the end of a run an import may fail for want of a file.
        yield f"{own}.safewrite.recovery"
        yield "filelock"


def _may_change(contracts: Contracts) -> bool:
    """Whether a declared check may change a document."""
    return any(check.changes not in ("", NOTHING) for check in contracts.checks)
