"""From declared checks to the checks of a run, and which of them one xdist worker has to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_apismoke.checks.declared.model import NOTHING, WITHOUT_TOKEN, DeclaredCheck
from pytest_apismoke.configuration.profiles import OPENAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredItem:
    """One thing to do for a declared check: to run it, or to see that it is refused.

    `follows_or_writes` says that it can't be run where nothing is written: it writes, or it needs
    a check that can't be run there either.
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
        """pytest's name for it."""
        return f"{self.check.file}::{self.stage}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The node ids of the checks whose captures it uses."""
        return tuple(f"{self.check.file}::{name}" for name in self.check.needs)

    @property
    def puts_back(self) -> bool:
        """Whether it changes a document, which is put back afterwards."""
        return self.check.changes not in ("", NOTHING)

    @property
    def uses_token(self) -> bool:
        """Whether it sends anything with the run's token."""
        return (self.check.auth and not self.without_token) or self.puts_back

    @property
    def writes(self) -> bool:
        """Whether it sends anything else than a safe request."""
        return not self.check.is_safe


def items_of(checks: Sequence[DeclaredCheck], *, smoke: bool) -> tuple[DeclaredItem, ...]:
    """What there is to do for some checks, in the order of their files, in a run of one mode."""
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
    """Which items one worker has to run, by node id: those with one value stay together.

    An item that uses another's captures stays with it: otherwise the other would be sent twice.
    Items that write stay with the built-in checks, whose writes could be in their way; so do the
    operations of an OpenAPI document, because nobody knows what else they do (a logout, say).
    """
    group: dict[str, str] = {}
    for item in items:
        needed = {group[name] for name in item.needs if name in group}
        in_the_way = item.writes or item.check.file == OPENAPI
        own = f"{item.check.file}::{item.check.name}"
        mine = {*needed, *({with_the_suites} if in_the_way else ())} or {item.node_id}
        joined = with_the_suites if with_the_suites in mine else min(mine)
        for other, known in group.items():
            if known in mine:
                group[other] = joined
        group[own] = joined
    return {item.node_id: group[f"{item.check.file}::{item.check.name}"] for item in items}
