"""The slowest requests of a run. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_apismoke.configuration.target_url import host_of
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.verdict.outcome import Outcome

#: How many of them are told.
HOW_MANY = 3


def slowest(checks: Iterable[Outcome], target_url: str) -> tuple[Exchange, ...]:
    """The exchanges that took longest, the longest first, at most one of each method and URL.

    Those with another host, which a check may ask about the target, say nothing of its speed.
    """
    longest: dict[tuple[str, str], Exchange] = {}
    for check in checks:
        for exchange in check.exchanges:
            key = (exchange.method, exchange.url)
            if host_of(exchange.url) != host_of(target_url):
                continue
            if key not in longest or exchange.duration_s > longest[key].duration_s:
                longest[key] = exchange
    ordered = sorted(longest.values(), key=lambda e: (-e.duration_s, e.method, e.url))
    return tuple(ordered[:HOW_MANY])
