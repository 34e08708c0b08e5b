"""The slowest requests of a run. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from pytest_apismoke.configuration.target_url import host_of
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.verdict.outcome import Outcome

#: How many of them are told.
HOW_MANY = 3


def slowest(checks: Iterable[Outcome], target_url: str) -> tuple[Exchange, ...]:
    """The exchanges that took longest, the longest first, at most one of each method and URL.

    Those with another host, which a check may ask about the target, say nothing of its speed.
    """
    host = host_of(target_url)
    exchanges = [exchange for check in checks for exchange in check.exchanges]
    exchanges.sort(key=_longest_first)
    found: dict[tuple[str, str], Exchange] = {}
    for _, equally_long in groupby(exchanges, key=_longest_first):
        for exchange in sorted(equally_long, key=lambda e: (e.method, e.url)):
            if host_of(exchange.url) == host:
                found.setdefault((exchange.method, exchange.url), exchange)
        # The URLs of the others need not be known.
        if len(found) >= HOW_MANY:
            break
    return tuple(found.values())[:HOW_MANY]


def _longest_first(exchange: Exchange) -> float:
    return -exchange.duration_s
