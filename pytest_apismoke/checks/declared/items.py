"""The items of declared checks in one run, and the xdist group of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.checks.declared.model import NOTHING, WITHOUT_TOKEN, DeclaredCheck
from pytest_apismoke.configuration.profiles import OPENAPI
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredItem:
    """One run of a declared check: with its credentials, or without a token to see it refused.

    `follows_or_writes` marks items that a read-only run leaves out: those that write, and those
    that need such an item. `readings` are the checks whose schemas hold for the document that it
    changes; `trusts` the node ids of those of this run that come before it.
    """

    check: DeclaredCheck
    without_token: bool = False
    follows_or_writes: bool = False
    readings: tuple[DeclaredCheck, ...] = ()
    trusts: tuple[str, ...] = ()

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


def with_readings(
    items: Sequence[DeclaredItem], declared: Sequence[DeclaredCheck], *, auth: bool
) -> tuple[DeclaredItem, ...]:
    """The items of a run, with the checks that read the documents that they change.

    Args:
        items: in their order.
        declared: all declared checks, including those that this run leaves out.
        auth: whether the run has a token.

    """
    found: list[DeclaredItem] = []
    for item in items:
        if not item.puts_back:
            found.append(item)
            continue
        readings = _readings_of(item.check, declared, auth=auth)
        same = {one.node_id for one in readings if one.path == item.check.changes and one.required}
        trusts = tuple(one.node_id for one in found if one.node_id in same)
        found.append(replace(item, readings=readings, trusts=trusts))
    return tuple(found)


def _readings_of(
    check: DeclaredCheck, declared: Sequence[DeclaredCheck], *, auth: bool
) -> tuple[DeclaredCheck, ...]:
    """The checks with a schema that may request the very document that a check changes.

    Args:
        check: one that changes a document.
        declared: all declared checks.
        auth: whether the run has a token; another reader may be shown another document.

    """
    return tuple(
        one
        for one in declared
        if one.method == "GET"
        and one.expect.schema
        and (not one.expect.statuses or 200 in one.expect.statuses)
        and one.auth is auth
        # A query, or content negotiation (RFC 9110, 12.5), may select another representation.
        and not one.query
        and not any(name.lower().startswith("accept") for name, _ in one.headers)
        # Captures have their values in one file only.
        and (one.file == check.file or not captures.placeholders(one.path))
    )


def groups_of(items: Sequence[DeclaredItem], *, with_the_suites: str) -> dict[str, str]:
    """The xdist group of each item by node id; one worker runs all items of a group.

    An item that uses captures of another, or trusts it, shares its group: otherwise the other would
    be sent twice.
    Items that write share the group of the built-in checks, because their writes could collide. So
    do the operations of an OpenAPI document, which may have side effects (a logout, for example).
    """
    group: dict[str, str] = {}
    for item in items:
        needed = {group[name] for name in (*item.needs, *item.trusts) if name in group}
        may_collide = item.writes or item.check.file == OPENAPI
        own = f"{item.check.file}::{item.check.name}"
        mine = {*needed, *({with_the_suites} if may_collide else ())} or {item.node_id}
        joined = with_the_suites if with_the_suites in mine else min(mine)
        for other, known in group.items():
            if known in mine:
                group[other] = joined
        group[own] = joined
    return {item.node_id: group[f"{item.check.file}::{item.check.name}"] for item in items}
