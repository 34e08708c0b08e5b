"""The items of declared checks in one run, and the xdist group of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_apismoke.checks.declared.model import NOTHING, WITHOUT_TOKEN, DeclaredCheck
from pytest_apismoke.configuration.profiles import OPENAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredItem:
    """One run of a declared check: with its credentials, or without a token to see it refused.

    `follows_or_writes` marks items that a read-only run leaves out: those that write, and those
    that need such an item.
    """

    check: DeclaredCheck
    without_token: bool = False
    follows_or_writes: bool = False

    @property
    def stage(self) -> str:
        """Its name in reports."""
        return self.check.name + (WITHOUT_TOKEN if self.without_token else "")

    @property
    def node_id(self) -> str:
        """pytest's node id for it."""
        return f"{self.check.file}::{self.stage}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The node ids of the checks whose captures it uses."""
        return tuple(f"{self.check.file}::{name}" for name in self.check.needs)

    @property
    def puts_back(self) -> bool:
        """Whether it changes a document that is restored afterwards."""
        return self.check.changes not in ("", NOTHING)

    @property
    def uses_token(self) -> bool:
        """Whether it sends anything with the run's token."""
        return (self.check.auth and not self.without_token) or self.puts_back

    @property
    def writes(self) -> bool:
        """Whether its request is not safe (RFC 9110, 9.2.1)."""
        return not self.check.is_safe


def items_of(checks: Sequence[DeclaredCheck], *, smoke: bool) -> tuple[DeclaredItem, ...]:
    """The items of some checks in a smoke run or a full run, in the order of their files."""
    items: list[DeclaredItem] = []
    writing: set[str] = set()
    for check in checks:
        if smoke and not check.smoke:
            continue
        item = DeclaredItem(check=check)
        if item.writes or not writing.isdisjoint(item.needs):
            writing.add(item.node_id)
            item = replace(item, follows_or_writes=True)
        items.append(item)
        if check.refused_without_auth:
            items.append(replace(item, without_token=True))
    return tuple(items)


def groups_of(items: Sequence[DeclaredItem], *, with_the_suites: str) -> dict[str, str]:
    """The xdist group of each item by node id; one worker runs all items of a group.

    An item that uses captures of another shares its group: otherwise the other would be sent twice.
    Items that write share the group of the built-in checks, because their writes could collide. So
    do the operations of an OpenAPI document, which may have side effects (a logout, for example).
    """
    group: dict[str, str] = {}
    for item in items:
        needed = {group[name] for name in item.needs if name in group}
        may_collide = item.writes or item.check.file == OPENAPI
        own = f"{item.check.file}::{item.check.name}"
        mine = {*needed, *({with_the_suites} if may_collide else ())} or {item.node_id}
        joined = with_the_suites if with_the_suites in mine else min(mine)
        for other, known in group.items():
            if known in mine:
                group[other] = joined
        group[own] = joined
    return {item.node_id: group[f"{item.check.file}::{item.check.name}"] for item in items}
