"""All requests of a run in the order in which they were sent, each once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request of a run.

    Attributes:
        exchange: the request and its response.
        shown_by: what it was sent for: names of checks, or a purpose of the run itself. Several
            checks may share the answer to one request.
        facts: of the run that sent it.

    """

    exchange: Exchange
    shown_by: tuple[str, ...]
    facts: RunFacts


def sent(report: Report) -> tuple[Sent, ...]:
    """Every request of a run, in order of start; of several targets one after the other."""
    if not report.targets:
        return _of_run(report.verdict, report.facts)
    return tuple(one for judged in report.targets for one in _of_run(judged.verdict, judged.facts))


def _of_run(verdict: Verdict, facts: RunFacts) -> tuple[Sent, ...]:
    found: dict[tuple[Exchange, int], list[str]] = {}
    for name, exchanges in _sources(verdict, facts):
        times: dict[Exchange, int] = {}
        for exchange in exchanges:
            # One source may send the same request twice; two that show the same one share it.
            times[exchange] = times.get(exchange, 0) + 1
            found.setdefault((exchange, times[exchange]), []).append(name)
    every = [
        Sent(exchange=exchange, shown_by=tuple(names), facts=facts)
        for (exchange, _), names in found.items()
    ]
    return tuple(sorted(every, key=_start))


def _sources(verdict: Verdict, facts: RunFacts) -> Iterator[tuple[str, Iterable[Exchange]]]:
    own: dict[str, list[Exchange]] = {}
    for one in facts.exchanges:
        own.setdefault(one.purpose, []).append(one.exchange)
    yield from own.items()
    for check in verdict.checks:
        yield check.name, check.exchanges


def _start(sent: Sent) -> float:
    """The start, which those whose start is unknown come behind, in the order of the checks."""
    started = sent.exchange.started_s
    return float("inf") if started is None else started
