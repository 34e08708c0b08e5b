"""The plan of a run: the checks of the suites, of `contracts/` and of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pytest_apismoke.checks.declared.items import (
    DeclaredItem,
    items_of,
    with_readings,
)
from pytest_apismoke.checks.declared.model import FOLDER, DeclaredCheck
from pytest_apismoke.checks.declared.request import first_request
from pytest_apismoke.checks.model import Check, CheckContext, CheckResult, Skip
from pytest_apismoke.checks.suites import suite_checks
from pytest_apismoke.checks.suites.base import FETCH, LOGIN, step_result
from pytest_apismoke.configuration.profiles import OPENAPI
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.preflight.result import PreflightResult, Step
from pytest_apismoke.verdict.judgement import RUN, Planned
from pytest_apismoke.verdict.outcome import SkipReason

if TYPE_CHECKING:
    from pytest_apismoke.openapi.spec import Spec

#: The id of the only check of a run whose preflight failed.
PREFLIGHT = f"{RUN}::preflight"
#: The stages of the suites that report a settings document that breaks its contract.
_READING = ("fetch", "contract")
_READ_ONLY = Skip(
    reason=SkipReason.READ_ONLY,
    text="read-only run: nothing was written, so declared updates were not sent",
)


class CheckPlan:
    """The checks of a run by their ids, in the order of a serial run."""

    def __init__(self, checks: Iterable[Check], *, no_token: Skip | None = None) -> None:
        self.checks: Mapping[str, Check] = {check.id: check for check in checks}
        self._by_node: dict[str, list[Check]] = {}
        for check in self.checks.values():
            self._by_node.setdefault(check.node, []).append(check)
        #: Why nothing can be sent with the run's token, if the login failed or the account may be
        #: another one.
        self.no_token = no_token
        self._selected: frozenset[str] = frozenset(self.checks)

    @property
    def selected(self) -> frozenset[str]:
        """The ids of the checks that are left after every deselection."""
        return self._selected

    def select(self, ids: Iterable[str]) -> None:
        """Sets the ids of the checks that are left."""
        self._selected = frozenset(ids)

    @property
    def planned(self) -> tuple[Planned, ...]:
        """The checks that this run has to verify, in the order of the reports."""
        return tuple(check.planned for check in self.checks.values() if check.api != RUN)

    @property
    def is_stopped(self) -> bool:
        """Whether the preflight has failed, so that no other check is run."""
        return PREFLIGHT in self.checks

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids of the nodes that collect checks and are not files, in order."""
        if self.is_stopped:
            return (RUN,)
        return tuple(node for node in self._by_node if not _is_file(node))

    def causes(self, ids: Iterable[str]) -> frozenset[str]:
        """The ids of the checks whose failure is already known to keep some others from running."""
        todo, seen = [name for name in ids if name in self.checks], set[str]()
        while todo:
            check = self.checks[todo.pop()]
            if check.id not in seen:
                seen.add(check.id)
                todo += [*check.after, *check.needs]
        skips = (self.checks[name].skip for name in seen)
        return frozenset(skip.because_of for skip in skips if skip and skip.because_of)

    @property
    def files(self) -> tuple[str, ...]:
        """The files in `contracts/` that declare checks of this run, relative to the rootdir."""
        return tuple(node for node in self._by_node if _is_file(node))

    def of_node(self, node: str) -> tuple[Check, ...]:
        """The checks that a node collects, in order."""
        return tuple(self._by_node.get(node, ()))


def plan_checks(
    context: CheckContext, declared: Sequence[DeclaredCheck], spec: Spec | None
) -> CheckPlan:
    """The plan of a run.

    Args:
        context: passed to the checks.
        declared: the checks of the files in `contracts/`.
        spec: the OpenAPI document, if there is one.

    """
    items = _declared_items(context.settings, declared, spec)
    built_in, preflight = suite_checks(context), context.preflight
    of_run: list[Check] = []
    if preflight.stopped_by:
        stopped = CheckResult(failure=preflight.stopped_by, exchanges=preflight.stopped_exchanges)
        of_run.append(_of_run("preflight", stopped))
    no_token: Skip | None = None
    if failed := _unusable_token(preflight):
        stage, step = failed
        cause = f"{built_in[0].node if built_in else RUN}::{stage}"
        if not built_in:
            # A login that only optional checks need decides no more than they do.
            users = [item.check.required for item in items if item.uses_token]
            result = step_result(step, "")
            of_run.append(_of_run(stage, result, required=any(users) or not users))
        no_token = Skip.not_run(cause)
    declared_checks = _declared_checks(
        items, context.settings, no_token=no_token, before=[check.id for check in built_in]
    )
    return CheckPlan([*of_run, *built_in, *declared_checks], no_token=no_token)


def _unusable_token(preflight: PreflightResult) -> tuple[str, Step] | None:
    """The step of the preflight that keeps everything with the run's token from being sent."""
    if preflight.login.failure:
        return LOGIN, preflight.login
    # The token may be that of a stranger's account.
    return (FETCH, preflight.fetch) if preflight.account_is_unproven else None


def _of_run(stage: str, result: CheckResult, *, required: bool = True) -> Check:
    """A check of the run for a failed step of the preflight that no API reports."""
    return Check(
        id=f"{RUN}::{stage}",
        api=RUN,
        stage=stage,
        required=required,
        run=lambda _: result,
    )


def _declared_items(
    settings: Settings, declared: Sequence[DeclaredCheck], spec: Spec | None
) -> tuple[DeclaredItem, ...]:
    enabled = [check for check in declared if check.api in settings.apis]
    if spec and OPENAPI in settings.apis:
        from pytest_apismoke.checks.operations import operation_checks

        in_every_run = settings.contracts.checks == "smoke"
        enabled += operation_checks(spec.checks(), smoke=in_every_run)
    auth = settings.profile.login.enabled
    if not auth:
        enabled = [replace(check, auth=False) for check in enabled]
        declared = [replace(check, auth=False) for check in declared]
    return with_readings(items_of(enabled, smoke=settings.smoke), declared, auth=auth)


def _declared_checks(
    items: Sequence[DeclaredItem],
    settings: Settings,
    *,
    no_token: Skip | None,
    before: Sequence[str],
) -> tuple[Check, ...]:
    """The checks of declared items.

    Args:
        items: in their order.
        settings: of the run.
        no_token: skips those that use a token, if it is set.
        before: the ids of the checks of the suites.

    """
    if not items:
        return ()
    from pytest_apismoke.checks.declared.run import run_declared

    reading: dict[str, list[str]] = {one.path: [] for one in settings.profile.documents}
    for one in settings.profile.documents:
        reading[one.path] += [f"{one.name}::{stage}" for stage in _READING]
    return tuple(
        Check(
            id=item.node_id,
            api=item.check.api,
            stage=item.stage,
            run=partial(run_declared, item),
            required=item.check.required,
            smoke=item.check.smoke,
            skip=(_READ_ONLY if settings.read_only and item.follows_or_writes else None)
            or (no_token if item.uses_token else None),
            needs=item.needs,
            uses=item.check.uses,
            trusts=(
                *(name for name in reading.get(item.check.changes, ()) if name in before),
                *item.trusts,
            ),
            category=item.check.category,
            writes=item.puts_back,
            repeatable=item.check.is_safe and not item.puts_back,
            may_write=item.writes,
            ahead=first_request(item, latency_s=settings.profile.limits.latency_s),
        )
        for item in items
    )


def _is_file(node: str) -> bool:
    """Whether a node is a file that declares checks; the others have the name of an API."""
    return node.startswith(f"{FOLDER}/")
