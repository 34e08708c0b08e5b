"""Which checks may have their requests sent ahead, and from when on. Pure.

A request that only reads may be sent before its check begins, but not before the checks that write
and that come before it: it would see another state. So what writes, and what is not a check of the
gate, divides a run into waves; all requests of a wave may be in flight at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from pytest_apismoke.checks.model import Check
from pytest_apismoke.http.ahead_request import AheadRequest
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """The waves of a run: of each check its number, and of each wave its requests by check."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    requests: tuple[Mapping[str, AheadRequest], ...] = ()


def waves_of(order: Iterable[str], checks: Mapping[str, Check]) -> Waves:
    """The waves of the tests of a run.

    Args:
        order: the ids of the tests, in the order in which they are run.
        checks: the checks of the gate by id; the other tests are users' own.

    """
    numbers: dict[str, int] = {}
    requests: list[dict[str, AheadRequest]] = [{}]
    for name in order:
        check = checks.get(name)
        if check is not None:
            numbers[name] = len(requests) - 1
            if request := _first_request(check):
                requests[-1][name] = request
        if check is None or check.may_write:
            requests.append({})
    return Waves(numbers=numbers, requests=tuple(requests))


def _first_request(check: Check) -> AheadRequest | None:
    """What a check sends first, if it is sent whatever the other checks find."""
    depends = check.skip or check.after or check.needs or check.trusts
    return None if depends else check.ahead
