"""Judges how long the requests of a check took, by the limit of the profile. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.records import dataclass

#: The part of the limit from which on a request is told as slow.
TOLD_AS_SLOW = 0.5

_NONE: Mapping[tuple[str, str], float] = MappingProxyType({})
#: A request, whichever check sent it.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """What the durations of some requests say.

    `twice` are the requests that took longer than the limit twice in a row, each with its failure;
    `notes` tell the others that took long; `slow` are the seconds of those whose last response
    took longer than the limit, `fast` those whose last response did not.
    """

    twice: tuple[tuple[Key, Failure], ...]
    notes: tuple[str, ...]
    slow: tuple[tuple[Key, float], ...]
    fast: tuple[Key, ...] = ()


def judge_latency(
    exchanges: Iterable[Exchange], limit_s: float, *, slow: Mapping[Key, float] = _NONE
) -> Latency:
    """Judges durations in the order in which the requests were sent.

    Args:
        exchanges: those of one check; a request without a response is another failure.
        limit_s: the seconds that no request may take twice in a row.
        slow: those of earlier checks whose last response took longer than the limit.

    """
    last, twice, longest = dict[Key, float](), dict[Key, Failure](), dict[Key, float]()
    for exchange in exchanges:
        if exchange.status is None:
            continue
        key, taken_s = (exchange.method, exchange.url), exchange.duration_s
        before_s = last.pop(key, None) if key in longest else slow.get(key)
        longest[key] = max(taken_s, longest.get(key, 0.0))
        if taken_s <= limit_s:
            continue
        last[key] = taken_s
        if before_s is not None and key not in twice:
            twice[key] = _failure(key, before_s, taken_s, limit_s)
    told = {key: taken_s for key, taken_s in longest.items() if key not in twice}
    return Latency(
        twice=tuple(twice.items()),
        notes=tuple(
            _note(key, taken_s, limit_s)
            for key, taken_s in told.items()
            if taken_s > TOLD_AS_SLOW * limit_s
        ),
        slow=tuple(last.items()),
        fast=tuple(key for key in longest if key not in last),
    )


def _failure(key: Key, first_s: float, second_s: float, limit_s: float) -> Failure:
    return Failure(
        category=Category.FETCH,
        expected=f"a response within {limit_s:g} s",
        seen=f"one after {first_s:.2f} s, and the next after {second_s:.2f} s",
        where=" ".join(key),
        hint="find out what makes it slow, or raise latency_s in [limits] of apismoke.toml",
    )


def _note(key: Key, taken_s: float, limit_s: float) -> str:
    once = f"once longer than the limit of {limit_s:g} s"
    near = f"more than half of the limit of {limit_s:g} s"
    return f"slow: {' '.join(key)} took {taken_s:.2f} s, {once if taken_s > limit_s else near}"
