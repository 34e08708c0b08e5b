"""The items of declared checks in one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_apismoke.checks.declared import captures
from pytest_apismoke.checks.declared.model import NOTHING, WITHOUT_TOKEN, DeclaredCheck
from pytest_apismoke.checks.declared.readings import NO_READINGS, Readings
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
    readings: Readings = NO_READINGS
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
    readings = Readings(declared, auth=auth)
    found: list[DeclaredItem] = []
    #: The readings so far, by their paths as they are declared.
    earlier: dict[str, list[DeclaredItem]] = {}
    for item in items:
        check = item.check
        if item.puts_back:
            trusts = tuple(
                one.node_id
                for one in earlier.get(check.changes, ())
                # Captures have their values in one file only.
                if one.check.file == check.file or not captures.placeholders(check.changes)
            )
            found.append(replace(item, readings=readings, trusts=trusts))
            continue
        if check.required and not item.without_token and readings.has(check):
            earlier.setdefault(check.path, []).append(item)
        found.append(item)
    return tuple(found)
