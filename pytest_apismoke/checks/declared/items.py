"""What there is to do for declared checks in a run, and which of it one worker has to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_apismoke.checks.declared.expectations import SUCCESS
from pytest_apismoke.checks.declared.model import WITHOUT_TOKEN, DeclaredCheck, Expect
from pytest_apismoke.configuration.settings import OPENAPI
from pytest_apismoke.verdict.judgement import Planned

if TYPE_CHECKING:
    from pytest_apismoke.openapi.example_requests import OperationCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredItem:
    """One thing to do for a declared check: to make it, or to see that it is refused.

    `follows_a_write` says that it can't be made where nothing is written: what it takes from an
    earlier answer comes from a check that writes, or from one that follows such a check itself.
    """

    check: DeclaredCheck
    without_token: bool = False
    follows_a_write: bool = False

    @property
    def stage(self) -> str:
        """How a report calls it."""
        return self.check.name + (WITHOUT_TOKEN if self.without_token else "")

    @property
    def node_id(self) -> str:
        """pytest's name for it."""
        return f"{self.check.file}::{self.stage}"

    @property
    def writes(self) -> bool:
        """Whether it sends something else than a request that changes nothing."""
        return not self.check.is_safe

    def planned(self, *, read_only: bool) -> Planned:
        """What the verdict needs to know of it."""
        return Planned(
            api=self.check.api,
            stage=self.stage,
            name=self.node_id,
            required=self.check.required
            and not (read_only and (self.writes or self.follows_a_write)),
        )


def items_of(checks: Sequence[DeclaredCheck], *, smoke: bool) -> tuple[DeclaredItem, ...]:
    """What there is to do for some checks, in the order of their files, in a run of one mode."""
    items: list[DeclaredItem] = []
    writing: set[tuple[str, str]] = set()
    for check in checks:
        if smoke and not check.smoke:
            continue
        follows = any((check.file, name) in writing for name in check.needs)
        if follows or not check.is_safe:
            writing.add((check.file, check.name))
        items.append(DeclaredItem(check=check, follows_a_write=follows))
        if check.refused_without_auth:
            items.append(DeclaredItem(check=check, without_token=True, follows_a_write=follows))
    return tuple(items)


def of_operations(operations: Sequence[OperationCheck], *, smoke: bool) -> list[DeclaredCheck]:
    """The requests that an API description says everything about, as checks.

    What their answers have to be like, the description itself says; that they succeed is asked for
    here.
    """
    return [
        DeclaredCheck(
            api=OPENAPI,
            name=one.operation,
            file=OPENAPI,
            place="",
            method=one.method,
            path=_literal(one.path),
            query=tuple((name, _literal(value)) for name, value in one.query),
            headers=tuple((name, _literal(value)) for name, value in one.headers),
            auth=one.auth,
            smoke=smoke,
            expect=Expect(statuses=SUCCESS),
        )
        for one in operations
    ]


def _literal(text: str) -> str:
    """A text in which nothing is a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")


def scopes(items: Sequence[DeclaredItem], *, with_the_suites: str) -> dict[str, str]:
    """Which items one worker has to make, by node id: those with one value stay together.

    What takes something from another's answer stays with it: made twice, it would be sent twice.
    What changes something stays with the built-in checks, whose writes could be in its way; so do
    the operations of a description, of which nobody knows what else they do (a logout, say).
    """
    group: dict[tuple[str, str], str] = {}
    for item in items:
        check = item.check
        key = (check.file, check.name)
        needed = {group[(check.file, name)] for name in check.needs if (check.file, name) in group}
        in_the_way = item.writes or check.file == OPENAPI
        mine = {*needed, *({with_the_suites} if in_the_way else ())} or {item.node_id}
        scope = with_the_suites if with_the_suites in mine else min(mine)
        for other, known in group.items():
            if known in mine:
                group[other] = scope
        group[key] = scope
    return {item.node_id: group[(item.check.file, item.check.name)] for item in items}
