"""The requests of a run that belong to no check: readiness, login, version. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.reports.facts import OwnExchange
from pytest_apismoke.verdict.outcome import Outcome


def own_exchanges(
    preflight: PreflightResult | None,
    outcomes: Iterable[Outcome],
    polls_at_end: Sequence[Exchange],
) -> tuple[OwnExchange, ...]:
    """The requests of a run that no outcome has, each with its purpose.

    Args:
        preflight: of the run; None where there was none.
        outcomes: of the run; checks report the requests of the preflight that they judge.
        polls_at_end: the requests for the version at the end.

    """
    told = {_key(one) for outcome in outcomes for one in outcome.exchanges}
    found = _sent(preflight, polls_at_end) if preflight else ()
    return tuple(own for own in found if _key(own.exchange) not in told)


def _sent(preflight: PreflightResult, polls_at_end: Sequence[Exchange]) -> Iterator[OwnExchange]:
    for purpose, exchanges in (
        ("readiness", preflight.polls),
        ("the OpenAPI document", preflight.spec_step.exchanges),
        ("login", preflight.login.exchanges),
        ("the settings", preflight.fetch.exchanges),
        ("what an earlier run left", preflight.recovery.exchanges),
        ("the version at the end", polls_at_end),
    ):
        yield from (OwnExchange(purpose=purpose, exchange=one) for one in exchanges)


def _key(exchange: Exchange) -> tuple[object, ...]:
    """Tells exchanges apart without reading their texts, also once they have crossed processes."""
    return (
        *(exchange.method, exchange.status, exchange.started_s),
        *(exchange.duration_s, exchange.attempt),
    )
