"""What a run has to check: the built-in suites and the declared checks, each made at most once."""

from __future__ import annotations

import os.path
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_apismoke.checks.declared.items import DeclaredItem, items_of, of_operations, scopes
from pytest_apismoke.checks.declared.model import DeclaredCheck
from pytest_apismoke.checks.declared.request import Maker
from pytest_apismoke.checks.declared.running import DeclaredChecks
from pytest_apismoke.checks.stages import Chain, StageResult, Suite
from pytest_apismoke.configuration.contract_settings import OperationChecks
from pytest_apismoke.configuration.settings import OPENAPI, Settings
from pytest_apismoke.errors import Category
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.verdict.judgement import RUN, Planned

if TYPE_CHECKING:
    from pytest_apismoke.openapi.spec import Spec


class CheckPlan:
    """The checks of a run by their node ids.

    Args:
        settings: of the run.
        suites: the built-in suites of the enabled APIs, by the names of these.
        context: what the suites make their checks from.
        items: what there is to do for the declared checks.
        declared: makes them.
        clock: in seconds.

    """

    def __init__(
        self,
        settings: Settings,
        suites: Mapping[str, Suite],
        context: Any,
        *,
        items: Sequence[DeclaredItem] = (),
        declared: DeclaredChecks | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._settings = settings
        self._suites = suites
        self._context = context
        self._clock = clock
        self._chains: dict[str, Chain] = {}
        self._asked_for: set[str] = set()
        self._not_required = {item.node_id for item in items if not item.check.required}
        self._categories = {item.node_id: item.check.category for item in items}
        self._declared = declared
        self.items = tuple(items)
        self._built_in = tuple(p for suite in suites.values() for p in suite.plan(settings))
        self._plan_of_items = {
            item.node_id: item.planned(read_only=settings.read_only) for item in items
        }
        self._planned = {
            **{planned.name: planned for planned in self._built_in},
            **self._plan_of_items,
        }
        self._chosen: Collection[str] = self._plan_of_items
        self._selected: frozenset[str] = frozenset(self._planned)

    def select(self, nodeids: Collection[str]) -> None:
        """Takes note of what is left of the checks when everybody has deselected theirs."""
        self._selected = frozenset(nodeids)

    def suites(self) -> tuple[Suite, ...]:
        """The built-in suites of the enabled APIs."""
        return tuple(self._suites.values())

    def choose(self, paths: Sequence[str], *, directory: Path, rootdir: Path) -> None:
        """Leaves of the declared checks those that lie below some paths, as pytest collects them.

        Args:
            paths: as they were typed, with a check's name behind `::` or without.
            directory: what the paths are relative to.
            rootdir: what the files of the checks are relative to.

        """
        self._chosen = [
            item.node_id
            for item in self.items
            # Like the built-in suites, those of an API description belong to every run.
            if item.check.file == OPENAPI
            or any(_lies_in(item, path, directory, rootdir) for path in paths)
        ]

    @property
    def plan(self) -> tuple[Planned, ...]:
        """What this run has to verify, in the order in which a report lists it."""
        return (*self._built_in, *(self._plan_of_items[name] for name in self._chosen))

    def planned(self, nodeid: str) -> Planned | None:
        """What there is to know of a check; None for a test of somebody else."""
        return self._planned.get(nodeid)

    def result(self, nodeid: str) -> StageResult:
        """The result of a check; makes it, and those before it, when that is not done yet."""
        if nodeid in self._plan_of_items:
            self._asked_for.add(nodeid)
            assert self._declared is not None, "there is something that makes declared checks"
            broken = self._declared.broken_need(nodeid)
            if broken and broken not in self._selected:
                # Nobody else is going to tell why this check could not be made.
                self._asked_for.add(broken)
                return self._declared.result(broken)
            return self._declared.result(nodeid)
        planned = self._planned[nodeid]
        if planned.api not in self._chains:
            suite = self._suites[planned.api]
            self._chains[planned.api] = Chain(
                suite, suite.checks(self._context), self._settings, clock=self._clock
            )
        return self._chains[planned.api].result(planned.stage)

    def category(self, nodeid: str) -> Category | None:
        """What every failure of what came counts as, where a declared check says so."""
        return self._categories.get(nodeid)

    def decides(self, nodeid: str) -> bool:
        """Whether a failure of a check counts: not where a declared one says that it does not."""
        return nodeid not in self._not_required

    def is_built_in(self, planned: Planned) -> bool:
        """Whether it belongs to a built-in suite."""
        return planned.api in self._suites

    def answers_for(self, planned: Planned) -> bool:
        """Whether what came over the wire during a check is this check's business.

        What every suite opens with came once, in the preflight; the first one answers for it.
        """
        suite = self._suites.get(planned.api)
        told = suite and any(s.of_preflight and s.name == planned.stage for s in suite.stages)
        return not told or planned.api == next(iter(self._suites))

    def close(self) -> Iterator[tuple[Planned, StageResult]]:
        """Cleans up what is left to clean up; says how that went, and what else nobody asked for.

        A declared check that was made only because another one needs something from its answer
        would be told nowhere else.
        """
        made = self._declared.made() if self._declared else {}
        for nodeid, result in made.items():
            if nodeid not in self._asked_for:
                yield self._planned[nodeid], result
        for api, chain in self._chains.items():
            for stage, result in chain.close():
                yield self._planned[f"{api}::{stage.name}"], result

    def scopes(self) -> dict[str, str]:
        """Which checks one worker has to make, by node id: those with one value stay together.

        What one suite does to the target another may notice (a save that fails once the OAuth start
        was asked, say), so only the order of a serial run gives the code of a serial run.
        """
        together = {planned.name: RUN for planned in self._built_in}
        return {**together, **scopes(self.items, with_the_suites=RUN)}


def plan_checks(
    context: Any,
    suites: Mapping[str, Suite],
    checks: Sequence[DeclaredCheck],
    spec: Spec | None,
) -> CheckPlan:
    """The agenda of one process.

    Args:
        context: the session: briefing, target, schemas, redactor and what preserves documents.
        suites: the built-in suites of the enabled APIs, by the names of these.
        checks: what the files in `contracts/` declare.
        spec: of the API, if there is one.

    """
    preflight, settings = context.preflight, context.preflight.settings
    enabled = [check for check in checks if check.api in settings.apis]
    if spec and OPENAPI in settings.apis:
        in_every_run = settings.contracts.checks is OperationChecks.SMOKE
        enabled += of_operations(spec.checks(), smoke=in_every_run)
    if not settings.profile.login.enabled:
        enabled = [replace(check, auth=False) for check in enabled]
    items = items_of(enabled, smoke=settings.smoke)
    maker = Maker(
        target=context.target,
        schemas=context.schemas,
        redactor=context.redactor,
        preserved=context.guard.preserved,
        about_to_send=context.guard.about_to_send,
        login_failure=preflight.login.failure,
        login_exchanges=preflight.login.exchanges,
    )
    declared = DeclaredChecks(items, maker, read_only=settings.read_only)
    return CheckPlan(settings, suites, context, items=items, declared=declared)


def _lies_in(item: DeclaredItem, path: str, directory: Path, rootdir: Path) -> bool:
    place, _, name = path.partition("::")
    # Not followed: pytest does not follow links either when it names what it collects.
    wanted = Path(_normal(directory / place))
    file = Path(_normal(rootdir / item.check.file))
    if name and (file != wanted or name != item.stage):
        return False
    return file == wanted or wanted in file.parents


def _normal(path: Path) -> str:
    return os.path.normpath(path)
