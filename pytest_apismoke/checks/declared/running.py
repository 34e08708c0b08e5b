"""The declared checks of a run in one process: each is made once, after those that it needs.

A check whose request takes something from an earlier answer makes that check first, so that a
reordered or a distributed run sends the same requests and comes to the same results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_apismoke.checks.declared.items import DeclaredItem
from pytest_apismoke.checks.declared.request import Maker
from pytest_apismoke.checks.stages import Proof, StageResult, internal
from pytest_apismoke.errors import TARGET_CATEGORIES, Failure, SmokeError, interrupted
from pytest_apismoke.evidence import NOT_RUN, WARNING


class _NotRunError(Exception):
    """A check was not made, for a reason that is no failure of its own."""


class DeclaredChecks:
    """Makes declared checks, each once.

    Args:
        items: those of this run, and those that they take something from.
        maker: makes one.
        read_only: whether nothing may be written.

    """

    def __init__(
        self, items: Sequence[DeclaredItem], maker: Maker, *, read_only: bool = False
    ) -> None:
        self._items = {item.node_id: item for item in items}
        self._maker = maker
        self._read_only = read_only
        self._results: dict[str, StageResult] = {}
        self._captured: dict[str, dict[str, Any]] = {}

    def result(self, node_id: str) -> StageResult:
        """The result of an item; makes it, and those that it needs, when that is not done yet."""
        for name in (*self._needs(node_id), node_id):
            if name not in self._results:
                self._results[name] = self._run(self._items[name])
        return self._results[node_id]

    def broken_need(self, node_id: str) -> str | None:
        """The check, by node id, whose failure keeps this one from being made, if there is one."""
        result = self.result(node_id)
        if result.proof or result.failure:
            return None
        needs = self._needs(node_id)
        return next((need for need in needs if self._results[need].failure), None)

    def made(self) -> Mapping[str, StageResult]:
        """The results so far, by node id."""
        return dict(self._results)

    def _needs(self, node_id: str) -> list[str]:
        """Every check that one needs, directly or not, the first to be made first."""
        found: dict[str, None] = {}
        todo = [node_id]
        while todo:
            check = self._items[todo.pop()].check
            needs = [f"{check.file}::{name}" for name in check.needs]
            todo += [need for need in needs if need not in found]
            found.update(dict.fromkeys(needs))
        # A check needs only such as stand before it in its file.
        return [name for name in self._items if name in found] if found else []

    def _run(self, item: DeclaredItem) -> StageResult:
        client, remarks = self._maker.target.client, self._maker.target.notes
        try:
            values = self._values(item)
        except _NotRunError as reason:
            return StageResult(skipped=str(reason))
        log = client.exchanges
        sent_before, said_before, started = len(log), len(remarks), client.budget.clock()
        proof: Proof | None = None
        failure: Failure | None = None
        dirty = False
        try:
            made = self._maker.make(item, values)
            proof = made.proof
            self._captured.setdefault(item.check.file, {}).update(made.captured)
        except SmokeError as error:
            failure, dirty = error.failure, error.dirty
        except Exception as error:
            failure = internal(item.node_id, error)
        except BaseException:
            failure = interrupted("the check", where=item.node_id)
            raise
        finally:
            result = StageResult(
                proof=proof,
                failure=failure,
                dirty=dirty,
                duration_s=client.budget.clock() - started,
                exchanges=tuple(log[sent_before:]) or self._maker.evidence_of(failure),
                notes=tuple(remarks[said_before:]),
            )
            self._results[item.node_id] = result
        return result if item.check.required else self._as_warning(item, result)

    def _as_warning(self, item: DeclaredItem, result: StageResult) -> StageResult:
        """What a check that is not required came to: the target is not to blame for its failure."""
        failure = result.failure
        if failure is None or result.dirty or failure.category not in TARGET_CATEGORIES:
            return result
        said = self._maker.redactor.text(failure.message)
        warning = f"{WARNING}{item.node_id} is not required, and failed: {said}"
        return replace(result, failure=None, skipped=warning)

    def _values(self, item: DeclaredItem) -> Mapping[str, Any]:
        """What was captured from the answers of the checks that this one needs.

        Raises:
            _NotRunError: when one of them brought nothing, and in a read-only run for an update.

        """
        check = item.check
        if item.writes and self._read_only:
            raise _NotRunError(
                "read-only run: nothing was written, so declared updates were not made"
            )
        for name in check.needs:
            before = self._results[f"{check.file}::{name}"]
            if before.proof is None:
                raise _NotRunError(f"{NOT_RUN}{check.file}::{name} {_how_it_ended(before)}")
        return self._captured.get(check.file, {})


def _how_it_ended(result: StageResult) -> str:
    if result.skipped.startswith(WARNING):
        return "failed, which is not required"
    return "failed" if result.failure else "was not made"
