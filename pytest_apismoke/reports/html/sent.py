"""All requests of a run, each once, in the order in which they were sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_apismoke.errors import Category
from pytest_apismoke.evidence import Exchange, exchange_at
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.html.names import name_of
from pytest_apismoke.reports.html.view import State
from pytest_apismoke.reports.html.waterfall import Span, lanes_of
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.judgement import RUN
from pytest_apismoke.verdict.outcome import Outcome

#: What the run itself asks before its checks, again and again until the target is ready.
READINESS = "readiness"
#: Methods that change nothing.
_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: Times are rounded to this: two requests one after the other may seem to overlap by it.
_ROUNDED_S = 0.0002
_FIRST_FAILURE = 400
#: The stage of the run in which the version is asked for once more.
_AT_THE_END = "version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request.

    `number` is its place in the run, from 1. `purpose` is what the run itself asked it for,
    `checks` are those that it belongs to, by name. `cause` is the number of the cause that it
    is the evidence of. `before` is the number of the try before it, `is_again` tells that another
    follows.
    """

    number: int
    exchange: Exchange
    purpose: str = ""
    checks: tuple[str, ...] = ()
    state: State = State.OK
    cause: int | None = None
    before: int | None = None
    is_again: bool = False

    @property
    def is_readiness(self) -> bool:
        """Whether it belongs to the wait for the target."""
        return self.purpose == READINESS

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.exchange.method.upper() not in _READS

    @property
    def answer(self) -> str:
        """The status, or that there was none."""
        status = self.exchange.status
        return "no response" if status is None else str(status)

    @property
    def span(self) -> Span | None:
        """When it was in flight, where that is known."""
        start_s = self.exchange.started_s
        if start_s is None:
            return None
        return Span(start_s, start_s + max(self.exchange.duration_s - _ROUNDED_S, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """One use of an exchange: by the run itself for `purpose`, or by a check."""

    exchange: Exchange
    purpose: str = ""
    check: str = ""
    before: Exchange | None = None
    is_failure: bool = False


def requests_of(
    checks: Sequence[Outcome], facts: RunFacts, causes: Sequence[Cause]
) -> tuple[Sent, ...]:
    """Every request of a run, numbered in the order of their starts, where these are known."""
    uses = [*_own(facts), *(use for check in checks for use in _of_check(check))]
    grouped: dict[object, list[_Use]] = {}
    for use in uses:
        grouped.setdefault(identity_of(use.exchange), []).append(use)
    every = list(grouped.values())
    if all(several[0].exchange.started_s is not None for several in every):
        every.sort(key=lambda several: several[0].exchange.started_s or 0.0)
    numbers = {identity_of(one[0].exchange): number for number, one in enumerate(every, start=1)}
    evidence = {
        identity_of(cause.exchange): cause.number
        for cause in reversed(causes)
        if cause.exchange is not None
    }
    found = [
        _sent(numbers[key], grouped[key], numbers, evidence.get(key))
        for key in (identity_of(several[0].exchange) for several in every)
    ]
    return tuple(_with_tries(found))


def identity_of(exchange: Exchange) -> object:
    """Two exchanges with equal ones are the same request, which several checks may share.

    Without a start or an id, only the record itself tells two requests apart.
    """
    if exchange.started_s is None and exchange.request_id is None:
        return id(exchange)
    return exchange.method, exchange.url, exchange.started_s, exchange.request_id, exchange.attempt


def _own(facts: RunFacts) -> Iterator[_Use]:
    for own in facts.exchanges:
        yield _Use(exchange=own.exchange, purpose=own.purpose)


def _of_check(check: Outcome) -> Iterator[_Use]:
    failed_at = exchange_at(check.exchanges, check.where) if check.outcome.is_failure else None
    last: dict[tuple[str, str], Exchange] = {}
    for exchange in check.exchanges:
        key = (exchange.method, exchange.url)
        before = last.get(key)
        last[key] = exchange
        follows = before is not None and exchange.attempt == before.attempt + 1
        yield _Use(
            exchange=exchange,
            purpose=READINESS if _ended_the_wait(check) else "",
            check=name_of(check),
            before=before if follows else None,
            is_failure=exchange is failed_at,
        )


def _ended_the_wait(check: Outcome) -> bool:
    """Whether a failure is that of the wait for the target: it has the last poll."""
    return (
        check.api == RUN
        and check.stage != _AT_THE_END
        and check.category in (Category.UNREADY, Category.VERSION)
    )


def _sent(
    number: int, uses: Sequence[_Use], numbers: Mapping[object, int], cause: int | None
) -> Sent:
    exchange = uses[0].exchange
    before = next((use.before for use in uses if use.before is not None), None)
    is_bad = cause is not None or any(use.is_failure for use in uses)
    return Sent(
        number=number,
        exchange=exchange,
        purpose=next((use.purpose for use in uses if use.purpose), ""),
        checks=tuple(dict.fromkeys(use.check for use in uses if use.check)),
        state=State.BAD if is_bad else State.OK,
        cause=cause,
        before=numbers[identity_of(before)] if before is not None else None,
    )


def _with_tries(found: Sequence[Sent]) -> Iterator[Sent]:
    """The same, where each knows whether it was sent again: of the readiness all but the last."""
    again = {one.before for one in found if one.before is not None}
    polls = [one for one in found if one.is_readiness and not _is_ready(one)]
    last_poll = max((one.number for one in found if one.is_readiness), default=0)
    again |= {one.number for one in polls if one.number != last_poll}
    previous: int | None = None
    for one in found:
        before = one.before
        if one.is_readiness:
            before = previous if previous in again else None
            previous = one.number
        state = State.FLAKY if one.number in again and one.state is State.OK else one.state
        yield replace(one, before=before, is_again=one.number in again, state=state)


def _is_ready(one: Sent) -> bool:
    status = one.exchange.status
    return status is not None and status < _FIRST_FAILURE


def held_lanes(sent: Sequence[Sent]) -> Mapping[int, int]:
    """The lane of each request by its number, from 0; without those whose time is not known.

    A lane stays taken while its request waits to be asked again.
    """
    chains: dict[int, list[Sent]] = {}
    chain_of: dict[int, int] = {}
    for one in sent:
        if one.span is not None:
            chain = chain_of.get(one.before, one.number) if one.before else one.number
            chain_of[one.number] = chain
            chains.setdefault(chain, []).append(one)
    spans = {chain: _around(several) for chain, several in chains.items()}
    lanes = dict(zip(spans, lanes_of(tuple(spans.values())), strict=True))
    return {number: lanes[chain] for number, chain in chain_of.items()}


def _around(several: Sequence[Sent]) -> Span:
    spans = [one.span for one in several if one.span is not None]
    return Span(min(span.start_s for span in spans), max(span.end_s for span in spans))
